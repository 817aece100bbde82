"""The roles of people: who may do what."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """What a person may do: a checker also checks, a technician also changes people."""

    OPERATOR = "operator"
    CHECKER = "checker"
    TECHNICIAN = "technician"

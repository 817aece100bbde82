"""The roles of people: who may do what. Every person scans, gives entries their numbers, keys rows and packages."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """What a person may do; each role may all that the one before it may."""

    OPERATOR = "operator"
    CHECKER = "checker"
    TECHNICIAN = "technician"

    @property
    def may_check(self) -> bool:
        """Whether the person may judge pages, at the first look and at the second."""
        return self is not Role.OPERATOR

    @property
    def may_plan(self) -> bool:
        """Whether the person may set the plan's targets, and say who is responsible for a ledger."""
        return self is not Role.OPERATOR

    @property
    def may_administer(self) -> bool:
        """Whether the person may change people and paired devices, and hold deliveries."""
        return self is Role.TECHNICIAN

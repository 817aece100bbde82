"""What is read on a page: values with their place, how probable they are, and what they are good for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from station.reading.grading import Grade


class Kind(StrEnum):
    """What a value is."""

    TYPE = "type"
    BOOK = "book"
    YEAR = "year"
    PAGE = "page"
    NUMBER = "number"
    DATE = "date"
    TOTAL_PAGES = "total_pages"
    TOTAL_ENTRIES = "total_entries"


@dataclass(frozen=True)
class Field:
    """One value; ``box`` is where it stands in the image as stored: left, top, right, bottom (pixels)."""

    kind: Kind
    value: str
    confidence: float
    grade: Grade
    box: tuple[int, int, int, int]

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Field:
        """The field that JSON of :meth:`told` says."""
        left, top, right, bottom = told["box"]
        kind, grade = Kind(told["kind"]), Grade(told["grade"])
        return cls(kind, told["value"], told["confidence"], grade, (left, top, right, bottom))

    def told(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "kind": str(self.kind),
            "value": self.value,
            "confidence": round(self.confidence, 4),
            "grade": str(self.grade),
            "box": list(self.box),
        }


@dataclass(frozen=True)
class PageReading:
    """What was read on a page, from top to bottom; ``upside_down`` tells that it stands on its head in the image."""

    fields: tuple[Field, ...]
    upside_down: bool = False
    empty_form: bool = False

    def told(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "fields": [field.told() for field in self.fields],
            "upside_down": self.upside_down,
            "empty_form": self.empty_form,
        }

"""What is read on a page: values with their place, how probable they are, and what they are good for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Self

#: The ledger types whose forms are known by their titles, see ``forms.toml``.
TITLED = frozenset({"KS", "KH", "KT", "CMC", "GH"})
#: Numbers of entries are no larger.
LARGEST_NUMBER = 9999


class FieldKind(StrEnum):
    """What a value is."""

    TYPE = "type"
    BOOK = "book"
    YEAR = "year"
    PAGE = "page"
    NUMBER = "number"
    DATE = "date"
    TOTAL_PAGES = "total_pages"
    TOTAL_ENTRIES = "total_entries"


class Grade(StrEnum):
    """What a value that was read is good for: to be filled in, to be proposed, or nothing."""

    SURE = "sure"
    LIKELY = "likely"
    NONE = "none"


@dataclass(frozen=True)
class Field:
    """One value; ``box`` is where it stands in the image as stored: left, top, right, bottom (pixels).

    ``candidates`` are the values that may stand there and how well each agrees with the line (natural logarithm): what
    neighbours say is put to them where the value is used. Empty where nobody asks for that.
    """

    kind: FieldKind
    value: str
    confidence: float
    grade: Grade
    box: tuple[int, int, int, int]
    candidates: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> Field:
        """The field that JSON of :meth:`as_dict`, or all of its facts, say."""
        left, top, right, bottom = facts["box"]
        kind, grade = FieldKind(facts["kind"]), Grade(facts["grade"])
        candidates = facts.get("candidates", {})
        return cls(kind, facts["value"], facts["confidence"], grade, (left, top, right, bottom), candidates)

    def as_dict(self) -> dict[str, Any]:
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
    """What was read on a page, from top to bottom; ``upside_down``: it stands on its head in the image.

    ``unsure`` are values too improbable to be shown alone, ``ruled``: the page was read by its columns.
    """

    fields: tuple[Field, ...]
    upside_down: bool = False
    empty_form: bool = False
    unsure: tuple[Field, ...] = ()
    ruled: bool = False

    @classmethod
    def sorted_out(cls, fields: Iterable[Field], **more: bool) -> Self:
        """The reading with these fields, each where its grade puts it."""
        every = tuple(fields)
        graded = tuple(one for one in every if one.grade is not Grade.NONE)
        return cls(graded, unsure=tuple(one for one in every if one.grade is Grade.NONE), **more)

    def has(self, kind: FieldKind) -> bool:
        """Whether something of this kind was read that may be told."""
        return any(one.kind is kind for one in self.fields)

    @property
    def is_cover_sheet(self) -> bool:
        """Whether all that was read is the code of a cover sheet: type, year and book of a ledger, in one place."""
        kinds = sorted(one.kind for one in (*self.fields, *self.unsure))
        return (
            kinds == sorted((FieldKind.TYPE, FieldKind.YEAR, FieldKind.BOOK)) and len({f.box for f in self.fields}) == 1
        )

    def with_fields(self, more: Iterable[Field]) -> Self:
        """The same with more fields, each where its grade puts it, in place of unsure ones of their kinds."""
        added = tuple(more)
        kinds = {one.kind for one in added}
        others = (one for one in (*self.fields, *self.unsure) if one in self.fields or one.kind not in kinds)
        return type(self).sorted_out(
            (*others, *added), upside_down=self.upside_down, empty_form=self.empty_form, ruled=self.ruled
        )

    def as_json(self) -> dict[str, Any]:
        """As JSON, without what is too unsure to be shown."""
        return {
            "fields": [field.as_dict() for field in self.fields],
            "upside_down": self.upside_down,
            "empty_form": self.empty_form,
        }

    def as_dict(self) -> dict[str, Any]:
        """All of it, for another process; see :meth:`of`."""
        return asdict(self)

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> Self:
        """What :meth:`as_dict` gave, once more."""
        lists = {name: tuple(map(Field.of, facts[name])) for name in ("fields", "unsure")}
        return cls(**{**facts, **lists})

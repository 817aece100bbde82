"""Which ledgers a person means who types a part of a name, or what people call it: "KH.2007", "khai sinh 2007"."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, String, and_, cast, func, or_

from station.catalogue.models import Ledger
from station.settings.tables import LedgerType
from station.spreadsheets.footers import plain

#: What people say beside type, year and book.
_FILLERS = frozenset({"so", "quyen", "nam", "mo", "dang", "ky", "book", "ledger", "opened"})


def condition(text: str, types: Sequence[LedgerType]) -> ColumnElement[bool]:
    """Ledgers whose name holds ``text``, or that its words name: the type without signs too, year and book."""
    year = cast(Ledger.year, String)
    named = func.instr(Ledger.type + "." + year + "." + Ledger.book, text.upper()) > 0
    if not all(letter.isalnum() or letter.isspace() for letter in text):
        return named
    words = plain(text).split()
    spoken = []
    for kind in types:
        names = plain(f"{kind.vi} {kind.en} {kind.code}").split()
        left = [word for word in words if not any(name.startswith(word) for name in names) and word not in _FILLERS]
        if all(word[0].isdigit() for word in left) and any(word not in left for word in words):
            numbers = [or_(year == word, func.instr(Ledger.book, word.upper()) > 0) for word in left]
            spoken.append(and_(Ledger.type == kind.code, *numbers))
    return or_(named, *spoken)

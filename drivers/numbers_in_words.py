"""Numbers and days in Vietnamese words, as forms have them beside the digits."""

from __future__ import annotations

from datetime import date

_DIGITS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")


def in_words(number: int) -> str:
    """``number`` (1-9999) as it is spoken: 2007 is "hai nghìn không trăm linh bảy"."""
    thousands, rest = divmod(number, 1000)
    hundreds, rest = divmod(rest, 100)
    words = [f"{_DIGITS[thousands]} nghìn"] if thousands else []
    if hundreds or (thousands and rest):
        words.append(f"{_DIGITS[hundreds]} trăm")
    if rest:
        words.append(("linh " if words and rest < 10 else "") + _below_hundred(rest))
    return " ".join(words)


def _below_hundred(number: int) -> str:
    tens, unit = divmod(number, 10)
    if not tens:
        return _DIGITS[unit]
    if not unit:
        return "mười" if tens == 1 else f"{_DIGITS[tens]} mươi"
    last = {1: "mốt", 4: "tư", 5: "lăm"}.get(unit, _DIGITS[unit]) if tens > 1 else {5: "lăm"}.get(unit, _DIGITS[unit])
    return ("mười " if tens == 1 else f"{_DIGITS[tens]} mươi ") + last


def day_in_words(day: date) -> str:
    """A date in words: "Ngày năm, tháng tư, năm hai nghìn không trăm mười một"."""
    return date_in_words(day.year, day.month, day.day)


def date_in_words(year: int, month: int | None = None, day: int | None = None) -> str:
    """A date of which the day, or day and month, may be unknown, in words."""
    parts = [f"năm {in_words(year)}"]
    if month is not None:
        parts.insert(0, f"tháng {'tư' if month == 4 else in_words(month)}")
        if day is not None:
            parts.insert(0, f"ngày {in_words(day)}")
    text = ", ".join(parts)
    return text[0].upper() + text[1:]

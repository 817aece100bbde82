"""Vietnamese encodings from before Unicode: TCVN3 (ABC) and VNI, whose letters are those of other languages.

A file tells nothing of it, and the fonts that made such text readable are gone; so it is known by what it says.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

Reading = Callable[[str], str]

_TCVN3 = dict(
    zip(
        "µ¶·¸¹¨»¼½¾Æ©ÇÈÉÊË®ÌÎÏÐÑªÒÓÔÕÖ×ØÜÝÞßáâãä«åæçèé¬êëìíîïñòóô\xadõö÷øùúûüýþ¡¢£¤¥¦§",  # noqa: RUF001
        "àảãáạăằẳẵắặâầẩẫấậđèẻẽéẹêềểễếệìỉĩíịòỏõóọôồổỗốộơờởỡớợùủũúụưừửữứựỳỷỹýỵĂÂÊÔƠƯĐ",
        strict=True,
    )
)

#: VNI writes a letter and behind it what stands above or below it; a few letters are one sign.
_VNI_SIGNS = {
    **{"ù": "\u0301", "ø": "\u0300", "û": "\u0309", "õ": "\u0303", "ï": "\u0323", "â": "\u0302", "ê": "\u0306"},
    **{"á": "\u0302\u0301", "à": "\u0302\u0300", "å": "\u0302\u0309", "ã": "\u0302\u0303", "ä": "\u0302\u0323"},
    **{"é": "\u0306\u0301", "è": "\u0306\u0300", "ú": "\u0306\u0309", "ü": "\u0306\u0303", "ë": "\u0306\u0323"},
}
_VNI_LETTERS = {"ñ": "đ", "ô": "ơ", "ö": "ư", "æ": "ỉ", "ó": "ĩ", "ò": "ị", "î": "ỵ"}
_VNI = re.compile(f"([aeiouyôö])([{''.join(_VNI_SIGNS)}])|([{''.join(_VNI_LETTERS)}])", re.IGNORECASE)


def as_it_is(text: str) -> str:
    """Text in Unicode, its letters composed."""
    return unicodedata.normalize("NFC", text)


def from_tcvn3(text: str) -> str:
    """Text in TCVN3 as Unicode; capitals with signs were a matter of the font there, and come out small."""
    return "".join(_TCVN3.get(letter, letter) for letter in text)


def from_vni(text: str) -> str:
    """Text in VNI as Unicode."""

    def composed(match: re.Match[str]) -> str:
        if match[3]:
            return _like(match[3], _VNI_LETTERS[match[3].lower()])
        letter = _like(match[1], _VNI_LETTERS.get(match[1].lower(), match[1].lower()))
        return unicodedata.normalize("NFC", letter + _VNI_SIGNS[match[2].lower()])

    return _VNI.sub(composed, text)


#: The ways to read a text, the likeliest first.
READINGS: tuple[Reading, ...] = (as_it_is, from_tcvn3, from_vni)


def _like(case: str, letter: str) -> str:
    return letter.upper() if case.isupper() else letter

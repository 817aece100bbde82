"""What may stand as a value in the settings file: texts, addresses, paths and names, each with its check.

What a validator refuses is collected by pydantic with all the other mistakes of the file, see :func:`refusable`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Strict, ValidationInfo
from pydantic_core import PydanticCustomError

from drivers.simulated_faults import parse_fault
from station.domain import identifiers
from station.domain.loopback import is_loopback
from station.domain.naming.export_templates import NameTemplate, Purpose
from station.domain.naming.keys import file_word, place_code, type_code
from station.domain.paper import paper_name
from station.domain.service_hours import Hours
from station.errors import Refused

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_SPELLINGS = {"color": "colour", "gray": "grey", "jpeg": "jpg", "tiff": "tif"}


@contextmanager
def _collected() -> Iterator[None]:
    """Hand a refusal to pydantic, which collects only errors of its own kind."""
    try:
        yield
    except Refused as error:
        raise PydanticCustomError(error.code, error.code, error.facts) from error


def refusable(check: Callable[[str], str]) -> AfterValidator:
    """A validator from a function that gives a text's valid spelling or raises ``Refused``."""

    def validate(value: str) -> str:
        with _collected():
            return check(value)

    return AfterValidator(validate)


def _text(text: str) -> str:
    if not text.strip():
        raise Refused("settings-empty")
    if _CONTROL.search(text):
        raise Refused("settings-control-character")
    return text.strip()


def _slug(text: str) -> str:
    if not identifiers.is_identifier(text):
        raise Refused("settings-slug", text=text)
    return text


def _device(text: str) -> str:
    if not text.isascii():  # SANE's names have no encoding: what python-sane lists it may be unable to open
        raise Refused("settings-device-letters", text=text)
    return text


def _place_name(text: str) -> str:
    file_word(_text(text))
    return _text(text)


def template(purpose: Purpose) -> AfterValidator:
    """A validator for the name templates of that purpose."""
    return refusable(lambda text: NameTemplate(text, purpose).text)


def _path_text(value: object) -> object:
    with _collected():
        return _text(value) if isinstance(value, str) else value


def _from_settings_folder(path: Path, info: ValidationInfo) -> Path:
    folder: Path = info.context["folder"] if info.context else Path.cwd()
    return folder / path


def _date(value: object) -> object:
    """Let a date stand in quotes too; what is no date is left for pydantic to refuse."""
    try:
        return date.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        return value


def _spelling(value: object) -> object:
    return _SPELLINGS.get(value, value) if isinstance(value, str) else value


def _fault(text: str) -> str:
    parse_fault(text)
    return text


def _option(value: object) -> object:
    if not isinstance(value, str | int | float):
        raise PydanticCustomError("settings-option-value", "settings-option-value")
    return value


def _loopback(host: str) -> str:
    if not is_loopback(host):
        raise Refused("settings-host-not-loopback", text=host)
    return host


def _url(text: str) -> str:
    """An address that is safe to send registers to: https, or http within this PC; no password in the open."""
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise Refused("settings-url-malformed", text=text) from error
    if parts.username is not None or parts.password is not None:
        raise Refused("settings-url-secret")
    if parts.scheme not in ("http", "https") or not host or re.search(r"\s", text) or not text.isascii():
        raise Refused("settings-url-malformed", text=text)
    if parts.scheme == "http" and not is_loopback(host):
        raise Refused("settings-url-plain", text=text)
    return text


def _hours(text: str) -> str:
    return str(Hours.parse(text))


Language = Literal["vi", "en"]
Text = Annotated[str, refusable(_text)]
Slug = Annotated[str, refusable(_slug)]
PlaceName = Annotated[str, refusable(_place_name)]
SettingsPath = Annotated[Path, BeforeValidator(_path_text), AfterValidator(_from_settings_folder)]
Day = Annotated[date, BeforeValidator(_date), Strict()]
Url = Annotated[str, refusable(_url)]
Option = Annotated[str | bool | int | float, BeforeValidator(_option)]
PlaceCode = Annotated[str, refusable(place_code)]
TypeCode = Annotated[str, refusable(type_code)]
Paper = Annotated[str, refusable(paper_name)]
DeviceName = Annotated[Text, refusable(_device)]
Fault = Annotated[str, AfterValidator(_fault)]
Loopback = Annotated[str, refusable(_loopback)]
ServiceHours = Annotated[str, refusable(_hours)]
#: American spellings and other endings mean the same.
ANY_SPELLING = BeforeValidator(_spelling)

"""A sheet as it was read, in the spool: a PNM file with its pixels and a JSON file beside it with its facts.

The scanner goes on with the next sheet while somebody else makes the master, and whoever of the two dies, the sheet
stays. A ``.pnm`` is always whole: it is renamed from ``.part`` when its last line was written. Until then that has the
header with the height announced, and grows: lines that are in it do not change any more. A raw sheet is not synced, so
it is trusted only by the boot of the kernel that it was written under.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from drivers import Chroma, Encoding, Identity, Mode, Sheet, Storing

SUFFIX = ".pnm"
PART = ".part"

#: The height may be known last, so its digits have their room from the start.
HEADER_BYTES = 25
SAMPLES = {Mode.COLOUR: 3, Mode.GREY: 1}

_BOOT = Path("/proc/sys/kernel/random/boot_id")
# netpbm, ppm(5): a comment may stand between the numbers.
_HEADER = re.compile(rb"P([56])(?:\s+|#[^\n]*\n)+(\d+)(?:\s+|#[^\n]*\n)+(\d+)(?:\s+|#[^\n]*\n)+255\s")
_MAGIC = {Mode.COLOUR: b"P6", Mode.GREY: b"P5"}
_MODES = {b"6": Mode.COLOUR, b"5": Mode.GREY}


@dataclass(frozen=True)
class Origin:
    """Where an image comes from: what stands in every master beside its pixels.

    ``dpi_asked`` and ``dpi`` are as in :class:`drivers.Sheet`; ``caller`` is the provenance of the scan settings.
    """

    identity: Identity
    started_at: datetime
    dpi: tuple[float, float]
    dpi_asked: int | None = None
    token: str | None = None
    caller: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Raw:
    """The facts of one raw sheet: which of the batch, where from, and how its master is to be stored."""

    number: int
    width: int
    height: int
    mode: Mode
    origin: Origin
    storing: Storing

    @property
    def encoding(self) -> Encoding:
        """What its master's file is."""
        return self.storing.encoding

    def sheet(self, path: Path) -> Sheet:
        """The sheet whose pixels lie in ``path``."""
        return Sheet(
            number=self.number,
            path=path,
            width=self.width,
            height=self.height,
            mode=self.mode,
            dpi_asked=self.origin.dpi_asked,
            dpi=self.origin.dpi,
            started_at=self.origin.started_at,
            identity=self.origin.identity,
            token=self.origin.token,
        )


def name_of(spool: Path, number: int) -> Path:
    """Where the sheet ``number`` of a batch lies in its spool folder."""
    return spool / f"{number:04d}{SUFFIX}"


def header(mode: Mode, width: int, height: int) -> bytes:
    """The header of a binary PNM with 8 bits a sample, of :data:`HEADER_BYTES` whatever the size."""
    return b"%s\n%08d %08d\n255\n" % (_MAGIC[mode], width, height)


def finish(raw: Raw, path: Path) -> None:
    """Give a raw sheet whose pixels were written to ``path`` with :data:`PART` its facts, then its name."""
    facts = {
        "boot": _BOOT.read_text().strip(),
        "number": raw.number,
        "width": raw.width,
        "height": raw.height,
        "mode": raw.mode.value,
        "storing": asdict(raw.storing),
        **origin_facts(raw.origin),
    }
    path.with_suffix(".json").write_text(json.dumps(facts), encoding="ascii")
    path.with_suffix(PART).rename(path)


def origin_facts(origin: Origin) -> dict[str, Any]:
    """An origin as JSON; :func:`origin_of` reads it."""
    identity = origin.identity
    return {
        "dpi_asked": origin.dpi_asked,
        "dpi": list(origin.dpi),
        "started_at": origin.started_at.isoformat(),
        "identity": {"vendor": identity.vendor, "model": identity.model, "serial": identity.serial},
        "token": origin.token,
        "provenance": dict(origin.caller),
    }


def origin_of(facts: Mapping[str, Any]) -> Origin:
    """The origin that :func:`origin_facts` described."""
    x, y = facts["dpi"]
    return Origin(
        identity=Identity(**facts["identity"]),
        started_at=datetime.fromisoformat(facts["started_at"]),
        dpi=(x, y),
        dpi_asked=facts["dpi_asked"],
        token=facts["token"],
        caller=facts["provenance"],
    )


def read(path: Path) -> Raw:
    """The facts of the raw sheet at ``path``.

    :raises ValueError: it was written under another boot of the kernel, or its facts are missing or torn: then its
        pixels cannot be trusted either.
    """
    try:
        facts = json.loads(path.with_suffix(".json").read_text(encoding="ascii"))
        if facts["boot"] != _BOOT.read_text().strip():
            raise ValueError(f"{path.name} was read before the last start of the computer")
        return Raw(
            number=facts["number"],
            width=facts["width"],
            height=facts["height"],
            mode=Mode(facts["mode"]),
            origin=origin_of(facts),
            storing=storing_of(facts["storing"]),
        )
    except (OSError, KeyError, TypeError) as error:
        raise ValueError(f"{path.name} has no facts: {error}") from error


def storing_of(facts: Mapping[str, Any]) -> Storing:
    """How a master is stored, out of JSON."""
    return Storing(Encoding(facts["encoding"]), facts["quality"], Chroma(facts["chroma"]))


def parse_header(start: bytes) -> tuple[Mode, int, int, int] | None:
    """Mode, width, height and length of the header at the start of a PNM file; None while it is not whole."""
    match = _HEADER.match(start)
    return None if match is None else (_MODES[match[1]], int(match[2]), int(match[3]), match.end())


def remove(path: Path) -> None:
    """Remove a raw sheet: first its pixels, so that nothing whole-looking stands without facts."""
    for file in (path, path.with_suffix(".json")):
        with suppress(FileNotFoundError):
            file.unlink()

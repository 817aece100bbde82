"""``tramquet read``: what the machine reads on pages of a ledger, or on images that lie anywhere."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from station.cli.command import language, tramquet
from station.errors import Refused

if TYPE_CHECKING:
    from station.reading.page_image import PageImage
    from station.reading.page_reader import PageReader
    from station.views.page_images import MasterPart


@tramquet.command()
@click.argument("what", metavar="LEDGER | FILE ...", nargs=-1, required=True)
@click.option("--type", "type_code", metavar="CODE", help="What the ledger registers, such as KH.")
@click.option("--columns", is_flag=True, help="The pages are ruled: a row for each entry, its number at the left.")
@click.pass_context
def read(ctx: click.Context, what: tuple[str, ...], type_code: str | None, columns: bool) -> None:
    """Read numbers, dates and page numbers off the pages of LEDGER, or off each FILE, one JSON line for each.

    A value that is sure may be filled in, one that is likely proposed. What the station has read of LEDGER is not read
    again; nothing is stored.
    """
    from station.domain.naming import keys

    if type_code is not None:
        keys.type_code(type_code)
    shown: Sequence[str | MasterPart] = _pages(ctx, what[0]) if _is_ledger(what) else what
    open_reader, whole = cache(_open_reader), True
    for page in shown:
        name = {"file": page} if isinstance(page, str) else {"seq": page.seq}
        try:
            read_now = _stored(page, columns) or _read(page, columns, open_reader)
        except Refused as error:
            whole = False
            click.echo(f"{error.sentence(language())} [{error.code}]", err=True)
            continue
        click.echo(json.dumps(name | read_now, ensure_ascii=False))
    ctx.exit(0 if whole else 1)


def _is_ledger(what: tuple[str, ...]) -> bool:
    from station.domain.naming import keys

    if len(what) == 1 and not Path(what[0]).exists():
        with suppress(Refused):
            keys.parse_reference(what[0])
            return True
    return False


def _pages(ctx: click.Context, ledger: str) -> list[MasterPart]:
    from station import context, settings
    from station.views import page_images

    config, data = ctx.find_root().obj
    with context.open_read_only(settings.load(config, data=data)) as station:
        return page_images.of_ledger(station, ledger)


def _stored(page: str | MasterPart, columns: bool) -> dict[str, Any] | None:
    """What the station read on a page, if it was read in the way that is asked for."""
    if isinstance(page, str) or page.read is None or (columns and not page.read.page.ruled):
        return None
    return page.read.as_json()


def _read(page: str | MasterPart, columns: bool, open_reader: Callable[[], PageReader]) -> dict[str, Any]:
    """What stands on a page, read now."""
    reader, began = open_reader(), time.monotonic()
    image = _image(page)
    if columns:
        reading = reader.read_register(image)
    else:
        reading = reader.read_form(image) if isinstance(page, str) else reader.read(image)
    return reading.as_json() | {"ms": round((time.monotonic() - began) * 1000)}


def _open_reader() -> PageReader:
    import cv2

    from station.reading.page_reader import PageReader

    cv2.setNumThreads(1)  # one core is the scanner's
    return PageReader()


def _image(page: str | MasterPart) -> PageImage:
    """The image of a file as it is, or of a page as it is shown."""
    from station.reading import page_image

    if isinstance(page, str):
        return page_image.load(Path(page))
    image = page_image.load(page.file)
    return (image.part(page.crop) if page.crop else image).turned(page.turn)

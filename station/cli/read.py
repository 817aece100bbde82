"""``tramquet read``: what the machine reads on pages of a ledger, or on images that lie anywhere."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from station.cli.edge import language, tramquet
from station.errors import Refused

if TYPE_CHECKING:
    from station.reading.page_image import PageImage
    from station.views.page_images import MasterPart


@tramquet.command()
@click.argument("what", metavar="LEDGER | FILE ...", nargs=-1, required=True)
@click.option("--type", "type_code", metavar="CODE", help="What the ledger registers, such as KH.")
@click.option("--columns", is_flag=True, help="The pages are ruled: a row for each entry, its number at the left.")
@click.pass_context
def read(ctx: click.Context, what: tuple[str, ...], type_code: str | None, columns: bool) -> None:
    """Read numbers, dates and page numbers off the pages of LEDGER, or off each FILE, one JSON line for each.

    A value that is sure may be filled in, one that is likely proposed; nothing is stored.
    """
    import cv2

    from station.domain.naming import keys
    from station.reading.page_reader import PageReader

    if type_code is not None:
        keys.type_code(type_code)
    shown: Sequence[str | MasterPart] = _pages(ctx, what[0]) if _is_ledger(what) else what
    cv2.setNumThreads(1)  # one core is the scanner's
    reader, whole = PageReader(), True
    for page in shown:
        began = time.monotonic()
        try:
            image = _image(page)
        except Refused as error:
            whole = False
            click.echo(f"{error.sentence(language())} [{error.code}]", err=True)
            continue
        reading = reader.read_register(image) if columns else reader.read_form(image)
        name = {"file": page} if isinstance(page, str) else {"seq": page.seq}
        took = {"ms": round((time.monotonic() - began) * 1000)}
        click.echo(json.dumps(name | reading.told() | took, ensure_ascii=False))
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


def _image(page: str | MasterPart) -> PageImage:
    """The image of a file as it is, or of a page as it is shown."""
    from station.reading import page_image

    if isinstance(page, str):
        return page_image.load(Path(page))
    image = page_image.load(page.file)
    return (image.part(page.crop) if page.crop else image).turned(page.turn)

"""``tramquet read``: what the machine reads on the image of a page."""

from __future__ import annotations

import json
import time
from pathlib import Path

import click

from station.cli.edge import language, tramquet
from station.errors import Refused


@tramquet.command()
@click.argument("files", metavar="FILE ...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--type", "type_code", metavar="CODE", required=True, help="What the ledger registers, such as KH.")
@click.option("--columns", is_flag=True, help="The pages are ruled: a row for each entry, its number at the left.")
@click.pass_context
def read(ctx: click.Context, files: tuple[Path, ...], type_code: str, columns: bool) -> None:
    """Read numbers, dates and page numbers off images of pages, one JSON line for each FILE.

    A value that is sure may be filled in, one that is likely proposed; nothing is stored.
    """
    import cv2

    from station.domain.naming import keys
    from station.reading import page_image
    from station.reading.page_reader import PageReader

    keys.type_code(type_code)
    cv2.setNumThreads(1)  # one core is the scanner's
    reader, refused = PageReader(), False
    for file in files:
        began = time.monotonic()
        try:
            page = page_image.load(file)
        except Refused as error:
            refused = True
            click.echo(f"{error.sentence(language())} [{error.code}]", err=True)
            continue
        reading = reader.read_register(page) if columns else reader.read_form(page)
        told = {"file": str(file), **reading.told(), "ms": round((time.monotonic() - began) * 1000)}
        click.echo(json.dumps(told, ensure_ascii=False))
    ctx.exit(1 if refused else 0)

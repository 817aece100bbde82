"""``python -m drivers.drawn DIR --pages N``: write an invented ledger as JPEG files."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from drivers.drawn import SMALLEST, TYPE_CODES, PageKind, draw_ledger
from drivers.drawn.hand import FontMissingError


def main() -> int:
    """Draw what the command line asks for and say what was drawn; 1 where a font is missing."""
    parser = argparse.ArgumentParser(
        prog="python -m drivers.drawn", description="Draw an invented civil-status ledger."
    )
    parser.add_argument("folder", type=Path, metavar="DIR", help="where 0001.jpg and so on go")
    parser.add_argument("--pages", type=int, required=True, metavar="N", help="cover and closing page included")
    parser.add_argument("--seed", type=int, default=0, help="another seed, another ledger")
    parser.add_argument("--type", dest="type_code", choices=TYPE_CODES, default="KS")
    parser.add_argument("--dpi", type=int, default=300)
    parser.add_argument("--year", type=int, default=2007)
    parser.add_argument("--book", type=int, default=1)
    arguments = parser.parse_args()
    if arguments.pages < SMALLEST:
        parser.error(f"--pages: a ledger has at least {SMALLEST} pages")
    try:
        pages = draw_ledger(**vars(arguments))
    except FontMissingError as error:
        print(error, file=sys.stderr)
        return 1
    entries = sum(page.kind is PageKind.ENTRY for page in pages)
    print(f"{len(pages)} pages, {entries} entries in {arguments.folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

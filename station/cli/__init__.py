"""The command ``tramquet``: one module per command, which bears its name, each act one call into the station.

A module imports at its head only what the options need, and what an act works with inside of it: help, usage errors and
small commands must not wait for image libraries and the catalogue's classes.

Exit status 0 done, 1 refused or failed with one clear sentence on stderr, 2 wrong usage.
"""

from __future__ import annotations

import gc

from station.cli.command import tramquet


def main() -> None:
    """Entry point of the installed command."""
    # To look again and again for garbage in what is imported, and once more at the end, takes a fifth of the time of a
    # small command. What works for longer switches it on again.
    gc.disable()
    try:
        tramquet(prog_name="tramquet")
    finally:
        gc.freeze()


__all__ = ["main", "tramquet"]

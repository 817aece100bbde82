"""The command ``tramquet``: one module per subject, each act one call into the station.

Exit status 0 done, 1 refused or failed with one clear sentence on stderr, 2 wrong usage.
"""

from __future__ import annotations

from station.cli.edge import tramquet


def main() -> None:
    """Entry point of the installed command."""
    tramquet(prog_name="tramquet")


__all__ = ["main", "tramquet"]

"""Sizes and times as people read them, in the language of the request."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint

from web.texts import language


def size(count: int) -> str:
    """Bytes in the unit that leaves one to three digits before the point: 940 B, 3.4 MB; Vietnamese with a comma."""
    number, unit = float(count), "B"
    for larger in ("kB", "MB", "GB", "TB"):
        if number < 999.5:
            break
        number, unit = number / 1000, larger
    words = f"{number:.1f}" if unit != "B" and number < 99.95 else f"{number:.0f}"
    return f"{words.replace('.', ',') if language() == 'vi' else words}\N{NO-BREAK SPACE}{unit}"


def moment(at: datetime) -> str:
    """A time by the PC's clock: today without the date."""
    local = at.astimezone()
    day = "" if local.date() == datetime.now().astimezone().date() else f" {local:%d/%m/%Y}"
    return f"{local:%H:%M}{day}"


def register(blueprint: Blueprint) -> None:
    """Let the templates say ``bytes|size`` and ``time|moment``."""
    blueprint.add_app_template_filter(size)
    blueprint.add_app_template_filter(moment)

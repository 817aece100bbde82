"""Sizes, times and labels as people read them, in the language of the request."""

from __future__ import annotations

import re
from datetime import datetime

from flask import Blueprint
from markupsafe import Markup, escape

from web.texts import language

_LABEL = re.compile(r"(\[[0-9]{3,}[a-z]*(?:\.[12])?\])")


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


def small_labels(sentence: str) -> Markup:
    """A sentence with labels that stand behind printed numbers, as in "page 13 [012]", in small print."""
    return Markup(_LABEL.sub(r'<small class="label">\1</small>', str(escape(sentence))))


def register(blueprint: Blueprint) -> None:
    """Let the templates say ``bytes|size`` and ``time|moment``."""
    blueprint.add_app_template_filter(size)
    blueprint.add_app_template_filter(moment)
    blueprint.add_app_template_filter(small_labels)

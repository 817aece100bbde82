"""The papers of the office: HTML that needs nothing beside it, on the screen a sheet, printed one A4 page."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from station.messages import sentence
from station.settings import Settings

_TEMPLATES = Path(__file__).parent / "templates"


def body(template: str, language: str, **content: object) -> str:
    """What stands on the paper, as HTML to be set into another page; the template says ``words(code, **facts)``."""

    def words(code: str, **facts: object) -> str:
        return sentence(code, language, facts)

    return _environment().get_template(template).render(words=words, **content)


def signatures(settings: Settings, language: str, usual: tuple[str, ...]) -> tuple[str, ...]:
    """Who signs: as the settings say, else by the codes of what is usual."""
    return settings.report.signatures or tuple(sentence(code, language) for code in usual)


def document(title: str, content: str, language: str) -> str:
    """The whole document around what :func:`body` gave."""
    return _environment().get_template("page.html").render(title=title, body=content, language=language, style=style())


@cache
def style() -> str:
    """How papers look, on the screen and printed."""
    return (_TEMPLATES / "paper.css").read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )

"""Makes what is read beside the program: the manual as HTML, the manual page, the completion of bash.

``manual.py FOLDER`` fills ``FOLDER/manual`` (both languages, with pictures), ``man`` and ``tramquet.bash`` there, from
the documents in docs/ and the commands' own help, so that nothing is written twice. ``script/package`` calls it.
"""

from __future__ import annotations

import html
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import click
from click.shell_completion import BashComplete
from markdown_it import MarkdownIt

from station.cli import help_language
from station.cli.command import COMMANDS, tramquet

DOCS = Path(__file__).parents[1] / "docs"
#: The documents of each language: for officers, for technicians.
DOCUMENTS = {"vi": ("huong-dan.md", "ky-thuat.md"), "en": ("guide.md", "technician.md")}
STYLE = """
body { font: 17px/1.5 sans-serif; max-width: 52rem; margin: 2rem auto; padding: 0 1rem; color: #1a1a1a; }
img { max-width: 100%; border: 1px solid #bbb; }
pre, code { background: #f3f3f0; } pre { padding: .6rem; overflow-x: auto; }
table { border-collapse: collapse; }
td, th { border: 1px solid #bbb; padding: .25rem .5rem; vertical-align: top; text-align: left; }
@media print { body { font-size: 11pt; } }
"""


def manual(folder: Path) -> None:
    """Every document as one HTML page, and an index of them."""
    folder.mkdir(parents=True)
    links = []
    for language, documents in DOCUMENTS.items():
        for name in documents:
            text = (DOCS / name).read_text(encoding="utf-8")
            title = text.partition("\n")[0].removeprefix("# ")
            page = Path(name).with_suffix(".html").name
            body = _linked(MarkdownIt("commonmark").enable("table").render(text))
            (folder / page).write_text(_page(language, title, body), encoding="utf-8")
            links.append(f'<li lang="{language}"><a href="{page}">{html.escape(title)}</a></li>')
        shutil.copytree(DOCS / "pictures" / language, folder / "pictures" / language)
    index = f"<h1>Trạm Quét</h1><ul>{''.join(links)}</ul>"
    (folder / "index.html").write_text(_page("vi", "Trạm Quét", index), encoding="utf-8")


def _page(language: str, title: str, body: str) -> str:
    head = f'<meta charset="utf-8"><title>{html.escape(title)}</title><style>{STYLE}</style>'
    return f'<!doctype html>\n<html lang="{language}"><head>{head}</head><body>\n{body}</body></html>\n'


def _linked(body: str) -> str:
    """Links between the documents, and from headings that others point at."""
    body = re.sub(r'href="([\w-]+)\.md', r'href="\1.html', body)

    def heading(found: re.Match[str]) -> str:
        anchor = re.sub(r"[^\w -]", "", re.sub("<[^>]+>", "", found[2])).strip().lower().replace(" ", "-")
        return f'<h{found[1]} id="{anchor}">{found[2]}</h{found[1]}>'

    return re.sub(r"<h([1-6])>(.*?)</h\1>", heading, body)


def manual_page(folder: Path) -> None:
    """``tramquet(1)``, one for each language; man(1) looks for the Vietnamese one in vi/."""
    for language, place in (("en", folder / "man1"), ("vi", folder / "vi" / "man1")):
        place.mkdir(parents=True)
        said = subprocess.run(
            [sys.executable, __file__, "--roff"],
            env={**os.environ, "TRAMQUET_LANGUAGE": language},
            stdout=subprocess.PIPE,
            check=True,
        )
        (place / "tramquet.1").write_bytes(said.stdout)


def roff() -> str:
    """The manual page in the language of the environment, see man(7)."""
    for module in set(COMMANDS.values()):
        import_module(f"station.cli.{module}")
    command_group = help_language.translate(tramquet)
    assert isinstance(command_group, click.Group)
    title = (command_group.help or "").partition(":")[2].strip().rstrip(".")
    lines = [".TH TRAMQUET 1", ".SH NAME", f"tramquet \\- {_escaped(title)}", ".SH SYNOPSIS"]
    lines += [".B tramquet", "[OPTIONS] COMMAND [ARGS]...", f".SH {help_language.in_words('Options').upper()}"]
    lines += [*_options(command_group), f".SH {help_language.in_words('Commands').upper()}"]
    for path, command in _commands(command_group, "tramquet"):
        usage = " ".join(command.collect_usage_pieces(help_language.Context(command)))
        lines += [".SS " + _escaped(f"{path} {usage}")]
        for number, part in enumerate((command.help or "").split("\n\n")):
            lines += [*([".PP"] if number else []), _escaped(" ".join(part.split()))]
        lines += _options(command)
    lines += [
        ".SH FILES",
        ".TP",
        ".I /etc/tramquet/station.toml",
        _escaped(help_language.in_words("The settings file.")),
    ]
    lines += [".TP", ".I /usr/share/doc/tramquet/manual/index.html"]
    return "\n".join(lines) + "\n"


def _commands(group: click.Group, path: str) -> Iterator[tuple[str, click.Command]]:
    for name in sorted(group.commands):
        command = group.commands[name]
        if command.hidden:
            continue
        yield f"{path} {name}", command
        if isinstance(command, click.Group):
            yield from _commands(command, f"{path} {name}")


def _options(command: click.Command) -> Iterator[str]:
    for option in command.params:
        if isinstance(option, click.Option) and (record := option.get_help_record(help_language.Context(command))):
            names, said = record
            yield from (".TP", f".B {_escaped(names)}", _escaped(help_language.row(said)))


def _escaped(text: str) -> str:
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{text}" if text[:1] in ".'" else text


def main() -> None:
    """Make everything in the folder named on the command line."""
    if sys.argv[1:] == ["--roff"]:
        sys.stdout.write(roff())
        return
    folder = Path(sys.argv[1])
    manual(folder / "manual")
    manual_page(folder / "man")
    complete = BashComplete(tramquet, {}, "tramquet", "_TRAMQUET_COMPLETE")
    (folder / "tramquet.bash").write_text(complete.source(), encoding="utf-8")


if __name__ == "__main__":
    main()

"""The public page: how far the province and its communes are, as static files that any web server shows.

Totals only: no person, no station, no ledger, no entry. The folder is the page's own; files of others in it stay.
"""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from station.errors import Refused
from station.messages import LANGUAGES, sentence
from station.province import charts, exports, overview
from station.province.exports import Table
from station.province.overview import Overview
from station.province.rollup import Tables
from station.spreadsheets import csv_files
from station.storage import durable

_TEMPLATES = Path(__file__).with_name("templates")
#: What the public is told of a commune and of a district of old.
_COMMUNE = ("commune", "district", "done", "total", "percent", "class")
_DISTRICT = ("district", "communes", "done", "total", "percent", "class")
#: By this a page of ours is known before it is written over.
_MARK = '<meta name="generator" content="tramquet province">'


def publish(tables: Tables, folder: Path) -> list[Path]:
    """Write the page into ``folder``, each file at once; gives them. Raises ``Refused`` over another's page."""
    province = overview.of_province(tables)
    other = next(code for code in LANGUAGES if code != tables.settings.province.language)
    pages = {"index.html": tables.settings.province.language, f"{other}.html": other}
    contents = {name: _page(tables, province, code, pages).encode() for name, code in pages.items()}
    communes = _table("communes", province)
    contents["totals.csv"] = csv_files.content([communes.header("vi"), *communes.cells("vi")])
    contents["totals.json"] = json.dumps(_facts(tables, province), ensure_ascii=False, indent=1).encode()
    contents["public.css"] = (_TEMPLATES / "public.css").read_bytes()
    with durable.storage_failures(folder):
        if not folder.exists():
            folder.mkdir(parents=True)
            folder.chmod(0o755)  # a web server's own user looks into it
        index = folder / "index.html"
        if index.exists() and _MARK.encode() not in index.read_bytes()[:2000]:
            raise Refused("province-publish-foreign", path=index)
        for name, content in contents.items():
            with durable.new_file(folder / name, replace=True) as temporary:
                temporary.write_bytes(content)
            (folder / name).chmod(0o644)
    return [folder / name for name in contents]


def _page(tables: Tables, province: Overview, language: str, pages: dict[str, str]) -> str:
    def words(code: str, **facts: object) -> str:
        return sentence(code, language, facts)

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    classes = [(grade.sentence(language) if grade else "–", count) for grade, count in province.classes]
    return environment.get_template("public.html").render(
        words=words,
        count=partial(exports.thousands, language=language),
        language=language,
        others=[(name, code) for name, code in pages.items() if code != language],
        name=tables.settings.province.name,
        progress=province.progress,
        grade=province.progress.grade.sentence(language) if province.progress.grade else "",
        classes=classes,
        chart=charts.days(province.progress.daily, words("public-days")),
        shares=charts.shares(classes, words("public-classes")),
        tables=[(words(f"public-{name}"), _table(name, province)) for name in ("districts", "communes")],
        moment=f"{tables.now.astimezone():%H:%M %d/%m/%Y}",
    )


def _table(name: str, province: Overview) -> Table:
    columns, graded = (_COMMUNE, province.communes) if name == "communes" else (_DISTRICT, province.districts)
    rows = [one.row | {"percent": one.percent, "class": one.grade} for one in graded]
    return Table(name, columns, [[row[column] for column in columns] for row in rows])


def _facts(tables: Tables, province: Overview) -> dict[str, object]:
    totals = {key: int(province.totals[key]) for key in ("communes", "done", "total")}
    return {
        "province": tables.settings.province.name,
        "at": tables.now.isoformat(timespec="seconds"),
        **totals,
        "percent": province.progress.percent,
        "districts_of_old": _table("districts", province).plain(),
        "communes_each": _table("communes", province).plain(),
    }

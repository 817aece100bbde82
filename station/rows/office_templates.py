"""The import templates in use: the ministry's as the station brings them, or the office's newest blank workbook."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session, defer

from station.catalogue import event_log
from station.catalogue.models import OfficeTemplate
from station.context import Station
from station.errors import Refused
from station.rows import built_in
from station.rows.columns import Template

if TYPE_CHECKING:
    from station.rows.office_workbook import OfficeWorkbook


@dataclass(frozen=True)
class ListedTemplate:
    """A template: ``columns`` counts those that are filled, ``file`` is the office's, None for the ministry's own."""

    type: str
    version: str
    columns: int
    in_use: bool
    file: str | None
    added_by: str | None
    added_at: str | None


def add(station: Station, path: Path, *, who: str, ledger_type: str | None = None) -> OfficeWorkbook:
    """Use the office's blank workbook for its type from now on; gives what was seen in it.

    The newest one, added again, stays as it is. ``Refused`` as :func:`station.rows.office_workbook.read` says.
    """
    from station.rows import office_workbook  # openpyxl takes a fifth of a second, which few commands should pay

    try:
        with path.open("rb") as file:
            content = file.read(office_workbook.MOST_BYTES + 1)
    except OSError as error:
        raise Refused("import-file-unreadable", file=path.name, detail=error.strerror) from error
    blank = office_workbook.read(path.name, content, ledger_type)
    digest = hashlib.sha256(content).hexdigest()
    with station.catalogue.writing() as session:
        before = newest(session, blank.type)
        if before is not None and before.sha256 == digest:
            return blank
        version = 1 if before is None else before.version + 1
        row = OfficeTemplate(type=blank.type, version=version, name=path.name, content=content, sha256=digest)
        row.sheet, row.heading_row, row.columns = blank.sheet, blank.heading_row, list(blank.columns)
        row.added_by, row.added_at = who, datetime.now(UTC)
        session.add(row)
        facts = {"type": blank.type, "version": version, "file": path.name, "sha256": digest}
        event_log.record(session, who, "template-added", None, **facts)
    return blank


def newest(session: Session, ledger_type: str) -> OfficeTemplate | None:
    """The office's workbook that is used for this type; None where it is the ministry's own file."""
    return session.scalars(_newest(), {"type": ledger_type}).one_or_none()


@cache
def _newest() -> Select[OfficeTemplate]:
    query = select(OfficeTemplate).where(OfficeTemplate.type == bindparam("type"))
    return query.order_by(OfficeTemplate.version.desc()).limit(1).options(defer(OfficeTemplate.content))


def in_use(session: Session, ledger_type: str) -> Template:
    """The template of this type's workbooks: what people key, and what is filled."""
    template = built_in.template(ledger_type)
    office = newest(session, ledger_type) if template.imported else None
    return template if office is None else template.of_columns(office.columns, version_name(office))


def import_template(session: Session, ledger_type: str) -> Template:
    """The template that rows of a type are keyed by; ``Refused`` for a type that goes without."""
    template = in_use(session, ledger_type)
    if not template.imported:
        raise Refused("row-no-template", type=ledger_type, types=", ".join(built_in.TYPES))
    return template


def version_name(office: OfficeTemplate) -> str:
    """What the office's workbook is called among the versions of its type: ``office-2``."""
    return f"office-{office.version}"


def listed_templates(station: Station) -> list[ListedTemplate]:
    """Every template, the ministry's first in each type."""
    with station.catalogue.reading() as session:
        query = select(OfficeTemplate).options(defer(OfficeTemplate.content))
        rows = session.scalars(query.order_by(OfficeTemplate.type, OfficeTemplate.version)).all()
        used = {one.type: one.version for one in rows}
        return [
            template
            for code in built_in.TYPES
            for template in (_ministrys(code, used), *(_offices(one, used) for one in rows if one.type == code))
        ]


def _ministrys(code: str, used: Mapping[str, int]) -> ListedTemplate:
    template = built_in.template(code)
    return ListedTemplate(code, template.version, len(template.columns), code not in used, None, None, None)


def _offices(row: OfficeTemplate, used: Mapping[str, int]) -> ListedTemplate:
    return ListedTemplate(
        type=row.type,
        version=version_name(row),
        columns=sum(map(bool, row.columns)),
        in_use=used[row.type] == row.version,
        file=row.name,
        added_by=row.added_by,
        added_at=row.added_at.isoformat(),
    )

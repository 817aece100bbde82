"""A catalogue of any size, made by SQL: ledgers that were delivered long ago, a few at work, and one of a chosen size.

The rows are like those of scanning; half of what is at work is looked at, and keyed. No master exists (those of
delivered ledgers are freed), the PDFs of ledgers at work are empty, and the hashes of the log's lines are only unlike
each other: ``verify`` would tell of each. 200,000 pages take some ten seconds.
"""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path

#: What the settings must say: the PDFs that the catalogue tells of are those of whole masters.
SETTINGS = """
[upload_copy]
enabled = false
"""
#: The ledger whose size is chosen, of place 19429: open, each page of it asks something or did.
FOCUS = "KH.2021.01"
#: A ledger of the same place that was delivered, in catalogues of 2,000 pages more than that one has.
DELIVERED = "KH.1962.01"
#: Pages of all other ledgers.
USUAL = 200
#: So many of the others are at work too: a station does not open more, however many it has closed.
AT_WORK = 6
_SHEETS = 40  # of a session
_MOMENT = "2026-01-15T08:30:00.000000+00:00"

_NUMBERS = """
CREATE TEMP TABLE book (id INTEGER PRIMARY KEY, type, year, book, open, size, first);
CREATE TEMP TABLE sheet (id INTEGER PRIMARY KEY, ledger, seq, session, label);
WITH RECURSIVE n(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n < {books})
INSERT INTO book SELECT {base} + n + 1,
    CASE WHEN n = 0 THEN 'KH' ELSE substr('KSKHKT', 1 + n % 3 * 2, 2) END,
    CASE WHEN n = 0 THEN 2021 ELSE 1960 + n / 3 % 60 END,
    CASE WHEN n = 0 THEN '01' ELSE printf('%02d', 1 + n / 180) END,
    n <= {at_work}, iif(n = 0, {focus}, {usual}), iif(n = 0, 0, {focus} + (n - 1) * {usual})
FROM n;
WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < (SELECT max(size) FROM book))
INSERT INTO sheet SELECT {base} + first + n, book.id, n, {base} + (first + n - 1) / {sheets} + 1, printf('%03d', n)
FROM book JOIN n ON n <= size;
"""

_ROWS = """
INSERT INTO ledger (id, place_id, type, year, book, last_year, paper, state, created_at)
SELECT id, (SELECT id FROM place WHERE code = '19429'), type, year, book, year, 'A4',
    iif(open, 'scanning', 'delivered'), :at FROM book;
INSERT INTO closing (ledger_id, year, pages, entries) SELECT id, year, size, size * 19 / 20 FROM book;
INSERT INTO session (id, ledger_id, scanner, source, profile, operator, purpose, spool, state, fed, started_at,
    ended_at)
SELECT session, min(ledger), 'feeder', 'adf', 'standard', 'Đo Lường', 'append', 'copy-' || session, 'finished',
    count(*) + (session % 20 = 1), :at, :at FROM sheet GROUP BY session;
UPDATE session SET answered_by = 'Đo Lường', answered_at = :at
WHERE spool LIKE 'copy-%' AND id % 20 = 1 AND ledger_id IN (SELECT id FROM book WHERE NOT open);
INSERT INTO reservation (ledger_id, session_id, label, revision, file, state)
SELECT ledger, session, label, 1, 'copy/' || id || '.jpg', 'used' FROM sheet;
INSERT INTO event (id, at, who, what, ledger, facts, previous, hash)
SELECT :base * 3 + (sheet.id - :base) * 3 + step, :at, 'Đo Lường',
    CASE step WHEN 0 THEN 'capture-accepted' WHEN 1 THEN 'entry-set' ELSE 'finding-answered' END,
    '19429:' || type || '.' || year || '.' || book, json_object('label', label, 'why', ''),
    printf('%064x', (:base + sheet.id) * 3 + step - 1), printf('%064x', (:base + sheet.id) * 3 + step)
FROM sheet JOIN book ON book.id = ledger JOIN (SELECT 0 AS step UNION SELECT 1 UNION SELECT 2);
INSERT INTO capture (id, counter, ledger_id, session_id, label, revision, current, recovered, file, sha256, bytes,
    width, height, mode, dpi_asked, dpi_x, dpi_y, scanner, device, profile, operator, token, started_at, accepted_at,
    freed_at)
SELECT sheet.id, :base * 3 + (sheet.id - :base) * 3, ledger, session, label, 1, 1, 0, 'copy/' || sheet.id || '.jpg',
    printf('%064x', sheet.id), 2900000, 2480, 3508, 'colour', 300, 300, 300, 'feeder', 'Invented/Feeder/1', 'standard',
    'Đo Lường', NULL, :at, :at, iif(open, NULL, :at) FROM sheet JOIN book ON book.id = ledger;
INSERT INTO fingerprint (capture_id, coarse, fine) SELECT id, randomblob(32), randomblob(512) FROM sheet;
INSERT INTO page (id, ledger_id, "order", number, state, parts)
SELECT id, ledger, seq, NULL, iif(seq = 1, 'cover', iif(seq % 20 = 0, 'unsorted', 'entry')), 1 FROM sheet;
INSERT INTO region (id, page_id, capture_id, part, rotation) SELECT id, id, id, 1, 0 FROM sheet;
INSERT INTO finding (capture_id, code, detail, found_by, found_at, resolved_by, resolved_at, resolution)
SELECT sheet.id, iif(sheet.seq % 2, 'skew', 'blur'), '2.1', 'station', :at,
    iif(asks, NULL, 'Đo Lường'), iif(asks, NULL, :at), iif(asks, NULL, 'kept')
FROM (SELECT sheet.*, open AND iif(book.id = :base + 1, seq % 3 = 0, seq % 20 = 0) AS asks
      FROM sheet JOIN book ON book.id = ledger) AS sheet;
INSERT INTO entry (id, ledger_id, year, number, date, living, revision)
SELECT sheet.id, book.id, year, label, year || '-01-15', 1, 1 FROM sheet JOIN book ON book.id = ledger
WHERE seq > 1 AND seq % 20 > 0;
INSERT INTO entry_page (entry_id, page_id, position) SELECT id, id, 1 FROM sheet WHERE seq > 1 AND seq % 20 > 0;
INSERT INTO entry_revision (entry_id, revision, year, number, date, pages, living, who, at, why)
SELECT sheet.id, 1, year, label, year || '-01-15', json_array(label), 1, 'Đo Lường', :at, ''
FROM sheet JOIN book ON book.id = ledger WHERE seq > 1 AND seq % 20 > 0;
INSERT INTO document (entry_id, recipe, file, sha256, bytes)
SELECT id, iif(open, recipe('["' || name || '", [["' || printf('%064x', id) || '", 0, null, [300.0, 300.0]]]]'), ''),
    folder || name || '.pdf', printf('%064x', id), 300000
FROM (SELECT sheet.id, open, type || '.' || year || '.' || book || '.' || year || '-01-15.' || label AS name,
        'ledgers/19429/' || type || '/' || year || '/' || type || '.' || year || '.' || book || '/entries/' AS folder
    FROM sheet JOIN book ON book.id = ledger WHERE seq > 1 AND seq % 20 > 0);
INSERT INTO package (id, ledger_id, kind, revision, state, partial, recipe, folder, event_head, made_by, started_at)
SELECT id * 2 + masters, id, iif(masters, 'masters', 'entries'), 1, 'delivered', 0, '',
    'ledgers/copy/' || id || '/packages/' || iif(masters, 'm1', 'r1'), '', 'Đo Lường', :at
FROM book JOIN (SELECT 0 AS masters UNION SELECT 1) WHERE NOT open;
INSERT INTO package_file (id, package_id, position, name, sha256, bytes)
SELECT package.id * 3 + part, package.id, part + 1, substr('archive.zip list.xlsx   manifest    ', 1 + part * 12, 11),
    printf('%064x', package.id), 60000000
FROM package JOIN book ON book.id = package.ledger_id JOIN (SELECT 0 AS part UNION SELECT 1 UNION SELECT 2);
INSERT INTO packaged_entry (package_id, entry_id, entry_revision, name, sha256)
SELECT ledger * 2, sheet.id, 1, 'copy-' || sheet.id, printf('%064x', sheet.id)
FROM sheet JOIN book ON book.id = ledger WHERE NOT open AND seq > 1 AND seq % 20 > 0;
INSERT INTO delivery (id, file_id, destination, state, bytes_sent, attempts, created_at)
SELECT package_file.id, package_file.id, 'stick', 'receipted', bytes, 1, :at
FROM package_file JOIN package ON package.id = package_file.package_id JOIN book ON book.id = package.ledger_id;
INSERT INTO receipt (delivery_id, sha256, bytes, package, station, store, at)
SELECT delivery.id, package_file.sha256, package_file.bytes, '', 'qt', 'stick', :at FROM delivery
JOIN package_file ON package_file.id = file_id JOIN package ON package.id = package_id JOIN book ON book.id = ledger_id;
"""

#: What catalogues of migration 0014 and later have besides.
_LATER_ROWS = """
INSERT INTO reading (id, capture_id, side, turn, upside_down, empty_form, ruled, ms, reader, tries, read_at)
SELECT sheet.id, sheet.id, 0, 0, 0, 0, 0, 700, 'copy', 0, :at FROM sheet JOIN book ON book.id = ledger WHERE open;
INSERT INTO read_value (reading_id, kind, value, confidence, grade, "left", top, "right", bottom, candidates)
SELECT sheet.id, kind, iif(kind = 'number', seq, year || '-01-15'), 0.999, 'sure', 300, 200, 500, 260,
    iif(kind = 'number', json_object('' || seq, 0.0), '{}')
FROM sheet JOIN book ON book.id = ledger JOIN (SELECT 'number' AS kind UNION SELECT 'date') WHERE open AND seq > 1;
INSERT INTO "check" (page_id, kind, verdict, who, at, image, turn, reason)
SELECT sheet.id, 'first', iif(open AND seq IN (10, 30, 50), 'rejected', 'right'), 'Đo Lường', :at, sheet.id, 0,
    iif(open AND seq IN (10, 30, 50), 'torn', NULL)
FROM sheet JOIN book ON book.id = ledger WHERE NOT open OR seq <= size / 2;
INSERT INTO entry_row (id, entry_id, revision, "values", complete, keyed_by, keyed_at)
SELECT sheet.id, sheet.id, 1, json_object('loaiDangKy', '1', 'noiDangKy', 'UBND xã Thử Nghiệm', 'nguoiKy',
    'Trần Văn Mẫu', 'chongHoTen', 'Nguyễn Văn ' || label, 'chongNgaySinh', '02/05/1975', 'chongDanToc', 'Kinh',
    'chongNoiCuTru', 'Thôn ' || seq % 12, 'voHoTen', 'Lê Thị ' || label, 'voNgaySinh', '11/09/1978',
    'voNoiCuTru', 'Thôn ' || seq % 7), 1, 'Đo Lường', :at
FROM sheet JOIN book ON book.id = ledger WHERE seq > 1 AND seq % 20 > 0 AND (NOT open OR seq <= size / 2);
INSERT INTO row_revision (entry_row_id, revision, changes, who, at, why)
SELECT id, 1, "values", keyed_by, keyed_at, '' FROM entry_row WHERE id > :base;
INSERT INTO attachment (entry_id, entry_revision, sha256, who, at)
SELECT sheet.id, 1, printf('%064x', sheet.id), 'Đo Lường', :at
FROM sheet JOIN book ON book.id = ledger WHERE NOT open AND seq > 1 AND seq % 20 > 0;
"""


def fill(file: Path, *, pages: int, focus: int = USUAL) -> None:
    """Add so many pages to a catalogue (with place 19429), ``focus`` of them in the ledger :data:`FOCUS`."""
    with closing(sqlite3.connect(file)) as catalogue, catalogue:
        catalogue.create_function("recipe", 1, lambda recipe: hashlib.sha256(recipe.encode()).hexdigest())
        tables = [row[0] for row in catalogue.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        ids = " UNION ".join(f'SELECT max(id) AS id FROM "{table}"' for table in tables if table != "alembic_version")
        (base,) = catalogue.execute(f"SELECT max(id) FROM ({ids})").fetchone()
        numbers = {"base": base, "books": (pages - focus) // USUAL, "focus": focus, "usual": USUAL, "sheets": _SHEETS}
        for statement in _NUMBERS.format(**numbers, at_work=AT_WORK).split(";"):
            catalogue.execute(statement)
        (version,) = catalogue.execute("SELECT version_num FROM alembic_version").fetchone()
        for statement in (_ROWS + (_LATER_ROWS if version >= "0014" else "")).split(";"):
            catalogue.execute(statement, {"at": _MOMENT, "base": base} if ":" in statement else {})
        for (name,) in catalogue.execute("SELECT file FROM document WHERE recipe != '' AND file LIKE 'ledgers/%'"):
            (file.parent / name).parent.mkdir(parents=True, exist_ok=True)
            (file.parent / name).touch()

"""Replaying the log: what entries, people, devices, captures and receipts must be, against what their rows say.

Whoever changes a row past the station leaves the log as it was, and whoever adds a line to it lacks the key.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from station.catalogue import row_facts, whereabouts
from station.catalogue.event_log import LogLine
from station.catalogue.models import Capture, CarriedLine, Delivery, Device, Entry, EntryRow, Ledger, User
from station.messages import Message

_ENTRIES = frozenset({"entry-set", "entry-changed", "entries-swapped", "entries-shifted", "entry-removed"})


class Replay:
    """Replays the lines of a log in their order, then gives the rows that differ from the log.

    Lines of earlier versions hold fewer facts: rows that they changed are compared only once a later line states them.
    """

    def __init__(self) -> None:
        self._entries: dict[int, dict[str, Any]] = {}
        self._entries_known = True
        self._rows: dict[int, dict[str, Any]] = {}
        self._persons: dict[str, dict[str, Any]] = {}
        self._devices: dict[str, str | None] = {}
        self._captures: dict[int, tuple[str | None, object, object, object]] = {}
        self._receipts: set[tuple[object, object, object]] = set()
        self._histories: dict[str, str] = {}

    def add(self, line: LogLine) -> None:
        """Take the next line."""
        facts = line.facts
        match line.what:
            case "capture-accepted" | "capture-recovered" | "capture-taken-over":
                image = (facts.get("label"), facts.get("revision"), facts.get("sha256"))
                self._captures[line.id] = (line.ledger, *image)
            case "entries-stated":
                self._enter(line)
            case whereabouts.RETURNED:
                self._forget(str(line.ledger))
            case whereabouts.TAKEN_OVER:
                self._enter(line)
                self._rows |= {row["entry"]: row for row in facts["keyed"]}
                self._histories[str(line.ledger)] = facts["history"]
            case "row-set":
                self._rows |= {row["entry"]: row for row in facts["rows"]}
            case "people-stated":
                self._entries_known = True
                self._persons = {one["person"]: one for one in facts.get("persons", ())}
                self._devices = {one["device"]: one["stamp"] for one in facts.get("devices", ())}
            case "person-added" | "pin-reset" | "person-left":
                name = str(facts.get("person"))
                self._persons[name] = {**self._persons.get(name, {}), "stamp": None, **facts}
            case "device-paired":
                self._devices[str(facts.get("device"))] = facts.get("stamp")
            case "device-revoked":
                self._devices.pop(str(facts.get("device")), None)
            case "receipt":
                self._receipts.add((facts.get("package"), facts.get("file"), facts.get("sha256")))
            case what if what in _ENTRIES and "rows" not in facts:
                self._entries, self._entries_known = {}, False
            case what if what in _ENTRIES:
                self._enter(line)
            case _:
                pass

    def differences(self, session: Session) -> Iterator[Message]:
        """Every row that differs from the log, and every row of the log that is gone."""
        ledgers = {one.id: row_facts.ledger_reference(one) for one in session.scalars(select(Ledger))}
        yield from self._of_captures(session, ledgers)
        yield from self._of_entries(session, ledgers)
        yield from self._of_rows(session)
        yield from self._of_people(session)
        yield from self._of_devices(session)
        yield from self._of_receipts(session)
        yield from self._of_histories(session, ledgers)

    def _forget(self, ledger: str) -> None:
        """What was known of a ledger that comes back is said anew by the lines that follow."""
        self._captures = {line: image for line, image in self._captures.items() if image[0] != ledger}
        gone = {entry for entry, row in self._entries.items() if row["ledger"] == ledger}
        self._entries = {entry: row for entry, row in self._entries.items() if entry not in gone}
        self._rows = {entry: row for entry, row in self._rows.items() if entry not in gone}

    def _enter(self, line: LogLine) -> None:
        for row in line.facts["rows"]:
            self._entries[row["id"]] = {**row, "ledger": line.ledger}

    def _of_captures(self, session: Session, ledgers: dict[int, str]) -> Iterator[Message]:
        columns = (Capture.counter, Capture.file, Capture.ledger_id, Capture.label, Capture.revision, Capture.sha256)
        for counter, file, ledger_id, *row in session.execute(select(*columns).order_by(Capture.counter)):
            if self._captures.pop(counter, None) != (ledgers.get(ledger_id), *row):
                yield Message("verify-log", {"subject": file})
        for ledger, label, *_rest in self._captures.values():
            yield Message("verify-log", {"subject": f"{ledger} {label}"})

    def _of_entries(self, session: Session, ledgers: dict[int, str]) -> Iterator[Message]:
        rows = select(Entry).options(selectinload(Entry.placements)).execution_options(yield_per=500)
        for row in session.scalars(rows):
            entry = self._entries.pop(row.id, None)
            is_known = entry is not None or self._entries_known
            if is_known and entry != {**row_facts.entry(row), "ledger": ledgers.get(row.ledger_id)}:
                yield Message(
                    "verify-entry", {"entry": f"{row.year}/{row.number}", "ledger": ledgers.get(row.ledger_id)}
                )
        for entry in self._entries.values():
            yield Message("verify-entry", {"entry": f"{entry['year']}/{entry['number']}", "ledger": entry["ledger"]})

    def _of_rows(self, session: Session) -> Iterator[Message]:
        rows = select(EntryRow).execution_options(yield_per=500)
        stands = {row.entry_id: row_facts.entry_row(row) for row in session.scalars(rows)}
        changed = [entry for entry in stands.keys() | self._rows if stands.get(entry) != self._rows.get(entry)]
        for entry in session.scalars(select(Entry).where(Entry.id.in_(changed)).order_by(Entry.id)):
            yield Message("verify-row", {"entry": f"{entry.year}/{entry.number}"})

    def _of_people(self, session: Session) -> Iterator[Message]:
        for row in session.scalars(select(User).order_by(User.name)):
            person = self._persons.pop(row.name, None)
            stands = row_facts.person(row)
            # Earlier lines said neither the PIN nor whether the person may still log in.
            if person is None or any(person.get(key) not in (None, value) for key, value in stands.items()):
                yield Message("verify-person", {"person": row.name})
        for name in self._persons:
            yield Message("verify-person", {"person": name})

    def _of_devices(self, session: Session) -> Iterator[Message]:
        for row in session.scalars(select(Device).order_by(Device.name)):
            if row.name not in self._devices or self._devices.pop(row.name) not in (None, row.token_hash[:16]):
                yield Message("verify-device", {"device": row.name})
        for name in self._devices:
            yield Message("verify-device", {"device": name})

    def _of_receipts(self, session: Session) -> Iterator[Message]:
        for delivery in session.scalars(select(Delivery).where(Delivery.receipt.has()).order_by(Delivery.id)):
            receipt = delivery.receipt
            if receipt is None or receipt.sha256 != delivery.file.sha256:
                continue  # told already
            if (receipt.package, delivery.file.name, receipt.sha256) not in self._receipts:
                yield Message("verify-receipt", {"id": delivery.id, "file": delivery.file.name})

    def _of_histories(self, session: Session, ledgers: dict[int, str]) -> Iterator[Message]:
        """What was brought along of a ledger's history is what it was then."""
        lines = select(CarriedLine).order_by(CarriedLine.ledger_id, CarriedLine.position)
        brought = {one: list(rows) for one, rows in groupby(session.scalars(lines), lambda line: line.ledger_id)}
        stands = {ledgers[ledger_id]: row_facts.history(rows) for ledger_id, rows in brought.items()}
        for ledger in sorted(stands.keys() | self._histories.keys()):
            if stands.get(ledger, row_facts.history(())) != self._histories.get(ledger):
                yield Message("verify-history", {"ledger": ledger})

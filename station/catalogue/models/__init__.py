"""The catalogue's tables, as typed models; the words are those of docs/glossary.md.

Times are UTC, stored as ISO 8601 text with offset; ``counter`` is the order in which captures were accepted and does
not trust the clock. Paths are relative to the data folder. Names of states are lower-case English.
"""

from __future__ import annotations

from station.catalogue.models.base import Base, UtcTime, constant
from station.catalogue.models.captures import (
    Capture,
    Finding,
    Fingerprint,
    KeptAppearance,
    Page,
    Region,
    Reservation,
    ScanSession,
)
from station.catalogue.models.devices import Device, PairingCode
from station.catalogue.models.entries import (
    Attachment,
    Check,
    Document,
    Entry,
    EntryPage,
    EntryRegion,
    EntryRevision,
)
from station.catalogue.models.hand_overs import CarriedLine, HandOver
from station.catalogue.models.intake import IntakeChoice, IntakeFile
from station.catalogue.models.ledgers import Closing, Ledger, Place
from station.catalogue.models.list_maps import ListMap
from station.catalogue.models.packages import Delivery, Package, PackagedEntry, PackageFile, Receipt
from station.catalogue.models.people import Event, Switch, User
from station.catalogue.models.plans import PlanTarget
from station.catalogue.models.readings import LearnedPlace, Reading, ReadValue
from station.catalogue.models.reports import ReportRevision
from station.catalogue.models.rows import EntryRow, OfficeTemplate, RowRevision, SecondKeying
from station.catalogue.models.tallies import Tally
from station.catalogue.models.targets import TargetMeasure

__all__ = [
    "Attachment",
    "Base",
    "Capture",
    "CarriedLine",
    "Check",
    "Closing",
    "Delivery",
    "Device",
    "Document",
    "Entry",
    "EntryPage",
    "EntryRegion",
    "EntryRevision",
    "EntryRow",
    "Event",
    "Finding",
    "Fingerprint",
    "HandOver",
    "IntakeChoice",
    "IntakeFile",
    "KeptAppearance",
    "LearnedPlace",
    "Ledger",
    "ListMap",
    "OfficeTemplate",
    "Package",
    "PackageFile",
    "PackagedEntry",
    "Page",
    "PairingCode",
    "Place",
    "PlanTarget",
    "ReadValue",
    "Reading",
    "Receipt",
    "Region",
    "ReportRevision",
    "Reservation",
    "RowRevision",
    "ScanSession",
    "SecondKeying",
    "Switch",
    "Tally",
    "TargetMeasure",
    "User",
    "UtcTime",
    "constant",
]

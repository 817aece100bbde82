"""The catalogue's tables, as typed models; the words are those of the project's word table.

Times are UTC, stored as ISO 8601 text with offset; ``counter`` is the order in which captures were accepted and does
not trust the clock. Paths are relative to the data folder. Names of states are lower-case English.
"""

from __future__ import annotations

from station.models.base import Base, UtcTime
from station.models.captures import Capture, Finding, Fingerprint, Page, Region, Reservation, ScanSession
from station.models.devices import Device, PairingCode
from station.models.entries import Attachment, Check, Document, Entry, EntryPage, EntryRevision
from station.models.intake import IntakeChoice, IntakeFile
from station.models.ledgers import Closing, Ledger, Place
from station.models.packages import Delivery, Package, PackagedEntry, PackageFile, Receipt
from station.models.people import Event, Switch, User

__all__ = [
    "Attachment",
    "Base",
    "Capture",
    "Check",
    "Closing",
    "Delivery",
    "Device",
    "Document",
    "Entry",
    "EntryPage",
    "EntryRevision",
    "Event",
    "Finding",
    "Fingerprint",
    "IntakeChoice",
    "IntakeFile",
    "Ledger",
    "Package",
    "PackageFile",
    "PackagedEntry",
    "Page",
    "PairingCode",
    "Place",
    "Receipt",
    "Region",
    "Reservation",
    "ScanSession",
    "Switch",
    "User",
    "UtcTime",
]

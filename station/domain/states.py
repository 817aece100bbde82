"""States of ledgers, pages, sessions, packages, deliveries; the moves that are allowed to ledgers and deliveries.

The web page, the command line and the daemon ask these; none repeats them.
"""

from __future__ import annotations

from enum import StrEnum


class LedgerState(StrEnum):
    """The life of a ledger, from the inventory to the province's receipt."""

    REGISTERED = "registered"
    SCANNING = "scanning"
    SCANNED = "scanned"
    INDEXED = "indexed"
    CHECKED = "checked"
    PACKAGED = "packaged"
    DELIVERED = "delivered"
    REOPENED = "reopened"
    HANDED_OVER = "handed-over"


_L = LedgerState

#: From each state, where a ledger may go. A correction after packaging goes back to indexed, or to checked where every
#: page was looked at: a new revision is due. One that goes on at another station moves by its hand-over alone.
LEDGER_MOVES: dict[LedgerState, frozenset[LedgerState]] = {
    _L.REGISTERED: frozenset({_L.SCANNING, _L.SCANNED}),
    _L.SCANNING: frozenset({_L.SCANNED, _L.INDEXED, _L.CHECKED}),
    _L.SCANNED: frozenset({_L.INDEXED, _L.CHECKED, _L.PACKAGED, _L.REOPENED}),
    _L.INDEXED: frozenset({_L.SCANNED, _L.CHECKED, _L.PACKAGED, _L.REOPENED}),
    _L.CHECKED: frozenset({_L.SCANNED, _L.INDEXED, _L.PACKAGED, _L.REOPENED}),
    _L.PACKAGED: frozenset({_L.SCANNED, _L.INDEXED, _L.CHECKED, _L.DELIVERED, _L.REOPENED}),
    _L.DELIVERED: frozenset({_L.SCANNED, _L.INDEXED, _L.CHECKED, _L.PACKAGED, _L.REOPENED}),
    _L.REOPENED: frozenset({_L.SCANNED, _L.INDEXED, _L.CHECKED}),
    _L.HANDED_OVER: frozenset(),
}
#: In these a package says what the ledger is.
LEDGER_PACKED = frozenset({_L.PACKAGED, _L.DELIVERED})
#: In these a scanner may add pages.
LEDGER_OPEN = frozenset({_L.REGISTERED, _L.SCANNING, _L.REOPENED})


class HandOverState(StrEnum):
    """How far a ledger's way to another station is.

    Begun is one whose file is being written or was cut off; from there on nothing is done in the ledger here. Given is
    one whose file was read back, until a person takes the ledger back: cancelled. At the other station it is taken.
    """

    BEGUN = "begun"
    GIVEN = "given"
    TAKEN = "taken"
    CANCELLED = "cancelled"


class PageState(StrEnum):
    """What a page holds: exactly one of these."""

    UNSORTED = "unsorted"
    ENTRY = "entry"
    BLANK = "blank"
    CLOSING = "closing"
    COVER = "cover"
    CORRECTION = "correction"
    MISSING = "missing"
    ILLEGIBLE = "illegible"


#: A person may say any state instead of any other, except that a page which an entry uses must be one of these.
MAY_HOLD_ENTRY = frozenset({PageState.UNSORTED, PageState.ENTRY, PageState.CORRECTION, PageState.ILLEGIBLE})


class ValueSource(StrEnum):
    """Where an entry's number and date come from.

    A person typed one of them, or both stood in the form and were accepted: read off the page, or at least one of them
    proposed by the order of the register.
    """

    TYPED = "typed"
    PROPOSED = "proposed"
    READ = "read"


class ScanPurpose(StrEnum):
    """What a scan session's pages are: behind the last one, behind a page that is named, or one page anew."""

    APPEND = "append"
    INSERT = "insert"
    RETAKE = "retake"


class SessionState(StrEnum):
    """The life of a scan session: from open to exactly one of the others; interrupted is one whose program died."""

    OPEN = "open"
    FINISHED = "finished"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


class CopyCodec(StrEnum):
    """How an upload copy is encoded."""

    JPEG = "jpeg"
    JPEG2000 = "jpeg2000"


class Neighbours(StrEnum):
    """What an entry's PDF shows of the other entries on its page, once a person said which part is its own."""

    WHITE = "white"
    SHOWN = "shown"


class PaperSource(StrEnum):
    """Who says what the paper is: nobody, the pages, a person, or a person who was told what the pages measure."""

    UNKNOWN = "unknown"
    LEARNED = "learned"
    DECLARED = "declared"
    CONFIRMED = "confirmed"


class ReservationState(StrEnum):
    """The life of a label's reservation: until its capture is committed, or its session ended without one.

    Of a ``blocked`` one a file that is not the station's has the name: the label is never given out.
    """

    RESERVED = "reserved"
    USED = "used"
    BLOCKED = "blocked"
    RELEASED = "released"


class IntakeState(StrEnum):
    """What became of a file that was dropped into a watched folder.

    ``taken``, and its original perhaps ``freed`` since; ``rejected``; ``left`` where it lay, because it cannot be
    moved. Of a rejected one a person may say that it is ``another`` sheet, or that it brings ``later`` pages of a file
    that was taken: then it lies in the folder once more, until it is taken. ``grown`` is one in ``taken/`` that was
    written to since.
    """

    TAKEN = "taken"
    FREED = "freed"
    REJECTED = "rejected"
    LEFT = "left"
    ANOTHER = "another"
    LATER = "later"
    GROWN = "grown"


class RowState(StrEnum):
    """What is keyed of an entry's row, or of a ledger's rows: nothing, a part, or every column that must be.

    Where the settings ask for a second look, a row is only keyed until it had one, and complete then.
    """

    EMPTY = "empty"
    BEGUN = "begun"
    KEYED = "keyed"
    COMPLETE = "complete"


class PackageKind(StrEnum):
    """What a package holds: the entries for the ministry's software, or every master with its state."""

    ENTRIES = "entries"
    MASTERS = "masters"


class PackageState(StrEnum):
    """The life of a package: building may be begun again after a kill; made never changes its bytes any more."""

    BUILDING = "building"
    MADE = "made"
    DELIVERED = "delivered"


class DeliveryState(StrEnum):
    """The life of one file's delivery. Waiting is trouble that time may mend, stuck is trouble that a person mends."""

    QUEUED = "queued"
    SENDING = "sending"
    WAITING = "waiting"
    STUCK = "stuck"
    RECEIPTED = "receipted"


_D = DeliveryState

#: From each state, where a delivery may go. A sending one whose program died is sent on; a paused one queues again.
DELIVERY_MOVES: dict[DeliveryState, frozenset[DeliveryState]] = {
    _D.QUEUED: frozenset({_D.SENDING, _D.WAITING, _D.STUCK}),
    _D.SENDING: frozenset({_D.QUEUED, _D.SENDING, _D.WAITING, _D.STUCK, _D.RECEIPTED}),
    _D.WAITING: frozenset({_D.QUEUED, _D.SENDING}),
    _D.STUCK: frozenset({_D.QUEUED, _D.SENDING}),
    _D.RECEIPTED: frozenset(),
}

"""What can go wrong between the station and a device: one class per failure a person or the station can act on.

``code`` is the stable short name (technicians see it, messages are looked up by it), ``detail`` is the device's own
words, shown to technicians verbatim, ``sheet`` the number of the sheet in the batch at which it happened (from 1; None
where no sheet was concerned).
"""

from __future__ import annotations


class DriverError(Exception):
    """Something a driver reports; the base of all, and the class of what nobody foresaw."""

    code = "device-error"

    def __init__(self, detail: str = "", sheet: int | None = None) -> None:
        super().__init__(detail or self.code)
        self.detail = detail
        self.sheet = sheet


class Jammed(DriverError):
    """Paper is stuck in the feeder."""

    code = "jammed"


class DoubleFeed(DriverError):
    """The feeder drew in two sheets at once: neither is an image."""

    code = "double-feed"


class CoverOpen(DriverError):
    """The cover or the feeder's lid stands open."""

    code = "cover-open"


class NoDocuments(DriverError):
    """The feeder was empty when a sheet was asked for."""

    code = "no-documents"


class NotDrawn(DriverError):
    """The feeder called itself empty although its sensor feels paper: the sheets do not lie deep enough."""

    code = "not-drawn"


class NoButton(DriverError):
    """The settings wait for a press of the scanner's own button, and the device shows none that can be read."""

    code = "no-button"


class InputOutput(DriverError):
    """The device or its cable failed in mid-talk."""

    code = "io-error"


class EarlyEnd(DriverError):
    """The device ended a sheet without any image data."""

    code = "early-end"


class CutShort(DriverError):
    """The device stopped before the last line it had announced; ``detail`` says how many it gave."""

    code = "cut-short"


class Busy(DriverError):
    """Another process holds the device."""

    code = "busy"


class AccessDenied(DriverError):
    """This user may not open the device."""

    code = "access-denied"


class OutOfMemory(DriverError):
    """The device or its driver ran out of memory."""

    code = "no-memory"


class NotFound(DriverError):
    """No device answers to the name or identity in the settings."""

    code = "not-found"


class Ambiguous(DriverError):
    """The identity in the settings fits several devices; ``detail`` names them."""

    code = "ambiguous"


class BackendMissing(DriverError):
    """SANE, python-sane or the backend that the device needs is not installed."""

    code = "backend-missing"


class SettingRefused(DriverError):
    """The device has no such setting, or another value was read back than the one asked for."""

    code = "setting-refused"


class WrongImage(DriverError):
    """The image does not have the size, depth or layout that the device announced."""

    code = "wrong-image"


class DamagedImage(DriverError):
    """An image given to a simulated scanner cannot be decoded."""

    code = "damaged-image"


class DiskFull(DriverError):
    """The spool folder's disk had no room for the image."""

    code = "disk-full"


class FolderEmpty(DriverError):
    """No file lay in the watched folder that had not been taken before."""

    code = "folder-empty"


class FilesRejected(DriverError):
    """Files of the watched folder could not be taken and were put aside; ``detail`` names them."""

    code = "files-rejected"


class StillWritten(DriverError):
    """Files of the watched folder went on changing; ``detail`` names them."""

    code = "still-written"


class Stalled(DriverError):
    """A phase passed its deadline: the device gave no sign of life."""

    code = "stalled"


class ChildDied(DriverError):
    """The scanner's child program ended on its own, which a crash in a SANE backend looks like."""

    code = "child-died"


class NotStarted(DriverError):
    """The program that decodes dropped files cannot be started: the PC is short of memory, or of processes."""

    code = "not-started"


class Cancelled(DriverError):
    """The batch was cancelled on request."""

    code = "cancelled"


class FilesLeft(DriverError):
    """Things that lie in the watched folder cannot be taken away from there; ``detail`` names them."""

    code = "files-left"


class Unreadable(Exception):
    """A dropped file, or a page of it, that cannot be taken: ``code`` says why, ``facts`` fill its sentence."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


BY_CODE: dict[str, type[DriverError]] = {DriverError.code: DriverError} | {
    cls.code: cls for cls in DriverError.__subclasses__()
}

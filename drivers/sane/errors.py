"""SANE's error texts, and the class of :mod:`drivers.errors` for each.

The texts are those of ``sane_strstatus`` (backend/sane_strstatus.c of sane-backends 1.2.1): python-sane raises them
without their number. What stands in no line here is a plain :class:`~drivers.errors.DriverError` with the words as
they are.
"""

from __future__ import annotations

from drivers import errors

OUT_OF_DOCUMENTS = "Document feeder out of documents"
INVALID = "Invalid argument"
UNSUPPORTED = "Operation not supported"

BY_TEXT: dict[str, type[errors.DriverError]] = {
    "Operation was canceled": errors.Cancelled,
    "Device busy": errors.Busy,
    "End of file reached": errors.EarlyEnd,
    "Document feeder jammed": errors.Jammed,
    OUT_OF_DOCUMENTS: errors.NoDocuments,
    "Scanner cover is open": errors.CoverOpen,
    "Error during device I/O": errors.InputOutput,
    "Out of memory": errors.OutOfMemory,
    "Access to resource has been denied": errors.AccessDenied,
}


def typed_error(text: str, sheet: int | None = None) -> errors.DriverError:
    """The typed error for SANE's ``text``, which stays in its ``detail``."""
    return BY_TEXT.get(text, errors.DriverError)(text, sheet)

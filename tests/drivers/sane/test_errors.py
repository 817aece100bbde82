from __future__ import annotations

import ctypes
import ctypes.util

from drivers import errors
from drivers.sane.errors import BY_TEXT, INVALID, OUT_OF_DOCUMENTS, UNSUPPORTED, typed_error


def words(status: int) -> str:
    library = ctypes.CDLL(ctypes.util.find_library("sane"))
    library.sane_strstatus.restype = ctypes.c_char_p
    return bytes(library.sane_strstatus(status)).decode()


def test_every_status_of_libsane_has_its_error() -> None:
    # SANE_Status of sane.h: 0 good, 1 unsupported and 4 invalid have no error of their own.
    meant = {words(status): kind for status, kind in BY_STATUS.items()}
    assert meant == BY_TEXT
    assert (words(1), words(4)) == (UNSUPPORTED, INVALID)
    assert words(7) == OUT_OF_DOCUMENTS


BY_STATUS = {
    2: errors.Cancelled,
    3: errors.Busy,
    5: errors.EarlyEnd,
    6: errors.Jammed,
    7: errors.NoDocuments,
    8: errors.CoverOpen,
    9: errors.InputOutput,
    10: errors.OutOfMemory,
    11: errors.AccessDenied,
}


def test_unknown_words_are_kept_verbatim() -> None:
    error = typed_error("Lamp warming since 1997", 4)
    assert type(error) is errors.DriverError
    assert (str(error), error.detail, error.sheet) == ("Lamp warming since 1997", "Lamp warming since 1997", 4)


def test_every_error_is_found_by_its_code() -> None:
    assert {kind.code: kind for kind in errors.DriverError.__subclasses__()}.items() <= errors.BY_CODE.items()
    assert errors.BY_CODE["device-error"] is errors.DriverError

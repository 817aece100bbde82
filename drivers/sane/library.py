"""python-sane, loaded when it is first needed, with typed errors; only ever used inside the scanner's child.

Anything in here may hang, hold the interpreter's lock or crash the process: that is what the child is for.
"""

from __future__ import annotations

import ctypes
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from drivers import Identity, Offer
from drivers.errors import BackendMissing, NotFound, OutOfMemory
from drivers.sane.device_identity import backend_of, is_sane_name, matching_offer, serial_of
from drivers.sane.errors import INVALID, UNSUPPORTED, typed_error
from drivers.sane.sheet_reader import SheetReader


class Library:
    """SANE, initialised once for the life of the process (a call after ``sane.exit()`` crashes, so there is none)."""

    def __init__(self) -> None:
        """Load and initialise.

        :raises BackendMissing: python-sane or libsane is not installed.
        """
        try:
            import sane
        except ImportError as error:
            raise BackendMissing(f"python-sane or libsane is not installed: {error}") from error
        self._sane: Any = sane
        self.failed: type[Exception] = sane._sane.error
        _load_unwinder()
        with self.typed_errors():
            sane.init()

    @contextmanager
    def typed_errors(self, sheet: int | None = None) -> Iterator[None]:
        """Turn python-sane's errors into typed ones."""
        try:
            yield
        except self.failed as error:
            raise typed_error(str(error), sheet) from error
        except MemoryError as error:
            raise OutOfMemory(str(error), sheet) from error

    def offers(self) -> list[Offer]:
        """Every device that can be opened now."""
        with self.typed_errors():
            devices = self._sane.get_devices()
        return [Offer(name, Identity(vendor, model, serial_of(name)), kind) for name, vendor, model, kind in devices]

    def resolve(self, device: str) -> Offer:
        """The device meant by one of the spellings of :mod:`drivers.sane.device_identity`, as it is called today.

        A name that SANE does not list is taken as it is: some backends open what they do not offer.

        :raises NotFound: nothing on offer has this identity.
        :raises Ambiguous: several devices on offer have it.
        """
        offers = self.offers()
        offer = matching_offer(device, offers)
        if offer is None and not is_sane_name(device):
            there = ", ".join(f"{offer.name} ({offer.identity})" for offer in offers)
            raise NotFound(f"no device on offer is {device}; on offer: {there or 'none'}")
        backend, _, rest = device.partition(":")
        return offer or Offer(device, Identity(backend, rest, serial_of(device)), "unlisted")

    def open(self, name: str) -> Any:
        """python-sane's ``SaneDev`` for the device ``name``.

        :raises BackendMissing: the backend's library is not there or cannot be loaded.
        :raises NotFound: the backend has no such device.
        """
        try:
            return self._sane.open(name)
        except self.failed as error:
            # The loader says one of these for a backend it cannot load, the backend for a device it does not know.
            if str(error) not in (INVALID, UNSUPPORTED):
                raise typed_error(str(error)) from error
            backend = backend_of(name)
            if not _loadable(backend):
                raise BackendMissing(f"SANE's backend {backend!r} is not installed") from error
            raise NotFound(f"{name}: {error}") from error

    def reader(self, handle: Any) -> SheetReader:
        """What reads the sheets of a device that :meth:`open` gave.

        :raises BackendMissing: this python-sane is of an unknown version.
        """
        return SheetReader(handle, self._sane._sane.__file__)


def _load_unwinder() -> None:
    """Have a thread of our own end as those of SANE's backends do, before any of theirs does.

    glibc (2.36) loads its unwinder in the first thread that ends by pthread_exit(3). That would be a backend's reader,
    which SANE cancels at any moment as soon as its last byte came: cut off in there it keeps the loader's lock, and the
    next thread is never made (seen once in some hundred processes).
    """
    libc, thread = ctypes.CDLL(None), ctypes.c_ulong()
    if libc.pthread_create(ctypes.byref(thread), None, libc.pthread_exit, None) == 0:
        libc.pthread_join(thread, None)


def _loadable(backend: str) -> bool:
    """Whether SANE's dynamic loader finds ``libsane-BACKEND.so.1`` (dll.c: LD_LIBRARY_PATH, then beside libsane)."""
    folders = [Path(entry) for entry in os.environ.get("LD_LIBRARY_PATH", "").split(":") if entry]
    maps = Path("/proc/self/maps").read_text(encoding="utf-8", errors="replace")
    folders += {Path(folder) / "sane" for folder in re.findall(r"(/\S+)/libsane\.so\.", maps)}
    return any(_loads(folder / f"libsane-{backend}.so.1") for folder in folders)


def _loads(library: Path) -> bool:
    try:
        ctypes.CDLL(str(library))
    except OSError:
        return False
    return True

"""Real scanners through SANE, one child process per open device.

``discover`` says what is there, ``open_scanner`` claims one, ``write_config`` makes SANE look at nothing else
(discovery then takes no time instead of seconds).
"""

from __future__ import annotations

from collections.abc import Collection, Generator, Mapping
from pathlib import Path

from drivers import Listener, Offer, ScanSettings, Sheet
from drivers.deadlines import Deadlines
from drivers.sane.child_link import Link, expect, offer_of, sane_child
from drivers.sane.config import write_config
from drivers.sane.protocol import Job, OptionValue

__all__ = ["Deadlines", "SaneScanner", "discover", "open_scanner", "write_config"]


def discover(sane_config: Path | None, *, deadlines: Deadlines | None = None) -> list[Offer]:
    """Every device that SANE offers now; ``sane_config`` is its configuration folder, None leaves the environment's.

    :raises drivers.errors.DriverError: as :func:`open_scanner`.
    """
    deadlines = deadlines or Deadlines()
    process = sane_child(sane_config)
    try:
        expect(process, "ready", deadlines.open)
        process.send("discover")
        return [offer_of(facts) for facts in expect(process, "offers", deadlines.open)["offers"]]
    finally:
        process.close(deadlines.close)


class SaneScanner:
    """An open SANE device; see :class:`drivers.Scanner`."""

    fixed = False

    def __init__(self, link: Link) -> None:
        self._link = link
        self.identity = link.identity

    def scan(
        self,
        settings: ScanSettings,
        spool: Path,
        *,
        limit: int | None = None,
        fed: Collection[str] = (),
        listener: Listener | None = None,
    ) -> Generator[Sheet, None, None]:
        """Yield complete sheets; ``fed`` means nothing to a device that cannot name its sheets."""
        yield from self._link.run(Job(settings, spool, limit), listener)

    def cancel(self) -> None:
        """Stop the running batch."""
        self._link.cancel()

    def stand_by(self) -> bool:
        """Stay open until the next batch, unless another process asks for the device."""
        self._link.stand_by()
        return True

    def close(self) -> None:
        """Let the device go."""
        self._link.close()


def open_scanner(
    device: str,
    *,
    options: Mapping[str, OptionValue] | None = None,
    sane_config: Path | None,
    locks: Path,
    deadlines: Deadlines | None = None,
) -> SaneScanner:
    """Claim and open ``device``: a SANE name (``test:0``) or an identity (``vendor/model`` or ``vendor/model/serial``).

    ``options`` go to SANE as they are, after what the settings of a scan ask; ``locks`` is the folder of the locks that
    all processes of this station share.

    :raises drivers.errors.Busy: another process has the device.
    :raises drivers.errors.NotFound: no device answers to the name or identity.
    :raises drivers.errors.BackendMissing: python-sane, libsane or the backend is not installed.
    :raises drivers.errors.Stalled: the device gave no answer in time.
    """
    link = Link(device, options=options or {}, sane_config=sane_config, locks=locks, deadlines=deadlines or Deadlines())
    return SaneScanner(link)

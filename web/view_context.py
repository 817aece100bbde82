"""How a view comes to the station it shows: the daemon's parts, and the ledger that the address names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from flask import current_app

from station.access.users import LoginLimiter
from station.context import Station
from station.daemon.supervisor import Daemon


@dataclass(frozen=True)
class ViewContext:
    """What every view may use."""

    daemon: Daemon
    door: LoginLimiter

    @property
    def station(self) -> Station:
        """The open station."""
        return self.daemon.station


def office() -> ViewContext:
    """The office of the running application."""
    return cast(ViewContext, current_app.extensions["tramquet"])


def station() -> Station:
    """The open station."""
    return office().station

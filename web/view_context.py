"""What every view may use: the daemon's parts, the station, and the limiter of logins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from flask import current_app

from station.access.login_limiter import LoginLimiter
from station.context import Station
from station.daemon.supervisor import Daemon


@dataclass(frozen=True)
class ViewContext:
    """What every view may use."""

    daemon: Daemon
    login_limiter: LoginLimiter

    @property
    def station(self) -> Station:
        """The open station."""
        return self.daemon.station


def view_context() -> ViewContext:
    """The view context of the running application."""
    return cast(ViewContext, current_app.extensions["tramquet"])


def station() -> Station:
    """The open station."""
    return view_context().station

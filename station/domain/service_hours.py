"""Hours of the day in which a destination is served, such as the night, when nobody else needs the line."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from station.errors import Refused

_TEXT = re.compile(r"((?:[01]\d|2[0-3]):[0-5]\d)-((?:[01]\d|2[0-3]):[0-5]\d)")


@dataclass(frozen=True)
class Hours:
    """From ``start`` to ``end`` by the PC's clock, over midnight where ``end`` is the earlier one."""

    start: time
    end: time

    @classmethod
    def parse(cls, text: str) -> Hours:
        """Read ``18:00-06:00``. Raises ``Refused``."""
        match = _TEXT.fullmatch(text)
        if match is None or match[1] == match[2]:
            raise Refused("settings-hours", text=text)
        return cls(time.fromisoformat(match[1]), time.fromisoformat(match[2]))

    def __str__(self) -> str:
        return f"{self.start:%H:%M}-{self.end:%H:%M}"

    def cover(self, moment: datetime) -> bool:
        """Whether they are running at ``moment`` (local time)."""
        now = moment.time()
        if self.start < self.end:
            return self.start <= now < self.end
        return now >= self.start or now < self.end

    def opens_after(self, moment: datetime) -> datetime:
        """When they begin next, counted from ``moment`` (local time)."""
        today = moment.replace(hour=self.start.hour, minute=self.start.minute, second=0, microsecond=0)
        return today if today > moment else today + timedelta(days=1)

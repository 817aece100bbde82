"""How a new version fares at the stations that are offered it, and whether it may go on to more of them.

The province does not see a PC: it goes by heartbeats. A station that is silent may be one whose PC is off, or one that
the new version broke; nothing here guesses which.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from station.errors import Refused
from station.messages import Message
from station.province import station_sheet
from station.province.repository import Repository
from station.province.rollup import Row, Tables
from station.province.stages import Stage

#: So begin codes of a heartbeat that say the daemon cannot work; others are for who sits there.
_FAULT = "fault-"
#: Stations named in one sentence.
_NAMED = 20


class Standing(StrEnum):
    """How a station is with the new version; it goes on when all of the stage are well."""

    WELL = "well"
    UNPROVEN = "unproven"
    UNWELL = "unwell"
    SILENT = "silent"
    WAITING = "waiting"


@dataclass(frozen=True)
class OfferedStation:
    """One station that is offered the version, by what it said last; ``row`` is None where it never was heard."""

    station: str
    stage: Stage
    standing: Standing
    row: Row | None


@dataclass(frozen=True)
class Rollout:
    """The newest version, the stage it has come to, and the stations that are offered it by then."""

    version: str
    stage: Stage
    stations: tuple[OfferedStation, ...]

    @property
    def well(self) -> int:
        """How many stations are well with it."""
        return sum(one.standing is Standing.WELL for one in self.stations)

    def summary(self) -> Message:
        """How far it is, how many stations are well with it, and whether it goes on."""
        facts = {"version": self.version, "stage": stage_words(self.stage), "well": self.well}
        goes_on = "release-state-hold" if self.obstacle() else "release-state-on"
        code = goes_on if self.stage.next else "release-state-end"
        return Message(code, {**facts, "others": len(self.stations) - self.well})

    def obstacle(self, without: Collection[str] = ()) -> Message | None:
        """Why it may not go on to more stations, with their names; None: it may.

        Those in ``without`` are known to be off for another reason, and hold up nothing.
        """
        facts = {"version": self.version, "stage": stage_words(self.stage)}
        if not self.stations:
            return Message("release-nobody", facts)
        wrong = [one for one in self.stations if one.standing is not Standing.WELL]
        if len(wrong) == len(self.stations):
            return Message("release-nowhere-well", {**facts, "stations": _Named(wrong)})
        asked = [one for one in wrong if one.station not in without]
        if not asked:
            return None
        return Message("release-held", {"version": self.version, "count": len(asked), "stations": _Named(asked)})


class _Named(tuple[OfferedStation, ...]):
    """Stations with how they are; in a sentence, ``{stations:vi}`` gives them in Vietnamese, a line each."""

    __slots__ = ()

    def __format__(self, language: str) -> str:
        lines = [f"{one.station}: {standing_words(one).sentence(language)}" for one in self[:_NAMED]]
        if more := len(self) - len(lines):
            lines.append(Message("release-more", {"more": more}).sentence(language))
        return "\n".join(lines)


def under_way(
    tables: Tables, *, repository: Repository, stages: Mapping[str, Stage], proven_hours: float
) -> Rollout | None:
    """How the newest version fares at the stations of ``stages``; None where nothing is offered."""
    version = repository.newest(Stage.FIRST)
    stage = repository.stage(version) if version else None
    if version is None or stage is None:
        return None
    heard = {row["station"]: row for row in tables.rows("rollout")}
    proven = timedelta(hours=proven_hours)
    offered = [
        OfferedStation(station, own, _standing(heard.get(station), version, proven), heard.get(station))
        for station, own in sorted(stages.items())
        if own in stage.until_then
    ]
    return Rollout(version, stage, tuple(offered))


def of_province(tables: Tables) -> Rollout | None:
    """The same for what the settings name. Raises ``Refused`` where these name no repository, or over the sheet."""
    settings = tables.settings
    if settings.release is None:
        raise Refused("release-not-configured")
    stages = {row.station: row.stage for row in station_sheet.of_province(settings)}
    repository, hours = Repository.of(settings.release), settings.release.proven_hours
    return under_way(tables, repository=repository, stages=stages, proven_hours=hours)


def next_stage(rollout: Rollout, without: Collection[str] = ()) -> Stage:
    """The stage to which it may go on. Raises ``Refused`` with the stations that hold it up, or at the last stage."""
    if unknown := sorted(set(without) - {one.station for one in rollout.stations}):
        raise Refused("release-without-unknown", station=unknown[0], stage=stage_words(rollout.stage))
    if (following := rollout.stage.next) is None:
        raise Refused("release-everywhere", version=rollout.version)
    if (obstacle := rollout.obstacle(without)) is not None:
        raise Refused(obstacle.code, **obstacle.facts)
    return following


def standing_words(one: OfferedStation) -> Message:
    """How it is: which version it said last, and when it was heard."""
    version, last_word = (one.row["version"], one.row["last_word"]) if one.row else (None, None)
    facts = {"version": version or "–", "last": _local(last_word) if last_word else "–"}
    return Message(f"offered-{one.standing}", facts)


def stage_words(stage: Stage) -> Message:
    """Such as: the first tenth."""
    return Message(f"stage-{stage}")


def _standing(row: Row | None, version: str, proven: timedelta) -> Standing:
    if row is None or row["is_silent"]:
        return Standing.SILENT
    if row["version"] != version:
        return Standing.WAITING
    if any(code.startswith(_FAULT) for code in row["health"].split(",")):
        return Standing.UNWELL
    # One that fell silent an hour after its upgrade is not silent yet.
    return Standing.WELL if row["heard_at"] - row["since"] >= proven else Standing.UNPROVEN


def _local(moment: datetime) -> str:
    return f"{moment.replace(tzinfo=UTC).astimezone():%H:%M %d/%m/%Y}"

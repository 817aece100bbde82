"""A soak: a daemon, its scanner's child, its workers, its scanner and its disk fail in every way; nothing may be lost.

Random sessions are started at the page of the real daemon: scan all, scan some, retake, insert, cancel. Each fault is
drawn from a shuffled deck and counted when it struck. After each, the catalogue is held against the simple model of
:mod:`truth`, and every ledger ends with ``tramquet verify --repair``. TRAMQUET_FAULTS_COUNT is the number of faults,
TRAMQUET_SEED makes a run again. Runs of several seeds are independent of each other: one after the other or side by
side, what they count may be added up, so that a thousand faults are ten runs of a hundred.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

from drivers.drawn import draw_ledger
from drivers.simulated_faults import FaultKind
from tests.bench import hang, hostile
from tests.bench.rows import say, tell
from tests.bench.troubled import FEEDER_ERRORS, Daemon, settings_text
from tests.bench.truth import Truth
from tests.e2e.killing import SCANNER, Points, children_of
from tests.waiting import eventually

COUNT = int(os.environ.get("TRAMQUET_FAULTS_COUNT", "1000"))
SEED = int(os.environ.get("TRAMQUET_SEED", "2007"))
#: Sheets that the feeder of one ledger holds, and how few are left when the next ledger begins.
SHEETS, FEW = 60, 8
#: In one of so many sheets the simulated scanner fails.
TROUBLED = 4
#: In one of so many pairs of ledgers the machine reads along: its worker costs as much as all else of a daemon's life.
READ = 4
#: So long (s) nothing is heard of a session before it is asked whether it still runs; it tells of each step itself.
QUIET = 0.1
#: So many hostile files may lie in the folder when a ledger ends; with more it is waited until all are rejected. Each
#: is doubted for 15 s, in which other faults strike.
LYING = 4

#: The kinds of faults and how many of a hundred they are.
SHARES = {
    "daemon killed": 13,
    "child killed": 13,
    "daemon killed at a point": 10,
    "worker killed at a point": 5,
    "disk fault at a point": 13,
    "SANE error on a page": 22,
    "SANE error in the feeder": 7,
    "catalogue taken away": 4,
    "catalogue replaced": 3,
    "hostile file dropped": 5,
    "clients that hold the page": 5,
}
KILL_AT = ("reading", "before-sync", "before-name", "named", "before-commit", "committed", "idle")
#: How often, and where, the next one is killed too, who mends what a killed daemon left.
MENDING_KILLED, MENDING_AT = 0.3, ("before-sync", "before-name", "named", "before-commit", "committed")
DISK_AT = ("looking", "before-sync", "before-name", "named", "before-commit")
#: What is waited for before the daemon is killed, and within which time after it (s).
AIMS = ((None, 1.0), ("reading", 0.3), ("looking", 0.2), ("before-name", 0.01), ("committed", 0.05))


class Soak:
    """The station, its troubles, and the account of them."""

    def __init__(self, folder: Path) -> None:
        self.chance = random.Random(SEED)
        self.folder = folder
        self.daemon = Daemon(folder)
        self.points = Points(folder / "points")
        self.fault = folder / "fault"
        self.struck: Counter[str] = Counter()
        self.verified = 0
        self.killed_mending = 0
        self.stalled = 0
        self.epoch = 0
        draw_ledger(folder / "sheets", SHEETS, dpi=40, type_code="KH")
        self.truth = Truth(folder / "data", folder / "sheets")
        self._seen = 0
        self._told: list[str] = []
        self._dropped: list[Path] = []
        self._acts: dict[str, Callable[[], bool]] = {
            "daemon killed": self._kill_daemon,
            "child killed": self._kill_child,
            "daemon killed at a point": partial(self._at_a_point, KILL_AT, ("kill",)),
            "worker killed at a point": partial(self._at_a_point, ("looking",), ("kill",)),
            "disk fault at a point": partial(self._at_a_point, DISK_AT, ("disk-full", "disk-error")),
            "SANE error on a page": self._page_error,
            "SANE error in the feeder": self._feeder_error,
            "catalogue taken away": partial(self._catalogue_away, replaced=False),
            "catalogue replaced": partial(self._catalogue_away, replaced=True),
            "hostile file dropped": self._hostile_file,
            "clients that hold the page": self._clients,
        }
        (folder / "phone").mkdir()

    @property
    def pages(self) -> str:
        """The ledger of drawn pages that is scanned now."""
        return f"KH.2007.{self.epoch:02d}"

    @property
    def sheets(self) -> str:
        """The ledger that the test backend's feeder is scanned into now."""
        return f"KS.2007.{self.epoch:02d}"

    def run(self, count: int) -> None:
        """Let so many faults strike."""
        deck = [kind for kind, share in SHARES.items() for _ in range(round(count * share / 100))]
        self.chance.shuffle(deck)
        os.environ |= {"TRAMQUET_POINTS": str(self.points.pipe), "TRAMQUET_FAULTS": f"@{self.fault}"}
        self._next_ledger()
        while deck:
            if self._left() < FEW:
                self._next_ledger()
            if self._acts[deck[-1]]():
                self.struck[deck.pop()] += 1
                say(f"{self.struck.total()} faults, {len(self.truth.rows)} captures")
            self._look()
        eventually(lambda: not self._lying())
        self._end_ledger()
        self.points.close()

    def _kill_daemon(self) -> bool:
        point, within = self.chance.choice(AIMS)
        self._start()
        self._wait_for(point)
        time.sleep(self.chance.uniform(0, within))  # the random moment itself; nothing is waited for
        if not self.daemon.scanning():
            return False
        self._start_again()
        return True

    def _kill_child(self) -> bool:
        self.daemon.send(self._start_of(self.sheets), **self._some())
        child = None
        while child is None and self.daemon.scanning():
            child = next(iter(children_of(self.daemon.pid, SCANNER)), None)
        time.sleep(self.chance.uniform(0, 0.6))  # as above
        try:
            if child is not None and self.daemon.scanning():
                os.kill(child, signal.SIGKILL)
                return True
        except ProcessLookupError:
            pass
        finally:
            self._wait_for_the_end()
        return False

    def _at_a_point(self, points: tuple[str, ...], faults: tuple[str, ...]) -> bool:
        ready = self.fault.with_suffix(".new")
        ready.write_text(f"{self.chance.choice(points)}:{self.chance.choice(faults)}", encoding="ascii")
        later = self.chance.random() < 0.5
        if not later:
            ready.rename(self.fault)
        self._start()
        if later:
            self._wait_for("committed")
            ready.rename(self.fault)
        self._wait_for_the_end()
        struck = not self.fault.exists()
        self.fault.unlink(missing_ok=True)
        if not self.daemon.alive():
            self._start_again()
        return struck

    def _start_again(self) -> None:
        """A dead daemon starts again; sometimes who mends what it left is killed over it too."""
        self.daemon.end(signal.SIGKILL)
        if self.chance.random() < MENDING_KILLED:
            self.fault.write_text(f"{self.chance.choice(MENDING_AT)}:kill", encoding="ascii")
            line = [*self.daemon.line(), "verify", "--repair"]
            self.killed_mending += (
                subprocess.run(line, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode < 0
            )
            self.fault.unlink(missing_ok=True)
        say("the daemon is dead")
        self.daemon.start()

    def _page_error(self) -> bool:
        self._start(scanner=self._scanner, ledger=self.pages)
        self._wait_for_the_end(cancel=self.chance.random() < 0.1)
        return self._failed(FaultKind)

    def _feeder_error(self) -> bool:
        kind = self.chance.choice(FEEDER_ERRORS)
        self._start(scanner=f"feeder-{kind}", ledger=self.sheets)
        self._wait_for_the_end()
        return self._failed((kind,))

    def _catalogue_away(self, *, replaced: bool) -> bool:
        """The daemon says so and takes no page more; who puts the catalogue back has all that was accepted."""
        self._start()
        self._wait_for(self.chance.choice(("reading", "committed")))
        if not self.daemon.scanning():
            return False
        with hostile.catalogue_away(self.folder / "data" / "catalogue.sqlite3", replaced=replaced):
            eventually(lambda: self.daemon.health()[0] == 503)
            assert "catalogue-gone" in self.daemon.health()[1], self.daemon.health()
            self.daemon.end(self.chance.choice((signal.SIGTERM, signal.SIGKILL)))
            self._reached(0)
        say("the catalogue is back")
        self.daemon.start()
        return True

    def _hostile_file(self) -> bool:
        """The session beside it goes on, and later it is rejected under its own name (:meth:`_lying`)."""
        self._start()
        self._dropped.append(hostile.drop(self.folder / "phone", self.struck.total(), self.chance))
        self._wait_for_the_end()
        if not self.daemon.alive():
            self._start_again()
        return True

    def _lying(self) -> list[Path]:
        """The hostile files that are not rejected yet: they lie where they were dropped, none is lost."""
        lying = [file for file in self._dropped if file.exists()]
        elsewhere = [file.parent / "rejected" / file.name for file in self._dropped if file not in lying]
        self.truth.lost += [f"{file} is not there" for file in elsewhere if not file.exists()]
        return lying

    def _clients(self) -> bool:
        """The page answers the officer, and the session goes on."""
        self._start()
        with hostile.clients(self.daemon.port):
            busy = self.daemon.scanning()
            self._wait_for_the_end()
            assert self.daemon.get("/").status_code == 200
        return busy

    def _failed(self, kinds: object) -> bool:
        codes = {f"scan-{kind}" for kind in kinds} | {"scan-early-end", "scan-cut-short"}  # type: ignore[attr-defined]
        return any(session.error in codes for session in self.truth.sessions(self._seen))

    @property
    def _scanner(self) -> str:
        return f"pages{self.epoch}"

    def _left(self) -> int:
        return SHEETS - sum(row.scanner == self._scanner for row in self.truth.rows)

    def _start(self, *, scanner: str = "", ledger: str = "") -> None:
        """Begin a session: as told, or any, of any kind."""
        form = {"scanner": scanner, "source": "adf" if scanner.startswith("feeder") else ""}
        if not ledger:
            ledger, form = self.chance.choice(
                ((self.pages, self._any()), (self.pages, self._any()), (self.sheets, self._some()))
            )
        self.daemon.send(self._start_of(ledger), **form)

    @staticmethod
    def _start_of(ledger: str) -> str:
        return f"/ledger/19429/{ledger}/scan/start"

    def _any(self) -> dict[str, str]:
        form = {"scanner": self._scanner, "purpose": self.chance.choice(("append", "append", "retake", "insert"))}
        labels = [label for label in self.truth.labels(self.pages) if label.isdecimal()]
        if form["purpose"] == "append" or not labels:
            return {**form, "purpose": "append", "limit": self.chance.choice(("", "1", "2", "4"))}
        limit = "1" if form["purpose"] == "retake" else self.chance.choice(("1", "2"))
        return {**form, "anchor": self.chance.choice(labels), "limit": limit}

    def _some(self) -> dict[str, str]:
        return {"scanner": "feeder", "source": "adf", "limit": self.chance.choice(("", "3", "6"))}

    def _wait_for(self, point: str | None) -> None:
        """Wait until the point is reached, or the session is over."""
        passed: list[str] = []
        while point is not None and point not in passed:
            passed = self._reached(QUIET)
            if self._is_over(passed):
                return

    def _wait_for_the_end(self, *, cancel: bool = False) -> None:
        def over() -> bool:
            passed = self._reached(QUIET)
            if "committed" in passed and cancel:
                self.daemon.send(f"/ledger/19429/{self.pages}/scan/stop")
            return self._is_over(passed)

        eventually(over, progress=lambda: len(self._told), every=0)

    def _is_over(self, passed: list[str]) -> bool:
        """Whether no session runs; asked only where the points that it just passed leave that open."""
        return (not passed or "idle" in passed) and not self.daemon.scanning()

    def _reached(self, timeout: float) -> list[str]:
        checkpoints = list(self.points.read(timeout))
        self._told += [one.subject for one in checkpoints if one.point == "committed"]
        return [one.point for one in checkpoints]

    def _look(self) -> None:
        self._reached(0)
        self.truth.look()
        for label in self._told:
            self.truth.told(label, {self.pages, self.sheets})
        self._told.clear()
        sessions = self.truth.sessions(self._seen)
        self.stalled += sum(session.error == "scan-stalled" for session in sessions)
        self._seen = max((session.id for session in sessions), default=self._seen)
        assert not self.truth.broken, "\n".join(self.truth.broken)

    def _next_ledger(self) -> None:
        """Two new ledgers, a full feeder, and faults of the scanner at other sheets."""
        if self.epoch:
            self._end_ledger()
        self.epoch += 1
        troubled = sorted(self.chance.sample(range(1, SHEETS), SHEETS // TROUBLED))
        faults = [f"{position}:{self.chance.choice(list(FaultKind))}" for position in troubled]
        settings = settings_text(self.daemon.port, self._scanner, faults, read=self.epoch % READ == 0)
        (self.folder / "station.toml").write_text(settings, encoding="utf-8")
        self.daemon.start()
        for ledger in (self.pages, self.sheets):
            code, year, book = ledger.split(".")
            self.daemon.send("/ledgers", place="19429", type=code, year=year, book=book, paper="A5")
            say(f"ledger {ledger}")
        self.daemon.send(f"/ledger/19429/{self.sheets}/folder/choose", scanner="phone")
        say("the daemon runs")

    def _end_ledger(self) -> None:
        """End the daemon; then disk, catalogue and log must agree, and nothing may be left over."""
        if len(self._lying()) > LYING:
            eventually(lambda: not self._lying())
        self.daemon.end(signal.SIGTERM)
        self._reached(0)
        say("the daemon has ended")
        self.daemon.command("verify", "--repair")
        self.truth.unexplained += self.daemon.command("verify").splitlines()
        self.verified += 1
        say("verified")
        self._look()
        self.truth.open_files()
        self.truth.left_over()
        assert not self.truth.broken, "\n".join(self.truth.broken)


def main() -> None:
    """Run the soak, then let the scanner hang; print a row of each."""
    say(f"seed {SEED}, {COUNT} faults")
    with tempfile.TemporaryDirectory() as name:
        soak, started, broken = Soak(Path(name)), time.monotonic(), ""
        try:
            soak.run(COUNT)
        except AssertionError as error:
            broken = f"{error}\n{(soak.folder / 'daemon.log').read_text(errors='replace')[-3000:]}"
        finally:
            soak.daemon.end(signal.SIGKILL)
        _tell(soak, time.monotonic() - started)
    if broken:
        sys.exit(broken)
    for name in ("TRAMQUET_POINTS", "TRAMQUET_FAULTS"):
        del os.environ[name]
    hang.measure()


def _tell(soak: Soak, took: float) -> None:
    truth, total = soak.truth, soak.struck.total()
    settings = {
        "seed": SEED,
        "faults": total,
        **{kind: len(getattr(truth, kind)) for kind in ("lost", "doubled", "misnamed", "unexplained")},
        "by_kind": dict(sorted(soak.struck.items())),
        "killed_mending": soak.killed_mending,
        "stalled": soak.stalled,
        "captures": len(truth.rows),
        "verified": soak.verified,
        "minutes": round(took / 60, 1),
        "cores": os.cpu_count(),
    }
    tell("faults", [took / max(1, total)], None, unit="s/fault", limit=2.0, settings=settings)


if __name__ == "__main__":
    main()

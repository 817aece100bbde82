"""A province's campaign: 125 stations send three days of 2,000 pages through one door, while parts of it die at random.

What stands at the province is real: nginx as ``systemd/province`` sets it up, two nodes (nginx, a tus server and a
receiver each), PostgreSQL and an S3 engine. Stations are the station's own client over TLS, each at the speed of its
own line, and some are whole stations with their daemon. What they send is invented: a page is so many bytes of noise
instead of some hundred kilobytes, for three days must fit into this disk and an hour.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from station.delivery.destinations.contract import DeliveryFile
from station.delivery.destinations.tus import TusSender
from station.delivery.destinations.tus_http import Interrupted, LineTimeouts, TusClient
from station.errors import DeliveryWaits
from station.province import overview, settings
from station.province.rollup import Rollup
from station.settings.tables import TusDestination
from tests.bench.province_files import ledger_manifest
from tests.bench.rows import say, tell
from tests.bench.running import family
from tests.delivery.backings import EngineBacking
from tests.delivery.conftest import Diary
from tests.delivery.engines import Postgres, SeaweedFS
from tests.delivery.nodes import Nodes
from tests.delivery.province import Kind
from tests.delivery.queued import queue_files, station_for
from tests.delivery.test_kills import send_until_receipted
from tests.station import another_user
from tests.station.daemons import running
from tests.station.province.received import report
from tests.stations import Command
from tests.waiting import eventually


def _number(name: str, default: int) -> int:
    return int(os.environ.get(f"TRAMQUET_CAMPAIGN_{name}", default))


STATIONS, DAYS, PAGES = _number("STATIONS", 125), _number("DAYS", 3), _number("PAGES", 2000)
#: What stands for a page (bytes), and how many ledgers are delivered a day.
PAGE_BYTES, LEDGERS = _number("PAGE_BYTES", 4000), 10
#: Whole stations with a daemon of their own, and the files in the queue of each.
DAEMONS, FILES = 2, 30
SEED = _number("SEED", 1)
#: Lines that communes have (kbit/s).
LINES = (2_000, 4_000, 8_000, 20_000)
#: Between two deaths, and how long a part stays dead (s).
CALM, DEAD = (4.0, 12.0), (0.5, 6.0)
PROCESSES = 4
#: A station gives a file up for a moment after so long, and tries again.
TIMEOUTS = LineTimeouts(connect=10, read=20, receipt=30, failures=3)
HEARTBEAT = LineTimeouts(connect=10, read=20, answer=30)
MB = 1_000_000


@dataclass(frozen=True)
class SimulatedStation:
    """One of the stations; ``destination`` is what its settings say."""

    number: int
    destination: TusDestination

    @property
    def name(self) -> str:
        return name_of(self.number)

    @property
    def place(self) -> str:
        return f"{10_000 + self.number}"

    def work(self, folder: Path, days: list[date], receipted: Callable[[DeliveryFile], None]) -> None:
        """Send all days, file by file."""
        folder.mkdir()
        with TusSender(self.destination, TIMEOUTS) as sender:
            for day in days:
                for delivery_file in self._files(folder, day, days.index(day)):
                    send_until_receipted(sender, delivery_file, Diary())
                    receipted(delivery_file)
                    delivery_file.source.unlink()

    def _files(self, folder: Path, day: date, turn: int) -> Iterator[DeliveryFile]:
        pages = PAGES // LEDGERS
        for number in range(LEDGERS):
            index = turn * LEDGERS + number
            ledger, chance = f"KS.{1950 + index}.01", random.Random(f"{self.name} {index}")
            archive = folder / f"{ledger}.zip"
            archive.write_bytes(chance.randbytes(pages * PAGE_BYTES))
            document = ledger_manifest(self.name, self.place, ledger, range(1, pages + 1), pages)
            document["files"] = [{"name": archive.name, "bytes": archive.stat().st_size, "sha256": _sha256(archive)}]
            yield self._delivery_file(archive, f"{self.place}:{ledger}/r1")
            yield self._delivery_file(_written(folder / "manifest.json", document), f"{self.place}:{ledger}/r1")
            self._say_heartbeat()
        done = {"total": PAGES * DAYS, "named": PAGES * (turn + 1), "today": PAGES, "scanned": PAGES}
        document = report(self.name, day, places={self.place: done | {"delivered": done["named"]}})
        yield self._delivery_file(_written(folder / f"bao-cao_{self.name}_{day}_r1.json", document), "report")

    def _delivery_file(self, file: Path, package: str) -> DeliveryFile:
        return DeliveryFile(file, Path(file.name), _sha256(file), file.stat().st_size, package, self.name)

    def _say_heartbeat(self) -> None:
        """As the daemon does: once, for the next one is as good."""
        told = {"format": 1, "station": self.name, "run": f"{self.number:016d}", "version": "0.2.0"}
        told |= {"at": datetime.now(UTC).isoformat(), "free_bytes": 1, "total_bytes": 2, "waiting": 0, "stuck": 0}
        line = TusClient(self.destination, HEARTBEAT)
        headers: dict[str, str | None] = {"Content-Type": "application/json", "Tus-Resumable": None}
        try:
            url = f"{self.destination.receipts}/heartbeat"
            line.ask("POST", url, headers=headers, piece=json.dumps(told).encode(), accept=(204,))
        except (Interrupted, DeliveryWaits):
            return
        finally:
            line.close()


def name_of(number: int) -> str:
    """The id of a station."""
    return f"qt-{number:05d}"


def _written(file: Path, document: dict[str, Any]) -> Path:
    file.write_text(json.dumps(document, ensure_ascii=False, indent=1), encoding="utf-8")
    return file


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def work(folder: Path, stations: list[SimulatedStation], days: list[date], sent: Path) -> None:
    """A process of some stations, a thread each; what has a receipt is a line of ``sent``."""
    lock = threading.Lock()
    with sent.open("a", encoding="utf-8") as lines:

        def receipted(delivery_file: DeliveryFile) -> None:
            with lock:
                print(delivery_file.sha256, delivery_file.bytes, file=lines, flush=True)

        threads = [
            threading.Thread(target=one.work, args=(folder / one.name, days, receipted), name=one.name)
            for one in stations
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


@dataclass
class Costs:
    """Processor time (s) and the most memory (bytes) of each part, whose processes come and go."""

    pids: Callable[[], dict[str, int]]
    #: By part and process.
    seconds: dict[tuple[str, int], float] = field(default_factory=dict)
    memory: Counter[str] = field(default_factory=Counter)

    def look(self) -> None:
        """Ask the kernel; before a part is killed too."""
        for name, pid in self.pids().items():
            cpu, memory = 0.0, 0
            for one in family(pid):
                try:
                    words = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
                    rollup = Path(f"/proc/{one}/smaps_rollup").read_text()
                except (FileNotFoundError, ProcessLookupError):
                    continue
                cpu += sum(map(int, words[11:15])) / os.sysconf("SC_CLK_TCK")
                memory += int(rollup.partition("Pss:")[2].split()[0]) * 1024
            self.seconds[name, pid] = cpu
            self.memory[name] = max(self.memory[name], memory)

    def cpu(self, name: str) -> float:
        """All that the part took so far."""
        return sum(seconds for (part, _), seconds in self.seconds.items() if part == name)


class Province:
    """Door, nodes, database and store, of which any part can die."""

    def __init__(self, folder: Path, postgres: Postgres, engine: SeaweedFS) -> None:
        tokens = {name_of(number): f"token-{number}" for number in range(STATIONS + DAEMONS)}
        self._postgres, self._engine = postgres, engine
        self.backing = EngineBacking(engine, postgres)
        self.nodes = Nodes(folder / "nodes", self.backing, tokens)
        self.deaths: Counter[str] = Counter()
        self.costs = Costs(self._pids)

    def _pids(self) -> dict[str, int]:
        """The process of each part that lives."""
        pids = {"database": self._postgres.pid, "store": self._engine.pid}
        for number, node in enumerate(self.nodes.each, 1):
            for program, process in node.running.items():
                pids["door" if program == "door" else f"node {number}: {program}"] = process.pid
        return pids

    def die(self, chance: random.Random) -> None:
        """Kill one part with SIGKILL, and start it again a while later."""
        node = chance.choice(self.nodes.each)
        starts = {"server": node.start_server, "receiver": node.start_receiver, "nginx": node.start_front}
        part = chance.choice(("server", "receiver", "node", "database", "store"))
        self.costs.look()
        self.deaths[part] += 1
        pause = chance.uniform(*DEAD)
        if part == "database":
            self._postgres.kill()
            time.sleep(pause)
            self._postgres.start()
        elif part == "store":
            self._engine.kill()
            time.sleep(pause)
            self._engine.start()
        else:
            programs = tuple(starts) if part == "node" else (part,)
            for program in programs:
                node.kill(program)
            time.sleep(pause)
            for program in programs:
                starts[program]()


def main() -> None:
    """Print the rows."""
    for missing in (Kind.NGINX.missing, Postgres.missing, SeaweedFS.missing):
        if missing:
            sys.exit(f"bench campaign: {missing}")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        postgres = stack.enter_context(closing(Postgres(stack.enter_context(contextmanager(another_user.folder)()))))
        (folder / "seaweed").mkdir()
        engine = stack.enter_context(closing(SeaweedFS(folder / "seaweed")))
        (folder / "nodes").mkdir()
        province = Province(folder, postgres, engine)
        stack.callback(province.nodes.stop)
        province.nodes.start()
        say(f"{STATIONS} stations, {DAYS} days, {PAGES} pages of {PAGE_BYTES} bytes")
        _measure(folder, province)


def _measure(folder: Path, province: Province) -> None:
    shape: dict[str, Any] = {
        "stations": STATIONS,
        "days": DAYS,
        "pages": PAGES,
        "page_bytes": PAGE_BYTES,
        "daemons": DAEMONS,
    }
    shape |= {"cores": os.cpu_count() or 0, "seed": SEED}
    started = time.monotonic()
    hashes, size = _send_all(folder, province)
    took = time.monotonic() - started
    province.costs.look()
    eventually(
        lambda: not any(node.left_in_spool() for node in province.nodes.each),
        progress=lambda: len(province.backing.rows()),
    )
    rows, stored = province.backing.rows(), province.backing.stored()
    expected = sorted(set(hashes))
    shape |= {"deaths": dict(province.deaths), "files": len(expected)}
    wrong = len(set(expected) ^ set(rows)) + len(set(expected) ^ set(stored)) + len(rows) - len(set(rows))
    tell("campaign: files lost, doubled or of other bytes", [wrong], None, unit="files", limit=0, settings=shape)
    tell("campaign: received", [size / MB / took], None, unit="MB/s", limit=None, settings=shape)
    tell("campaign: received", [len(expected) / took], None, unit="files/s", limit=None, settings=shape)
    door = _bytes_at_the_door(folder)
    tell("campaign: bytes at the door against files", [door / MB], [size / MB], unit="MB", limit=None, settings=shape)
    for part in sorted(province.costs.memory):
        tell(f"campaign: {part}", [province.costs.cpu(part)], [took], unit="s of CPU", limit=None, settings=shape)
        memory = [province.costs.memory[part] / MB]
        tell(f"campaign: {part}, memory", memory, None, unit="MB", limit=None, settings=shape)
    _roll_up(folder, province, shape)


def _send_all(folder: Path, province: Province) -> tuple[list[str], int]:
    """Let all stations send while parts die; gives the hashes of all files, and their bytes."""
    chance = random.Random(SEED)
    today = datetime.now().astimezone().date()
    days = [today - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
    stations = [
        SimulatedStation(number, _at_speed(province.nodes.destination(name_of(number)), chance.choice(LINES)))
        for number in range(STATIONS)
    ]
    lists = [folder / f"sent-{number}" for number in range(PROCESSES)]
    spawn = get_context("spawn")
    processes = [
        spawn.Process(target=work, args=(folder, stations[number::PROCESSES], days, sent))
        for number, sent in enumerate(lists)
    ]

    def lines() -> list[str]:
        return [line for sent in lists if sent.exists() for line in sent.read_text(encoding="utf-8").splitlines()]

    with ExitStack() as stack:
        daemons = [_whole_station(folder, province, STATIONS + number) for number in range(DAEMONS)]
        for command in daemons:
            stack.enter_context(running(command, command.settings.parent))
        for process in processes:
            process.start()
            stack.callback(process.kill)
        while any(process.is_alive() for process in processes):
            time.sleep(chance.uniform(*CALM))
            before = len(lines())
            province.die(chance)
            say(f"{before} files have receipts; dead: {dict(province.deaths)}")
        for process in processes:
            process.join()
            assert process.exitcode == 0, "a process of stations failed"
        eventually(lambda: all(map(_is_all_receipted, daemons)), progress=lambda: len(province.backing.rows()))
    contents = [content for number in range(DAEMONS) for content in _contents(STATIONS + number)]
    sent_files = [line.split() for line in lines()]
    hashes = [sha256 for sha256, _ in sent_files] + [hashlib.sha256(content).hexdigest() for content in contents]
    assert len(sent_files) == STATIONS * DAYS * (2 * LEDGERS + 1), len(sent_files)
    return hashes, sum(int(size) for _, size in sent_files) + sum(map(len, contents))


def _at_speed(destination: TusDestination, kbit: int) -> TusDestination:
    return destination.model_copy(update={"limit_kbit": kbit})


def _contents(number: int) -> list[bytes]:
    chance = random.Random(number)
    return [chance.randbytes(MB) for _ in range(FILES)]


def _whole_station(folder: Path, province: Province, number: int) -> Command:
    name = name_of(number)
    command = station_for(folder / name, province.nodes.destination(name), name)
    queue_files(command, *_contents(number))
    return command


def _is_all_receipted(command: Command) -> bool:
    states = [item["state"] for item in command.json("queue", "list")]
    return set(states) == {"receipted"}


def _bytes_at_the_door(folder: Path) -> int:
    """All that came in uploads, with their headers."""
    lines = (folder / "nodes" / "door" / "lengths.log").read_text().splitlines()
    return sum(int(length) for method, _, length in map(str.split, lines) if method == "PATCH")


def _roll_up(folder: Path, province: Province, shape: dict[str, Any]) -> None:
    """All of it, out of the engines, and what it counts."""
    backing, told = province.backing, folder / "province.toml"
    table = {"name": "Tỉnh Mẫu", "data": "rollup", "store": backing.store, "receipts": backing.receipts}
    table |= {"store_key": str(backing.store_key)}
    lines = "".join(f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in table.items())
    told.write_text(f"[province]\n{lines}", encoding="utf-8")
    rollup = Rollup(settings.load(told))
    started = time.monotonic()
    with rollup.tables() as tables:
        totals, doubts = overview.of_province(tables), overview.doubts(tables)
    took = time.monotonic() - started
    arrived = int(totals.totals["arrived"])
    shape |= {"doubts": {kind: len(rows) for kind, rows in doubts.items()}, "heard": totals.stations}
    tell(
        "campaign: entries that the roll-up misses",
        [STATIONS * DAYS * PAGES - arrived],
        None,
        unit="entries",
        limit=0,
        settings=shape,
    )
    tell("campaign: roll-up from nothing", [took], None, unit="s", limit=None, settings=shape)


if __name__ == "__main__":
    main()

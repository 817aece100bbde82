"""One page a key press from the glass: how soon a page begins, shows and is safe, what it costs, and what peers need.

Each page is asked for by the page's own request at the real daemon, while a viewer fetches what the page's script would
fetch: a picture is visible when its bytes are here. The first line was read when the raw sheet in the spool has bytes,
the last when it has its name. CPU and bytes are those of the daemon and all its children between the first and the last
page, divided by the pages: without the machine's reading, which comes behind the pages and is told beside them, and
without what was written to files that were removed before the disk saw them. TRAMQUET_GLASS_STANDBY=0
closes the scanner with each page.

Peers in the same run, on the same virtual device: ``scanimage --format=jpeg`` started for each page, and a bare loop of
python-sane on the open device whose pages Pillow stores with our quality. TRAMQUET_GLASS_PAGES is how many pages.

``A4 paced`` has a scanner that takes a second for a page, and a key is pressed every three, 20 pages a minute;
``A4 slow`` is the same on a PC made slow (:mod:`tests.bench.slow_pc`), while the viewer is as quick as before, and in
``A4 slow reader`` the machine reads along. A press that finds the page before it unfinished is one that the scanner
waited for; the first page starts everything and does not count there. TRAMQUET_GLASS_ROWS chooses rows by their names,
divided by commas.
"""

from __future__ import annotations

import json
import os
import re
import resource
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from drivers.sane import scanner as sane
from tests.bench import slow_pc
from tests.bench.rows import say, tell
from tests.bench.running import Station, family, token_in
from tests.waiting import eventually

STANDBY = float(os.environ.get("TRAMQUET_GLASS_STANDBY", "120"))
PAGES = int(os.environ.get("TRAMQUET_GLASS_PAGES", "30"))
PAPERS = {"A4": (210, 297), "A3": (297, 420)}
#: Seconds from press to press.
EVERY = 3.0
#: What the test backend waits after each buffer (microseconds) to take about a second for an A4 page.
DELAY = 8000
QUALITY = 90
#: A scanimage that takes so long (s) hangs.
DEADLINE = 60.0
#: Between two looks at the spool (s): nothing tells of a line but the file itself.
LOOK = 0.002
#: Milliseconds that a page may take.
TO_FIRST_LINE, TO_VISIBLE, TO_ACCEPTED = 150, 250, 400
SLOW_TO_VISIBLE = 1000
#: Of scanimage's processor time, which encodes with a quarter of the chroma and looks at nothing: 0.6 s of an A4 page.
MOST_CPU = 14
SETTINGS = f"""
[[scanner]]
id = "glass"
driver = "sane"
device = "test:0"
options = {{{{ "test-picture" = "Color pattern"{{more}} }}}}
standby = {STANDBY}
"""
#: Who spends it, by a word of the command line.
PROGRAMS = {"drivers.sane.child": "scanner", "station.imaging.worker": "workers", "station.reading.worker": "reading"}
PICTURE = re.compile(r'src="([^"]+)"[^>]*id="newest"|id="newest"[^>]*src="([^"]+)"')


@dataclass(frozen=True)
class Pace:
    """What is special about a row in the pace of people: a slow PC, a machine that reads along."""

    slow: bool = False
    reader: bool = False


PACED = {"A4 paced": Pace(), "A4 slow": Pace(slow=True), "A4 slow reader": Pace(slow=True, reader=True)}
ROWS = (*PAPERS, *PACED)


@dataclass
class Cost:
    """Milliseconds of each page; all together: seconds of processors, also by program, bytes written, how many hung."""

    took: list[float] = field(default_factory=list)
    cpu: float = 0.0
    written: float = 0.0
    hung: int = 0
    shares: dict[str, float] = field(default_factory=dict)


@dataclass
class Way:
    """Milliseconds of each page of ours, ``ready`` for the next press; how many of these came before."""

    first_line: list[float] = field(default_factory=list)
    reading: list[float] = field(default_factory=list)
    visible: list[float] = field(default_factory=list)
    accepted: list[float] = field(default_factory=list)
    whole: list[float] = field(default_factory=list)
    ready: list[float] = field(default_factory=list)
    waited: int = 0


def main() -> None:
    """Print the rows that were asked for."""
    named = os.environ.get("TRAMQUET_GLASS_ROWS")
    for name in named.split(",") if named else ROWS:
        if name not in PACED:
            _compare(name)
        elif PACED[name].slow and (reason := slow_pc.missing()):
            say(f"{name}: left out, {reason}")
        else:
            _keep_pace(name, PACED[name])


def _keep_pace(row: str, pace: Pace) -> None:
    """One press after the other in the pace of people, whatever the station is at."""
    paper = "A4"
    with tempfile.TemporaryDirectory() as name, ExitStack() as held_back:
        folder = Path(name)
        before = held_back.enter_context(slow_pc.slow_pc(folder)) if pace.slow else []
        more = f', "read-delay" = true, "read-delay-duration" = {DELAY}'
        reading = f"[reading]\nenabled = {str(pace.reader).lower()}\n"
        station = Station.in_folder(folder, reading + SETTINGS.format(more=more))
        say(row)
        way, cost, master = _pages(station, paper, before, every=EVERY)
    values = {"paper": paper, "dpi": 300, "mode": "colour", "quality": QUALITY, "cores": os.cpu_count()}
    values |= {"every": EVERY, "reading_ms": _median(way.reading)}
    values |= {"share": slow_pc.SHARE, "disk": slow_pc.DISK} if pace.slow else {}
    to_visible, to_accepted = (SLOW_TO_VISIBLE, None) if pace.slow else (TO_VISIBLE, TO_ACCEPTED)
    bench = f"glass {row}"
    tell(f"{bench}: request to first line", way.first_line, None, unit="ms", limit=None, settings=values)
    tell(f"{bench}: last line to visible", way.visible, None, unit="ms", limit=to_visible, settings=values)
    tell(f"{bench}: last line to accepted", way.accepted, None, unit="ms", limit=to_accepted, settings=values)
    tell(f"{bench}: request to ready for the next", way.ready, None, unit="ms", limit=None, settings=values)
    tell(f"{bench}: presses that waited", [way.waited], None, unit="presses", limit=0, settings=values)
    _tell_cost(bench, cost, master, None, values)


def _compare(paper: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        station = Station.in_folder(folder, SETTINGS.format(more=""))
        config = sane.write_config(folder / "sane.d", ["test:0"])
        say(f"{paper}: scanimage")
        peer = _scanimage(folder, config, paper)
        say(f"{paper}: a loop of python-sane")
        loop = _loop_apart(folder, config, paper)
        say(f"{paper}: the station")
        way, cost, master = _pages(station, paper)
    values: dict[str, Any] = {"paper": paper, "dpi": 300, "mode": "colour", "quality": QUALITY, "cores": os.cpu_count()}
    bench = f"glass {paper}"
    for name, took, limit in (
        ("request to first line", way.first_line, TO_FIRST_LINE),
        ("last line to visible", way.visible, TO_VISIBLE),
        ("last line to accepted", way.accepted, TO_ACCEPTED),
    ):
        tell(f"{bench}: {name}", took, None, unit="ms", limit=limit, settings=values)
    peers = values | {"scanimage_hung": peer.hung, "python_sane_ms": _median(loop.took)}
    tell(f"{bench}: request to accepted", way.whole, peer.took, unit="ms", limit=None, settings=peers)
    _tell_cost(bench, cost, master, peer, values | {"python_sane": round(loop.cpu / PAGES, 3)})


def _tell_cost(bench: str, cost: Cost, master: float, peer: Cost | None, values: dict[str, Any]) -> None:
    """The rows of processor time and of bytes written."""
    shares = {name: round(seconds / PAGES, 3) for name, seconds in cost.shares.items()}
    theirs = [peer.cpu / PAGES] if peer else None
    limit = MOST_CPU if peer else None
    tell(f"{bench}: CPU", [cost.cpu / PAGES], theirs, unit="s/page", limit=limit, settings=values | shares)
    written = [peer.written / PAGES / 1e6] if peer and peer.written else None
    sizes = values | {"master": round(master / 1e6, 2), "of_master": round(cost.written / PAGES / master, 2)}
    tell(f"{bench}: written", [cost.written / PAGES / 1e6], written, unit="MB/page", limit=None, settings=sizes)


def _median(values: list[float]) -> float:
    return round(sorted(values)[len(values) // 2], 1)


def _pages(station: Station, paper: str, before: Sequence[str] = (), every: float = 0.0) -> tuple[Way, Cost, float]:
    """Scan page after page; gives their milliseconds, what they cost, and the bytes of a master.

    ``before`` is as in :meth:`Station.running`; a page is asked for ``every`` so many seconds at most.
    """
    station.run("ledger", "add", "KH", "2007", "1", "--paper", paper)
    view, way = f"{station.address}/ledger/19429/KH.2007.01/scan", Way()
    with station.running(before) as daemon, station.officer() as officer:
        token = token_in(officer.get(view).text)
        viewer = _Viewer(station, officer.cookies.get_dict(), view)
        spent, due = _spent(daemon), time.monotonic()
        for number in range(1, PAGES + 1):
            late = time.monotonic() - due
            way.waited += every > 0 and late > 0 and number > 2
            time.sleep(max(0.0, -late))
            due = time.monotonic() + every
            _page(station, lambda: officer.post(f"{view}/start", data={"csrf_token": token}), viewer, way, number)
        after = _spent(daemon)
        viewer.stop()
    masters = list((station.folder / "data" / "ledgers").rglob("KH.2007.01.0*.jpg"))
    assert len(masters) == PAGES
    shares = {name: seconds - spent[0].get(name, 0.0) for name, seconds in after[0].items()}
    total = sum(seconds for name, seconds in shares.items() if name != "reading")
    cost = Cost(cpu=total, written=after[1] - spent[1], shares=shares)
    return way, cost, masters[0].stat().st_size


def _page(station: Station, press: Callable[[], object], viewer: _Viewer, way: Way, number: int) -> None:
    sessions = station.folder / "data" / "spool" / "sessions"
    pictures_before = viewer.pictures
    request = threading.Thread(target=press)
    started = time.monotonic()
    request.start()
    first = _when(lambda: any(part.stat().st_size for part in sessions.glob("*/*.part")))
    last = _when(lambda: any(sessions.glob("*/*.pnm")) or any(sessions.glob("*/*.jpg")))
    with closing(sqlite3.connect(f"file:{station.catalogue}?mode=ro", uri=True)) as catalogue:
        accepted = _when(lambda: catalogue.execute("SELECT count(*) FROM capture").fetchone()[0] == number)
    eventually(lambda: viewer.pictures > pictures_before)
    request.join()
    eventually(lambda: not viewer.scanning)
    way.first_line.append((first - started) * 1000)
    way.reading.append((last - first) * 1000)
    way.visible.append((viewer.shown_since(started) - last) * 1000)
    way.accepted.append((accepted - last) * 1000)
    way.whole.append((accepted - started) * 1000)
    way.ready.append((time.monotonic() - started) * 1000)


def _when(has_happened: Callable[[], bool]) -> float:
    """The moment at which it has happened; a file that went in between two calls has not."""
    until = time.monotonic() + DEADLINE
    while time.monotonic() < until:
        try:
            if has_happened():
                return time.monotonic()
        except FileNotFoundError:
            continue
        time.sleep(LOOK)
    raise AssertionError("it never happened")


class _Viewer:
    """What the page's script does: waits for news, fetches the live part, and the large picture when it is another."""

    def __init__(self, station: Station, cookies: dict[str, str], view: str) -> None:
        self.scanning = False
        self._moments: list[float] = []
        self._address, self._cookies, self._view = station.address, cookies, view
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    @property
    def pictures(self) -> int:
        """How many pictures came."""
        return len(self._moments)

    def shown_since(self, moment: float) -> float:
        """When the first picture after ``moment`` was here."""
        return next(shown for shown in self._moments if shown > moment)

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join()

    def _watch(self) -> None:
        version, content, newest = 0, 0, ""
        with requests.Session() as browser:
            browser.cookies.update(self._cookies)
            while not self._stopped.is_set():
                news = browser.get(f"{self._address}/news?since={version}&view=scan").json()
                version = news["version"]
                if news["content"] != content:
                    content = news["content"]
                    match = PICTURE.search(browser.get(f"{self._view}/board").text)
                    source = next(filter(None, match.groups())) if match else ""
                    if source and source != newest and browser.get(self._address + source).ok:
                        self._moments.append(time.monotonic())
                        newest = source
                self.scanning = news["scanning"]
                time.sleep(news["wait"])


def _spent(daemon: int) -> tuple[dict[str, float], float]:
    """Processor seconds of the daemon and its children, by program, ended ones as the daemon's; and bytes written."""
    cpu: dict[str, float] = {}
    written = 0
    for pid in family(daemon):
        line = Path(f"/proc/{pid}/cmdline").read_text()
        name = next((name for word, name in PROGRAMS.items() if word in line), "daemon")
        times = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[11:15]
        cpu[name] = cpu.get(name, 0.0) + sum(map(int, times)) / os.sysconf("SC_CLK_TCK")
        lines = dict(line.split(": ") for line in Path(f"/proc/{pid}/io").read_text().splitlines())
        written += int(lines["write_bytes"]) - int(lines["cancelled_write_bytes"])
    return cpu, float(written)


def _scanimage(folder: Path, config: Path, paper: str) -> Cost:
    cost = Cost()
    width, height = PAPERS[paper]
    command = ["scanimage", "-d", "test:0", "--source", "Flatbed", "--mode", "Color", "--resolution", "300"]
    command += ["-x", str(width), "-y", str(height), "--test-picture", "Color pattern", "--format=jpeg"]
    # Its reader's thread is cancelled while glibc loads its unwinder: without that loaded before it may hang for ever.
    environment = {**os.environ, "SANE_CONFIG_DIR": str(config), "LD_PRELOAD": "libgcc_s.so.1"}
    while len(cost.took) < PAGES:
        assert cost.hung < PAGES, "scanimage hangs"
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        started = time.monotonic()
        try:
            with (folder / f"peer{len(cost.took)}.jpg").open("wb") as file:
                subprocess.run(
                    command, env=environment, stdout=file, stderr=subprocess.DEVNULL, check=True, timeout=DEADLINE
                )
        except subprocess.TimeoutExpired:
            cost.hung += 1
            continue
        cost.took.append((time.monotonic() - started) * 1000)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cost.cpu += after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        cost.written += (after.ru_oublock - before.ru_oublock) * 512
    return cost


def _loop_apart(folder: Path, config: Path, paper: str) -> Cost:
    """The bare loop in a process of its own; what that tells of itself."""
    environment = {**os.environ, "SANE_CONFIG_DIR": str(config), "LD_PRELOAD": "libgcc_s.so.1"}
    command = [sys.executable, __file__, "loop", paper, str(folder)]
    output = subprocess.run(
        command, env=environment, check=True, stdout=subprocess.PIPE, timeout=DEADLINE + PAGES * 5
    ).stdout
    return Cost(**json.loads(output))


def _loop(paper: str, folder: str) -> None:
    """The bare loop: open once, then start, read and store page after page."""
    import sane as library

    library.init()
    device: Any = library.open("test:0")
    device.mode, device.resolution, device.source = "Color", 300, "Flatbed"
    device.br_x, device.br_y = PAPERS[paper]
    device.test_picture = "Color pattern"
    took = []
    before = time.process_time()
    for number in range(PAGES):
        started = time.monotonic()
        device.start()
        image = device.snap()
        image.save(Path(folder) / f"loop{number}.jpg", quality=QUALITY, subsampling=0)
        took.append((time.monotonic() - started) * 1000)
    print(json.dumps({"took": took, "cpu": time.process_time() - before}))
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    if sys.argv[1:2] == ["loop"]:
        _loop(*sys.argv[2:])
    else:
        main()

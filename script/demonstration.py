"""What ``script/demo`` starts: a whole station on SANE's virtual scanner, with invented ledgers and pages.

With ``--tour`` one ledger is led from the scanner to the stick by the command line instead, each command shown.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from urllib.request import urlopen

from drivers import drawn

TRAMQUET = Path(sys.executable).with_name("tramquet")
TUS_SERVER = Path(__file__).parents[1] / "tests" / "delivery"
LEDGER = "KH.2007.01"
NAME = "Nguyễn Văn Mẫu"
#: Who looks at pages another person scanned, and keys rows a second time.
OPERATOR = "Trần Thị Thử"
PAGES = 20

SETTINGS = """\
# Trạm Quét: the demonstration's settings. Everything in here is invented.
[station]
id = "qt-demo-01"
data = "data"

[[place]]                       # the first is the default
code = "19429"
commune = "Xã Thử Nghiệm"
district = "Huyện Ví Dụ"
province = "Tỉnh Mẫu"

[[place]]
code = "19430"
commune = "Xã Bên Cạnh"
district = "Huyện Ví Dụ"
province = "Tỉnh Mẫu"

[[scanner]]                     # the images of a folder, through SANE's pnm backend
id = "simulated"
driver = "simulated"
pages = {pages}
faults = {faults}
again = {again}                 # a pile that was scanned lies there anew

[[destination]]                 # stands for a USB stick
id = "stick"
name = "USB của xã"
kind = "folder"
path = "stick"
{province}
[web]
host = "127.0.0.1"
port = {port}
language = "vi"
"""
PROVINCE = """
[[destination]]                 # a real tus server with the receiver beside it, on this PC
id = "province"
name = "Máy chủ tỉnh"
kind = "tus"
url = "http://127.0.0.1:{tus}/files"
receipts = "http://127.0.0.1:{receipts}/receipts"
token_file = "token"
"""
INVENTORY = [("KS", 1998, "01", 200, 196), ("KS", 2007, "01", 300, 297), ("KT", 2007, "01", 120, 117)]


def main() -> None:
    """Prepare the folder, then run the station until interrupted (or lead the tour)."""
    asked = _arguments()
    folder = (asked.data or Path(tempfile.mkdtemp(prefix="tramquet-demo-"))).absolute()
    if asked.tour and (folder / "station.toml").exists():
        sys.exit(f"{folder} holds a station already: give a new folder with --data")
    node = None if asked.tour else shutil.which("node")
    province = _free_ports(2) if node and (TUS_SERVER / "node_modules").is_dir() else None
    kinds = _prepare(folder, asked, province)
    if asked.tour:
        _lead(folder / "station.toml", kinds)
        print(f"\nEverything lies in {folder}: pages, entries and packages in data/, the delivered package in stick/.")
    else:
        _run(folder, asked, node, province)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="script/demo", description=__doc__)
    parser.add_argument("--port", type=int, default=8158, help="the port of the web page")
    parser.add_argument("--data", type=Path, help="a folder for the station; one from an earlier demonstration goes on")
    parser.add_argument("--pages", type=Path, help="a folder of page images (default: invented pages are drawn)")
    parser.add_argument("--no-browser", action="store_true", help="do not open the web page")
    parser.add_argument("--tour", action="store_true", help="the whole way by the command line, then end")
    return parser.parse_args()


def _prepare(folder: Path, asked: argparse.Namespace, province: list[int] | None) -> list[drawn.Page] | None:
    """Write the settings and register the ledgers; gives what the drawn pages are, None for given ones."""
    (folder / "stick").mkdir(parents=True, exist_ok=True)
    pages = asked.pages.absolute() if asked.pages else folder / "pages"
    settings = folder / "station.toml"
    new = not settings.exists()
    settings.write_text(
        SETTINGS.format(
            pages=json.dumps(str(pages)),
            port=asked.port,
            # A tour shows what an operator sees when the feeder jams.
            faults='["4:jammed"]' if asked.tour else "[]",
            again="false" if asked.tour else "true",
            province=PROVINCE.format(tus=province[0], receipts=province[1]) if province else "",
        ),
        encoding="utf-8",
    )
    token = folder / "token"
    if not token.exists():
        token.touch(mode=0o600)
        token.write_text("demonstration\n")
    kinds = None
    if asked.pages is None:
        if not pages.exists():
            print(f"Drawing {PAGES} pages of an invented marriage ledger at 300 dpi ...", flush=True)
            kinds = drawn.draw_ledger(pages, PAGES, type_code="KH", year=2007)
        kinds = kinds or drawn.plan(PAGES, year=2007)
    if new:
        entries = sum(page.entry is not None for page in kinds) if kinds else None
        closing = ["--closing-pages", str(PAGES - 1), "--closing-entries", str(entries)] if kinds else []
        _quietly(settings, "ledger", "add", *LEDGER.split("."), "--paper", "A4", *closing)
        for kind, year, book, page_count, entry_count in INVENTORY:
            stated = ["--closing-pages", str(page_count), "--closing-entries", str(entry_count)]
            _quietly(settings, "ledger", "add", kind, str(year), book, *stated)
        _quietly(settings, "ledger", "add", *LEDGER.split("."), "--place", "19430")
    known = _quietly(settings, "user", "list")
    for name, role in ((NAME, "technician"), (OPERATOR, "operator")):
        if name not in known:
            _quietly(settings, "user", "add", name, "--role", role)
    return kinds


def _quietly(settings: Path, *words: str) -> str:
    done = subprocess.run(
        [str(TRAMQUET), "--config", str(settings), *words], stdout=subprocess.PIPE, text=True, check=False
    )
    if done.returncode:
        sys.exit(done.returncode)
    return done.stdout


def _run(folder: Path, asked: argparse.Namespace, node: str | None, province: list[int] | None) -> None:
    """Start the province (where node is) and the daemon, say where and who, and wait for Ctrl-C."""
    settings = folder / "station.toml"
    pins = [_quietly(settings, "user", "reset-pin", name).split()[-1] for name in (NAME, OPERATOR)]
    programs: list[subprocess.Popen[bytes]] = []
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    try:
        if node and province:
            programs += _start_province(folder, node, province)
        programs.append(subprocess.Popen([str(TRAMQUET), "--config", str(settings), "run"]))
        address = f"http://127.0.0.1:{asked.port}/"
        _wait_for(address + "healthz", programs[-1])
        print(f"\naddress: {address}\nname:    {NAME}\nPIN:     {pins[0]}\n", flush=True)
        print(f"For a second person's work, an operator:\nname:    {OPERATOR}\nPIN:     {pins[1]}\n", flush=True)
        print(f"The station lies in {folder}. Ctrl-C ends it.", flush=True)
        if not asked.no_browser and (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
            subprocess.run(["xdg-open", address], check=False)
        sys.exit(programs[-1].wait())
    except KeyboardInterrupt:
        print()
    finally:
        for program in reversed(programs):
            program.terminate()
        for program in programs:
            program.wait()


def _start_province(folder: Path, node: str, ports: list[int]) -> list[subprocess.Popen[bytes]]:
    spool, store = folder / "province" / "spool", folder / "province" / "store"
    for one in (spool, store):
        one.mkdir(parents=True, exist_ok=True)
    receiver = [str(TRAMQUET), "receive", "--spool", str(spool), "--store", str(store)]
    receiver += ["--listen", f"127.0.0.1:{ports[1]}", "--token-file", str(folder / "token")]
    server = [node, str(TUS_SERVER / "tus-server.js"), str(ports[0]), str(spool), "demonstration"]
    return [subprocess.Popen(server, stdout=subprocess.DEVNULL), subprocess.Popen(receiver, stdout=subprocess.DEVNULL)]


def _wait_for(address: str, program: subprocess.Popen[bytes]) -> None:
    while program.poll() is None:
        try:
            with urlopen(address, timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    sys.exit("the station did not start")


def _free_ports(count: int) -> list[int]:
    """Ports on which nothing listens, below those that the kernel gives to whoever connects meanwhile."""
    held: list[socket.socket] = []
    while len(held) < count:
        with suppress(OSError):
            held.append(socket.create_server(("127.0.0.1", random.randrange(20_000, 32_000))))
    ports = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return ports


def _lead(settings: Path, kinds: list[drawn.Page] | None) -> None:
    """The whole way by the command line."""

    def tramquet(*words: str, may_stop: bool = False) -> str:
        print(f"\n$ tramquet {shlex.join(words)}", flush=True)
        done = subprocess.run(
            [str(TRAMQUET), "--config", str(settings), *words], stdout=subprocess.PIPE, text=True, check=False
        )
        print(done.stdout, end="", flush=True)
        if done.returncode and not may_stop:
            sys.exit(done.returncode)
        return done.stdout

    ledger = f"19429:{LEDGER}"
    tramquet("scan", ledger, may_stop=True)
    print("\n(The feeder jammed, as told in the settings. The sheet is put back, and scanning goes on.)")
    tramquet("scan", ledger, may_stop=True)
    _sort_drawn(tramquet, ledger, kinds) if kinds else _number_in_order(tramquet, ledger)
    tramquet("entry", "list", ledger)
    tramquet("ledger", "close", ledger, *([] if kinds else ["--reason", "demonstration"]))
    tramquet("package", ledger)
    tramquet("queue", "run", "--until-empty")
    tramquet("queue", "receipts")
    tramquet("verify")
    tramquet("ledger", "list")


def _sort_drawn(tramquet: Callable[..., str], ledger: str, kinds: list[drawn.Page]) -> None:
    """Say of each drawn page what it is, as an operator would."""
    for page in kinds:
        label = f"{page.number:03d}"
        if page.entry is not None:
            tramquet("entry", "set", ledger, label, "--number", str(page.entry), "--date", str(page.date))
        else:
            tramquet("page", ledger, label, "--state", str(page.kind))


def _number_in_order(tramquet: Callable[..., str], ledger: str) -> None:
    """Given pages are unknown: each becomes an entry, numbered as they came, without a known day."""
    for number, page in enumerate(json.loads(tramquet("pages", ledger, "--json")), start=1):
        tramquet("entry", "set", ledger, page["seq"], "--number", str(number), "--date", "2007")


if __name__ == "__main__":
    main()

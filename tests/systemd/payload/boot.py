#!/usr/bin/env python3
"""A PC's life with the package: refused, installed, scanning, killed, hung, upgraded, removed, purged. No network."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from checks import (
    Browser,
    active,
    captured,
    check,
    end,
    eventually,
    health,
    healthy,
    journal,
    pages,
    run,
    scanning,
    station,
    unit,
)
from lan import in_the_lan
from office import DATA, LEDGER, SETTINGS, STATION
from sandbox import as_the_service
from second_pc import removed_and_back, second_pc
from stick_folder import contents
from stick_unit import plugged_in

OLD, NEW, OPT = Path("/payload/old"), Path("/payload/new"), Path("/payload/opt")
PROGRAM, PROCESSES = Path("/usr/lib/tramquet"), Path("/proc")
#: Each read of the test backend's waits so long (µs), so that there is time to kill in mid-batch.
SLOWLY = "options = { read-delay = true, read-delay-duration = 5000 }\n"


def install(bundle: Path, exit_status: int = 0, **environment: str) -> str:
    done = run("sh", str(bundle / "install.sh"), exit_status=exit_status, **environment)
    return (done.stdout + done.stderr).strip()


def cut_off(bundle: Path, when: str, begun: Callable[[], object]) -> None:
    """Start ``install.sh`` and kill it with all it started, as a power cut does, as soon as something has begun."""
    with subprocess.Popen(
        ["sh", bundle / "install.sh"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    ) as installing:
        while installing.poll() is None and not begun():
            time.sleep(0.002)
        check(f"install.sh can be killed {when}", installing.poll() is None)
        while session := [process for process in PROCESSES.glob("[0-9]*") if of_session(process, installing.pid)]:
            for process in session:
                with suppress(ProcessLookupError):
                    os.kill(int(process.name), signal.SIGKILL)
            installing.poll()


def of_session(process: Path, leader: int) -> bool:
    """Whether a process that still runs belongs to the session of ``leader`` (proc(5), stat)."""
    with suppress(FileNotFoundError, ProcessLookupError):
        state, _parent, _group, session = (process / "stat").read_text().rpartition(")")[2].split()[:4]
        return int(session) == leader and state != "Z"
    return False


def packages_here() -> str:
    return run("dpkg-query", "-W").stdout + run("ls", "-lR", "/etc", "/usr/lib/systemd").stdout


def refusals() -> None:
    """Each bad bundle or PC: one sentence in either language, and nothing changed."""
    work = Path("/payload/bad")
    before = packages_here()

    def refused(what: str, bundle: Path, needle: str, **environment: str) -> None:
        for language, unchanged in (("en", "nothing was changed"), ("vi", "máy chưa có gì thay đổi")):
            said = install(bundle, 1, TRAMQUET_LANGUAGE=language, **environment)
            held = needle in said and unchanged in said and len(said.splitlines()) == 1
            check(f"{what} is refused in one sentence ({language})", held, said)

    run("cp", "-al", str(NEW), str(work))
    here = next(work.glob("debian*"))
    some = next(here.glob("libsane1_*.deb"))
    whole = some.read_bytes()
    some.unlink()
    refused("a bundle with a package missing", work, some.name)
    some.write_bytes(whole[: len(whole) // 2])
    refused("a bundle copied by half", work, some.name)
    some.write_bytes(whole)
    (work / "SHA256SUMS").unlink()
    refused("a bundle without its sums", work, "SHA256SUMS")
    os.link(NEW / "SHA256SUMS", work / "SHA256SUMS")
    here.rename(work / "debian99")
    refused("another release", work, "debian99")
    (work / "debian99").rename(here)
    shims = Path("/tmp/shims")
    shims.mkdir()
    (shims / "dpkg").write_text("#!/bin/sh\necho arm64\n")
    (shims / "dpkg").chmod(0o755)
    refused("another architecture", work, "arm64", PATH=f"{shims}:/usr/sbin:/usr/bin:/sbin:/bin")
    used = int(run("du", "-sm", "/var").stdout.split()[0])
    run("cp", "-a", "/var", "/tmp/var")
    run("mount", "-t", "tmpfs", "-o", f"size={used + 60}m", "tmpfs", "/var")
    run("sh", "-c", "cp -a /tmp/var/. /var/")
    refused("a full disk", work, "/var")
    run("umount", "--lazy", "/var")
    run("rm", "-rf", str(work), "/tmp/var")
    check("after all refusals the PC is as it was", packages_here() == before)


def known_scanner() -> bool:
    """Whether udev would give the group scanner some future model of Plustek's."""
    return "libsane_matched=yes" in run("systemd-hwdb", "query", "usb:v07B3pFFFF:").stdout


def first_start() -> None:
    run("systemd-hwdb", "update")  # a technician's, once: it lies in /etc and hides the usual database
    check("a scanner that SANE does not list is unknown at first", not known_scanner())
    cut_off(OLD, "while dpkg unpacks", lambda: any(PROGRAM.rglob("*.dpkg-new")))
    said = install(OLD, TRAMQUET_LANGUAGE="en")
    check("once installed, one of a maker in our hwdb is known, whatever its model", known_scanner())
    check("the first installation says what to do next", "tramquet setup" in said, said)
    check("without settings nothing runs and nothing has failed", unit("ActiveState") == "inactive")
    SETTINGS.write_text(STATION, encoding="utf-8")
    station("ledger", "add", "KH", "2007", "01", "--paper", "A4")
    started = time.monotonic()
    run("systemctl", "start", "tramquet")
    check("the station says READY to systemd", active(), journal())
    print(f"READY after {time.monotonic() - started:.1f} s")
    check("it runs as a user of its own", Path("/proc", unit("MainPID")).owner() == "tramquet")
    check("the page answers", eventually(healthy), journal())
    modes = [oct(path.stat().st_mode & 0o777) for path in (DATA, DATA / "catalogue.sqlite3")]
    check("other people of the PC see no data", modes == ["0o700", "0o600"], modes)


def log_in() -> Browser:
    browser = Browser()
    people = station("user", "list")
    if not people:
        browser.post("/login", "/first", name="Nguyễn Văn Mẫu", pin="135792", again="135792")
    else:
        browser.post("/login", "/login", name="Nguyễn Văn Mẫu", pin="135792")
    return browser


def scan(browser: Browser) -> None:
    where = f"/ledger/19429/{LEDGER}/scan"
    browser.post(where, f"{where}/start", source="adf")


def ten_sheets(browser: Browser) -> None:
    before = captured()
    scan(browser)
    done = eventually(lambda: captured() == before + 10 and not scanning())
    check("ten sheets of the feeder are scanned inside the sandbox", done, f"{captured() - before}; {journal()}")
    check("all of it agrees", run("tramquet", "verify", exit_status=None).returncode == 0)


def killed(by: signal.Signals, what: str) -> None:
    """In mid-batch; systemd starts the station again, what was accepted is there, and scanning goes on."""
    browser = log_in()
    before = captured()
    scan(browser)
    eventually(lambda: captured() >= before + 2)
    accepted = {page["sha256"] + page["name"] for page in pages(LEDGER)}
    process = unit("MainPID")
    os.kill(int(process), by)
    back = eventually(lambda: unit("MainPID") not in (process, "0") and active() and healthy())
    check(f"a station that {what} is started again by systemd", back, journal())
    after = {page["sha256"] + page["name"] for page in pages(LEDGER)}
    check(f"what was accepted before it {what} is there", accepted <= after, sorted(accepted - after))
    check(
        f"no child outlives a station that {what}",
        eventually(lambda: strays(process) == []),
        strays(process),
    )
    count = len(after)
    scan(log_in())
    on = eventually(lambda: captured() >= count + 10 and not scanning())
    check(f"after it {what} scanning goes on", on, f"{count} and now {len(pages(LEDGER))}; {journal()}")
    verified = run("tramquet", "verify", exit_status=None)
    check(f"all of it agrees after it {what}", verified.returncode == 0, verified.stderr)


def processes(of: str = "/usr/lib/tramquet/") -> dict[str, str]:
    """The processes, the station's if nothing else is said: their ids and command lines."""
    found = {}
    for line in PROCESSES.glob("[0-9]*/cmdline"):
        with suppress(OSError):  # it may end while we look
            words = line.read_text().replace("\0", " ")
            if of in words:
                found[line.parent.name] = words
    return found


def strays(before: str) -> list[str]:
    """Processes that belong to no running station: their parent ``before`` is gone."""
    groups = {name: Path(f"/proc/{name}/cgroup") for name in processes()}
    return [name for name, group in groups.items() if name == before or "tramquet.service" not in _text(group)]


def _text(path: Path) -> str:
    return path.read_text() if path.exists() else "tramquet.service"


def stopping() -> None:
    asked = time.monotonic()
    run("systemctl", "stop", "tramquet")
    took = time.monotonic() - asked
    check("at rest it stops soon when asked", took < 20 and unit("Result") == "success", f"{took:.1f} s; {journal()}")
    run("systemctl", "start", "tramquet")


def upgrade() -> None:
    before = pages(LEDGER)
    old = health()
    browser_settings = SETTINGS.read_text(encoding="utf-8")
    cut_off(NEW, "while dpkg unpacks the upgrade", lambda: any(PROGRAM.rglob("*.dpkg-new")))
    cut_off(NEW, "while the upgrade is configured", lambda: processes("tramquet.postinst"))
    started = time.monotonic()
    said = install(NEW, TRAMQUET_LANGUAGE="en")
    print(f"upgraded in {time.monotonic() - started:.1f} s: {said}")
    check("after the upgrade the station runs", active() and eventually(healthy), journal())
    new = health()
    check("it is the new version", old and new and old["version"] != new["version"], (old, new))
    check("every page is there with its bytes", pages(LEDGER) == before or same(pages(LEDGER), before))
    check("the settings are untouched", SETTINGS.read_text(encoding="utf-8") == browser_settings)
    copies = sorted(path.name for path in DATA.glob("catalogue.before-*"))
    check("the catalogue before the migration was kept", len(copies) == 1, copies)
    ten_sheets(log_in())
    verified = run("tramquet", "verify", exit_status=None)
    check("all of it agrees after the upgrade", verified.returncode == 0, verified.stderr)
    # What install.sh looks at first takes longer than ten sheets of a scanner that is not slow.
    SETTINGS.write_text(STATION + SLOWLY.replace("5000", "40000"), encoding="utf-8")
    run("systemctl", "restart", "tramquet")
    count = captured()
    scan(log_in())
    eventually(lambda: captured() > count)
    said = install(NEW, TRAMQUET_LANGUAGE="vi")
    check("a session that runs is waited for", "đang có người quét" in said, said)
    check("it was not cut", captured() == count + 10, f"{captured() - count}; {journal()}")
    check("it came to its own end", eventually(lambda: not scanning()), journal())
    SETTINGS.write_text(browser_settings, encoding="utf-8")
    run("systemctl", "restart", "tramquet")
    check("installing the same again changes nothing", "Đã cài tramquet" in said and active(), said)


def same(now: list[dict[str, object]], before: list[dict[str, object]]) -> bool:
    """A newer station may tell more of a page, never something else."""
    keys = ("seq", "name", "file", "sha256", "captured_at")
    return [[page[key] for key in keys] for page in now] == [[page[key] for key in keys] for page in before]


def token() -> None:
    """In the very sandbox of the station, with a program of ours in the place of the daemon."""
    file = Path("/etc/tramquet/token")
    file.write_text("mã-truy-cập")
    file.chmod(0o600)
    reads = "from pathlib import Path; from station.delivery.destinations.tus_http import credential_file as h; "
    reads += f"print(h(Path('{file}')).read_text())"
    text = Path("/usr/lib/systemd/system/tramquet.service").read_text(encoding="utf-8")
    text = text.replace("/usr/bin/tramquet run", f'/usr/lib/tramquet/bin/python -c "{reads}"')
    text = text.replace("Type=notify", "Type=oneshot").replace("WatchdogSec", "#").replace("Restart=", "#")
    Path("/run/systemd/system/token.service").write_text(text, encoding="utf-8")
    run("systemctl", "daemon-reload")
    read = run("systemctl", "start", "token.service", exit_status=None)
    said = run("journalctl", "--unit", "token", "--output", "cat", "--no-pager").stdout
    check("the sandbox gets a token that only root may read", read.returncode == 0 and "mã-truy-cập" in said, said)


def opt() -> None:
    """From the wheelhouse, where no package fits; the data is what the package left."""
    refused = run("sh", str(OPT / "install.sh"), exit_status=1)
    check("beside the Debian package it refuses", "Debian" in refused.stderr, refused.stderr)
    removal()
    here = next(OPT.glob("python3.*"))
    here.rename(OPT / "python3.1")
    for language, needle in (("en", "python3.1, and this PC has"), ("vi", "máy chưa có gì thay đổi")):
        refused = run("sh", str(OPT / "install.sh"), exit_status=1, TRAMQUET_LANGUAGE=language)
        sentence = needle in refused.stderr and len(refused.stderr.splitlines()) == 1
        check(f"another Python is refused in one sentence ({language})", sentence, refused.stderr)
    (OPT / "python3.1").rename(here)
    SETTINGS.parent.mkdir(exist_ok=True)
    SETTINGS.write_text(STATION, encoding="utf-8")
    if not shutil.which("gcc") and not list(here.glob("python_sane-*.whl")):
        said = install(OPT, 1, TRAMQUET_LANGUAGE="en")
        check("without a compiler it says what the system lacks", "lacks: gcc" in said and "\n" not in said, said)
        print("left out: installing into /opt (the building machine has another Python than this release)")
        return
    cut_off(OPT, "while the wheels are unpacked", lambda: any(Path("/opt/tramquet").glob("*/lib/python*/*/station")))
    cut_off(OPT, "while the program in /opt is configured", lambda: processes("systemd/debian/postinst"))
    started = time.monotonic()
    said = install(OPT, TRAMQUET_LANGUAGE="en")
    print(f"installed into /opt in {time.monotonic() - started:.1f} s: {said}")
    check("from the wheelhouse the station runs in /opt", active() and eventually(healthy), journal())
    program = Path("/proc", unit("MainPID"), "cmdline").read_text()
    check("it is the program in /opt", program.startswith("/opt/tramquet/"), program)
    check("from the wheelhouse its hwdb is there too", known_scanner())
    ten_sheets(log_in())
    said = install(OPT, TRAMQUET_LANGUAGE="vi")
    check("installing the same again from the wheelhouse changes nothing", "Đã cài tramquet" in said and active(), said)


def removal() -> None:
    scans = sorted(path for path in DATA.rglob("*.jpg"))
    run("apt-get", "-qq", "-y", "remove", "tramquet")
    check("removed, nothing of it runs", processes() == {})
    check("removed, the program is gone", not shutil.which("tramquet") and not Path("/usr/lib/tramquet").exists())
    check("removed, its hwdb is gone", not known_scanner())
    check("removed, settings and scans are kept", SETTINGS.exists() and len(scans) > 10 and all_there(scans))
    purged = run("dpkg", "--purge", "tramquet")
    check("purged, the scans are still there", all_there(scans))
    check("purge says so", "scans in /var/lib/tramquet are kept" in purged.stderr, purged.stderr)
    check("purged, the settings are gone", not SETTINGS.exists())


def all_there(files: list[Path]) -> bool:
    return all(file.exists() for file in files)


def stick() -> None:
    """Mounted while the station runs: the sandbox sees it, and may write there but not into the system."""
    Path("/media/stick").mkdir(parents=True)
    run("mount", "-t", "tmpfs", "tmpfs", "/media/stick")
    inside = ("nsenter", f"--mount=/proc/{unit('MainPID')}/ns/mnt", "touch")
    wrote = run(*inside, "/media/stick/tried", exit_status=None)
    check("a stick that comes later is there in the sandbox", Path("/media/stick/tried").exists(), wrote.stderr)
    wrote = run(*inside, "/usr/tried", exit_status=None)
    check("the system is read-only in the sandbox", "Read-only" in wrote.stderr, wrote.stderr)
    run("umount", "/media/stick")


# A PC's PID 1 does so at start; here it believes to be in a container, where credentials would never arrive.
run("mount", "--make-rshared", "/")
contents(NEW)
refusals()
first_start()
ten_sheets(log_in())
stick()
SETTINGS.write_text(STATION + SLOWLY, encoding="utf-8")
# A test waits less than an office.
Path("/etc/systemd/system/tramquet.service.d").mkdir()
Path("/etc/systemd/system/tramquet.service.d/test.conf").write_text("[Service]\nWatchdogSec=4\nTimeoutAbortSec=1\n")
run("systemctl", "daemon-reload")
run("systemctl", "restart", "tramquet")
killed(signal.SIGKILL, "was killed")
killed(signal.SIGSTOP, "hung")
stopping()
upgrade()
plugged_in(log_in)
token()
as_the_service(SETTINGS, STATION + SLOWLY)
in_the_lan(log_in)
SETTINGS.write_text(STATION, encoding="utf-8")
shutil.chown(SETTINGS, "root", "tramquet")
removed_and_back(lambda: install(NEW, TRAMQUET_LANGUAGE="en"))
second_pc(lambda: install(NEW, TRAMQUET_LANGUAGE="en"))
opt()
end()

#!/usr/bin/env python3
"""From the stick to the green doctor, as a technician does it: install.sh, setup with its questions, doctor. Timed.

With ``install.cut`` on the kernel's command line only install.sh, and then what comes is the power cut.
"""

from __future__ import annotations

import re
import signal
import subprocess
import time
from pathlib import Path

from checks import active, check, end, eventually, healthy, journal, run

STICK = Path("/dev/disk/by-label/TRAMQUET")
#: What a technician types, in the order of the questions, and a word of each question.
ANSWERS = {
    "Name of this station": "qt-thu-01",
    "Administrative code": "19429",
    "Name of the commune": "Xã Thử Nghiệm",
    "Province": "Tỉnh Mẫu",
    "District": "",
    "Scanner": "test:0",
    "Where packages go": "none",
    "Name of the first technician": "Nguyễn Văn Mẫu",
}


def bundle() -> Path:
    """On a stick of FAT where there is one, else beside this file."""
    if not STICK.exists():
        return Path(__file__).with_name("new")
    # What a cut left of the station may have mounted the stick already.
    run("mount", "-o", "ro", str(STICK), "/mnt", exit_status=None)
    stick = run("findmnt", "--noheadings", "--first-only", "--output", "TARGET", "--source", str(STICK)).stdout.strip()
    return next(Path(stick).glob("tramquet-*"))


# A PC's PID 1 does so at start; in namespaces it believes to be in a container, where credentials would never arrive.
run("mount", "--make-rshared", "/")
started = time.monotonic()
stick = bundle()
print("installing", flush=True)
run("sh", str(stick / "install.sh"), TRAMQUET_LANGUAGE="en")
installed = time.monotonic()
if "install.cut" in Path("/proc/cmdline").read_text().split():
    print("installed", flush=True)
    signal.pause()
setup = subprocess.run(
    ["env", "TRAMQUET_LANGUAGE=en", "tramquet", "setup"],
    input="".join(f"{answer}\n" for answer in ANSWERS.values()),
    capture_output=True,
    text=True,
    check=False,
)
green = time.monotonic()
said = setup.stdout + setup.stderr
check("setup ends with a green doctor", setup.returncode == 0, said)
print(setup.stdout)
asked = {question: setup.stdout.count(question) for question in ANSWERS}
check("no question is asked twice", set(asked.values()) == {1}, asked)
check("after it the station runs and its page answers", active() and eventually(healthy), journal())
took = {"install.sh": installed - started, "setup": green - installed, "all": green - started}
print("from the stick to the green doctor: " + ", ".join(f"{what} {span:.1f} s" for what, span in took.items()))
again = time.monotonic()
doctor = run("tramquet", "doctor", exit_status=None, TRAMQUET_LANGUAGE="en")
print(f"doctor alone: {time.monotonic() - again:.1f} s")
check("doctor stays green", doctor.returncode == 0 and "failure" not in doctor.stdout.lower(), doctor.stdout)
drawn = re.search(r"PIN (\d+)", said)
check("the technician is told a PIN", drawn, said)
# What comes after on this disk logs in with it.
Path("/root/pin").write_text(drawn[1] if drawn else "")
end()

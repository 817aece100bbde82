"""Running doctor as the service runs: as its user, in its environment and its sandbox.

What works by hand and not under systemd is the usual trouble (scanservjs#102, AirSane#84). What the service's world is
made of stands in its unit, with a technician's drop-ins, and is taken from there: it is not written down a second time.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from station.errors import Refused
from station.health.doctor.report import Line, Verdict
from station.messages import Message
from station.system.service import UNIT as SERVICE

#: What belongs to the daemon's life and not to the world it lives in.
_LIFE = re.compile(r"Type|Exec\w+|Restart\w*|Timeout\w+|Watchdog\w+|NotifyAccess|OOMPolicy|Standard\w+")
#: Where PID 1 is systemd, it makes this folder (sd_booted(3)).
_BOOTED = Path("/run/systemd/system")


def doctor_as_service(language: str) -> list[Line]:
    """What ``tramquet doctor`` says as the service. Needs root.

    ``Refused`` ("doctor-no-service") where there is no such service, ("doctor-not-as-service") where the command fails
    as it.
    """
    user, output = _as_the_service(language, "doctor", "--here", "--json")
    try:
        lines = [Line(one["subject"], Verdict(one["verdict"]), one["said"]) for one in json.loads(output)]
    except (ValueError, KeyError, TypeError) as error:
        raise Refused("doctor-not-as-service", detail=output[:200]) from error
    origin = Message("doctor-as-service", {"user": user, "service": SERVICE})
    return [Line("service", Verdict.OK, origin.sentence(language)), *_stopped_service(language), *lines]


def trial_as_service(config: Path, language: str) -> list[tuple[str, str]]:
    """What ``tramquet trial`` says as the service of other settings: each question, and why its answer does not work.

    Needs root; ``Refused`` as :func:`doctor_as_service`.
    """
    _, output = _as_the_service(language, "--config", str(config), "trial")
    try:
        return [(str(one["question"]), str(one["said"])) for one in json.loads(output)]
    except (ValueError, KeyError, TypeError) as error:
        raise Refused("doctor-not-as-service", detail=output[:200]) from error


def _as_the_service(language: str, *words: str) -> tuple[str, str]:
    """The service's user, and what the command with these words prints as it.

    A unit of its own, made by systemd for this one command, does not touch the running service.
    """
    if not _BOOTED.is_dir():
        raise Refused("doctor-no-service", detail="systemd")
    assignments = list(_assignments(_output_of("doctor-no-service", "systemctl", "cat", SERVICE)))
    programs = [value for key, value in assignments if key == "ExecStart" and value]
    if not programs:  # such as a unit that was masked
        raise Refused("doctor-no-service", detail="ExecStart")
    world = [f"--property={one}" for one in _properties(assignments)]
    run = ("systemd-run", "--pipe", "--wait", "--collect", "--quiet", f"--setenv=TRAMQUET_LANGUAGE={language}")
    output = _output_of("doctor-not-as-service", *run, *world, programs[-1].split()[0], *words)
    return dict(assignments).get("User", "root"), output


def _stopped_service(language: str) -> Iterator[Line]:
    """A line where the service does not run: an office in which nobody can work is not well."""
    if _quiet("is-active"):
        return
    code = "doctor-service-stopped" if _quiet("is-enabled") else "doctor-service-disabled"
    yield Line("running", Verdict.FAILURE, Message(code, {"service": SERVICE}).sentence(language))


def _quiet(question: str) -> bool:
    return subprocess.run(["systemctl", question, "--quiet", SERVICE], check=False).returncode == 0


def _properties(assignments: list[tuple[str, str]]) -> Iterator[str]:
    """The assignments that make the service's world, in their order: a later one may take an earlier one back."""
    world = [(key, value) for key, value in assignments if not _LIFE.fullmatch(key)]
    with_specifiers = {key for key, value in world if "%" in value}
    for key, value in world:
        if key not in with_specifiers:
            yield f"{key}={value}"
    # systemd-run takes %S and the like as they stand; systemd tells what they stand for.
    for key in sorted(with_specifiers):
        expanded_value = _output_of("doctor-no-service", "systemctl", "show", "--value", f"--property={key}", SERVICE)
        yield f"{key}={expanded_value.strip()}"


def _assignments(unit: str) -> Iterator[tuple[str, str]]:
    """Keys and values of the sections [Service], as systemd.syntax(7) has them."""
    section = ""
    for line in re.sub(r"\\\n", " ", unit).splitlines():
        line = line.strip()
        if line.startswith("["):
            section = line
        elif section == "[Service]" and line and line[0] not in "#;":
            key, _, value = line.partition("=")
            yield key.strip(), value.strip()


def _output_of(otherwise: str, *command: str) -> str:
    """What a command prints; ``Refused`` with the code ``otherwise`` where it prints nothing.

    Doctor ends with 1 where a line is a failure, so the exit status does not tell.
    """
    try:
        process = subprocess.run(command, capture_output=True, encoding="utf-8", errors="replace", check=False)
    except OSError as error:
        raise Refused(otherwise, detail=f"{command[0]}: {error.strerror}") from error
    if not process.stdout.strip():
        raise Refused(
            otherwise, detail=process.stderr.strip().rpartition("\n")[2] or f"{command[0]}: {process.returncode}"
        )
    return process.stdout

"""Commands and child programs as processes of their own that need not import the program first.

A server imports what the daemon and its children are made of once in each worker, and forks; what it forks is a child
of the tests as any other, with signals, exit status, standard streams, environment, privileges and command line of its
own. To start is then a twentieth of the work, and most of what a small command takes. Whoever asks about the start
itself (how long, how much, in which world) starts the program (:class:`subprocess.Popen`).
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import platform
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from tests.waiting import PATIENCE

#: What a process reads as it is started: whoever sets that wants the program itself.
_READ_AT_START = ("LD_", "PYTHON", "MALLOC_", "GLIBC_", "OPENBLAS_", "OMP_", "COVERAGE_")
#: OpenCV sets LD_LIBRARY_PATH to a folder of its own wherever it is imported; nobody asked for another world.
_OF_OPENCV = "/cv2/"
_CLONE_PARENT, _CLONE = 0x8000, {"x86_64": 56, "aarch64": 220}.get(platform.machine())
#: What the daemon and the commands that set a station up are made of.
_PROGRAM = (
    *("station.daemon.supervisor", "web.app", "web.server"),
    *("station.health.doctor", "station.setup.first_run", "station.upkeep.backup"),
)
#: Child programs of the station (:mod:`drivers.process.child_process`).
CHILDREN = (
    *("drivers.folder.child", "drivers.sane.child"),
    *("station.copies.worker", "station.imaging.worker", "station.reading.worker"),
)
#: What these import once they have begun.
_OF_CHILDREN = (
    *("drivers.folder.formats", "drivers.folder.masters", "drivers.images.colour_profiles"),
    *("drivers.sane.device", "drivers.sane.library", "drivers.sane.network_peer", "encodings.ascii"),
    *("station.copies.upload_copy", "station.imaging.analysis", "station.imaging.kept_parts"),
    "station.reading.page_reader",
)
#: Room for the command line of what is forked, in that of the server.
_ROOM = "." * 200
_LOCALE = ("LANG", "LC_ALL")
#: No other user, group, umask or process group.
_PLAIN = (True, None, None, None, -1, -1)
#: OpenBLAS would have threads, and they are not forked.
_WITHOUT_THREADS = {"OPENBLAS_NUM_THREADS": "1"}


class Forked(subprocess.Popen[Any]):
    """The process of a command line of ours, forked where it can be and started where it cannot.

    SIGINT reaches it as at a keyboard.
    """

    def _execute_child(
        self, args: Any, executable: Any, preexec_fn: Any, close_fds: Any, pass_fds: Any, cwd: Any, env: Any, *more: Any
    ) -> None:
        words, world = list(map(str, args)), dict(os.environ if env is None else env)
        new_session = more[14]
        plain = (*more[9:14], *more[15:]) == _PLAIN
        if pass_fds or executable or not plain or not _can_be_forked(words, world):
            super()._execute_child(  # type: ignore[misc]
                args, executable, preexec_fn, close_fds, pass_fds, cwd, env, *more
            )
            return
        pipes = more[3:9]
        stdin, stdout, stderr = pipes[0], pipes[3], pipes[5]
        streams = [own if own != -1 else standard for standard, own in enumerate((stdin, stdout, stderr))]
        what = {"line": words, "environment": world, "folder": str(cwd or Path.cwd()), "new_session": new_session}
        self.pid = _server().fork(what, streams)
        self._child_created = True
        self._close_pipe_fds(*pipes)  # type: ignore[attr-defined]


def run(
    line: list[str], *, env: dict[str, str], cwd: Path | None = None, typed: str | None = None
) -> subprocess.CompletedProcess[str]:
    """As :func:`subprocess.run` with both outputs captured; ``typed`` is what a person answers."""
    stdin = None if typed is None else subprocess.PIPE
    pipe = subprocess.PIPE
    with Forked(line, stdin=stdin, stdout=pipe, stderr=pipe, text=True, env=env, cwd=cwd) as process:
        try:
            stdout, stderr = process.communicate(typed, timeout=PATIENCE)
        except BaseException:
            process.kill()
            raise
    return subprocess.CompletedProcess(line, process.returncode, stdout, stderr)


def _can_be_forked(line: list[str], environment: dict[str, str]) -> bool:
    is_command = Path(line[0]) == Path(sys.executable).with_name("tramquet")
    is_child = line[:2] == [sys.executable, "-m"] and line[2] in CHILDREN
    if _CLONE is None or not (is_command or is_child):
        return False
    begun = _server().environment
    changed = {name for name in begun.keys() | environment.keys() if begun.get(name) != environment.get(name)}
    if _OF_OPENCV in environment.get("LD_LIBRARY_PATH", ""):
        changed.discard("LD_LIBRARY_PATH")
    return not any(name.startswith(_READ_AT_START) for name in changed)


class _Server:
    def __init__(self) -> None:
        self._turn = threading.Lock()
        self.environment = dict(os.environ)
        self._line, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with other:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.fork_server", str(other.fileno()), _ROOM],
                pass_fds=[other.fileno()],
                cwd=Path(__file__).parents[1],
                # A command without a person's locale, as the tests run them, speaks UTF-8 as well.
                env={name: value for name, value in os.environ.items() if name not in _LOCALE} | _WITHOUT_THREADS,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )

    def fork(self, what: dict[str, Any], streams: list[int]) -> int:
        umask = os.umask(0)
        os.umask(umask)
        with self._turn:
            socket.send_fds(self._line, [json.dumps(what | {"umask": umask}).encode()], streams)
            answer = self._line.recv(64)
        assert answer, "the fork server ended"
        return int(answer)


#: Its thread never ends: the kernel ends what is to die with its parent as soon as the parent's thread ends.
_starter = ThreadPoolExecutor(1, "fork-server")
_starting = threading.Lock()


def _server() -> _Server:
    with _starting:
        return _started()


@cache
def _started() -> _Server:
    return _starter.submit(_Server).result()


def _fork() -> int:
    """As :func:`os.fork`, but for the parent, which is ours.

    The C library does not know: what it keeps for a fork is for threads, and there are none.
    """
    libc = ctypes.PyDLL(None, use_errno=True)
    tid = ctypes.c_void_p()
    address = libc.prctl(40, ctypes.byref(tid), 0, 0, 0) == 0 and tid.value  # PR_GET_TID_ADDRESS
    flags = _CLONE_PARENT | signal.SIGCHLD
    if address:
        flags |= 0x01000000 | 0x00200000  # CLONE_CHILD_SETTID, CLONE_CHILD_CLEARTID
    ctypes.pythonapi.PyOS_BeforeFork()
    tids = (ctypes.c_void_p(address or None),) * 2
    if platform.machine() == "x86_64":  # parent's tid, child's tid, thread storage
        arguments = (ctypes.c_void_p(None), tids[0], ctypes.c_void_p(None))
    else:
        arguments = (ctypes.c_void_p(None), ctypes.c_void_p(None), tids[0])
    pid = int(libc.syscall(_CLONE, ctypes.c_ulong(flags), ctypes.c_void_p(None), *arguments))
    if pid == 0:
        ctypes.pythonapi.PyOS_AfterFork_Child()
    else:
        ctypes.pythonapi.PyOS_AfterFork_Parent()
    if pid < 0:
        raise OSError(ctypes.get_errno(), "clone")
    return pid


def _serve(line: socket.socket) -> dict[str, Any] | None:
    """Fork whatever is asked for: gives what the process is to be in that process, and None in the end."""
    while True:
        message, streams, _flags, _address = socket.recv_fds(line, 1 << 20, 3)
        if not message:
            return None
        begun, beginning = os.pipe()
        if (pid := _fork()) == 0:
            what = json.loads(message)
            if what["new_session"]:
                os.setsid()
            _show_command_line(what["line"])
            os.close(beginning)
            line.close()
            for number, stream in enumerate(streams):
                os.dup2(stream, number)
            os.closerange(3, 1024)
            return what
        # Who asked may look at its session and its command line at once.
        os.close(beginning)
        os.read(begun, 1)
        os.close(begun)
        line.send(str(pid).encode())
        for stream in streams:
            os.close(stream)


def _show_command_line(words: list[str]) -> None:
    """Have ``/proc`` show these words for this process, as far as there is room (proc(5), arg_start)."""
    start, end = map(int, Path("/proc/self/stat").read_text().rsplit(")", 1)[1].split()[45:47])
    if start:
        shown = "\0".join([*words, ""]).encode()[: end - start - 1]
        ctypes.memset(start, 0, end - start)
        ctypes.memmove(start, shown, len(shown))


def _become(what: dict[str, Any]) -> None:
    """Become the program as it is when it was started so."""
    os.environ.clear()
    os.environ.update(what["environment"])
    time.tzset()
    os.chdir(what["folder"])
    os.umask(what["umask"])
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.argv = what["line"]
    if sys.argv[1:2] == ["-m"]:
        child = import_module(sys.argv[2])
        sys.argv[:3] = [str(child.__file__)]
        sys.modules["__main__"] = child
        child.main()
        sys.stdout.flush()
        os._exit(0)  # to take down what it shares with the server would be most of its work
    program = ModuleType("__main__")
    program.__file__ = sys.argv[0]
    sys.modules["__main__"] = program
    from station.cli import main

    sys.exit(main())


if __name__ == "__main__":
    from station.cli.command import COMMANDS

    for module in (*_PROGRAM, *CHILDREN, *_OF_CHILDREN, *(f"station.cli.{name}" for name in COMMANDS.values())):
        import_module(module)
    assert len(list(Path("/proc/self/task").iterdir())) == 1, "a process with threads is not forked whole"
    gc.collect()
    gc.freeze()
    command = _serve(socket.socket(fileno=int(sys.argv[1])))
    if command:
        _become(command)

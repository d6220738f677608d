"""What the tests have children call."""

from __future__ import annotations

import fcntl
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

import msgspec

from mustela.files.failure import Unreadable


class Sum(msgspec.Struct):
    total: int
    by: int


def add(*numbers: int) -> Sum:
    return Sum(sum(numbers), os.getpid())


def echo(value: Any) -> Any:
    return value


def pid() -> int:
    return os.getpid()


def priority() -> int:
    return os.nice(0)


def session() -> tuple[int, int, int]:
    return os.getpid(), os.getpgid(0), os.getsid(0)


def modules() -> list[str]:
    return sorted(sys.modules)


def has_open(path: str) -> bool:
    def is_it(descriptor: str) -> bool:
        try:
            return os.path.samestat(os.fstat(int(descriptor)), Path(path).stat())
        except OSError:
            return False

    return any(is_it(entry.name) for entry in Path("/dev/fd").iterdir())


def unreadable() -> None:
    raise Unreadable("streams", "it holds neither picture nor sound")


def mistaken() -> None:
    raise KeyError("colour")


def print_something() -> str:
    sys.stdout.write("this must not get between the answers\n")
    sys.stdout.flush()
    return "printed"


def crash(note: str | None = None) -> None:
    _write(note)
    os.kill(os.getpid(), signal.SIGSEGV)


def crash_once(note: str) -> str:
    if Path(note).exists():
        return "well"
    crash(note)
    raise AssertionError


def leave(status: int) -> None:
    os._exit(status)


def write_garbage() -> None:
    """Write what is no answer to the pipe of the answers."""
    for entry in Path("/proc/self/fd").iterdir():
        descriptor = int(entry.name)
        if descriptor > 2 and fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_WRONLY:
            os.write(descriptor, (4).to_bytes(4, "big") + b"what")
    hang()


def hang(note: str | None = None) -> None:
    _write(note)
    threading.Event().wait()


def hang_and_ignore_sigterm(note: str | None = None) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    hang(note)


def until(path: str) -> int:
    """Run until there is such a file."""
    while not Path(path).exists():
        time.sleep(0.005)
    return os.getpid()


def meet(folder: str, number: int) -> int:
    """Run until so many processes run this."""
    Path(folder, str(os.getpid())).touch()
    while len(list(Path(folder).iterdir())) < number:
        time.sleep(0.005)
    return os.getpid()


def note(path: str) -> int:
    with Path(path).open("a") as notes:
        notes.write(f"{os.getpid()}\n")
    return os.getpid()


def grow(size: int) -> int:
    _kept.append(bytearray(size))
    return os.getpid()


_kept: list[bytearray] = []


def _write(path: str | None) -> None:
    if path is not None:
        note(path)

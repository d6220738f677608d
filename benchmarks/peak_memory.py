"""The most memory that a process and those it started had at one time. Linux only."""

from __future__ import annotations

import threading
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

_EACH_SECONDS = 0.02


class PeakMemory:
    """``with PeakMemory(pid) as peak``: looks now and then; afterwards ``peak.megabytes``.

    Resident memory, pages of mapped files included. ``nan`` where there is no ``/proc``.
    """

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.megabytes = 0.0 if Path("/proc/self/status").exists() else float("nan")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(_EACH_SECONDS):
            self.megabytes = max(self.megabytes, sum(map(_resident, _family(self._pid))))


def _family(pid: int) -> list[int]:
    """The process and its descendants."""
    found = [pid]
    for one in found:
        with suppress(OSError):
            words = _words(one)
            for task in Path(f"/proc/{one}/task").iterdir():
                children = map(int, (task / "children").read_text().split())
                # A child that was only just forked still has its parent's memory.
                found += [child for child in children if _words(child) != words]
    return found


def _words(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()


def _resident(pid: int) -> float:
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
    return 0.0

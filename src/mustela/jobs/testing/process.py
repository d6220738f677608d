"""The processes of a service under test: started, killed with all that they started."""

from __future__ import annotations

import os
import re
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from signal import SIGKILL
from typing import Protocol, TypeAlias

from mustela.errors import MustelaError
from mustela.jobs.testing.processes import processes

#: Seconds between two looks at something that is about to happen.
_LOOK = 0.005
#: The service's last words that are told where it does not start.
_WORDS = 4000


class DidNotStart(MustelaError):
    """The service ended, or said nothing, before it was ready."""

    code = "service_did_not_start"


class Server(Protocol):
    """One process of the service, with those that it starts, in a process group of its own."""

    @property
    def group(self) -> int:
        """The process group: what the journal's marks carry."""
        ...

    def address(self, patience: float) -> str:
        """Where it answers, once it does. Raises :class:`DidNotStart` after so many seconds."""
        ...

    def kill(self, patience: float) -> Sequence[int]:
        """SIGKILL to the group; returns once it is gone, with the ids of what outlived it."""
        ...


Start: TypeAlias = Callable[[], Server]


class Command:
    """Starts the service by a command line: ``Command([...], ready=r"ready at (\\S+)")``.

    ``ready`` is a pattern for the line of its output that says that it answers; the group in it
    is the address. What it writes to its standard error is appended to ``log``.
    """

    def __init__(
        self,
        arguments: Sequence[str | Path],
        *,
        ready: str,
        environment: Mapping[str, str] | None = None,
        directory: Path | None = None,
        log: Path | None = None,
    ) -> None:
        self._arguments = [str(one) for one in arguments]
        self._ready = re.compile(ready)
        self._environment = environment
        self._directory = directory
        self._log = log

    def __call__(self) -> Server:
        with Path(self._log or os.devnull).open("ab") as log:
            process = subprocess.Popen(
                self._arguments,
                env=self._environment,
                cwd=self._directory,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )
        return _Started(process, self._ready, self._log)


class _Started:
    def __init__(
        self, process: subprocess.Popen[bytes], ready: re.Pattern[str], log: Path | None
    ) -> None:
        self._process = process
        self._ready = ready
        self._log = log
        self._address: str | None = None
        self._told = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def group(self) -> int:
        return self._process.pid  # it leads a session of its own

    def _read(self) -> None:
        """To the end, so that the service never waits for somebody to read."""
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                found = self._ready.search(line.decode(errors="replace"))
                if found and self._address is None:
                    self._address = found[1]
                    self._told.set()
        self._told.set()

    def address(self, patience: float) -> str:
        self._told.wait(patience)
        if self._address is None:
            raise DidNotStart(f"{self._process.args!r} was not ready:\n{self._last_words()}")
        return self._address

    def _last_words(self) -> str:
        if self._log is None or not self._log.exists():
            return ""
        return self._log.read_text(errors="replace")[-_WORDS:]

    def kill(self, patience: float) -> Sequence[int]:
        outlived = end_group(self.group, patience, self._process.poll)
        self._reader.join(patience)
        return outlived


def end_group(
    group: int, patience: float, reap: Callable[[], object] = lambda: None
) -> Sequence[int]:
    """Kill a process group, and wait until it is gone with all that its processes had started.

    Children in groups of their own count too; they have to end by themselves. ``reap`` is called
    now and then, for who is the parent. Answers what still lives after ``patience`` seconds;
    that is killed then.
    """
    started = _descendants(group)
    with suppress(ProcessLookupError):
        os.killpg(group, SIGKILL)
    until = time.monotonic() + patience
    while True:
        reap()
        left = [pid for pid, born in started.items() if _born(pid) == born]
        if not left and not _group_lives(group):
            return []
        if time.monotonic() > until:
            break
        time.sleep(_LOOK)
    for pid in left:
        with suppress(ProcessLookupError):
            os.kill(pid, SIGKILL)
    return left or [group]


def _group_lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # macOS says so of zombies
        return False
    return True


def _descendants(root: int) -> dict[int, str]:
    """The living processes that a process has started, and those that these have: id, birth."""
    living = processes()
    found: dict[int, str] = {}
    grown = {root}
    while grown:
        grown = {pid for pid, (parent, _) in living.items() if parent in grown} - found.keys()
        found.update({pid: living[pid][1] for pid in grown})
    return found


def _born(pid: int) -> str | None:
    """When a living process was started: its id alone may be used again."""
    return processes([pid]).get(pid, (0, None))[1]

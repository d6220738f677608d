"""What a function in a process of its own is given, and how it is found."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from importlib import import_module
from typing import Any, SupportsIndex

from mustela.jobs.child_wire import Advanced, Message, Said, Work, encode
from mustela.jobs.errors import JobCancelled
from mustela.jobs.record import LEVELS, Level, storable, whole

#: Seconds between two words on progress; the last one before the end is always said.
PROGRESS_SECONDS = 0.05


class ChildContext:
    """One attempt of a job, as a function in a process of its own sees it."""

    def __init__(self, work: Work, pipe: int) -> None:
        self.id = work.id
        self.type = work.type
        self.attempt = work.attempt
        self.parameters = work.parameters
        self.cancelled = False  #: somebody asked for it, the time is over, or the server stops
        self._pipe = pipe
        self._sending = threading.Lock()
        self._waiting = Advanced()
        self._sent_at = float("-inf")

    def progress(
        self,
        done: SupportsIndex | None = None,
        total: SupportsIndex | None = None,
        message: str | None = None,
    ) -> None:
        """Say how far the job is; what is not given stays as it was.

        Whole numbers only: ``TypeError``, and ``ValueError`` for one that is too long to keep.
        """
        done, total = whole(done, "done"), whole(total, "total")
        before = self._waiting
        self._waiting = Advanced(
            before.done if done is None else done,
            before.total if total is None else total,
            before.message if message is None else storable(message),
        )
        if time.monotonic() - self._sent_at >= PROGRESS_SECONDS:
            self.flush()

    def log(self, line: str, level: Level = "info") -> None:
        """Add a line to the job's log. ``ValueError`` for a ``level`` that is none."""
        if level not in LEVELS:
            raise ValueError(f"{level!r} is no level of a log; there are {', '.join(LEVELS)}")
        self.send(Said(level, storable(str(line))))

    def check(self) -> None:
        """Raise ``JobCancelled`` where the job is to end."""
        if self.cancelled:
            raise JobCancelled

    def flush(self) -> None:
        """Say what progress is still unsaid."""
        if self._waiting != Advanced():
            waiting, self._waiting = self._waiting, Advanced()
            self._sent_at = time.monotonic()
            self.send(waiting)

    def send(self, message: Message) -> None:
        """Whole lines only, also where a signal comes."""
        data = memoryview(encode(message) + b"\n")
        before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
        try:
            with self._sending:
                while data:
                    data = data[os.write(self._pipe, data) :]
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def cancel(self, *_: object) -> None:
        """SIGTERM has come: end what runs as an exception would."""
        if not self.cancelled:
            self.cancelled = True
            raise JobCancelled


def resolve(name: str) -> Callable[[ChildContext], Any]:
    """The function that is named ``package.module:name``."""
    module, _, path = name.partition(":")
    found: Any = import_module(module)
    for part in path.split("."):
        found = getattr(found, part)
    function: Callable[[ChildContext], Any] = found
    return function

"""A file in which job handlers note when they begin and end, to be judged from outside.

One line a mark, each written by one call to a file opened for appending: what several processes
write does not mix, and is in the file although its writer is killed at once.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mustela.jobs.testing.report import Violation


class Journal:
    """The writing side, for handlers (of coroutines and of threads) and for the suite."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @contextmanager
    def running(
        self, job_id: str, *, repeatable: bool = False, owner: str | None = None
    ) -> Iterator[str]:
        """Around the body of a handler: one execution of the job, whose name it is given.

        ``owner`` is who claimed the job, where processes live by leases (``job.owner``).
        """
        run = os.urandom(6).hex()
        how = "again" if repeatable else "once"
        self.mark("begin", job_id, run, os.getpgrp(), how, *([] if owner is None else [owner]))
        try:
            yield run
        finally:
            self.mark("end", job_id, run)

    def killing(self, group: int) -> None:
        """The suite is about to kill this process group: what it executes ends without a mark."""
        self.mark("kill", group)

    def stopping(self, group: int) -> None:
        """The suite is about to stop this group for longer than its lease.

        Others may take over what it executes, and what it has claimed and not begun. When it goes
        on, it may do so for as long as it takes to notice.
        """
        self.mark("stop", group)

    def mark(self, *words: object) -> None:
        """Append one line."""
        line = " ".join(map(str, words)) + "\n"
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC)
        try:
            os.write(descriptor, line.encode())
        finally:
            os.close(descriptor)


class JournalReader:
    """The judging side: reads on from where it was, and says what ran that should not have."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0
        #: Of each job the executions under way, with the process group of each.
        self._open: dict[str, dict[str, int]] = {}
        self._begun: set[str] = set()
        self._dead: set[int] = set()
        #: The names under which groups claim jobs, and those that are not heard of for too long.
        self._owners: dict[int, set[str]] = {}
        self._silent: set[str] = set()
        #: The executions that came to their end, whichever that was.
        self.ended: set[str] = set()
        self.runs = 0
        self.cut_off = 0
        #: Executions that others were free to take over while they were stopped.
        self.overtaken = 0

    def news(self) -> Iterator[Violation]:
        """What the marks since the last call tell."""
        if not self._path.exists():
            return
        with self._path.open("rb") as lines:
            lines.seek(self._offset)
            for line in lines:
                if not line.endswith(b"\n"):
                    break  # it is being written
                self._offset += len(line)
                yield from self._read(line.decode().split())

    def _read(self, words: list[str]) -> Iterator[Violation]:
        match words:
            case ["begin", job, run, group, how]:
                yield from self._begin(job, run, int(group), how, None)
            case ["begin", job, run, group, how, owner]:
                yield from self._begin(job, run, int(group), how, owner)
            case ["end", job, run]:
                self.ended.add(run)
                self._open.get(job, {}).pop(run, None)
                if not self._open.get(job):
                    self._open.pop(job, None)
            case ["kill", group]:
                self.cut_off += self._close(int(group))
                self._dead.add(int(group))
            case ["stop", group]:
                self.overtaken += self._close(int(group))
                self._silent |= self._owners.get(int(group), set())
            case _:
                raise ValueError(f"{self._path} holds a line that is no mark: {' '.join(words)}")

    def _begin(
        self, job: str, run: str, group: int, how: str, owner: str | None
    ) -> Iterator[Violation]:
        self.runs += 1
        if how == "once" and job in self._begun:
            yield Violation("ran_twice", f"job {job} is not repeatable, and was begun again")
        self._begun.add(job)
        if owner is not None:
            self._owners.setdefault(group, set()).add(owner)
            if owner in self._silent:
                self.overtaken += 1
                return
        under_way = self._open.get(job)
        if under_way:
            others = ", ".join(f"{one} in process group {its}" for one, its in under_way.items())
            yield Violation(
                "ran_twice_at_once",
                f"execution {run} of job {job} began in process group {group} during {others}",
            )
        if group in self._dead:
            self.cut_off += 1
        else:
            self._open.setdefault(job, {})[run] = group

    def _close(self, group: int) -> int:
        """Nobody has to wait for what a group executes; how much that was."""
        closed = 0
        for job, under_way in list(self._open.items()):
            for run in [run for run, its in under_way.items() if its == group]:
                del under_way[run]
                closed += 1
            if not under_way:
                del self._open[job]
        return closed

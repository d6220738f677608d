"""Reader threads: point reads in batches, heavy reads one at a time with a time limit."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from queue import Empty, SimpleQueue

from mustela.store.errors import Interrupted, StatementTimeout
from mustela.store.sqlite.session import Session
from mustela.store.sqlite.work import Mailbox, Work

#: A batch of coalesced reads: at most this many units ...
BATCH_UNITS = 64
#: ... or about this long, in seconds; the rest is queued again.
BATCH_SECONDS = 0.002
#: A reader that has waited this long for its turn, in seconds, goes ahead: the other is held up by
#: the disk, and leaves the interpreter free meanwhile.
TURN_SECONDS = 0.005
#: How much later than others the threads of heavy reads get a processor that is wanted by both.
HEAVY_NICENESS = 5


def run_batch(session: Session, batch: list[Work]) -> tuple[list[Work], list[Work]]:
    """Run reads in one snapshot until the budget is spent: the finished, and the rest."""
    finished: list[Work] = []
    rest: list[Work] = []
    deadline = time.monotonic() + BATCH_SECONDS
    try:
        session.begin_read()
        for position, work in enumerate(batch):
            if work.future.cancelled():
                continue
            finished.append(work)
            try:
                work.value = session.run(work.call)
            except BaseException as error:  # noqa: BLE001  # it belongs to whoever awaits this unit
                work.error = error
                if not session.connection.in_transaction:  # the snapshot is gone with it
                    rest = batch[position + 1 :]
                    break
            if time.monotonic() > deadline:
                rest = batch[position + 1 :]
                break
        session.end_read()
    except BaseException as error:  # noqa: BLE001  # no snapshot, or a unit wrote in it
        if len(batch) == 1:
            batch[0].error = error
            return batch, []
        for work in batch:
            work.error = None
            run_batch(session, [work])
        return batch, []
    return finished, rest


class Readers:
    """Threads that answer batches of short reads, each with a connection of its own.

    They take turns. SQLite lets the interpreter go for each row that it finds, so that two
    readers at once would hand it to and fro a hundred times for a list of a hundred rows, which
    costs more than the list does.
    """

    kind = "read"

    def __init__(self, open_session: Callable[[], Session], mailbox: Mailbox, threads: int) -> None:
        self._queue: SimpleQueue[list[Work] | None] = SimpleQueue()
        self._mailbox = mailbox
        self._turn = threading.Lock()
        self._sessions = [open_session() for _ in range(threads)]
        self._threads = [
            threading.Thread(
                target=self._serve, args=(session,), name=f"mustela-{self.kind}-{n}", daemon=True
            )
            for n, session in enumerate(self._sessions)
        ]
        for thread in self._threads:
            thread.start()

    def put(self, batch: list[Work]) -> None:
        self._queue.put(batch)

    def _serve(self, session: Session) -> None:
        for batch in self._batches():
            mine = self._turn.acquire(timeout=TURN_SECONDS)
            try:
                finished, rest = run_batch(session, batch)
            finally:
                if mine:
                    self._turn.release()
            if rest:
                self._queue.put(rest)
            self._mailbox.deliver(finished)
        session.close()

    def _batches(self) -> Iterator[list[Work]]:
        """What is asked, until told to stop; then what still waits, with rests queued again."""
        stopping = False
        while True:
            try:
                batch = self._queue.get(block=not stopping)
            except Empty:
                return
            if batch is None:
                stopping = True
            else:
                yield batch

    def stop(self) -> None:
        """Answer what was asked before, then end. Blocks."""
        for thread in self._threads:
            while thread.is_alive():
                self._queue.put(None)
                thread.join(0.05)


class HeavyReaders(Readers):
    """Threads for searches, counts and exports; each statement run has a time limit."""

    kind = "heavy"

    def __init__(
        self,
        open_session: Callable[[], Session],
        mailbox: Mailbox,
        threads: int,
        limit: float,
    ) -> None:
        self._limit = limit
        super().__init__(open_session, mailbox, threads)

    def _serve(self, session: Session) -> None:
        _give_way()
        for batch in self._batches():
            for work in batch:
                if not work.future.cancelled():
                    run_limited(session, work, self._limit)
                    self._mailbox.deliver([work])
        session.close()


def _give_way() -> None:
    """Let others go first where processors are few: who asks for one row does not wait for a count.

    A thread has a niceness of its own on Linux alone; elsewhere the process would get it.
    """
    if sys.platform == "linux":
        with suppress(OSError):  # a sandbox may refuse it, and nothing depends on it
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), HEAVY_NICENESS)


def run_limited(session: Session, work: Work, limit: float) -> None:
    """Run one read, interrupted when the limit (seconds) passes or its caller has gone."""
    deadline = time.monotonic() + limit

    def enough() -> bool:
        return time.monotonic() > deadline or work.future.cancelled()

    session.interrupt_when(enough)
    try:
        session.begin_read()
        try:
            work.value = session.run(work.call)
        finally:
            session.end_read()
    except Interrupted:
        work.error = StatementTimeout(
            f"the query took longer than {limit:g} s; narrow it and try again"
        )
    except BaseException as error:  # noqa: BLE001  # it belongs to whoever awaits this unit
        work.error = error
    finally:
        session.interrupt_when(None)

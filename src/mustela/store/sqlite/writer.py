"""The writer thread: group commit.

The units that wait when the writer is free run in one transaction, with one durable commit for
all. An answer leaves only after the commit that holds it.

A unit that fails is undone alone. Most have written nothing by then, so that nothing is to be
undone; where one has, the group runs again, each unit in a savepoint. (A savepoint for each from
the start would cost a tenth of an insert: the text index is written out at the end of each.)
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import TypeAlias

from mustela.store.errors import StoreBusy, StoreClosed
from mustela.store.sqlite.connection import WriteLock
from mustela.store.sqlite.readers import run_batch, run_limited
from mustela.store.sqlite.session import Session
from mustela.store.sqlite.transaction import AsyncSQLiteTransaction
from mustela.store.sqlite.work import Mailbox, Work
from mustela.store.store import StoreFigures

#: A group: at most this many units ...
GROUP_UNITS = 64
#: ... or about this long, in seconds; the rest waits for the next group. Where commits take long,
#: a group works for so many times as long as the last one took, so that a slow disk is waited for
#: a quarter of the time at most ...
GROUP_SECONDS = 0.002
COMMITS_A_GROUP = 3
#: ... but never longer than this.
LONGEST_GROUP = 0.02

Stop: TypeAlias = None
Reads: TypeAlias = "tuple[list[Work], float | None]"
Job: TypeAlias = "list[Work] | Reads | AsyncSQLiteTransaction | Stop"


class Writer:
    """One thread, one connection, everything that changes the database through an AsyncStore."""

    def __init__(
        self, open_session: Callable[[], Session], mailbox: Mailbox, lock: WriteLock
    ) -> None:
        self._inbox: SimpleQueue[Job] = SimpleQueue()
        self._mailbox = mailbox
        self._lock = lock
        self._session = open_session()
        self._urgent: deque[Work] = deque()
        self._waiting: deque[Work | Reads | AsyncSQLiteTransaction] = deque()
        self._stopping = False
        self._refusing = False
        self._commit_seconds = 0.0
        self._savepoints = False  # whether units of this group run in one
        #: Of groups; replaced as a whole, so that it can be read on any thread.
        self.figures = StoreFigures(0, 0, 0.0)
        self._thread = threading.Thread(target=self._serve, name="mustela-write", daemon=True)
        self._thread.start()

    def put(self, units: list[Work]) -> None:
        """Units to run, in order."""
        self._inbox.put(units)

    def put_reads(self, batch: list[Work], limit: float | None = None) -> None:
        """Reads, for a database in memory: it has only this connection.

        With a ``limit`` in seconds for each they are heavy ones.
        """
        self._inbox.put((batch, limit))

    def put_transaction(self, transaction: AsyncSQLiteTransaction) -> None:
        """A transaction to serve when its turn comes."""
        if self._refusing:
            raise StoreClosed
        self._inbox.put(transaction)

    def refuse(self) -> None:
        """Take nothing new. On the loop, like all that is put, and before :meth:`stop`."""
        self._refusing = True

    def stop(self) -> None:
        """Do what was asked before, then end. Blocks."""
        self._inbox.put(None)
        self._thread.join()

    def _serve(self) -> None:
        while self._receive():
            while self._urgent or self._waiting:
                self._next()
                self._receive(wait=False)
        self._session.close()

    def _receive(self, *, wait: bool = True) -> bool:
        """Sort what has arrived; False when stopped and nothing is left."""
        try:
            if wait:
                if self._stopping:
                    return False
                self._sort(self._inbox.get())
            while True:
                self._sort(self._inbox.get_nowait())
        except Empty:
            return True

    def _sort(self, job: Job) -> None:
        if job is None:
            self._stopping = True
        elif isinstance(job, list):
            for work in job:
                (self._urgent if work.call.urgent else self._waiting).append(work)
        else:
            self._waiting.append(job)

    def _next(self) -> None:
        group = self._group()
        if group:
            with self._lock:
                rest = self.run_group(group)
            self._waiting.extendleft(reversed(rest))
            return
        job = self._waiting.popleft()
        if isinstance(job, AsyncSQLiteTransaction):
            with self._lock:
                job.serve(self._session)
        elif isinstance(job, tuple):
            self._read(*job)

    def _read(self, batch: list[Work], limit: float | None) -> None:
        if limit is None:
            batch, rest = run_batch(self._session, batch)
            if rest:
                self._waiting.append((rest, None))
        else:
            for work in batch:
                if not work.future.cancelled():
                    run_limited(self._session, work, limit)
        self._mailbox.deliver(batch)

    def _group(self) -> list[Work]:
        """The urgent units, then those in front of the line up to something that is no unit."""
        group: list[Work] = []
        while self._urgent and len(group) < GROUP_UNITS:
            group.append(self._urgent.popleft())
        while self._waiting and len(group) < GROUP_UNITS:
            front = self._waiting[0]
            if not isinstance(front, Work):
                break
            self._waiting.popleft()
            group.append(front)
        return group

    def run_group(self, group: list[Work]) -> list[Work]:
        """Run units until each has an answer that is durable, or its own error.

        Answers those left over when the time budget was spent.
        """
        rest: list[Work] = []
        again = group
        self._savepoints = False
        while again:
            again, late = self._attempt(again)
            rest.extend(late)
        return rest

    def _attempt(self, group: list[Work]) -> tuple[list[Work], list[Work]]:
        """One transaction. Answers the units to run again at once, and those for later."""
        session = self._session
        alone = len(group) == 1
        guarded = self._savepoints and not alone
        ran: list[Work] = []
        late: list[Work] = []
        budget = max(GROUP_SECONDS, min(COMMITS_A_GROUP * self._commit_seconds, LONGEST_GROUP))
        try:
            session.begin()
        except BaseException as error:  # noqa: BLE001  # the transaction failed as a whole
            if not isinstance(error, StoreBusy):
                return self._one_by_one(group, error)
            for work in group:  # waiting again for each unit would only add up
                work.error = error
            self._mailbox.deliver(group)
            return [], []
        deadline = time.monotonic() + budget
        try:
            for position, work in enumerate(group):
                if not work.take():
                    continue
                if not self._unit(work, guarded=guarded):
                    if session.connection.in_transaction and not alone:
                        session.rollback()
                        self._savepoints = True
                        return group, []
                    session.rollback()
                    # The whole transaction is gone, and with it what succeeded: only this unit
                    # failed; the others run again. Earlier failures may have hung on it, too.
                    self._mailbox.deliver([work])
                    return [*ran, *group[position + 1 :]], late
                ran.append(work)
                if time.monotonic() > deadline:
                    late = group[position + 1 :]
                    break
            ended = time.monotonic()
            session.commit()
            self._commit_seconds = time.monotonic() - ended
            units, commits, seconds = self.figures
            self.figures = StoreFigures(
                units + len(ran), commits + 1, seconds + self._commit_seconds
            )
        except BaseException as error:  # noqa: BLE001  # the transaction failed as a whole
            session.rollback()
            return self._one_by_one(group, error)
        self._mailbox.deliver(ran)
        return [], late

    def _one_by_one(self, group: list[Work], error: BaseException) -> tuple[list[Work], list[Work]]:
        """After a transaction failed as a whole: each unit in its own, with its own error."""
        if len(group) == 1:
            group[0].error = error
            self._mailbox.deliver(group)
        else:
            for work in group:
                self.run_group([work])
        return [], []

    def _unit(self, work: Work, *, guarded: bool) -> bool:
        """Run one unit; False when it failed, and more than its own work is to be undone."""
        session = self._session
        work.error = None
        before = session.connection.total_changes()
        if guarded:
            session.savepoint()
        try:
            work.value = session.run(work.call)
        except BaseException as error:  # noqa: BLE001  # it belongs to whoever awaits this unit
            work.error = error
            if guarded:
                return session.undo_savepoint()
            connection = session.connection
            return connection.in_transaction and connection.total_changes() == before
        if guarded:
            session.release()
        return True

"""Who lives, of the processes that share a database and run jobs.

Where they share a machine, its kernel tells (:mod:`mustela.jobs.file_presence`); where they only
share a database server, leases do (:mod:`mustela.jobs.lease_presence`).
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Collection
from typing import Protocol

import msgspec

from mustela.jobs.record import Job
from mustela.store.process_command import process_command


class LiveWorker(msgspec.Struct, frozen=True):
    """A living process that runs jobs; ``takes`` are the types it takes by itself.

    ``slots`` are the jobs that it runs at once.
    """

    owner: str
    pid: int
    command: str
    takes: frozenset[str]
    slots: int = 1
    host: str = ""


def this_worker(owner: str, takes: Collection[str], slots: int) -> LiveWorker:
    """This process under a name."""
    return LiveWorker(
        owner,
        os.getpid(),
        process_command(),
        frozenset(takes),
        slots,
        socket.gethostname(),
    )


class Owner(Protocol):
    """One name under which a living process owns jobs. It is never used again."""

    owner: str
    #: Others have declared it dead, and settled its jobs: it may claim nothing more.
    lost: bool

    def lose(self) -> None:
        """A claim has found that it is lost; on the event loop that it joined on."""
        ...

    def leave(self) -> None:
        """It runs nothing any more, and never will again. Waits for nothing, on any thread."""
        ...

    async def left(self) -> None:
        """Wait, but not for long, until others know that it has left."""
        ...


class Presence(Protocol):
    """How the processes that share a store show that they live, and see that others do not."""

    #: Whether claims have to be made with ``leased=True``: who was declared dead takes nothing.
    leased: bool
    #: Seconds between two looks for the dead.
    step: float

    async def join(
        self, takes: Collection[str], slots: int, declared_dead: Callable[[], None]
    ) -> Owner:
        """Live under a new name, before anything is claimed under it.

        ``declared_dead`` is called on this event loop, once, if others take it for dead.
        """
        ...

    async def is_quiet(self, owner: str) -> bool:
        """Whether no claim under this name of the caller can still become true by itself."""
        ...

    async def live_workers(self) -> list[LiveWorker]:
        """Those who live."""
        ...

    async def settle_dead(self, own: Collection[str], at: int) -> list[Job]:
        """Settle the running jobs of those who are dead, and forget them; the jobs as they are.

        ``own`` are names of the caller, who lives; ``at`` is the time that is written. Does
        nothing where it cannot be known yet who is dead; call it every ``step`` seconds.
        """
        ...

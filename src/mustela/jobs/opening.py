"""The queue that fits a database."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TypedDict, Unpack

from mustela.jobs.control import Clock
from mustela.jobs.embedded import AsyncioJobQueue
from mustela.jobs.leader import Leader
from mustela.jobs.presence import Presence
from mustela.jobs.retention import Retention
from mustela.store import AsyncStore
from mustela.store.store import EngineMissing

_DISPATCHER = "mustela.jobs.procrastinate"
_DISPATCHER_TABLES = "mustela.jobs.procrastinate.schema"


class QueueOptions(TypedDict, total=False):
    """What both queues take."""

    data_dir: Path | None
    concurrency: int
    drain: float
    silence: float
    retention: Retention
    leader: Leader | None
    presence: Presence | None
    clock: Clock


def open_queue(
    store: AsyncStore, url: str | None, **options: Unpack[QueueOptions]
) -> AsyncioJobQueue:
    """A queue on an ``AsyncStore`` and the ``url`` that it was opened with.

    On PostgreSQL a :class:`~mustela.jobs.procrastinate.ProcrastinateJobQueue`, else an
    :class:`AsyncioJobQueue`, which looks at what other processes write unless ``url`` is ``None``
    (a database of this process alone). The ``options`` are theirs. Raises ``EngineMissing``.
    """
    if url is None or not url.startswith("postgres"):
        return AsyncioJobQueue(store, watch=url is not None, **options)
    queue: AsyncioJobQueue = _optional(_DISPATCHER).ProcrastinateJobQueue(store, url, **options)
    return queue


def prepare_dispatcher(url: str) -> None:
    """Make what a queue on this database needs besides our tables; on SQLite nothing.

    A queue does so when it starts, as far as its user may: where the one that serves may make no
    tables, the one that migrates calls this. Raises ``EngineMissing`` and what the queue would.
    """
    if url.startswith("postgres"):
        _optional(_DISPATCHER_TABLES).install(url)


def _optional(name: str) -> ModuleType:
    try:
        return import_module(name)  # an optional extra
    except ModuleNotFoundError as error:
        raise EngineMissing(
            f"jobs on PostgreSQL need {error.name}: pip install 'mustela[postgres]'"
        ) from error

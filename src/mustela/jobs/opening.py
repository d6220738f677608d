"""The queue that fits a database."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from mustela.jobs.control import Clock, wall_clock
from mustela.jobs.embedded import AsyncioJobQueue
from mustela.jobs.external_reaper import SILENCE_SECONDS
from mustela.jobs.leader import LeaderLock
from mustela.jobs.retention import Retention
from mustela.store import AsyncStore
from mustela.store.store import EngineMissing

_DISPATCHER = "mustela.jobs.procrastinate"


def open_queue(
    store: AsyncStore,
    url: str | None,
    *,
    data_dir: Path | None = None,
    concurrency: int = 4,
    drain: float = 5.0,
    silence: float = SILENCE_SECONDS,
    retention: Retention = Retention(),
    leader: LeaderLock | None = None,
    clock: Clock = wall_clock,
) -> AsyncioJobQueue:
    """A queue on an ``AsyncStore`` and the ``url`` that it was opened with.

    On PostgreSQL a :class:`~mustela.jobs.procrastinate.ProcrastinateJobQueue`, else an
    :class:`AsyncioJobQueue`, which looks at what other processes write unless ``url`` is ``None``
    (a database of this process alone). The other arguments are theirs. Raises ``EngineMissing``.
    """
    options = {
        "data_dir": data_dir,
        "concurrency": concurrency,
        "drain": drain,
        "silence": silence,
        "retention": retention,
        "leader": leader,
        "clock": clock,
    }
    if url is None or not url.startswith(("postgresql", "postgres")):
        return AsyncioJobQueue(store, watch=url is not None, **options)
    try:
        module = import_module(_DISPATCHER)  # an optional extra
    except ModuleNotFoundError as error:
        raise EngineMissing(
            f"jobs on PostgreSQL need {error.name}: pip install 'mustela[postgres]'"
        ) from error
    queue: AsyncioJobQueue = module.ProcrastinateJobQueue(store, url, **options)
    return queue

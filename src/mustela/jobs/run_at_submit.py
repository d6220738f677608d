"""A queue for tests that has run a job when ``submit`` answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mustela.jobs.in_memory import InMemoryJobQueue


class RunAtSubmit:
    """Wraps an :class:`InMemoryJobQueue`: what is submitted through it has run by then.

    So has what its job has submitted in turn. What a transaction submits (``tx``) runs with the
    next submit outside of one, or with ``drain``: before its commit it is not there. All else is
    the queue's own.
    """

    def __init__(self, queue: InMemoryJobQueue) -> None:
        self.queue = queue

    async def submit(
        self, type: str, parameters: Mapping[str, Any] | None = None, **options: Any
    ) -> str:
        """See :meth:`JobQueue.submit`; then run all that is due."""
        id = await self.queue.submit(type, parameters, **options)
        if options.get("tx") is None:
            await self.queue.drain()
        return id

    def __getattr__(self, name: str) -> Any:
        return getattr(self.queue, name)

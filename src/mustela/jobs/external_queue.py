"""Runs elsewhere and reruns, as a queue sees them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from mustela.jobs.errors import ExecutedElsewhere, JobTypeTaken, JobUnfinished
from mustela.jobs.external_operations import Name, new_run
from mustela.jobs.operations import AsyncJobRepository
from mustela.jobs.record import Failure, Job, Status, to_json
from mustela.jobs.registry import Registry


class RunQueue(Protocol):
    """The part of :class:`JobQueue` that is about runs elsewhere, and about doing again."""

    async def open_run(
        self,
        type: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        id: str | None = None,
        inputs: Sequence[Name] = (),
        parent: str | None = None,
        uniqueness_key: str | None = None,
        software_version: str | None = None,
        reporter: str | None = None,
    ) -> Job:
        """Begin a run elsewhere: see :meth:`ExternalOperations.open_run`.

        The type need not be declared, but none that has a handler here: ``JobTypeTaken``.
        """
        ...

    async def finish_run(
        self,
        id: str,
        claim_id: int,
        status: Status,
        *,
        result: Any = None,
        error: Failure | None = None,
    ) -> Job:
        """End a run elsewhere: see :meth:`ExternalOperations.finish_run`."""
        ...

    async def rerun(self, id: str) -> str:
        """Submit a job that is over once more, and answer the new one's id.

        The new one has the old as its parent, and the same type, parameters, priority and
        uniqueness key; so where an unfinished job has that key, the id is that job's. Raises
        ``NotFound``, ``JobUnfinished``, ``ExecutedElsewhere``, ``UnknownJobType``.
        """
        ...


class _Queue(Protocol):
    """What the methods below find in the queue that they are mixed into."""

    jobs: AsyncJobRepository
    _registry: Registry
    _clock: Callable[[], int]

    def _tell(self, id: str) -> None: ...

    async def get(self, id: str) -> Job: ...

    async def submit(
        self,
        type: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        priority: int = 0,
        uniqueness_key: str | None = None,
        parent: str | None = None,
    ) -> str: ...


class RunsElsewhere:
    """Mixed into queues: see :class:`RunQueue`."""

    async def open_run(
        self: _Queue,
        type: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        id: str | None = None,
        inputs: Sequence[Name] = (),
        parent: str | None = None,
        uniqueness_key: str | None = None,
        software_version: str | None = None,
        reporter: str | None = None,
    ) -> Job:
        """See :meth:`RunQueue.open_run`."""
        if type in self._registry.handled:
            raise JobTypeTaken(f"jobs of the type {type} are executed here; submit one instead")
        new = new_run(
            type,
            parameters,
            id=id,
            inputs=inputs,
            parent=parent,
            uniqueness_key=uniqueness_key,
            software_version=software_version,
        )
        job = await self.jobs.open_run(new, reporter=reporter, at=self._clock())
        self._tell(job.id)
        return job

    async def finish_run(
        self: _Queue,
        id: str,
        claim_id: int,
        status: Status,
        *,
        result: Any = None,
        error: Failure | None = None,
    ) -> Job:
        """See :meth:`RunQueue.finish_run`."""
        text = None if result is None else to_json(result)
        job = await self.jobs.finish_run(
            id, claim_id, status, result=text, error=error, at=self._clock()
        )
        self._tell(id)
        return job

    async def rerun(self: _Queue, id: str) -> str:
        """See :meth:`RunQueue.rerun`."""
        job = await self.get(id)
        if not job.ended:
            raise JobUnfinished(
                f"the job {id} is {job.status}; wait for its end, or cancel it first"
            )
        if job.external:
            raise ExecutedElsewhere(
                f"runs of the type {job.type} are executed elsewhere; start another one there"
            )
        return await self.submit(
            job.type,
            job.parameters,
            priority=job.priority,
            uniqueness_key=job.uniqueness_key,
            parent=id,
        )

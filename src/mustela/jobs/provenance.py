"""Where things come from: what made a job, and what it made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import msgspec
from sqlalchemy import bindparam, select

from mustela.jobs.look_operations import LookOperations
from mustela.jobs.record import Failure, Job, Status
from mustela.jobs.schema import jobs
from mustela.store import Statement, Unit, all, heavy_read

#: No chain of parents is followed farther.
MOST_PARENTS = 100


class MadeRecord(msgspec.Struct, frozen=True):
    """A record that names the job that made it; ``name`` is what people know it by."""

    id: str
    name: str


class Made(msgspec.Struct, frozen=True):
    """The records of one collection that a job made: how many, and the first of them.

    There are at least ``total`` where ``total_is_exact`` is false.
    """

    total: int
    total_is_exact: bool
    items: list[MadeRecord]


#: Makes a unit that answers what a job (its id) made, with at most so many items.
MadeBy: TypeAlias = Callable[[str, int], Unit[Made]]


class RelatedJob(msgspec.Struct, frozen=True):
    """A job that another one followed from, or that followed from it."""

    id: str
    type: str
    status: Status


class Provenance(msgspec.Struct, frozen=True):
    """What is known of where a job comes from and what came of it.

    ``inputs`` and ``outputs`` are what was declared (paths, addresses, ids); ``records`` are those
    that name this job, by collection. ``parents`` begin with the nearest; ``children`` with the
    oldest, and are cut where ``children_are_all`` is false.
    """

    job_id: str
    type: str
    status: Status
    error: Failure | None
    actor: str
    software_version: str
    parameters: dict[str, Any]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    records: dict[str, Made]
    parents: list[RelatedJob]
    children: list[RelatedJob]
    children_are_all: bool


_related = select(jobs.c.id, jobs.c.type, jobs.c.status)
CHILDREN = Statement(
    _related.where(jobs.c.parent == bindparam("of")).order_by(jobs.c.seq).limit(bindparam("limit"))
)


class ProvenanceOperations(LookOperations):
    """Questions to the jobs table, in one snapshot with the collections'."""

    @heavy_read
    def provenance(
        self, id: str, made_by: Mapping[str, MadeBy] | None = None, *, limit: int = 100
    ) -> Unit[Provenance | None]:
        """The provenance of a job, with at most ``limit`` records of a collection, and children.

        ``made_by`` asks each collection, by its name, for the records that name the job.
        """
        job = yield from self.get.unit(id)
        if job is None:
            return None
        records: dict[str, Made] = {}
        for name, ask in (made_by or {}).items():
            records[name] = yield from ask(id, limit)
        children = yield from all(CHILDREN, RelatedJob, of=id, limit=limit + 1)
        return Provenance(
            job_id=id,
            type=job.type,
            status=job.status,
            error=job.error,
            actor=job.actor,
            software_version=job.software_version,
            parameters=job.parameters,
            inputs=job.inputs,
            outputs=job.outputs,
            records=records,
            parents=(yield from self._parents(job)),
            children=children[:limit],
            children_are_all=len(children) <= limit,
        )

    def _parents(self, job: Job) -> Unit[list[RelatedJob]]:
        """From the nearest on; one that retention has removed ends the chain."""
        chain: list[RelatedJob] = []
        seen = {job.id}
        above = job.parent
        while above is not None and above not in seen and len(chain) < MOST_PARENTS:
            seen.add(above)
            found = yield from self.get.unit(above)
            if found is None:
                break
            chain.append(RelatedJob(found.id, found.type, found.status))
            above = found.parent
        return chain

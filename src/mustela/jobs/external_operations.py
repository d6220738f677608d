"""Runs elsewhere: a pipeline opens one, reports in, and finishes it; silence ends it.

Every call names the claim that opening answered. Who lost contact and was ended writes nothing
more: ``RunLost``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from os import PathLike, fspath
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, cast

import msgspec

from mustela.jobs import external_statements as sql
from mustela.jobs import statements
from mustela.jobs.errors import InvalidJob, RunLost
from mustela.jobs.look_operations import TOPIC, LookOperations
from mustela.jobs.record import (
    Failure,
    Job,
    Line,
    NewJob,
    Progress,
    Status,
    job_of,
    names_of,
    new_job,
    storable,
    to_json,
)
from mustela.jobs.run_operations import LOG_LINES, line_rows
from mustela.store import Unit, all, batch, changed, count, current, many, one, read, rows, write
from mustela.store.errors import AlreadyExists, NotFound

if TYPE_CHECKING:
    from mustela.jobs.operations import JobOperations  # which is made of these

#: A run names at most so many inputs, and so many outputs ...
MOST_NAMES = 10_000
#: ... each of so many characters ...
NAME_LENGTH = 4_000
#: ... and its result is no longer than so many bytes of JSON.
RESULT_SIZE = 1_000_000

#: An input or output: a path, an address, an id.
Name: TypeAlias = str | PathLike[str]

LOST_CONTACT = "lost_contact"

_TYPE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+~-]{0,127}")


class Silence(NamedTuple):
    """The time by the database's clock (microseconds since 1970), and who was silent by then."""

    now: int
    runs: list[Pulse]


class Pulse(NamedTuple):
    """How often a run has been heard of, under which claim."""

    id: str
    claim_id: int
    heartbeats: int


def new_run(
    type: str,
    parameters: Mapping[str, Any] | None = None,
    *,
    inputs: Sequence[Name] = (),
    **options: Any,
) -> NewJob:
    """A run to open; raises ``InvalidJob`` where the parameters are not JSON."""
    names = to_json([storable(fspath(name)) for name in inputs]) if inputs else None
    return new_job(type, parameters, inputs=names, external=True, time_limit=None, **options)


class ExternalOperations(LookOperations):
    """What a run elsewhere does, and what is done to one that is silent."""

    @write
    def open_run(
        self, new: NewJob, *, reporter: str | None = None, at: int | None = None
    ) -> Unit[Job]:
        """Begin a run: of the external job with the id of ``new`` where that waits, else a new one.

        The job answered holds the ``claim_id`` that every report names. ``reporter`` says who
        reports, as in ``node17:4242``. Raises ``AlreadyExists`` where a run with this id, or an
        unfinished one with this uniqueness key, has begun; ``InvalidJob``.
        """
        if not _TYPE.fullmatch(new.type):
            raise InvalidJob(
                f"{new.type!r} is no type of runs: use up to 128 letters, digits and . _ + ~ -, "
                "a letter or digit first"
            )
        context = yield from current()
        now = context.now if at is None else at
        id = new.id
        if id is None or (yield from self.get.unit(id)) is None:
            yield from self._check_parent(new.parent)
            jobs = cast("JobOperations", self)
            elsewhere = msgspec.structs.replace(new, external=True, inputs=None)
            id = (yield from jobs.submit.unit(elsewhere, at=at)).id
        found = yield from one(
            sql.BEGIN_RUN, job_of, job=id, run_type=new.type, reporter=reporter, now=now
        )
        if found is None:
            raise AlreadyExists(
                f"the job {id} is no {new.type} run that waits to begin; open one with another id"
            )
        yield from changed(TOPIC, id)
        inputs = added(found.inputs_json, names_of(new.inputs))
        if inputs != found.inputs_json:
            yield from count(sql.SET_NAMES, job=id, all_inputs=inputs, all_outputs=None)
        return msgspec.structs.replace(found, inputs_json=inputs)

    @write
    def report_run(
        self,
        id: str,
        claim_id: int,
        *,
        progress: Progress | None = None,
        lines: Sequence[Line] = (),
        inputs: Sequence[str] = (),
        outputs: Sequence[str] = (),
        at: int | None = None,
    ) -> Unit[bool]:
        """Say that a run lives, and what is new. Whether somebody asked for its end.

        Of ``progress``, what is ``None`` stays as it was; inputs and outputs are added to those
        that are there. Raises ``RunLost``, ``NotFound``, ``InvalidJob``.
        """
        context = yield from current()
        now = context.now if at is None else at
        said = progress or Progress()
        found = yield from rows(
            sql.PULSE,
            job=id,
            claim=claim_id,
            now=now,
            done=said.done,
            total=said.total,
            rate=said.rate,
            message=None if said.message is None else storable(said.message),
        )
        if not found:
            raise (yield from self._lost(id))
        cancel_requested_at, old_inputs, old_outputs = found[0]
        if inputs or outputs:
            yield from count(
                sql.SET_NAMES,
                job=id,
                all_inputs=added(old_inputs, inputs),
                all_outputs=added(old_outputs, outputs),
            )
        if lines:
            yield from many(statements.ADD_LINE, line_rows(id, lines))
            yield from count(statements.TRIM_LOG, job=id, cap=LOG_LINES)
        return cancel_requested_at is not None

    @write
    def finish_run(
        self,
        id: str,
        claim_id: int,
        status: Status,
        *,
        result: str | None = None,
        error: Failure | None = None,
        at: int | None = None,
    ) -> Unit[Job]:
        """End a run; ``result`` is JSON. The job as it is then.

        A run that has ended so already under this claim is answered as it is: who did not get
        the answer asks again. Raises ``RunLost``, ``NotFound``, ``InvalidJob``.
        """
        if status not in {"completed", "failed", "cancelled"}:
            raise InvalidJob(f"a run ends completed, failed or cancelled, not {status}")
        if result is not None:
            check_result(result)
        context = yield from current()
        ended = yield from one(
            sql.FINISH_RUN,
            job_of,
            job=id,
            claim=claim_id,
            new_status=status,
            new_result=result,
            new_error=None if error is None else to_json(error),
            now=context.now if at is None else at,
        )
        if ended is not None:
            yield from changed(TOPIC, id)
            return ended
        before = yield from self.get.unit(id)
        if (
            before is not None
            and (before.external, before.claim_id, before.status) == (True, claim_id, status)
            and (before.error is None or before.error.code != LOST_CONTACT)
        ):
            return before
        raise (yield from self._lost(id))

    @read
    def run_pulses(self) -> Unit[list[Pulse]]:
        """Of every run under way, how often it has been heard of."""
        return (yield from all(sql.PULSES, Pulse))

    @read
    def silent_runs(self, seconds: float, *, at: int | None = None) -> Unit[Silence]:
        """The runs under way of which nothing was heard for so long, by the database's clock."""
        context = yield from current()
        now = context.now if at is None else at
        limit = round(seconds * 1_000_000)
        times, silent = yield from batch(
            rows(sql.SERVER_TIME, now=now), rows(sql.SILENT, now=now, limit_us=limit)
        )
        return Silence(times[0][0], [Pulse(*row) for row in silent])

    @write
    def lose_runs(
        self, silent: Sequence[Pulse], seconds: float, *, at: int | None = None
    ) -> Unit[list[Job]]:
        """End the runs that have not been heard of since; the jobs as they are then.

        Failed (``lost_contact``); cancelled, where somebody asked for that. ``seconds`` is how
        long they were silent.
        """
        context = yield from current()
        now = context.now if at is None else at
        failure = Failure(
            LOST_CONTACT,
            f"Lost contact: nothing was heard of this run for {seconds:g} s. "
            "Look at what executes it, then start it again.",
        )
        lost: list[Job] = []
        for pulse in silent:
            job = yield from one(
                sql.LOSE,
                job_of,
                job=pulse.id,
                claim=pulse.claim_id,
                heard=pulse.heartbeats,
                lost=to_json(failure),
                now=now,
            )
            if job is not None:
                lost.append(job)
                line = Line(now, "warning", f"{failure.message} The job is {job.status}.")
                yield from many(statements.ADD_LINE, line_rows(pulse.id, [line]))
                yield from changed(TOPIC, pulse.id)
        return lost

    def _check_parent(self, parent: str | None) -> Unit[None]:
        if parent is not None and (yield from self.get.unit(parent)) is None:
            raise InvalidJob(f"there is no job {parent} that this one could follow from")

    def _lost(self, id: str) -> Unit[NotFound | RunLost]:
        """Why a report is refused."""
        job = yield from self.get.unit(id)
        if job is None or not job.external:
            return NotFound(f"there is no run {id}")
        why = "under another claim" if job.status == "running" else job.status
        said = "" if job.error is None else f" ({job.error.code})"
        return RunLost(f"the run {id} is {why}{said}; what is reported now is not kept")


def check_result(text: str) -> None:
    """Refuse a result that is too long (JSON): ``InvalidJob``."""
    if len(text) > RESULT_SIZE:
        raise InvalidJob(f"the result of a run is at most {RESULT_SIZE} bytes of JSON")


def check_names(names: Sequence[str]) -> None:
    """Refuse inputs or outputs that are no text, or too long: ``InvalidJob``."""
    if any(not 0 < len(name) <= NAME_LENGTH for name in names):
        raise InvalidJob(f"an input or output is text of 1 to {NAME_LENGTH} characters")


def added(column: str | None, names: Sequence[str]) -> str | None:
    """The column with more names, none twice; ``InvalidJob`` where there are too many."""
    if not names:
        return column
    check_names(names)
    every = tuple(dict.fromkeys((*names_of(column), *map(storable, names))))
    if len(every) > MOST_NAMES:
        raise InvalidJob(f"a run names at most {MOST_NAMES} inputs, and as many outputs")
    return to_json(every)

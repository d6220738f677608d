"""The job queue: durable no-op jobs, claims beside many rows, and how soon one starts.

The peer is a plain queue on aiosqlite: insert, claim and finish each committed.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figure import Outcome, compared
from benchmarks.job_rows import TYPE, Rows
from benchmarks.options import Options
from benchmarks.rounds import Contender, contenders, rates
from benchmarks.turns import percentile
from mustela.jobs import AsyncioJobQueue, JobContext, JobRepository, jobs_metadata
from mustela.store import AsyncStore, Store

AT_ONCE = 10
MANY = 100_000
PEER = "aiosqlite: insert, claim, finish each committed"


def measure(options: Options) -> Iterator[Outcome]:
    yield from throughput(options)
    yield from claims(options)
    print_starts(options)


def fresh(options: Options, name: str) -> Path:
    """The path of a database that is not there."""
    for stale in options.directory.glob(f"{name}.db*"):
        stale.unlink()
    return options.directory / f"{name}.db"


def throughput(options: Options) -> Iterator[Outcome]:
    """Jobs a second, enqueued and executed."""
    paths = fresh(options, "queue"), fresh(options, "plain_queue")
    measured: dict[str, list[dict[str, float]]] = {}
    with contenders(mustela_queue=paths[:1], aiosqlite_queue=paths[1:]) as started:
        ours, peer = started["mustela_queue"], started["aiosqlite_queue"]
        for number in range(options.rounds + 1):
            for who, contender in (("ours", ours), ("peer", peer)):
                for what, answer in _turn(contender, options).items():
                    if number:  # the first warms up
                        measured.setdefault(f"{who} {what}", []).append(answer)
    for what in ("enqueue", "execute"):
        yield compared(
            f"no-op jobs {what}d, ten at a time",
            rates(measured[f"ours {what}"]),
            rates(measured[f"peer {what}"]),
            "/s",
            target=3,
            peer_name=PEER,
        )


def _turn(contender: Contender, options: Options) -> dict[str, dict[str, float]]:
    contender.turn("hold", 0, 1)
    enqueued = contender.turn("enqueue", options.seconds, AT_ONCE)
    contender.turn("fill", 0, 1)
    executed = contender.turn("execute", options.seconds, AT_ONCE)
    return {"enqueue": enqueued, "execute": executed}


def claims(options: Options) -> Iterator[Outcome]:
    """What a claim takes beside 100,000 jobs that are over and 100,000 that wait."""
    taken: dict[str, list[float]] = {"empty": [], "full": []}
    with (
        Store.open(fresh(options, "few_jobs"), create=[jobs_metadata]) as empty,
        Store.open(fresh(options, "many_jobs"), create=[jobs_metadata]) as full,
    ):
        Rows(full).add(MANY, MANY)
        Rows(empty).add_page(1, finished=False)
        for number in range(options.rounds + 1):
            for name, store in (("empty", empty), ("full", full)):
                found = _claim(JobRepository(store))
                if number:
                    taken[name].append(found)
    yield compared(
        "a claim, 100,000 jobs over and 100,000 waiting",
        taken["full"],
        taken["empty"],
        "µs",
        target=2,
        at_least=False,
        peer_name="one job waits, none is over",
    )


def _claim(jobs: JobRepository) -> float:
    """The median of some claims, in microseconds; each is put back into the line."""
    taken = []
    for _ in range(50):
        begun = time.perf_counter()
        (job,) = jobs.claim("bench", {TYPE: 1}, 1).jobs
        taken.append((time.perf_counter() - begun) * 1e6)
        jobs.hand_back(job.id, job.claim_id)
    return percentile(sorted(taken), 0.5)


def print_starts(options: Options) -> None:
    """From the submit to an idle queue to the first line of the job's handler."""
    taken = sorted(asyncio.run(_starts(fresh(options, "idle_queue"), options.rounds * 100)))
    parts = (0.01, 0.1, 0.5, 0.9, 0.99, 0.999)
    print(
        "from submit to start on an idle queue: "
        + ", ".join(f"p{part * 100:g} {percentile(taken, part):,.0f} µs" for part in parts)
    )


async def _starts(path: Path, number: int) -> list[float]:
    taken = []
    async with AsyncStore.open(path, create=[jobs_metadata]) as store:
        queue = AsyncioJobQueue(store)
        begun: list[float] = []

        async def no_op(job: JobContext) -> None:
            begun.append(time.perf_counter())

        queue.register_handler(TYPE, no_op)
        async with queue.running():
            for _ in range(number):
                submitted = time.perf_counter()
                await queue.wait(await queue.submit(TYPE))
                taken.append((begun.pop() - submitted) * 1e6)
    return taken

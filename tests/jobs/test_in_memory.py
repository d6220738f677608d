"""The queue of tests."""

from __future__ import annotations

from datetime import timedelta

from mustela.jobs import InMemoryJobQueue, JobContext, ManualClock, RunAtSubmit, jobs_metadata
from mustela.store import AsyncStore


async def test_jobs_run_one_by_one_in_the_order_of_priority_when_told_to() -> None:
    async with AsyncStore.memory(jobs_metadata) as store:
        queue = InMemoryJobQueue(store)
        ran = []

        async def note(job: JobContext) -> None:
            ran.append(job.parameters["name"])
            if job.parameters["name"] == "first":
                await queue.submit("note", {"name": "child"})

        queue.register_handler("note", note)
        for name, priority in (("second", 0), ("first", 1), ("third", 0)):
            await queue.submit("note", {"name": name}, priority=priority)
        assert ran == []
        job = await queue.run_next()
        assert job is not None
        assert (job.status, ran) == ("completed", ["first"])
        assert len(await queue.drain()) == 3
        assert ran == ["first", "second", "third", "child"]
        assert await queue.run_next() is None


async def test_what_is_delayed_or_to_be_retried_waits_for_the_clock() -> None:
    async with AsyncStore.memory(jobs_metadata) as store:
        clock = ManualClock()
        queue = InMemoryJobQueue(store, clock=clock)

        async def flaky(job: JobContext) -> None:
            if job.attempt == 1:
                raise OSError

        queue.register_handler("flaky", flaky, retries=1, backoff=lambda attempt: 60.0)
        id = await queue.submit("flaky", run_at=clock.time + timedelta(hours=1))
        assert await queue.drain() == []
        clock.advance(3600)
        assert [job.status for job in await queue.drain()] == ["pending"]
        clock.advance(59)
        assert await queue.drain() == []
        clock.advance(1)
        (job,) = await queue.drain()
        assert (job.id, job.status, job.attempt) == (id, "completed", 2)


async def test_run_at_submit_has_run_a_job_when_it_answers() -> None:
    async with AsyncStore.memory(jobs_metadata) as store:
        queue = RunAtSubmit(InMemoryJobQueue(store))

        async def note(job: JobContext) -> None:
            if job.parameters.get("again"):
                await queue.submit("note", parent=job.id)

        queue.register_handler("note", note)
        id = await queue.submit("note", {"again": True})
        jobs = (await queue.jobs.list_jobs()).items
        assert [(job.status, job.parent) for job in jobs] == [
            ("completed", id),
            ("completed", None),
        ]
        async with store.transaction() as tx:
            inside = await queue.submit("note", tx=tx)
        assert (await queue.get(inside)).status == "pending"
        assert [job.id for job in await queue.drain()] == [inside]

"""Silence ends a run elsewhere: by a counter and a clock that only the reaper knows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from mustela.jobs import AsyncioJobQueue, AsyncJobRepository, Job, jobs_metadata, new_run
from mustela.jobs.external_reaper import ExternalReaper
from mustela.store import AsyncStore
from mustela.store.errors import DiskFull
from tests.jobs.rig import PATIENCE, until


@pytest.fixture
async def store() -> AsyncIterator[AsyncStore]:
    async with AsyncStore.memory(jobs_metadata) as store:
        yield store


class Watch:
    """A reaper whose clock goes on only when it is told to; its limit is 120 seconds."""

    def __init__(self, store: AsyncStore) -> None:
        self.jobs = AsyncJobRepository(store)
        self.now = 1000.0
        self.reaper = ExternalReaper(store, 120.0, clock=lambda: self.now)

    async def look(self, after: float = 0.0) -> list[str]:
        """The runs that are ended, when so many seconds have passed."""
        self.now += after
        return [job.id for job in await self.reaper.look(at=7)]

    async def silence(self, seconds: float) -> list[str]:
        """The same, with a look each step meanwhile."""
        ended = []
        for _ in range(int(seconds / self.reaper.step)):
            ended += await self.look(self.reaper.step)
        return ended


@pytest.fixture
def watch(store: AsyncStore) -> Watch:
    return Watch(store)


async def test_a_run_that_says_nothing_for_the_limit_fails(watch: Watch) -> None:
    run = await watch.jobs.open_run(new_run("imaging"))
    assert await watch.look() == []
    assert await watch.silence(115) == []
    assert await watch.silence(5) == [run.id]
    job = await watch.jobs.get(run.id)
    assert job is not None
    assert job.error is not None
    assert (job.status, job.error.code, job.finished_at_us) == ("failed", "lost_contact", 7)
    assert await watch.silence(200) == []


async def test_a_heartbeat_begins_the_silence_anew(watch: Watch) -> None:
    run = await watch.jobs.open_run(new_run("imaging"))
    quiet = await watch.jobs.open_run(new_run("imaging"))
    await watch.look()
    assert await watch.silence(100) == []
    await watch.jobs.report_run(run.id, run.claim_id)
    assert await watch.silence(100) == [quiet.id]
    assert await watch.silence(25) == [run.id]


async def test_a_machine_that_sleeps_ends_nothing(watch: Watch) -> None:
    """Neither where the clock stands still meanwhile, nor where it goes on."""
    await watch.jobs.open_run(new_run("imaging"))
    await watch.look()
    await watch.silence(60)
    for _ in range(100):
        assert await watch.look(after=0.0) == []
    assert await watch.look(after=8 * 3600.0) == []
    assert await watch.look(after=-3600.0) == []
    assert await watch.silence(45) == []
    assert len(await watch.silence(10)) == 1


async def test_who_begins_to_watch_gives_every_run_the_whole_limit(
    store: AsyncStore, watch: Watch
) -> None:
    run = await watch.jobs.open_run(new_run("imaging"))
    await watch.look()
    await watch.silence(100)
    after_restart = Watch(store)
    await after_restart.look()
    assert await after_restart.silence(115) == []
    assert await after_restart.silence(5) == [run.id]
    assert await watch.silence(50) == []


async def test_a_run_that_began_again_elsewhere_is_another_one(watch: Watch) -> None:
    first = await watch.jobs.open_run(new_run("imaging", uniqueness_key="field"))
    await watch.look()
    await watch.silence(100)
    await watch.jobs.finish_run(first.id, first.claim_id, "completed")
    second = await watch.jobs.open_run(new_run("imaging", uniqueness_key="field"))
    assert await watch.silence(100) == []
    assert await watch.silence(25) == [second.id]


async def test_while_nothing_can_be_written_no_run_is_silent(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its heartbeats could not be written either; when there is room again it has its time."""
    run = await watch.jobs.open_run(new_run("imaging"))

    async def refuses(*args: object, **options: object) -> list[Job]:
        raise DiskFull

    await watch.silence(115)
    with monkeypatch.context() as faulty:
        faulty.setattr(watch.reaper._jobs, "lose_runs", refuses)
        with pytest.raises(DiskFull):
            await watch.silence(10)
    assert await watch.silence(115) == []
    assert await watch.silence(10) == [run.id]


async def test_an_idle_reaper_reads_nothing_while_nobody_writes(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = 0
    read = watch.reaper._jobs.run_pulses

    async def counted() -> list[object]:
        nonlocal reads
        reads += 1
        return list(await read())

    monkeypatch.setattr(watch.reaper._jobs, "run_pulses", counted)
    await watch.silence(100)
    assert reads == 1
    run = await watch.jobs.open_run(new_run("imaging"))
    assert await watch.silence(200) == [run.id]


async def test_a_queue_at_work_ends_silent_runs_and_tells_who_waits(store: AsyncStore) -> None:
    queue = AsyncioJobQueue(store, silence=0.05)
    async with queue.running():
        run = await queue.open_run("imaging")
        job = await queue.wait(run.id, PATIENCE)
        assert (job.status, job.error and job.error.code) == ("failed", "lost_contact")
        alive = await queue.open_run("imaging")
        beating = asyncio.create_task(beat(queue, alive.id, alive.claim_id))
        quiet = await queue.open_run("imaging")
        assert (await queue.wait(quiet.id, PATIENCE)).ended
        assert (await queue.get(alive.id)).status == "running"
        beating.cancel()
        await until(lambda: ended(queue, alive.id))


async def beat(queue: AsyncioJobQueue, id: str, claim_id: int) -> None:
    while True:
        await queue.jobs.report_run(id, claim_id)
        await asyncio.sleep(0)


async def ended(queue: AsyncioJobQueue, id: str) -> bool:
    return (await queue.get(id)).ended

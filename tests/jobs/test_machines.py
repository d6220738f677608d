"""Queues of several machines on one PostgreSQL: none takes the living for dead."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from pathlib import Path

import psycopg
import pytest

from mustela.http.event_feed import EventFeed
from mustela.jobs import (
    AsyncioJobQueue,
    AsyncJobRepository,
    FilePresence,
    JobContext,
    LeasePresence,
    Line,
    jobs_metadata,
    new_job,
    run_or_follow,
    somebody_takes,
)
from mustela.jobs.run_operations import Report
from mustela.store import AsyncStore
from mustela.store.errors import Conflict
from tests.jobs.machines import LONG, SHORT, Machine, forget, machine, renewed, stranger
from tests.jobs.rig import PATIENCE, Gate, until


@pytest.fixture
async def here(jobs_url: str, tmp_path: Path) -> AsyncIterator[Machine]:
    async with machine(jobs_url, tmp_path / "here") as one:
        yield one


@pytest.fixture
async def there(jobs_url: str, tmp_path: Path) -> AsyncIterator[Machine]:
    async with machine(jobs_url, tmp_path / "there") as one:
        yield one


async def test_the_engine_decides_how_processes_show_that_they_live(
    here: Machine, tmp_path: Path
) -> None:
    for data_dir in (None, tmp_path):
        assert isinstance(AsyncioJobQueue(here.store, data_dir=data_dir).presence, LeasePresence)
    async with AsyncStore.memory(jobs_metadata) as memory:
        assert isinstance(AsyncioJobQueue(memory, data_dir=tmp_path).presence, FilePresence)
        with pytest.raises(ValueError, match="server"):
            LeasePresence(memory)


async def test_the_living_are_seen_from_every_machine(here: Machine, there: Machine) -> None:
    Gate(here.queue)
    async with here.queue.running():
        (worker,) = await there.queue.live_workers()
        assert (worker.owner, worker.takes, worker.slots) == (here.owner, frozenset(("gate",)), 4)
        assert await somebody_takes(there.queue, "gate")
        assert not await somebody_takes(there.queue, "unheard")
    assert await there.queue.live_workers() == []


async def test_a_lease_is_renewed_also_while_the_event_loop_is_blocked(
    jobs_url: str, here: Machine, tmp_path: Path
) -> None:
    """Nobody settles what a living owner runs, however long that takes."""

    async def elsewhere(id: str) -> str:
        async with machine(jobs_url, tmp_path / "there", SHORT) as there:
            owner = (await there.queue.get(id)).owner
            assert owner is not None
            async with there.queue.running():
                await renewed(there, owner, 12)  # two leases, and more
            return await there.status(id)

    async def blocks(job: JobContext) -> str:
        with ThreadPoolExecutor(1) as another_machine:
            return another_machine.submit(asyncio.run, elsewhere(job.id)).result()

    here.queue.presence = LeasePresence(here.store, lease=SHORT)
    here.queue.register_handler("blocks", blocks)
    async with here.queue.running():
        job = await here.over(await here.queue.submit("blocks"))
    assert (job.status, job.result, job.attempt) == ("completed", "running", 1)


async def test_the_jobs_of_who_is_not_heard_of_are_settled_by_another_machine(
    jobs_url: str, here: Machine, tmp_path: Path
) -> None:
    for id, repeatable in (("again", True), ("once", False), ("unwanted", True)):
        await here.queue.jobs.submit(new_job("gate", id=id, repeatable=repeatable, max_attempts=3))
    await here.workers.join(stranger("dead"), 0.0)
    await here.queue.jobs.claim("dead", {"gate": 9}, 9, leased=True)
    await here.queue.jobs.request_cancel("unwanted")
    async with machine(jobs_url, tmp_path / "there", SHORT) as there:
        gate = Gate(there.queue, repeatable=True)
        gate.open.set()
        async with there.queue.running():
            job = await there.over("again")
            assert (job.status, job.attempt) == ("completed", 2)
            failed = await there.over("once")
            assert failed.error is not None
            assert (failed.status, failed.error.code) == ("failed", "worker_died")
            assert (await there.over("unwanted")).status == "cancelled"
    assert gate.begun == ["again"]
    (line,) = await here.lines("once")
    assert "not heard of" in line


async def test_two_machines_that_settle_at_once_settle_each_job_once(
    jobs_url: str, here: Machine, tmp_path: Path
) -> None:
    ids = [f"job-{n}" for n in range(30)]
    await here.workers.join(stranger("dead"), LONG)
    for id in ids:
        await here.queue.jobs.submit(new_job("gate", id=id, repeatable=True, max_attempts=3))
    await here.queue.jobs.claim("dead", {"gate": 99}, 99, leased=True)
    await forget(here, "dead")
    async with machine(jobs_url, tmp_path / "there") as there:
        for one in (here, there):
            one.queue.presence._watch.lasts = lambda now: True  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
        both = await asyncio.gather(here.queue.recover(), there.queue.recover())
    assert sorted(job.id for settled in both for job in settled) == sorted(ids)
    assert {job.attempt for settled in both for job in settled} == {1}
    assert all([len(await here.lines(id)) == 1 for id in ids])


async def test_nobody_is_settled_by_who_has_just_come(here: Machine, there: Machine) -> None:
    """After an outage all leases have ended, and who is back first would settle everybody."""
    await here.workers.join(stranger("slow"), LONG)
    await here.queue.jobs.submit(new_job("gate", id="a"))
    await here.queue.jobs.claim("slow", {"gate": 9}, 9, leased=True)
    await forget(here, "slow")
    assert await there.queue.recover() == []
    assert await there.workers.renew("slow", LONG)
    assert await there.status("a") == "running"


async def test_who_was_declared_dead_stops_and_comes_back_under_another_name(
    here: Machine, there: Machine
) -> None:
    """What it ran is interrupted; it may be claimed again when that has ended, also by itself."""
    gate, once = Gate(here.queue, repeatable=True), Gate(here.queue, "once")
    async with here.queue.running():
        again, failed = await here.queue.submit("gate"), await here.queue.submit("once")
        await gate.entered()
        await once.entered()
        first = here.owner
        await forget(there, first)
        assert await there.workers.declare_dead() == 1
        assert len(await there.workers.settle_unowned()) == 2
        await gate.entered(2)
        assert here.owner != first
        assert [one.owner for one in await there.queue.live_workers()] == [here.owner]
        gate.open.set()
        job = await here.over(again)
    assert (job.status, job.attempt, job.owner) == ("completed", 2, here.owner)
    assert (gate.begun, gate.ended) == ([again, again], [again])
    assert (await here.over(failed)).status == "failed"
    assert (once.begun, once.ended) == ([failed], [])


async def test_while_it_counts_as_dead_a_queue_takes_nothing_and_says_why(here: Machine) -> None:
    gate = Gate(here.queue)
    async with here.queue.running():
        first = here.queue._here
        assert first is not None
        first.lose()
        assert (here.queue.may_claim, here.queue.at_work) == (False, True)
        assert "dead" in (here.queue.problem or "")
        await here.queue.submit("gate")
        await gate.entered()
        assert here.queue._here is not first
        assert here.queue.problem is None
    assert await here.queue.live_workers() == []


async def test_a_late_answer_to_a_lost_name_does_not_touch_the_next_one(here: Machine) -> None:
    Gate(here.queue)
    async with here.queue.running():
        first = here.queue._here
        assert first is not None
        first.lose()
        await until(lambda: here.queue.may_claim)
        here.queue._lose(first.owner)
        assert here.queue.may_claim
        here.queue._lose(here.owner)
        assert not here.queue.may_claim


async def test_a_job_never_runs_twice_at_once_in_one_process(here: Machine, there: Machine) -> None:
    """Also where the handler of a lost one cannot be stopped."""
    stubborn = threading.Event()
    running: list[int] = []

    def cannot_be_stopped(job: JobContext) -> int:
        running.append(job.attempt)
        stubborn.wait()
        return job.attempt

    here.queue.register_handler("stubborn", cannot_be_stopped, repeatable=True)
    async with here.queue.running():
        id = await here.queue.submit("stubborn")
        await until(lambda: running)
        await forget(there, here.owner)
        await there.workers.declare_dead()
        await there.workers.settle_unowned()

        async def claimed_again() -> bool:
            job = await here.queue.get(id)
            return (job.status, job.attempt) == ("running", 2)

        await until(claimed_again)
        assert running == [1]
        stubborn.set()
        job = await here.over(id)
    assert (job.status, job.result, running) == ("completed", 2, [1, 2])


async def test_a_lost_owner_writes_nothing_more(here: Machine, there: Machine) -> None:
    """Neither progress, nor a line, nor an end; nor what was under way when it was settled."""
    jobs = here.queue.jobs
    await here.workers.join(stranger("lost"), LONG)
    await jobs.submit(new_job("gate", id="a", repeatable=True, max_attempts=2))
    (job,) = (await jobs.claim("lost", {"gate": 1}, 1, leased=True)).jobs
    report = Report("a", job.claim_id, None, (Line(1, "info", "too late"),))

    async def under_way() -> None:
        async with here.store.transaction() as tx:
            assert await AsyncJobRepository(tx).get("a") == job  # what it sees is from before
            await forget(there, "lost")
            await there.workers.declare_dead()
            await there.workers.settle_unowned()
            await AsyncJobRepository(tx).report([report])

    with pytest.raises(Conflict):
        await under_way()
    await jobs.report([report])
    assert not await jobs.finish("a", job.claim_id, "completed", lines=report.lines)
    assert await jobs.hand_back("a", job.claim_id) is None
    (line,) = await there.lines("a")
    assert "not heard of" in line
    assert await there.status("a") == "pending"


async def test_a_claim_keeps_its_owner_from_being_declared_dead_meanwhile(
    jobs_url: str, here: Machine, there: Machine
) -> None:
    """So all that was claimed is there when the jobs of the dead are settled."""
    await here.queue.jobs.submit(new_job("gate", id="a"))
    await here.workers.join(stranger("slow"), -1.0)
    async with here.store.transaction() as tx:
        claim = await AsyncJobRepository(tx).claim("slow", {"gate": 1}, 1, leased=True)
        assert [job.id for job in claim.jobs] == ["a"]
        declaring = asyncio.create_task(there.workers.declare_dead())
        await until(lambda: somebody_waits(jobs_url))
        assert not declaring.done()
    assert await declaring == 1
    assert [job.id for job in await there.workers.settle_unowned()] == ["a"]


async def somebody_waits(url: str) -> bool:
    async with await psycopg.AsyncConnection.connect(url) as connection:
        found = await connection.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        row = await found.fetchone()
    return row is not None and bool(row[0])


async def test_a_job_that_runs_elsewhere_is_cancelled_from_here(
    here: Machine, there: Machine
) -> None:
    gate = Gate(here.queue)
    Gate(there.queue)
    async with here.queue.running():
        id = await there.queue.submit("gate")  # it takes none itself
        await gate.entered()
        assert (await there.queue.cancel(id)).status == "running"
        assert (await there.over(id)).status == "cancelled"
    assert gate.ended == []


async def test_progress_and_log_are_read_on_every_machine(
    here: Machine, there: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mustela.jobs.reporting.REPORT_SECONDS", 0.01)
    enough = asyncio.Event()

    async def talks(job: JobContext) -> None:
        job.progress(3, 4, "three")
        job.log("a word")
        await enough.wait()

    here.queue.register_handler("talks", talks)
    async with here.queue.running():
        id = await here.queue.submit("talks")

        async def heard() -> bool:
            progress = (await there.queue.get(id)).progress
            return (progress.done, progress.message) == (3, "three")

        await until(heard)
        assert await there.lines(id) == ["a word"]
        enough.set()
        assert (await there.over(id)).status == "completed"


async def test_a_pause_holds_on_every_machine(here: Machine, there: Machine) -> None:
    gate, quick = Gate(here.queue), Gate(here.queue, "quick")
    for one in (gate, quick):
        one.open.set()
        Gate(there.queue, "gate" if one is gate else "quick")
    async with here.queue.running():
        await there.queue.pause(type="gate")
        held = await there.queue.submit("gate")
        assert (await there.over(await there.queue.submit("quick"))).status == "completed"
        assert await there.status(held) == "pending"
        await there.queue.resume(type="gate")
        assert (await there.over(held)).status == "completed"


async def test_a_tick_that_two_machines_see_makes_one_job(here: Machine, there: Machine) -> None:
    now = here.queue.now()
    for one in (here, there):
        Gate(one.queue).open.set()
    await here.queue.schedule("often", "* * * * * *", "gate")
    await asyncio.gather(
        *(
            one.queue.schedules.fire_due({"gate": new_job("gate")}, at=now + 5_000_000)
            for one in (here, there)
            for _ in range(5)
        )
    )
    assert await here.queue.jobs.total_jobs() == 1


async def test_who_follows_on_one_machine_hears_of_jobs_on_another(
    here: Machine, there: Machine
) -> None:
    Gate(here.queue).open.set()
    feed = EventFeed(there.store)
    async with here.queue.running(), feed.running(), feed.subscribed(["jobs"]) as subscription:
        id = await here.queue.submit("gate")
        async with asyncio.timeout(PATIENCE), aclosing(subscription.messages()) as news:
            async for messages in news:
                if any(id in message.json for message in messages):
                    break


async def test_a_run_elsewhere_that_is_silent_ends_once(
    jobs_url: str, here: Machine, tmp_path: Path
) -> None:
    here.queue._silence = 0.3
    async with (
        machine(jobs_url, tmp_path / "there", silence=0.3) as there,
        here.queue.running(),
        there.queue.running(),
    ):
        run = await here.queue.open_run("imaging")
        job = await there.over(run.id)
    assert job.error is not None
    assert (job.status, job.error.code) == ("failed", "lost_contact")
    assert len(await here.lines(run.id)) == 1


async def test_a_command_runs_its_job_itself_where_nobody_lives(here: Machine) -> None:
    gate = Gate(here.queue)
    gate.open.set()
    id = await here.queue.submit("gate")
    assert (await run_or_follow(here.queue, id, interval=0.01)).status == "completed"
    assert await here.queue.live_workers() == []

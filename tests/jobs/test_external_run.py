"""A block that is a run elsewhere: sync and async, however it ends."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from mustela.errors import MustelaError
from mustela.jobs import (
    AsyncioJobQueue,
    AsyncJobRepository,
    ExternalRun,
    InvalidJob,
    Job,
    JobCancelled,
    JobRepository,
    Progress,
    RunLost,
    jobs_metadata,
    new_run,
)
from mustela.jobs import external_reporting as reporting
from mustela.store import AsyncStore, Store
from mustela.store.errors import AlreadyExists, DiskFull, InsideTransaction
from tests.jobs.rig import PATIENCE, until

ROOT = Path(__file__).parents[2]


class NoFlux(MustelaError):
    """There is no flux in this field."""

    code = "no_flux"


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reports are not held back, so that no test waits for them."""
    monkeypatch.setattr(reporting, "REPORT_SECONDS", 0.001)


@pytest.fixture
def store() -> Iterator[Store]:
    with Store.memory(jobs_metadata) as store:
        yield store


@pytest.fixture
def jobs(store: Store) -> JobRepository:
    return JobRepository(store)


@pytest.fixture
async def async_jobs() -> AsyncIterator[AsyncJobRepository]:
    async with AsyncStore.memory(jobs_metadata) as store:
        yield AsyncJobRepository(store)


def eventually(condition: Callable[[], Any]) -> None:
    until = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.002)


def only(jobs: JobRepository) -> Job:
    (job,) = jobs.list_jobs().items
    return job


def doing(jobs: JobRepository, work: Callable[[ExternalRun], object], **options: Any) -> None:
    """A program whose block does this."""
    with jobs.external_run("imaging", **options) as run:
        work(run)


# ---------------------------------------------------------------------------------- in sync code


def test_a_block_that_ends_is_a_completed_run_with_all_that_it_said(jobs: JobRepository) -> None:
    with jobs.external_run(
        "imaging", {"band": 3}, inputs=["a.ms", Path("b.ms")], software_version="wsclean 3"
    ) as run:
        assert only(jobs).status == "running"
        run.progress(1, 10, "cleaning")
        run.log("it begins")
        run.input("c.ms")
        run.output("x.fits", Path("y.fits"))
        run.progress(10)
        run.check()
        run.result = {"rms_jy": 0.001}
    job = only(jobs)
    assert (job.status, job.result, job.error) == ("completed", {"rms_jy": 0.001}, None)
    assert (job.inputs, job.outputs) == (("a.ms", "b.ms", "c.ms"), ("x.fits", "y.fits"))
    assert (job.progress.done, job.progress.total, job.progress.message) == (10, 10, "cleaning")
    assert [line.text for line in jobs.tail_log(job.id)] == ["it begins"]
    assert (job.software_version, job.parameters) == ("wsclean 3", {"band": 3})
    assert job.owner == reporting.this_process()


def test_reports_are_written_while_the_block_runs_and_heartbeats_follow(
    jobs: JobRepository,
) -> None:
    with jobs.external_run("imaging", heartbeat=0.001) as run:
        eventually(lambda: only(jobs).heartbeats > 3)
        run.progress(3)
        run.log("half")
        eventually(lambda: only(jobs).progress == Progress(3) and jobs.tail_log(run.id))


def test_a_block_that_raises_is_a_failed_run_with_its_message(jobs: JobRepository) -> None:
    def finds_nothing(run: ExternalRun) -> None:
        run.output("half.fits")
        raise NoFlux

    with pytest.raises(NoFlux):
        doing(jobs, finds_nothing)
    named = only(jobs)
    assert named.error is not None
    assert (named.status, named.error.code) == ("failed", "no_flux")
    assert named.error.message == "There is no flux in this field."
    assert named.outputs == ("half.fits",)
    with pytest.raises(ZeroDivisionError), jobs.external_run("imaging", id="other"):
        raise ZeroDivisionError("at \udcff")
    other = jobs.get("other")
    assert other is not None
    assert other.error is not None
    assert other.error.message == "ZeroDivisionError: at \\udcff"
    assert jobs.tail_log("other")[0].text.startswith("Traceback")


def test_a_run_that_was_asked_to_end_is_cancelled(jobs: JobRepository) -> None:
    def goes_on(run: ExternalRun) -> None:
        jobs.request_cancel(run.id)
        eventually(lambda: run.cancelled)
        run.check()

    with pytest.raises(JobCancelled):
        doing(jobs, goes_on, heartbeat=0.001)
    assert (only(jobs).status, only(jobs).error) == ("cancelled", None)


@pytest.mark.parametrize(
    ("raised", "status"),
    [
        (KeyboardInterrupt(), "cancelled"),
        (SystemExit(), "completed"),
        (SystemExit(0), "completed"),
        (SystemExit(3), "failed"),
    ],
)
def test_a_program_that_ends_inside_of_the_block_ends_its_run(
    jobs: JobRepository, raised: BaseException, status: str
) -> None:
    with pytest.raises(type(raised)), jobs.external_run("imaging"):
        raise raised
    assert only(jobs).status == status


def test_a_run_that_others_have_ended_is_told_and_changes_nothing_more(
    jobs: JobRepository,
) -> None:
    lost: list[Job] = []

    def is_lost(run: ExternalRun) -> None:
        lost.append(lose(jobs))
        eventually(lambda: run.refusal)
        run.output("late.fits")
        run.check()

    def is_lost_unawares(run: ExternalRun) -> None:
        lost.append(lose(jobs))

    def is_lost_and_fails(run: ExternalRun) -> None:
        lost.append(lose(jobs))
        raise NoFlux  # is not hidden by the loss

    with pytest.raises(RunLost):
        doing(jobs, is_lost, heartbeat=0.001)
    with pytest.raises(RunLost):
        doing(jobs, is_lost_unawares, heartbeat=60.0)
    with pytest.raises(NoFlux):
        doing(jobs, is_lost_and_fails, heartbeat=60.0)
    assert [jobs.get(job.id) for job in lost] == lost


def lose(jobs: JobRepository) -> Job:
    """End what runs as silence would, whatever it says meanwhile."""
    while not (lost := jobs.lose_runs(jobs.run_pulses(), 120.0)):
        pass
    return lost[0]


def test_a_result_that_cannot_be_kept_fails_the_run_and_its_program(jobs: JobRepository) -> None:
    for result in (object(), "x" * 1_000_001):
        with pytest.raises(InvalidJob), jobs.external_run("imaging") as run:
            run.result = result
        job = jobs.get(run.id)
        assert job is not None
        assert job.error is not None
        assert (job.status, job.error.code) == ("failed", "invalid_result")


def test_names_that_cannot_be_kept_are_refused_at_once_or_fail_the_run(
    jobs: JobRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    with jobs.external_run("imaging") as run:
        for name in ("", "x" * 5000):
            with pytest.raises(InvalidJob):
                run.output(name)
    monkeypatch.setattr("mustela.jobs.external_operations.MOST_NAMES", 2)

    def names_too_many(run: ExternalRun) -> None:
        run.output("a", "b", "c")

    def is_told(run: ExternalRun) -> None:
        names_too_many(run)
        eventually(lambda: run.refusal)
        run.check()

    with pytest.raises(InvalidJob):
        doing(jobs, is_told, id="early")
    with pytest.raises(InvalidJob):
        doing(jobs, names_too_many, id="late")
    for id in ("early", "late"):
        job = jobs.get(id)
        assert job is not None
        assert job.error is not None
        assert (job.status, job.error.code) == ("failed", "invalid_job")


def test_faults_of_the_database_are_waited_out(
    jobs: JobRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_first(jobs, "report_run", 2, monkeypatch)
    with jobs.external_run("imaging") as run:
        run.log("first")
        run.output("x.fits")
        eventually(lambda: jobs.tail_log(run.id))
        fail_first(jobs, "report_run", 1, monkeypatch)
        fail_first(jobs, "finish_run", 2, monkeypatch)
        run.log("last")
    job = only(jobs)
    assert (job.status, job.outputs) == ("completed", ("x.fits",))
    assert [line.text for line in jobs.tail_log(job.id)] == ["first", "last"]


def test_an_end_that_cannot_be_written_is_raised_unless_the_block_raised(
    jobs: JobRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reporting, "TRIES", 2)
    fail_first(jobs, "finish_run", 99, monkeypatch)
    with pytest.raises(DiskFull), jobs.external_run("imaging"):
        pass
    with pytest.raises(NoFlux), jobs.external_run("imaging"):
        raise NoFlux


def fail_first(jobs: Any, name: str, times: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first calls of an operation fail, as where the disk is full."""
    operation = getattr(type(jobs), name).__get__(jobs)
    left = times

    def faulty(*args: Any, **kwargs: Any) -> Any:
        nonlocal left
        left -= 1
        if left >= 0:
            raise DiskFull
        return operation(*args, **kwargs)

    monkeypatch.setitem(jobs.__dict__, name, faulty)


def test_a_run_reports_in_outside_of_transactions_only(store: Store) -> None:
    with (
        store.transaction() as tx,
        pytest.raises(InsideTransaction),
        JobRepository(tx).external_run("imaging"),
    ):
        pass


def test_a_run_that_cannot_be_opened_never_enters_its_block(jobs: JobRepository) -> None:
    jobs.open_run(new_run("imaging", uniqueness_key="field"))
    entered: list[ExternalRun] = []
    with pytest.raises(AlreadyExists):
        doing(jobs, entered.append, uniqueness_key="field")
    assert not entered
    threads = [thread.name for thread in threading.enumerate()]
    assert not any(name.startswith("run ") for name in threads)


def test_several_runs_report_from_several_threads(jobs: JobRepository) -> None:
    def work(n: int) -> None:
        with jobs.external_run("imaging", id=f"run{n}") as run:
            for step in range(5):
                run.progress(step)
                run.log(f"{n}: {step}")

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for n in range(4):
        assert [line.text for line in jobs.tail_log(f"run{n}")] == [f"{n}: {s}" for s in range(5)]
        job = jobs.get(f"run{n}")
        assert job is not None
        assert (job.status, job.progress.done) == ("completed", 4)


# ------------------------------------------------------------------------------ on an event loop


async def test_a_block_on_the_loop_is_a_run_too(async_jobs: AsyncJobRepository) -> None:
    jobs = async_jobs
    async with jobs.external_run("imaging", inputs=["a.ms"], heartbeat=0.001) as run:
        run.progress(1, 2)
        await asyncio.to_thread(run.log, "from a thread")
        run.output("x.fits")
        await until(lambda: heard(jobs, run.id, 3))
        run.result = 7
    job = await jobs.get(run.id)
    assert job is not None
    assert (job.status, job.result, job.outputs) == ("completed", 7, ("x.fits",))
    assert [line.text for line in await jobs.tail_log(run.id)] == ["from a thread"]


async def heard(jobs: AsyncJobRepository, id: str, times: int) -> bool:
    job = await jobs.get(id)
    return job is not None and job.heartbeats >= times


@pytest.mark.parametrize("way", ["cancelled task", "asked to", "raises", "lost", "odd result"])
async def test_a_block_on_the_loop_ends_its_run_as_in_sync_code(
    async_jobs: AsyncJobRepository, way: str
) -> None:
    jobs = async_jobs
    inside = asyncio.Event()

    async def work() -> None:
        async with jobs.external_run("imaging", id="run", heartbeat=0.001) as run:
            inside.set()
            if way == "raises":
                raise NoFlux
            if way == "odd result":
                run.result = object()
                return
            while True:
                run.check()
                await asyncio.sleep(0)

    task = asyncio.create_task(work())
    await inside.wait()
    if way == "cancelled task":
        task.cancel()
    elif way == "asked to":
        await jobs.request_cancel("run")
    elif way == "lost":
        while not await jobs.lose_runs(await jobs.run_pulses(), 120.0):
            await asyncio.sleep(0)
    (raised,) = await asyncio.gather(task, return_exceptions=True)
    job = await jobs.get("run")
    assert job is not None
    ended = (type(raised), job.status, job.error and job.error.code)
    assert (
        ended
        == {
            "cancelled task": (asyncio.CancelledError, "cancelled", None),
            "asked to": (JobCancelled, "cancelled", None),
            "raises": (NoFlux, "failed", "no_flux"),
            "lost": (RunLost, "failed", "lost_contact"),
            "odd result": (InvalidJob, "failed", "invalid_result"),
        }[way]
    )


async def test_faults_of_the_database_are_waited_out_on_the_loop(
    async_jobs: AsyncJobRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = async_jobs
    fail_first(jobs, "report_run", 2, monkeypatch)
    async with jobs.external_run("imaging") as run:
        run.log("first")
        await until(lambda: jobs.tail_log(run.id))
        fail_first(jobs, "finish_run", 1, monkeypatch)
    job = await jobs.get(run.id)
    assert job is not None
    assert job.status == "completed"
    monkeypatch.setattr(reporting, "TRIES", 2)
    fail_first(jobs, "finish_run", 99, monkeypatch)
    with pytest.raises(NoFlux):
        async with jobs.external_run("imaging"):
            raise NoFlux


async def test_a_run_on_the_loop_reports_in_outside_of_transactions_only(
    async_jobs: AsyncJobRepository,
) -> None:
    store = async_jobs.executor
    assert isinstance(store, AsyncStore)
    async with store.transaction() as tx:
        with pytest.raises(InsideTransaction):
            async with AsyncJobRepository(tx).external_run("imaging"):
                pass


# ------------------------------------------------------------------------- processes of their own


@asynccontextmanager
async def pipeline(database: Path, id: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.jobs.pipeline_process", str(database), id),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(PATIENCE):
            assert await process.stdout.readline() == b"begun\n"
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def test_a_run_whose_process_is_killed_fails_and_one_that_is_asked_to_ends(
    tmp_path: Path,
) -> None:
    database = tmp_path / "jobs.db"
    async with AsyncStore.open(database, create=[jobs_metadata]) as store:
        queue = AsyncioJobQueue(store, data_dir=tmp_path, watch=True, silence=2.0)
        async with (
            queue.running(),
            pipeline(database, "killed") as killed,
            pipeline(database, "asked") as asked,
        ):
            killed.kill()
            await queue.cancel("asked")
            cancelled = await queue.wait("asked", PATIENCE)
            _, said = await asked.communicate()
            failed = await queue.wait("killed", PATIENCE)
    assert (cancelled.status, cancelled.error) == ("cancelled", None)
    assert b"JobCancelled" in said
    assert (failed.status, failed.error and failed.error.code) == ("failed", "lost_contact")
    assert failed.progress.total == 10

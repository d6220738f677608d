"""``mustela worker``: a process that runs jobs beside a server, or without one."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from signal import SIGINT, SIGTERM
from typing import Any

import pytest

from mustela.commands import worker
from mustela.commands.worker import NoSuchApp, load_queue
from mustela.commands.workplace import catalog
from mustela.jobs import Job, JobRepository, live_workers, new_job
from mustela.jobs.leader import LeaderLock, NeverLeads
from mustela.settings import Settings
from mustela.store import Store
from tests.cli.conftest import Run
from tests.processes import Running, eventually

#: A program with a job queue of its own; ``{url}`` is its database.
PROGRAM = """
import asyncio
from pathlib import Path
from mustela.jobs import jobs_metadata, open_queue
from mustela.store import AsyncStore

async def hang(job):
    job.progress(1, message="begun")
    await asyncio.Event().wait()

async def quick(job):
    return "done"

def queue():
    url = "{url}"
    queue = open_queue(AsyncStore.open(url, create=[jobs_metadata]), url, data_dir=Path("{data}"))
    queue.register_handler("hang", hang, repeatable=True)
    queue.register_handler("quick", quick)
    return queue

class Nothing:
    pass

nothing = Nothing()
"""


class Program:
    """What a test needs of it."""

    def __init__(self, directory: Path, url: str) -> None:
        self.directory, self.url = directory, url
        text = PROGRAM.replace("{url}", url).replace("{data}", str(directory))
        (directory / "program.py").write_text(text)

    @contextmanager
    def worker(self, *words: str) -> Iterator[Running]:
        process = Running(
            *("worker", "--app", "program:queue", *words),
            home=self.directory / "home",
            cwd=self.directory,
        )
        try:
            yield process
        finally:
            process.kill()

    def job(self, id: str) -> Job:
        with Store.open(self.url) as store:
            job = JobRepository(store).get(id)
        assert job is not None
        return job

    def submit(self, type: str, **options: Any) -> str:
        with Store.open(self.url) as store:
            return JobRepository(store).submit(new_job(type, **options)).id


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def program(request: pytest.FixtureRequest, tmp_path: Path) -> Program:
    if request.param == "sqlite":
        return Program(tmp_path, f"sqlite:///{tmp_path / 'jobs.db'}")
    pytest.importorskip("procrastinate", reason="needs mustela[postgres]")
    return Program(tmp_path, request.getfixturevalue("postgres_url"))


def says(process: Running, words: str) -> None:
    def said() -> bool:
        assert process.process.poll() is None or any(words in line for line in process.err), (
            process.err
        )
        return any(words in line for line in process.err)

    eventually(said)


def test_a_worker_runs_jobs_of_another_program_and_hands_back_what_it_cannot_finish(
    program: Program,
) -> None:
    with program.worker("--concurrency", "3") as process:
        says(process, "Mustela runs jobs: 3 at once, of the types hang, quick")
        quick = program.submit("quick")
        eventually(lambda: program.job(quick).ended)
        assert program.job(quick).result == "done"
        hang = program.submit("hang", repeatable=True, max_attempts=3)
        eventually(lambda: program.job(hang).status == "running")
        assert process.end(SIGTERM) == 0
    job = program.job(hang)
    assert (job.status, job.attempt) == ("pending", 0)


def test_a_worker_leaves_other_types_alone(program: Program) -> None:
    with program.worker("--types", "quick") as process:
        says(process, "of the types quick")
        left = program.submit("hang")
        done = program.submit("quick")
        eventually(lambda: program.job(done).ended)
        assert program.job(left).status == "pending"
        assert process.end(SIGINT) == 130


def test_a_worker_of_the_catalog_scans_for_a_command(
    tmp_path: Path, library: Path, mustela: Run
) -> None:
    data = tmp_path / "data"
    worker = Running("worker", "--data-dir", data, home=tmp_path / "home")
    try:
        says(worker, "Mustela runs jobs: 4 at once")
        (here,) = live_workers(data)
        assert mustela("scan", library).status == 0
        with catalog(Settings(data_dir=data), "test") as store:
            (scan,) = JobRepository(store).list_jobs(type="video.scan").items
        assert (scan.status, scan.owner) == ("completed", here.owner)
        assert worker.end(SIGTERM) == 0
    finally:
        worker.kill()


def test_what_cannot_be_run_is_refused(mustela: Run, tmp_path: Path) -> None:
    Program(tmp_path, f"sqlite:///{tmp_path / 'jobs.db'}")
    mustela("worker", "--types", "video.scam", "--data-dir", tmp_path / "data").refused(
        "'video.scam'", "video.scan"
    )
    mustela("worker", "--app", "nowhere:queue").refused("there is no module nowhere")
    mustela("worker", "--app", "program").refused("package.module:queue")
    mustela("worker", "--app", ".program:queue").refused("package.module:queue")
    mustela("worker", "--app", "program:queue", "--data-dir", tmp_path).refused("--data-dir")
    mustela("worker", "--database-url", "mysql://somewhere").refused("postgresql://")


@pytest.mark.parametrize(
    ("name", "said"),
    [("makers:later", "is a coroutine function"), ("makers:of", "needs arguments")],
)
def test_what_makes_no_queue_when_it_is_called_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, said: str
) -> None:
    (tmp_path / "makers.py").write_text("async def later(): ...\ndef of(name): ...\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(NoSuchApp, match=said):
        load_queue(name)


@pytest.mark.postgres
def test_a_server_that_does_not_answer_is_said(mustela: Run, tmp_path: Path) -> None:
    pytest.importorskip("psycopg", reason="needs mustela[postgres]")
    nobody = f"postgresql://nobody@/catalog?host={tmp_path}"
    mustela("worker", "--database-url", nobody).refused("cannot be reached")


async def test_a_worker_of_the_catalog_leaves_the_lead_to_servers(tmp_path: Path) -> None:
    settings = Settings.load(environ={}, data_dir=tmp_path)
    with catalog(settings, "roots"):
        pass  # the tables are there
    app_at_work = worker._catalog_at_work(settings, ["video.scan"], 1)
    async with app_at_work as queue, LeaderLock(tmp_path) as server:
        assert queue.at_work
        await asyncio.sleep(0)  # what asks who leads has asked by now
        assert await server.leads()


async def test_who_never_leads_does_not_where_nobody_else_is() -> None:
    async with NeverLeads() as leader:
        assert not await leader.leads()

"""Jobs for many machines: tickets, what becomes of lost ones, and a database that goes away."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mustela.jobs import (
    JOBS_BRANCH,
    Failure,
    JobContext,
    JobRepository,
    LeasePresence,
    jobs_metadata,
    new_job,
)
from mustela.store import STORE_BRANCH, AsyncStore, Store, migrate
from mustela.store.migrations.verify import verify
from tests.jobs.machines import LONG
from tests.jobs.rig import PATIENCE, Gate, until
from tests.jobs.servers import ran, server
from tests.jobs.worker_process import register

psycopg = pytest.importorskip("psycopg", reason="needs mustela[postgres]")
pytest.importorskip("procrastinate", reason="needs mustela[postgres]")

from mustela.jobs.procrastinate import ProcrastinateJobQueue  # noqa: E402
from mustela.jobs.procrastinate import queue as queue_module  # noqa: E402
from mustela.jobs.procrastinate.schema import (  # noqa: E402
    NoJobsTable,
    ProcrastinateRefused,
    ProcrastinateTooNew,
    ProcrastinateUnknown,
    install,
    newest_migration,
)
from mustela.jobs.procrastinate.ticket_sql import TRIGGERS, schema_of  # noqa: E402
from mustela.jobs.procrastinate.tickets import Tickets, queue_of  # noqa: E402

pytestmark = pytest.mark.postgres
SCHEMA = "mustela_procrastinate"
#: Seconds after which the dead are found; a crowded machine does not make the living look so.
LEASE = 2.0


def ask(url: str, statement: str) -> list[Any]:
    """The rows of a statement, on a connection of its own."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"SET search_path = {SCHEMA}, public")
        cursor = connection.execute(statement)
        return [] if cursor.description is None else cursor.fetchall()


def tickets(url: str) -> list[str]:
    """The jobs that a ticket waits for, in the order in which they would be taken."""
    found = ask(
        url,
        f"SELECT args->>'job' FROM {SCHEMA}.procrastinate_jobs WHERE status = 'todo' "
        "ORDER BY priority DESC, id",
    )
    return [id for (id,) in found]


def forget_tickets(url: str) -> None:
    ask(url, f"DELETE FROM {SCHEMA}.procrastinate_jobs")


@asynccontextmanager
async def worker(
    url: str, data_dir: Path, lease: float = LONG, **options: Any
) -> AsyncIterator[ProcrastinateJobQueue]:
    """A queue as another machine has it: on a store of its own, not running yet."""
    async with AsyncStore.open(url) as store:
        presence = LeasePresence(store, lease=lease)
        options = {"data_dir": data_dir, "drain": 0.1, "presence": presence, **options}
        yield ProcrastinateJobQueue(store, url, **options)


async def over(queue: ProcrastinateJobQueue, id: str) -> Any:
    job = await queue.wait(id, PATIENCE)
    assert job.ended, job
    return job


@pytest.fixture
def url(tickets_url: str) -> str:
    """The database of the test."""
    return tickets_url


@pytest.fixture
def jobs(url: str) -> Iterator[JobRepository]:
    with Store.open(url) as store:
        yield JobRepository(store)


# Tickets.


def test_a_row_has_a_ticket_while_it_is_ready_and_only_then(jobs: JobRepository, url: str) -> None:
    id = jobs.submit(new_job("work")).id
    assert tickets(url) == [id]
    jobs.pause(id=id)
    assert tickets(url) == []
    jobs.resume(id=id)
    assert tickets(url) == [id]
    (job,) = jobs.claim("somebody", {"work": 1}, 1).jobs
    assert tickets(url) == []
    jobs.hand_back(id, job.claim_id)
    assert tickets(url) == [id]
    again = jobs.claim_one(id, "somebody")
    assert again is not None
    assert tickets(url) == []
    jobs.retry(id, again.claim_id, 0, Failure("busy", "It was busy."))
    assert tickets(url) == [], "it waits for its time"
    (job,) = jobs.claim("somebody", {"work": 1}, 1).jobs
    jobs.retry(id, job.claim_id, 0, Failure("busy", "It was busy."))
    jobs.claim("somebody", {"other": 1}, 1)
    assert tickets(url) == [id], "whoever claims promotes what is due, whatever its type"
    (job,) = jobs.claim("somebody", {"work": 1}, 1).jobs
    jobs.recover(["somebody"])
    assert tickets(url) == [], "it has failed"
    other = jobs.submit(new_job("work", repeatable=True, max_attempts=9)).id
    jobs.claim("somebody", {"work": 1}, 1)
    jobs.recover(["somebody"])
    assert tickets(url) == [other]
    jobs.request_cancel(other)
    assert tickets(url) == []


def test_what_is_not_ready_has_no_ticket(jobs: JobRepository, url: str) -> None:
    later = int(datetime(2100, 1, 1, tzinfo=UTC).timestamp() * 1_000_000)
    jobs.submit(new_job("work", run_at=later))
    jobs.submit(new_job("work", paused=True))
    jobs.submit(new_job("work", external=True))
    assert tickets(url) == []


def test_a_ticket_commits_with_its_row_or_not_at_all(jobs: JobRepository, url: str) -> None:
    with Store.open(url) as store:

        def fail() -> None:
            with store.transaction() as tx:
                JobRepository(tx).submit(new_job("work"))
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            fail()
        assert tickets(url) == []
        with store.transaction() as tx:
            id = JobRepository(tx).submit(new_job("work")).id
            assert tickets(url) == []
    assert tickets(url) == [id]


def test_tickets_follow_the_order_of_jobs_however_odd_types_and_priorities_are(
    jobs: JobRepository, url: str
) -> None:
    long = "x" * 200
    low = jobs.submit(new_job(long, priority=-(2**40))).id
    high = jobs.submit(new_job(long, priority=2**40)).id
    assert tickets(url) == [high, low]
    ((queue,),) = ask(url, f"SELECT DISTINCT queue_name FROM {SCHEMA}.procrastinate_jobs")
    assert queue == queue_of(long)
    assert queue_of("short") == "short"


# Delivery.


async def test_a_job_that_another_process_submitted_is_begun_by_its_ticket(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue_module, "POLL_SECONDS", 3600.0)
    monkeypatch.setattr(queue_module, "MEND_SECONDS", 3600.0)
    async with (
        worker(url, tmp_path) as here,
        worker(url, tmp_path, concurrency=0) as far,
    ):
        gate = Gate(here)
        gate.open.set()
        Gate(far)
        async with here.running(), far.running():
            await until(lambda: here._recovered)
            await listening(url)
            for _ in range(3):
                job = await over(far, await far.submit("gate"))
                assert (job.status, job.owner) == ("completed", here._owner)
            assert far.active == 0
            await until(lambda: not everything(url))


async def listening(url: str) -> None:
    """Until somebody listens."""

    def found() -> bool:
        return bool(
            ask(
                url, "SELECT FROM pg_stat_activity WHERE query LIKE 'LISTEN%' OR query = 'SELECT 1'"
            )
        )

    await until(found)


def everything(url: str) -> list[Any]:
    return ask(url, f"SELECT id FROM {SCHEMA}.procrastinate_jobs")


async def test_a_ticket_that_was_lost_loses_no_job(url: str, tmp_path: Path) -> None:
    with Store.open(url) as store:
        ids = [JobRepository(store).submit(new_job("gate")).id for _ in range(3)]
    forget_tickets(url)
    async with worker(url, tmp_path) as mender:
        assert await mender._tickets.mend() == 3
        assert tickets(url) == ids
        assert await mender._tickets.mend() == 0
        await mender._tickets.close()
    async with worker(url, tmp_path) as queue:
        Gate(queue).open.set()
        async with queue.running():
            for id in ids:
                assert (await over(queue, id)).status == "completed"


async def test_a_ticket_whose_taker_died_is_forgotten_and_its_job_gets_another(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Store.open(url) as store:
        id = JobRepository(store).submit(new_job("gate")).id
    dead = Tickets(url)
    taken = await dead.take(["gate"])
    assert taken is not None
    await dead.close()
    monkeypatch.setattr("mustela.jobs.procrastinate.tickets.GONE_SECONDS", 0.0)
    heir = Tickets(url)
    assert await heir.mend() == 1
    assert tickets(url) == [id]
    assert len(everything(url)) == 1
    await heir.close()


async def test_a_ticket_of_a_job_that_is_over_does_nothing(url: str, tmp_path: Path) -> None:
    async with worker(url, tmp_path) as queue:
        gate = Gate(queue)
        gate.open.set()
        async with queue.running():
            job = await over(queue, await queue.submit("gate"))
            ask(url, f"SELECT {SCHEMA}.mustela_defer_v1('{job.id}', 'gate', 0)")
            await until(lambda: not everything(url))
            assert await queue.get(job.id) == job
            assert gate.begun == [job.id]


async def test_who_has_no_room_leaves_the_ticket_to_others(url: str, tmp_path: Path) -> None:
    async with (
        worker(url, tmp_path, concurrency=4) as busy,
        worker(url, tmp_path, concurrency=4) as idle,
    ):
        held, free = Gate(busy, concurrency=1), Gate(idle, concurrency=1)
        async with busy.running():
            first = await busy.submit("gate")
            await held.entered()
            second = await busy.submit("gate")
            await until(lambda: tickets(url) == [second])
            free.open.set()
            async with idle.running():
                assert (await over(idle, second)).owner == idle._owner
            held.open.set()
            assert (await over(busy, first)).owner == busy._owner
        assert (held.begun, free.begun) == ([first], [second])


async def test_jobs_go_by_priority_whichever_ticket_was_taken(url: str, tmp_path: Path) -> None:
    with Store.open(url) as store:
        rows = JobRepository(store)
        ids = [rows.submit(new_job("gate", priority=n)).id for n in (0, 5, 3)]
    ask(url, f"UPDATE {SCHEMA}.procrastinate_jobs SET priority = -priority")
    async with worker(url, tmp_path, concurrency=1) as queue:
        gate = Gate(queue)
        gate.open.set()
        async with queue.running():
            for id in ids:
                await over(queue, id)
        assert gate.begun == [ids[1], ids[2], ids[0]]


async def test_a_running_job_is_cancelled_from_another_machine(url: str, tmp_path: Path) -> None:
    async with (
        worker(url, tmp_path) as here,
        worker(url, tmp_path, concurrency=0) as far,
    ):
        gate = Gate(here)
        Gate(far)
        async with here.running(), far.running():
            id = await far.submit("gate")
            await gate.entered()
            assert (await far.cancel(id)).status == "running"
            assert (await over(far, id)).status == "cancelled"
            assert gate.ended == []


async def test_what_was_paused_elsewhere_waits_and_goes_on_when_it_is_resumed_there(
    url: str, tmp_path: Path
) -> None:
    async with (
        worker(url, tmp_path) as here,
        worker(url, tmp_path, concurrency=0) as far,
    ):
        gate = Gate(here)
        gate.open.set()
        Gate(far)
        async with here.running(), far.running():
            await far.pause(type="gate")
            id = await far.submit("gate")
            await until(lambda: "gate" in here._held)
            assert gate.begun == []
            await far.resume(type="gate")
            assert (await over(far, id)).status == "completed"


async def test_a_delayed_job_is_begun_when_it_is_due(url: str, tmp_path: Path) -> None:
    async with (
        worker(url, tmp_path) as here,
        worker(url, tmp_path, concurrency=0) as far,
    ):
        Gate(here).open.set()
        Gate(far)
        async with here.running(), far.running():
            due = datetime.now(UTC) + timedelta(seconds=0.3)
            job = await over(far, await far.submit("gate", run_at=due))
            assert job.started_at is not None
            assert job.started_at >= due


async def test_two_who_claim_from_one_line_run_each_job_once(url: str, tmp_path: Path) -> None:
    with Store.open(url) as store:
        rows = JobRepository(store)
        ids = {rows.submit(new_job("count")).id for _ in range(60)}
    begun: list[str] = []

    async def count(job: JobContext) -> None:
        begun.append(job.id)
        await asyncio.sleep(0)

    async with worker(url, tmp_path) as one, worker(url, tmp_path) as two:
        for queue in (one, two):
            queue.register_handler("count", count)
        async with one.running(), two.running():
            for id in ids:
                assert (await over(one, id)).attempt == 1
    assert sorted(begun) == sorted(ids)
    assert everything(url) == []


async def test_a_worker_takes_only_the_types_that_it_is_told_to(url: str, tmp_path: Path) -> None:
    async with worker(url, tmp_path) as queue:
        left, taken = Gate(queue, "left"), Gate(queue, "taken")
        taken.open.set()
        queue.take_only(["taken"], 2)
        assert (queue.takes, queue.slots) == (["taken"], 2)
        async with queue.running():
            waits = await queue.submit("left")
            await over(queue, await queue.submit("taken"))
            assert (await queue.get(waits)).status == "pending"
        assert left.begun == []


# Processes.


async def test_workers_are_killed_and_every_job_ends_without_running_twice_at_once(
    url: str, tmp_path: Path
) -> None:
    places = [tmp_path / name for name in ("one", "two", "three")]
    for place in places:
        place.mkdir()

    def lines() -> list[str]:
        return [line for place in places for line in ran(place)]

    async with AsyncExitStack() as stack:
        far = await stack.enter_async_context(worker(url, tmp_path, concurrency=0, lease=LEASE))
        register(far, tmp_path)
        await stack.enter_async_context(far.running())
        workers = [
            await stack.enter_async_context(server(url, place, str(LEASE), "tickets"))
            for place in places
        ]
        long = [await far.submit("hang") for _ in range(6)]
        await until(lambda: len(lines()) == 6)
        short = await asyncio.gather(*(far.submit("quick") for _ in range(40)))
        workers[0].kill()
        await workers[0].wait()
        for place in places:
            (place / "go").touch()
        ended = {id: await over(far, id) for id in (*long, *short)}
    for id in long:
        assert (ended[id].status, ended[id].result) == ("completed", "went")
        assert lines().count(f"end {id}") == 1
        assert lines().count(f"begin {id}") == ended[id].attempt
    for id in short:
        assert lines().count(f"begin {id}") <= 1, "it is not to run twice"
        failure = ended[id].error
        assert ended[id].status == "completed" or (failure and failure.code == "worker_died")


# Its tables.


def test_several_who_start_at_once_make_the_tables_once(postgres_url: str) -> None:
    Store.open(postgres_url, create=[jobs_metadata]).close()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(install, [postgres_url] * 4))
    with Store.open(postgres_url) as store:
        id = JobRepository(store).submit(new_job("work")).id
    assert tickets(postgres_url) == [id]


def test_without_our_table_it_is_said_what_to_do(postgres_url: str) -> None:
    with pytest.raises(NoJobsTable, match="db upgrade"):
        install(postgres_url)


def test_our_migrations_go_down_and_up_beside_them(postgres_url: str) -> None:
    branches = [STORE_BRANCH, JOBS_BRANCH]
    migrate.upgrade(postgres_url, branches)
    install(postgres_url)
    assert verify(postgres_url, branches).engine == "postgresql"
    migrate.downgrade(postgres_url, branches, "jobs@base")
    migrate.upgrade(postgres_url, branches)
    install(postgres_url)
    with Store.open(postgres_url) as store:
        id = JobRepository(store).submit(new_job("work")).id
    assert tickets(postgres_url) == [id]


def test_who_may_not_make_a_schema_is_told_what_to_grant(postgres_url: str) -> None:
    Store.open(postgres_url, create=[jobs_metadata]).close()
    name = f"reader_{secrets.token_hex(4)}"
    ask(postgres_url, f"CREATE ROLE {name} LOGIN")
    try:
        with pytest.raises(ProcrastinateRefused, match="GRANT CREATE ON DATABASE"):
            install(postgres_url.replace("//postgres@", f"//{name}@"))
    finally:
        ask(postgres_url, f"DROP ROLE {name}")


def test_tables_of_an_older_procrastinate_are_brought_up_to_date(url: str) -> None:
    before = "03.04.00_01_pre_add_retry_failed_job_procedure"
    assert newest_migration() > before
    trigger = "procrastinate_trigger_status_events_update_v1"
    ask(url, f"COMMENT ON SCHEMA {SCHEMA} IS '{before} 0'")
    ask(url, f"DROP TRIGGER {trigger} ON {SCHEMA}.procrastinate_jobs")
    install(url)
    assert ask(url, f"SELECT tgname FROM pg_trigger WHERE tgname = '{trigger}'") == [(trigger,)]


def test_tables_of_a_newer_procrastinate_are_refused(url: str) -> None:
    ask(url, f"COMMENT ON SCHEMA {SCHEMA} IS '99.00.00_01_new 1'")
    with pytest.raises(ProcrastinateTooNew, match=r"99\.00\.00_01_new"):
        install(url)


def test_tables_of_an_unknown_procrastinate_are_refused_until_they_are_dropped(url: str) -> None:
    ask(url, f"COMMENT ON SCHEMA {SCHEMA} IS NULL")
    with pytest.raises(ProcrastinateUnknown, match=f"DROP SCHEMA {SCHEMA} CASCADE"):
        install(url)
    ask(url, f"DROP SCHEMA {SCHEMA} CASCADE")
    install(url)
    assert tickets(url) == []


def in_schema(url: str, schema: str) -> str:
    """A catalog of its own in the database."""
    ask(url, f'CREATE SCHEMA "{schema}"')
    place = url + ("&" if "?" in url else "?") + f"options=-csearch_path%3D{schema}"
    Store.open(place, create=[jobs_metadata]).close()
    return place


def says(word: str) -> Any:
    def say(job: JobContext) -> str:
        del job
        return word

    return say


async def test_catalogs_in_schemas_of_one_database_do_not_touch_each_other(
    postgres_url: str, tmp_path: Path
) -> None:
    places = [in_schema(postgres_url, schema) for schema in ("north", "south")]
    async with AsyncExitStack() as stack:
        queues = []
        for number, place in enumerate(places):
            opened = worker(place, tmp_path / str(number), concurrency=1)
            queues.append(await stack.enter_async_context(opened))
            queues[-1].register_handler("where", says(place))
        for queue in queues:  # the second makes its tables while the first is at work
            await stack.enter_async_context(queue.running())
            Gate(queue)
        for queue, place in zip(queues, places, strict=True):
            job = await over(queue, await queue.submit("where"))
            assert (job.status, job.result) == ("completed", place)
            waiting = await queue.submit("gate", run_at=datetime(2100, 1, 1, tzinfo=UTC))
            await queue.cancel(waiting)
    schemas = "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'mustela_procrastinate%'"
    assert sorted(ask(postgres_url, schemas)) == [
        ("mustela_procrastinate_north",),
        ("mustela_procrastinate_south",),
    ]


def test_a_catalog_that_shared_the_schema_of_another_gets_its_own(postgres_url: str) -> None:
    """As both did once: the triggers of the first made tickets of jobs that nobody found."""
    Store.open(postgres_url, create=[jobs_metadata]).close()
    install(postgres_url)
    place = in_schema(postgres_url, "north")
    for name, statement in TRIGGERS.items():
        ask(
            postgres_url,
            statement.replace("{jobs}", "north.jobs").replace(
                "FUNCTION ", "FUNCTION " + SCHEMA + "."
            ),
        )
        assert name
    install(place)
    with Store.open(place) as store:
        id = JobRepository(store).submit(new_job("work")).id
    own = "mustela_procrastinate_north"
    assert ask(postgres_url, f"SELECT args->>'job' FROM {own}.procrastinate_jobs") == [(id,)]
    assert tickets(postgres_url) == []


def test_the_schema_of_tickets_is_named_by_the_catalogs() -> None:
    assert schema_of("public") == SCHEMA
    assert schema_of("north") == f"{SCHEMA}_north"
    long, longer = schema_of("n" * 60), schema_of("n" * 61)
    assert len(long) <= 63
    assert long != longer


def test_a_row_that_was_there_before_the_tables_gets_its_ticket(
    postgres_url: str,
) -> None:
    with Store.open(postgres_url, create=[jobs_metadata]) as store:
        id = JobRepository(store).submit(new_job("work")).id
    install(postgres_url)
    assert tickets(postgres_url) == []

    async def mend() -> int:
        found = Tickets(postgres_url)
        try:
            return await found.mend()
        finally:
            await found.close()

    assert asyncio.run(mend()) == 1
    assert tickets(postgres_url) == [id]

"""One of ten units in a group goes wrong: it fails, and the other nine never notice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple, cast

import apsw
import pytest

from mustela.store import AsyncStore
from mustela.store.errors import (
    AlreadyExists,
    ConstraintViolated,
    DiskFault,
    DiskFull,
    Interrupted,
    StoreError,
)
from mustela.store.testing.faults import (
    DISK_FULL,
    IO_ERROR_READ,
    IO_ERROR_SYNC,
    IO_ERROR_WRITE,
    Fault,
    FaultyDisk,
)
from tests.store.faulty import (
    AsyncToys,
    Seen,
    Toy,
    check_books,
    metadata,
    patient_groups,
    settle,
    writer_connection,
)

TEN = [f"toy-{n}" for n in range(10)]


@pytest.fixture
def disk() -> Iterator[FaultyDisk]:
    with FaultyDisk() as disk:
        yield disk


@pytest.fixture
def one_group(monkeypatch: pytest.MonkeyPatch) -> None:
    """No time budget: what is called in one turn of the loop is one group, on any machine."""
    patient_groups(monkeypatch)


Sabotage = Callable[[apsw.Connection, FaultyDisk], object]


def plain_error(connection: apsw.Connection, disk: FaultyDisk) -> None:
    raise RuntimeError("the unit itself is wrong")


def taken_id(connection: apsw.Connection, disk: FaultyDisk) -> None:
    connection.execute("INSERT INTO toys (id, made_at, mark) SELECT id, 0, '' FROM toys")


def interrupt(connection: apsw.Connection, disk: FaultyDisk) -> None:
    def once() -> bool:
        connection.set_progress_handler(None)
        return True

    connection.set_progress_handler(once, 1)


def log_full(connection: apsw.Connection, disk: FaultyDisk) -> None:
    """The cache is too small for the transaction, so that its statements write to the log."""
    connection.execute("PRAGMA cache_size = 1")
    connection.execute("PRAGMA cache_spill = 1")
    disk.fail_once(DISK_FULL)
    connection.execute("PRAGMA shrink_memory")


def log_broken(connection: apsw.Connection, disk: FaultyDisk) -> None:
    connection.execute("PRAGMA cache_size = 1")
    connection.execute("PRAGMA cache_spill = 1")
    disk.fail_once(IO_ERROR_WRITE)
    connection.execute("PRAGMA shrink_memory")


def unreadable(connection: apsw.Connection, disk: FaultyDisk) -> None:
    connection.execute("PRAGMA shrink_memory")
    disk.fail_once(IO_ERROR_READ)
    connection.execute("SELECT count(*) FROM topics").fetchall()


def database_full(connection: apsw.Connection, disk: FaultyDisk) -> Callable[[], object]:
    """SQLite's own limit: the real error, at a statement that needs one page more."""
    pages = connection.execute("PRAGMA page_count").get
    connection.execute(f"PRAGMA max_page_count = {pages}").fetchall()
    return lambda: connection.execute("PRAGMA max_page_count = 4294967294").fetchall()


def trigger_rolls_back(connection: apsw.Connection, disk: FaultyDisk) -> Callable[[], object]:
    connection.execute(
        "CREATE TEMP TRIGGER refuse BEFORE INSERT ON main.parts"
        " BEGIN SELECT raise(ROLLBACK, 'no more'); END"
    )
    return lambda: connection.execute("DROP TRIGGER IF EXISTS temp.refuse")


class Case(NamedTuple):
    sabotage: Sabotage
    error: type[Exception]


AT_A_STATEMENT = [
    Case(plain_error, RuntimeError),
    Case(taken_id, AlreadyExists),
    Case(interrupt, Interrupted),
    Case(log_full, DiskFull),
    Case(log_broken, DiskFault),
    Case(unreadable, DiskFault),
    Case(database_full, DiskFull),
    Case(trigger_rolls_back, ConstraintViolated),
]


async def run_ten(store: AsyncStore, culprit: int, go_wrong: Callable[[], object]) -> list[object]:
    """Ten units called in one turn of the loop; one of them goes wrong at its second statement."""
    repository = AsyncToys(store)
    return await settle(
        repository.add(id, then=go_wrong, ballast=40_000) if n == culprit else repository.add(id)
        for n, id in enumerate(TEN)
    )


@pytest.mark.parametrize("culprit", range(10))
@pytest.mark.parametrize("case", AT_A_STATEMENT, ids=lambda case: case.sabotage.__name__)
async def test_a_fault_at_a_statement_fails_its_unit_alone(
    case: Case, culprit: int, disk: FaultyDisk, tmp_path: Path, one_group: None
) -> None:
    path = tmp_path / "toys.db"
    async with AsyncStore.open(path, create=[metadata], vfs=disk.name) as store:
        connection = writer_connection(store)
        answers = await run_ten(store, culprit, lambda: case.sabotage(connection, disk))
        others = [id for id in TEN if id != TEN[culprit]]
        assert await AsyncToys(store).total() == 9
        assert await AsyncToys(store).token() == "9"
    assert type(answers.pop(culprit)) is case.error
    assert [cast(Toy, answer).id for answer in answers] == others
    check_books(path, others)


@pytest.mark.parametrize("culprit", range(10))
@pytest.mark.parametrize(
    ("fault", "error"),
    [(DISK_FULL, DiskFull), (IO_ERROR_WRITE, DiskFault), (IO_ERROR_SYNC, DiskFault)],
)
async def test_a_disk_that_fails_whenever_one_unit_commits_fails_that_unit_alone(
    fault: Fault,
    error: type[StoreError],
    culprit: int,
    disk: FaultyDisk,
    tmp_path: Path,
    one_group: None,
) -> None:
    path = tmp_path / "toys.db"
    async with AsyncStore.open(path, create=[metadata], vfs=disk.name) as store:
        answers = await run_ten(store, culprit, lambda: disk.fail_once(fault))
    assert disk.struck == 2, "once for the group, once for the culprit's own commit"
    assert type(answers.pop(culprit)) is error
    others = [id for id in TEN if id != TEN[culprit]]
    assert [cast(Toy, answer).id for answer in answers] == others
    check_books(path, others)


@pytest.mark.parametrize("nth", range(1, 5))
@pytest.mark.parametrize("fault", [DISK_FULL, IO_ERROR_WRITE, IO_ERROR_SYNC])
async def test_a_disk_that_fails_once_while_a_group_commits_fails_nobody(
    fault: Fault, nth: int, disk: FaultyDisk, tmp_path: Path, one_group: None
) -> None:
    path = tmp_path / "toys.db"
    async with AsyncStore.open(path, create=[metadata], vfs=disk.name) as store:
        disk.fail_once(fault, nth=1 if fault is IO_ERROR_SYNC else nth)
        answers = await run_ten(store, -1, lambda: None)
    assert disk.struck == 1
    assert [cast(Toy, answer).id for answer in answers] == TEN
    check_books(path, TEN)


@pytest.mark.parametrize("culprit", range(10))
async def test_a_commit_refused_by_a_deferred_foreign_key_fails_its_unit_alone(
    culprit: int, tmp_path: Path, one_group: None
) -> None:
    path = tmp_path / "toys.db"
    async with AsyncStore.open(path, create=[metadata]) as store:
        repository = AsyncToys(store)
        answers = await settle(
            repository.add_orphan("nobody") if n == culprit else repository.add(id)
            for n, id in enumerate(TEN)
        )
    assert type(answers.pop(culprit)) is ConstraintViolated
    others = [id for id in TEN if id != TEN[culprit]]
    assert [answer.id for answer in answers] == others
    check_books(path, others)


async def test_while_every_commit_is_refused_every_unit_fails_and_then_the_store_goes_on(
    tmp_path: Path, one_group: None
) -> None:
    path = tmp_path / "toys.db"
    async with AsyncStore.open(path, create=[metadata]) as store:
        connection = writer_connection(store)
        connection.set_commit_hook(lambda: True)
        answers = await run_ten(store, -1, lambda: None)
        assert [type(answer) for answer in answers] == [ConstraintViolated] * 10
        assert await AsyncToys(store).ids() == []
        connection.set_commit_hook(None)
        answers = await run_ten(store, -1, lambda: None)
    assert [cast(Toy, answer).id for answer in answers] == TEN
    check_books(path, TEN)


@pytest.mark.parametrize("begins", [1, 2, 5, 11])
async def test_a_transaction_that_cannot_begin_fails_only_the_units_that_met_it(
    begins: int, tmp_path: Path, one_group: None
) -> None:
    """The group's BEGIN is refused, then those of the first units that run alone."""
    path = tmp_path / "toys.db"
    async with AsyncStore.open(path, create=[metadata]) as store:
        connection = writer_connection(store)
        left = begins

        def refuse(operation: int, first: str | None, *_: str | None) -> int:
            nonlocal left
            if operation == apsw.SQLITE_TRANSACTION and first == "BEGIN" and left:
                left -= 1
                return apsw.SQLITE_DENY
            return apsw.SQLITE_OK

        connection.execute("PRAGMA shrink_memory")
        connection.set_authorizer(refuse)
        answers = await run_ten(store, -1, lambda: None)
        failed = min(begins - 1, 10)
        assert [isinstance(answer, StoreError) for answer in answers] == [
            n < failed for n in range(10)
        ]
        connection.set_authorizer(None)
    check_books(path, TEN[failed:])


async def test_any_number_of_culprits_fail_and_the_others_keep_their_order(
    disk: FaultyDisk, tmp_path: Path, one_group: None
) -> None:
    path = tmp_path / "toys.db"
    async with AsyncStore.open(path, create=[metadata], vfs=disk.name) as store:
        connection = writer_connection(store)
        repository = AsyncToys(store)
        cases = [None, *AT_A_STATEMENT]

        def sabotaged(case: Case | None) -> Callable[[], object] | None:
            return None if case is None else lambda: case.sabotage(connection, disk)

        ids = [f"toy-{n:02}" for n in range(60)]
        expected = [cases[n % len(cases)] for n in range(60)]
        answers = await settle(
            repository.add(id, then=sabotaged(case), ballast=40_000 if case else 0)
            for id, case in zip(ids, expected, strict=True)
        )
    assert [type(answer) for answer in answers] == [
        case.error if case else Toy for case in expected
    ]
    check_books(path, [id for id, case in zip(ids, expected, strict=True) if case is None])


async def test_a_unit_sees_the_same_ids_and_time_on_every_attempt(
    disk: FaultyDisk, tmp_path: Path, one_group: None
) -> None:
    path = tmp_path / "toys.db"
    async with AsyncStore.open(path, create=[metadata], vfs=disk.name) as store:
        seen = Seen()
        repository = AsyncToys(store)
        disk.fail_once(IO_ERROR_SYNC)
        answers = await settle([repository.keep("first", seen), repository.add("second")])
    assert [type(answer) for answer in answers] == [Toy, Toy]
    first, second = seen.attempts  # the group's, and the one alone
    assert first == second
    assert answers[0].mark == first[1]
    check_books(path, ["first", "second"])


async def test_who_fails_before_writing_costs_the_others_no_second_attempt(
    tmp_path: Path, one_group: None
) -> None:
    path = tmp_path / "toys.db"
    async with AsyncStore.open(path, create=[metadata]) as store:
        seen, repository = Seen(), AsyncToys(store)
        await repository.add("there")
        answers = await settle([repository.keep("first", seen), repository.add("there")])
    assert [type(answer) for answer in answers] == [Toy, AlreadyExists]
    assert len(seen.attempts) == 1
    check_books(path, ["there", "first"])


async def test_what_a_failed_unit_had_written_is_undone_by_a_second_attempt_of_the_others(
    tmp_path: Path, one_group: None
) -> None:
    path = tmp_path / "toys.db"
    async with AsyncStore.open(path, create=[metadata]) as store:
        seen, repository = Seen(), AsyncToys(store)

        def fail() -> None:
            raise RuntimeError("after the first row was written")

        answers = await settle([repository.keep("first", seen), repository.add("x", then=fail)])
    assert [type(answer) for answer in answers] == [Toy, RuntimeError]
    assert len(seen.attempts) == 2
    check_books(path, ["first"])

"""Files that are no database of ours to write: refused with the reason, and left as they are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import apsw
import pytest

from mustela.store import AsyncStore, Store
from mustela.store.errors import (
    DatabaseCorrupt,
    NotADatabase,
    ReadOnly,
    StoreClosed,
    StoreError,
    StoreUnavailable,
)
from tests.store import children
from tests.store.faulty import AsyncToys, Toys, metadata, mustela_threads


@pytest.fixture(autouse=True)
def no_thread_stays() -> Iterator[None]:
    yield
    assert mustela_threads() == []


async def refusals(path: Path) -> list[StoreError]:
    """What opening says, sync and async; and that a store not opened takes no calls."""
    with pytest.raises(StoreError) as sync_error:
        Store.open(path)
    store = AsyncStore.open(path)
    with pytest.raises(StoreError) as async_error:
        await store.start()
    with pytest.raises(StoreClosed):
        await AsyncToys(store).ids()
    await store.close()
    return [sync_error.value, async_error.value]


async def test_a_file_that_is_not_a_database_is_refused_and_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "film.mov"
    path.write_bytes(b"\x00\x00\x00\x14ftypqt  " * 1000)
    before = path.read_bytes()
    for error in await refusals(path):
        assert type(error) is NotADatabase
        assert str(path) in error.message
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


async def test_a_directory_is_refused(tmp_path: Path) -> None:
    for error in await refusals(tmp_path):
        assert type(error) is StoreUnavailable
        assert f"{tmp_path} is a directory" in error.message


async def test_a_missing_directory_is_refused_and_not_made(tmp_path: Path) -> None:
    for error in await refusals(tmp_path / "missing" / "toys.db"):
        assert type(error) is StoreUnavailable
        assert "directory does not exist" in error.message
    assert list(tmp_path.iterdir()) == []


async def test_a_damaged_page_is_told_and_the_rest_of_the_store_works(tmp_path: Path) -> None:
    path = tmp_path / "toys.db"
    with Store.open(path, create=[metadata]) as store:
        Toys(store).add("toy")
    connection = apsw.Connection(str(path))
    page = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'parts'").get
    size = connection.execute("PRAGMA page_size").get
    assert isinstance(page, int)
    assert isinstance(size, int)
    connection.close()
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)
    async with AsyncStore.open(path) as damaged:
        repository = AsyncToys(damaged)
        with pytest.raises(DatabaseCorrupt):
            await repository.parts()
        with pytest.raises(DatabaseCorrupt):
            await repository.add("other")
        assert await repository.ids() == ["toy"]
        assert await repository.total() == 1


AS_NOBODY = """
import os, sys
from mustela.store import Store
from mustela.store.errors import StoreError
from tests.store.faulty import Toys

path = sys.argv[1]
Store.memory().close()  # everything is imported before this process gives up its rights
if os.getuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
try:
    store = Store.open(path)
    print(*Toys(store).ids())
    Toys(store).add("new")
    print("written")
except StoreError as error:
    print(error.code, error.message)
"""


@pytest.fixture
def open_to_all() -> Iterator[Path]:
    """A directory that another user can reach."""
    with TemporaryDirectory() as name:
        directory = Path(name)
        directory.chmod(0o777)
        yield directory
        directory.chmod(0o777)


@pytest.mark.parametrize("file_mode", [0o444, 0o666])
def test_a_read_only_directory_is_refused_with_the_reason(
    file_mode: int, open_to_all: Path
) -> None:
    path = open_to_all / "toys.db"
    with Store.open(path, create=[metadata]) as store:
        Toys(store).add("toy")
    path.chmod(file_mode)
    open_to_all.chmod(0o555)
    (said,) = children.answer(AS_NOBODY, path).splitlines()
    code, _, message = said.partition(" ")
    assert code == ReadOnly.code
    assert str(path) in message
    assert "permissions" in message


def test_a_read_only_file_can_be_read_and_refuses_writes_with_the_reason(open_to_all: Path) -> None:
    path = open_to_all / "toys.db"
    with Store.open(path, create=[metadata]) as store:
        Toys(store).add("toy")
    path.chmod(0o444)
    ids, refused = children.answer(AS_NOBODY, path).splitlines()
    assert ids == "toy"
    code, _, message = refused.partition(" ")
    assert code == ReadOnly.code
    assert "permissions" in message


def test_an_unreadable_file_is_refused_with_its_name(open_to_all: Path) -> None:
    path = open_to_all / "toys.db"
    Store.open(path, create=[metadata]).close()
    path.chmod(0)
    (said,) = children.answer(AS_NOBODY, path).splitlines()
    code, _, message = said.partition(" ")
    assert code == StoreUnavailable.code
    assert str(path) in message


async def test_a_store_in_memory_needs_no_tables_of_its_own() -> None:
    with Store.memory() as store:
        assert Toys(store).total() == 0
    async with AsyncStore.memory() as async_store:
        assert await AsyncToys(async_store).total() == 0

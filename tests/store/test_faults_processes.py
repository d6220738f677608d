"""Several processes write one file; some are killed. Nothing that was acknowledged is lost."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from mustela.store import AsyncStore, Store
from tests.store import children
from tests.store.faulty import AsyncToys, Toys, check_books, metadata

SYNC_WRITER = """
import sys
from mustela.store import Store
from tests.store.faulty import Toys

path, name, number = sys.argv[1], sys.argv[2], int(sys.argv[3])
with Store.open(path) as store:
    toys = Toys(store)
    print("ready", flush=True)
    sys.stdin.readline()
    for n in range(number):
        print(toys.add(f"{name}-{n}").id, flush=True)
        if n % 10 == 0:
            with store.transaction() as tx:
                toy = Toys(tx).add(f"{name}-{n}-tx")
            print(toy.id, flush=True)
            toys.total()
"""

ASYNC_WRITER = """
import asyncio, sys
from mustela.store import AsyncStore
from tests.store.faulty import AsyncToys

path, name, number = sys.argv[1], sys.argv[2], int(sys.argv[3])

async def main():
    async with AsyncStore.open(path) as store:
        toys = AsyncToys(store)
        print("ready", flush=True)
        sys.stdin.readline()

        async def work(task):
            for n in range(number // 10):
                toy = await toys.add(f"{name}-{task}-{n}")
                print(toy.id, flush=True)
                assert (await toys.get(toy.id)) == toy

        await asyncio.gather(*(work(task) for task in range(10)))

asyncio.run(main())
"""


def ready(child: subprocess.Popen[str]) -> None:
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n", child.communicate()[1]


def go(child: subprocess.Popen[str]) -> None:
    assert child.stdin is not None
    child.stdin.write("go\n")
    child.stdin.flush()


async def write_beside(path: Path, processes: list[subprocess.Popen[str]], number: int) -> None:
    """Write in this process, many tasks and a thread, while the others do."""
    acknowledged: list[str] = []
    for child in processes:
        ready(child)
    async with AsyncStore.open(path) as store:
        repository = AsyncToys(store)
        for child in processes:
            go(child)

        async def work(task: int) -> None:
            for n in range(number // 10):
                acknowledged.append((await repository.add(f"here-{task}-{n}")).id)

        def work_in_thread() -> None:
            with Store.open(path) as sync_store:
                for n in range(number // 10):
                    acknowledged.append(Toys(sync_store).add(f"thread-{n}").id)

        loop = asyncio.get_running_loop()
        finishing = [loop.run_in_executor(None, children.finish, child) for child in processes]
        in_thread = loop.run_in_executor(None, work_in_thread)
        await asyncio.gather(*(work(task) for task in range(10)))
        await in_thread
        for printed in await asyncio.gather(*finishing):
            acknowledged += printed.split()
        assert await repository.total() == len(acknowledged)
    check_books(path, acknowledged, ordered=False)


async def test_a_second_process_writes_the_same_file_and_nobody_is_told_that_it_is_locked(
    tmp_path: Path,
) -> None:
    path = tmp_path / "toys.db"
    Store.open(path, create=[metadata]).close()
    await write_beside(path, [children.start(SYNC_WRITER, path, "other", 200)], 500)


@pytest.mark.faults
@pytest.mark.slow
async def test_many_processes_write_the_same_file_under_load(tmp_path: Path) -> None:
    path = tmp_path / "toys.db"
    Store.open(path, create=[metadata]).close()
    others = [children.start(SYNC_WRITER, path, f"sync{n}", 1000) for n in range(2)]
    others += [children.start(ASYNC_WRITER, path, f"async{n}", 5000) for n in range(2)]
    await write_beside(path, others, 5000)


FIRST_OPENER = """
import sys
from mustela.store import Store
from tests.store.faulty import Toys, metadata

path, name = sys.argv[1:]
Store.memory(metadata).close()
print("ready", flush=True)
sys.stdin.readline()
with Store.open(path, create=[metadata]) as store:
    Toys(store).add(name)
"""


def test_processes_that_make_the_same_new_file_at_once_share_it(tmp_path: Path) -> None:
    path = tmp_path / "toys.db"
    names = [f"process-{n}" for n in range(5)]
    openers = [children.start(FIRST_OPENER, path, name) for name in names]
    for child in openers:
        ready(child)
    for child in openers:
        go(child)
    for child in openers:
        children.finish(child)
    check_books(path, names, ordered=False)


def test_stores_that_open_and_close_all_the_time_meet_no_lock(tmp_path: Path) -> None:
    """The last connection to close moves the log into the file, which locks it whole."""
    path = tmp_path / "toys.db"
    Store.open(path, create=[metadata]).close()
    reopeners = [children.start(REOPENER, path, f"other-{n}") for n in range(2)]
    for child in reopeners:
        ready(child)
    for child in reopeners:
        go(child)
    kept = " ".join(children.finish(child) for child in reopeners).split()
    check_books(path, kept, ordered=False)


REOPENER = """
import sys
from mustela.store import Store
from tests.store.faulty import Toys

path, name = sys.argv[1:]
print("ready", flush=True)
sys.stdin.readline()
for n in range(60):
    with Store.open(path) as store:
        print(Toys(store).add(f"{name}-{n}").id)
        assert Toys(store).get(f"{name}-{n}")
"""


@pytest.mark.parametrize("script", [SYNC_WRITER, ASYNC_WRITER], ids=["sync", "async"])
@pytest.mark.parametrize("after", [1, 40, 200])
def test_a_killed_process_leaves_everything_that_it_was_told_is_kept(
    script: str, after: int, tmp_path: Path
) -> None:
    path = tmp_path / "toys.db"
    Store.open(path, create=[metadata]).close()
    child = children.start(script, path, "killed", 100_000)
    ready(child)
    go(child)
    assert child.stdout is not None
    acknowledged = {child.stdout.readline().strip() for _ in range(after)}
    child.send_signal(signal.SIGKILL)
    printed, _ = child.communicate(timeout=children.LIMIT)
    acknowledged |= {line.strip() for line in printed.splitlines(keepends=True) if line[-1] == "\n"}
    with Store.open(path) as store:
        kept = Toys(store).ids()
        assert acknowledged <= set(kept)
        Toys(store).add("after")
    check_books(path, [*kept, "after"])


async def test_a_process_killed_while_it_holds_the_writer_holds_nobody_up(tmp_path: Path) -> None:
    path = tmp_path / "toys.db"
    async with AsyncStore.open(path, create=[metadata]) as store:
        child = children.start(HOLDER, path)
        ready(child)  # its transaction is open
        waiting = asyncio.create_task(AsyncToys(store).add("kept"))
        await AsyncToys(store).total()
        child.kill()
        child.communicate(timeout=children.LIMIT)
        assert (await waiting).id == "kept"
    check_books(path, ["kept"])


HOLDER = """
import sys
from mustela.store import Store
from tests.store.faulty import Toys

with Store.open(sys.argv[1]) as store, store.transaction(limit=3600) as tx:
    Toys(tx).add("never committed")
    print("ready", flush=True)
    sys.stdin.readline()
"""


async def test_threads_with_sync_stores_get_their_turn_beside_a_busy_async_store(
    tmp_path: Path,
) -> None:
    path = tmp_path / "toys.db"
    enough = threading.Event()
    async with AsyncStore.open(path, create=[metadata]) as store:
        repository = AsyncToys(store)
        acknowledged: list[str] = []

        async def work(task: int) -> None:
            n = 0
            while not enough.is_set():
                n += 1
                acknowledged.append((await repository.add(f"{task}-{n}")).id)

        def work_in_thread() -> None:
            try:
                with Store.open(path) as sync_store:
                    toys = Toys(sync_store)
                    acknowledged.extend(toys.add(f"thread-{n}").id for n in range(30))
            finally:
                enough.set()

        in_thread = asyncio.get_running_loop().run_in_executor(None, work_in_thread)
        await asyncio.gather(in_thread, *(work(task) for task in range(32)))
    check_books(path, acknowledged, ordered=False)


WITHOUT_SQLITE3 = """
import asyncio, sys
import mustela.store, mustela.store.errors, mustela.store.topics
from mustela.store import AsyncStore, Store
from tests.store.faulty import AsyncToys, Toys, metadata

async def main(path):
    async with AsyncStore.open(path, create=[metadata]) as store:
        await AsyncToys(store).add("one")
        async with store.transaction() as tx:
            await AsyncToys(tx).add("two")

asyncio.run(main(sys.argv[1]))
with Store.open(sys.argv[1]) as store:
    assert Toys(store).ids() == ["one", "two"]
foreign = sorted(name for name in sys.modules if "sqlite3" in name)
assert not foreign, foreign
"""


IMPORTS = """
import sys
import mustela.app, mustela.cli, mustela.commands.db, mustela.commands.serve
import mustela.store.migrate, mustela.store.migrations.verify, mustela.store.upgrade
assert not [name for name in sys.modules if "sqlite3" in name]
"""


@pytest.mark.parametrize("script", [WITHOUT_SQLITE3, IMPORTS], ids=["the store", "everything"])
def test_the_standard_librarys_sqlite3_is_not_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    """Two SQLite libraries in a process drop each other's locks."""
    for variable in ("COVERAGE_PROCESS_CONFIG", "COVERAGE_PROCESS_START"):
        monkeypatch.delenv(variable, raising=False)  # what measures coverage imports it
    assert "mustela" in sys.modules
    assert children.answer(script, tmp_path / "toys.db") == ""

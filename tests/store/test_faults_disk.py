"""A disk that stays full or broken, and then works again: no restart, nobody told a lie."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from mustela.store import AsyncStore, Store
from mustela.store.errors import DiskFault, DiskFull, StoreError
from mustela.store.testing.faults import (
    DISK_FULL,
    IO_ERROR_READ,
    IO_ERROR_SYNC,
    IO_ERROR_WRITE,
    Fault,
    FaultyDisk,
)
from tests.store import children
from tests.store.faulty import AsyncToys, Toy, Toys, check_books, metadata, settle

LASTING = [(DISK_FULL, DiskFull), (IO_ERROR_WRITE, DiskFault), (IO_ERROR_SYNC, DiskFault)]


@pytest.fixture
def disk() -> Iterator[FaultyDisk]:
    with FaultyDisk() as disk:
        yield disk


@pytest.mark.parametrize(("fault", "error"), LASTING)
async def test_while_the_disk_fails_every_unit_fails_with_it_and_then_the_store_goes_on(
    fault: Fault, error: type[StoreError], disk: FaultyDisk, tmp_path: Path
) -> None:
    path = tmp_path / "toys.db"
    async with AsyncStore.open(path, create=[metadata], vfs=disk.name) as store:
        repository = AsyncToys(store)
        await repository.add("before")
        with disk.failing(fault):
            for round in range(3):
                answers = await settle(repository.add(f"{round}-{n}") for n in range(10))
                assert [type(answer) for answer in answers] == [error] * 10
                assert await repository.ids() == ["before"]
        answers = await settle(repository.add(f"after-{n}") for n in range(10))
        assert [type(answer) for answer in answers] == [Toy] * 10
    check_books(path, ["before", *(f"after-{n}" for n in range(10))])


@pytest.mark.parametrize(("fault", "error"), LASTING)
def test_a_sync_store_fails_while_the_disk_does_and_then_goes_on(
    fault: Fault, error: type[StoreError], disk: FaultyDisk, tmp_path: Path
) -> None:
    path = tmp_path / "toys.db"
    with Store.open(path, create=[metadata], vfs=disk.name) as store:
        repository = Toys(store)
        repository.add("before")
        with disk.failing(fault):
            for n in range(3):
                with pytest.raises(error):
                    repository.add(f"lost-{n}")
        repository.add("after")
    check_books(path, ["before", "after"])


async def test_a_disk_that_fails_and_mends_at_random_moments_keeps_what_was_acknowledged(
    disk: FaultyDisk, tmp_path: Path
) -> None:
    path = tmp_path / "toys.db"
    acknowledged: list[str] = []
    async with AsyncStore.open(path, create=[metadata], vfs=disk.name) as store:
        repository = AsyncToys(store)
        failed = 0

        async def add(name: int) -> None:
            nonlocal failed
            for n in range(60):
                try:
                    toy = await repository.add(f"{name}-{n}")
                except (DiskFull, DiskFault):
                    failed += 1
                else:
                    acknowledged.append(toy.id)

        async def break_and_mend() -> None:
            for n in range(200):
                fault, _ = LASTING[n % 3]
                if n % 2:
                    disk.fail(fault)
                else:
                    disk.fail_once(fault, nth=n % 5 + 1)
                await asyncio.sleep(0)
                await repository.total()
                disk.mend()

        await asyncio.gather(break_and_mend(), *(add(name) for name in range(8)))
        assert failed > 0
        assert disk.struck > 0
    check_books(path, acknowledged, ordered=False)


async def test_a_page_that_cannot_be_read_fails_the_reads_that_need_it_and_later_ones_work(
    disk: FaultyDisk, tmp_path: Path
) -> None:
    async with AsyncStore.open(tmp_path / "toys.db", create=[metadata], vfs=disk.name) as store:
        await AsyncToys(store).add("toy")
    async with AsyncStore.open(tmp_path / "toys.db", vfs=disk.name) as store:
        repository = AsyncToys(store)
        with disk.failing(IO_ERROR_READ):
            answers = await settle(repository.get("toy") for _ in range(5))
            assert [type(answer) for answer in answers] == [DiskFault] * 5
        assert await repository.ids() == ["toy"]
    with Store.open(tmp_path / "toys.db", vfs=disk.name) as sync_store:
        with disk.failing(IO_ERROR_READ), pytest.raises(DiskFault):
            Toys(sync_store).get("toy")
        assert Toys(sync_store).ids() == ["toy"]


@pytest.mark.parametrize(("fault", "error"), LASTING)
async def test_a_database_that_cannot_be_made_says_why_and_can_be_made_later(
    fault: Fault, error: type[StoreError], disk: FaultyDisk, tmp_path: Path
) -> None:
    path = tmp_path / "toys.db"
    with disk.failing(fault):
        store = AsyncStore.open(path, create=[metadata], vfs=disk.name)
        with pytest.raises(error):
            await store.start()
        await store.close()
        with pytest.raises(error):
            Store.open(path, create=[metadata], vfs=disk.name)
    async with AsyncStore.open(path, create=[metadata], vfs=disk.name) as store:
        await AsyncToys(store).add("toy")
    check_books(path, ["toy"])


UNDER_A_FILE_SIZE_LIMIT = """
import resource, sys
from mustela.store import Store
from mustela.store.errors import DiskFault
from tests.store.faulty import Toys, metadata

path, limit = sys.argv[1], int(sys.argv[2])
store = Store.open(path, create=[metadata])
toys = Toys(store)
kept = []
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
failures = 0
for n in range(300):
    try:
        kept.append(toys.add(f"toy-{n}", ballast=20_000).id)
    except DiskFault:
        failures += 1
assert failures > 0 and kept, (failures, len(kept))
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
for n in range(20):
    kept.append(toys.add(f"more-{n}", ballast=20_000).id)
store.close()
print(*kept)
"""


@pytest.mark.parametrize("limit", [200_000, 3_000_000])
def test_files_that_may_not_grow_refuse_units_until_they_may(limit: int, tmp_path: Path) -> None:
    """The kernel's own refusal; with the larger limit checkpoints, too, meet it."""
    path = tmp_path / "toys.db"
    kept = children.answer(UNDER_A_FILE_SIZE_LIMIT, path, limit).split()
    check_books(path, kept)


ON_A_SMALL_DISK = """
import asyncio, os, sys
from contextlib import suppress
from pathlib import Path
from mustela.store import AsyncStore
from mustela.store.errors import DiskFull
from tests.store.faulty import AsyncToys, metadata, settle

def free(directory):
    found = os.statvfs(directory)
    return found.f_bavail * found.f_bsize

async def main(directory):
    kept = []
    ballast = directory / "ballast"
    async with AsyncStore.open(directory / "toys.db", create=[metadata]) as store:
        toys = AsyncToys(store)
        for round in range(2):
            with ballast.open("wb", buffering=0) as file, suppress(OSError):
                while free(directory) > 500_000:
                    file.write(bytes(100_000))
            failures = 0
            for turn in range(40):
                answers = await settle(
                    toys.add(f"{round}-{turn}-{n}", ballast=10_000) for n in range(10)
                )
                for answer in answers:
                    if isinstance(answer, DiskFull):
                        failures += 1
                    elif isinstance(answer, Exception):
                        raise answer
                    else:
                        kept.append(answer.id)
            assert failures > 0
            ballast.unlink()
            kept += [toy.id for toy in await settle(toys.add(f"{round}-{n}") for n in range(10))]
    print(*kept)

asyncio.run(main(Path(sys.argv[1])))
"""


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of four megabytes, where this user may mount one."""
    directory = tmp_path / "disk"
    directory.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(directory)]
    try:
        mounted = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        mounted = False
    if not mounted:
        pytest.skip("this user may not mount a small file system to fill")
    try:
        yield directory
    finally:
        subprocess.run(["umount", "-l", str(directory)], check=True)


@pytest.mark.faults
def test_a_disk_that_is_really_full_and_then_has_room(small_disk: Path) -> None:
    kept = children.answer(ON_A_SMALL_DISK, small_disk).split()
    check_books(small_disk / "toys.db", kept)

"""The walk: candidates in order, in a process of its own."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mustela.files import sorted_runs, walk_main
from mustela.files.errors import ScanFailed
from mustela.files.path_text import encode
from mustela.files.walk import walk
from mustela.files.walk_wire import WalkBatch, WalkOrder


def order(root: Path, recursive: bool = True, exclude: tuple[str, ...] = ()) -> WalkOrder:
    return WalkOrder(
        encode(root), recursive, list(exclude), {"toy": "candidate", "toy.gz": "unsupported"}
    )


async def collect(root: Path) -> list[WalkBatch]:
    async with aclosing(walk(order(root))) as batches:
        return [batch async for batch in batches]


def put(place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.touch()


names = st.text(st.sampled_from("a!~/.\x7f0éﬁ\\"), min_size=1, max_size=4).map(
    lambda name: name.strip("./") + ".toy"
)


@given(st.lists(names, max_size=12))
@settings(deadline=None)
def test_paths_come_in_the_order_of_their_code_points(
    tmp_path_factory: pytest.TempPathFactory, files: list[str]
) -> None:
    root = tmp_path_factory.mktemp("walk")
    for name in files:
        place = root / name
        if not any(parent.is_file() for parent in place.parents) and not place.is_dir():
            put(place)
    found = [file[0] for batch in walk_main.walk(order(root)) for file in batch.files]
    assert found == sorted(found)
    visible = [
        path
        for path in (encode(place.relative_to(root)) for place in root.rglob("*.toy"))
        if not any(part.startswith(".") for part in path.split("/"))
        and (root / os.fsdecode(path.replace("\\\\", "\\"))).is_file()
    ]
    assert found == sorted(visible)


async def test_the_walk_of_another_process_is_the_same(tmp_path: Path) -> None:
    for number in range(2_500):
        put(tmp_path / f"{number % 10}/{number}.toy")
    batches = await collect(tmp_path)
    here = list(walk_main.walk(order(tmp_path)))
    assert [f for batch in batches for f in batch.files] == [f for b in here for f in b.files]
    assert batches[-1].counts == here[-1].counts
    assert batches[-1].counts.candidates == 2_500
    assert [batch.last for batch in batches] == [False] * (len(batches) - 1) + [True]
    assert max(len(batch.files) for batch in batches) == walk_main.BATCH_FILES


def test_extensions_of_several_parts_go_before_their_last_part(tmp_path: Path) -> None:
    for name in ("a.toy.gz", "b.TOY.GZ", "c.gz", "toy", ".toy", "d.x.toy", "e.toy."):
        put(tmp_path / name)
    (batch,) = walk_main.walk(order(tmp_path))
    assert [file[0] for file in batch.files] == ["d.x.toy"]
    counts = batch.counts
    assert (counts.unsupported, counts.not_media, counts.excluded) == (2, 3, 1)


def test_what_cannot_be_walked_is_said(tmp_path: Path) -> None:
    put(tmp_path / "file")
    for place in (tmp_path / "nowhere", tmp_path / "file"):
        (batch,) = walk_main.walk(order(place))
        assert batch.last
        assert batch.problem is not None
        assert str(place) in batch.problem


def test_small_batches_go_out_when_time_has_passed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walk_main, "BATCH_SECONDS", 0)
    for name in ("a", "b", "c"):
        put(tmp_path / name / "x.toy")
    batches = list(walk_main.walk(order(tmp_path)))
    assert len(batches) == 4
    assert [f[0] for b in batches for f in b.files] == ["a/x.toy", "b/x.toy", "c/x.toy"]


@pytest.mark.parametrize("run", [1, 7, 40, 41])
def test_a_directory_larger_than_memory_should_hold_is_walked_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: int
) -> None:
    monkeypatch.setattr(sorted_runs, "RUN_ENTRIES", run)
    monkeypatch.setattr(sorted_runs, "_CHUNK_ENTRIES", 3)
    for number in range(40):
        put(tmp_path / f"{number}.toy")
    put(tmp_path / "1/x.toy")
    (batch,) = walk_main.walk(order(tmp_path))
    names = [file[0] for file in batch.files]
    assert names == sorted([*(f"{number}.toy" for number in range(40)), "1/x.toy"])


async def until(condition: Callable[[], bool]) -> None:
    while not condition():
        await asyncio.sleep(0.01)


def walkers() -> set[int]:
    """Walking processes of this one."""
    found = set()
    for task in Path("/proc/self/task").iterdir():
        for pid in (task / "children").read_text().split():
            try:
                if b"walk_main" in Path(f"/proc/{pid}/cmdline").read_bytes():
                    found.add(int(pid))
            except OSError:
                continue
    return found


linux = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


@linux
async def test_a_walk_that_is_given_up_ends_its_process(tmp_path: Path) -> None:
    for number in range(walk_main.BATCH_FILES * 10):
        if number % 1000 == 0:
            (tmp_path / str(number)).mkdir()
        os.mknod(tmp_path / str(number // 1000 * 1000) / f"{number}.toy")
    async with aclosing(walk(order(tmp_path))) as batches:
        async for _ in batches:
            assert walkers()
            break
    assert not walkers()


@linux
async def test_a_walk_whose_process_dies_is_a_failure(tmp_path: Path) -> None:
    async with aclosing(walk(order(tmp_path))) as batches:
        next_batch = asyncio.ensure_future(anext(batches))
        await until(lambda: bool(walkers()) or next_batch.done())
        for pid in walkers():
            os.kill(pid, signal.SIGKILL)
        with pytest.raises(ScanFailed, match="ended early"):
            await next_batch

"""A file that crashes or hangs whoever reads it costs one file, and nobody is left behind."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mustela.files.children import Children, ChildrenClosed, ChildUnusable, Failure
from tests.files.child_functions import Sum

HERE = "tests.files.child_functions"


@pytest.fixture
async def children() -> AsyncIterator[Children]:
    async with Children(2) as children:
        yield children


def lives(pid: int) -> bool:
    """A zombie that its parent has not waited for yet does not live."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


async def until_written(path: Path, lines: int = 1) -> list[int]:
    while not path.exists() or len(path.read_text().splitlines()) < lines:
        await asyncio.sleep(0)
    return [int(line) for line in path.read_text().splitlines()]


async def test_an_answer_comes_back_as_its_type(children: Children) -> None:
    answer = await children.run(f"{HERE}:add", 1, 2, result=Sum)
    assert isinstance(answer, Sum)
    assert answer.total == 3
    assert answer.by not in {os.getpid(), os.getppid()}


@pytest.mark.parametrize("value", [b"caf\xe9.mp4", "Ü", ["a", None, 2.5], {"a": True}])
async def test_arguments_arrive_as_they_are(children: Children, value: object) -> None:
    assert await children.run(f"{HERE}:echo", value) == value


async def test_requests_are_spread_over_the_children(children: Children, tmp_path: Path) -> None:
    meeting = [children.run(f"{HERE}:meet", str(tmp_path), 2) for _ in range(2)]
    sums = [children.run(f"{HERE}:add", number, 1, result=Sum) for number in range(300)]
    *pids, answers = await asyncio.gather(*meeting, asyncio.gather(*sums))
    assert len(set(pids)) == 2
    assert [a.total for a in answers if isinstance(a, Sum)] == list(range(1, 301))


async def test_a_file_that_cannot_be_read_is_a_failure_with_its_stage(children: Children) -> None:
    assert await children.run(f"{HERE}:unreadable", result=Sum) == Failure(
        "streams", "it holds neither picture nor sound"
    )


async def test_a_mistake_of_the_function_is_a_failure_and_the_child_goes_on(
    children: Children,
) -> None:
    before = await children.run(f"{HERE}:pid")
    assert await children.run(f"{HERE}:mistaken") == Failure("internal", "KeyError: 'colour'")
    assert await children.run(f"{HERE}:pid") == before


async def test_a_crash_costs_one_request_only(children: Children) -> None:
    requests = [children.run(f"{HERE}:add", number, result=Sum) for number in range(20)]
    requests.insert(7, children.run(f"{HERE}:crash", result=Sum))
    answers = await asyncio.gather(*requests)
    assert answers.pop(7) == Failure(
        "crashed", "the process that examined the file ended with SIGSEGV"
    )
    assert [answer.total for answer in answers if isinstance(answer, Sum)] == list(range(20))


async def test_a_crash_is_tried_once_more_in_a_fresh_process(
    children: Children, tmp_path: Path
) -> None:
    note = tmp_path / "note"
    assert await children.run(f"{HERE}:crash_once", str(note)) == "well"
    assert await children.run(f"{HERE}:crash", str(note)) == Failure(
        "crashed", "the process that examined the file ended with SIGSEGV"
    )
    assert len(set(await until_written(note, 3))) == 3


async def test_a_child_that_ends_itself_is_replaced(children: Children) -> None:
    assert await children.run(f"{HERE}:leave", 3) == Failure(
        "crashed", "the process that examined the file ended with exit status 3"
    )
    assert isinstance(await children.run(f"{HERE}:pid"), int)


@pytest.mark.skipif(sys.platform != "linux", reason="finds its pipe in /proc")
async def test_a_child_that_answers_nonsense_is_replaced(children: Children) -> None:
    answer = await children.run(f"{HERE}:write_garbage")
    assert isinstance(answer, Failure)
    assert answer.stage == "crashed"
    assert isinstance(await children.run(f"{HERE}:pid"), int)


async def test_a_hang_costs_one_request_only() -> None:
    async with Children(1) as children:
        requests = [children.run(f"{HERE}:add", number, result=Sum) for number in range(10)]
        requests.insert(4, children.run(f"{HERE}:hang", result=Sum, time_limit=0.3))
        answers = await asyncio.gather(*requests)
        assert answers.pop(4) == Failure(
            "time_limit", "examining the file took longer than 0.3 seconds"
        )
        assert [answer.total for answer in answers if isinstance(answer, Sum)] == list(range(10))


async def test_who_ignores_sigterm_is_killed(tmp_path: Path) -> None:
    async with Children(1) as children:
        pid = await children.run(f"{HERE}:pid")
        answer = await children.run(f"{HERE}:hang_and_ignore_sigterm", time_limit=0.5)
        assert isinstance(answer, Failure)
        assert answer.stage == "time_limit"
        assert not lives(pid)


async def test_a_slow_request_does_not_hold_up_those_behind_it(
    children: Children, tmp_path: Path
) -> None:
    """They were in its child's pipe already; the other child runs them."""
    for _ in range(4):  # both children are known to be quick
        await asyncio.gather(*(children.run(f"{HERE}:pid") for _ in range(4)))
    slow = asyncio.ensure_future(children.run(f"{HERE}:until", str(tmp_path / "go")))
    quick = await asyncio.gather(*(children.run(f"{HERE}:pid") for _ in range(40)))
    assert not slow.done()
    (tmp_path / "go").touch()
    assert await slow not in quick[-20:]


async def test_children_are_recycled_after_so_many_requests() -> None:
    async with Children(1, recycle_after=10) as children:
        pids = await asyncio.gather(*(children.run(f"{HERE}:pid") for _ in range(35)))
        assert [pids.count(pid) for pid in dict.fromkeys(pids)] == [10, 10, 10, 5]


async def test_a_child_whose_memory_grows_is_recycled() -> None:
    async with Children(1, memory_limit=200 * 1024 * 1024) as children:
        first = await children.run(f"{HERE}:grow", 1024)
        assert await children.run(f"{HERE}:grow", 200 * 1024 * 1024) == first
        assert await children.run(f"{HERE}:grow", 1024) != first


async def test_an_idle_child_that_was_killed_is_replaced(children: Children) -> None:
    pid = await children.run(f"{HERE}:pid")
    os.kill(pid, signal.SIGKILL)
    while pid in children.pids:
        await asyncio.sleep(0)
    assert await children.run(f"{HERE}:pid") != pid


async def test_cancelling_what_waits_never_begins_it(tmp_path: Path) -> None:
    async with Children(1) as children:
        running = asyncio.ensure_future(children.run(f"{HERE}:until", str(tmp_path / "go")))
        cancelled = asyncio.ensure_future(children.run(f"{HERE}:note", str(tmp_path / "note")))
        await asyncio.sleep(0)
        cancelled.cancel()
        (tmp_path / "go").touch()
        pid = await running
        assert await children.run(f"{HERE}:pid") == pid
        assert not (tmp_path / "note").exists()


async def test_cancelling_what_is_in_a_pipe_never_begins_it(tmp_path: Path) -> None:
    async with Children(1) as children:
        pid = await children.run(f"{HERE}:pid")
        running = asyncio.ensure_future(children.run(f"{HERE}:until", str(tmp_path / "go")))
        cancelled = asyncio.ensure_future(children.run(f"{HERE}:note", str(tmp_path / "note")))
        await asyncio.sleep(0)
        cancelled.cancel()
        with pytest.raises(asyncio.CancelledError):
            await cancelled
        while any(len(child.tasks) > 1 for child in children._lives):
            await asyncio.sleep(0)
        after = asyncio.ensure_future(children.run(f"{HERE}:pid"))
        await asyncio.sleep(0)
        (tmp_path / "go").touch()
        assert await running == await after == pid
        assert not (tmp_path / "note").exists()


async def test_cancelling_what_runs_ends_its_child_alone(
    children: Children, tmp_path: Path
) -> None:
    other = asyncio.ensure_future(children.run(f"{HERE}:until", str(tmp_path / "go")))
    hanging = asyncio.ensure_future(children.run(f"{HERE}:hang", str(tmp_path / "note")))
    (pid,) = await until_written(tmp_path / "note")
    hanging.cancel()
    with pytest.raises(asyncio.CancelledError):
        await hanging
    while lives(pid):
        await asyncio.sleep(0)
    (tmp_path / "go").touch()
    assert await other != pid


async def test_a_child_whose_request_was_cancelled_but_ends_soon_lives_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mustela.files.child._ABANDONED", 60.0)  # this machine may be busy
    async with Children(1) as children:
        pid = await children.run(f"{HERE}:pid")
        running = asyncio.ensure_future(children.run(f"{HERE}:until", str(tmp_path / "go")))
        await asyncio.sleep(0)
        running.cancel()
        (tmp_path / "go").touch()
        assert await children.run(f"{HERE}:pid") == pid


async def test_closing_ends_all_children_and_tells_who_waits(tmp_path: Path) -> None:
    children = Children(2)
    hanging = [
        asyncio.ensure_future(children.run(f"{HERE}:hang", str(tmp_path / str(number))))
        for number in range(2)
    ]
    pids = [(await until_written(tmp_path / str(number)))[0] for number in range(2)]
    waiting = asyncio.ensure_future(children.run(f"{HERE}:pid"))
    await asyncio.sleep(0)
    await children.aclose()
    for request in (*hanging, waiting):
        with pytest.raises(ChildrenClosed):
            await request
    assert not any(map(lives, pids))
    with pytest.raises(ChildrenClosed):
        await children.run(f"{HERE}:pid")


async def test_closing_while_a_child_starts_leaves_none() -> None:
    children = Children(1)
    request = asyncio.ensure_future(children.run(f"{HERE}:pid"))
    await asyncio.sleep(0)
    await children.aclose()
    with pytest.raises(ChildrenClosed):
        await request
    assert children.pids == []


@pytest.mark.parametrize("function", ["tests.files.nothing:here", f"{HERE}:nothing", "nothing"])
async def test_a_function_that_is_not_there_is_nobodys_file(
    children: Children, function: str
) -> None:
    with pytest.raises(ChildUnusable, match="cannot be used"):
        await children.run(function)


async def test_a_child_that_does_not_start_says_why(
    children: Children, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "no-python"))
    with pytest.raises(ChildUnusable, match="cannot start a process"):
        await children.run(f"{HERE}:pid")
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho no such module >&2\nexit 1\n")
    broken.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(broken))
    with pytest.raises(ChildUnusable, match="no such module"):
        await children.run(f"{HERE}:pid")


async def test_a_child_is_a_session_of_its_own_with_low_priority(children: Children) -> None:
    pid, group, session = await children.run(f"{HERE}:session")
    assert pid == group == session
    assert await children.run(f"{HERE}:priority") >= os.nice(0) + 10 or os.nice(0) > 9


async def test_a_child_has_no_part_of_the_database(children: Children, tmp_path: Path) -> None:
    with (tmp_path / "catalog.db").open("wb") as database:
        os.set_inheritable(database.fileno(), True)
        assert not await children.run(f"{HERE}:has_open", str(tmp_path / "catalog.db"))
    modules = await children.run(f"{HERE}:modules")
    for forbidden in ("apsw", "sqlalchemy", "psycopg", "mustela.store", "asyncio"):
        assert forbidden not in modules


async def test_what_a_function_prints_does_not_get_between_the_answers(
    children: Children,
) -> None:
    assert await children.run(f"{HERE}:print_something") == "printed"
    assert isinstance(await children.run(f"{HERE}:pid"), int)


async def test_modules_in_the_working_directory_are_not_imported(
    children: Children, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody's folder of footage may hold a msgspec.py."""
    (tmp_path / "msgspec.py").write_text("raise SystemExit('not this one')")
    monkeypatch.chdir(tmp_path)
    assert isinstance(await children.run(f"{HERE}:pid"), int)


@pytest.mark.faults
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
async def test_no_child_survives_its_parent(tmp_path: Path) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-m", "tests.files.parent_main", str(tmp_path)],
        cwd=Path(__file__).parents[2],
    )
    try:
        pids = [
            *await until_written(tmp_path / "hang"),
            *await until_written(tmp_path / "hang_and_ignore_sigterm"),
        ]
        assert all(map(lives, pids))
    finally:
        parent.kill()
        parent.wait()
    while any(map(lives, pids)):
        await asyncio.sleep(0)

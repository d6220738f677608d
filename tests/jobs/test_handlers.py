"""Handlers in threads and in processes of their own, and programs that jobs start."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from selectors import BaseSelector
from typing import Any

import pytest

from mustela.jobs import (
    AsyncioJobQueue,
    ChildFailed,
    ChildNotStarted,
    InChildProcess,
    InvalidJob,
    JobContext,
    jobs_metadata,
)
from mustela.jobs.child_process import ChildProcess, how_it_ended
from mustela.jobs.file_presence import live_workers
from mustela.store import AsyncStore, Context
from tests.jobs import child_functions
from tests.jobs.child_functions import SLEEP, STUBBORN
from tests.jobs.rig import PATIENCE, Gate, Rig, until

PYTHON = (sys.executable, "-S", "-c")


def gone(pid: int) -> bool:
    """Whether a process has ended; a zombie that nobody has buried yet has."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] == "Z"


async def log_of(rig: Rig, id: str) -> list[str]:
    return [line.text for line in await rig.queue.jobs.tail_log(id)]


# Threads.


async def test_a_plain_function_runs_in_a_thread_as_its_job(rig: Rig) -> None:
    def work(job: JobContext) -> dict[str, Any]:
        job.progress(1, 2, "half")
        job.log("said")
        return {"thread": threading.current_thread().name, "actor": Context().actor}

    rig.queue.register_handler("work", work)
    job = await rig.run("work")
    assert job.result == {"thread": f"job {job.id}", "actor": f"job:{job.id}"}
    assert (job.progress.done, job.progress.message) == (1, "half")
    assert await log_of(rig, job.id) == ["said"]


async def test_a_function_that_raises_fails_its_job(rig: Rig) -> None:
    def fails(job: JobContext) -> None:
        raise {"key": KeyError("a"), "exit": SystemExit(3)}[job.parameters["how"]]

    rig.queue.register_handler("fails", fails)
    for how, message in (("key", "KeyError: 'a'"), ("exit", "RuntimeError: SystemExit: 3")):
        job = await rig.run("fails", {"how": how})
        assert job.error is not None
        assert (job.status, job.error.message) == ("failed", message)


async def test_a_handler_that_exits_fails_its_job_and_ends_nothing_else(rig: Rig) -> None:
    async def exits(job: JobContext) -> None:
        sys.exit(3)

    rig.queue.register_handler("exits", exits)
    job = await rig.run("exits")
    assert job.error is not None
    assert (job.status, job.error.message) == ("failed", "RuntimeError: SystemExit: 3")


async def test_a_function_that_answers_a_coroutine_is_awaited(rig: Rig) -> None:
    async def double(job: JobContext, number: int) -> int:
        return 2 * number

    rig.queue.register_handler("lambda", lambda job: double(job, 2))
    rig.queue.register_handler("partial", partial(double, number=3))
    assert (await rig.run("lambda")).result == 4
    assert (await rig.run("partial")).result == 6


@pytest.mark.parametrize("how", ["cancel", "timeout"])
async def test_a_thread_keeps_its_slot_until_it_returns(rig: Rig, how: str) -> None:
    begun, let_go = threading.Event(), threading.Event()

    def blocks(job: JobContext) -> str:
        begun.set()
        let_go.wait(20)
        assert job.cancelled
        return "late"

    rig.queue.register_handler("blocks", blocks)
    id = await rig.queue.submit("blocks")
    rig.start()
    await until(begun.is_set)
    if how == "cancel":
        await rig.queue.cancel(id)
    else:
        rig.interrupt(id)
    assert (await rig.queue.get(id)).status == "running"
    let_go.set()
    job = await rig.over(id)
    if how == "cancel":
        assert (job.status, job.result) == ("cancelled", "late")
    else:
        assert job.status == "timeout"


async def test_a_thread_that_checks_ends_when_it_is_cancelled(rig: Rig) -> None:
    begun = threading.Event()

    def loops(job: JobContext) -> None:
        while True:
            begun.set()
            job.check()

    rig.queue.register_handler("loops", loops)
    id = await rig.queue.submit("loops")
    rig.start()
    await until(begun.is_set)
    await rig.queue.cancel(id)
    job = await rig.over(id)
    assert (job.status, job.error) == ("cancelled", None)


# Processes.


@pytest.fixture
def children(rig: Rig) -> Rig:
    for name, function in vars(child_functions).items():
        own = getattr(function, "__module__", "") == child_functions.__name__
        if own and callable(function) and not isinstance(function, type):
            rig.queue.register_handler(name, InChildProcess(function))
    return rig


async def test_a_function_runs_in_a_process_of_its_own(children: Rig) -> None:
    job = await children.run("double", {"number": 21})
    assert job.status == "completed", job.error
    assert job.result["doubled"] == 42
    assert job.result["job"] == [job.id, "double", 1]
    assert job.result["pid"] != os.getpid()
    assert job.result["group"] not in {os.getpgid(0), job.result["pid"]}
    assert (job.progress.done, job.progress.total) == (100, 100)
    assert set(await log_of(children, job.id)) == {"working", "logged \\udcff"}


@pytest.mark.parametrize("rig", ["in_memory"], indirect=True)
async def test_a_function_is_named_by_its_module(children: Rig) -> None:
    named = InChildProcess("tests.jobs.child_functions:double")
    assert InChildProcess(child_functions.double).function == named.function
    children.queue.register_handler("nested", InChildProcess(child_functions.Nested.double))
    assert (await children.run("nested", {"number": 1})).result == 2

    def local(job: object) -> None:
        pass

    for function in (local, lambda job: None):
        with pytest.raises(InvalidJob, match="top of a module"):
            InChildProcess(function)
    with pytest.raises(InvalidJob, match="write package"):
        InChildProcess("tests.jobs.child_functions")


@pytest.mark.parametrize("rig", ["in_memory"], indirect=True)
@pytest.mark.parametrize(
    ("type", "code", "message"),
    [
        ("tear", "tape_torn", "The tape is torn."),
        ("stumble", "job_failed", "ZeroDivisionError: by nothing"),
        ("exits", "job_failed", "SystemExit: enough"),
        ("crash", "child_failed", "the process of this job ended with SIGSEGV"),
        ("say_rubbish", "child_failed", "the process of this job said what means nothing"),
        ("say_half", "job_failed", "TypeError: 'float' object cannot be interpreted"),
        ("answer_oddly", "invalid_result", "cannot be written as JSON"),
        ("nowhere", "job_failed", "ModuleNotFoundError"),
    ],
)
async def test_a_process_that_fails_fails_its_job(
    children: Rig, type: str, code: str, message: str
) -> None:
    children.queue.register_handler("nowhere", InChildProcess("no.such.module:function"))
    job = await children.run(type)
    assert job.error is not None
    assert (job.status, job.error.code) == ("failed", code)
    assert message in job.error.message
    if code == "job_failed":
        assert (await log_of(children, job.id))[0].startswith("Traceback")


@pytest.mark.parametrize("rig", ["in_memory"], indirect=True)
async def test_a_process_that_has_answered_is_not_waited_for(
    children: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mustela.jobs.in_child_process.GRACE", 0.1)
    job = await children.run("leave_a_thread")
    assert (job.status, job.result) == ("completed", "done")


@pytest.mark.parametrize("rig", ["in_memory"], indirect=True)
async def test_a_daemon_that_is_left_behind_holds_up_no_job(
    children: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mustela.jobs.child_process.GRACE", 0.1)
    text = (
        "import subprocess; print('said', flush=True); "
        f"print(subprocess.Popen({SLEEP!r}, start_new_session=True).pid)"
    )

    async def runs(job: JobContext) -> int:
        return await job.run_child(*PYTHON, text)

    children.queue.register_handler("runs", runs, timeout=PATIENCE)
    ran = await children.run("runs")
    said, pid = await log_of(children, ran.id)
    assert (ran.status, ran.result, said) == ("completed", 0, "said")
    os.kill(int(pid), signal.SIGKILL)
    forked = await children.run("leave_a_daemon")
    assert forked.status == "completed"
    os.kill(forked.result, signal.SIGKILL)


async def test_a_start_that_is_cancelled_leaves_no_socket_that_is_watched(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The loop could not watch the next socket that gets the number."""
    mute = tmp_path / "guard.py"
    mute.write_text("import os, sys; os.read(int(sys.argv[1]), 1)")
    monkeypatch.setattr("mustela.jobs.child_process._GUARD", str(mute))
    connected = asyncio.Event()
    begin, connect = asyncio.create_subprocess_exec, asyncio.open_connection
    guards: list[asyncio.subprocess.Process] = []

    async def begins(*command: str, **options: Any) -> Any:
        guards.append(await begin(*command, **options))
        return guards[0]

    async def connects(**options: Any) -> Any:
        streams = await connect(**options)
        connected.set()
        return streams

    monkeypatch.setattr(asyncio, "create_subprocess_exec", begins)
    monkeypatch.setattr(asyncio, "open_connection", connects)
    starting = asyncio.create_task(ChildProcess.start(*SLEEP))
    await connected.wait()
    selector: BaseSelector = getattr(asyncio.get_running_loop(), "_selector")  # noqa: B009
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    await guards[0].wait()
    for key in list(selector.get_map().values()):
        os.fstat(key.fd)


@pytest.mark.parametrize("type", ["hang", "ignore"])
@pytest.mark.parametrize("how", ["cancel", "timeout"])
async def test_a_process_is_ended_with_its_job_and_with_its_children(
    children: Rig, type: str, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if type == "ignore":
        monkeypatch.setattr("mustela.jobs.child_process.GRACE", 0.1)
    id = await children.queue.submit(type)
    children.start()
    await until(lambda: _hangs(children, id))
    progress = (await children.queue.get(id)).progress
    assert progress.done is not None
    assert progress.total is not None
    if how == "cancel":
        await children.queue.cancel(id)
    else:
        children.interrupt(id)
    job = await children.over(id)
    assert job.status == ("cancelled" if how == "cancel" else "timeout")
    await until(lambda: gone(progress.done or 0) and gone(progress.total or 0))
    if type == "hang":
        assert await log_of(children, id) == ["cleaned up"]


async def _hangs(rig: Rig, id: str) -> bool:
    return (await rig.queue.get(id)).progress.message == "hanging"


# Programs.


async def test_what_a_program_prints_is_in_the_log_and_its_status_tells(rig: Rig) -> None:
    async def runs(job: JobContext) -> list[int]:
        text = (
            "import os, sys; print('a\\rb'); print('x' * 9000, file=sys.stderr); print(os.getcwd())"
        )
        first = await job.run_child(*PYTHON, text, cwd="/")
        second = await job.run_child(
            *PYTHON, "print(end='no newline'); raise SystemExit(3)", check=False
        )
        return [first, second]

    rig.queue.register_handler("runs", runs)
    job = await rig.run("runs")
    assert (job.status, job.result) == ("completed", [0, 3])
    log = await log_of(rig, job.id)
    assert {"a", "b", "/", "no newline"} <= set(log)
    assert sum(line.count("x") for line in log) >= 4000


@pytest.mark.parametrize("rig", ["in_memory"], indirect=True)
async def test_a_program_that_fails_or_is_not_there_fails_the_job(rig: Rig) -> None:
    async def runs(job: JobContext) -> None:
        await job.run_child(*job.parameters["command"])

    rig.queue.register_handler("runs", runs)
    failed = await rig.run("runs", {"command": [*PYTHON, "raise SystemExit(3)"]})
    assert failed.error is not None
    assert failed.error.code == ChildFailed.code
    assert "exit status 3" in failed.error.message
    missing = await rig.run("runs", {"command": ["/no/such/program"]})
    assert missing.error is not None
    assert missing.error.code == ChildNotStarted.code
    assert missing.error.message == "/no/such/program cannot be started: No such file or directory"
    killed = await rig.run("runs", {"command": [*PYTHON, "import os; os.kill(os.getpid(), 9)"]})
    assert killed.error is not None
    assert "SIGKILL" in killed.error.message


@pytest.mark.parametrize("rig", ["in_memory"], indirect=True)
async def test_a_directory_that_is_not_there_fails_the_job(rig: Rig) -> None:
    async def runs(job: JobContext) -> None:
        await job.run_child("true", cwd="/no/such/directory")

    rig.queue.register_handler("runs", runs)
    job = await rig.run("runs")
    assert job.error is not None
    assert job.error.code == ChildNotStarted.code


async def test_a_program_that_a_handler_leaves_behind_is_ended_and_named(rig: Rig) -> None:
    async def leaks(job: JobContext) -> int:
        return (await job.start_child(*SLEEP)).group

    rig.queue.register_handler("leaks", leaks)
    job = await rig.run("leaks")
    assert job.status == "completed"
    assert gone(job.result)
    assert "left running" in (await log_of(rig, job.id))[0]


@pytest.mark.parametrize("command", [SLEEP, STUBBORN], ids=["listens", "is deaf"])
async def test_a_program_is_ended_when_its_job_is_cancelled(rig: Rig, command: list[str]) -> None:
    groups: list[int] = []

    async def swallows(job: JobContext) -> str:
        child = await job.start_child(*command, stdout=asyncio.subprocess.PIPE)
        if command is STUBBORN:
            assert child.stdout is not None
            await child.stdout.readline()
        groups.append(child.group)
        while not child.ended:  # does not heed that it is cancelled
            try:
                await child.wait()
            except asyncio.CancelledError:
                late = await job.start_child(*SLEEP)
                await late.wait()
        return how_it_ended(await child.wait())

    rig.queue.register_handler("swallows", swallows)
    id = await rig.queue.submit("swallows")
    rig.start()
    await until(lambda: groups)
    await rig.queue.cancel(id)
    job = await rig.over(id)
    assert (job.status, job.result) == (
        "cancelled",
        "SIGTERM" if command is SLEEP else "SIGKILL",
    )
    assert gone(groups[0])


def test_how_a_program_ended_is_said_in_words() -> None:
    assert [how_it_ended(status) for status in (0, 2, -15, -99)] == [
        "exit status 0",
        "exit status 2",
        "SIGTERM",
        "signal 99",
    ]


# The end of the queue.


@pytest.fixture
async def store() -> AsyncIterator[AsyncStore]:
    async with AsyncStore.memory(jobs_metadata) as store:
        yield store


async def test_a_thread_that_does_not_return_holds_up_no_end(
    store: AsyncStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mustela.jobs.working.STOP_SECONDS", 0.05)
    begun, let_go = threading.Event(), threading.Event()

    def blocks(job: JobContext) -> None:
        begun.set()
        let_go.wait(20)

    queue = AsyncioJobQueue(store, data_dir=tmp_path, drain=0.01)
    queue.register_handler("blocks", blocks)
    async with queue.running():
        id = await queue.submit("blocks")
        await until(begun.is_set)
    assert len(live_workers(tmp_path)) == 1, "its lock is held as long as it runs"
    (run,) = queue._runs
    execution = queue._active[id]
    assert execution._task is not None
    execution._task.cancel()  # as the end of the loop does
    await asyncio.wait([run])
    assert (await queue.get(id)).status == "failed"
    let_go.set()


async def test_a_cancelled_parent_takes_the_children_that_run_with_it(store: AsyncStore) -> None:
    queue = AsyncioJobQueue(store)
    gate = Gate(queue)
    async with queue.running():
        parent = await queue.submit("gate")
        child = await queue.submit("gate", parent=parent)
        await gate.entered(2)
        await queue.cancel(parent)
        jobs = [await queue.wait(id, 20) for id in (parent, child)]
    assert [job.status for job in jobs] == ["cancelled", "cancelled"]
    assert gate.ended == []

"""What jobs of the tests run in processes of their own. Progress tells what they have come to."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from typing import Any

from mustela.errors import MustelaError
from mustela.jobs import ChildContext, JobCancelled

SLEEP = [sys.executable, "-S", "-c", "import time; time.sleep(1000)"]
STUBBORN = [
    sys.executable,
    "-S",
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    "print('deaf', flush=True); time.sleep(1000)",
]


class TapeTorn(MustelaError):
    """The tape is torn."""

    code = "tape_torn"


def double(job: ChildContext) -> dict[str, Any]:
    print("working")  # noqa: T201  # it becomes a line of the log
    job.log("logged \udcff", "warning")
    for done in range(1, 101):
        job.progress(done, 100, "doubling")
    job.check()
    return {
        "doubled": 2 * job.parameters["number"],
        "job": [job.id, job.type, job.attempt],
        "pid": os.getpid(),
        "group": os.getpgid(0),
    }


def tear(job: ChildContext) -> None:
    raise TapeTorn


def stumble(job: ChildContext) -> None:
    raise ZeroDivisionError("by nothing")


def exits(job: ChildContext) -> None:
    sys.exit("enough")


def crash(job: ChildContext) -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def answer_oddly(job: ChildContext) -> object:
    return object()


def leave_a_thread(job: ChildContext) -> str:
    threading.Thread(target=time.sleep, args=(1000,)).start()
    return "done"


def say_rubbish(job: ChildContext) -> None:
    os.write(job._pipe, b"rubbish\n")


def say_half(job: ChildContext) -> None:
    job.progress(0.5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def leave_a_daemon(job: ChildContext) -> int:
    """It is in a session of its own, and holds what it has inherited."""
    return subprocess.Popen(SLEEP, start_new_session=True).pid


def hang(job: ChildContext) -> None:
    """Sleeps, with a child; cleans up when it is cancelled."""
    child = subprocess.Popen(SLEEP)
    try:
        job.progress(os.getpid(), child.pid, "hanging")
        time.sleep(1000)
    except JobCancelled:
        job.log("cleaned up")
        raise


def ignore(job: ChildContext) -> None:
    """Neither it nor its child listens to SIGTERM."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    child = subprocess.Popen(STUBBORN, stdout=subprocess.PIPE)
    assert child.stdout is not None
    child.stdout.readline()
    job.progress(os.getpid(), child.pid, "hanging")
    while True:
        time.sleep(1000)


class Nested:
    @staticmethod
    def double(job: ChildContext) -> int:
        found: int = 2 * job.parameters["number"]
        return found

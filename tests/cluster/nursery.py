"""``python -m tests.cluster.nursery``: has everything imported, and forks machines when asked.

A line of input is ``serve DATA CONCURRENCY`` or ``work DATA CONCURRENCY``; the line of output is a
process id. The process is what ``mustela serve`` or ``mustela worker`` would be, in a session of
its own; what they say is in ``DATA/said.PID``. See also :mod:`tests.kill.nursery`.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import traceback
from contextlib import suppress
from pathlib import Path

from mustela.commands import worker
from mustela.commands.serve import serve
from mustela.settings import Settings

#: See prctl(2).
_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Nobody waits for the children: the kernel clears them away."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            role, data, concurrency = line.rstrip("\n").split("\t")
            _run(role, Path(data), int(concurrency))
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()


def _run(role: str, data: Path, concurrency: int) -> None:
    """The child: never returns."""
    try:
        os.setsid()
        _die_with_parent()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        said = os.open(data / f"said.{os.getpid()}", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        null = os.open(os.devnull, os.O_RDONLY)
        for file, number in ((null, 0), (said, 1), (said, 2)):
            os.dup2(file, number)
        settings = Settings.load(data_dir=data, port=0, concurrency=concurrency, children=1)
        if role == "serve":
            serve(settings, (), browser=False)
        else:
            worker.run(settings, None, (), None)
    except BaseException:  # noqa: BLE001  # the edge of a process
        traceback.print_exc()
    finally:
        os._exit(1)


def _die_with_parent() -> None:
    """Where the system can do it: nobody is left behind by a test that was killed."""
    with suppress(AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


if __name__ == "__main__":
    main()

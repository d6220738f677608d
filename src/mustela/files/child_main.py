"""A process that examines files and may crash: ``python -m mustela.files.child_main``.

It takes requests from its standard input and runs one after the other; its answers go to what was
its standard output. It has no part of the database: nothing here imports the store, and no
descriptor of the parent's is inherited. It dies with its parent, however the parent dies.
"""

from __future__ import annotations

import contextlib
import ctypes
import faulthandler
import functools
import importlib
import os
import resource
import signal
import sys
import threading
from collections.abc import Callable
from typing import Any

import msgspec

from mustela.files.child_wire import (
    LENGTH_BYTES,
    Answer,
    FromChild,
    Ready,
    Request,
    Revoke,
    Revoked,
    ToChild,
    Unknown,
    body_length,
    decode_to_child,
    frame,
)
from mustela.files.failure import Failure, Unreadable

_PR_SET_PDEATHSIG = 1
_NOTHING = msgspec.Raw(b"\xc0")  # msgpack's nil


def main() -> None:
    parent, niceness = map(int, sys.argv[1:3])
    _die_with(parent)
    with contextlib.suppress(OSError):
        os.nice(niceness)
    # A crash is expected here; a core file for each would fill the disk.
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    faulthandler.enable()  # to standard error, of which the parent keeps the last lines
    requests, answers = _take_pipes()
    child = _Child(requests, answers)
    threading.Thread(target=child.listen, daemon=True).start()
    child.work()


def _die_with(parent: int) -> None:
    """Have the kernel kill this process when the parent dies, where the kernel can (Linux).

    Elsewhere, and besides, the end of standard input ends it (``_Child.listen``).
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before we asked
        os._exit(0)


def _take_pipes() -> tuple[int, int]:
    """Keep the pipes for ourselves, so that nothing a library prints gets between the answers."""
    requests, answers = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return requests, answers


class _Child:
    """One thread listens, so that the end of the parent and a revoke are heard during work."""

    def __init__(self, requests: int, answers: int) -> None:
        self._requests = requests
        self._answers = answers
        self._pending: dict[int, Request] = {}
        self._changing = threading.Lock()
        self._arrived = threading.Semaphore(0)
        self._writing = threading.Lock()
        self._resident = _resident_meter()

    def listen(self) -> None:
        try:
            with os.fdopen(self._requests, "rb") as requests:
                while header := requests.read(LENGTH_BYTES):
                    self._take(decode_to_child(requests.read(body_length(header))))
        finally:
            os._exit(0)  # the parent has closed the pipe, or died, perhaps amid a request

    def _take(self, message: ToChild) -> None:
        if isinstance(message, Revoke):
            self._revoke(message.number)
            return
        with self._changing:
            self._pending[message.number] = message
        self._arrived.release()

    def _revoke(self, number: int) -> None:
        with self._changing:
            taken_back = self._pending.pop(number, None)
        if taken_back is not None:
            self._send(Revoked(number))

    def work(self) -> None:
        self._send(Ready())
        while True:
            self._arrived.acquire()
            with self._changing:
                if not self._pending:
                    continue  # it was revoked
                request = self._pending.pop(next(iter(self._pending)))
            self._send(self._run(request))

    def _run(self, request: Request) -> FromChild:
        try:
            function = _resolve(request.function)
        except (ImportError, AttributeError, ValueError) as error:
            return Unknown(request.number, f"{request.function} cannot be used: {error}")
        failure, value = None, _NOTHING
        try:
            value = msgspec.Raw(msgspec.msgpack.encode(function(*request.arguments)))
        except Unreadable as error:
            failure = error.as_failure()
        except Exception as error:  # noqa: BLE001 - the edge of the process: one file, one failure
            failure = Failure("internal", f"{type(error).__name__}: {error}")
        return Answer(request.number, self._resident(), failure, value)

    def _send(self, message: FromChild) -> None:
        data = memoryview(frame(message))
        with self._writing:
            while data:
                data = data[os.write(self._answers, data) :]


@functools.cache
def _resolve(name: str) -> Callable[..., Any]:
    module, _, function = name.partition(":")
    found: Callable[..., Any] = getattr(importlib.import_module(module), function)
    return found


def _resident_meter() -> Callable[[], int]:
    """A function that tells this process's resident memory in bytes."""
    if sys.platform == "linux":
        statm = os.open("/proc/self/statm", os.O_RDONLY)
        page = os.sysconf("SC_PAGE_SIZE")
        return lambda: int(os.pread(statm, 200, 0).split()[1]) * page
    else:  # the peak, which macOS counts in bytes
        return lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    main()

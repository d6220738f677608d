"""A program that a job has started, seen from the job."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TypeAlias

from mustela.jobs.errors import ChildNotStarted

#: Seconds from SIGTERM to SIGKILL.
GRACE = 1.0
#: The longest line that is read from a child, in bytes.
LINE_LIMIT = 64 * 1024 * 1024

_GUARD = str(Path(__file__).with_name("child_guard.py"))
_TERMINATE = b"t"

#: ``asyncio.subprocess.PIPE``, ``STDOUT`` or ``DEVNULL``; ``None`` is ours.
Stream: TypeAlias = int | None


class ChildProcess:
    """Ends with its job, at the latest, and with this process; and so does what it has started.

    ``stdin``, ``stdout`` and ``stderr`` are streams where pipes were asked for.
    """

    def __init__(
        self,
        process: asyncio.subprocess.Process,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self._process = process
        self._writer = writer
        self._killing: asyncio.TimerHandle | None = None
        self._life = asyncio.ensure_future(self._live(reader))
        self.stdin = process.stdin
        self.stdout = process.stdout
        self.stderr = process.stderr

    @classmethod
    async def start(
        cls,
        *command: str | Path,
        stdin: Stream = asyncio.subprocess.DEVNULL,
        stdout: Stream = asyncio.subprocess.DEVNULL,
        stderr: Stream = asyncio.subprocess.DEVNULL,
        cwd: str | Path | None = None,
        env: Mapping[str, str] | None = None,
    ) -> ChildProcess:
        """A new process in a session of its own, never a fork of this one.

        Raises ``ChildNotStarted``.
        """
        ours, theirs = socket.socketpair()
        writer: asyncio.StreamWriter | None = None
        try:
            with theirs:
                process = await asyncio.create_subprocess_exec(
                    sys.executable,
                    "-I",
                    "-S",
                    _GUARD,
                    str(theirs.fileno()),
                    *map(str, command),
                    stdin=stdin,
                    stdout=stdout,
                    stderr=stderr,
                    cwd=cwd,
                    env=env,
                    pass_fds=[theirs.fileno()],
                    start_new_session=True,
                    limit=LINE_LIMIT,
                )
            reader, writer = await asyncio.open_connection(sock=ours)
            word = await reader.readline()
        except BaseException as error:
            # Which ends the guard, and all that it guards. Once the loop watches the socket it
            # must close it: the next socket with its number could not be watched otherwise.
            (ours if writer is None else writer).close()
            if isinstance(error, OSError):
                raise ChildNotStarted(f"{command[0]} cannot be started: {error}") from error
            raise
        if word != b"+\n":
            writer.close()
            await process.wait()
            why = os.strerror(int(word[1:])) if word.startswith(b"!") else "its guard has ended"
            raise ChildNotStarted(f"{command[0]} cannot be started: {why}")
        return cls(process, reader, writer)

    @property
    def group(self) -> int:
        """The id of its process group."""
        return self._process.pid

    @property
    def ended(self) -> bool:
        """Whether it is over."""
        return self._life.done()

    async def wait(self) -> int:
        """Its exit status; that of a signal is the negative number of the signal."""
        return await asyncio.shield(self._life)

    def terminate(self) -> None:
        """SIGTERM to it and to all that it has started; SIGKILL a second later."""
        if self._killing is None and not self.ended:
            with suppress(OSError):
                self._writer.write(_TERMINATE)
            self._killing = asyncio.get_running_loop().call_later(GRACE, self.kill)

    def kill(self) -> None:
        """SIGKILL to it and to all that it has started."""
        if self._process.returncode is None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.group, signal.SIGKILL)

    async def stop(self) -> None:
        """End it, and see that it has ended."""
        self.terminate()
        await self.wait()

    async def _live(self, reader: asyncio.StreamReader) -> int:
        word = b""
        with suppress(OSError):
            word = await reader.readline()
        self._writer.close()
        # What has left its group for a session of its own (a daemon) may hold its pipes for as long
        # as it likes; nobody is to wait for their end, and the loop does before it says who ended.
        transport: asyncio.SubprocessTransport = getattr(self._process, "_transport")  # noqa: B009
        asyncio.get_running_loop().call_later(GRACE, transport.close)
        await self._process.wait()
        if self._killing is not None:
            self._killing.cancel()
        return int(word) if word.endswith(b"\n") else -signal.SIGKILL


def how_it_ended(status: int) -> str:
    """An exit status in words."""
    if status >= 0:
        return f"exit status {status}"
    try:
        return signal.Signals(-status).name
    except ValueError:
        return f"signal {-status}"

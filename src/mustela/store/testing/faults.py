"""A disk that fails when told to, below a SQLite store.

::

    with FaultyDisk() as disk:
        async with AsyncStore.open(path, vfs=disk.name) as store:
            with disk.failing(DISK_FULL):
                ...  # every durable write raises DiskFull
            disk.fail_once(IO_ERROR_SYNC)
            ...  # the next one to be synced raises DiskFault, later ones succeed

Faults strike the write-ahead log, where commits are written, and reads of either file. The main
file is written by checkpoints alone, whose failures SQLite keeps to itself (the log keeps the
rows); an error raised from Python there would reach the caller of a commit that has succeeded, so
this disk does not offer it.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Literal, NamedTuple, Self

import apsw

Act = Literal["write", "sync", "read"]


class Fault(NamedTuple):
    """What goes wrong, and at what."""

    act: Act
    error: type[apsw.Error]
    code: int

    def raised(self) -> apsw.Error:
        """The error as SQLite is to see it."""
        error = self.error(f"injected fault at {self.act}")
        vars(error).update(result=self.code & 0xFF, extendedresult=self.code)
        return error


DISK_FULL = Fault("write", apsw.FullError, apsw.SQLITE_FULL)
IO_ERROR_WRITE = Fault("write", apsw.IOError, apsw.SQLITE_IOERR_WRITE)
IO_ERROR_SYNC = Fault("sync", apsw.IOError, apsw.SQLITE_IOERR_FSYNC)
IO_ERROR_READ = Fault("read", apsw.IOError, apsw.SQLITE_IOERR_READ)


class FaultyDisk(apsw.VFS):
    """A SQLite file system over the default one; any thread may tell it to fail, and to stop."""

    _numbers = itertools.count(1)

    def __init__(self) -> None:
        self.name = f"mustela-faulty-{next(self._numbers)}"
        self.struck = 0  #: how often a fault struck
        self._fault: Fault | None = None
        self._skip = 0
        self._left: int | None = 0
        self._guard = threading.Lock()
        super().__init__(self.name, "")

    def fail_once(self, fault: Fault, *, nth: int = 1) -> None:
        """Fail the ``nth`` such act from now on, then work again."""
        with self._guard:
            self._fault, self._skip, self._left = fault, nth - 1, 1

    def fail(self, fault: Fault) -> None:
        """Fail each such act until :meth:`mend`."""
        with self._guard:
            self._fault, self._skip, self._left = fault, 0, None

    def mend(self) -> None:
        """Work again."""
        with self._guard:
            self._fault = None

    @contextmanager
    def failing(self, fault: Fault) -> Iterator[None]:
        """Fail each such act inside the block."""
        self.fail(fault)
        try:
            yield
        finally:
            self.mend()

    def check(self, act: Act) -> None:
        """Raise the fault if it is this act's turn."""
        with self._guard:
            fault = self._fault
            if fault is None or fault.act != act:
                return
            if self._skip:
                self._skip -= 1
                return
            if self._left is not None:
                self._fault = None
            self.struck += 1
        raise fault.raised()

    def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:  # noqa: N802  # SQLite's name
        return _File(self, name, flags)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.mend()
        self.unregister()


class _File(apsw.VFSFile):
    def __init__(self, disk: FaultyDisk, name: Any, flags: list[int]) -> None:
        super().__init__("", name, flags)
        self._disk = disk
        self._log = bool(flags[0] & apsw.SQLITE_OPEN_WAL)

    def xRead(self, amount: int, offset: int) -> bytes:  # noqa: N802  # SQLite's name
        self._disk.check("read")
        return super().xRead(amount, offset)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802  # SQLite's name
        if self._log:
            self._disk.check("write")
        super().xWrite(data, offset)

    def xSync(self, flags: int) -> None:  # noqa: N802  # SQLite's name
        if self._log:
            self._disk.check("sync")
        super().xSync(flags)

"""A scan never gets in the way of a program that writes a casacore table, nor reads it too soon."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mustela.files.directory_product import DirectoryRule
from tests.files.library import Library

pytest.importorskip("casacore.tables", reason="python-casacore is not there for this machine")

WRITER = """
import sys
from casacore.tables import makescacoldesc, maketabdesc, table

columns = maketabdesc([makescacoldesc("TIME", 0.0)])
with table(sys.argv[1], columns, lockoptions="user", ack=False) as written:
    written.lock(True)
    print("locked", flush=True)
    for line in sys.stdin:
        written.addrows(1)
        written.putcell("TIME", written.nrows() - 1, 1.0)
        written.flush()
        print(written.nrows(), written.haslock(True), flush=True)
    written.unlock()
"""


class Writer:
    """A process that holds a table's write lock."""

    def __init__(self, place: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(place)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._hear() == "locked"

    def append(self) -> str:
        """Add a row: how many there are, and whether the lock is still held."""
        assert self._process.stdin is not None
        self._process.stdin.write("append\n")
        self._process.stdin.flush()
        return self._hear()

    def _hear(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def close(self) -> None:
        """It lets go, and ends."""
        self._process.communicate()


@pytest.fixture
def writer(library: Library) -> Iterator[Writer]:
    library.toys.directories = DirectoryRule(("table.dat",), lock="table.lock")
    library.toys.examine = "tests.files.casacore_tables:examine"
    made = Writer(library.directory / "x.ms")
    yield made
    made.close()


async def test_a_table_waits_while_its_writer_holds_the_lock(
    library: Library, writer: Writer
) -> None:
    place = library.directory / "x.ms"
    lock = place / "table.lock"
    for rows in (1, 2, 3):
        assert writer.append() == f"{rows} True"
        before = (lock.read_bytes(), lock.stat().st_mtime_ns)
        result = await library.scan(settle_seconds=0.001)
        assert (result.entries, result.waiting, result.catalogued) == (1, 1, 0)
        assert (lock.read_bytes(), lock.stat().st_mtime_ns) == before
    assert await library.there() == {}
    writer.close()
    library.stamp_set(place, 0)
    result = await library.scan(settle_seconds=60)
    assert (result.waiting, result.catalogued) == (0, 1)
    assert await library.there() == {"x.ms": "3 rows"}


async def test_a_table_of_which_only_the_lock_was_touched_is_unchanged(
    library: Library, writer: Writer
) -> None:
    writer.append()
    writer.close()
    place = library.directory / "x.ms"
    library.stamp_set(place, 0)
    assert (await library.scan()).catalogued == 1
    assert (await library.scan()).unchanged == 1
    (place / "table.lock").touch()  # who only reads it may do so
    assert (await library.scan()).unchanged == 1

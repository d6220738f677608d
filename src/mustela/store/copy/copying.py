"""The steps of a copy: look, make, load, count on, compare; and only then keep it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

from sqlalchemy import Connection, delete, func, insert, select
from sqlalchemy.engine.url import URL

from mustela.store import migrate
from mustela.store.branch import Branch
from mustela.store.context import new_id
from mustela.store.copy.comparison import Difference, differences
from mustela.store.copy.plan import CopiedTable, Row, plan
from mustela.store.copy.refusals import CopyRefused, SourceBehind
from mustela.store.copy.sides import Side, Target, reading, writing
from mustela.store.ddl import extras
from mustela.store.maintenance_errors import MaintenanceError
from mustela.store.migrations import history, snapshot
from mustela.store.migrations.connections import driver_url
from mustela.store.schema import meta, topics

#: Rows between two words on how far it is.
_STRIDE = 10_000
#: So many differences are looked for, and put in words.
LISTED = 20

Stage: TypeAlias = Literal["copied", "compared"]


class Progress(NamedTuple):
    """So many rows of a table are done; ``whole`` with the last of them."""

    stage: Stage
    table: str
    rows: int
    whole: bool


class Copied(NamedTuple):
    """What was copied.

    ``tables`` are rows by table, ``snapshot_at`` is in microseconds since 1970 (UTC).
    ``changed_since``: records have changed in the source after the snapshot, and those changes
    are not in the copy. ``left_behind`` are tables of the source that no branch declares.
    """

    tables: dict[str, int]
    database_id: str
    snapshot_at: int
    changed_since: bool
    left_behind: tuple[str, ...]


class CopyDiffers(MaintenanceError):
    """The copy is not what the source is; it was thrown away.

    ``differences`` are the first of them.
    """

    code = "copy_differs"

    def __init__(self, found: Sequence[Difference]) -> None:
        listed = "\n".join(f"- {one}" for one in found)
        super().__init__(f"The copy differs from the source, and was thrown away:\n{listed}")
        self.differences = tuple(found)


Listener: TypeAlias = Callable[[Progress], None]


def _nobody(_: Progress) -> None:
    """Nobody listens."""


def copy_database(
    source: str | Path | URL,
    target: str | Path | URL,
    branches: Sequence[Branch],
    *,
    progress: Listener = _nobody,
) -> Copied:
    """Copy every table of these branches, and compare every row before the copy is kept.

    The source is read in one snapshot while others may write it. The target is a SQLite file that
    is not there yet, or a PostgreSQL database without rows in these tables; whatever ends the copy
    early leaves it so. Raises ``CopyRefused``, ``RowRefused``, ``CopyDiffers``,
    ``DatabaseTooNew``, ``MigrationFailed`` and what the engines answer.
    """
    there_url, here_url = driver_url(source), driver_url(target)
    tables = plan(branches)
    _refuse_unfillable(branches, here_url)
    with reading(there_url) as there:
        _refuse_unready(there.connection, branches, there_url)
        snapshot_at, revision = time.time_ns() // 1000, _revision(there.connection)
        with writing(here_url) as here:
            _make(here.connection, branches, tables)
            shape = snapshot.schema(here.connection)
            counts = _load(there, here, tables, branches, progress)
            identity = _identify(here.connection)
            if lines := snapshot.difference(
                shape, snapshot.schema(here.connection), ("before", "after")
            ):
                raise MaintenanceError(f"The copy's schema was not put together again: {lines}")
            _prove(there, here, tables, progress)
        known = {table.name for branch in branches for table in branch.metadata.tables.values()}
        left_behind = tuple(n for n in snapshot.tables(there.connection) if n not in known)
    with reading(there_url) as now:
        changed = _revision(now.connection) != revision
    return Copied(counts, identity, snapshot_at, changed, left_behind)


def compare_databases(
    source: str | Path | URL,
    target: str | Path | URL,
    branches: Sequence[Branch],
    *,
    progress: Listener = _nobody,
) -> dict[str, int]:
    """Compare every row of two databases; rows by table. ``CopyDiffers`` where one is not equal."""
    with reading(driver_url(source)) as there, reading(driver_url(target)) as here:
        return _prove(there, here, plan(branches), progress)


def _refuse_unfillable(branches: Sequence[Branch], target: URL) -> None:
    if target.get_backend_name() != "sqlite":
        return
    for branch in branches:
        for extra in extras(branch.metadata, "sqlite"):
            if extra.kind == "virtual table" and not extra.fill:
                raise CopyRefused(
                    f"Nothing says how the virtual table {extra.name} is filled, and it would be"
                    " empty: declare it with virtual_table(..., fill=...)."
                )


def _refuse_unready(connection: Connection, branches: Sequence[Branch], source: URL) -> None:
    """The source is at this version's revisions, and has no branch that is not installed."""
    migrate.refuse_newer(source, branches)
    found, wanted = dict(migrate.newest(history.applied(connection))), dict(migrate.heads(branches))
    shown = _plain(source)
    if not found:
        raise CopyRefused(f"{shown} holds no database of Mustela.")
    if strangers := sorted(found.keys() - wanted.keys()):
        raise CopyRefused(
            f"{shown} has {', '.join(strangers)}, whose package is not installed here: its tables"
            " would be left behind. Install it first."
        )
    if found != wanted:
        old = ", ".join(sorted(found.values()))
        new = ", ".join(sorted(wanted.values()))
        raise SourceBehind(
            f"{shown} is at {old}, and this version at {new}; upgrade it first.", shown
        )


def _plain(url: URL) -> str:
    """A URL as people write it, without its driver and its password."""
    return url.set(drivername=url.get_backend_name()).render_as_string()


def _make(connection: Connection, branches: Sequence[Branch], tables: list[CopiedTable]) -> None:
    """The schema at this version's revisions, and no row in it."""
    taken = set(snapshot.tables(connection)) & {one.name for one in tables}
    if taken and not history.applied(connection):
        raise CopyRefused(
            f"The target is not empty: it has the tables {', '.join(sorted(taken))}. Name another."
        )
    scripts = migrate.script_directory(branches)
    migrate.run_steps(connection, scripts, lambda at, _: scripts._upgrade_revs("heads", at))
    filled = [
        table.name
        for branch in branches
        for table in branch.metadata.sorted_tables
        if connection.execute(CopiedTable(table).is_filled()).first()
    ]
    if filled:
        raise CopyRefused(
            f"The target is not empty: there are rows in {', '.join(filled)}. Name another one, or"
            " drop this one."
        )


def _load(
    there: Side,
    here: Target,
    tables: Sequence[CopiedTable],
    branches: Sequence[Branch],
    progress: Listener,
) -> dict[str, int]:
    """All rows, what is made of them, then all that rested meanwhile."""
    here.put_aside([one.name for one in tables])
    counts = {}
    for one in tables:
        counter = _Counter("copied", one, progress)
        with closing(there.rows(one)) as rows:
            here.load(one, counter.over(rows))
        counts[one.name] = counter.done()
        here.continue_after(one, there.last_number(one))
    for branch in branches:
        for extra in extras(branch.metadata):
            if extra.fill and extra.dialect == here.connection.dialect.name:
                here.connection.exec_driver_sql(extra.fill)
    here.put_back()
    return counts


def _prove(
    there: Side, here: Side, tables: Sequence[CopiedTable], progress: Listener
) -> dict[str, int]:
    counts = {}
    found: list[Difference] = []
    for one in tables:
        counter = _Counter("compared", one, progress)
        with closing(there.rows(one)) as left, closing(here.rows(one)) as right:
            unlike = differences(one, counter.over(left), right)
            found += islice(unlike, LISTED - len(found))
        if len(found) == LISTED:
            break
        counts[one.name] = counter.done()
    if found:
        raise CopyDiffers(found)
    return counts


class _Counter:
    """Counts rows as they go by, and says so now and then."""

    def __init__(self, stage: Stage, table: CopiedTable, progress: Listener) -> None:
        self._stage: Stage = stage
        self._name = table.name
        self._progress = progress
        self._rows = 0

    def over(self, rows: Iterator[Row]) -> Iterator[Row]:
        """The same rows."""
        for row in rows:
            self._rows += 1
            if self._rows % _STRIDE == 0:
                self._progress(Progress(self._stage, self._name, self._rows, whole=False))
            yield row

    def done(self) -> int:
        """That was the last one: how many there were."""
        self._progress(Progress(self._stage, self._name, self._rows, whole=True))
        return self._rows


def _identify(connection: Connection) -> str:
    """Nothing that was kept for another database is true of this one."""
    identity = new_id()
    connection.execute(delete(meta).where(meta.c.key == "database_id"))
    connection.execute(insert(meta).values(key="database_id", value=identity))
    return identity


def _revision(connection: Connection) -> int:
    """Another number after each change of a record."""
    return int(connection.scalar(select(func.sum(topics.c.revision))) or 0)

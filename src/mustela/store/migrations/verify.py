"""Proof that the migrations are sound, on a scratch database.

For each revision in the order of an upgrade, with rows in every table:

1. up, down, up again: each time the schema is what it was, and so are the rows, to the last value;
2. with rows that were written under the new schema, down and up again: what both schemas can hold
   is still there.

At the head the schema is the one that the metadata creates; back at the base nothing is left. A
revision that cannot keep everything says so: ``lossy = True`` and ``lossy_reason = "..."``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from alembic.runtime.migration import MigrationStep
from alembic.script import Script, ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection, Table
from sqlalchemy.engine.url import URL
from sqlalchemy.exc import SQLAlchemyError

from mustela.errors import MustelaError
from mustela.store import migrate
from mustela.store.branch import Branch
from mustela.store.maintenance_errors import VerificationFailed
from mustela.store.migrations import connections, history, snapshot
from mustela.store.migrations.rows import Filler, Samples
from mustela.store.migrations.scratch import create_all, scratch


@dataclass(frozen=True)
class Verification:
    """What was proven: ``revisions`` in the order they were tried, the ``lossy`` ones by reason."""

    engine: str
    revisions: tuple[str, ...]
    lossy: dict[str, str]
    tables: tuple[str, ...]


class State(NamedTuple):
    """A database at one moment."""

    schema: snapshot.Schema
    rows: snapshot.Rows


def verify(
    target: str | Path | URL, branches: Sequence[Branch], samples: Samples | None = None
) -> Verification:
    """Prove it on a scratch database of the target's engine; the target itself is not touched.

    ``samples`` are rows by table, for constraints that no generated row fulfils. Raises
    ``VerificationFailed`` with what was found at the first step that is not sound.
    """
    scripts = migrate.script_directory(branches)
    _refuse(graph_problems(scripts, branches))
    order = [step.revision for step in scripts._upgrade_revs("heads", "base")]
    lossy = {s.revision: _reason(s) for s in order if _is_lossy(s)}
    declared = {
        name: table for branch in branches for name, table in branch.metadata.tables.items()
    }
    with scratch(target) as stepwise:
        proof = _Proof(stepwise, scripts, samples, declared)
        empty = proof.state().schema
        for script in order:
            proof.step(script)
        head = proof.state()
        proof.whole_way_back(empty, head.schema)
        untouched = proof.state()
    _compare_with_metadata(target, branches, untouched, declared)
    kind = connections.driver_url(target).get_backend_name()
    return Verification(kind, tuple(s.revision for s in order), lossy, tuple(sorted(head.rows)))


def graph_problems(scripts: ScriptDirectory, branches: Sequence[Branch]) -> list[str]:
    """A branch is one line of revisions, labelled with its name, in its own package."""
    problems = []
    for branch in branches:
        own = [s for s in scripts.walk_revisions() if Path(s.path).parent == branch.versions]
        strangers = [s.revision for s in own if history.branch_of(s) != branch.name]
        ends = [s.revision for s in own if s.is_head]
        if strangers:
            problems.append(
                f"{', '.join(sorted(strangers))}: not of the branch {branch.name}; its first"
                f" revision sets branch_labels = ({branch.name!r},)"
            )
        if len(ends) != 1:
            problems.append(f"the branch {branch.name} has {len(ends)} heads: {', '.join(ends)}")
    problems += [
        f"{s.revision}: lossy without a lossy_reason"
        for s in scripts.walk_revisions()
        if _is_lossy(s) and not _reason(s)
    ]
    return problems


class _Proof:
    """One scratch database and what is done to it."""

    def __init__(
        self,
        url: URL,
        scripts: ScriptDirectory,
        samples: Samples | None,
        declared: Mapping[str, Table],
    ) -> None:
        self._url = url
        self._declared = declared
        self._scripts = scripts
        self._filler = Filler(samples)
        connections.migration_engine(url).connect().close()  # creates the file

    def step(self, script: Script) -> None:
        """One revision: up, down, up; then the same with rows of its own."""
        name, lossy = script.revision, _is_lossy(script)
        before = self.state()
        self._up(script)
        after = self.state()
        self._down(script)
        _refuse_changes(f"{name}, up and down", before, self.state(), lossy)
        self._up(script)
        _refuse_changes(f"{name}, down and up", after, self.state(), lossy)
        self._fill(script)
        filled = self.state()
        self._down(script)
        _refuse_schema(f"{name}, down with new rows", before.schema, self.state().schema)
        self._up(script)
        again = self.state()
        _refuse_schema(f"{name}, up with new rows", after.schema, again.schema)
        if not lossy:
            kept = snapshot.common(filled.rows, before.rows)
            found = snapshot.common(again.rows, before.rows)
            lines = snapshot.row_difference(kept, found)
            _refuse([f"{name}, down and up with new rows: {line}" for line in lines])
        self._fill(script)

    def whole_way_back(self, empty: snapshot.Schema, head: snapshot.Schema) -> None:
        """From the head to nothing in one go, and up again."""
        scripts = self._scripts
        self._run("downgrade to base", lambda at, _: scripts._downgrade_revs("base", at))
        _refuse_schema("back at the base", empty, self.state().schema)
        self._run("upgrade to the heads", lambda at, _: scripts._upgrade_revs("heads", at))
        _refuse_schema("upgraded in one go", head, self.state().schema)

    def state(self) -> State:
        """The schema and all rows, now."""
        return state(self._url, self._declared)

    def _fill(self, script: Script) -> None:
        with _connected(self._url) as connection:
            problems = self._filler.fill(connection, snapshot.tables(connection))
            connection.commit()
        _refuse([f"{script.revision}: {problem}" for problem in problems])

    def _up(self, script: Script) -> None:
        step = MigrationStep.upgrade_from_script(self._scripts.revision_map, script)
        self._run(f"{script.revision}, upgrade", lambda _at, _context: [step])

    def _down(self, script: Script) -> None:
        step = MigrationStep.downgrade_from_script(self._scripts.revision_map, script)
        self._run(f"{script.revision}, downgrade", lambda _at, _context: [step])

    def _run(self, what: str, steps: Callable[[Any, Any], Any]) -> None:
        engine = connections.migration_engine(self._url)
        try:
            with engine.connect() as connection:
                migrate.run_steps(connection, self._scripts, steps)
        except (SQLAlchemyError, CommandError, MustelaError, NotImplementedError) as error:
            raise VerificationFailed([f"{what} failed: {error}"]) from error
        finally:
            engine.dispose()


def _compare_with_metadata(
    target: str | Path | URL,
    branches: Sequence[Branch],
    migrated: State,
    declared: Mapping[str, Table],
) -> None:
    """The migrated schema, and what migrations put into it, against a freshly created one."""
    names = ("the migrations", "the metadata")
    with scratch(target) as created:
        create_all(created, [branch.metadata for branch in branches])
        fresh = state(created, declared)
    lines = snapshot.difference(migrated.schema, fresh.schema, names)
    _refuse([f"at the head, {line}" for line in lines])
    rows = snapshot.row_difference(fresh.rows, migrated.rows)
    _refuse([f"the migrations leave rows that the metadata does not: {line}" for line in rows])


def state(url: URL, declared: Mapping[str, Table]) -> State:
    """The schema of a database and all its rows; of ``declared`` tables of sums, the sums."""
    with _connected(url) as connection:
        return State(snapshot.schema(connection), snapshot.rows(connection, declared))


@contextmanager
def _connected(url: URL) -> Iterator[Connection]:
    engine = connections.plain_engine(url)
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def _is_lossy(script: Script) -> bool:
    return bool(getattr(script.module, "lossy", False))


def _reason(script: Script) -> str:
    return str(getattr(script.module, "lossy_reason", ""))


def _refuse(problems: Sequence[str]) -> None:
    if problems:
        raise VerificationFailed(problems)


def _refuse_schema(what: str, first: snapshot.Schema, second: snapshot.Schema) -> None:
    _refuse([f"{what}: {line}" for line in snapshot.difference(first, second, ("before", "after"))])


def _refuse_changes(what: str, first: State, second: State, lossy: bool) -> None:
    _refuse_schema(what, first.schema, second.schema)
    if not lossy:
        lines = snapshot.row_difference(first.rows, second.rows)
        _refuse([f"{what}: {line}" for line in lines])

"""What steps mean on PostgreSQL, without I/O: SQL out, values in."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from sqlalchemy import bindparam
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.dialects.postgresql.base import PGDialect

from mustela.store.operation import Call
from mustela.store.schema import topics
from mustela.store.statement import Statement
from mustela.store.topics import Change
from mustela.store.unit import Changed, Count, Current, Query

DIALECT = PGDialect(paramstyle="pyformat")  # type: ignore[no-untyped-call]

BEGIN_READ = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
BEGIN = "BEGIN ISOLATION LEVEL REPEATABLE READ"

#: How often a unit is run before a conflict reaches the caller.
ATTEMPTS = 12
#: How many commits of this process pass before topic rows are folded into one.
FOLD_EVERY = 256

_insert = insert(topics).values(
    name=bindparam("topic"),
    shard=bindparam("shard"),
    revision=bindparam("revisions"),
    total=bindparam("delta"),
)
#: A row of its own for each transaction, so that writers do not wait for each other.
MOVE_TOPIC = Statement(
    _insert.on_conflict_do_update(
        index_elements=["name", "shard"],
        set_={
            "revision": topics.c.revision + _insert.excluded.revision,
            "total": topics.c.total + _insert.excluded.total,
        },
    )
)
FOLD_TOPICS = (
    "WITH gone AS (DELETE FROM topics RETURNING name, revision, total) "
    "INSERT INTO topics (name, shard, revision, total) "
    "SELECT name, %(shard)s, sum(revision), sum(total) FROM gone GROUP BY name"
)

#: Seconds after which the server ends a transaction whose client says nothing: a process that was
#: stopped in the middle of one holds up nobody for longer. No unit waits for anything by itself.
IDLE_LIMIT = 15
SET_IDLE_LIMIT = f"SET idle_in_transaction_session_timeout = '{IDLE_LIMIT}s'"


def begin_limited(limit: float) -> str:
    """Begin a transaction of which no statement and no silence is longer than ``limit`` (s)."""
    milliseconds = max(1, int(min(limit * 1000, 2**31 - 1)))
    return (
        f"{BEGIN}; SET LOCAL statement_timeout = {milliseconds};"
        f" SET LOCAL idle_in_transaction_session_timeout = {milliseconds}"
    )


def new_shard() -> int:
    """A number that no other transaction uses (a collision adds up, and is harmless)."""
    return random.getrandbits(62)  # uniqueness, not secrecy


def pause(attempt: int) -> float:
    """Seconds before attempt ``attempt`` of a unit that met a conflict; grows, with jitter."""
    return random.uniform(0.0005, 0.001 * 2 ** min(attempt, 7))


def prepared(statement: Statement, parameters: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """SQL and its parameters."""
    sql, literals = statement.compiled(DIALECT)
    return sql, {**literals, **parameters} if literals else parameters


def local(step: object, call: Call, changes: list[Change]) -> tuple[bool, Any]:
    """Steps that need no server: (True, result), else (False, None)."""
    context = call.context
    if isinstance(step, Changed):
        changes.append(Change(step.topic, step.key, step.delta, context.change_id, context.now))
        return True, None
    if isinstance(step, Current):
        return True, context
    return False, None


def result_of(step: Query | Count, cursor: Any) -> tuple[Any, bool]:
    """What a cursor has for a step, and whether rows must be fetched from it."""
    if isinstance(step, Count):
        return cursor.rowcount, False
    return None, cursor.description is not None


def state(row: tuple[Any, ...]) -> tuple[int, int]:
    """Revision and total of a topic, as committed; the server sums into ``numeric``."""
    return int(row[0]), int(row[1])

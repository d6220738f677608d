"""What the store itself says to the server, and how a statement becomes a request."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Literal

from sqlalchemy import bindparam
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.dialects.postgresql.base import PGDialect

from mustela.store.postgres.link import Request
from mustela.store.schema import topics
from mustela.store.statement import Statement
from mustela.store.topics import (
    EVENT_WINDOW,
    TRIM_EVENTS,
    Change,
    event_rows,
    summed,
)

DIALECT = PGDialect(paramstyle="pyformat")  # type: ignore[no-untyped-call]

BEGIN_READ = Request(b"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
BEGIN = Request(b"BEGIN ISOLATION LEVEL REPEATABLE READ")
COMMIT = Request(b"COMMIT", (), "word")
ROLLBACK = Request(b"ROLLBACK")
SAVEPOINT = Request(b"SAVEPOINT unit")
RELEASE = Request(b"RELEASE SAVEPOINT unit")
UNDO = Request(b"ROLLBACK TO SAVEPOINT unit")

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
_FOLD_TOPICS = (
    b"WITH gone AS (DELETE FROM topics RETURNING name, revision, total) "
    b"INSERT INTO topics (name, shard, revision, total) "
    b"SELECT name, $1, sum(revision), sum(total) FROM gone GROUP BY name"
)
#: All events of a transaction at once, in a part of it that has a number of its own, younger than
#: the ids drawn: what mustela.store.horizon relies upon. The sort has all ids drawn before the
#: first row is written.
_NUMBER_EVENTS = Request(b"SAVEPOINT events")
_ADD_EVENTS = (
    b"WITH drawn AS MATERIALIZED (SELECT nextval('events_id_seq') AS id, said.* FROM unnest("
    b"$1::bigint[], $2::text[], $3::text[], $4::text[]) AS said (at, topic, key, change_id)) "
    b"INSERT INTO events (id, at, topic, key, change_id) "
    b"SELECT id, at, topic, key, change_id FROM drawn ORDER BY id"
)

#: Seconds after which the server ends a transaction whose client says nothing: a process that was
#: stopped in the middle of one holds up nobody for longer. No unit waits for anything by itself.
IDLE_LIMIT = 15


def milliseconds(seconds: float) -> str:
    """A time limit as the server's settings have it."""
    return str(max(1, int(min(seconds * 1000, 2**31 - 1))))


def statement_limit(seconds: float, *, local: bool = True) -> Request:
    """The time limit of each statement of this transaction, or else of the connection."""
    scope = b"true" if local else b"false"
    sql = b"SELECT set_config('statement_timeout', $1, %b)" % scope
    return Request(sql, (milliseconds(seconds),))


def silence_limit(seconds: float, *, local: bool = True) -> Request:
    """The time that this transaction, or else each of the connection, may lie idle."""
    scope = b"true" if local else b"false"
    sql = b"SELECT set_config('idle_in_transaction_session_timeout', $1, %b)" % scope
    return Request(sql, (milliseconds(seconds),))


def begin_limited(limit: float) -> list[Request]:
    """Begin a transaction of which no statement and no silence is longer than ``limit`` (s)."""
    return [BEGIN, statement_limit(limit), silence_limit(limit)]


def new_shard() -> int:
    """A number that no other transaction uses (a collision adds up, and is harmless)."""
    return random.getrandbits(62)  # uniqueness, not secrecy


class _Numbers(dict[str, str]):
    """Names of parameters to ``$1``, ``$2``, in the order in which they are asked for."""

    def __missing__(self, name: str) -> str:
        number = self[name] = f"${len(self) + 1}"
        return number


@lru_cache(maxsize=4096)
def positional(sql: str) -> tuple[bytes, tuple[str, ...]]:
    """SQL with ``%(name)s`` as the server has it, and the names of its values."""
    numbers = _Numbers()
    text = sql % numbers
    return text.encode(), tuple(numbers)


def request(
    statement: Statement,
    parameters: Mapping[str, Any],
    answer: Literal["rows", "number"] = "rows",
) -> Request:
    """A statement and its parameters."""
    sql, literals = statement.compiled(DIALECT)
    text, names = positional(sql)
    given = {**literals, **parameters} if literals else parameters
    return Request(text, [given[name] for name in names], answer)


def fold_topics() -> Request:
    """Make one row of the many that a topic has by now."""
    return Request(_FOLD_TOPICS, (new_shard(),), "number")


def trim_events() -> Request:
    """Let go of the oldest events."""
    return request(TRIM_EVENTS, {"window": EVENT_WINDOW}, "number")


def announcement(changes: Sequence[Change]) -> list[Request]:
    """What a transaction says of its changes before it is committed."""
    if not changes:
        return []
    shard = new_shard()
    events = event_rows(list(changes))
    columns = [[event[name] for event in events] for name in ("at", "topic", "key", "change_id")]
    return [
        *(
            request(MOVE_TOPIC, {**topic, "shard": shard}, "number")
            for topic in summed(list(changes))
        ),
        _NUMBER_EVENTS,
        Request(_ADD_EVENTS, columns, "number"),
    ]

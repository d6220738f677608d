"""Data access written once: sync and async, on SQLite and PostgreSQL.

Declare operations as generator methods with :func:`read` and :func:`write`; bind them to a
:class:`Store` (code that waits) or an :class:`AsyncStore` (an event loop). What this module names
is public: it changes only with a major version, after a release that warns.
"""

from mustela.store.context import (
    Context,
    acting_as,
    from_microseconds,
    new_id,
    to_microseconds,
)
from mustela.store.operation import (
    AsyncRepository,
    Page,
    SyncRepository,
    heavy_read,
    heavy_read_when,
    read,
    stream,
    urgent_write,
    write,
)
from mustela.store.schema import BLOB, INTEGER, REAL, TEXT, derived, edited, observed
from mustela.store.statement import Statement
from mustela.store.store import AsyncExecutor, AsyncStore, Store, SyncExecutor
from mustela.store.unit import (
    Step,
    Unit,
    all,
    batch,
    changed,
    count,
    current,
    many,
    one,
    rows,
    token,
    total,
)

__all__ = [
    "BLOB",
    "INTEGER",
    "REAL",
    "TEXT",
    "AsyncExecutor",
    "AsyncRepository",
    "AsyncStore",
    "Context",
    "Page",
    "Statement",
    "Step",
    "Store",
    "SyncExecutor",
    "SyncRepository",
    "Unit",
    "acting_as",
    "all",
    "batch",
    "changed",
    "count",
    "current",
    "derived",
    "edited",
    "from_microseconds",
    "heavy_read",
    "heavy_read_when",
    "many",
    "new_id",
    "observed",
    "one",
    "read",
    "rows",
    "stream",
    "to_microseconds",
    "token",
    "total",
    "urgent_write",
    "write",
]

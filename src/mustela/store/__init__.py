"""Data access written once: sync and async, on SQLite and PostgreSQL.

Declare operations as generator methods with :func:`read` and :func:`write`; bind them to a
:class:`Store` (code that waits) or an :class:`AsyncStore` (an event loop). What this module names
is public: it changes only with a major version, after a release that warns.
"""

from mustela.store import errors
from mustela.store.audit import AuditEntry, history
from mustela.store.branch import STORE_BRANCH, Branch
from mustela.store.context import (
    Context,
    acting_as,
    from_microseconds,
    new_id,
    to_microseconds,
)
from mustela.store.listing import Cursor, Listing, Search, Sort
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
from mustela.store.record import Record
from mustela.store.records import Records
from mustela.store.revert import revert
from mustela.store.schema import BLOB, INTEGER, NAMING, REAL, TEXT, derived, edited, observed
from mustela.store.statement import Statement
from mustela.store.store import AsyncExecutor, AsyncStore, Store, SyncExecutor
from mustela.store.text_search import TextIndex
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
    "NAMING",
    "REAL",
    "STORE_BRANCH",
    "TEXT",
    "AsyncExecutor",
    "AsyncRepository",
    "AsyncStore",
    "AuditEntry",
    "Branch",
    "Context",
    "Cursor",
    "Listing",
    "Page",
    "Record",
    "Records",
    "Search",
    "Sort",
    "Statement",
    "Step",
    "Store",
    "SyncExecutor",
    "SyncRepository",
    "TextIndex",
    "Unit",
    "acting_as",
    "all",
    "batch",
    "changed",
    "count",
    "current",
    "derived",
    "edited",
    "errors",
    "from_microseconds",
    "heavy_read",
    "heavy_read_when",
    "history",
    "many",
    "new_id",
    "observed",
    "one",
    "read",
    "revert",
    "rows",
    "stream",
    "to_microseconds",
    "token",
    "total",
    "urgent_write",
    "write",
]

"""Another id for a database whose newest transactions are gone."""

from __future__ import annotations

from mustela.store.identity import DATABASE_ID, FORGET_DATABASE_ID, SET_DATABASE_ID
from mustela.store.operation import AsyncRepository, SyncRepository, write
from mustela.store.unit import Unit, count, one


class IdentityOperations:
    """What a database is told apart by.

    Where transactions that were answered are lost (a standby that had not got them is promoted, a
    dump is restored), revision tokens are given again, for other rows. Labels that were made of
    them before (``ETag``, the ids of events, keys of a shared cache) hold the id as well, and so
    are never taken for those that come.
    """

    @write
    def renew(self, id: str) -> Unit[str | None]:
        """From now on the database has this id; the one before."""
        before = yield from one(DATABASE_ID, str)
        yield from count(FORGET_DATABASE_ID)
        yield from count(SET_DATABASE_ID, value=id)
        return before


class IdentityRepository(IdentityOperations, SyncRepository):
    """The identity, for code that waits."""


class AsyncIdentityRepository(IdentityOperations, AsyncRepository):
    """The identity, for an event loop."""

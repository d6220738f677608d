"""What can be done with instruments: written once, called from sync and from async code."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, select

from lending.schema import instruments
from mustela.errors import MustelaError
from mustela.store import (
    AsyncRepository,
    AuditEntry,
    Record,
    Records,
    Statement,
    SyncRepository,
    Unit,
    all,
    current,
    history,
    one,
    read,
    revert,
    to_microseconds,
    write,
)
from mustela.store.errors import NotFound


class Instrument(Record):
    """An instrument; ``lent_to`` and ``due`` are null while it is in the library."""

    id: str
    label: str
    kind: str
    lent_to: str | None = None
    due: datetime | None = None


class AlreadyLent(MustelaError):
    """Somebody else has the instrument."""

    code = "already_lent"


class NotLent(MustelaError):
    """The instrument is in the library already."""

    code = "not_lent"


records = Records(instruments, "instruments")
_rows = select(*(instruments.c[name] for name in Instrument.fields))
GET = Statement(_rows.where(instruments.c.id == bindparam("id")))
_page = _rows.order_by(instruments.c.kind, instruments.c.label).limit(bindparam("limit"))
ALL = Statement(_page)
OVERDUE = Statement(_rows.where(instruments.c.due < bindparam("now")).order_by(instruments.c.due))
OF_KIND = Statement(_page.where(instruments.c.kind == bindparam("kind")))


class LibraryOperations:
    """Each method is one unit: all of it happens, or none."""

    @write
    def add(self, label: str, kind: str) -> Unit[Instrument]:
        """Add an instrument; ``AlreadyExists`` where its label is taken."""
        context = yield from current()
        instrument = Instrument(id=context.new_id(), label=label, kind=kind)
        yield from records.insert(instrument.row())
        return instrument

    @read
    def get(self, id: str) -> Unit[Instrument]:
        """The instrument of this id; else ``NotFound``."""
        found = yield from one(GET, Instrument.from_row, id=id)
        if found is None:
            raise NotFound(f"there is no instrument {id}")
        return found

    @read
    def instruments(self, kind: str | None = None, limit: int = 100) -> Unit[list[Instrument]]:
        """Instruments of a kind, or of every kind."""
        if kind is None:
            return (yield from all(ALL, Instrument.from_row, limit=limit))
        return (yield from all(OF_KIND, Instrument.from_row, kind=kind, limit=limit))

    @read
    def overdue(self, now: datetime) -> Unit[list[Instrument]]:
        """What should have come back by now, the longest overdue first."""
        return (yield from all(OVERDUE, Instrument.from_row, now=to_microseconds(now)))

    @write
    def lend(self, id: str, to: str, due: datetime) -> Unit[Instrument]:
        """Lend an instrument; ``AlreadyLent`` where somebody has it."""
        found = yield from self.get.unit(id)
        if found.lent_to is not None:
            raise AlreadyLent(f"{found.lent_to} has the {found.kind} {found.label}")
        yield from records.update(id, Instrument.columns({"lent_to": to, "due": due}))
        return found.replace(lent_to=to, due=due)

    @write
    def give_back(self, id: str) -> Unit[Instrument]:
        """An instrument comes back; ``NotLent`` where nobody had it."""
        found = yield from self.get.unit(id)
        if found.lent_to is None:
            raise NotLent(f"the {found.kind} {found.label} is in the library already")
        yield from records.update(id, {"lent_to": None, "due": None})
        return found.replace(lent_to=None, due=None)

    @read
    def history(self, id: str, limit: int = 100) -> Unit[list[AuditEntry]]:
        """Who did what to an instrument, newest first."""
        return (yield from history("instruments", id, limit, None))

    @write
    def revert(self, reference: int | str) -> Unit[str]:
        """Take back one audit entry (its number) or a whole change (its change id)."""
        return (yield from revert({"instruments": records}, reference))


class Library(LibraryOperations, SyncRepository):
    """For code that waits: commands, scripts, migrations of data."""


class AsyncLibrary(LibraryOperations, AsyncRepository):
    """For an event loop: the server."""

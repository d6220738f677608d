"""Sources in the database: written once, used sync and async, on every engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias, Unpack

from mustela.files.item_id import check_id
from mustela.files.tag_index import kept_tags
from mustela.radio.cones import checked
from mustela.radio.epochs.recount import RecountOperations, recounted
from mustela.radio.sky.names import iau_name
from mustela.radio.sources.associating import Associated, associated
from mustela.radio.sources.linking import AssociationOperations, AssociationOptions
from mustela.radio.sources.listing import (
    BY_ID,
    BY_NAME,
    RESERVED_IDS,
    SourceFilters,
    is_heavy,
    listed,
)
from mustela.radio.sources.measuring import MeasuringOperations
from mustela.radio.sources.procedure import run, run_async
from mustela.radio.sources.reading import ReadingOperations
from mustela.radio.sources.record import Source
from mustela.radio.sources.records import records
from mustela.radio.sources.refresh import RefreshOperations, refreshed
from mustela.radio.sources.statistics import TOPIC
from mustela.radio.sources.tally import Place, SourceTally
from mustela.radio.sources.tombstones import lay_tombstone
from mustela.store import (
    AsyncRepository,
    AuditEntry,
    Page,
    SyncRepository,
    Unit,
    current,
    heavy_read,
    heavy_read_when,
    history,
    one,
    read,
    revert,
    stream,
    write,
)
from mustela.store.errors import InvalidValue, NotFound
from mustela.store.listing import Cursor
from mustela.store.pages import EncodedPage, RecordPage

SourcePage: TypeAlias = RecordPage[Source]

#: What people say of a source.
SAID = frozenset({"name", "tags", "rating", "note", "grade_given"})


class SourceOperations(
    MeasuringOperations,
    ReadingOperations,
    AssociationOperations,
    RecountOperations,
    RefreshOperations,
):
    """What can be done with sources and their measurements."""

    @write
    def add(self, source: Source) -> Unit[Source]:
        """Add a source at a position; an empty ``id`` is made, an empty ``name`` as the IAU asks.

        Its errors are kept, and what people say; the rest follows from its measurements.
        ``AlreadyExists`` where the id is taken.
        """
        row = yield from _new_row(source)
        yield from records.insert(row)
        return (yield from _existing(row["id"]))

    @write
    def add_many(self, sources: Sequence[Source]) -> Unit[int]:
        """Add sources, all or none; answers how many."""
        new: list[dict[str, Any]] = []
        for source in sources:
            new.append((yield from _new_row(source)))  # noqa: PERF401  # a unit each
        yield from records.insert_many(new)
        return len(new)

    @read
    def get(
        self, id: str, *, band: str | None = None, stokes: str | None = None
    ) -> Unit[Source | None]:
        """The source of this id, with its main statistics, or those of a band (Stokes I where
        none is said); ``None`` where there is no source, or it has no epochs there."""
        if band is None and stokes is None:
            return (yield from one(BY_ID, Source.from_row, id=id))
        pages, filters = listed({"band": band, "stokes": stokes, "ids": [id]})
        found = yield from pages.listed(1, 0, "id", "", filters)
        return found[0] if found else None

    @read
    def get_by_name(self, name: str) -> Unit[Source | None]:
        """The source of exactly this name; of several the oldest record."""
        return (yield from one(BY_NAME, Source.from_row, name=name))

    @heavy_read_when(is_heavy)
    def list_sources(
        self,
        limit: int = 100,
        offset: int = 0,
        *,
        sort: str = "-created_at",
        **filters: Unpack[SourceFilters],
    ) -> Unit[list[Source]]:
        """Sources that satisfy all filters, newest records first.

        ``sort`` is a field, descending with ``-`` before it; NULLs come last either way.
        """
        pages, given = listed(filters)
        return (yield from pages.listed(limit, offset, sort, "", given))

    @heavy_read_when(is_heavy)
    def page(
        self,
        limit: int = 100,
        offset: int = 0,
        *,
        after: Cursor | None = None,
        sort: str = "-created_at",
        **filters: Unpack[SourceFilters],
    ) -> Unit[SourcePage]:
        """A page, the total, and the cursor of the next page.

        The total is exact without filters; with them it is counted to at most 10,000.
        """
        pages, given = listed(filters)
        return (yield from pages.page(limit, offset, after, sort, "", given))

    @heavy_read_when(is_heavy)
    def encoded_page(
        self,
        limit: int = 100,
        offset: int = 0,
        *,
        after: Cursor | None = None,
        sort: str = "-created_at",
        **filters: Unpack[SourceFilters],
    ) -> Unit[EncodedPage]:
        """What :meth:`page` answers, for those who send it on."""
        pages, given = listed(filters)
        return (yield from pages.encoded_page(limit, offset, after, sort, "", given))

    @heavy_read
    def count(self, **filters: Unpack[SourceFilters]) -> Unit[int]:
        """How many there are; exact, and in constant time without filters."""
        pages, given = listed(filters)
        return (yield from pages.count("", given))

    @stream
    def everything(
        self,
        *,
        sort: str = "-created_at",
        after: Cursor | None = None,
        size: int = 500,
        **filters: Unpack[SourceFilters],
    ) -> Unit[Page[Source]]:
        """All that satisfy the filters, page by page."""
        pages, given = listed(filters)
        return (yield from pages.everything(size, after, sort, "", given))

    @write
    def update(self, /, id: str, **fields: Any) -> Unit[Source]:
        """Write what people say (``name``, ``tags``, ``rating``, ``note``, ``grade_given``), only
        the fields that are named; answers the source as it is then. An empty name is the IAU's.

        ``NotFound`` for an unknown id, ``InvalidValue`` for another field.
        """
        refused = fields.keys() - SAID
        if refused:
            raise InvalidValue(f"{', '.join(sorted(refused))} cannot be set")
        before = yield from _existing(id)
        row = Source.columns(fields)
        if "tags" in row:
            row["tags"] = kept_tags(fields["tags"] or ())
        if "name" in row:
            row["name"] = _name(row["name"], before.ra_deg, before.dec_deg)
        yield from records.update(id, row)
        return (yield from _existing(id))

    @write
    def delete(self, id: str) -> Unit[bool]:
        """Take a source out of the catalog; its measurements stay, associated with none, and are
        its again when that is undone. False where there is none.

        Associations heed it: what they would take for this source they leave without one.
        """
        deleted = yield from records.delete(id)
        if deleted is not None:
            yield from lay_tombstone(deleted)
        return deleted is not None

    @read
    def history(
        self, id: str, limit: int = 100, *, before: int | None = None
    ) -> Unit[list[AuditEntry]]:
        """What happened to a source, newest first; ``before`` (an audit id) pages on."""
        return (yield from history(TOPIC, id, limit, before))

    @write
    def revert(self, reference: int | str) -> Unit[str]:
        """Undo an audit entry (integer id) or a change (change id); answers the undo's change id.

        ``RevertConflict`` names the fields that have changed since; then nothing is undone.
        """
        return (yield from revert({TOPIC: records}, reference))


class SourceRepository(SourceOperations, SyncRepository):
    """Sources and their measurements for code that waits."""

    def associate(
        self,
        image_id: str,
        options: AssociationOptions | None = None,
        *,
        job_id: str | None = None,
    ) -> Associated:
        """See :func:`~mustela.radio.sources.associating.associated`."""
        return run(associated(image_id, options or AssociationOptions(), job_id), self)

    def refresh(self) -> int:
        """See :func:`~mustela.radio.sources.refresh.refreshed`."""
        return run(refreshed(), self)

    def recount(self) -> None:
        """See :func:`~mustela.radio.epochs.recount.recounted`."""
        run(recounted(), self)


class AsyncSourceRepository(SourceOperations, AsyncRepository):
    """Sources and their measurements for an event loop."""

    async def associate(
        self,
        image_id: str,
        options: AssociationOptions | None = None,
        *,
        job_id: str | None = None,
    ) -> Associated:
        """See :func:`~mustela.radio.sources.associating.associated`."""
        return await run_async(associated(image_id, options or AssociationOptions(), job_id), self)

    async def refresh(self) -> int:
        """See :func:`~mustela.radio.sources.refresh.refreshed`."""
        return await run_async(refreshed(), self)

    async def recount(self) -> None:
        """See :func:`~mustela.radio.epochs.recount.recounted`."""
        await run_async(recounted(), self)


def _existing(id: str) -> Unit[Source]:
    found = yield from one(BY_ID, Source.from_row, id=id)
    if found is None:
        raise NotFound(f"there is no source {id}")
    return found


def _new_row(source: Source) -> Unit[dict[str, Any]]:
    context = yield from current()
    given = source.row()
    place = checked(given["ra_deg"], given["dec_deg"])
    errors = given["ra_error_arcsec"], given["dec_error_arcsec"]
    if any(error is not None and error < 0 for error in errors):
        raise InvalidValue("a position error cannot be negative")
    row: Mapping[str, Any] = SourceTally.new_row(Place(place.ra_deg, place.dec_deg, *errors))
    return {
        **row,
        "id": check_id(given["id"], RESERVED_IDS) if given["id"] else context.new_id(),
        "name": _name(given["name"], place.ra_deg, place.dec_deg),
        "made_by": "caller",
        "grade_reasons": "[]",
        "grade_given": given["grade_given"],
        "tags": kept_tags(source.tags),
        **{name: given[name] for name in ("rating", "note", "job_id", "created_at", "updated_at")},
    }


def _name(name: str | None, ra_deg: float, dec_deg: float) -> str:
    return (name or "").strip() or iau_name(ra_deg, dec_deg)

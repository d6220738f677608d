"""The audit over HTTP: who changed what, and undo."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from mustela.collection import Needs, Services
from mustela.files.errors import RootsNest
from mustela.files.root import has_room, root_records
from mustela.http.access import IDENTITY, Identity
from mustela.http.encoding import answering, json_answer
from mustela.http.paging import BadCursor, Listing, Paged
from mustela.http.parameters import Time
from mustela.http.tokens import RANK
from mustela.store import AsyncRepository, Records, Unit, to_microseconds
from mustela.store.audit import AuditEntry
from mustela.store.audit_listing import AuditListOperations
from mustela.store.errors import AlreadyExists, NotFound, NotRevertible, RevertConflict
from mustela.store.listing import COUNT_LIMIT
from mustela.store.revert import AuditOperations

router = APIRouter(prefix="/audit", tags=["audit"])

SORT = "-at"
_AUDIT_ID = re.compile(r"[0-9]{1,18}", re.ASCII)
Text = Annotated[str | None, Query(max_length=200, pattern=r"^[^\x00]*$")]


class AsyncAudit(AuditOperations, AuditListOperations, AsyncRepository):
    """The audit of every collection."""


class Roots(Records):
    """Roots, as an undo may change them.

    None goes while there are records below it, and none comes back inside of another or around it.
    """

    def __init__(self, leave: Sequence[Callable[[str], Unit[int]]]) -> None:
        super().__init__(root_records.table, root_records.topic)
        self._leave = leave

    def delete(self, id: str) -> Unit[dict[str, Any] | None]:
        for leave_root in self._leave:
            if (yield from leave_root(id)):
                raise NotRevertible("there are records below the root; remove the root instead")
        return (yield from super().delete(id))

    def restore_many(self, many_values: Sequence[Mapping[str, Any]]) -> Unit[None]:
        for values in many_values:
            yield from _stays_apart(values["path"], None)
        yield from super().restore_many(many_values)

    def update(self, id: str, fields: Mapping[str, Any]) -> Unit[dict[str, Any]]:
        if "path" in fields:
            yield from _stays_apart(fields["path"], id)
        return (yield from super().update(id, fields))

    def write_many(self, fields: Mapping[str, Mapping[str, Any]]) -> Unit[None]:
        for id, values in fields.items():
            if "path" in values:
                yield from _stays_apart(values["path"], id)
        yield from super().write_many(fields)


def _stays_apart(path: str, moving: str | None) -> Unit[None]:
    try:
        yield from has_room(path, moving)
    except (AlreadyExists, RootsNest) as error:
        raise NotRevertible(error.message) from error


def _revertible(services: Services, identity: Identity) -> list[Records]:
    """What the caller may undo. Only an administrator changes roots, by an undo too."""
    others = [one for one in services.records.values() if one.topic != root_records.topic]
    if identity.rank < RANK["admin"]:
        return others
    installed = services.installed.values()
    return [*others, Roots([one.leave_root for one in installed if one.leave_root is not None])]


class Undone(msgspec.Struct, frozen=True):
    """The change that the undo is; it can be reverted itself."""

    change_id: str


@router.get("", **answering(Listing[AuditEntry], errors=[BadCursor]))
async def list_entries(
    request: Request,
    services: Needs,
    paging: Paged,
    since: Annotated[Time | None, Query(description="Entries of this time or later.")] = None,
    actor: Text = None,
    topic: Text = None,
    record: Text = None,
    change_id: Text = None,
) -> Response:
    """What was changed, newest first, in every collection."""
    after = paging.after(SORT)
    if after is not None and not (type(after.value) is int and _AUDIT_ID.fullmatch(after.id)):
        raise BadCursor
    page = await AsyncAudit(services.store).entries(
        paging.limit,
        paging.offset,
        after=after,
        since=None if since is None else to_microseconds(since),
        actor=actor,
        topic=topic,
        record=record,
        change_id=change_id,
    )
    return json_answer(
        paging.listing(
            request.scope,
            page.items,
            total=min(page.total, COUNT_LIMIT),
            total_is_exact=page.total <= COUNT_LIMIT,
            next=page.next,
            sort=SORT,
        )
    )


@router.post(
    "/{id}/revert",
    **answering(Undone, errors=[NotFound, NotRevertible, RevertConflict]),
)
async def revert(
    id: Annotated[
        str,
        Path(pattern=r"^[A-Za-z0-9-]{1,64}$", description="An audit id, or a change id."),
    ],
    request: Request,
    services: Needs,
) -> Response:
    """Undo an entry, or all that one change did; 409 names the fields that stand in the way."""
    audit = AsyncAudit(services.store, records=_revertible(services, request.scope[IDENTITY]))
    reference = int(id) if id.isdigit() and len(id) < 19 else id
    return json_answer(Undone(await audit.revert(reference)))

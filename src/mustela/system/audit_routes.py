"""The audit over HTTP: who changed what, and undo."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import APIRouter, Path, Query, Request
from pydantic import AwareDatetime
from starlette.responses import Response

from mustela.collection import Needs
from mustela.http.encoding import answering, json_answer
from mustela.http.paging import BadCursor, Listing, Paged
from mustela.store import AsyncRepository, to_microseconds
from mustela.store.audit import AuditEntry
from mustela.store.audit_listing import AuditListOperations
from mustela.store.errors import NotFound, NotRevertible, RevertConflict
from mustela.store.listing import COUNT_LIMIT
from mustela.store.revert import AuditOperations

router = APIRouter(prefix="/audit", tags=["audit"])

SORT = "-id"
Text = Annotated[str | None, Query(max_length=200, pattern=r"^[^\x00]*$")]


class AsyncAudit(AuditOperations, AuditListOperations, AsyncRepository):
    """The audit of every collection."""


class Undone(msgspec.Struct, frozen=True):
    """The change that the undo is; it can be reverted itself."""

    change_id: str


@router.get("", **answering(Listing[AuditEntry], errors=[BadCursor]))
async def list_entries(
    request: Request,
    services: Needs,
    paging: Paged,
    since: Annotated[
        AwareDatetime | None, Query(description="Entries of this time or later.")
    ] = None,
    actor: Text = None,
    topic: Text = None,
    record: Text = None,
    change: Text = None,
) -> Response:
    """What was changed, newest first, in every collection."""
    page = await AsyncAudit(services.store).entries(
        paging.limit,
        paging.offset,
        after=paging.after(SORT),
        since=None if since is None else to_microseconds(since),
        actor=actor,
        topic=topic,
        record=record,
        change=change,
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
    "/{reference}/revert",
    **answering(Undone, errors=[NotFound, NotRevertible, RevertConflict]),
)
async def revert(
    reference: Annotated[
        str,
        Path(pattern=r"^[A-Za-z0-9-]{1,64}$", description="An audit id, or a change id."),
    ],
    services: Needs,
) -> Response:
    """Undo an entry, or all that one change did; 409 names the fields that stand in the way."""
    audit = AsyncAudit(services.store, records=list(services.records.values()))
    number = int(reference) if reference.isdigit() and len(reference) < 19 else reference
    return json_answer(Undone(await audit.revert(number)))

"""The collection as the server installs it: its routes, its scan, and the one value."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import Field
from starlette.responses import Response

from mustela.collection import Collection, Installed, Needs, Services, repository
from mustela.files.scan_job import make_scan_handler, scan_key
from mustela.http.encoding import Input, answering, json_answer
from mustela.http.paging import Listing, Paged
from mustela.http.parameters import RecordId
from mustela.store.errors import NotFound
from mustela_notes.repository import BRANCH, AsyncNotes, Note, NoteOperations, scan_target

SCAN = "notes.scan"
router = APIRouter(prefix="/notes", tags=["notes"])
Notes = Annotated[AsyncNotes, repository(AsyncNotes)]


class NoteEdit(Input):
    remark: Annotated[str, Field(max_length=1000)] | None


@router.get("", **answering(Listing[Note], conditional=True))
async def list_notes(request: Request, services: Needs, notes: Notes, paging: Paged) -> Response:
    """Notes by path."""

    def shape(page: tuple[list[Note], int]) -> Listing[Note]:
        return paging.listing(request.scope, page[0], total=page[1])

    make = partial(notes.page.unit, paging.limit, paging.offset)
    return await services.answers.answer(request, make, shape, topics=["notes"])


@router.post("/scan/{root_id}", **answering(dict[str, str], status=202))
async def scan(root_id: RecordId, services: Needs) -> Response:
    """Scan a root."""
    key = scan_key("notes", root_id)
    job_id = await services.queue.submit(SCAN, {"root_id": root_id}, uniqueness_key=key)
    return json_answer({"job_id": job_id}, 202)


@router.patch("/{id}", **answering(None, status=204, errors=[NotFound]))
async def remark(id: RecordId, edit: NoteEdit, notes: Notes) -> Response:
    """Say something about a note. It stays, wherever the file is moved."""
    await notes.remark(id, edit.remark)
    return Response(status_code=204)


def install(services: Services) -> Installed:
    notes = services.repository(AsyncNotes)
    handler = make_scan_handler(services.store, services.children, scan_target(notes))
    services.queue.register_handler(SCAN, handler, timeout=None, repeatable=True)
    return Installed(
        routers=[router],
        records=[NoteOperations.records],
        topics=["notes"],
        leave_root=NoteOperations().leave_root.unit,
    )


NOTES = Collection("notes", "Notes", [BRANCH], install)

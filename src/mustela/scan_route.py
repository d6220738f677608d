"""How every collection's route that starts a scan reads its order, and answers."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any, TypeAlias

import msgspec
from fastapi import Request
from pydantic import Field
from starlette.responses import Response

from mustela.collection import Services
from mustela.files.below import OutsideRoots
from mustela.files.errors import MalformedPath
from mustela.files.path_text import decode, encode
from mustela.files.root import AsyncRootRepository
from mustela.http.encoding import Input, answering, json_answer


class ScanOrder(Input):
    """Which directory to scan: a root, or one below it (then the root is scanned).

    `exclude` holds patterns besides the root's own, for this scan only. `retry_failed`: read files
    again that could not be read. `trust_root`: the directory is the right one, though it is empty
    or another than before.
    """

    path: str = Field(min_length=1, max_length=4096, pattern=r"^[^\x00]*$")
    recursive: bool | None = None
    exclude: list[Annotated[str, Field(max_length=1000)]] = Field(default=[], max_length=1000)
    retry_failed: bool = False
    trust_root: bool = False


class ScanAccepted(msgspec.Struct, frozen=True):
    """The job that scans, new or under way already."""

    job_id: str


#: Submits the scan of a root (its id) with options: the id of the job, or of one under way.
Submit: TypeAlias = Callable[[str, Mapping[str, Any]], Awaitable[str]]

#: ``@router.post("/scan", **STARTING)``.
STARTING = answering(
    ScanAccepted,
    status=202,
    errors=[OutsideRoots, MalformedPath],
    headers={"Location": "The job."},
)


async def start_scan(
    order: ScanOrder, request: Request, services: Services, submit: Submit
) -> Response:
    """Start a scan of the root that the order names; ``OutsideRoots`` where there is none."""
    roots = services.repository(AsyncRootRepository)
    named = decode(order.path)
    found = await roots.root_of(order.path.rstrip("/") or "/")
    if found is None and named.startswith(b"/"):  # roots are kept with their links resolved
        found = await roots.root_of(encode(await asyncio.to_thread(os.path.realpath, named)))
    if found is None:
        raise OutsideRoots(f"{order.path} is not below a root; an administrator can add one")
    job_id = await submit(found[0].id, order.model_dump(exclude={"path"}))
    api = request.scope["path"].rsplit("/", 2)[0]
    return json_answer(ScanAccepted(job_id), 202, {"Location": f"{api}/jobs/{job_id}"})

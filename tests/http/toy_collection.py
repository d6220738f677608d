"""A small collection of toys: what a collection brings, in one screen."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import Field
from starlette.responses import Response

from mustela.collection import (
    Collection,
    CollectionStats,
    Installed,
    Needs,
    Services,
    repository,
)
from mustela.files.below import FileMissing, OutsideRoots, open_below
from mustela.http.access import require
from mustela.http.encoding import Input, answering, json_answer
from mustela.http.file_answer import FileAnswer
from mustela.http.paging import BadCursor, Listing, Paged
from mustela.http.parameters import RecordId
from mustela.store import Unit
from mustela.store.branch import Branch
from mustela.store.errors import AlreadyExists, NotFound
from mustela.store.listing import Cursor
from tests.store.toys import AsyncToys, Toy, records, toy_metadata

router = APIRouter(prefix="/toys", tags=["toys"])
Toys = Annotated[AsyncToys, repository(AsyncToys)]
SORT = "-created_at"


class ToyEdit(Input):
    rating: Annotated[int, Field(ge=0, le=5)] | None = None
    note: Annotated[str, Field(max_length=100)] | None = None


class NewToy(Input):
    id: Annotated[str, Field(pattern=r"^[a-z0-9]{1,20}$")]
    path: Annotated[str, Field(min_length=1, max_length=100)]


def present(toy: Toy | None) -> Toy:
    if toy is None:
        raise NotFound("there is no such toy")
    return toy


@router.get("", **answering(Listing[Toy], errors=[BadCursor], conditional=True))
async def list_toys(
    request: Request,
    services: Needs,
    toys: Toys,
    paging: Paged,
    heavy: Annotated[bool, Query()] = False,
) -> Response:
    """Toys, newest first."""
    after = paging.after(SORT)
    offset = int(after.value) if after else paging.offset

    def make() -> Unit[tuple[list[Toy], int]]:
        found = yield from toys.newest.unit(paging.limit, offset)
        return found, (yield from toys.count.unit())

    def shape(answer: tuple[list[Toy], int]) -> Listing[Toy]:
        found, total = answer
        end = offset + len(found)
        more = Cursor(end, found[-1].id) if end < total else None
        return paging.listing(request.scope, found, total=total, next=more, sort=SORT)

    return await services.answers.answer(request, make, shape, topics=["toys"], heavy=heavy)


@router.get("/{id}", **answering(Toy, errors=[NotFound], conditional=True))
async def get_toy(request: Request, id: RecordId, services: Needs, toys: Toys) -> Response:
    """A toy."""

    def shape(toy: Toy | None) -> Toy:
        if toy is None:
            raise NotFound(f"there is no toy {id}")
        return toy

    return await services.answers.answer(
        request, partial(toys.get.unit, id), shape, topics=["toys"]
    )


@router.post("", **answering(Toy, status=201, errors=[AlreadyExists]))
async def add_toy(body: NewToy, toys: Toys) -> Response:
    """Add a toy."""
    return json_answer(await toys.add(Toy(body.id, body.path)), 201)


@router.patch("/{id}", **answering(None, status=204, errors=[NotFound]))
async def edit_toy(id: RecordId, body: ToyEdit, toys: Toys) -> Response:
    """Edit a toy."""
    await toys.update(id, **body.model_dump(exclude_unset=True))
    return Response(status_code=204)


@router.get("/{id}/secret", dependencies=[require("admin")], **answering(Toy, conditional=True))
async def secret(request: Request, id: RecordId, services: Needs, toys: Toys) -> Response:
    """What only administrators may read."""
    make = partial(toys.get.unit, id)
    return await services.answers.answer(request, make, present, topics=["toys"])


@router.get(
    "/{id}/file",
    **answering(
        bytes,
        media_types=["video/mp4"],
        errors=[FileMissing, OutsideRoots],
        more={206: "A part of the file.", 416: "No such part."},
    ),
)
async def download(id: RecordId, services: Needs) -> Response:
    """The file of a toy: its name is the id with .mp4."""
    name = f"{id}.mp4"
    directory = services.data_dir / "toys"
    return FileAnswer(partial(open_below, directory, name), "video/mp4", filename=name)


@router.get("/{id}/broken", include_in_schema=False)
async def broken(id: RecordId) -> Response:
    raise RuntimeError(f"the secret of {id}")


def install(services: Services) -> Installed:
    async def stats() -> CollectionStats:
        return CollectionStats(await services.repository(AsyncToys).count())

    return Installed([router], [records], ["toys"], stats)


TOYS = Collection("toys", "Toys", [Branch("toys", "tests.http", toy_metadata)], install)


def write_file(directory: Path, name: str, body: bytes) -> Path:
    folder = directory / "toys"
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_bytes(body)
    os.utime(path, (1_700_000_000, 1_700_000_000))
    return path

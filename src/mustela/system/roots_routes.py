"""Roots over HTTP: the directories that are watched. Only an administrator changes them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Request
from pydantic import Field
from starlette.responses import Response

from mustela.collection import Needs, Services, collections_for
from mustela.files import path_text
from mustela.files.errors import DirectoryUnusable, InvalidPattern, MalformedPath, RootsNest
from mustela.files.root import AsyncRootRepository, Root, RootOperations
from mustela.files.root_directory import inspect
from mustela.http.access import require
from mustela.http.encoding import Input, answering, json_answer
from mustela.http.parameters import RecordId
from mustela.http.problems import InvalidRequest
from mustela.store import AsyncRepository, Unit, write
from mustela.store.errors import AlreadyExists, NotFound

router = APIRouter(prefix="/roots", tags=["roots"])

Patterns = Annotated[list[Annotated[str, Field(max_length=1000)]], Field(max_length=1000)]
Names = Annotated[list[Annotated[str, Field(max_length=100)]], Field(max_length=100)]
Title = Annotated[str, Field(min_length=1, max_length=500)]


class Roots(msgspec.Struct, frozen=True):
    """Every root, by path."""

    items: list[Root]


class NewRoot(Input):
    """A directory to watch. Where no ``collections`` are said, they are those whose files a short
    look at the directory meets; all that there are where it meets none.
    """

    path: Annotated[str, Field(min_length=1, max_length=4096)]
    name: Title | None = None
    collections: Names | None = None
    exclude: Patterns = Field(default_factory=list)
    recursive: bool = True


class RootChange(Input):
    """What to change of a root; ``path`` when its files are now below another directory."""

    path: Annotated[str, Field(min_length=1, max_length=4096)] | None = None
    name: Title | None = None
    collections: Names | None = None
    exclude: Patterns | None = None
    recursive: bool | None = None


class Departure(RootOperations):
    """The one rule that spans the collections: a root goes with the records below it."""

    @write
    def depart(self, id: str, leave: Sequence[Any]) -> Unit[bool]:
        """Remove a root after every collection has left it; False where there is none."""
        for leave_root in leave:
            yield from leave_root(id)
        return (yield from self.remove.unit(id))


class AsyncDeparture(Departure, AsyncRepository):
    """Removing roots, for an event loop."""


@router.get("", **answering(Roots, conditional=True))
async def list_roots(request: Request, services: Needs) -> Response:
    """Every root, by path."""
    roots = services.repository(AsyncRootRepository)
    return await services.answers.answer(request, roots.list_roots.unit, Roots, topics=["roots"])


@router.get("/{id}", **answering(Root, conditional=True, errors=[NotFound]))
async def get_root(id: RecordId, request: Request, services: Needs) -> Response:
    """A root."""
    roots = services.repository(AsyncRootRepository)

    def found(root: Root | None) -> Root:
        if root is None:
            raise NotFound(f"there is no root {id}")
        return root

    return await services.answers.answer(
        request, lambda: roots.get.unit(id), found, topics=["roots"]
    )


@router.post(
    "",
    dependencies=[require("admin")],
    **answering(
        Root,
        status=201,
        headers={"Location": "The new root."},
        errors=[AlreadyExists, RootsNest, DirectoryUnusable, InvalidPattern, MalformedPath],
    ),
)
async def add_root(body: NewRoot, request: Request, services: Needs) -> Response:
    """Watch a directory. It is not scanned yet."""
    directory = await asyncio.to_thread(inspect, _absolute(body.path))
    root = await services.repository(AsyncRootRepository).add(
        directory,
        collections=await _chosen(services, body),
        name=body.name,
        exclude=body.exclude,
        recursive=body.recursive,
    )
    return json_answer(root, 201, {"Location": f"{request.scope['path']}/{root.id}"})


@router.patch(
    "/{id}",
    dependencies=[require("admin")],
    **answering(Root, errors=[NotFound, AlreadyExists, RootsNest, DirectoryUnusable]),
)
async def change_root(id: RecordId, body: RootChange, services: Needs) -> Response:
    """Rename a root, change what it leaves out, or say where its files are now."""
    fields = body.model_dump(exclude_none=True, exclude={"path"})
    if "collections" in fields:
        fields["collections"] = _collections(services, fields["collections"])
    if body.path is None:
        return json_answer(await services.repository(AsyncRootRepository).update(id, **fields))
    directory = await asyncio.to_thread(inspect, _absolute(body.path))
    async with services.store.transaction() as tx:
        roots = AsyncRootRepository(tx)
        await roots.update(id, **fields)
        root = await roots.relocate(id, directory)
    return json_answer(root)


@router.delete(
    "/{id}", dependencies=[require("admin")], **answering(None, status=204, errors=[NotFound])
)
async def remove_root(id: RecordId, services: Needs) -> Response:
    """Stop watching a directory. Its records leave the catalog; no file is touched."""
    leave = [one.leave_root for one in services.installed.values() if one.leave_root is not None]
    if not await services.repository(AsyncDeparture).depart(id, leave):
        raise NotFound(f"there is no root {id}")
    return Response(status_code=204)


def _absolute(path: str) -> bytes:
    """The path that the text stands for."""
    found = path_text.decode(path)
    if not found.startswith(b"/"):
        raise InvalidRequest(f"{path} is not an absolute path; begin it with /")
    return found


async def _chosen(services: Services, body: NewRoot) -> list[str]:
    if body.collections is not None:
        return _collections(services, body.collections)
    brought = services.collections.values()
    return await asyncio.to_thread(collections_for, _absolute(body.path), brought)


def _collections(services: Services, names: Sequence[str]) -> list[str]:
    known = sorted(services.installed)
    unknown = sorted(set(names) - set(known))
    if unknown:
        raise InvalidRequest(
            f"there is no collection {', '.join(unknown)}; there are {', '.join(known) or 'none'}"
        )
    return list(names)

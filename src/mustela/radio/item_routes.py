"""The routes that every kind of item has: lists, exports, one record, what people say of it.

Declared once for images, Measurement Sets, calibration tables and sources. What differs between
them is put into the routes' annotations when they are added.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from operator import attrgetter
from typing import Annotated, Any, Literal, get_type_hints

from fastapi import APIRouter, Depends, Query, Request
from pydantic import Field
from starlette.responses import Response

from mustela.collection import Needs, repository
from mustela.files.root import root_records
from mustela.http.encoding import JSON, Input, answering, json_answer
from mustela.http.exporting import FileFormat, as_csv, as_json, file_of
from mustela.http.needs import from_scope
from mustela.http.paging import Listing, Paged, with_items
from mustela.http.parameters import RecordId, RecordKey
from mustela.http.query import QueryFields, query_text
from mustela.store.audit import AuditEntry
from mustela.store.errors import InvalidValue, NotFound
from mustela.store.pages import EncodedPage, Pages
from mustela.store.record import Record

_Tag = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00]*\S[^\x00]*$")]
_Note = Annotated[str, Field(max_length=100_000, pattern=r"^[^\x00]*$")]


class ItemEdit(Input):
    """What people say of a record. A field that is not named stays as it is.

    `grade_given` is a person's grade and has the last word.
    """

    tags: Annotated[list[_Tag], Field(max_length=1000)] | None = None
    rating: Annotated[int, Field(ge=0, le=5)] | None = None
    note: _Note | None = None
    grade_given: Literal["good", "warn", "fail"] | None = None


class Retirement(Input):
    """Why a product was removed on purpose."""

    reason: Annotated[str, Field(min_length=1, max_length=10_000, pattern=r"^[^\x00]*\S[^\x00]*$")]


_WORDS = query_text(
    "q",
    "",
    max_length=1000,
    description="Words that must all occur in the name or the path below its root.",
)
_NO_WORDS = Depends(from_scope(lambda scope: ""))


@dataclass(frozen=True)
class ItemRoutes:
    """One kind of item: ``routes.lists(router)`` and so on add its routes to a router.

    ``name`` is what people call one of them. Words that stand where an id would come before
    :meth:`one`. ``by_path``: its catalogued path serves as the id too.
    """

    name: str
    repository: type[Any]
    record: type[Record]
    pages: Pages[Any]
    filters: type
    meanings: Mapping[str, str]
    topics: tuple[str, ...]
    filename: str
    by_path: bool = False
    #: Whether there are names and paths to search for words.
    searched: bool = True
    #: What people may say of one.
    edit: type[ItemEdit] = ItemEdit
    default_sort: str = "-created_at"
    #: Sorts whose short pages are read along an index.
    light_sorts: frozenset[str] = frozenset({"-created_at", "-mid_mjd"})
    formats: Mapping[str, FileFormat[Any]] = field(default_factory=dict)

    @property
    def document(self) -> Any:
        """The record in JSON."""
        return self.record.public

    @property
    def all_topics(self) -> tuple[str, ...]:
        """Those of the records and of the roots that their paths lie below."""
        return (*self.topics, root_records.topic)

    def writings(self) -> dict[str, FileFormat[Any]]:
        """Formats of exports."""
        names = self.record.public.__struct_fields__
        return {
            "csv": as_csv({name: attrgetter(name) for name in names}),
            "json": as_json(lambda item: item.to_public()),
            **self.formats,
        }

    def lists(self, router: APIRouter) -> None:
        """``GET ""`` and ``GET /export``."""
        fields = QueryFields(get_type_hints(self.filters), self.meanings)
        fields = fields.without("region")
        sorts = sorted(self.pages.listing.sorts)
        sort_type: Any = Annotated[
            str,
            query_text(
                "sort",
                self.default_sort,
                description="A field to sort by, descending with `-` before it: "
                + ", ".join(f"`{name}`" for name in sorts),
                pattern="^-?(" + "|".join(map(re.escape, sorts)) + ")$",
            ),
        ]
        words_type: Any = Annotated[str, _WORDS if self.searched else _NO_WORDS]
        filtered = {"parameters": fields.openapi()}
        writings = self.writings()
        format_type: Any = Annotated[str, Query(pattern="^(" + "|".join(writings) + ")$")]

        def words(q: str) -> dict[str, str]:
            return {"query": q} if self.searched else {}

        async def list_items(
            request: Request,
            services: Needs,
            items: Any,
            paging: Paged,
            sort: str,
            q: str,
        ) -> Response:
            filters = fields.parse(request)
            make = partial(
                items.encoded_page.unit,
                paging.limit,
                paging.offset,
                after=paging.after(sort),
                sort=sort,
                **words(q),
                **filters,
            )

            def shape(page: EncodedPage) -> bytes:
                listing: Listing[object] = paging.listing(
                    request.scope,
                    (),
                    total=page.total,
                    total_is_exact=page.total_is_exact,
                    next=page.next,
                    sort=sort,
                )
                return with_items(page.documents, listing)

            heavy = bool(q or filters or paging.limit > 200 or sort not in self.light_sorts)
            return await services.answers.answer(
                request, make, shape, topics=self.all_topics, heavy=heavy, encode=bytes
            )

        async def export(
            request: Request, items: Any, sort: str, q: str, format: str = "csv"
        ) -> Response:
            writing = writings[format]
            found = items.everything(sort=sort, **words(q), **fields.parse(request))
            return await file_of(found, writing, f"{self.filename}.{format}")

        types = {"sort": sort_type, "q": words_type, "format": format_type}
        self._add(
            router,
            "GET",
            "",
            list_items,
            f"{self.name[0].upper()}{self.name[1:]}s that satisfy all filters"
            + (" and hold every word of `q`." if self.searched else "."),
            answering(Listing[self.document], errors=[InvalidValue], conditional=True),  # type: ignore[name-defined]
            filtered,
            types,
        )
        others = [w.media_type for w in writings.values() if w.media_type != JSON]
        self._add(
            router,
            "GET",
            "/export",
            export,
            "Everything that the filters select, as a file, streamed.",
            answering(
                bytes,
                errors=[InvalidValue],
                media_types=others,
                also={JSON: list[self.document]},  # type: ignore[name-defined]
            ),
            filtered,
            types,
        )

    def one(self, router: APIRouter) -> None:
        """``GET``, ``PATCH`` and ``DELETE /{id}``, and ``GET /{id}/history``."""

        async def get_item(request: Request, id: str, services: Needs, items: Any) -> Response:
            def shape(item: Record | None) -> object:
                return self.present(item, id).to_public()

            return await services.answers.answer(
                request, partial(self._find(items).unit, id), shape, topics=self.all_topics
            )

        async def edit_item(id: str, edit: ItemEdit, items: Any) -> Response:
            fields = edit.model_dump(exclude_unset=True)
            if "tags" in fields:
                fields["tags"] = tuple(fields["tags"] or ())
            found = await items.update(await self.id_of(items, id), **fields)
            return json_answer(found.to_public())

        async def delete_item(id: str, items: Any) -> Response:
            if not await items.delete(await self.id_of(items, id)):
                raise NotFound(f"there is no {self.name} {id}")
            return Response(status_code=204)

        async def history(
            id: str,
            items: Any,
            limit: Annotated[int, Query(ge=1, le=1000)] = 100,
            before: Annotated[
                int | None, Query(ge=1, le=2**63 - 1, description="An audit id.")
            ] = None,
        ) -> Response:
            found = await self._find(items)(id)
            entries = await items.history(found.id if found else id, limit, before=before)
            if not entries and before is None and found is None:
                raise NotFound(f"there is no {self.name} {id}")
            return json_answer(entries)

        one = f"One {self.name}."
        self._add(
            router,
            "GET",
            "/{id}",
            get_item,
            one,
            answering(self.document, errors=[NotFound], conditional=True),
        )
        self._add(
            router,
            "PATCH",
            "/{id}",
            edit_item,
            "Write tags, rating, note and a person's grade; only the fields that are named.",
            answering(self.document, errors=[NotFound, InvalidValue]),
        )
        self._add(
            router,
            "DELETE",
            "/{id}",
            delete_item,
            f"Take the {self.name} out of the catalog. Its file stays, and scans leave it out.",
            answering(None, status=204, errors=[NotFound]),
        )
        self._add(
            router,
            "GET",
            "/{id}/history",
            history,
            f"What happened to the {self.name}, newest first; also after it was deleted.",
            answering(list[AuditEntry], errors=[NotFound]),
        )

    def retirement(self, router: APIRouter) -> None:
        """``POST /{id}/retire``."""

        async def retire(id: str, why: Retirement, items: Any) -> Response:
            found = await items.retire(await self.id_of(items, id), why.reason)
            return json_answer(found.to_public())

        self._add(
            router,
            "POST",
            "/{id}/retire",
            retire,
            f"Say that the {self.name} was removed on purpose, and why. It stays in the catalog.",
            answering(self.document, errors=[NotFound, InvalidValue]),
        )

    async def id_of(self, items: Any, key: str) -> str:
        """The id of the item that a path names; an id as it is. ``NotFound``."""
        if not key.startswith("/"):
            return key
        return str(self.present(await items.find(key), key).id)

    def _find(self, items: Any) -> Any:
        """The read that a key is looked up with."""
        return items.find if self.by_path else items.get

    def present(self, item: Any, key: str) -> Any:
        """The item, or ``NotFound``."""
        if item is None:
            raise NotFound(f"there is no {self.name} {key}")
        return item

    def _add(
        self,
        router: APIRouter,
        method: str,
        path: str,
        endpoint: Callable[..., Any],
        description: str,
        declared: dict[str, Any],
        extra: dict[str, Any] | None = None,
        types: Mapping[str, Any] | None = None,
    ) -> None:
        types = {
            "items": Annotated[Any, repository(self.repository)],
            "id": RecordKey if self.by_path else RecordId,
            "edit": self.edit,
            **(types or {}),
        }
        annotations = endpoint.__annotations__
        annotations.update({name: types[name] for name in types.keys() & annotations.keys()})
        name = f"{endpoint.__name__.replace('item', self.filename)}"
        endpoint.__name__ = name if self.filename in name else f"{self.filename}_{name}"
        endpoint.__doc__ = description
        router.add_api_route(path, endpoint, methods=[method], openapi_extra=extra, **declared)

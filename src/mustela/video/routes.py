"""The routes of videos. Each parses, calls one operation, and answers."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from mustela.collection import Needs, repository
from mustela.files.below import FileMissing, OutsideRoots, open_below
from mustela.files.path_text import decode
from mustela.files.picture_store import PicturesUnreachable
from mustela.files.root import AsyncRootRepository, root_records
from mustela.http.encoding import JSON, answering, json_answer
from mustela.http.exporting import file_of
from mustela.http.file_answer import FileAnswer
from mustela.http.paging import Listing, Paged, Paging, with_items
from mustela.http.parameters import RecordId
from mustela.http.query import query_text
from mustela.scan_route import STARTING, ScanOrder, start_scan
from mustela.store.audit import AuditEntry
from mustela.store.errors import BulkTooLarge, InvalidValue, NotFound
from mustela.store.pages import EncodedPage
from mustela.video.bulk import Edited
from mustela.video.documents import (
    FILTERS,
    SORT_MEANING,
    SORT_PATTERN,
    BulkVideoEdit,
    VideoDocument,
    VideoEdit,
)
from mustela.video.export import FORMATS, Format
from mustela.video.media_types import media_type_of
from mustela.video.record import Video
from mustela.video.records import TOPIC
from mustela.video.repository import AsyncVideoRepository
from mustela.video.scan_jobs import submit_scan
from mustela.video.thumbnails import NoPicture, Pictures, pictures_of

TOPICS = (TOPIC, root_records.topic)

router = APIRouter(prefix="/videos", tags=["videos"])

Videos = Annotated[AsyncVideoRepository, repository(AsyncVideoRepository)]
Roots = Annotated[AsyncRootRepository, repository(AsyncRootRepository)]
Sort = Annotated[
    str, query_text("sort", "-created_at", description=SORT_MEANING, pattern=SORT_PATTERN)
]
Words = Annotated[
    str,
    query_text(
        "q",
        "",
        max_length=1000,
        description="Words that must all occur in the file name or the path below its root.",
    ),
]
Made = Annotated[Pictures, Depends(pictures_of)]
_FILTERED = {"parameters": FILTERS.openapi()}
_listing = answering(Listing[VideoDocument], errors=[InvalidValue], conditional=True)


@router.get("", **_listing, openapi_extra=_FILTERED)
async def list_videos(
    request: Request, services: Needs, videos: Videos, paging: Paged, sort: Sort = "-created_at"
) -> Response:
    """Videos that satisfy all filters, newest first unless `sort` says otherwise."""
    return await _page(request, services, videos, paging, sort, "")


@router.get("/search", **_listing, openapi_extra=_FILTERED)
async def search_videos(
    request: Request,
    services: Needs,
    videos: Videos,
    paging: Paged,
    q: Words = "",
    sort: Sort = "-created_at",
) -> Response:
    """Videos in whose name, or path below the root, every word of `q` occurs."""
    return await _page(request, services, videos, paging, sort, q)


async def _page(
    request: Request,
    services: Needs,
    videos: AsyncVideoRepository,
    paging: Paging,
    sort: str,
    query: str,
) -> Response:
    filters = FILTERS.parse(request)
    make = partial(
        videos.encoded_page.unit,
        paging.limit,
        paging.offset,
        after=paging.after(sort),
        sort=sort,
        query=query,
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

    heavy = bool(query or filters or paging.limit > 200 or sort != "-created_at")
    return await services.answers.answer(
        request, make, shape, topics=TOPICS, heavy=heavy, encode=bytes
    )


@router.get(
    "/export",
    **answering(
        bytes,
        errors=[InvalidValue],
        media_types=[FORMATS["csv"].media_type, FORMATS["m3u"].media_type],
        also={JSON: list[VideoDocument]},
    ),
    openapi_extra=_FILTERED,
)
async def export(
    request: Request,
    videos: Videos,
    format: Annotated[Format, Query(description="`m3u` is a playlist of paths.")] = "csv",
    q: Words = "",
    sort: Sort = "-created_at",
) -> Response:
    """Everything that the filters and `q` select, as a file, streamed."""
    found = videos.everything(sort=sort, query=q, **FILTERS.parse(request))
    return await file_of(found, FORMATS[format], f"videos.{format}")


@router.post("/scan", **STARTING)
async def scan(order: ScanOrder, request: Request, services: Needs) -> Response:
    """Start a scan of a root. One that is under way already is answered instead."""
    return await start_scan(order, request, services, partial(submit_scan, services.queue))


@router.post("/edit", **answering(Edited, errors=[InvalidValue, BulkTooLarge]))
async def edit_videos(order: BulkVideoEdit, services: Needs, videos: Videos) -> Response:
    """Write tags, rating and note of many videos, as one change that can be undone."""
    filters, q = order.selection()
    edits, limit = order.edits(), services.limits.bulk_limit
    if order.dry_run:
        would = await videos.would_edit(filters, query=q, limit=limit, **edits)
        return json_answer(Edited(None, would))
    return json_answer(await videos.edit_where(filters, query=q, limit=limit, **edits))


@router.get("/{id}", **answering(VideoDocument, errors=[NotFound], conditional=True))
async def get_video(request: Request, id: RecordId, services: Needs, videos: Videos) -> Response:
    """One video."""

    def shape(video: Video | None) -> object:
        return _present(video, id).to_public()

    return await services.answers.answer(
        request, partial(videos.get.unit, id), shape, topics=TOPICS
    )


@router.patch("/{id}", **answering(VideoDocument, errors=[NotFound, InvalidValue]))
async def edit_video(id: RecordId, edit: VideoEdit, videos: Videos) -> Response:
    """Write tags, rating and note; only the fields that are named."""
    fields = edit.model_dump(exclude_unset=True)
    if "tags" in fields:
        fields["tags"] = tuple(fields["tags"] or ())
    return json_answer((await videos.update(id, **fields)).to_public())


@router.delete("/{id}", **answering(None, status=204, errors=[NotFound]))
async def delete_video(id: RecordId, videos: Videos) -> Response:
    """Take the video out of the catalog. The file stays, and scans leave it out."""
    if not await videos.delete(id):
        raise NotFound(f"there is no video {id}")
    return Response(status_code=204)


@router.get(
    "/{id}/thumbnail",
    **answering(
        bytes,
        errors=[NotFound, NoPicture, PicturesUnreachable],
        media_types=["image/jpeg"],
        more={304: "Unchanged."},
    ),
)
async def thumbnail(id: RecordId, videos: Videos, pictures: Made) -> Response:
    """A picture from the video, 320 px along its longest side; made where there is none yet."""
    video = _present(await videos.get(id), id)
    return _picture(await pictures.thumbnail(video))


@router.get(
    "/{id}/sprite",
    **answering(
        bytes,
        errors=[NotFound, NoPicture, PicturesUnreachable],
        media_types=["image/jpeg"],
        more={304: "Unchanged."},
    ),
)
async def sprite(id: RecordId, videos: Videos, pictures: Made) -> Response:
    """A sheet of small pictures along the video; `/sprite.vtt` says which is when."""
    path, _ = await pictures.sprite(_present(await videos.get(id), id))
    return _picture(path)


@router.get(
    "/{id}/sprite.vtt",
    **answering(bytes, errors=[NotFound, NoPicture, PicturesUnreachable], media_types=["text/vtt"]),
)
async def sprite_track(id: RecordId, request: Request, videos: Videos, pictures: Made) -> Response:
    """The WebVTT track of the sprite: from when to when which part of the sheet."""
    _, sheet = await pictures.sprite(_present(await videos.get(id), id))
    url = request.scope["path"].removesuffix(".vtt")
    return Response(sheet.as_webvtt(url), media_type="text/vtt")


@router.get("/{id}/history", **answering(list[AuditEntry], errors=[NotFound]))
async def history(
    id: RecordId,
    videos: Videos,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    before: Annotated[int | None, Query(ge=1, le=2**63 - 1, description="An audit id.")] = None,
) -> Response:
    """What happened to the video, newest first; also after it was deleted."""
    entries = await videos.history(id, limit, before=before)
    if not entries and before is None and await videos.get(id) is None:
        raise NotFound(f"there is no video {id}")
    return json_answer(entries)


@router.get(
    "/{id}/stream",
    **answering(
        bytes,
        errors=[NotFound, FileMissing, OutsideRoots],
        media_types=["video/*", "audio/*", "application/octet-stream"],
        more={206: "A part, as `Range` asked.", 304: "Unchanged."},
    ),
)
async def stream(
    id: RecordId,
    videos: Videos,
    roots: Roots,
    download: Annotated[bool, Query(description="Offer the file for saving.")] = False,
) -> Response:
    """The file itself, whole or in the parts that `Range` asks for."""
    video = _present(await videos.get(id), id)
    root = await roots.get(video.root_id) if video.root_id else None
    if root is None:
        raise OutsideRoots(f"{video.path} is not below a root, so it is not served")
    opened = partial(open_below, _disk_path(root.path), _disk_path(video.path))
    return FileAnswer(
        opened,
        media_type_of(video),
        filename=video.filename,
        disposition="attachment" if download else "inline",
    )


def _picture(path: Path) -> Response:
    return FileAnswer(partial(_open, path), "image/jpeg", cache_control="private, max-age=60")


def _open(path: Path) -> tuple[int, os.stat_result]:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    return descriptor, os.fstat(descriptor)


def _disk_path(path: str) -> Path:
    return Path(os.fsdecode(decode(path)))


def _present(video: Video | None, id: str) -> Video:
    if video is None:
        raise NotFound(f"there is no video {id}")
    return video

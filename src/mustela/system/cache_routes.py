"""The answers that this process keeps. They are never stale: forgetting them only frees memory."""

from __future__ import annotations

from fnmatch import translate
from re import compile as compiled
from typing import Annotated

import msgspec
from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from mustela.collection import Needs
from mustela.http.encoding import answering, json_answer
from mustela.system.shared_cache import SharedCacheState, state_of

router = APIRouter(prefix="/cache", tags=["system"])

_INVALIDATE = "/cache/invalidate/"


class CacheState(msgspec.Struct, frozen=True):
    """The kept answers of the process that answers. `bytes` counts what is kept besides bodies.

    `records_bytes` are those of the encoded records that lists are put together from. `shared` is
    the cache that several servers share, where there is one.
    """

    entries: int
    bytes: int
    limit_bytes: int
    hits: int
    misses: int
    records_bytes: int
    shared: SharedCacheState | None


class Forgotten(msgspec.Struct, frozen=True):
    """How many answers were forgotten."""

    forgotten: int


@router.get("", **answering(CacheState))
async def show_cache(services: Needs) -> Response:
    """How many answers this server process keeps, and how often they were of use."""
    answers = services.answers
    return json_answer(
        CacheState(
            len(answers),
            answers.bytes,
            answers.limit,
            answers.hits,
            answers.misses,
            services.store.kept.size,
            state_of(answers.shared),
        )
    )


@router.post("/clear", **answering(Forgotten))
async def clear(services: Needs) -> Response:
    """Forget every kept answer of this server process, and every encoded record."""
    services.store.kept.clear()
    return json_answer(Forgotten(services.answers.clear()))


@router.post("/invalidate/{pattern:path}", **answering(Forgotten))
async def invalidate(
    pattern: Annotated[
        str,
        Path(
            min_length=1,
            max_length=500,
            description="Of paths below the API; `*` is anything, also `/`: `videos*`.",
        ),
    ],
    request: Request,
    services: Needs,
) -> Response:
    """Forget the kept answers whose path matches, as in `videos*`."""
    api = request.scope["path"].partition(_INVALIDATE)[0] + "/"
    matches = compiled(translate(pattern.lstrip("/"))).match

    def wanted(path: str) -> bool:
        return path.startswith(api) and matches(path.removeprefix(api)) is not None

    return json_answer(Forgotten(services.answers.clear(wanted)))

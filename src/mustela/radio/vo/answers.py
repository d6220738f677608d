"""Answers of Virtual Observatory services: VOTables, also for errors (DALI 1.1, section 4)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from mustela.errors import MustelaError
from mustela.http.exporting import streaming
from mustela.http.problems import RETRY_AFTER, problem_of, status_of
from mustela.radio.exports.cells import row_writer
from mustela.radio.exports.columns import Column
from mustela.radio.exports.described_service import Service
from mustela.radio.exports.votable import MEDIA_TYPE, enveloped
from mustela.radio.extra import needing

if TYPE_CHECKING:
    from mustela.radio.exports.envelope import Envelope

_ENVELOPE: Final = "mustela.radio.exports.envelope"
#: VOTable 1.1 is the last that knows the names (UCD 1) that cone search asks for.
CONE_SEARCH_VERSION: Final = "1.1"
VERSION: Final = "1.4"


class Table(msgspec.Struct, frozen=True):
    """What a VOTable says besides its rows."""

    columns: Sequence[Column]
    description: str
    infos: tuple[tuple[str, str], ...] = ()
    services: tuple[Service, ...] = ()
    version: str = VERSION


async def table(
    about: Table,
    items: AsyncIterator[Any],
    values: Callable[[Any], Sequence[Any]],
    most: int,
    media_type: str = MEDIA_TYPE,
) -> Response:
    """The VOTable of these items, streamed; it says so where there are more than ``most``.

    ``values`` makes a row of an item, in a thread. Raises ``ExtraMissing``, and what reading the
    first items raises.
    """
    around = await asyncio.to_thread(_envelope, about)
    write = row_writer(about.columns, empty_cells=about.version != CONE_SEARCH_VERSION)
    # Asked for nothing, nothing is cut off: what is wanted are the columns.
    found = enveloped(
        items if most else _none(), around, lambda item: write(values(item)), most or None
    )
    return await streaming(found, media_type)


async def _none() -> AsyncIterator[Any]:
    nothing: list[Any] = []
    for item in nothing:
        yield item


def _envelope(about: Table) -> Envelope:
    library = needing("astropy", _ENVELOPE)
    around: Envelope = library.envelope(
        about.columns,
        description=about.description,
        infos=about.infos,
        services=about.services,
        version=about.version,
    )
    return around


async def answering(
    request: Request,
    make: Callable[[], Awaitable[Response]],
    refuse: Callable[[str, int], Awaitable[Response]],
) -> Response:
    """What ``make`` answers; where it cannot, what ``refuse`` makes of the message and status.

    A fault of the server's own stays a problem document, as everywhere.
    """
    try:
        return await make()
    except MustelaError as error:
        status = status_of(type(error))
        if status == HTTPStatus.SERVICE_UNAVAILABLE:
            kind = "TransientFault"
        elif status < 500:
            kind, status = "UsageFault", HTTPStatus.BAD_REQUEST
        else:
            raise
        answer = await refuse(f"{kind}: {problem_of(error, request.scope).detail}", status)
        if status == HTTPStatus.SERVICE_UNAVAILABLE:
            answer.headers["Retry-After"] = str(RETRY_AFTER)
        return answer


async def dali_error(message: str, status: int, media_type: str = MEDIA_TYPE) -> Response:
    """An error as DALI says: ``INFO name="QUERY_STATUS"`` in the results."""
    write = partial(_message, "QUERY_STATUS", "ERROR", message, version=VERSION)
    return _error(await asyncio.to_thread(write), status, media_type)


async def cone_search_error(message: str, status: int) -> Response:
    """An error as cone search says (1.03, section 2.3): ``INFO name="Error"``, status 200.

    What will pass has its own status.
    """
    write = partial(_message, "Error", message, None, below_root=True, version=CONE_SEARCH_VERSION)
    transient = status == HTTPStatus.SERVICE_UNAVAILABLE
    return _error(await asyncio.to_thread(write), status if transient else 200, "text/xml")


def _message(name: str, value: str, text: str | None, **options: Any) -> bytes:
    written: bytes = needing("astropy", _ENVELOPE).message(name, value, text, **options)
    return written


def _error(body: bytes, status: int, media_type: str) -> Response:
    return Response(body, status, {"Cache-Control": "no-store"}, media_type)

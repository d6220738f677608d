"""The routes of the Virtual Observatory, below ``/vo``.

Each service has its query, and beside it what it can do and whether it works.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from typing import Annotated, Any, Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from mustela.collection import Needs, Services, repository
from mustela.http import encoding
from mustela.http.conditional import AsyncLabels
from mustela.radio.images.constraints import LINKS, is_served
from mustela.radio.images.record import Image
from mustela.radio.images.repository import AsyncImageRepository
from mustela.radio.sources.repository import AsyncSourceRepository
from mustela.radio.vo import datalink, obscore, scs, sia2, vosi
from mustela.radio.vo.addresses import Archive, api_of, archive
from mustela.radio.vo.answers import (
    CONE_SEARCH_VERSION,
    Table,
    answering,
    cone_search_error,
    dali_error,
    table,
)
from mustela.radio.vo.declaring import add_query
from mustela.radio.vo.parameters import MOST, parameters
from mustela.store.errors import StoreError

router = APIRouter(prefix="/vo", tags=["virtual observatory"])

#: POST asks here, and changes nothing.
QUERIES: Final = frozenset({"/vo/sia2/query", "/vo/datalink/links"})
#: Records that are read at once: places are looked up again for each page.
_PAGE: Final = 2_000
#: How long the database may take to answer, in seconds.
_PATIENCE: Final = 5.0

Images = Annotated[AsyncImageRepository, repository(AsyncImageRepository)]
Sources = Annotated[AsyncSourceRepository, repository(AsyncSourceRepository)]


async def sia2_query(request: Request, services: Needs, images: Images) -> Response:
    """Images that satisfy all parameters (Simple Image Access 2.0), as ObsCore describes them."""

    async def make() -> Response:
        given = await parameters(request)
        most, media_type = given.maxrec(), given.media_type()
        ours = await archive(request, services)
        filters = sia2.filters_of(given, ours)
        about = Table(
            obscore.COLUMNS,
            "Images of the archive",
            (("QUERY_STATUS", "OK"),),
            (datalink.links_service(ours, "obs_publisher_did"),),
        )
        values = partial(obscore.row, archive=ours)
        return await table(about, _found(images, filters), values, most, media_type)

    return await answering(request, make, dali_error)


async def _found(
    images: AsyncImageRepository, filters: dict[str, Any] | None
) -> AsyncIterator[Image]:
    if filters is None:
        return
    async for image in images.everything(size=_PAGE, **filters):
        yield image


async def datalink_links(request: Request, services: Needs, images: Images) -> Response:
    """Where images, pictures and cutouts of them are (DataLink 1.1)."""

    async def make() -> Response:
        given = await parameters(request)
        given.media_type()
        ours = await archive(request, services)
        identifiers = list(dict.fromkeys(given.every("ID")))
        asked = identifiers[: datalink.MOST_IDS]
        found = await _named(images, asked, ours)
        about = Table(
            datalink.COLUMNS,
            "What belongs to the images",
            (
                ("QUERY_STATUS", "OK" if asked == identifiers else "OVERFLOW"),
                ("standardID", datalink.STANDARD),
            ),
            tuple(
                datalink.cutout_service(ours, image, number)
                for number, image in enumerate(found.values())
                if is_served(image)
            ),
        )
        rows = datalink.rows(asked, found, ours)
        return await table(about, rows, list, 4 * datalink.MOST_IDS, LINKS)

    return await answering(request, make, dali_error)


async def _named(
    images: AsyncImageRepository, identifiers: list[str], ours: Archive
) -> dict[str, Image]:
    """The images that are there, by their ids."""
    ids = [id for id in map(ours.id_of, identifiers) if id is not None]
    if not ids:
        return {}
    found = await images.list_images(len(ids), ids=tuple(ids), retired=False, missing=False)
    return {image.id: image for image in found}


async def cone_search(request: Request, sources: Sources) -> Response:
    """Sources within a distance of a position (Simple Cone Search 1.03)."""

    async def make() -> Response:
        given = await parameters(request)
        cone, columns, most = scs.cone_asked(given), scs.columns_asked(given), given.maxrec()
        given.media_type()
        cut = 0 < most < await sources.count(near=cone)
        about = Table(
            columns,
            "Sources of the archive",
            (("QUERY_STATUS", "OVERFLOW" if cut else "OK"),),
            version=CONE_SEARCH_VERSION,
        )
        found = scs.found(sources, cone, most, _PAGE)
        return await table(about, found, scs.row_of(columns), MOST, "text/xml")

    return await answering(request, make, cone_search_error)


add_query(router, "/scs", cone_search, scs.PARAMETERS, media_type="text/xml", post=False)
add_query(router, "/sia2/query", sia2_query, sia2.PARAMETERS)
add_query(
    router,
    "/datalink/links",
    datalink_links,
    {"ID": "Identifier of an image (`obs_publisher_did`), or its id; may be given several times."},
    media_type=LINKS,
)

#: Path of a service: its standard, the path of its query below it, the version.
_SERVICES: Final = {
    "scs": ("ivo://ivoa.net/std/ConeSearch", "", "1.03"),
    "sia2": ("ivo://ivoa.net/std/SIA#query-2.0", "/query", "2.0"),
    "datalink": (datalink.STANDARD, "/links", "1.1"),
}


async def _capabilities(request: Request, *, name: str) -> Response:
    standard, query, version = _SERVICES[name]
    document = vosi.capabilities(f"{api_of(request)}/vo/{name}", standard, query, version)
    return Response(document, media_type=vosi.MEDIA_TYPE)


async def availability(services: Needs) -> Response:
    """Whether the service works now (VOSI 1.1)."""
    works = await _answers(services)
    note = "The archive answers." if works else "The database does not answer; try again later."
    document = vosi.availability(available=works, note=note)
    return Response(document, media_type=vosi.MEDIA_TYPE)


async def _answers(services: Services) -> bool:
    try:
        async with asyncio.timeout(_PATIENCE):
            await services.repository(AsyncLabels).database_id()
    except (TimeoutError, StoreError):
        return False
    return True


def _described(name: str) -> Any:
    async def capabilities(request: Request) -> Response:
        """What the service can do, and where (VOSI 1.1)."""
        return await _capabilities(request, name=name)

    return capabilities


_XML: Final = partial(encoding.answering, bytes, media_types=[vosi.MEDIA_TYPE])

for _name in _SERVICES:
    router.get(f"/{_name}/capabilities", name=f"{_name}_capabilities", **_XML())(_described(_name))
    router.get(f"/{_name}/availability", name=f"{_name}_availability", **_XML())(availability)

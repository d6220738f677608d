"""DataLink 1.1: what belongs to an image, and where it is."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any, Final

from mustela.radio.exports.columns import Column
from mustela.radio.exports.described_service import Input, Service
from mustela.radio.images.constraints import FITS, LINKS, is_served, media_type_of
from mustela.radio.images.record import Image
from mustela.radio.vo.addresses import Archive

STANDARD: Final = "ivo://ivoa.net/std/DataLink#links-1.1"
#: Identifiers that are answered at once; the answer says where there were more.
MOST_IDS: Final = 1_000

COLUMNS: Final = [
    Column("ID", "ascii", ucd="meta.id;meta.main"),
    Column("access_url", "ascii", ucd="meta.ref.url"),
    Column("service_def", "ascii", ucd="meta.ref"),
    Column("error_message", "text", ucd="meta.code.error"),
    Column("semantics", "ascii", ucd="meta.code"),
    Column("description", "text", ucd="meta.note"),
    Column("content_type", "ascii", ucd="meta.code.mime"),
    Column("content_length", "long", "byte", "phys.size;meta.file"),
]


def links_service(archive: Archive, column: str) -> Service:
    """The links as a service, for a table that has the identifiers in a column."""
    return Service(
        archive.links(),
        (Input("ID", ref=column),),
        standard_id=STANDARD,
        content_type=LINKS,
        description="What belongs to each image, and where it is",
    )


def _cutout_id(number: int) -> str:
    return f"cutout-{number}"


def cutout_service(archive: Archive, image: Image, number: int) -> Service:
    """The cutouts of one image as a service."""
    return Service(
        archive.image(image.id, "/cutout"),
        (
            Input("ra", description="Right ascension of the centre, degrees, ICRS"),
            Input("dec", description="Declination of the centre, degrees, ICRS"),
            Input("size", description="Width and height, degrees"),
        ),
        id=_cutout_id(number),
        content_type=FITS,
        description=f"A part of {image.filename}",
    )


async def rows(
    identifiers: Sequence[str], found: dict[str, Image], archive: Archive
) -> AsyncIterator[list[Any]]:
    """The links of each identifier in turn; one that is not known has an error of its own, and so
    has the file of an image that lies below no root."""
    numbers = {id: number for number, id in enumerate(found)}
    for identifier in identifiers:
        image = found.get(archive.id_of(identifier) or "")
        if image is None:
            said = f"NotFoundFault: there is no image {identifier}"
            yield [identifier, None, None, said, "#this", None, None, None]
            continue
        link = _linking(identifier)
        if not is_served(image):
            said = "FatalFault: the file lies below no root of this archive, so it is not served"
            yield [identifier, None, None, said, "#this", None, None, None]
            record = archive.image(image.id, "")
            yield link("#auxiliary", record, "What is known of the image", "application/json")
            continue
        media_type = media_type_of(image)
        if media_type != LINKS:
            address = archive.image(image.id, "/fits")
            yield link("#this", address, "The image", media_type, image.file_size)
        preview = archive.image(image.id, "/png")
        yield link("#preview", preview, "A picture of the image", "image/png")
        service = _cutout_id(numbers[image.id])
        yield [identifier, None, service, None, "#cutout", "A part of the image", FITS, None]


def _linking(identifier: str) -> Callable[..., list[Any]]:
    def link(
        semantics: str, address: str, description: str, media_type: str, length: int | None = None
    ) -> list[Any]:
        return [identifier, address, None, None, semantics, description, media_type, length]

    return link

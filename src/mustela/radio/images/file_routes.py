"""The routes of images that answer from their files: the file, pictures, cutouts."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from mustela.collection import repository
from mustela.files.below import FileMissing, NotAFile, OutsideRoots, open_below
from mustela.http.encoding import answering
from mustela.http.file_answer import FileAnswer
from mustela.http.parameters import RecordId
from mustela.http.problems import FieldError, InvalidRequest
from mustela.radio.extra import ExtraMissing
from mustela.radio.images.frame import Frame
from mustela.radio.images.pictures import ColourMap, ImagePictures, Stretch, pictures_of
from mustela.radio.images.record import Image
from mustela.radio.images.repository import AsyncImageRepository
from mustela.radio.imaging.errors import CutoutTooLarge, NoImage, OutsideImage
from mustela.radio.made_answers import etag_of, labelled_json, made_file, unchanged
from mustela.radio.product_files import (
    ProductChanged,
    ProductFiles,
    ProductUnreadable,
    disk_path,
    product_files_of,
)
from mustela.store.errors import NotFound

Images = Annotated[AsyncImageRepository, repository(AsyncImageRepository)]
Files = Annotated[ProductFiles, Depends(product_files_of)]
Made = Annotated[ImagePictures, Depends(pictures_of)]
Size = Annotated[int, Query(ge=16, le=4096, description="No side has more pixels; never enlarged.")]
Shown = Annotated[Stretch, Query(description="How values become brightness.")]
Coloured = Annotated[ColourMap, Query(description="Brightness in colours.")]

FITS = "application/fits"
GZIP = "application/gzip"
PNG = "image/png"
#: What every route that reads a product's file may answer.
FILE_ERRORS: Any = (
    NotFound,
    OutsideRoots,
    FileMissing,
    ProductUnreadable,
    ProductChanged,
    ExtraMissing,
)
UNCHANGED = {304: "Unchanged: If-None-Match names the present content."}

#: What ends the name of an image's file.
_ENDING = re.compile(r"\.(?:fits|fit|fts|imfits)(?:\.(?:gz|fz))?$", re.IGNORECASE)

router = APIRouter(prefix="/images", tags=["images"])


@router.get(
    "/{id}/fits",
    **answering(
        bytes,
        errors=[NotFound, FileMissing, OutsideRoots, NotAFile],
        media_types=[FITS, GZIP],
        more={206: "A part, as `Range` asked.", **UNCHANGED},
    ),
)
async def image_fits(
    id: RecordId,
    images: Images,
    files: Files,
    download: Annotated[bool, Query(description="Offer the file for saving.")] = True,
) -> Response:
    """The file itself, whole or in the parts that `Range` asks for.

    A CASA image is a directory: ask for a cutout of it.
    """
    image = present(await images.get(id), id)
    root = await files.root_path(image)

    def opened() -> Any:
        try:
            return open_below(root, disk_path(image.path))
        except NotAFile as error:
            raise NotAFile(
                f"{image.filename} is a directory (a CASA image), no FITS file: ask for "
                "`cutout` with `format=fits`, or copy the directory"
            ) from error

    return FileAnswer(
        opened,
        GZIP if image.filename.lower().endswith(".gz") else FITS,
        filename=image.filename,
        disposition="attachment" if download else "inline",
    )


@router.get(
    "/{id}/thumbnail",
    **answering(
        bytes,
        errors=[*FILE_ERRORS, NoImage],
        media_types=["image/webp"],
        more=UNCHANGED,
    ),
)
async def image_thumbnail(
    id: RecordId, request: Request, images: Images, pictures: Made
) -> Response:
    """A grey picture, 256 px along its longest side, north up; made where there is none yet."""
    image = present(await images.get(id), id)
    label = await pictures.label(image)
    etag = etag_of(request, label)
    return unchanged(request, etag) or made_file(
        await pictures.thumbnail(image, label), "image/webp", etag
    )


@router.get(
    "/{id}/png",
    **answering(
        bytes,
        errors=[*FILE_ERRORS, NoImage],
        media_types=[PNG],
        more=UNCHANGED,
    ),
)
async def image_png(
    id: RecordId,
    request: Request,
    images: Images,
    pictures: Made,
    stretch: Shown = "zscale",
    colour_map: Coloured = "cubehelix",
    size: Size = 1024,
) -> Response:
    """A picture of the plane that was measured (Stokes I), north up, east left.

    Blank pixels are transparent. `/png/frame` has the coordinates of its pixels.
    """
    image = present(await images.get(id), id)
    label = await pictures.label(image)
    etag = etag_of(request, label)
    return unchanged(request, etag) or made_file(
        await pictures.picture(image, label, stretch, colour_map, size), PNG, etag
    )


@router.get(
    "/{id}/png/frame",
    **answering(
        Frame,
        errors=[*FILE_ERRORS, NoImage],
        more=UNCHANGED,
    ),
)
async def image_frame(
    id: RecordId,
    request: Request,
    images: Images,
    pictures: Made,
    size: Size = 1024,
) -> Response:
    """Size and world coordinates of the picture that `/png` answers for the same `size`."""
    image = present(await images.get(id), id)
    etag = etag_of(request, await pictures.label(image))
    return unchanged(request, etag) or labelled_json(await pictures.frame(image, size), etag)


@router.get(
    "/{id}/cutout",
    **answering(
        bytes,
        errors=[*FILE_ERRORS, NoImage, InvalidRequest, OutsideImage, CutoutTooLarge],
        media_types=[FITS, PNG],
        more=UNCHANGED,
    ),
)
async def image_cutout(
    id: RecordId,
    request: Request,
    images: Images,
    pictures: Made,
    ra: Annotated[float, Query(ge=0, le=360, description="Degrees, ICRS.")],
    dec: Annotated[float, Query(ge=-90, le=90, description="Degrees, ICRS.")],
    size: Annotated[
        float | None, Query(gt=0, le=180, description="Length of its sides in degrees.")
    ] = None,
    width: Annotated[
        int | None, Query(ge=1, le=16384, description="Pixels; in place of `size`.")
    ] = None,
    height: Annotated[
        int | None, Query(ge=1, le=16384, description="Pixels; as many as `width` if not given.")
    ] = None,
    format: Literal["fits", "png"] = "fits",
    stretch: Shown = "zscale",
    colour_map: Coloured = "cubehelix",
) -> Response:
    """A part of the image about a position, with its beam, units and world coordinates.

    As FITS the pixels are the image's own, those outside of it NaN; as PNG it is north up.
    Without `size` and `width` it is a hundred pixels large.
    """
    image = present(await images.get(id), id)
    label = await pictures.label(image)
    etag = etag_of(request, label)
    if (same := unchanged(request, etag)) is not None:
        return same
    window = window_of(ra, dec, size, width, height)
    if format == "png":
        path = await pictures.cutout_picture(image, label, window, stretch, colour_map)
        return made_file(path, PNG, etag)
    path = await pictures.cutout(image, label, window)
    name = f"{_ENDING.sub('', image.filename)}_{ra:.5f}_{dec:+.5f}.fits"
    return made_file(path, FITS, etag, name)


def window_of(
    ra: float, dec: float, size: float | None, width: int | None, height: int | None
) -> dict[str, Any]:
    """The arguments of a cutout; both a size in degrees and one in pixels are refused."""
    if size is not None and (width is not None or height is not None):
        raise _refused("size", "say `size` (degrees), or `width` and `height` (pixels), not both")
    if height is not None and width is None:
        raise _refused("height", "say `width` too")
    if size is None and width is None:
        width = 100
    return {
        "ra_deg": ra,
        "dec_deg": dec,
        "size_deg": size,
        "width_px": width,
        "height_px": height,
    }


def _refused(name: str, why: str) -> InvalidRequest:
    return InvalidRequest(why, [FieldError(["query", name], why, "invalid_parameter")])


def present(image: Image | None, id: str) -> Image:
    """The image, or ``NotFound``."""
    if image is None:
        raise NotFound(f"there is no image {id}")
    return image

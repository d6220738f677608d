"""Pictures and cutouts of images: made in child processes, kept by their content's label."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

from mustela.collection import Needs
from mustela.errors import MustelaError
from mustela.radio.images.frame import Frame
from mustela.radio.images.record import Image
from mustela.radio.imaging.errors import (
    CutoutTooLarge,
    ImagingError,
    NoImage,
    OutsideImage,
    PictureRefused,
)
from mustela.radio.made_files import MadeFiles
from mustela.radio.product_files import ProductFiles, digest, product_files_of

Stretch: TypeAlias = Literal["zscale", "asinh", "linear"]
ColourMap: TypeAlias = Literal["grey", "grey_inverted", "cubehelix", "heat"]
#: Pictures of these sizes are kept for ever, others for a while.
KEPT_SIZES: Final = frozenset({256, 512, 1024, 2048})

_MAKING = "mustela.radio.images.picture_making"
_ERRORS: Mapping[str, type[MustelaError]] = {
    kind.code: kind for kind in (NoImage, OutsideImage, CutoutTooLarge, PictureRefused)
} | {ImagingError.code: PictureRefused}


class ImagePictures:
    """The pictures and cutouts of images.

    All raise what :meth:`ProductFiles.read` does, and ``NoImage``, ``OutsideImage``,
    ``CutoutTooLarge``.
    """

    def __init__(self, files: ProductFiles, made: MadeFiles) -> None:
        self._files = files
        self._made = made

    async def label(self, image: Image) -> str:
        """Text for the content: of the file (:meth:`ProductFiles.label`) and of which part."""
        label = await self._files.label(image)
        return label if image.hdu is None else f"{label}h{image.hdu}"

    async def thumbnail(self, image: Image, label: str) -> Path:
        """At most 256 pixels, grey, WebP."""
        make = partial(self._make, image, "make_thumbnail")
        return await self._made.kept(label, "thumb.webp", make)

    async def picture(
        self, image: Image, label: str, stretch: Stretch, colour_map: ColourMap, size: int
    ) -> Path:
        """PNG, north up, no side above ``size`` pixels."""
        make = partial(self._make, image, "make_picture", stretch, colour_map, size)
        if size in KEPT_SIZES:
            kind = f"{stretch}{colour_map.replace('_', '')}{size}.png"
            return await self._made.kept(label, kind, make)
        name = digest(label, stretch, colour_map, str(size))
        return await self._made.shelved(f"{name}.png", make)

    async def frame(self, image: Image, size: int) -> Frame:
        """Size and coordinates of such a picture."""
        found: Frame = await self._read(image, "frame_of", size, result=Frame)
        return found

    async def cutout(self, image: Image, label: str, window: Mapping[str, Any]) -> Path:
        """FITS; ``window`` are the arguments of :func:`mustela.radio.imaging.cutout.cutout`."""
        make = partial(self._make, image, "make_cutout", window)
        name = digest(label, image.filename, *map(str, window.values()))
        return await self._made.shelved(f"{name}.fits", make)

    async def cutout_picture(
        self,
        image: Image,
        label: str,
        window: Mapping[str, Any],
        stretch: Stretch,
        colour_map: ColourMap,
    ) -> Path:
        """The same in PNG, north up."""
        make = partial(self._make, image, "make_cutout_picture", window, stretch, colour_map)
        name = digest(label, stretch, colour_map, *map(str, window.values()))
        return await self._made.shelved(f"{name}.png", make)

    async def _make(self, image: Image, function: str, *arguments: object) -> None:
        await self._read(image, function, *arguments, result=type(None))

    async def _read(self, image: Image, function: str, *arguments: object, result: Any) -> Any:
        return await self._files.read(
            image,
            f"{_MAKING}:{function}",
            image.hdu,
            *arguments,
            result=result,
            library="astropy",
            errors=_ERRORS,
        )


def pictures_of(services: Needs) -> ImagePictures:
    """The dependency: the pictures of images of this server."""
    found: Any = services.parts.get(ImagePictures)
    if found is None:
        made = MadeFiles(services.picture_store)
        found = services.parts[ImagePictures] = ImagePictures(product_files_of(services), made)
    return found  # type: ignore[no-any-return]  # what is kept under a class is one of it

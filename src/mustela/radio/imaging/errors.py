"""What can be wrong with an image, or with what is asked of it."""

from __future__ import annotations

from mustela.errors import MustelaError


class ImagingError(MustelaError):
    """The image cannot give what is asked of it."""

    code = "imaging_error"


class NoImage(ImagingError, ValueError):
    """The file holds no image of the sky."""

    code = "no_image"


class OutsideImage(ImagingError, ValueError):
    """The position lies outside the image."""

    code = "outside_image"


class CutoutTooLarge(ImagingError, ValueError):
    """The cutout would be too large."""

    code = "cutout_too_large"


class PictureRefused(ImagingError, ValueError):
    """No such picture can be made."""

    code = "picture_refused"

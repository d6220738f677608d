"""Why no sources can be found in an image, or read from a catalogue."""

from __future__ import annotations

from mustela.errors import MustelaError


class FindingError(MustelaError):
    """Sources could not be found."""

    code = "finding_error"


class UnusableImage(FindingError, ValueError):
    """The file holds no image of the sky in which sources can be found."""

    code = "image_unusable"


class NoBeam(UnusableImage):
    """The image does not say its beam; give it one, or add BMAJ, BMIN and BPA to its header."""

    code = "no_beam"


class BlankImage(UnusableImage):
    """Every pixel of the image is blank: there is nothing to find."""

    code = "image_blank"


class ImageTooLarge(UnusableImage):
    """The image has more pixels than the limit; raise the limit, or cut the image."""

    code = "image_too_large"


class UnusableMaps(FindingError, ValueError):
    """A noise or background map does not fit its image."""

    code = "maps_unusable"


class NotACatalogue(FindingError, ValueError):
    """The file is no catalogue of radio sources that can be read."""

    code = "not_a_catalogue"

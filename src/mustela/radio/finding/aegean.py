"""Aegean, run on arrays in this process, its quirks kept behind this module.

Aegean (Hancock et al. 2012, MNRAS 422, 1812; 2018, PASA 35, e011) finds islands above a threshold
and fits elliptical Gaussians to them, noise correlated between pixels taken into account.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from AegeanTools.source_finder import SourceFinder, find_islands
from AegeanTools.wcs_helpers import Beam as AegeanBeam
from AegeanTools.wcs_helpers import WCSHelper
from numpy.typing import NDArray

from mustela.radio.finding.maps import Maps
from mustela.radio.finding.plane import Image, Plane

# Importing AegeanTools sends everybody's warnings to the log and writes its own log to stderr.
logging.captureWarnings(False)
_LOG = logging.getLogger("AegeanTools")
for _handler in tuple(_LOG.handlers):
    _LOG.removeHandler(_handler)
_LOG.addHandler(logging.NullHandler())
_LOG.propagate = False


class _OnTheSky(WCSHelper):  # type: ignore[misc]  # AegeanTools carries no types
    """A beam of one size on the sky, whatever the projection makes of it in pixels.

    Aegean itself holds it constant in pixels, at what it is at the reference pixel, which may lie
    far outside of the image: integrated flux densities came out 10 % too small in a field cut from
    an image around the pole.
    """

    def get_psf_sky2sky(self, ra: float, dec: float) -> tuple[float, float, float]:
        return self.beam.a, self.beam.b, self.beam.pa

    def get_psf_sky2pix(self, ra: float, dec: float) -> tuple[float, float, float]:
        shape = self.sky2pix_ellipse((ra, dec), *self.get_psf_sky2sky(ra, dec))
        return shape[2], shape[3], shape[4]

    def get_psf_pix2pix(self, x: float, y: float) -> tuple[float, float, float]:
        return self.get_psf_sky2pix(*self.pix2sky((x, y)))


def islands_of(
    brightness: Image, maps: Maps, seed_sigma: float, flood_sigma: float
) -> list[tuple[tuple[slice, slice], NDArray[np.bool_]]]:
    """Where each island of pixels lies, and which pixels of that box are its own."""
    with quiet():
        found = find_islands(
            brightness,
            np.zeros_like(brightness),
            maps.rms,
            seed_clip=seed_sigma,
            flood_clip=flood_sigma,
        )
    islands = []
    for island in found:
        (top, bottom), (left, right) = island.bounding_box
        box = slice(int(top), int(bottom)), slice(int(left), int(right))
        islands.append((box, ~island.mask & np.isfinite(brightness[box])))
    return islands


def fit(
    plane: Plane,
    brightness: Image,
    maps: Maps,
    *,
    seed_sigma: float,
    flood_sigma: float,
    components: int,
    negative: bool,
) -> list[Any]:
    """Aegean's components of an image from which the background is taken.

    At most ``components`` Gaussians are fitted to an island; further peaks come unfitted. The
    finder is given what it would read from files (its ``load_globals`` leaves loaded data alone):
    a file would have to be written for each plane, unpacked and with a header that it understands.
    """
    beam = plane.beam
    finder: Any = SourceFinder()
    finder.img, finder.rmsimg, finder.bkgimg = brightness, maps.rms, maps.background
    finder.dtype = type(brightness[0][0])
    finder.header = plane.wcs.to_header()
    finder.beam = AegeanBeam(beam.major_arcsec / 3600, beam.minor_arcsec / 3600, beam.pa_deg)
    sides = tuple(side / 3600 for side in plane.pixel_arcsec)
    finder.wcshelper = _OnTheSky(plane.wcs, finder.beam, sides, tuple(plane.wcs.wcs.crpix))
    with quiet():
        return finder.find_sources_in_image(  # type: ignore[no-any-return]  # and here
            None,
            max_summits=components,
            innerclip=seed_sigma,
            outerclip=flood_sigma,
            cores=1,
            nonegative=not negative,
            docov=True,
            progress=False,
        )


@contextmanager
def quiet() -> Iterator[None]:
    """Without the warnings of fits that fail, and with numpy's error settings put back after."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield

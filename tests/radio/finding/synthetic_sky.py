"""Images of a made sky: Gaussians of the beam on noise that is correlated as a beam."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from astropy.coordinates import SkyCoord
from astropy.io import fits
from astropy.wcs import WCS
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from mustela.radio.finding.plane import FWHM_PER_SIGMA, Beam, Plane, plane_of

Floats = NDArray[np.float64]

BEAM = Beam(12.0, 8.0, 30.0)


@dataclass(frozen=True)
class Star:
    """A point source: pixel coordinates from zero and its flux density in Jy."""

    x: float
    y: float
    jy: float


def sky_wcs(
    shape: tuple[int, int],
    *,
    pixel_arcsec: float = 2.5,
    centre: tuple[float, float] = (150.0, -30.0),
    projection: str = "SIN",
    axes: tuple[str, str] = ("RA--", "DEC-"),
    turned_deg: float = 0.0,
) -> WCS:
    """A WCS for ``shape`` (rows, columns), its reference in the middle."""
    wcs = WCS(naxis=2)
    wcs.wcs.ctype = [f"{axis}-{projection}" for axis in axes]
    wcs.wcs.crval = centre
    wcs.wcs.crpix = [shape[1] / 2 + 0.5, shape[0] / 2 + 0.5]
    wcs.wcs.cdelt = [-pixel_arcsec / 3600, pixel_arcsec / 3600]
    sine, cosine = math.sin(math.radians(turned_deg)), math.cos(math.radians(turned_deg))
    wcs.wcs.pc = [[cosine, -sine], [sine, cosine]]
    if axes[0] == "RA--":
        wcs.wcs.radesys = "ICRS"
    wcs.wcs.set()
    return wcs


def noise(shape: tuple[int, int], rms: float, seed: int, *, width_pixels: float = 4.0) -> Floats:
    """Gaussian noise, autocorrelated as a round beam ``width_pixels`` wide."""
    white = np.random.default_rng(seed).normal(size=shape)
    smooth = gaussian_filter(white, width_pixels / FWHM_PER_SIGMA / math.sqrt(2), mode="wrap")
    return np.asarray(rms * smooth / smooth.std())


def stars_on(shape: tuple[int, int], stars: Sequence[Star], wcs: WCS, beam: Beam = BEAM) -> Floats:
    """The stars as the beam shows them, its shape on the sky found through the WCS, pixel by pixel.

    Independent of how the fits make their beams: distances and angles on the sphere.
    """
    image = np.zeros(shape)
    reach = 30
    for star in stars:
        top, left = max(0, round(star.y) - reach), max(0, round(star.x) - reach)
        y, x = np.mgrid[
            top : min(shape[0], top + 2 * reach), left : min(shape[1], left + 2 * reach)
        ]
        lon, lat = (np.radians(one) for one in wcs.all_pix2world(x.ravel(), y.ravel(), 0))
        lon0, lat0 = (np.radians(float(one[0])) for one in wcs.all_pix2world([star.x], [star.y], 0))
        east = np.cos(lat) * np.sin(lon - lon0)
        north = np.sin(lat) * np.cos(lat0) - np.cos(lat) * np.sin(lat0) * np.cos(lon - lon0)
        east, north = np.degrees(east) * 3600, np.degrees(north) * 3600
        sine, cosine = math.sin(math.radians(beam.pa_deg)), math.cos(math.radians(beam.pa_deg))
        along = (east * sine + north * cosine) / (beam.major_arcsec / FWHM_PER_SIGMA)
        across = (east * cosine - north * sine) / (beam.minor_arcsec / FWHM_PER_SIGMA)
        image[y.ravel(), x.ravel()] += star.jy * np.exp(-0.5 * (along**2 + across**2))
    return image


def sky(lon: object, lat: object, frame: str = "icrs") -> Any:
    """Coordinates in degrees; astropy's types are not told."""
    return SkyCoord(lon, lat, unit="deg", frame=frame).icrs


def grid_of_stars(
    shape: tuple[int, int], spacing: int, jy: float, seed: int, *, margin: int = 20
) -> list[Star]:
    """Stars at random places within the pixels of a grid, too far apart to disturb each other."""
    random = np.random.default_rng(seed)
    return [
        Star(x + random.uniform(-0.5, 0.5), y + random.uniform(-0.5, 0.5), jy)
        for y in range(margin, shape[0] - margin, spacing)
        for x in range(margin, shape[1] - margin, spacing)
    ]


def plane(image: Floats, wcs: WCS, beam: Beam = BEAM) -> Plane:
    return plane_of(image, wcs, beam)


def write(
    path: Path, image: NDArray[np.floating], wcs: WCS, beam: Beam | None = BEAM, **header: object
) -> Path:
    """The image as a FITS file, in Jy/beam unless ``header`` says otherwise."""
    cards = wcs.to_header()
    if beam is not None:
        cards["BMAJ"], cards["BMIN"] = beam.major_arcsec / 3600, beam.minor_arcsec / 3600
        cards["BPA"] = beam.pa_deg
    cards["BUNIT"] = "Jy/beam"
    for key, value in header.items():
        cards[key] = value
    fits.PrimaryHDU(image.astype(np.float32), cards).writeto(path)
    return path

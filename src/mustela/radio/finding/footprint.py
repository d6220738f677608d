"""Where positions of the sky fall in an image, and the beam's shape there in pixels."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
from astropy.wcs import WCS
from numpy.typing import NDArray

from mustela.radio.finding.detection import Detection
from mustela.radio.finding.frames import from_icrs
from mustela.radio.finding.plane import FWHM_PER_SIGMA, Plane

Floats = NDArray[np.float64]

#: Radians: small beside any beam, large beside rounding.
_STEP = 1e-6


def pixels_of(plane: Plane, ra: Floats, dec: Floats) -> tuple[Floats, Floats]:
    """Pixel coordinates (x, y), from zero, of ICRS positions; NaN where the projection has none."""
    return _pixels(plane.wcs, *from_icrs(plane.frame, ra, dec))


def inside_image(plane: Plane, detections: Sequence[Detection]) -> tuple[bool, ...]:
    """Which of the detections lie on a pixel of the image that is not blank."""
    ra = np.array([one.ra_deg for one in detections], dtype=np.float64)
    dec = np.array([one.dec_deg for one in detections], dtype=np.float64)
    x, y = pixels_of(plane, ra, dec)
    covered = on_image(plane, x, y)
    column, row = nearest(x[covered]), nearest(y[covered])
    covered[covered] = np.isfinite(plane.data[row, column])
    return tuple(bool(one) for one in covered)


def on_image(plane: Plane, x: Floats, y: Floats) -> NDArray[np.bool_]:
    """Which pixel coordinates lie on a pixel, blank or not."""
    height, width = plane.data.shape
    with np.errstate(invalid="ignore"):
        return np.asarray((x >= -0.5) & (x < width - 0.5) & (y >= -0.5) & (y < height - 0.5))


def nearest(coordinate: Floats) -> NDArray[np.intp]:
    """The pixel in which a coordinate lies: pixel n reaches from n - 1/2 up to n + 1/2."""
    return np.asarray(np.floor(coordinate + 0.5), dtype=np.intp)


def beams_in_pixels(plane: Plane, ra: Floats, dec: Floats) -> Floats:
    """The beam at each ICRS position as the inverse of its covariance in pixels: (n, 2, 2).

    The beam has one size on the sky; the projection is linear over a step much smaller than it.
    Works at the poles: the steps are tangents of the sphere, not differences of coordinates.
    """
    lon, lat = (np.radians(one) for one in from_icrs(plane.frame, ra, dec))
    here = _vector(lon, lat)
    east = np.stack([-np.sin(lon), np.cos(lon), np.zeros_like(lon)])
    north = np.stack([-np.sin(lat) * np.cos(lon), -np.sin(lat) * np.sin(lon), np.cos(lat)])
    columns = []
    for tangent in (east, north):
        ahead, behind = (_of_vector(here + sign * _STEP * tangent) for sign in (1, -1))
        differences = np.subtract(_pixels(plane.wcs, *ahead), _pixels(plane.wcs, *behind))
        columns.append(differences / (2 * _STEP))
    jacobian = np.stack(columns, axis=1).transpose(2, 0, 1)
    return np.asarray(
        np.linalg.inv(jacobian @ _covariance(plane) @ jacobian.transpose(0, 2, 1)), dtype=np.float64
    )


def _covariance(plane: Plane) -> Floats:
    """The beam's, in radians squared, over east and north of the image's own frame."""
    beam, arcsec = plane.beam, np.pi / 648000 / FWHM_PER_SIGMA
    angle = np.radians(beam.pa_deg)
    axes = np.array([[np.sin(angle), np.cos(angle)], [np.cos(angle), -np.sin(angle)]])
    sizes = np.diag([(beam.major_arcsec * arcsec) ** 2, (beam.minor_arcsec * arcsec) ** 2])
    return np.asarray(axes.T @ sizes @ axes)


def _pixels(wcs: WCS, lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    if lon.size == 0:
        return np.empty(0), np.empty(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what is not in the projection becomes NaN
        x, y = wcs.all_world2pix(lon, lat, 0, quiet=True)
    back_lon, back_lat = wcs.all_pix2world(x, y, 0)
    # SIN and others send the far side of the sky to pixels of the near one.
    with np.errstate(invalid="ignore"):
        apart = _vector(np.radians(lon), np.radians(lat)) - _vector(
            np.radians(back_lon), np.radians(back_lat)
        )
        same = np.sqrt((apart**2).sum(axis=0)) < 1e-4
    return np.where(same, x, np.nan), np.where(same, y, np.nan)


def _vector(lon: Floats, lat: Floats) -> Floats:
    return np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])


def _of_vector(vector: Floats) -> tuple[Floats, Floats]:
    """Degrees of (not quite unit) vectors."""
    x, y, z = vector
    return np.degrees(np.arctan2(y, x)), np.degrees(np.arctan2(z, np.hypot(x, y)))

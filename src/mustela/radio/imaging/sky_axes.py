"""The two-dimensional WCS of an image: built from its header, moved, rotated, written as cards.

FITS WCS papers: Greisen & Calabretta 2002 (A&A 395, 1061), Calabretta & Greisen 2002 (1077).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from astropy.coordinates import (
    FK4,
    FK5,
    ICRS,
    BarycentricMeanEcliptic,
    FK4NoETerms,
    Galactic,
    SkyCoord,
)
from astropy.io import fits
from astropy.time import Time
from astropy.wcs import WCS
from numpy.typing import NDArray

from mustela.radio.imaging.axes import Axes
from mustela.radio.imaging.header import quiet

Cards = dict[str, str | float | int]
Positions = NDArray[np.float64]

#: What cards may describe two axes on the sky; the header's others say nothing of them.
_CELESTIAL = re.compile(
    r"(?:WCSAXES|LONPOLE|LATPOLE|RADESYS|EQUINOX)$|(?:CTYPE|CUNIT|CRVAL|CRPIX|CDELT)[12]$"
    r"|(?:PC|CD)[12]_[12]$|PV[12]_\d+$|(?:A|B|AP|BP)_(?:ORDER|DMAX|\d_\d)$"
)
_WCS_DAMAGE = (ValueError, TypeError, KeyError, IndexError, AttributeError, MemoryError)


class SkyAxes:
    """Pixels of one plane to positions (ICRS, degrees) and back. Pixels count from zero."""

    def __init__(self, wcs: Any) -> None:
        self.wcs = wcs
        self._frame = _frame(wcs)

    def to_sky(self, x: Any, y: Any) -> tuple[Positions, Positions]:
        """Right ascensions and declinations (ICRS, degrees); NaN off the sky."""
        with quiet(), np.errstate(all="ignore"):
            longitude, latitude = self.wcs.all_pix2world(np.asarray(x), np.asarray(y), 0)
            if isinstance(self._frame, ICRS):
                return np.mod(longitude, 360.0), np.asarray(latitude)
            good = np.isfinite(longitude) & np.isfinite(latitude)
            safe: Any = SkyCoord(
                np.where(good, longitude, 0.0),
                np.where(good, latitude, 0.0),
                unit="deg",
                frame=self._frame,
            ).icrs
            return (
                np.where(good, safe.ra.deg, np.nan),
                np.where(good, safe.dec.deg, np.nan),
            )

    def to_pixels(self, ra_deg: Any, dec_deg: Any) -> tuple[Positions, Positions]:
        """Pixels of positions (ICRS, degrees); NaN where the projection does not reach."""
        with quiet(), np.errstate(all="ignore"):
            ra, dec = np.asarray(ra_deg, float), np.asarray(dec_deg, float)
            if not isinstance(self._frame, ICRS):
                turned: Any = SkyCoord(ra, dec, unit="deg", frame="icrs").transform_to(self._frame)
                ra, dec = turned.spherical.lon.deg, turned.spherical.lat.deg
            x, y = self.wcs.wcs_world2pix(ra, dec, 0)
            if self.wcs.has_distortion:
                x, y = self.wcs.all_world2pix(ra, dec, 0, quiet=True)
            return np.asarray(x), np.asarray(y)

    @property
    def scale_deg(self) -> float:
        """The geometric mean of a pixel's sides."""
        return math.sqrt(abs(float(np.linalg.det(_matrix(self.wcs)))))

    @property
    def sides_deg(self) -> tuple[float, float]:
        sides = np.hypot(*_matrix(self.wcs))
        return float(sides[0]), float(sides[1])

    def cards(self) -> Cards:
        """The header cards of this WCS, numbers to the last bit."""
        with quiet():
            written = self.wcs.to_header(relax=True)
        cards: Cards = {
            card.keyword: card.value for card in written.cards if _CELESTIAL.match(card.keyword)
        }
        inner = self.wcs.wcs
        for axis in (0, 1):
            cards[f"CRVAL{axis + 1}"] = float(inner.crval[axis])
            cards[f"CRPIX{axis + 1}"] = float(inner.crpix[axis])
            cards[f"CDELT{axis + 1}"] = float(inner.get_cdelt()[axis])
            for other in (0, 1):
                value = float(inner.get_pc()[axis, other])
                if value != (axis == other) or f"PC{axis + 1}_{other + 1}" in cards:
                    cards[f"PC{axis + 1}_{other + 1}"] = value
        for axis, index, value in inner.get_pv():
            cards[f"PV{axis}_{index}"] = float(value)
        return cards

    def seen_from(self, matrix: NDArray[np.float64], shift: NDArray[np.float64]) -> SkyAxes:
        """The WCS of a picture whose pixel p (from zero) shows this one's ``matrix @ p + shift``.

        A distortion (SIP) keeps its place only where the matrix is the unit.
        """
        moved = self.wcs.deepcopy()
        pc = np.asarray(moved.wcs.get_pc()) @ matrix
        cdelt = np.asarray(moved.wcs.get_cdelt())
        reference = np.asarray(moved.wcs.crpix) - 1.0
        if moved.wcs.has_cd():
            del moved.wcs.cd
        moved.wcs.cdelt = cdelt
        moved.wcs.pc = pc
        moved.wcs.crpix = np.linalg.solve(matrix, reference - shift) + 1.0
        moved.wcs.set()
        return SkyAxes(moved)


def sky_axes(header: Any, axes: Axes) -> SkyAxes | None:
    """The WCS of the image's plane; ``None`` where the header's cannot be computed."""
    if not axes.celestial:
        return None
    try:
        with quiet():
            wcs = WCS(header, naxis=None).celestial
            if wcs.naxis != 2:
                return None
            wcs.wcs.set()
            matrix = _matrix(wcs)
            if not np.isfinite(matrix).all() or np.linalg.det(matrix) == 0:
                return None
            return SkyAxes(wcs)
    except _WCS_DAMAGE:
        return None


def from_cards(cards: Mapping[str, str | float | int]) -> SkyAxes:
    """The WCS that ``SkyAxes.cards`` wrote."""
    header = fits.Header()
    for keyword, value in cards.items():
        header[keyword] = value
    with quiet():
        wcs = WCS(header)
        wcs.wcs.set()
    return SkyAxes(wcs)


def _matrix(wcs: Any) -> NDArray[np.float64]:
    return np.asarray(wcs.pixel_scale_matrix, float)


def _frame(wcs: Any) -> Any:
    """The frame of the axes. Their names come first: RADESYS says nothing of galactic ones."""
    kind = str(wcs.wcs.ctype[0]).upper()
    system = str(wcs.wcs.radesys).strip().upper()
    equinox = float(wcs.wcs.equinox)
    known = math.isfinite(equinox)
    if kind.startswith("GLON"):
        return Galactic()
    if kind.startswith("ELON"):
        return BarycentricMeanEcliptic(equinox=Time(equinox if known else 2000.0, format="jyear"))
    if not kind.startswith("RA"):
        raise ValueError(f"no frame is known for {kind}")
    if not system:
        system = "ICRS" if not known else "FK4" if equinox < 1984.0 else "FK5"
    if system.startswith("FK4"):
        frame = FK4NoETerms if system == "FK4-NO-E" else FK4
        return frame(equinox=Time(equinox if known else 1950.0, format="byear"))
    if system == "FK5":
        return FK5(equinox=Time(equinox if known else 2000.0, format="jyear"))
    return ICRS()

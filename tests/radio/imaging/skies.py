"""Small images that the tests make for themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from astropy.io import fits
from numpy.typing import NDArray

Pixels = NDArray[np.floating[Any]]


def noise(shape: tuple[int, ...] = (40, 50), *, sigma: float = 1e-3, seed: int = 1) -> Pixels:
    return np.random.default_rng(seed).normal(0, sigma, shape).astype(np.float32)


def sky_cards(
    width: int = 50, height: int = 40, *, projection: str = "SIN", scale_deg: float = 1e-3
) -> dict[str, Any]:
    """Right ascension 150, declination -30 at the middle; north up, east left."""
    return {
        "CTYPE1": f"RA---{projection}",
        "CRVAL1": 150.0,
        "CRPIX1": (width + 1) / 2,
        "CDELT1": -scale_deg,
        "CUNIT1": "deg",
        "CTYPE2": f"DEC--{projection}",
        "CRVAL2": -30.0,
        "CRPIX2": (height + 1) / 2,
        "CDELT2": scale_deg,
        "CUNIT2": "deg",
        "RADESYS": "ICRS",
    }


BEAM = {"BMAJ": 4e-3, "BMIN": 3e-3, "BPA": 20.0, "BUNIT": "Jy/beam"}
FREQUENCY = {"CTYPE3": "FREQ", "CRVAL3": 888e6, "CRPIX3": 1.0, "CDELT3": 1e6, "CUNIT3": "Hz"}
STOKES = {"CTYPE4": "STOKES", "CRVAL4": 1.0, "CRPIX4": 1.0, "CDELT4": 1.0}


def header(cards: dict[str, Any]) -> fits.Header:
    made = fits.Header()
    for keyword, value in cards.items():
        for one in value if isinstance(value, list) else [value]:
            made[keyword] = one
    return made


def write(path: Path, data: Any = None, /, **cards: Any) -> Path:
    """A FITS image; cards that are ``None`` are left out."""
    pixels = noise() if data is None else np.asarray(data)
    base = sky_cards(pixels.shape[-1], pixels.shape[-2]) | BEAM
    told = {_keyword(name): value for name, value in cards.items()}
    merged = {name: value for name, value in (base | told).items() if value is not None}
    fits.writeto(path, pixels, header(merged), output_verify="silentfix")
    return path


def _keyword(name: str) -> str:
    """``DATE_OBS`` is no Python name for DATE-OBS; PC1_1 is one for itself."""
    return name.replace("_", "-") if name.startswith(("DATE", "MJD")) else name


def data_of(path: Path) -> Any:
    """The pixels (or the table's rows) of the first part of a FITS file that has any."""
    return fits.getdata(path)


def header_of(path: Path) -> Any:
    return fits.getheader(path)


def set_cards(path: Path, cards: dict[str, Any]) -> None:
    """Without touching the pixels as they are stored."""
    with fits.open(path, mode="update", do_not_scale_image_data=True) as parts:
        part: Any = parts[0]
        part.header.update(cards)

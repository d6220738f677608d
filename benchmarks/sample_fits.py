"""Files of images that no telescope took: noise and a few sources."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from astropy.io import fits

SIDE = 512


def make_images(directory: Path, number: int) -> list[Path]:
    """Images of 1 MB, each another piece of the sky; kept for the next run."""
    directory.mkdir(parents=True, exist_ok=True)
    files = [directory / f"epoch{index:04d}-I-image.fits" for index in range(number)]
    for index, path in enumerate(files):
        if not path.exists():
            part = path.with_suffix(".part")
            _image(index).writeto(part, overwrite=True)
            part.rename(path)
    return files


def _image(index: int) -> fits.PrimaryHDU:
    rng = np.random.default_rng(index)
    data = rng.normal(0, 1e-4, (SIDE, SIDE)).astype(np.float32)
    y, x = np.mgrid[-8:9, -8:9]
    beam = np.exp(-(x**2 + y**2) / 8)
    for row, column in rng.integers(20, SIDE - 20, (30, 2)):
        data[row - 8 : row + 9, column - 8 : column + 9] += rng.uniform(1e-3, 1e-1) * beam
    hdu = fits.PrimaryHDU(data)
    hdu.header.update(
        {
            "TELESCOP": "MeerKAT",
            "OBJECT": f"field{index % 50}",
            "DATE-OBS": f"2024-01-{index % 28 + 1:02d}T12:00:00",
            "BUNIT": "Jy/beam",
            "BMAJ": 12 / 3600,
            "BMIN": 10 / 3600,
            "BPA": 20.0,
            "CTYPE1": "RA---SIN",
            "CTYPE2": "DEC--SIN",
            "CRPIX1": SIDE / 2,
            "CRPIX2": SIDE / 2,
            "CRVAL1": index * 0.7 % 360,
            "CRVAL2": -30.0,
            "CDELT1": -2.5 / 3600,
            "CDELT2": 2.5 / 3600,
            "CUNIT1": "deg",
            "CUNIT2": "deg",
            "RADESYS": "ICRS",
            "RESTFRQ": 1.284e9,
        }
    )
    return hdu

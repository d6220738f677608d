"""Real images say what was measured of them, and where not there is a reason.

The files lie beside the repository, in ``../shared/data``, listed in ``MANIFEST.csv`` with what
astropy says of each header and of all pixels.
"""

from __future__ import annotations

import csv
import math
import os
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from mustela.files.failure import Unreadable
from mustela.radio.imaging.examine import examine
from mustela.radio.imaging.facts import ImageFacts, NotAnImage

DATA = Path(__file__).parents[4] / "shared" / "data"
MANIFEST = DATA / "MANIFEST.csv"

Row = dict[str, str]

BAND = "the manifest has the reference pixel's frequency; here it is the middle of the band"
ONE_PLANE = "the manifest has all planes; one is measured"
NOTED = "the beam is noted in the history, by AIPS"
VELOCITY = "the frequency of its velocity axis"

#: By file (without its folder) and field.
DIFFERENCES: dict[tuple[str, str], str] = {
    ("aegean_1904-66_SIN_cube.fits", "frequency"): BAND,
    ("alma_perplanebeam.fits", "frequency"): BAND,
    ("alma_m17_cube.fits", "frequency"): BAND,
    ("vla_imregion_iquv.fits", "frequency"): BAND,
    ("noise_4d_casa.fits", "frequency"): VELOCITY,
    ("aegean_1904-66_SIN_3d.fits", "peak"): ONE_PLANE,
    ("aegean_1904-66_SIN_psf.fits", "minimum"): ONE_PLANE,
    ("aegean_1904-66_SIN_psf.fits", "blank"): ONE_PLANE,
    ("alma_m17_cube.fits", "blank"): ONE_PLANE,
    ("alma_perplanebeam.fits", "peak"): ONE_PLANE,
    ("alma_perplanebeam.fits", "minimum"): ONE_PLANE,
    ("alma_m17_cube.fits", "peak"): ONE_PLANE,
    ("alma_m17_cube.fits", "minimum"): ONE_PLANE,
    ("noise_4d_casa.fits", "peak"): ONE_PLANE,
    ("noise_4d_casa.fits", "minimum"): ONE_PLANE,
    ("nvas_w51.imfits", "beam"): NOTED,
    ("missing_metadata.fits", "beam"): NOTED,
    ("alma_perplanebeam.fits", "beam"): "the median of its table of beams",
}
NO_IMAGES = {
    "aegean_1904_comp_renamed_cols.fits": "one-dimensional",
    "lofar_1d.fits": "one-dimensional",
    "lofar_image.h5": "HDF5",
}
UNREADABLE = {"empty2.fits"}


def rows() -> list[Row]:
    if not MANIFEST.exists():
        return []
    with MANIFEST.open(newline="") as file:
        found = [row for row in csv.DictReader(file) if row["file"].startswith("radio/")]
    kinds = {"fits-image", "fits-derived", "catalogue", "uvfits", "uvh5", "hdf5-image"}
    endings = (".fits", ".imfits", ".fz", ".gz", ".uvfits", ".uvh5", ".h5")
    return [row for row in found if row["kind"] in kinds and row["file"].endswith(endings)]


def close(found: float | None, said: str, *, rel: float = 1e-5, abs_tol: float = 0.0) -> bool:
    if not said or found is None:
        return not said and found is None
    return math.isclose(found, float(said), rel_tol=rel, abs_tol=abs_tol)


def same_beam(found: ImageFacts, row: Row) -> bool:
    def arcsec(said: str) -> str:
        return str(float(said) * 3600) if said else ""

    return (
        close(found.beam_major_arcsec, arcsec(row["bmaj_deg"]))
        and close(found.beam_minor_arcsec, arcsec(row["bmin_deg"]))
        and close(found.beam_pa_deg, row["bpa_deg"], abs_tol=1e-9)
    )


def same_scale(found: ImageFacts, row: Row) -> bool:
    sides = [float(side) for side in row["pixscale_arcsec"].split(" x ")]
    return close(found.pixel_scale_arcsec, str(math.sqrt(sides[0] * sides[1])))


def same_start(found: ImageFacts, row: Row) -> bool:
    """The manifest has the card as it stands: its day, at least, is the same."""
    said = row["date_obs"].replace("-", "")[:8]
    if not said:
        return found.start_mjd is None
    day = date(int(said[:4]), int(said[4:6]), int(said[6:]))
    days = (day - date(1858, 11, 17)).days
    return found.start_mjd is not None and math.floor(found.start_mjd) == days


def same_blank(found: ImageFacts, row: Row) -> bool:
    pixels = math.prod(int(length) for length in row["shape"].split("x"))
    return close(found.blank_fraction, str(int(row["n_nan"]) / pixels), abs_tol=1e-12)


def same_stokes(found: ImageFacts, row: Row) -> bool:
    first = {"": None, "1.0": "I", "4.0": "V"}[row["stokes"]]
    return (found.stokes or "")[:1] == (first or "")


def same_units(found: ImageFacts, row: Row) -> bool:
    return (found.units or "").upper() == row["bunit"].upper()


SAME: dict[str, Callable[[ImageFacts, Row], bool]] = {
    "size": lambda found, row: found.file_size == int(row["size"]),
    "hdu": lambda found, row: found.hdu == int(row["hdu"]),
    "shape": lambda found, row: (
        [found.height_px, found.width_px] == [int(n) for n in row["shape"].split("x")][-2:]
    ),
    "planes": lambda found, row: (
        found.n_planes == math.prod(int(n) for n in row["shape"].split("x")[:-2])
    ),
    "units": same_units,
    "beam": same_beam,
    "projection": lambda found, row: found.projection == row["ctypes"].split()[0][5:8],
    "centre": lambda found, row: (
        close(found.ra_deg, row["centre_ra_deg"], rel=0, abs_tol=1e-6)
        and close(found.dec_deg, row["centre_dec_deg"], rel=0, abs_tol=1e-6)
    ),
    "scale": same_scale,
    "frequency": lambda found, row: close(
        found.frequency_hz, row["freq_hz"].removeprefix("RESTFRQ "), rel=1e-9
    ),
    "stokes": same_stokes,
    "start": same_start,
    "telescope": lambda found, row: (found.telescope or "") == row["telescope"],
    "field": lambda found, row: (found.field or "") == row["object"],
    "blank": same_blank,
    "minimum": lambda found, row: close(found.min_jy, row["data_min"]),
    "peak": lambda found, row: close(found.peak_jy, row["data_max"]),
}


@pytest.mark.skipif(not MANIFEST.exists(), reason="the files of ../shared/data are not here")
@pytest.mark.parametrize("row", [pytest.param(row, id=row["file"][6:44]) for row in rows()])
def test_agrees_with_what_was_measured_but_for_the_listed_differences(row: Row) -> None:
    name = row["file"].removeprefix("radio/")
    path = os.fsencode(DATA / row["file"])
    if name in UNREADABLE:
        with pytest.raises(Unreadable):
            examine(path)
        return
    found = examine(path)
    if name in NO_IMAGES or row["kind"] not in {"fits-image", "fits-derived"}:
        assert isinstance(found, NotAnImage)
        assert NO_IMAGES.get(name, "") in found.reason
        return
    assert isinstance(found, ImageFacts)
    if name == "d_truncated.fits":
        assert found.flags == ("truncated",)
        checked = set(SAME) - {"blank", "minimum", "peak"}
        assert (found.blank_fraction, found.min_jy, found.peak_jy) == (None, None, None)
    else:
        assert "truncated" not in found.flags
        checked = set(SAME)
    different = {field for field in checked if not SAME[field](found, row)}
    assert different == {field for file, field in DIFFERENCES if file == name}

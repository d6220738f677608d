"""Real Measurement Sets and visibility files are as ``../shared/data/MANIFEST.csv`` has them."""

from __future__ import annotations

import csv
import json
import os
import re
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("astropy", reason="the extra mustela[radio] is not installed")
pytest.importorskip("casacore.tables", reason="python-casacore is not there for this machine")

from mustela.radio.visibilities.examine import examine
from mustela.radio.visibilities.measurement_set import antennas
from mustela.radio.visibilities.metadata import metadata
from mustela.radio.visibilities.raster_picture import raster
from mustela.radio.visibilities.subtables import CORRELATIONS

DATA = Path(__file__).parents[4] / "shared" / "data"
MANIFEST = DATA / "MANIFEST.csv"

pytestmark = pytest.mark.skipif(not MANIFEST.exists(), reason="../shared/data is not there")

SETS = [
    "racs_0635-31_beam0.ms.zip",
    "alma_mssel_small.ms.tgz",
    "wsrt_3c343.ms.tgz",
    "wsrt_bda_empty_pol.ms.tgz",
]
FILES = ["hera_2458098.uvh5", "hera_2459863_v1.2.uvh5", "hera_2458043.uvfits"]


def row_of(name: str) -> dict[str, str]:
    with MANIFEST.open(newline="") as file:
        return next(row for row in csv.DictReader(file) if row["file"] == f"radio/{name}")


def unpacked(name: str, into: Path) -> Path:
    packed = DATA / "radio" / name
    if name.endswith(".zip"):
        with zipfile.ZipFile(packed) as archive:
            archive.extractall(into)
    else:
        with tarfile.open(packed) as archive:
            archive.extractall(into, filter="data")
    (found,) = (place for place in into.iterdir() if (place / "table.dat").exists())
    return found


@pytest.mark.parametrize("name", SETS)
def test_a_real_set_is_as_it_was_measured(name: str, tmp_path: Path) -> None:
    row = row_of(name)
    ((_, measured),) = json.loads(row["other"])
    place = unpacked(name, tmp_path)
    found = examine(os.fsencode(place))
    assert found.telescope == row["telescope"]
    assert (found.n_rows, found.n_antennas) == (measured["rows"], measured["nant"])
    assert list(found.fields) == measured["fields"]
    # J2000 is FK5 here and ICRS in the catalog: they differ by 0.02 arcsec.
    ra, dec = measured["phase_dir_deg"]
    assert found.field_ra_deg[0] == pytest.approx(ra % 360, abs=1e-4)
    assert found.field_dec_deg[0] == pytest.approx(dec, abs=1e-4)
    assert [window.n_channels for window in found.spectral_windows] == measured["nchan"]
    assert found.frequency_min_hz == pytest.approx(measured["fmin"], rel=1e-12)
    assert found.frequency_max_hz == pytest.approx(measured["fmax"], rel=1e-12)
    # The manifest has centres of integrations.
    half = found.integration_seconds / 2
    assert found.start_mjd * 86400 + half == pytest.approx(measured["t0"], abs=half + 1e-3)
    assert found.end_mjd * 86400 - half == pytest.approx(measured["t1"], abs=half + 1e-3)
    assert set(found.columns) == set(measured["cols"]) - {"DATA_DESC_ID"}
    assert found.correlations == tuple(CORRELATIONS[code] for code in measured.get("corr", ()))
    flags = ("empty:POLARIZATION",) if "err_POLARIZATION" in measured else ()
    assert found.flags == flags
    listed = antennas(os.fsencode(place))
    assert len(listed) == measured["nant"]
    assert sum(antenna.n_baselines or 0 for antenna in listed) == 2 * found.n_baselines
    told = metadata(os.fsencode(place))
    assert sum(scan.n_rows for scan in told.scans) == measured["rows"]
    assert raster(os.fsencode(place), quantity="flag").is_exact


@pytest.mark.parametrize("name", FILES)
def test_a_real_file_is_as_it_was_measured(name: str) -> None:
    row = row_of(name)
    found: Any = examine(os.fsencode(DATA / "radio" / name))
    assert found.telescope == (row["telescope"] or "HERA")
    assert found.format == row["kind"]
    if row["freq_hz"]:
        low, high = map(float, row["freq_hz"].split(".."))
        assert found.frequency_min_hz == pytest.approx(low, abs=1.0)
        assert found.frequency_max_hz == pytest.approx(high, abs=1.0)
    said = dict(re.findall(r"(\w+)=(\d+)", row["other"]))
    assert found.n_rows == int(said.get("Nblts") or said["gcount"])
    days = re.search(r"JD ([\d.]+)\.\.([\d.]+)", row["other"])
    if days is not None:
        half = found.integration_seconds / 2 / 86400
        assert found.start_mjd + half == pytest.approx(float(days[1]) - 2400000.5, abs=1e-6)
        assert found.end_mjd - half == pytest.approx(float(days[2]) - 2400000.5, abs=1e-6)


def test_the_event_horizon_telescopes_file_is_a_set_of_visibilities() -> None:
    found: Any = examine(os.fsencode(DATA / "radio" / "eht_m87_095_hi.uvfits"))
    assert (found.format, found.fields, found.n_rows) == ("uvfits", ("M87",), 6458)
    assert (found.ra_deg, found.dec_deg) == pytest.approx((187.70593, 12.39112), abs=1e-4)
    assert 57848.0 < found.start_mjd < found.end_mjd < 57849.0

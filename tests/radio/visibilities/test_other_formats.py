"""UVH5 and UVFITS headers, and whose turn it is for every other file."""

from __future__ import annotations

import os
import sys
import types
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("astropy", reason="the extra mustela[radio] is not installed")
pytest.importorskip("h5py", reason="the extra mustela[radio] is not installed")

import h5py
import numpy as np
from astropy.io import fits

from mustela.files.examination import NotAnItem
from mustela.files.failure import Unreadable
from mustela.radio.visibilities.examine import examine

DAY = 59064.0
JD = DAY + 2400000.5


def make_uvh5(path: Path, **changes: Any) -> Path:
    """Three antennas, two times; the catalog of version 1 unless it is changed."""
    rows = 6
    header: dict[str, Any] = {
        "telescope_name": b"HERA",
        "antenna_names": np.array([b"A", b"B", b"C"]),
        "ant_1_array": np.array([0, 0, 1] * 2),
        "ant_2_array": np.array([0, 1, 2] * 2),
        "time_array": np.repeat([JD + 5 / 86400, JD + 15 / 86400], 3),
        "integration_time": np.full(rows, 10.0),
        "freq_array": np.array([1.0e8, 1.1e8, 3.0e8]),
        "channel_width": np.full(3, 1.0e7),
        "spw_array": np.array([0]),
        "polarization_array": np.array([-5, -6]),
        "phase_center_id_array": np.array([4, 4, 4, 9, 9, 9]),
        **changes,
    }
    with h5py.File(path, "w") as file:
        group = file.create_group("Header")
        for name, value in header.items():
            if value is not None:
                group[name] = value
        if "phase_type" not in header:
            for key, source, ra in ((4, b"Alpha", 0.1), (9, b"Beta", 0.2)):
                one = group.create_group(f"phase_center_catalog/{key}")
                one["cat_name"], one["cat_type"], one["cat_frame"] = source, b"sidereal", b"icrs"
                one["cat_lon"], one["cat_lat"] = ra, -0.5
        flags = np.zeros((rows, 3, 2), dtype=bool)
        flags[0] = True
        file["Data/flags"] = flags
    return path


def test_a_uvh5_header_is_read(tmp_path: Path) -> None:
    found = examine(os.fsencode(make_uvh5(tmp_path / "x.uvh5")))
    assert (found.format, found.telescope) == ("uvh5", "HERA")
    assert (found.n_rows, found.n_antennas, found.n_baselines) == (6, 3, 2)
    assert found.correlations == ("XX", "YY")
    assert found.fields == ("Alpha", "Beta")
    assert found.field_ra_deg == pytest.approx(np.degrees([0.1, 0.2]))
    assert (found.ra_deg, found.dec_deg) == pytest.approx(np.degrees([0.1, -0.5]))
    assert found.start_mjd == pytest.approx(DAY, abs=1e-8)
    assert found.duration_seconds == pytest.approx(20.0, abs=1e-3)
    assert (found.n_spws, found.n_channels) == (1, 3)
    assert (found.frequency_min_hz, found.frequency_max_hz) == (1.0e8, 3.0e8)
    assert (found.flagged_fraction, found.flagged_is_exact) == (pytest.approx(1 / 6), True)
    assert found.flags == ()


def test_windows_that_are_told_apart_by_channel_are_windows(tmp_path: Path) -> None:
    made = make_uvh5(
        tmp_path / "x.uvh5", spw_array=np.array([1, 2]), flex_spw_id_array=np.array([1, 1, 2])
    )
    found = examine(os.fsencode(made))
    assert [window.n_channels for window in found.spectral_windows] == [2, 1]
    assert [window.frequency_max_hz for window in found.spectral_windows] == [1.1e8, 3.0e8]


def test_of_the_first_version_the_one_direction_is_read_and_a_drift_has_none(
    tmp_path: Path,
) -> None:
    old = {"phase_center_id_array": None, "object_name": b"Gamma"}
    made = make_uvh5(
        tmp_path / "phased.uvh5",
        **old,
        phase_type=b"phased",
        phase_center_ra=0.3,
        phase_center_dec=0.4,
        phase_center_frame=b"icrs",
    )
    found = examine(os.fsencode(made))
    assert (found.fields, found.ra_deg) == (("Gamma",), pytest.approx(np.degrees(0.3)))
    found = examine(os.fsencode(make_uvh5(tmp_path / "drift.uvh5", **old, phase_type=b"drift")))
    assert (found.fields, found.ra_deg) == (("Gamma",), None)


def test_a_uvh5_file_with_less_in_it_says_less(tmp_path: Path) -> None:
    made = make_uvh5(tmp_path / "x.uvh5", time_array=np.zeros(6), phase_center_id_array=None)
    with h5py.File(made, "a") as file:
        del file["Data/flags"]
    found = examine(os.fsencode(made))
    assert found.flags == ("unreadable:FIELD", "unreadable:FLAG", "times_impossible")
    assert (found.start_mjd, found.flagged_fraction, found.n_rows) == (None, None, 6)
    made = make_uvh5(tmp_path / "y.uvh5", freq_array=None)
    with pytest.raises(Unreadable, match="no sound UVH5 file") as failure:
        examine(os.fsencode(made))
    assert failure.value.stage == "header"


def test_what_lies_in_another_file_is_not_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"a password")
    for number in range(3):
        made = make_uvh5(tmp_path / f"{number}.uvh5")
        with h5py.File(made, "a") as file:
            header: Any = file["Header"]
            del header["telescope_name"]
            if number == 0:
                place = [(str(secret), 0, 10)]
                header.create_dataset("telescope_name", (1,), "S10", external=place)
            elif number == 1:
                header["telescope_name"] = h5py.ExternalLink("other.h5", "/Header")
            else:
                layout = h5py.VirtualLayout((1,), "i4")
                layout[0] = h5py.VirtualSource("other.h5", "x", (1,))[0]
                header.create_virtual_dataset("telescope_name", layout)
        with pytest.raises(Unreadable, match="telescope_name lies in another file"):
            examine(os.fsencode(made))


def test_other_hdf5_files_are_nothing_of_ours_and_half_a_file_is_unreadable(
    tmp_path: Path,
) -> None:
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file["something"] = 1
    assert isinstance(examine(os.fsencode(tmp_path / "x.h5")), NotAnItem)
    made = make_uvh5(tmp_path / "y.uvh5")
    made.write_bytes(made.read_bytes()[:500])
    with pytest.raises(Unreadable, match="HDF5 cannot open it"):
        examine(os.fsencode(made))


def make_uvfits(path: Path, *tables: Any, **header: Any) -> Path:
    """Six groups of two channels and two polarizations."""
    weights = np.ones((6, 1, 1, 1, 2, 2, 3), dtype="f4")
    weights[0, ..., 2] = 0.0
    data = fits.GroupData(
        weights,
        bitpix=-32,
        parnames=["UU", "BASELINE", "DATE", "DATE", "INTTIM"],
        pardata=[
            np.zeros(6),
            np.array([257.0, 258.0, 515.0] * 2),
            np.full(6, JD),  # a half-integer, which 32 bits hold exactly
            np.repeat([5.0, 15.0], 3) / 86400,
            np.full(6, 10.0),
        ],
    )
    made = fits.GroupsHDU(data)
    axes = {"COMPLEX": (1, 1), "STOKES": (-1, -1), "FREQ": (1.0e9, 1.0e6), "IF": (1, 1)}
    for number, (name, (value, step)) in enumerate(axes.items(), 2):
        made.header[f"CTYPE{number}"] = name
        made.header[f"CRVAL{number}"] = value
        made.header[f"CDELT{number}"] = step
        made.header[f"CRPIX{number}"] = 1.0
    for number, (name, value) in enumerate({"RA": 10.0, "DEC": -30.0}.items(), 6):
        made.header[f"CTYPE{number}"] = name
        made.header[f"CRVAL{number}"] = value
    made.header.update({"OBJECT": "Alpha", "TELESCOP": "VLA", "EPOCH": 2000.0, **header})
    fits.HDUList([made, *tables]).writeto(path)
    return path


def antenna_table(scale: str) -> Any:
    names = fits.Column("ANNAME", "8A", array=["A", "B", "C"])
    made = fits.BinTableHDU.from_columns([names], name="AIPS AN")
    made.header["TIMSYS"] = scale
    return made


def test_a_uvfits_header_is_read(tmp_path: Path) -> None:
    found = examine(os.fsencode(make_uvfits(tmp_path / "x.uvfits", antenna_table("UTC"))))
    assert (found.format, found.telescope, found.fields) == ("uvfits", "VLA", ("Alpha",))
    assert (found.n_rows, found.n_antennas, found.n_baselines) == (6, 3, 2)
    assert found.correlations == ("RR", "LL")
    assert (found.ra_deg, found.dec_deg) == pytest.approx((10.0, -30.0), abs=1e-4)
    assert (found.frequency_min_hz, found.frequency_max_hz) == (1.0e9, 1.001e9)
    assert found.start_mjd == pytest.approx(DAY, abs=1e-7)
    assert found.duration_seconds == pytest.approx(20.0, abs=0.02)
    assert found.integration_seconds == 10.0
    assert found.flagged_fraction == pytest.approx(1 / 6)
    assert found.flags == ()


def test_atomic_time_of_uvfits_becomes_utc(tmp_path: Path) -> None:
    found = examine(os.fsencode(make_uvfits(tmp_path / "x.uvfits", antenna_table("IAT"))))
    assert found.start_mjd == pytest.approx(DAY - 37 / 86400, abs=1e-7)
    found = examine(os.fsencode(make_uvfits(tmp_path / "y.uvfits", antenna_table("MOON"))))
    assert (found.start_mjd, found.flags) == (None, ("time_scale_unknown",))


def test_windows_and_sources_of_uvfits_stand_in_tables(tmp_path: Path) -> None:
    setups = fits.BinTableHDU.from_columns(
        [
            fits.Column("IF FREQ", "2D", array=[[0.0, 5.0e8]]),
            fits.Column("CH WIDTH", "2E", array=[[1.0e6, 2.0e6]]),
        ],
        name="AIPS FQ",
    )
    sources = fits.BinTableHDU.from_columns(
        [
            fits.Column("ID. NO.", "1J", array=[1, 2]),
            fits.Column("SOURCE", "16A", array=["Beta", "Gamma"]),
            fits.Column("RAEPO", "1D", array=[20.0, 30.0]),
            fits.Column("DECEPO", "1D", array=[1.0, 2.0]),
            fits.Column("EPOCH", "1D", array=[2000.0, 2017.5]),
        ],
        name="AIPS SU",
    )
    found = examine(os.fsencode(make_uvfits(tmp_path / "x.fits", setups, sources)))
    assert [w.frequency_min_hz for w in found.spectral_windows] == [1.0e9, 1.5e9]
    assert [w.channel_width_hz for w in found.spectral_windows] == [1.0e6, 2.0e6]
    assert found.fields == ("Beta", "Gamma")
    assert found.field_dec_deg == (pytest.approx(1.0, abs=1e-4), None)
    assert found.flags == ("direction_frame_unknown",)


def test_half_a_uvfits_file_is_unreadable(tmp_path: Path) -> None:
    made = make_uvfits(tmp_path / "x.uvfits")
    made.write_bytes(made.read_bytes()[:2880])
    with pytest.raises(Unreadable, match="no sound UVFITS file"):
        examine(os.fsencode(made))


def test_every_other_file_is_asked_of_the_images(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    images = types.ModuleType("mustela.radio.imaging.examine")
    monkeypatch.setattr(images, "examine", lambda path: ("image", path), raising=False)
    monkeypatch.setitem(sys.modules, "mustela.radio.imaging", types.ModuleType("imaging"))
    monkeypatch.setitem(sys.modules, "mustela.radio.imaging.examine", images)
    fits.PrimaryHDU(np.zeros((4, 4))).writeto(tmp_path / "x.fits")
    (tmp_path / "x.image").mkdir()
    (tmp_path / "x.image" / "table.info").write_text("Type = Image\nSubType = \n")
    (tmp_path / "notes").write_text("SIMPLE?")
    for name in ("x.fits", "x.image", "notes"):
        path = os.fsencode(tmp_path / name)
        assert examine(path) == ("image", path)

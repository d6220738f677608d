"""What a calibration table says of itself."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import msgspec
import pytest

pytest.importorskip("astropy", reason="the extra mustela[radio] is not installed")
pytest.importorskip("casacore.tables", reason="python-casacore is not there for this machine")

from casacore.tables import table

from mustela.radio.visibilities.examine import examine
from mustela.radio.visibilities.facts import CalibrationTableFacts
from tests.radio.visibilities.small_ms import DAY, make_calibration, make_ms


@pytest.fixture
def made(tmp_path: Path) -> Path:
    return make_calibration(tmp_path / "x.bcal", subtables_of=make_ms(tmp_path / "x.ms"))


def facts(path: Path) -> CalibrationTableFacts:
    found = examine(os.fsencode(path))
    assert isinstance(found, CalibrationTableFacts)
    packed = msgspec.msgpack.encode(found)
    assert msgspec.msgpack.decode(packed, type=CalibrationTableFacts) == found
    return found


def test_it_says_its_kind_its_times_and_its_reference(made: Path) -> None:
    found = facts(made)
    assert (found.cal_type, found.ms_name) == ("B Jones", "x.ms")
    assert found.start_mjd == DAY
    assert found.end_mjd == pytest.approx(DAY + 600 / 86400)
    assert found.mid_mjd == pytest.approx(DAY + 300 / 86400)
    assert found.reference_antennas == ("A1",)
    assert (found.n_antennas, found.n_solutions) == (4, 3)
    assert found.flagged_fraction == pytest.approx(1 / 12)
    assert found.flagged_is_exact
    assert (found.spectral_windows, found.fields) == ((0,), ("Alpha",))
    assert (found.frequency_min_hz, found.frequency_max_hz) == (1.0e9, 1.003e9)
    assert len(found.fingerprint) == 16
    assert found.flags == ()


@pytest.mark.parametrize("kind", ["K Jones", "G Jones", "B TSYS"])
def test_every_kind_is_told_as_the_table_names_it(tmp_path: Path, kind: str) -> None:
    ms = make_ms(tmp_path / "x.ms")
    assert facts(make_calibration(tmp_path / "x", kind=kind, subtables_of=ms)).cal_type == kind


def test_the_kind_stands_in_its_info_too(made: Path) -> None:
    with table(str(made), readonly=False, ack=False) as opened:
        opened.removekeyword("VisCal")
        opened.removekeyword("MSName")
    found = facts(made)
    assert (found.cal_type, found.ms_name) == ("B Jones", None)


def test_reference_antennas_come_by_use_and_none_is_none(tmp_path: Path) -> None:
    ms = make_ms(tmp_path / "x.ms")
    several: Any = [(0.0, 0, 3), (0.0, 1, 2), (0.0, 2, 2), (0.0, 3, -1)]
    made = make_calibration(tmp_path / "a", solutions=several, subtables_of=ms)
    assert facts(made).reference_antennas == ("A2", "A3")
    made = make_calibration(tmp_path / "b", solutions=[(0.0, 0, -1)], subtables_of=ms)
    assert facts(made).reference_antennas == ()


def test_a_table_without_solutions_is_still_one(tmp_path: Path) -> None:
    ms = make_ms(tmp_path / "x.ms")
    found = facts(make_calibration(tmp_path / "x.g", solutions=(), subtables_of=ms))
    assert (found.n_solutions, found.start_mjd, found.flagged_fraction) == (0, None, None)
    assert (found.spectral_windows, found.fields, found.flags) == ((), (), ("empty:MAIN",))


def test_what_is_missing_costs_only_what_it_says(made: Path) -> None:
    shutil.rmtree(made / "SPECTRAL_WINDOW")
    with table(str(made), readonly=False, ack=False) as opened:
        opened.removecols(["FLAG"])
    found = facts(made)
    assert found.flags == ("unreadable:SPECTRAL_WINDOW", "unreadable:FLAG")
    assert (found.frequency_min_hz, found.flagged_fraction) == (None, None)
    assert found.reference_antennas == ("A1",)

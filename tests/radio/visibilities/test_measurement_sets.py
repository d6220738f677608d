"""What a Measurement Set says of itself, whole or broken."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

pytest.importorskip("astropy", reason="the extra mustela[radio] is not installed")
pytest.importorskip("casacore.tables", reason="python-casacore is not there for this machine")

import numpy as np
from astropy.coordinates import FK4, Galactic, SkyCoord
from casacore.tables import table

from mustela.files.examination import NotAnItem
from mustela.files.failure import Unreadable
from mustela.radio.visibilities import measurement_set, rows
from mustela.radio.visibilities.examine import examine
from mustela.radio.visibilities.facts import MeasurementSetFacts
from mustela.radio.visibilities.measurement_set import antennas
from mustela.radio.visibilities.metadata import metadata
from tests.radio.visibilities.small_ms import DAY, SmallMs, Window, make_ms

TWO = SmallMs(
    windows=(Window(), Window((2.0e9, 1.9e9), -0.1e9)),
    fields=(("Alpha", 10.0, -30.0), ("Beta", 359.99, 89.0)),
    times=4,
)


def facts(path: Path) -> MeasurementSetFacts:
    found = examine(os.fsencode(path))
    assert isinstance(found, MeasurementSetFacts)
    # It travels from the child unchanged.
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(found), type=MeasurementSetFacts) == found
    return found


def edit(path: Path, column: str, values: Any) -> None:
    with table(str(path), readonly=False, ack=False) as main:
        main.putcol(column, values)


def test_it_says_who_observed_what_and_when(tmp_path: Path) -> None:
    found = facts(make_ms(tmp_path / "x.ms"))
    assert (found.format, found.telescope, found.observer) == ("ms", "WSRT", "somebody")
    assert found.project is None
    assert (found.fields, found.n_fields) == (("Alpha",), 1)
    assert found.ra_deg == pytest.approx(10.0, abs=1e-4)
    assert found.dec_deg == pytest.approx(-30.0, abs=1e-4)
    assert (found.n_rows, found.n_antennas, found.n_baselines) == (50, 4, 6)
    assert found.correlations == ("XX", "YY")
    assert found.columns == ("DATA",)
    assert found.integration_seconds == 10.0
    assert found.start_mjd == pytest.approx(DAY, abs=1e-9)
    assert found.end_mjd == pytest.approx(DAY + 50 / 86400, abs=1e-9)
    assert found.mid_mjd == pytest.approx(DAY + 25 / 86400, abs=1e-9)
    assert found.duration_seconds == pytest.approx(50.0, abs=1e-4)
    assert (found.flagged_fraction, found.flagged_is_exact) == (0.0, True)
    assert (found.stage, found.calibration_applied, found.flags) == (None, (), ())


def test_links_that_lead_elsewhere_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    place = make_ms(tmp_path / "root" / "x.ms")
    secret = make_ms(tmp_path / "secret.ms")
    shutil.rmtree(place / "ANTENNA")
    (place / "ANTENNA").symlink_to(secret / "ANTENNA")
    with pytest.raises(Unreadable, match="ANTENNA is a link that leads elsewhere"):
        facts(place)
    with pytest.raises(Unreadable, match="ANTENNA is a link that leads elsewhere"):
        antennas(str(place))
    (place / "ANTENNA").unlink()
    beside = make_ms(tmp_path / "root" / "y.ms")
    (place / "ANTENNA").symlink_to(beside / "ANTENNA")
    assert facts(place).n_antennas == 4


def test_rows_of_a_table_that_lies_elsewhere_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    for parent, readable in ((tmp_path, False), (tmp_path / "root", True)):
        make_ms(parent / "whole.ms")
        place = tmp_path / "root" / f"part{readable}.ms"
        with (
            table(str(parent / "whole.ms"), ack=False) as whole,
            whole.query("ANTENNA1==0") as some,
        ):
            some.copy(str(place), deep=False).close()
        if readable:
            assert facts(place).n_rows == 20
        else:
            with pytest.raises(Unreadable, match="refers to rows of a table that lies elsewhere"):
                facts(place)


def test_windows_may_run_downwards_and_differ(tmp_path: Path) -> None:
    found = facts(make_ms(tmp_path / "x.ms", TWO))
    first, second = found.spectral_windows
    assert (first.frequency_min_hz, first.frequency_max_hz) == (1.0e9, 1.003e9)
    assert (first.n_channels, first.channel_width_hz, first.bandwidth_hz) == (4, 1.0e6, 4.0e6)
    assert (second.frequency_min_hz, second.frequency_max_hz) == (1.9e9, 2.0e9)
    assert (second.frequency_centre_hz, second.channel_width_hz) == (1.95e9, 0.1e9)
    assert (found.frequency_min_hz, found.frequency_max_hz) == (1.0e9, 2.0e9)
    assert (found.n_spws, found.n_channels) == (2, 6)
    assert found.flags == ()


def test_the_pointing_is_that_of_the_field_with_the_most_rows(tmp_path: Path) -> None:
    found = facts(make_ms(tmp_path / "x.ms", replace(TWO, times=3)))
    assert found.ra_deg == found.field_ra_deg[0]
    place = make_ms(tmp_path / "y.ms", replace(TWO, times=1))
    with table(str(place), ack=False) as main:
        count = main.nrows()
    edit(place, "FIELD_ID", np.ones(count, dtype=int))
    found = facts(place)
    assert found.ra_deg == found.field_ra_deg[1] == pytest.approx(359.99, abs=1e-3)


@pytest.mark.parametrize("frame", ["ICRS", "GALACTIC", "B1950"])
def test_directions_of_other_frames_become_icrs(tmp_path: Path, frame: str) -> None:
    found = facts(make_ms(tmp_path / "x.ms", SmallMs(frame=frame)))
    kinds = {"GALACTIC": Galactic(), "B1950": FK4(equinox="B1950"), "ICRS": "icrs"}
    expected: Any = SkyCoord(10.0, -30.0, unit="deg", frame=kinds[frame]).icrs
    assert found.ra_deg == pytest.approx(expected.ra.deg, abs=1e-9)
    assert found.dec_deg == pytest.approx(expected.dec.deg, abs=1e-9)


def test_a_direction_that_needs_a_place_and_a_time_is_not_invented(tmp_path: Path) -> None:
    found = facts(make_ms(tmp_path / "x.ms", SmallMs(frame="AZEL")))
    assert (found.fields, found.ra_deg, found.field_ra_deg) == (("Alpha",), None, (None,))
    assert found.flags == ("direction_frame_unknown",)


def test_atomic_time_becomes_utc(tmp_path: Path) -> None:
    found = facts(make_ms(tmp_path / "x.ms", SmallMs(scale="TAI")))
    assert found.start_mjd == pytest.approx(DAY - 37 / 86400, abs=1e-9)  # 37 s since 2017
    found = facts(make_ms(tmp_path / "y.ms", SmallMs(scale="TT")))
    assert found.start_mjd == pytest.approx(DAY - 69.184 / 86400, abs=1e-9)
    found = facts(make_ms(tmp_path / "z.ms", SmallMs(scale="LAST")))
    assert (found.start_mjd, found.duration_seconds) == (None, None)
    assert found.flags == ("time_scale_unknown",)


def test_absurd_times_are_flagged_and_left_out(tmp_path: Path) -> None:
    place = make_ms(tmp_path / "x.ms")
    edit(place, "TIME", np.zeros(50))
    found = facts(place)
    assert (found.start_mjd, found.flags) == (None, ("times_impossible",))
    assert found.n_baselines == 6


def test_flags_of_visibilities_and_of_rows_count_once(tmp_path: Path) -> None:
    place = make_ms(tmp_path / "x.ms", SmallMs(times=1))  # 10 rows of 4 x 2
    flags = np.zeros((10, 4, 2), dtype=bool)
    flags[0, :2] = True
    flags[1] = True
    flag_row = np.zeros(10, dtype=bool)
    flag_row[1:3] = True
    edit(place, "FLAG", flags)
    edit(place, "FLAG_ROW", flag_row)
    assert facts(place).flagged_fraction == pytest.approx((4 + 16) / 80)


def test_of_a_large_set_a_sample_of_rows_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = make_ms(tmp_path / "x.ms", SmallMs(times=40))  # 400 rows of 8 visibilities
    flags = np.zeros((400, 4, 2), dtype=bool)
    flags[::2] = True
    edit(place, "FLAG", flags)
    monkeypatch.setattr(rows, "CHUNK_CELLS", 8 * 10)
    monkeypatch.setattr(rows, "MOST_CELL_CHUNKS", 4)
    found = facts(place)
    assert (found.flagged_fraction, found.flagged_is_exact) == (0.5, False)
    monkeypatch.setattr(rows, "CHUNK_ROWS", 10)
    monkeypatch.setattr(rows, "MOST_CHUNKS", 4)
    found = facts(place)
    assert found.flags == ("rows_sampled",)
    assert found.start_mjd == pytest.approx(DAY, abs=1e-9)
    assert found.duration_seconds == pytest.approx(400, abs=1e-3)


def test_chunks_are_spread_evenly_and_hold_the_ends() -> None:
    assert list(rows.spread(0, 10, 4)) == []
    assert list(rows.spread(25, 10, 4)) == [(0, 10), (10, 10), (20, 5)]
    assert list(rows.spread(95, 10, 4)) == [(0, 10), (30, 10), (60, 10), (90, 5)]
    assert list(rows.spread(95, 10, 2)) == [(0, 10), (90, 5)]


def test_tables_that_history_says_were_applied_are_named(tmp_path: Path) -> None:
    history = (
        ("applycal", "taskname=applycal"),
        ("applycal", "gaintable           = ['a.K', '/data/b.B']"),
        ("applycal", "gaintable           = 'c.G'"),
        ("applycal", "gaintable = ['a.K']"),
        ("applycal", "gaintable = broken["),
        ("applycal", "gaintable = []"),
        ("gaincal", "gaintable = ['not.applied']"),
    )
    found = facts(make_ms(tmp_path / "x.ms", SmallMs(history=history)))
    assert found.calibration_applied == ("a.K", "/data/b.B", "c.G")
    assert found.stage == "calibrated"


def test_corrected_data_count_where_they_differ_from_the_data(tmp_path: Path) -> None:
    place = make_ms(tmp_path / "x.ms", SmallMs(corrected=True))
    found = facts(place)
    assert found.columns == ("DATA", "CORRECTED_DATA")
    assert found.stage is None  # only a copy, as programs make it to begin with
    edit(place, "CORRECTED_DATA", np.full((50, 4, 2), 2 + 0j))
    assert facts(place).stage == "calibrated"


def test_a_set_without_rows_is_still_one(tmp_path: Path) -> None:
    found = facts(make_ms(tmp_path / "x.ms", SmallMs(times=0)))
    assert (found.n_rows, found.n_baselines, found.start_mjd) == (0, None, None)
    assert (found.n_antennas, found.fields) == (4, ("Alpha",))
    assert (found.flagged_fraction, found.flagged_is_exact) == (None, None)
    assert found.flags == ("empty:MAIN",)


@pytest.mark.parametrize(
    "name", ["ANTENNA", "FIELD", "SPECTRAL_WINDOW", "POLARIZATION", "OBSERVATION", "HISTORY"]
)
def test_a_missing_subtable_costs_only_what_it_says(tmp_path: Path, name: str) -> None:
    place = make_ms(tmp_path / "x.ms")
    shutil.rmtree(place / name)
    found = facts(place)
    assert found.flags == (f"unreadable:{name}",)
    assert found.n_rows == 50
    assert found.start_mjd == pytest.approx(DAY, abs=1e-9)
    assert (found.n_antennas is None) == (name == "ANTENNA")
    assert (found.n_spws is None) == (name == "SPECTRAL_WINDOW")
    assert (found.correlations == ()) == (name == "POLARIZATION")


def test_an_empty_polarization_table_is_flagged(tmp_path: Path) -> None:
    place = make_ms(tmp_path / "x.ms")
    with table(f"{place}/POLARIZATION", readonly=False, ack=False) as setups:
        setups.removerows([0])
    found = facts(place)
    assert (found.correlations, found.flags) == ((), ("empty:POLARIZATION",))
    assert found.flagged_fraction == 0.0


def test_columns_that_are_not_there_cost_only_what_they_say(tmp_path: Path) -> None:
    place = make_ms(tmp_path / "x.ms")
    with table(str(place), readonly=False, ack=False) as main:
        main.removecols(["FLAG", "INTERVAL"])
    found = facts(place)
    assert found.flags == ("unreadable:FLAG", "unreadable:INTERVAL")
    assert (found.flagged_fraction, found.integration_seconds) == (None, None)
    assert found.start_mjd == pytest.approx(DAY + 5 / 86400, abs=1e-9)


def test_a_damaged_main_table_is_unreadable(tmp_path: Path) -> None:
    place = make_ms(tmp_path / "x.ms")
    (place / "table.dat").write_bytes((place / "table.dat").read_bytes()[:100])
    with pytest.raises(Unreadable, match="casacore cannot open it") as failure:
        examine(os.fsencode(place))
    assert failure.value.stage == "open"


def test_a_subtable_is_nothing_of_ours(tmp_path: Path) -> None:
    place = make_ms(tmp_path / "x.ms")
    assert isinstance(examine(os.fsencode(place / "ANTENNA")), NotAnItem)
    (place / "ANTENNA" / "table.info").unlink()
    with pytest.raises(Unreadable, match=r"table\.info"):
        examine(os.fsencode(place / "ANTENNA"))


@pytest.mark.parametrize("name", [b"$HOME.ms", b"a::b.ms", b"\xff.ms"])
def test_names_that_casacore_misreads_are_refused(tmp_path: Path, name: bytes) -> None:
    made = make_ms(tmp_path / "x.ms")
    place = os.fsencode(tmp_path) + b"/" + name
    os.rename(os.fsencode(made), place)  # noqa: PTH104  # bytes
    with pytest.raises(Unreadable, match="casacore reads no names"):
        examine(place)


def test_without_casacore_the_reason_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str) -> Any:
        raise ModuleNotFoundError(f"No module named {name}", name="casacore.tables")

    place = make_ms(tmp_path / "x.ms")
    with monkeypatch.context() as patch:
        patch.setattr("importlib.import_module", missing)
        with pytest.raises(Unreadable, match="not there for this machine") as failure:
            examine(os.fsencode(place))
    assert failure.value.stage == "library"


def test_reading_leaves_every_member_as_it_was(tmp_path: Path) -> None:
    place = make_ms(tmp_path / "x.ms")

    def members() -> dict[Path, tuple[int, int]]:
        return {p: (p.stat().st_size, p.stat().st_mtime_ns) for p in place.rglob("*")}

    before = members()
    facts(place)
    antennas(os.fsencode(place))
    metadata(place.as_posix())
    assert members() == before


def test_antennas_have_places_baselines_and_flags(tmp_path: Path) -> None:
    place = make_ms(tmp_path / "x.ms", SmallMs(times=1))
    flags = np.zeros((10, 4, 2), dtype=bool)
    flags[1] = True  # antennas 0 and 1
    edit(place, "FLAG", flags)
    found = antennas(os.fsencode(place))
    assert [antenna.name for antenna in found] == ["A0", "A1", "A2", "A3"]
    assert [antenna.n_baselines for antenna in found] == [3, 3, 3, 3]
    assert [antenna.flagged_fraction for antenna in found] == [0.25, 0.25, 0.0, 0.0]
    assert [antenna.east_m for antenna in found] == pytest.approx([-150, -50, 50, 150], abs=0.1)
    assert [antenna.north_m for antenna in found] == pytest.approx([0, 0, 0, 0], abs=1e-6)
    assert [antenna.up_m for antenna in found] == pytest.approx([0, 0, 0, 0], abs=0.1)
    assert (found[0].station, found[0].mount, found[0].diameter_m) == ("S0", "ALT-AZ", 12.0)


def test_antennas_of_a_set_without_rows_have_no_baselines(tmp_path: Path) -> None:
    place = make_ms(tmp_path / "x.ms", SmallMs(times=0))
    assert [a.n_baselines for a in measurement_set.antennas(str(place))] == [None] * 4


def test_an_antenna_without_a_position_has_none(tmp_path: Path) -> None:
    place = make_ms(tmp_path / "x.ms", SmallMs(times=0))
    with table(f"{place}/ANTENNA", readonly=False, ack=False) as listed:
        listed.putcell("POSITION", 1, np.zeros(3))
        listed.putcell("POSITION", 2, np.full(3, np.nan))
    found = antennas(str(place))
    assert [antenna.east_m is None for antenna in found] == [False, True, True, False]


def test_metadata_tell_scans_intents_and_history(tmp_path: Path) -> None:
    place = make_ms(tmp_path / "x.ms", replace(TWO, history=(("somebody", "did something"),)))
    found = metadata(os.fsencode(place))
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(found), type=type(found)) == found
    assert [(field.name, field.n_rows) for field in found.fields] == [("Alpha", 40), ("Beta", 40)]
    assert [scan.number for scan in found.scans] == [1, 2]
    assert [scan.fields for scan in found.scans] == [(0,), (1,)]
    assert [scan.n_rows for scan in found.scans] == [40, 40]
    assert found.scans[0].start_mjd == pytest.approx(DAY + 5 / 86400, abs=1e-9)
    assert found.scans[0].end_mjd == pytest.approx(DAY + 25 / 86400, abs=1e-9)
    intents = ("CALIBRATE_WVR#ON_SOURCE", "OBSERVE_TARGET#ON_SOURCE")
    assert found.intents == found.scans[0].intents == intents
    assert found.polarization_setups == (("XX", "YY"),)
    (line,) = found.history
    assert (line.at_mjd, line.origin, line.message) == (DAY, "somebody", "did something")
    assert found.n_antennas == 4
    assert "TIME" in found.columns


WRITER = """
import sys
from casacore.tables import table
with table(sys.argv[1], readonly=False, lockoptions="user", ack=False) as written:
    written.lock(True)
    print("locked", flush=True)
    sys.stdin.readline()
    written.addrows(1)
    print(written.haslock(True), flush=True)
"""


def test_it_is_read_beside_a_writer_that_keeps_its_lock(tmp_path: Path) -> None:
    place = make_ms(tmp_path / "x.ms")
    lock = place / "table.lock"
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(place)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with writer:
        assert writer.stdin is not None
        assert writer.stdout is not None
        assert writer.stdout.readline() == "locked\n"
        before = lock.read_bytes()
        assert facts(place).n_rows == 50
        assert len(antennas(str(place))) == 4
        assert lock.read_bytes() == before
        writer.stdin.write("\n")
        writer.stdin.flush()
        assert writer.stdout.readline() == "True\n"
    assert facts(place).n_rows == 51

"""Rasters are averages of what is not flagged, made in chunks."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import msgspec
import pytest

pytest.importorskip("astropy", reason="the extra mustela[radio] is not installed")
pytest.importorskip("casacore.tables", reason="python-casacore is not there for this machine")

import numpy as np
from casacore.tables import makearrcoldesc, maketabdesc, table
from PIL import Image

from mustela.files.failure import Unreadable
from mustela.radio.visibilities import raster as raster_module
from mustela.radio.visibilities.pictured import RasterPicture
from mustela.radio.visibilities.raster import Selection, rasterise
from mustela.radio.visibilities.raster_picture import raster
from mustela.radio.visibilities.rows import spread
from tests.radio.visibilities.small_ms import DAY, SmallMs, Window, make_ms

MS = SmallMs(antennas=3, times=4)  # 4 times of 6 rows of 4 channels of XX and YY


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """Data of row r, channel c, correlation p: 1 + r + 100 c, turned by a right angle for YY."""
    place = make_ms(tmp_path / "x.ms", MS)
    put(place, "DATA", values())
    return place


def values() -> Any:
    row, channel = np.arange(24)[:, None, None], np.arange(4)[None, :, None]
    return (1.0 + row + 100.0 * channel) * np.array([1.0, 1.0j])[None, None, :]


def put(place: Path, column: str, data: Any) -> None:
    with table(str(place), readonly=False, ack=False) as main:
        main.putcol(column, data)


def test_time_by_channel_is_the_mean_amplitude_of_each_time(made: Path) -> None:
    found = rasterise(str(made), Selection())
    assert found.values.shape == (4, 4)  # no more pixels than there are channels and times
    assert found.values == pytest.approx(np.abs(values())[:, :, 0].reshape(4, 6, 4).mean(1).T)
    assert found.x_range == pytest.approx((DAY + 5 / 86400, DAY + 35 / 86400), abs=1e-9)
    assert (found.y_range, found.correlation, found.is_exact) == ((0.0, 4.0), "XX", True)


def test_flags_and_weights_need_no_data(made: Path) -> None:
    with table(str(made), readonly=False, ack=False) as main:
        main.removecols("DATA")
    for quantity in ("flag", "weight"):
        assert rasterise(str(made), Selection(quantity=quantity)).values.shape == (4, 4)
    with pytest.raises(Unreadable, match="no column DATA") as refused:
        rasterise(str(made), Selection())
    assert refused.value.stage == "selection"


@pytest.mark.parametrize("column", ["TIME", "UVW", "WEIGHT"])
def test_a_column_without_visibilities_is_refused(made: Path, column: str) -> None:
    with pytest.raises(Unreadable, match=f"{column} holds no visibilities") as refused:
        rasterise(str(made), Selection(column=column))
    assert refused.value.stage == "selection"


def test_other_axes_are_averaged_over_the_rest(made: Path) -> None:
    amplitude = np.abs(values())[:, :, 0].reshape(4, 6, 4)
    found = rasterise(str(made), Selection(x="channel"))
    assert found.values == pytest.approx(amplitude.mean(1))
    found = rasterise(str(made), Selection(x="baseline"))
    assert found.values == pytest.approx(amplitude.mean(0).T)
    assert found.x_range == (0.0, 6.0)
    found = rasterise(str(made), Selection(x="uvdist", width=3))  # of 0, 100 and 200 m
    of_length = [amplitude[:, rows].mean(axis=(0, 1)) for rows in ([0, 3, 5], [1, 4], [2])]
    assert found.values == pytest.approx(np.array(of_length).T)
    assert found.x_range == (0.0, 200.0)


def test_a_small_grid_averages_neighbours(made: Path) -> None:
    found = rasterise(str(made), Selection(width=2, height=1))
    amplitude = np.abs(values())[:, :, 0]
    assert found.values == pytest.approx(np.array([[amplitude[:12].mean(), amplitude[12:].mean()]]))


def test_phases_are_those_of_the_mean_visibility(made: Path) -> None:
    assert rasterise(str(made), Selection(quantity="phase")).values == pytest.approx(0.0)
    found = rasterise(str(made), Selection(quantity="phase", correlation="YY"))
    assert found.values == pytest.approx(90.0)
    assert found.correlation == "YY"


def test_what_is_flagged_or_no_number_does_not_count(made: Path) -> None:
    flags = np.zeros((24, 4, 2), dtype=bool)
    flags[:6, 0] = True  # all of the first time in the first channel
    put(made, "FLAG", flags)
    flag_row = np.zeros(24, dtype=bool)
    flag_row[6] = True
    put(made, "FLAG_ROW", flag_row)
    data = values()
    data[12, 1, 0] = np.nan
    put(made, "DATA", data)
    found = rasterise(str(made), Selection())
    amplitude = np.abs(values())[:, :, 0]
    assert np.isnan(found.values[0, 0])
    assert found.values[1, 0] == pytest.approx(amplitude[:6, 1].mean())
    assert found.values[0, 1] == pytest.approx(amplitude[7:12, 0].mean())
    assert found.values[1, 2] == pytest.approx(amplitude[13:18, 1].mean())
    found = rasterise(str(made), Selection(quantity="flag"))
    assert found.values[:, 0] == pytest.approx([1.0, 0.0, 0.0, 0.0])
    assert found.values[:, 1] == pytest.approx([1 / 6] * 4)


def test_weights_are_those_of_the_channels_or_of_the_rows(made: Path) -> None:
    assert rasterise(str(made), Selection(quantity="weight")).values == pytest.approx(2.0)
    with table(str(made), readonly=False, ack=False) as main:
        main.addcols(maketabdesc(makearrcoldesc("WEIGHT_SPECTRUM", 0.0, ndim=2)))
        main.putcol("WEIGHT_SPECTRUM", np.abs(values()))
    found = rasterise(str(made), Selection(quantity="weight"))
    assert found.values == pytest.approx(np.abs(values())[:, :, 0].reshape(4, 6, 4).mean(1).T)


def test_windows_and_fields_are_chosen(tmp_path: Path) -> None:
    fields = (("Alpha", 10.0, -30.0), ("Beta", 20.0, -30.0))
    windows = (Window(), Window((2.0e9, 2.1e9)))
    place = make_ms(tmp_path / "x.ms", SmallMs(times=4, windows=windows, fields=fields))
    found = rasterise(str(place), Selection(spectral_window=1))
    assert found.values.shape == (2, 4)
    found = rasterise(str(place), Selection(field=1))
    assert found.values.shape == (4, 3)
    assert np.isnan(found.values[:, 1]).all()  # the other field was observed then
    assert found.values[:, [0, 2]] == pytest.approx(1.0)


def test_no_chunk_is_larger_than_the_limit_and_a_large_set_is_sampled(
    made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = rasterise(str(made), Selection())
    seen: list[tuple[int, int]] = []

    def noted(rows: int, chunk: int, most: int) -> Any:
        for part in spread(rows, chunk, most):
            seen.append(part)
            yield part

    monkeypatch.setattr(raster_module, "spread", noted)
    monkeypatch.setattr(raster_module, "CHUNK_CELLS", 4 * 2 * 5)  # 5 rows
    assert rasterise(str(made), Selection()).values == pytest.approx(whole.values)
    assert seen[1:] == [(0, 5), (5, 5), (10, 5), (15, 5), (20, 4)]
    seen.clear()
    monkeypatch.setattr(raster_module, "MOST_CHUNKS", 2)
    found = rasterise(str(made), Selection())
    assert not found.is_exact
    assert seen[1:] == [(0, 5), (20, 4)]


@pytest.mark.parametrize(
    ("selection", "message"),
    [
        (Selection(spectral_window=7), "no spectral window 7"),
        (Selection(column="CORRECTED_DATA"), "no column CORRECTED_DATA"),
        (Selection(correlation="RR"), "no RR"),
        (Selection(field=9), "no row of it"),
        (Selection(field=9, spectral_window=0), "no row of it"),
        (Selection(width=0), "1 to 4096 pixels"),
        (Selection(height=10_000), "1 to 4096 pixels"),
    ],
)
def test_what_is_not_there_is_refused_with_the_reason(
    made: Path, selection: Selection, message: str
) -> None:
    with pytest.raises(Unreadable, match=message) as failure:
        rasterise(str(made), selection)
    assert failure.value.stage == "selection"


def test_without_rows_there_is_nothing_to_see(tmp_path: Path) -> None:
    place = make_ms(tmp_path / "y.ms", SmallMs(times=0))
    with pytest.raises(Unreadable, match="it has no rows"):
        rasterise(str(place), Selection())


def test_the_first_window_with_rows_is_shown(tmp_path: Path) -> None:
    windows = (Window(), Window((2.0e9, 2.1e9)))
    place = make_ms(tmp_path / "y.ms", SmallMs(windows=windows))
    with table(str(place), readonly=False, ack=False) as main:
        kinds = main.getcol("DATA_DESC_ID")
        main.removerows(np.nonzero(kinds == 0)[0])
    found = rasterise(str(place), Selection())
    assert (found.spectral_window, found.values.shape[0]) == (1, 2)


def test_damaged_data_are_told(made: Path) -> None:
    with table(str(made), readonly=False, ack=False) as main:
        main.removecols(["FLAG"])
    with pytest.raises(Unreadable, match="cannot be read") as failure:
        rasterise(str(made), Selection())
    assert failure.value.stage == "data"


def test_a_picture_has_its_first_channel_at_the_bottom_and_blanks_are_clear(made: Path) -> None:
    flags = np.zeros((24, 4, 2), dtype=bool)
    flags[:6, 0] = True
    put(made, "FLAG", flags)
    found = raster(str(made))
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(found), type=RasterPicture) == found
    assert (found.width, found.height, found.y_max) == (4, 4, 4.0)
    assert found.value_min is not None
    assert found.value_max is not None
    assert 1 < found.value_min < found.value_max < 325
    with Image.open(io.BytesIO(found.png)) as picture:
        shown = picture.convert("RGBA")
    pixels = np.asarray(shown)
    assert pixels[3, 0, 3] == 0  # bottom left
    assert (pixels[:, 1:, 3] == 255).all()
    brightness = pixels[:, 3, :3].astype(int).sum(axis=1)
    assert brightness[0] > brightness[3]


def test_a_picture_of_nothing_but_blanks_has_no_range(made: Path) -> None:
    put(made, "FLAG", np.ones((24, 4, 2), dtype=bool))
    found = raster(str(made))
    assert (found.value_min, found.value_max) == (None, None)
    assert raster(str(made), quantity="flag").value_max == 1.0
    assert raster(str(made), quantity="phase").value_min == -180.0

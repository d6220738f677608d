"""Measurement Sets and calibration tables over HTTP: what their tables say, and rasters."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

pytest.importorskip("astropy", reason="the extra mustela[radio] is not installed")
pytest.importorskip("casacore.tables", reason="python-casacore is not there for this machine")

from PIL import Image as Picture

from mustela.radio.cal.record import CalibrationTable
from mustela.radio.cal.repository import AsyncCalibrationTableRepository
from mustela.radio.matching.repository import AsyncMatchingRepository
from mustela.radio.ms.record import MeasurementSet
from mustela.radio.ms.repository import AsyncMeasurementSetRepository
from mustela.radio.product_files import ProductFiles
from mustela.radio.references.record import Reference
from mustela.radio.references.repository import AsyncReferenceRepository
from tests.radio.archive import Archive, an_archive
from tests.radio.visibilities.small_ms import DAY, SmallMs, make_ms

NAME = "day 1+2#3.ms"


@pytest.fixture
async def archive(tmp_path: Path) -> AsyncIterator[Archive]:
    """One small Measurement Set with a strange name, and a calibration table of it."""
    async with an_archive(tmp_path) as archive:
        place = make_ms(archive.directory / NAME, SmallMs(antennas=3, times=4))
        sets = archive.services.repository(AsyncMeasurementSetRepository)
        await sets.add(
            MeasurementSet(
                id="one",
                path=str(place),
                ra_deg=10.0,
                dec_deg=-30.0,
                frequency_min_hz=1e9,
                start_mjd=DAY,
                end_mjd=DAY + 0.01,
            )
        )
        tables = archive.services.repository(AsyncCalibrationTableRepository)
        await tables.add(CalibrationTable(id="b", path=f"{archive.directory}/day.b", ms_name=NAME))
        yield archive


def key(archive: Archive, name: str) -> str:
    return quote(f"{archive.directory}/{name}", safe="")


def problem(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def picture(answer: httpx.Response) -> tuple[int, int]:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "image/png"
    with Picture.open(io.BytesIO(answer.content)) as found:
        return found.size


async def test_its_subtables_and_antennas_are_told(archive: Archive) -> None:
    metadata = (await archive.get("/ms/one/metadata")).json()
    assert [field["name"] for field in metadata["fields"]] == ["Alpha"]
    assert metadata["spectral_windows"][0]["n_channels"] == 4
    assert metadata["scans"][0]["n_rows"] == 24
    antennas = (await archive.get("/ms/one/antennas")).json()
    assert [antenna["name"] for antenna in antennas] == ["A0", "A1", "A2"]
    assert antennas[1]["east_m"] - antennas[0]["east_m"] == pytest.approx(100.0)
    by_path = await archive.get(f"/ms/{key(archive, NAME)}/metadata")
    assert by_path.json() == metadata


async def test_a_raster_is_made_once_and_its_frame_says_what_it_shows(archive: Archive) -> None:
    made = await archive.get("/ms/one/raster")
    assert picture(made) == (4, 4)
    frame = (await archive.get("/ms/one/raster/frame")).json()
    assert (frame["width"], frame["height"], frame["correlation"]) == (4, 4, "XX")
    assert frame["x_min"] == pytest.approx(DAY + 5 / 86400, abs=1e-9)
    assert "png" not in frame
    other = "/ms/one/raster?x=channel&quantity=phase&correlation=YY&width=2"
    assert picture(await archive.get(other)) == (2, 4)
    etag = {"If-None-Match": made.headers["etag"]}
    assert (await archive.get("/ms/one/raster", headers=etag)).status_code == 304


async def test_what_a_raster_cannot_show_is_refused(archive: Archive) -> None:
    for query in ("column=CORRECTED_DATA", "spectral_window=7", "correlation=RR", "field=9"):
        answer = await archive.get(f"/ms/one/raster?{query}")
        assert problem(answer) == (422, "raster_refused"), query
    for query in ("x=uv", "width=0", "width=9999", "column=data;", "field=-1", "quantity=real"):
        answer = await archive.get(f"/ms/one/raster?{query}")
        assert problem(answer) == (422, "invalid_request"), query


async def test_sets_that_cannot_be_read_are_named(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    sets = archive.services.repository(AsyncMeasurementSetRepository)
    await sets.add(MeasurementSet(id="gone", path=f"{archive.directory}/gone.ms"))
    await sets.add(MeasurementSet(id="far", path="/elsewhere/far.ms"))
    (archive.directory / "plain.uvh5").write_bytes(b"x" * 100)
    plain = f"{archive.directory}/plain.uvh5"
    await sets.add(MeasurementSet(id="uvh5", path=plain, format="uvh5"))
    await sets.add(MeasurementSet(id="text", path=f"{archive.directory}/text.ms"))
    (archive.directory / "text.ms").write_text("no table")
    for what in ("metadata", "antennas", "raster", "raster/frame"):
        said = {
            id: problem(await archive.get(f"/ms/{id}/{what}"))
            for id in ("unknown", "gone", "far", "uvh5", "text")
        }
        assert said == {
            "unknown": (404, "not_found"),
            "gone": (404, "file_missing"),
            "far": (403, "outside_roots"),
            "uvh5": (404, "product_unreadable"),
            "text": (404, "product_unreadable"),
        }
    monkeypatch.setattr("mustela.radio.product_files._is_installed", lambda name: False)
    answer = await archive.get("/ms/one/antennas")
    assert problem(answer) == (501, "extra_missing")
    assert "mustela[radio]" in answer.json()["detail"]
    assert ProductFiles in archive.services.parts


async def test_calibrators_within_the_beam_are_listed(archive: Archive) -> None:
    references = archive.services.repository(AsyncReferenceRepository)
    near, far = Reference("near", 10.1, -30.0, 2.0), Reference("far", 40.0, 0.0, 9.0)
    await references.replace("cals", "calibrator", [near, far])
    # The antennas say that they are 12 m large: at 1 GHz the beam is 1.6 degrees wide.
    answer = await archive.get("/ms/one/calibrator-matches")
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found["radius_deg"] == pytest.approx(0.8, abs=0.2)
    assert [one["source"]["name"] for one in found["items"]] == ["near"]
    wide = await archive.get(f"/ms/{key(archive, NAME)}/calibrator-matches?radius=60")
    assert [one["source"]["name"] for one in wide.json()["items"]] == ["near", "far"]
    assert (await archive.get("/ms/unknown/calibrator-matches")).status_code == 404
    assert (await archive.get("/ms/one/calibrator-matches?radius=0")).status_code == 422


async def test_of_files_that_do_not_say_how_wide_they_see_the_radius_is_asked_for(
    archive: Archive,
) -> None:
    sets = archive.services.repository(AsyncMeasurementSetRepository)
    await sets.add(
        MeasurementSet(
            id="uvh5",
            path=f"{archive.directory}/day.uvh5",
            format="uvh5",
            ra_deg=10.0,
            dec_deg=-30.0,
            frequency_min_hz=1e8,
        )
    )
    answer = await archive.get("/ms/uvh5/calibrator-matches")
    assert problem(answer) == (422, "radius_needed")
    assert "`radius`" in answer.json()["detail"]
    for said, radius in (("radius=2", 2.0), ("antenna_diameter=14", 6.93)):
        answer = await archive.get(f"/ms/uvh5/calibrator-matches?{said}")
        assert answer.json()["radius_deg"] == pytest.approx(radius, abs=0.01)


async def test_tables_and_sets_that_belong_together_are_told(archive: Archive) -> None:
    await archive.services.repository(AsyncMatchingRepository).match(["one"])
    (match,) = (await archive.get("/ms/one/provenance")).json()["matches"]
    assert (match["calibration_id"], match["how"]) == ("b", "recorded")
    for path in ("/cal/b/provenance", f"/cal/{key(archive, 'day.b')}/provenance"):
        found: Any = (await archive.get(path)).json()
        assert [one["ms_id"] for one in found["matches"]] == ["one"]
    for path in ("/ms/unknown", "/cal/unknown", f"/ms/{key(archive, 'no.ms')}"):
        assert (await archive.get(f"{path}/provenance")).status_code == 404
        assert (await archive.get(f"{path}/qa")).status_code == 404


async def test_quality_is_found_by_id_and_by_path(archive: Archive) -> None:
    found = (await archive.get("/qa/ms/one")).json()
    assert found["id"] == "one"
    by_path = await archive.get(f"/qa/ms/{key(archive, NAME)}")
    assert by_path.json() == found
    assert (await archive.get("/ms/one/qa")).json() == found
    table = await archive.get(f"/qa/cal/{key(archive, 'day.b')}")
    assert table.json()["figures"] == {
        "flagged_fraction": None,
        "n_antennas": None,
        "n_solutions": None,
    }

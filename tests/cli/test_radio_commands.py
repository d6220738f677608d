"""What ``mustela radio`` prints and answers: alone, beside a server, and after it was killed."""

from __future__ import annotations

import csv
import io
import json
import shutil
import signal
from pathlib import Path

import pytest

pytest.importorskip("astropy", reason="the extra mustela[radio] is not installed")

from tests.cli.conftest import Run
from tests.processes import Gate, Running, serving
from tests.radio.jobs.small_archive import BRIGHT, copy_products, make_image

pytestmark = pytest.mark.usefixtures("unmeasured_processes")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("made")
    make_image(directory / "day1.image.fits", day=1, seed=1)
    make_image(directory / "day2.image.fits", [BRIGHT], day=2, seed=2)
    return directory


@pytest.fixture
def archive(made: Path, tmp_path: Path) -> Path:
    """A directory of two images, and no root yet."""
    return copy_products(made, tmp_path / "archive")


def test_a_roots_rules_make_light_curves_of_a_scan(
    mustela: Run, archive: Path, tmp_path: Path
) -> None:
    mustela("roots", "add", archive)
    said = mustela("radio", "rules", archive, "--find", "--associate", "--seed", "6", "--json")
    assert (said.json["find"], said.json["force"], said.json["seed_sigma"]) == (True, False, 6.0)
    assert mustela("radio", "rules", archive, "--json").json == said.json
    done = mustela("scan", archive)
    assert (done.status, done.out, done.err) == (0, "", f"{archive}: 2 catalogued\n")
    types = {job["type"] for job in mustela("jobs", "list", "--json").json}
    assert types == {"radio.scan", "radio.match", "radio.grade", "radio.find", "radio.associate"}
    assert "radio.force: 1 images, 1 forced fits" in mustela("radio", "force").err
    assert "radio.grade: 4 looked at" in mustela("radio", "grade").err
    listed = mustela("radio", "list", "--json", "--sort", "mid_mjd").json
    assert [(one["n_sources"], one["grade"]) for one in listed] == [(2, "good"), (1, "good")]
    assert mustela("radio", "show", f"{archive}/day1.image.fits", "--json").json == listed[0]
    rows = list(csv.DictReader(io.StringIO(mustela("radio", "export", "sources").out)))
    assert sorted(row["n_measurements"] for row in rows) == ["2", "2"]
    curves = json.loads(mustela("radio", "export", "lightcurves", "-f", "json").out)
    assert sorted(one["kind"] for one in curves) == ["detected", "detected", "detected", "forced"]
    regions = tmp_path / "images.reg"
    assert mustela("radio", "export", "images", "-f", "reg", "-o", regions).status == 0
    assert regions.read_text().count("polygon(") == 2

    bad = archive / "day1.image.fits"
    bad.write_bytes(bad.read_bytes()[:4000])
    found = mustela("radio", "find", bad, "--no-associate")
    assert found.status == 1
    assert f"{bad}: find: " in found.err


def test_a_dry_run_counts_and_estimates_and_writes_nothing(mustela: Run, archive: Path) -> None:
    plan = mustela("radio", "ingest", archive, "--dry-run", "--find", "--json").json
    assert plan["kinds"]["FITS files"]["number"] == 2
    assert plan["to_search"] == 2
    assert plan["reading_hours"] > 0
    assert plan["finding_hours"] > 0
    assert "Measured now" in plan["how"]
    assert mustela("roots", "list", "--json").json == []


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["radio", "find", "/nowhere/at/all"], "below no root"),
        (["radio", "ingest"], "no root yet"),
        (["radio", "export", "sources", "--format", "png"], "votable"),
        (["radio", "show", "nobody"], "nobody"),
        (["radio", "ingest", "/nowhere/at/all", "--force"], "--find"),
        (["radio", "find", "--seed", "3"], "flood_sigma"),
    ],
)
def test_what_cannot_be_done_is_refused_with_what_to_do(
    mustela: Run, words: list[str], reason: str
) -> None:
    mustela(*words).refused(reason)


def test_beside_a_server_commands_submit_to_it_and_follow(
    mustela: Run, archive: Path, tmp_path: Path
) -> None:
    with serving(data=tmp_path / "data") as server:
        assert server.url
        done = mustela("radio", "ingest", archive)
        assert (done.status, done.out) == (0, "")
        assert f"{archive}: 2 catalogued" in done.err
        found = mustela("radio", "find", "--json")
        assert found.status == 0, found.err
        first, *followed = found.json
        assert (first["type"], first["result"]["images"]) == ("radio.find", 2)
        assert [job["type"] for job in followed] == ["radio.associate"]
        assert server.get("/images")["total"] == 2
        assert server.end(signal.SIGTERM) == 0


@pytest.mark.faults
def test_a_search_that_was_killed_goes_on_with_the_images_that_are_left(
    mustela: Run, archive: Path, tmp_path: Path
) -> None:
    shutil.copy2(archive / "day1.image.fits", archive / "held.image.fits")
    mustela("radio", "ingest", archive)
    gate = Gate(tmp_path / "gate")
    data = {"MUSTELA_DATA_DIR": str(tmp_path / "data"), **gate.variables}
    command = Running("radio", "find", home=tmp_path / "home", variables=data)

    def searched() -> list[str]:
        return sorted(str(one["n_sources"]) for one in mustela("radio", "list", "--json").json)

    try:
        gate.waiting(command)
        while searched() != ["1", "2", "None"]:
            assert command.process.poll() is None, command.err
        command.end(signal.SIGKILL)
    finally:
        command.kill()
    gate.open()
    again = mustela("radio", "find", "--json")
    assert again.status == 0, again.err
    first = again.json[0]
    assert (first["attempt"], first["result"]["images"]) == (2, 1)
    assert searched() == ["1", "2", "2"]


def test_reference_catalogues_are_loaded_replaced_and_removed(mustela: Run, tmp_path: Path) -> None:
    table = tmp_path / "vla calibrators.csv"
    table.write_text(
        "name,ra_deg,dec_deg,flux_jy\n3C286,202.7845,30.5092,14.7\n3C48,24.42,33.16,16\n"
    )
    loaded = mustela("radio", "reference", table, "--name", "vla", "--frequency", "1.4e9", "--json")
    assert loaded.json == [{"name": "vla", "role": "calibrator", "n_sources": 2}]
    table.write_text("name,ra,dec\nJ1,10.5,-20\n")
    mustela("radio", "reference", table, "--role", "astrometry", "--name", "vla")
    listed = mustela("radio", "reference", "--json").json
    assert listed == [{"name": "vla", "role": "astrometry", "n_sources": 1}]
    table.write_text("colour\nred\n")
    wrong = mustela("radio", "reference", table)
    assert wrong.status == 2
    assert "no column holds the name" in wrong.err
    assert mustela("radio", "reference", "--remove", "vla", "--json").json == []
    assert mustela("radio", "reference", "--remove", "vla").status == 2

"""Scans of images, Measurement Sets and calibration tables: one walk, each accounted for once."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("astropy", reason="the extra mustela[radio] is not installed")
pytest.importorskip("casacore.tables", reason="python-casacore is not there for this machine")

from mustela.collection import collections_for
from mustela.files import scan_share
from mustela.files.scan_share import is_part
from mustela.radio.cal.repository import AsyncCalibrationTableRepository
from mustela.radio.collection import RADIO
from mustela.radio.images.record import Image
from mustela.radio.jobs import extra_needed
from mustela.radio.ms.repository import AsyncMeasurementSetRepository
from mustela.video.collection import VIDEO
from tests.radio.jobs.small_archive import (
    Archive,
    aged,
    archive_over,
    copy_products,
    make_image,
)
from tests.radio.visibilities.small_ms import make_calibration, make_ms

COUNTS = ("entries", "catalogued", "unchanged", "not_media", "failed", "moved", "missing")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An image, a Measurement Set, its calibration table; a catalogue, a text, a broken image."""
    directory = tmp_path_factory.mktemp("made")
    make_image(directory / "a.image.fits")
    ms = make_ms(directory / "x.ms")
    aged(make_calibration(directory / "x.ms.bcal", subtables_of=ms))
    aged(ms)
    table = directory / "notes.txt"
    table.write_text("notes")
    (directory / "broken.fits").write_bytes(b"SIMPLE  = not at all")
    for name in ("notes.txt", "broken.fits"):
        aged(directory / name)
    return directory


@pytest.fixture
async def archive(made: Path, tmp_path: Path, unmeasured_processes: None) -> AsyncIterator[Archive]:
    directory = copy_products(made, tmp_path / "archive")
    async with archive_over(directory, tmp_path / "data") as opened:
        yield opened


def counts(result: dict[str, Any]) -> dict[str, int]:
    return {name: result[name] for name in COUNTS if result[name]}


async def test_a_scan_accounts_for_every_product_once_and_a_second_one_reads_nothing(
    archive: Archive,
) -> None:
    first = await archive.scan()
    assert counts(first) == {"entries": 5, "catalogued": 3, "not_media": 1, "failed": 1}
    sets = archive.services.repository(AsyncMeasurementSetRepository)
    tables = archive.services.repository(AsyncCalibrationTableRepository)
    (ms,) = await sets.list_measurement_sets()
    assert (ms.name, ms.format, ms.n_antennas, ms.n_rows) == ("x.ms", "ms", 4, 50)
    assert ms.field_names == ("Alpha",)
    assert ms.field_ra_deg == pytest.approx((10.0,))
    assert ms.grade is not None
    (table,) = await tables.list_calibration_tables()
    assert (table.name, table.type, table.n_solutions) == ("x.ms.bcal", "B Jones", 3)
    image = await archive.image("a.image.fits")
    assert image.noise_jy == pytest.approx(1e-3, rel=0.3)
    second = await archive.scan()
    assert counts(second) == {"entries": 5, "unchanged": 3, "not_media": 1, "failed": 1}


async def test_a_scan_that_is_shared_comes_out_as_a_whole_one(
    archive: Archive, made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan_share, "LOOK_SECONDS", 0.001)
    directory = copy_products(made, tmp_path / "another")
    async with archive_over(directory, tmp_path / "more", scan_shard_files=1) as shared:
        queue = shared.queue
        submit = queue.submit

        async def submit_and_run(type: str, *order: Any, **options: Any) -> str:
            """A part runs at once, beside the scan that offers it."""
            id_ = await submit(type, *order, **options)
            if is_part(type):
                await queue.drain()
            return id_

        async def others_take(type: str) -> bool:
            return is_part(type)

        monkeypatch.setattr(queue, "submit", submit_and_run)
        monkeypatch.setattr(queue, "others_take", others_take)
        for change in (None, "move"):
            if change:
                for one in (archive, shared):
                    (one.directory / "x.ms").rename(one.directory / "y.ms")
                    (one.directory / "a.image.fits").unlink()
                    make_image(one.directory / "b.image.fits", day=2)
                    make_image(one.directory / "c.image.fits", day=3)
            whole = await archive.scan()
            parts = await shared.scan()
            for result in (whole, parts):
                del result["root_id"]
            assert parts == whole
        jobs = (await queue.jobs.list_jobs(type="radio.scan.part")).items
        assert sum(job.result["examined"] for job in jobs if job.status == "completed") > 0
        parents = {job.parent for job in jobs}
        image = await shared.image("c.image.fits")
        assert image.job_id in parents
        seen = [
            [
                (one.path.removeprefix(which.root.path), one.missing_since is None, one.noise_jy)
                for one in sorted(await which.images.list_images(), key=lambda one: one.path)
            ]
            for which in (archive, shared)
        ]
        assert seen[0] == seen[1]


async def test_records_name_the_scan_that_made_them(archive: Archive) -> None:
    await archive.scan()
    image = await archive.image("a.image.fits")
    job = await archive.queue.get(image.job_id or "")
    assert job.type == "radio.scan"
    answer = await archive.client.get(f"/jobs/{job.id}/provenance")
    made = answer.json()["records"]["radio"]["items"]
    names = {one["name"].rpartition("/")[2] for one in made}
    assert names == {"a.image.fits", "x.ms", "x.ms.bcal"}
    errors = (await archive.client.get(f"/jobs/{job.id}/errors")).json()
    assert [one["path"] for one in errors["items"]] == ["broken.fits"]


async def test_moved_products_keep_their_records_and_lost_ones_are_missing(
    archive: Archive,
) -> None:
    await archive.scan()
    image = await archive.image("a.image.fits")
    await archive.images.update(image.id, note="mine")
    sets = archive.services.repository(AsyncMeasurementSetRepository)
    (ms,) = await sets.list_measurement_sets()
    (archive.directory / "day").mkdir()
    (archive.directory / "a.image.fits").rename(archive.directory / "day" / "b.image.fits")
    (archive.directory / "x.ms").rename(archive.directory / "day" / "y.ms")
    shutil.rmtree(archive.directory / "x.ms.bcal")
    result = await archive.scan()
    assert (result["moved"], result["missing"]) == (2, 1)
    moved = await archive.images.get(image.id)
    assert moved is not None
    assert (moved.path, moved.note) == (f"{archive.root.path}/day/b.image.fits", "mine")
    now = await sets.get(ms.id)
    assert now is not None
    assert now.path == f"{archive.root.path}/day/y.ms"
    tables = archive.services.repository(AsyncCalibrationTableRepository)
    (table,) = await tables.list_calibration_tables()
    assert table.missing_since is not None


async def test_what_a_pipeline_said_of_an_image_stays_where_the_file_is_silent(
    archive: Archive,
) -> None:
    path = archive.directory / "a.image.fits"
    added = await archive.images.add(
        Image(
            id="night-1-image",
            path=str(path),
            kind="mosaic",
            telescope="Tinkertoy",
            integration_seconds=30.0,
            noise_jy=5.0,
        )
    )
    await archive.scan()
    image = await archive.images.get(added.id)
    assert image is not None
    assert (image.kind, image.telescope) == ("mosaic", "Tinkertoy")
    assert (image.integration_seconds, image.field) == (30.0, "made")
    assert image.noise_jy == pytest.approx(1e-3, rel=0.3)


async def test_another_file_at_the_path_resets_what_was_measured_of_the_one_before(
    archive: Archive,
) -> None:
    await archive.scan()
    image = await archive.image("a.image.fits")
    await archive.images.update(image.id, telescope="Tinkertoy")
    await archive.run("radio.find")
    assert (await archive.image("a.image.fits")).n_sources == 2
    path = archive.directory / "a.image.fits"
    content = path.read_bytes()
    path.write_bytes(content.replace(b"Jy/beam ", b"K       ", 1))
    os.utime(path, (1_700_000_100, 1_700_000_100))
    await archive.scan()
    other = await archive.image("a.image.fits")
    assert (other.id, other.units, other.telescope) == (image.id, "K", "Tinkertoy")
    assert (other.noise_jy, other.peak_jy, other.n_sources) == (None, None, None)
    assert "units_not_jy" in other.flags


async def test_a_scan_of_one_directory_leaves_the_rest(archive: Archive) -> None:
    (archive.directory / "deep").mkdir()
    (archive.directory / "a.image.fits").rename(archive.directory / "deep" / "a.image.fits")
    result = await archive.scan(below="deep")
    assert counts(result) == {"entries": 1, "catalogued": 1}


async def test_without_the_extra_scans_and_stages_fail_with_what_to_install(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extra_needed, "LIBRARIES", ("no_such_library",))
    for type in ("radio.scan", "radio.find"):
        job = await archive.run(type, root_id=archive.root.id)
        assert job.status == "failed"
        assert job.error is not None
        assert job.error.code == "extra_missing"
        assert "pip install 'mustela[radio]'" in job.error.message
    directory = os.fsencode(archive.directory)
    assert collections_for(directory, [VIDEO, RADIO]) == ["video"]


async def test_a_root_goes_with_its_products(archive: Archive) -> None:
    await archive.scan()
    gone = await archive.client.delete(f"/roots/{archive.root.id}")
    assert gone.status_code == 204
    assert await archive.images.count() == 0


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["a.mp4"], ["video"]),
        (["a.FITS.gz"], ["radio"]),
        (["deep/x.ms/table.dat"], ["radio"]),
        (["a.mp4", "deep/deeper/b.uvh5"], ["radio", "video"]),
        (["x.ms/inside.mp4", "x.ms/table.dat"], ["radio"]),
        (["notes.txt", ".hidden.fits"], ["radio", "video"]),
        ([], ["radio", "video"]),
    ],
)
def test_a_new_root_is_for_the_collections_whose_files_it_holds(
    tmp_path: Path, names: list[str], expected: list[str]
) -> None:
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert collections_for(os.fsencode(tmp_path), [VIDEO, RADIO]) == expected

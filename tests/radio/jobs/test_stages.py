"""From images to light curves: each stage, and all of them by a root's rules."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from mustela.files.file_failures import AsyncFileFailureRepository
from tests.radio.jobs.small_archive import BRIGHT, FAINT, Archive, aged, make_image


async def test_a_scan_alone_finds_no_sources(archive: Archive) -> None:
    result = await archive.scan()
    assert (result["catalogued"], result["failed"]) == (2, 0)
    image = await archive.image("day1.image.fits")
    assert (image.kind, image.n_sources, image.field) == ("restored", None, "made")
    assert image.mid_mjd == pytest.approx(60370 + 1 / 24)
    assert image.grade is not None
    assert await archive.sources.count() == 0


async def test_rules_of_a_root_make_sources_and_light_curves_of_a_scan(
    archive_with_children: Archive,
) -> None:
    archive = archive_with_children
    await archive.rule(find=True, associate=True, force=True)
    await archive.scan()
    found = sorted(await archive.sources.list_sources(), key=lambda s: s.n_detections)
    assert [(s.n_detections, s.n_measurements) for s in found] == [(1, 2), (2, 2)]
    (gone, stays) = found
    forced = [one for one in await archive.sources.measurements(gone.id) if one.kind == "forced"]
    assert len(forced) == 1
    assert forced[0].peak_jy == pytest.approx(0, abs=5e-3)
    assert stays.n_epochs == 2
    jobs = {job.type for job in (await archive.queue.jobs.list_jobs(limit=100)).items}
    assert jobs == {
        "radio.scan",
        "radio.match",
        "radio.grade",
        "radio.find",
        "radio.associate",
        "radio.force",
    }


async def test_measurements_and_sources_name_the_jobs_that_made_them(archive: Archive) -> None:
    await archive.scan()
    found = await archive.run("radio.find", then=["associate", "force"])
    assert found.result == {
        "images": 2,
        "detected": 3,
        "imported": 0,
        "without_catalogue": 0,
        "failed": 0,
    }
    (associate,) = (await archive.queue.jobs.list_jobs(parent=found.id)).items
    (force,) = (await archive.queue.jobs.list_jobs(parent=associate.id)).items
    assert associate.result == {"images": 2, "matched": 1, "new": 2, "removed": 0, "left_out": 0}
    assert (force.result["images"], force.result["measured"]) == (1, 1)
    image = await archive.image("day2.image.fits")
    measured = await archive.sources.image_measurements(image.id)
    assert {one.kind: one.job_id for one in measured} == {"detected": found.id, "forced": force.id}
    assert {s.job_id for s in await archive.sources.list_sources()} == {associate.id}


async def test_stages_that_run_again_change_nothing(archive: Archive) -> None:
    await archive.scan()
    await archive.run("radio.find", then=["associate", "force"])
    before = [s.asdict() for s in await archive.sources.list_sources(sort="id")]
    found = await archive.run("radio.find", then=["associate", "force"])
    assert found.result["images"] == 0
    forced = await archive.run("radio.force")
    assert forced.result["images"] == 0
    assert [s.asdict() for s in await archive.sources.list_sources(sort="id")] == before


async def test_images_are_searched_again_when_they_are_asked_for(archive: Archive) -> None:
    await archive.scan()
    await archive.run("radio.find", then=["associate", "force"])
    again = await archive.run("radio.find", again=True, then=["associate", "force"])
    assert again.result["detected"] == 3
    counts = [(s.n_detections, s.n_measurements) for s in await archive.sources.list_sources()]
    assert sorted(counts) == [(1, 2), (2, 2)]


async def test_a_source_that_a_person_deleted_stays_away_when_stages_run_again(
    archive: Archive,
) -> None:
    await archive.scan()
    await archive.run("radio.find", then=["associate", "force"])
    gone, *_ = await archive.sources.list_sources(sort="n_detections")
    assert (await archive.client.delete(f"/sources/{gone.id}")).status_code == 204
    await archive.run("radio.find", again=True, then=["associate", "force"])
    assert [s.n_detections for s in await archive.sources.list_sources()] == [2]
    # Nothing waits for an association.
    assert (await archive.run("radio.associate")).result["images"] == 0
    await archive.sources.revert((await archive.sources.history(gone.id))[0].id)
    counts = [s.n_detections for s in await archive.sources.list_sources()]
    assert sorted(counts) == [1, 2]


async def test_a_catalogue_beside_its_image_goes_before_finding(archive: Archive) -> None:
    catalogue = archive.directory / "day1.image_comp.csv"
    image = "ra,dec,peak_flux,err_peak_flux,int_flux,err_int_flux,island,source\n"
    catalogue.write_text(f"{image}150.0,-30.0,0.5,0.01,0.5,0.01,0,0\n10,10,1,1,1,1,1,0\n")
    await archive.rule(catalogues=True, find=True)
    await archive.scan()
    one, two = await archive.image("day1.image.fits"), await archive.image("day2.image.fits")
    (measured,) = await archive.sources.image_measurements(one.id)
    assert (measured.kind, measured.peak_jy) == ("imported", 0.5)
    assert [m.kind for m in await archive.sources.image_measurements(two.id)] == ["detected"]


async def test_without_finding_images_without_a_catalogue_are_left(archive: Archive) -> None:
    await archive.scan()
    job = await archive.run("radio.find", find=False)
    assert (job.result["without_catalogue"], job.result["images"]) == (2, 0)
    assert (await archive.image("day1.image.fits")).n_sources is None


async def test_a_bad_image_costs_itself_only_until_it_is_a_good_one(archive: Archive) -> None:
    await archive.scan()
    bad = archive.directory / "day1.image.fits"
    whole = bad.read_bytes()
    bad.write_bytes(whole[:4000])
    job = await archive.run("radio.find")
    assert job.status == "completed"
    assert (job.result["images"], job.result["failed"]) == (1, 1)
    assert job.result["failures"][0]["path"] == str(bad)
    failures = archive.services.repository(AsyncFileFailureRepository)
    (failure,) = await failures.list_failures(archive.root.id, "radio.find")
    assert (failure.path, failure.stage) == ("day1.image.fits", "find")
    bad.write_bytes(whole)
    again = await archive.run("radio.find")
    assert (again.result["images"], again.result["failed"]) == (1, 0)
    assert await failures.list_failures(archive.root.id, "radio.find") == []


async def test_an_image_that_takes_too_long_is_given_up(archive_with_children: Archive) -> None:
    archive = archive_with_children
    await archive.scan()
    job = await archive.run("radio.find", image_seconds=0.001)
    assert (job.status, job.result["failed"]) == ("completed", 2)
    assert {one["stage"] for one in job.result["failures"]} == {"time_limit"}


async def test_a_path_below_a_root_selects_an_image_or_a_folder(archive: Archive) -> None:
    (archive.directory / "deep").mkdir()
    make_image(archive.directory / "deep" / "day3.image.fits", [BRIGHT], day=3, seed=3)
    await archive.scan()
    for below in ("day1.image.fits", "deep"):
        job = await archive.run("radio.find", root_id=archive.root.id, below=below)
        assert job.result["images"] == 1
    assert (await archive.image("day2.image.fits")).n_sources is None
    assert (await archive.image("day1.image.fits")).n_sources == 2


async def test_a_changed_image_is_searched_again(archive: Archive) -> None:
    await archive.rule(find=True, associate=True)
    await archive.scan()
    path = archive.directory / "day2.image.fits"
    aged(make_image(path, [BRIGHT, FAINT], day=2, seed=4), 1_700_000_100)
    await archive.scan()
    assert (await archive.image("day2.image.fits")).n_sources == 2
    assert sorted(s.n_detections for s in await archive.sources.list_sources()) == [2, 2]


async def test_a_job_that_is_cancelled_goes_on_where_it_stopped_when_it_is_rerun(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    await archive.scan()
    begun, run = asyncio.Event(), archive.services.children.run

    async def hangs_at_the_second(function: str, /, *arguments: Any, **options: Any) -> Any:
        if arguments[0].endswith(b"day2.image.fits"):
            begun.set()
            await asyncio.Event().wait()
        return await run(function, *arguments, **options)

    monkeypatch.setattr(archive.services.children, "run", hangs_at_the_second)
    id_ = await archive.queue.submit("radio.find", {})
    working = asyncio.create_task(archive.queue.drain())
    await begun.wait()
    await archive.queue.cancel(id_)
    await working
    assert (await archive.queue.get(id_)).status == "cancelled"
    monkeypatch.undo()
    again = await archive.queue.get(await archive.queue.rerun(id_))
    await archive.queue.drain()
    again = await archive.queue.get(again.id)
    assert (again.parent, again.status) == (id_, "completed")
    assert {one.n_sources for one in await archive.images.list_images()} == {1, 2}


async def test_images_graded_fail_do_not_count(archive: Archive) -> None:
    await archive.rule(find=True, associate=True)
    await archive.scan()
    image = await archive.image("day1.image.fits")
    await archive.images.update(image.id, grade_given="fail")
    assert sorted(s.n_epochs for s in await archive.sources.list_sources()) == [0, 1]
    assert (await archive.run("radio.recount")).status == "completed"
    assert sorted(s.n_epochs for s in await archive.sources.list_sources()) == [0, 1]


@pytest.mark.parametrize(
    ("type", "parameters", "word"),
    [
        ("radio.find", {"nonsense": 1}, "nonsense"),
        ("radio.find", {"seed_sigma": 3, "flood_sigma": 4}, "flood_sigma"),
        ("radio.associate", {"method": "guess"}, "guess"),
        ("radio.force", {"below": "x"}, "root_id"),
    ],
)
async def test_wrong_parameters_are_refused_with_a_reason(
    archive: Archive, type: str, parameters: dict[str, object], word: str
) -> None:
    job = await archive.run(type, **parameters)
    assert job.status == "failed"
    assert job.error is not None
    assert job.error.code == "stage_refused"
    assert word in job.error.message

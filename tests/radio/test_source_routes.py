"""Sources, light curves, variability and what belongs to images, over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from mustela.radio.grading.repository import AsyncGradingRepository
from mustela.radio.sources.repository import AsyncSourceRepository
from tests.radio.archive import API, Archive, an_archive
from tests.radio.sources.made import image, measurement, source

PEAKS = (0.010, 0.012, 0.020)
EPOCHS = ("e1", "e2+b", "e3")


@pytest.fixture
async def archive(tmp_path: Path) -> AsyncIterator[Archive]:
    """Two sources; one has three epochs in one band, one in another, and a failed image."""
    async with an_archive(tmp_path) as archive:
        sources = archive.services.repository(AsyncSourceRepository)
        await sources.add(source("bright", name="Bright one"))
        await sources.add(source("other", ra_deg=10.0, dec_deg=5.0))
        for day, (id, peak) in enumerate(zip(EPOCHS, PEAKS, strict=True)):
            await archive.images.add(image(id, 59010.0 - day))
            await sources.add_measurements(id, [measurement(peak)], source_ids=["bright"])
        await archive.images.add(image("s-band", 59020.0, frequency_hz=3e9))
        await archive.images.add(image("failed", 59020.0, grade_given="fail"))
        for id in ("s-band", "failed"):
            await sources.add_measurements(id, [measurement()], source_ids=["bright"])
        yield archive


async def items(archive: Archive, path: str) -> list[dict[str, Any]]:
    answer = await archive.get(path)
    assert answer.status_code == 200, answer.text
    found: Any = answer.json()
    return found if isinstance(found, list) else found["items"]


async def ids(archive: Archive, path: str, name: str = "id") -> list[str]:
    return [item[name] for item in await items(archive, path)]


async def test_sources_are_found_by_position_name_and_figures(archive: Archive) -> None:
    assert await ids(archive, "/sources?sort=id") == ["bright", "other"]
    assert await ids(archive, "/sources?near=150,-30,0.1") == ["bright"]
    assert await ids(archive, "/sources?name=RIGHT") == ["bright"]
    assert await ids(archive, "/sources?min_n_epochs=3&min_peak_v=0.1&min_peak_eta=1") == ["bright"]
    assert await ids(archive, "/sources?max_peak_mean_jy=0.001") == []
    assert await ids(archive, "/sources?sort=-n_epochs") == ["bright", "other"]
    assert await ids(archive, "/sources?band=S") == ["bright"]
    (shown,) = await items(archive, "/sources?band=S")
    assert (shown["band"], shown["n_epochs"]) == ("S", 1)
    page = (await archive.get("/sources?limit=1&sort=name")).json()
    assert len(await items(archive, page["next"].removeprefix(API))) == 1
    for wrong in ("q=bright", "stokes=I", "near=1,2", "sort=cell", "min_v=1"):
        refused = await archive.get(f"/sources?{wrong}")
        assert refused.status_code == 422, wrong
    exported = await archive.get("/sources/export?format=csv&near=150,-30,1")
    assert exported.text.count("\n") == 2
    assert "Bright one" in exported.text


async def test_people_name_sources_and_the_history_says_so(archive: Archive) -> None:
    url = f"{API}/sources/other"
    edit = {"name": "Quiet", "tags": ["known"], "rating": 4}
    answer = await archive.client.patch(url, json=edit)
    assert answer.status_code == 200, answer.text
    assert answer.json()["name"] == "Quiet"
    assert await ids(archive, "/sources?tag=known") == ["other"]
    unnamed = (await archive.client.patch(url, json={"name": ""})).json()
    assert unnamed["name"].endswith("J004000.0+050000")
    assert (await archive.client.patch(url, json={"ra_deg": 1.0})).status_code == 422
    assert len(await items(archive, "/sources/other/history")) == 3
    assert (await archive.client.delete(url)).status_code == 204
    assert (await archive.get("/sources/other")).status_code == 404


async def test_a_light_curve_goes_by_the_time_of_observation(archive: Archive) -> None:
    path = "/sources/bright/lightcurve"
    every = await items(archive, path)
    assert [one["mid_mjd"] for one in every] == [59008.0, 59009.0, 59010.0, 59020.0, 59020.0]
    epochs = await items(archive, f"{path}?counts=true&band=UHF")
    assert [one["peak_jy"] for one in epochs] == list(reversed(PEAKS))
    (left_out,) = await items(archive, f"{path}?counts=false")
    assert (left_out["image_id"], left_out["counts"]) == ("failed", False)
    assert left_out["why_not"]
    part = (await archive.get(f"{path}?limit=2&offset=2")).json()
    assert [one["image_id"] for one in part["items"]] == ["e1", part["items"][1]["image_id"]]
    rest = (await archive.get(part["next"].removeprefix(API))).json()
    assert len(rest["items"]) == 1
    assert rest["next"] is None
    assert (await archive.get("/sources/unknown/lightcurve")).status_code == 404
    for wrong in ("limit=0", "counts=perhaps", "kind=guessed", "offset=-1"):
        assert (await archive.get(f"{path}?{wrong}")).status_code == 422


async def test_variability_is_told_for_each_band(archive: Archive) -> None:
    main, other = await items(archive, "/sources/bright/variability")
    assert (main["band"], main["is_main"], main["n_epochs"]) == ("UHF", True, 3)
    assert (other["band"], other["is_main"], other["n_epochs"]) == ("S", False, 1)
    fluxes = np.array(PEAKS)
    assert main["peak"]["v"] == pytest.approx(fluxes.std(ddof=1) / fluxes.mean())
    assert main["peak"]["mean_jy"] == pytest.approx(fluxes.mean())
    assert (main["peak"]["minimum_jy"], main["peak"]["maximum_jy"]) == (0.010, 0.020)
    assert (main["peak"]["brighter_mjd"], main["peak"]["fainter_mjd"]) == (59008.0, 59010.0)
    assert main["integrated"]["n"] == 3
    assert other["peak"]["eta"] is None
    assert await items(archive, "/sources/other/variability") == []
    assert (await archive.get("/sources/unknown/variability")).status_code == 404


async def test_images_that_contribute_and_their_cutouts(archive: Archive) -> None:
    path = "/sources/bright/contributing-images"
    assert await ids(archive, path) == ["e3", "e2+b", "e1", "s-band"]
    assert await ids(archive, f"{path}?which=others") == ["failed"]
    assert len(await ids(archive, f"{path}?which=all")) == 5
    links = await items(archive, "/sources/bright/cutouts?limit=2")
    assert [link["image_id"] for link in links] == ["e3", "e2+b"]
    # They lead to routes that there are: of these images there is no file.
    for link in links:
        for form in ("fits", "png"):
            answer = await archive.client.get(link[form])
            assert (answer.status_code, answer.json()["code"]) == (403, "outside_roots")
    (wide, *_) = await items(archive, "/sources/bright/cutouts?size=0.5")
    assert "size=0.5" in wide["fits"]


async def test_an_image_has_its_measurements_and_sources(archive: Archive) -> None:
    (one,) = await items(archive, "/images/e2+b/measurements?kind=detected")
    assert (one["image_id"], one["source_id"], one["peak_jy"]) == ("e2+b", "bright", 0.012)
    assert await items(archive, "/images/e2+b/measurements?kind=forced") == []
    assert await ids(archive, "/images/e2+b/sources") == ["bright"]
    for what in ("measurements", "sources", "qa", "provenance", "versions", "children", "inputs"):
        assert (await archive.get(f"/images/unknown/{what}")).status_code == 404


async def test_versions_children_and_inputs_of_images(archive: Archive) -> None:
    await archive.images.add(image("new", version_of="field", version=2))
    await archive.images.add(image("old", version_of="field", version=1, parent_id="e1"))
    assert await ids(archive, "/images/old/versions") == ["new", "old"]
    assert await ids(archive, "/images/e1/children") == ["old"]
    said = {"inputs": ["e1", "e3"]}
    answer = await archive.client.post(f"{API}/images/new/inputs", json=said)
    assert [one["id"] for one in answer.json()] == ["e3", "e1"]
    assert await ids(archive, "/images/new/inputs") == ["e3", "e1"]
    assert await ids(archive, "/images/e1/children") == ["new", "old"]
    for wrong, status in (({"inputs": ["new"]}, 422), ({"inputs": ["unknown"]}, 404), ({}, 422)):
        refused = await archive.client.post(f"{API}/images/new/inputs", json=wrong)
        assert refused.status_code == status
    provenance = (await archive.get("/images/new/provenance")).json()
    assert sorted(one["id"] for one in provenance["inputs"]) == ["e1", "e3"]
    assert [one["id"] for one in provenance["versions"]] == ["old", "new"]


async def test_quality_says_which_grade_holds_and_why(archive: Archive) -> None:
    await archive.images.add(
        image("noisy", noise_jy=0.002, theoretical_noise_jy=0.0008, flags=("beam_missing",))
    )
    await archive.services.repository(AsyncGradingRepository).grade_images(["noisy"])
    found = (await archive.get("/qa/image/noisy")).json()
    assert found["figures"]["noise_jy"] == 0.002
    assert found["flags"] == ["beam_missing"]
    (reason,) = [one for one in found["reasons"] if one["word"] == "noise_ratio"]
    assert (reason["grade"], reason["value"], reason["limit"]) == ("warn", 2.5, 2.0)
    await archive.client.patch(f"{API}/images/noisy", json={"grade_given": "fail"})
    found = (await archive.get("/images/noisy/qa")).json()
    assert (found["grade"], found["grade_given"], found["grade_computed"]) == (
        "fail",
        "fail",
        "warn",
    )
    assert (found["counts"], found["why_not"] is None) == (False, False)
    source = (await archive.get("/qa/source/bright")).json()
    assert source == (await archive.get("/sources/bright/qa")).json()
    assert source["figures"]["n_epochs"] == 3
    assert (await archive.get("/qa/source/unknown")).status_code == 404
    assert (await archive.get("/qa/job/unknown")).status_code == 404


async def test_the_quality_of_a_job_is_that_of_what_it_made(archive: Archive) -> None:
    queue = archive.services.queue

    async def nothing(job: Any) -> dict[str, Any]:
        return {}

    queue.register_handler("test.nothing", nothing)
    job = await queue.submit("test.nothing", {})
    await queue.wait(job, 30)
    await archive.images.add(image("made", job_id=job, grade_given="warn"))
    found = (await archive.get(f"/qa/job/{job}")).json()
    assert (found["grade"], found["status"]) == ("warn", "completed")
    assert found["made"]["images"]["warn"] == 1


LABELLED = [
    "/sources?sort=id",
    "/sources/bright",
    "/sources/bright/lightcurve",
    "/sources/bright/variability",
    "/sources/bright/contributing-images",
    "/sources/bright/cutouts",
    "/sources/bright/qa",
    "/images/e1/measurements",
    "/images/e1/sources",
]


async def test_answers_are_labelled_and_a_new_measurement_gives_others(archive: Archive) -> None:
    before = {path: await archive.get(path) for path in LABELLED}

    async def again(path: str) -> httpx.Response:
        return await archive.get(path, headers={"If-None-Match": before[path].headers["etag"]})

    for path in LABELLED:
        assert (await again(path)).status_code == 304
    sources = archive.services.repository(AsyncSourceRepository)
    await sources.add_measurements("e1", [measurement(0.1)], source_ids=["other"])
    for path in LABELLED:
        assert (await again(path)).status_code == 200


async def test_statistics_count_all_kinds_and_images_by_grade(archive: Archive) -> None:
    radio = (await archive.get("/stats")).json()["collections"]["radio"]
    assert radio["by_kind"] == {"images": 5, "ms": 0, "cal": 0, "sources": 2}
    assert radio["count"] == 5
    assert radio["by_status"] == {"present": 5, "missing": 0}
    assert radio["by_grade"] == {"ungraded": 4, "fail": 1}
    assert radio["lag"]["n_items"] == 5
    assert radio["lag"]["median_seconds"] > 0
    assert radio["recent"]["last_24_hours"] == 5
    assert (await archive.get("/metrics")).status_code == 200

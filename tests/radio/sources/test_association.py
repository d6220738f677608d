"""Which detection is of which source, in the database, on every engine."""

from __future__ import annotations

import math
import random
from typing import Any

import msgspec
import pytest

from mustela.radio.sources.associating import AssociationBusy, associated
from mustela.radio.sources.linking import AssociationOptions
from mustela.radio.sources.procedure import run_async
from mustela.radio.sources.record import Measurement
from mustela.radio.sources.repository import AsyncSourceRepository, SourceRepository
from mustela.store.errors import InvalidValue, NotFound
from mustela.store.testing import Harness
from tests.radio.sources.made import image, measurement, source

pytest.importorskip("scipy", reason="associations need the extra `radio`")

ARCSEC = 1 / 3600


def field(seed: int, size: int, *, ra: float = 150.0, dec: float = -30.0) -> list[Measurement]:
    """Detections about a place, an arcminute and more apart, in random order."""
    rng = random.Random(seed)
    found = []
    for n in range(size):
        row, column = divmod(n, 20)
        found.append(
            measurement(
                0.001 * (n + 1),
                ra_deg=(ra + column / 30 / math.cos(math.radians(dec)) + rng.gauss(0, 0.5) * ARCSEC)
                % 360,
                dec_deg=dec + row / 30 + rng.gauss(0, 0.5) * ARCSEC,
                name=f"n{n}",
            )
        )
    rng.shuffle(found)
    return found


async def by_name(sources: Any, image_id: str) -> dict[str, Measurement]:
    return {one.name: one for one in await sources.image_measurements(image_id)}


@pytest.mark.parametrize("place", [(150.0, -30.0), (359.99, 0.0), (10.0, 89.3)])
async def test_a_second_epoch_finds_the_sources_of_the_first(
    images: Any, sources: Any, place: tuple[float, float]
) -> None:
    await images.add_many([image("a"), image("b", 59001.0)])
    ra, dec = place
    await sources.add_measurements("a", field(1, 60, ra=ra, dec=dec))
    await sources.add_measurements("b", field(2, 60, ra=ra, dec=dec))
    first = await sources.associate("a")
    assert (first.matched, first.new, first.removed) == (0, 60, 0)
    second = await sources.associate("b")
    assert (second.matched, second.new) == (60, 0)
    one, other = await by_name(sources, "a"), await by_name(sources, "b")
    assert {n: m.source_id for n, m in one.items()} == {n: m.source_id for n, m in other.items()}
    assert await sources.count() == 60
    found = await sources.get(one["n7"].source_id)
    assert found.name.startswith("MUS J")
    assert (found.made_by, found.n_epochs, found.n_detections) == ("association", 2, 2)
    assert found.ra_error_arcsec == pytest.approx(math.sqrt(0.5))
    assert all(m.de_ruiter is not None and m.de_ruiter < 5.68 for m in other.values())
    assert all(m.counts and m.why_not is None for m in other.values())


async def test_running_again_changes_nothing_and_keeps_the_sources(
    images: Any, sources: Any
) -> None:
    await images.add_many([image("a"), image("b", 59001.0)])
    await sources.add_measurements("a", field(1, 30))
    await sources.add_measurements("b", field(2, 30))
    await sources.associate("a")
    await sources.associate("b")
    before = {one.id: one for one in await sources.list_sources(1000)}
    links = {one.id: one.source_id for one in await sources.image_measurements("a")}
    again = await sources.associate("a")
    assert (again.matched, again.new, again.removed) == (30, 0, 0)
    after = {one.id: one for one in await sources.list_sources(1000)}
    assert after.keys() == before.keys()
    for id, one in before.items():
        assert after[id].n_measurements == one.n_measurements == 2
        assert after[id].ra_deg == pytest.approx(one.ra_deg, abs=1e-10)
        assert after[id].peak_eta == pytest.approx(one.peak_eta, rel=1e-9)
    assert {one.id: one.source_id for one in await sources.image_measurements("a")} == links


async def test_a_finder_that_runs_again_leaves_no_source_of_what_it_no_longer_finds(
    images: Any, sources: Any
) -> None:
    await images.add(image("a"))
    found = field(1, 5)
    await sources.add_measurements("a", found)
    await sources.associate("a")
    rated = (await by_name(sources, "a"))["n1"].source_id
    await sources.update(rated, rating=3)
    kept = [one for one in found if one.name not in ("n0", "n1")]
    await sources.replace_measurements("a", ["detected"], kept)
    again = await sources.associate("a")
    assert (again.matched, again.new, again.removed) == (3, 0, 1)
    # Of the other one somebody has said something.
    assert (await sources.get(rated)).n_measurements == 0
    assert await sources.count() == 4


async def test_a_source_that_somebody_brought_back_is_not_taken_away_again(
    images: Any, sources: Any
) -> None:
    await images.add(image("a"))
    await sources.add_measurements("a", field(1, 5))
    await sources.associate("a")
    gone = [one.source_id for name, one in (await by_name(sources, "a")).items() if name != "n0"]
    await sources.replace_measurements("a", ["detected"], field(1, 1))
    assert (await sources.associate("a")).removed == 4
    (removal,) = {(await sources.history(id))[0].change_id for id in gone}
    await sources.revert(removal)
    assert (await sources.associate("a")).removed == 0
    assert await sources.count() == 5


async def test_what_came_with_its_source_stays_there(images: Any, sources: Any) -> None:
    await images.add(image("a"))
    await sources.add(source("far", ra_deg=151.0))
    await sources.add_measurements("a", [measurement(id="told")], source_ids=["far"])
    await sources.add_measurements("a", [measurement(id="found", dec_deg=-30.2)])
    done = await sources.associate("a")
    assert (done.matched, done.new) == (0, 1)
    await sources.associate("a")
    assert (await sources.measurement("told")).source_id == "far"


async def test_imports_and_detections_of_one_image_find_the_same_sources(
    images: Any, sources: Any
) -> None:
    await images.add(image("a"))
    await sources.add_measurements("a", field(1, 10))
    imported = [one.replace(kind="imported") for one in field(3, 10)]
    await sources.add_measurements("a", imported)
    done = await sources.associate("a")
    assert (done.matched, done.new) == (10, 10)
    measured = await sources.image_measurements("a")
    reasons = {(one.kind, one.why_not) for one in measured}
    assert reasons == {("detected", None), ("imported", "duplicate")}
    assert await sources.count(min_n_epochs=2) == 0


async def test_forced_fits_are_associated_by_their_source_only(images: Any, sources: Any) -> None:
    await images.add_many([image("a"), image("b", 59001.0)])
    await sources.add_measurements("a", [measurement()])
    await sources.associate("a")
    (found,) = await sources.list_sources()
    await sources.add_measurements("b", [measurement(0.0002, kind="forced")], source_ids=[found.id])
    assert (await sources.associate("b")).new == 0
    after = await sources.get(found.id)
    assert (after.n_epochs, after.n_forced, after.n_detections) == (2, 1, 1)
    assert after.peak_minimum_jy == 0.0002
    assert after.last_mjd == 59000.0  # when it was detected
    # A later detection in that image counts instead.
    await sources.add_measurements("b", [measurement(0.03)])
    await sources.associate("b")
    assert [m.why_not for m in await sources.measurements(found.id, kind="forced")] == ["duplicate"]
    assert (await sources.get(found.id)).peak_maximum_jy == 0.03


async def test_detections_without_errors_go_to_the_nearest_source_that_is_left(
    images: Any, sources: Any
) -> None:
    await images.add(image("a"))
    await sources.add_many([source("one"), source("two", dec_deg=-30 + 4 * ARCSEC)])
    sure = measurement(id="sure")
    unsure = measurement(id="unsure", ra_error_arcsec=None, dec_error_arcsec=None)
    alone = unsure.replace(id="alone", dec_deg=-30.1)
    await sources.add_measurements("a", [unsure, sure, alone])
    await sources.associate("a")
    found = {one.id: one for one in await sources.image_measurements("a")}
    assert (found["sure"].source_id, found["unsure"].source_id) == ("one", "two")
    assert found["unsure"].de_ruiter is None
    assert found["unsure"].separation_arcsec == pytest.approx(4.0, abs=1e-6)
    made = await sources.get(found["alone"].source_id)
    assert (made.ra_deg, made.dec_deg, made.ra_error_arcsec) == (150.0, -30.1, None)
    # With a systematic error they have weights, and places follow.
    await sources.associate("a", AssociationOptions(systematic_arcsec=2.0))
    assert (await sources.get(found["alone"].source_id)).ra_error_arcsec == 2.0


async def test_the_method_and_its_limits_are_the_callers(images: Any, sources: Any) -> None:
    await images.add(image("a"))
    await sources.add(source("one", dec_deg=-30 + 8 * ARCSEC))
    await sources.add_measurements("a", [measurement()])
    de_ruiter = AssociationOptions()
    assert (await sources.associate("a", de_ruiter)).new == 1
    nearest = AssociationOptions(method="nearest")
    assert (await sources.associate("a", nearest)).matched == 1  # its own, at 0
    (own,) = [one for one in await sources.list_sources() if one.id != "one"]
    await sources.delete(own.id)
    assert (await sources.associate("a", nearest)).matched == 1
    assert (await sources.get("one")).n_measurements == 1
    near = AssociationOptions(method="nearest", max_radius_arcsec=5.0)
    left = await sources.associate("a", near)
    assert (left.new, left.left_out) == (0, 1)  # somebody said that there is no source
    await sources.revert((await sources.history(own.id))[0].id)
    assert (await sources.associate("a", near)).matched == 1
    with pytest.raises(InvalidValue, match="max_radius"):
        await sources.associate("a", AssociationOptions(max_radius_arcsec=0.0))
    with pytest.raises(NotFound):
        await sources.associate("nobody")


class Interfering:
    """A repository beside which somebody adds a source, before the first pairs are set down."""

    def __init__(self, repository: Any, times: int) -> None:
        self.repository, self.times = repository, times

    def __getattr__(self, name: str) -> Any:
        operation = getattr(self.repository, name)
        if name != "set_down" or not self.times:
            return operation
        self.times -= 1

        async def interfered(*arguments: Any) -> Any:
            await self.repository.add(source("other" + str(self.times)))
            return await operation(*arguments)

        return interfered


async def test_a_source_that_another_made_meanwhile_is_found_not_made_twice(
    images: Any, sources: Any
) -> None:
    await images.add(image("a"))
    await sources.add_measurements("a", [measurement()])
    options = AssociationOptions()
    done = await run_async(associated("a", options), Interfering(sources, 1))
    assert (done.matched, done.new) == (1, 0)
    assert [one.id for one in await sources.list_sources()] == ["other0"]
    with pytest.raises(AssociationBusy):
        await run_async(associated("a", options), Interfering(sources, 99))


async def test_a_part_that_was_set_down_is_taken_away_when_all_begins_anew(
    images: Any, sources: Any
) -> None:
    class Late(Interfering):
        """Interferes with the second part only."""

        def __getattr__(self, name: str) -> Any:
            if name == "set_down" and self.times > 0:
                self.times -= 1
                if self.times:
                    return getattr(self.repository, name)
                self.times = 1
                return super().__getattr__(name)
            return getattr(self.repository, name)

    await images.add(image("a"))
    await sources.add_measurements("a", field(1, 501))
    done = await run_async(associated("a", AssociationOptions()), Late(sources, 2))
    # The 500 that the first part had made are found again.
    assert (done.matched, done.new, done.removed) == (500, 1, 0)
    assert await sources.count() == 502
    assert await sources.count(min_n_measurements=2) == 0


async def test_detections_of_the_finder_are_taken_as_they_are(images: Any, sources: Any) -> None:
    class Detection(msgspec.Struct, frozen=True, kw_only=True):
        ra_deg: float
        dec_deg: float
        kind: str
        name: str | None = None
        ra_error_arcsec: float | None = 1.0
        dec_error_arcsec: float | None = 1.0
        peak_jy: float | None = 0.5
        peak_error_jy: float | None = 0.1
        integrated_jy: float | None = None
        integrated_error_jy: float | None = None
        local_rms_jy: float | None = None
        background_jy: float | None = None
        major_arcsec: float | None = None
        minor_arcsec: float | None = None
        pa_deg: float | None = None
        major_error_arcsec: float | None = None
        minor_error_arcsec: float | None = None
        pa_error_deg: float | None = None
        deconvolved_major_arcsec: float | None = None
        deconvolved_minor_arcsec: float | None = None
        deconvolved_pa_deg: float | None = None
        island: str | None = None
        component: str | None = None
        flags: tuple[str, ...] = ()

    await images.add(image("a"))
    found = [Detection(ra_deg=150.0, dec_deg=-30.0, kind="detected", flags=("blended",))]
    assert await sources.add_measurements("a", found, job_id="job-1") == 1
    await sources.associate("a", job_id="job-2")
    assert await sources.count(run="job-2") == 1
    (kept,) = await sources.image_measurements("a")
    assert (kept.flags, kept.job_id, kept.peak_jy, kept.counts) == (
        ("blended",),
        "job-1",
        0.5,
        True,
    )


async def test_a_transaction_adds_and_associates_or_nothing(
    radio_harness: Harness, images: Any, sources: Any
) -> None:
    await images.add(image("a"))

    class Stop(Exception):
        pass

    async def work() -> None:
        async with radio_harness.transaction() as transaction:
            inside = radio_harness.bind(SourceRepository, AsyncSourceRepository, transaction)
            await inside.add_measurements("a", [measurement()])
            assert (await inside.associate("a")).new == 1
            assert await inside.count() == 1
            raise Stop

    with pytest.raises(Stop):
        await work()
    assert await sources.count() == 0
    assert await sources.image_measurements("a") == []


async def test_a_source_that_a_person_deleted_is_not_made_again_until_that_is_undone(
    images: Any, sources: Any
) -> None:
    await images.add_many([image("a"), image("b", 59001.0)])
    await sources.add_measurements("a", field(1, 3))
    await sources.associate("a")
    gone = (await by_name(sources, "a"))["n1"].source_id
    assert gone is not None
    await sources.delete(gone)
    again = await sources.associate("a")
    assert (again.matched, again.new, again.left_out) == (2, 0, 1)
    # A finder that runs again finds it again, as does the next image.
    await sources.replace_measurements("a", ["detected"], field(2, 3))
    await sources.add_measurements("b", field(3, 3))
    for id in ("a", "b", "b"):
        done = await sources.associate(id)
        assert (done.matched, done.new, done.left_out) == (2, 0, 1)
        left = (await by_name(sources, id))["n1"]
        assert (left.source_id, left.counts, left.why_not) == (None, False, "not_associated")
    assert await sources.count() == 2
    # It has them all when it is back.
    await sources.revert((await sources.history(gone))[0].id)
    found = await sources.get(gone)
    assert (found.n_measurements, found.n_epochs) == (2, 2)
    assert (await sources.associate("b")).matched == 3
    # Who undoes the undo says again that it is none.
    await sources.revert((await sources.history(gone))[0].id)
    assert (await sources.associate("b")).left_out == 1
    # And who adds one there says that it is.
    await sources.add(source(gone, dec_deg=found.dec_deg, ra_deg=found.ra_deg))
    assert (await sources.associate("b")).matched == 3


async def test_detections_of_a_deleted_double_go_to_the_source_beside_it(
    images: Any, sources: Any
) -> None:
    await images.add(image("a"))
    await sources.add_many([source("one", dec_deg=-30 + 2 * ARCSEC), source("double")])
    await sources.add_measurements("a", [measurement(id="m")])
    await sources.associate("a")
    assert (await sources.measurement("m")).source_id == "double"
    await sources.delete("double")
    assert (await sources.associate("a")).matched == 1
    assert (await sources.measurement("m")).source_id == "one"

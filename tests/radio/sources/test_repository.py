"""What the repository of sources promises, on every engine, sync and async."""

from __future__ import annotations

import random
from typing import Any

import msgspec
import pytest

from mustela.radio.schema import sources as source_table
from mustela.radio.sky.positions import separation
from mustela.radio.sources.record import Source
from mustela.radio.sources.records import records
from mustela.radio.sources.removal import ALL_KINDS
from mustela.store import AsyncRepository, SyncRepository, Unit, write
from mustela.store.errors import (
    AlreadyExists,
    ConstraintViolated,
    InvalidValue,
    NotFound,
    NotRevertible,
)
from mustela.store.testing import Harness
from tests.radio.sources.made import image, measurement, source


def ids(found: Any) -> list[str]:
    return [one.id for one in found]


async def test_a_source_is_read_back_as_it_was_added(sources: Any) -> None:
    given = Source(
        id="one",
        name="Vela X-1",
        ra_deg=-210.0,
        dec_deg=-40.5,
        ra_error_arcsec=0.5,
        dec_error_arcsec=0.25,
        tags=("pulsar",),
        rating=4,
        note="look",
        grade_given="good",
        job_id="job-1",
    )
    added = await sources.add(given.replace(n_epochs=7, peak_eta=3.0))
    assert added == await sources.get("one") == await sources.get_by_name("Vela X-1")
    follow = {"ra_deg", "created_at", "updated_at", "cell", "grade"}
    for name in set(Source.fields) - follow:
        assert getattr(added, name) == getattr(given, name), name
    assert (added.ra_deg, added.grade) == (150.0, "good")
    assert added.created_at == added.updated_at is not None
    made = await sources.add(Source(ra_deg=187.705, dec_deg=12.391))
    assert made.name == "MUS J123049.2+122327"
    assert len(made.id) == 36
    assert await sources.get("nobody") is None
    assert await sources.get_by_name("vela") is None
    assert await sources.count() == 2


async def test_a_taken_id_is_refused_and_so_is_what_is_no_position(sources: Any) -> None:
    await sources.add(source("one"))
    with pytest.raises(AlreadyExists):
        await sources.add(source("one", dec_deg=3.0))
    with pytest.raises(AlreadyExists):
        await sources.add_many([source("two"), source("one")])
    for wrong in ({"ra_deg": 400.0}, {"dec_deg": 91.0}, {"ra_error_arcsec": -1.0}, {"id": "a/b"}):
        with pytest.raises(InvalidValue):
            await sources.add(source("two").replace(**wrong))
    with pytest.raises(InvalidValue):
        await sources.add(source("search"))
    assert await sources.count() == 1


async def test_people_say_a_name_tags_a_rating_a_note_and_a_grade(sources: Any) -> None:
    before = await sources.add(source("one"))
    said = {
        "name": "M 1",
        "tags": (" crab ", "crab"),
        "rating": 5,
        "note": "n",
        "grade_given": "warn",
    }
    after = await sources.update("one", **said)
    assert (after.name, after.tags, after.rating, after.grade_given) == (
        "M 1",
        ("crab",),
        5,
        "warn",
    )
    assert (await sources.update("one", name=" ")).name == before.name
    for field in ("ra_deg", "n_epochs", "job_id", "nonsense"):
        with pytest.raises(InvalidValue, match=field):
            await sources.update("one", **{field: 1})
    with pytest.raises(NotFound):
        await sources.update("nobody", rating=1)
    with pytest.raises(ConstraintViolated):
        await sources.update("one", rating=6)
    history = await sources.history("one")
    assert [entry.action for entry in history] == ["update", "update", "insert"]
    await sources.revert(history[0].id)
    assert (await sources.get("one")).name == "M 1"


async def test_lists_are_filtered_sorted_and_paged(sources: Any) -> None:
    many = [
        source(
            f"s{n}",
            name=f"Straße {n}" if n % 2 else "",
            ra_deg=10.0 * n,
            rating=n % 3 or None,
            tags=("odd",) if n % 2 else ("even", "all"),
            job_id="run-1" if n < 2 else None,
            grade_given="good" if n == 4 else None,
        )
        for n in range(7)
    ]
    assert await sources.add_many(many) == 7
    page = await sources.page(3, sort="-ra_deg")
    assert ids(page.items) == ["s6", "s5", "s4"]
    assert (page.total, page.total_is_exact) == (7, True)
    assert ids((await sources.page(9, sort="-ra_deg", after=page.next)).items) == [
        "s3",
        "s2",
        "s1",
        "s0",
    ]
    assert ids(await sources.list_sources(sort="rating")) == [
        "s1",
        "s4",
        "s2",
        "s5",
        "s0",
        "s3",
        "s6",
    ]
    assert await sources.count(name="STRASSE") == 3
    assert await sources.count(name="j0120") == 1
    assert await sources.count(tag="even") == 4
    assert await sources.count(ids=["s1", "nobody"]) == 1
    assert await sources.count(run="run-1") == 2
    assert await sources.count(has_rating=False) == 3
    assert await sources.count(min_rating=2) == 2
    assert await sources.count(made_by="caller") == 7
    assert await sources.count(max_n_epochs=0) == 7
    assert await sources.count(min_peak_eta=0.0) == 0
    streamed = [one.id async for one in sources.everything(sort="id", size=2)]
    assert streamed == [f"s{n}" for n in range(7)]
    encoded = await sources.encoded_page(3, sort="id")
    said = msgspec.json.encode(
        [one.to_public() for one in (await sources.page(3, sort="id")).items]
    )
    assert msgspec.json.decode(encoded.items) == msgspec.json.decode(said)
    with pytest.raises(InvalidValue, match="sort"):
        await sources.page(3, sort="nonsense")
    with pytest.raises(InvalidValue, match="filter"):
        await sources.count(nonsense=1)


async def test_a_cone_holds_what_is_within_its_radius(sources: Any) -> None:
    rng = random.Random(6)
    made = [
        source(f"r{n}", ra_deg=rng.uniform(0, 360), dec_deg=rng.uniform(-90, 90))
        for n in range(150)
    ]
    await sources.add_many(made)
    for ra, dec, radius in ((0.0, 0.0, 40.0), (123.0, 88.0, 15.0), (300.0, -89.9, 60.0)):
        wanted = {one.id for one in made if separation(ra, dec, one.ra_deg, one.dec_deg) <= radius}
        assert set(ids(await sources.list_sources(1000, near=(ra, dec, radius)))) == wanted
    with pytest.raises(InvalidValue, match="radius"):
        await sources.count(near=(0.0, 0.0, -1.0))


async def test_the_cone_of_the_whole_sky_holds_the_opposite_position(sources: Any) -> None:
    generator = random.Random(3)
    places = [(360 * generator.random(), generator.uniform(-90, 90)) for _ in range(40)]
    await sources.add_many([source("", ra_deg=ra, dec_deg=dec) for ra, dec in places])
    for ra, dec in places:
        assert await sources.count(near=((ra + 180) % 360, -dec, 180.0)) == len(places)


async def test_a_right_ascension_just_below_0_is_0(sources: Any) -> None:
    assert (await sources.add(source("one", ra_deg=-1e-20))).ra_deg == 0.0
    assert ids(await sources.list_sources(near=(0.0, -30.0, 0.0))) == ["one"]


async def light_curves(images: Any, sources: Any) -> None:
    """Two sources, in two bands and two Stokes parameters."""
    await images.add_many(
        [
            *(image(f"u{n}", 59000.0 + n) for n in range(3)),
            *(image(f"l{n}", 59000.5 + n, frequency_hz=1.4e9) for n in range(2)),
            image("v0", 59000.2, stokes="V"),
        ]
    )
    await sources.add_many([source("one"), source("two", dec_deg=-31.0)])
    for id, fluxes in {
        "u0": (0.010, 0.020),
        "u1": (0.012, 0.020),
        "u2": (0.014, 0.021),
        "l0": (0.5, 0.3),
        "l1": (0.1, 0.3),
        "v0": (-0.001, 0.001),
    }.items():
        await sources.add_measurements(
            id, [measurement(flux) for flux in fluxes], source_ids=["one", "two"]
        )


async def test_statistics_are_of_the_band_with_most_epochs_or_of_the_one_asked_for(
    images: Any, sources: Any
) -> None:
    await light_curves(images, sources)
    main = await sources.get("one")
    assert (main.band, main.stokes, main.n_epochs) == ("UHF", "I", 3)
    assert main.peak_mean_jy == pytest.approx(0.012)
    assert main.peak_v == pytest.approx(1 / 6)
    assert main.peak_eta == pytest.approx(4.0)
    assert main.peak_vs == pytest.approx(0.004 / (0.001 * 2**0.5))
    assert main.peak_m == pytest.approx(1 / 3)
    assert main.integrated_mean_jy == pytest.approx(0.0144)
    assert (main.peak_minimum_jy, main.peak_maximum_jy) == (0.010, 0.014)
    assert (main.n_measurements, main.first_mjd, main.last_mjd) == (6, 59000.0, 59002.0)
    in_l = await sources.get("one", band="L")
    assert (in_l.n_epochs, in_l.peak_mean_jy, in_l.n_measurements) == (2, 0.3, 6)
    assert (await sources.get("one", band="UHF", stokes="V")).peak_mean_jy == -0.001
    assert await sources.get("one", band="S") is None
    assert ids(await sources.list_sources(sort="-peak_eta")) == ["one", "two"]
    assert ids(await sources.list_sources(sort="-peak_mean_jy")) == ["two", "one"]
    page = await sources.page(1, sort="-peak_maximum_jy", band="L")
    assert (ids(page.items), page.total) == (["one"], 2)
    assert page.items[0].band == "L"
    assert ids(
        (await sources.page(1, sort="-peak_maximum_jy", band="L", after=page.next)).items
    ) == ["two"]
    assert await sources.count(band="L", min_peak_v=0.5) == 1
    assert await sources.count(min_peak_v=0.5) == 0
    assert await sources.count(band="UHF", stokes="V") == 2
    assert await sources.count(band="C") == 0
    encoded = await sources.encoded_page(10, band="L", sort="id")
    said = [one.to_public() for one in (await sources.page(10, band="L", sort="id")).items]
    assert msgspec.json.decode(encoded.items) == msgspec.json.decode(msgspec.json.encode(said))
    with pytest.raises(InvalidValue, match="band"):
        await sources.count(stokes="V")


async def test_a_light_curve_is_in_order_of_observation(images: Any, sources: Any) -> None:
    await light_curves(images, sources)
    curve = await sources.measurements("one")
    assert [one.image_id for one in curve] == ["u0", "v0", "l0", "u1", "l1", "u2"]
    assert [one.mid_mjd for one in curve] == sorted(one.mid_mjd for one in curve)
    assert {(one.source_id, one.counts, one.why_not) for one in curve} == {("one", True, None)}
    assert [one.image_id for one in await sources.measurements("one", band="L")] == ["l0", "l1"]
    assert [one.image_id for one in await sources.measurements("one", stokes="V")] == ["v0"]
    assert len(await sources.measurements("one", 2, 1)) == 2
    assert await sources.measurements("one", counts=False) == []
    assert len(await sources.image_measurements("u0")) == 2
    assert await sources.image_measurements("u0", kind="forced") == []
    assert set(ids(await sources.sources_of_image("u0"))) == {"one", "two"}
    await images.update("u1", grade_given="fail")
    assert ids(await sources.contributing_images("one")) == ["u0", "v0", "l0", "l1", "u2"]
    assert ids(await sources.contributing_images("one", counts=False)) == ["u1"]
    assert len(await sources.contributing_images("one", counts=None)) == 6
    for unknown in (sources.measurements, sources.contributing_images, sources.image_measurements):
        with pytest.raises(NotFound, match="nobody"):
            await unknown("nobody")


async def test_a_deleted_source_leaves_its_measurements_and_has_them_again_when_it_is_back(
    images: Any, sources: Any
) -> None:
    await light_curves(images, sources)
    await sources.update("one", tags=("seen",))
    before = await sources.get("one")
    curve = await sources.measurements("one")
    assert await sources.delete("one") is True
    assert await sources.delete("one") is False
    alone = (await sources.image_measurements("u0"))[0]
    assert (alone.source_id, alone.counts, alone.why_not) == (None, False, "not_associated")
    await sources.revert((await sources.history("one"))[0].id)
    after = await sources.get("one")
    assert after.replace(updated_at=before.updated_at) == before
    assert await sources.measurements("one") == curve
    assert ids(await sources.list_sources(tag="seen")) == ["one"]


class Emptying:
    """Sources deleted by a condition."""

    @write
    def empty(self) -> Unit[int]:
        return (yield from records.delete_where(source_table.c.note.is_(None), {}))


class SyncEmptying(Emptying, SyncRepository):
    """Sync."""


class AsyncEmptying(Emptying, AsyncRepository):
    """Async."""


async def test_sources_that_were_deleted_together_have_their_measurements_again(
    images: Any, sources: Any, radio_harness: Harness
) -> None:
    await light_curves(images, sources)
    before = [await sources.measurements(id) for id in ("one", "two")]
    assert await radio_harness.bind(SyncEmptying, AsyncEmptying).empty() == 2
    found = await sources.image_measurements("u0")
    assert {(one.source_id, one.counts) for one in found} == {(None, False)}
    await sources.revert((await sources.history("one"))[0].change_id)
    assert [await sources.measurements(id) for id in ("one", "two")] == before


async def test_measurements_keep_their_ids_and_follow_their_image(
    images: Any, sources: Any
) -> None:
    await images.add_many([image("a"), image("b", None, frequency_hz=None, stokes=None)])
    await sources.add(source("one"))
    given = [
        measurement(id="m-1", source_id="one", flags=("blended",), ra_deg=-210.0),
        measurement(),
    ]
    assert await sources.add_measurements("a", given, job_id="job-7") == 2
    kept = await sources.measurement("m-1")
    assert (kept.band, kept.stokes, kept.mid_mjd, kept.ra_deg) == ("UHF", "I", 59000.0, 150.0)
    assert (kept.flags, kept.job_id, kept.frequency_hz) == (("blended",), "job-7", 888e6)
    assert (await images.get("a")).n_sources == 2
    await sources.add_measurements("b", [measurement(id="m-2", source_id="one")])
    assert (
        (await sources.measurement("m-2")).band,
        (await sources.measurement("m-2")).why_not,
    ) == (
        "unknown",
        "no_time",
    )
    await images.observe("b", mid_mjd=59001.0, frequency_hz=1.4e9, stokes="Q")
    after = await sources.measurement("m-2")
    assert (after.band, after.stokes, after.mid_mjd, after.counts) == ("L", "Q", 59001.0, True)
    assert (await sources.get("one", band="L", stokes="Q")).n_epochs == 1
    assert await sources.measurement("nobody") is None


async def test_measurements_that_cannot_be_are_refused_and_nothing_is_written(
    images: Any, sources: Any
) -> None:
    await images.add(image("a"))
    await sources.add(source("one"))
    await sources.add_measurements("a", [measurement(id="m-1")])
    for wrong, error in (
        (measurement(id="m-1"), AlreadyExists),
        (measurement(kind="guessed"), InvalidValue),
        (measurement(dec_deg=95.0), InvalidValue),
        (measurement(id="a/b"), InvalidValue),
        (measurement(source_id="nobody"), NotFound),
        (msgspec.defstruct("Odd", ["kind"])("detected"), InvalidValue),
    ):
        with pytest.raises(error):
            await sources.add_measurements("a", [measurement(source_id="one"), wrong])
    with pytest.raises(NotFound):
        await sources.add_measurements("nobody", [measurement()])
    with pytest.raises(InvalidValue, match="as many"):
        await sources.add_measurements("a", [measurement()], source_ids=["one", "one"])
    with pytest.raises(InvalidValue, match="forced"):
        await sources.replace_measurements("a", ["detected"], [measurement(kind="forced")])
    for kinds in ([], ["guessed"], "forced"):
        with pytest.raises(InvalidValue, match="kinds"):
            await sources.delete_measurements("a", kinds)
    assert [one.id for one in await sources.image_measurements("a")] == ["m-1"]
    assert (await sources.get("one")).n_measurements == 0


async def test_a_program_that_runs_again_replaces_what_it_measured(
    images: Any, sources: Any
) -> None:
    await images.add_many([image("a"), image("b", 59001.0)])
    await sources.add_many([source("one"), source("two")])
    for id in ("a", "b"):
        await sources.add_measurements(
            id, [measurement(0.01), measurement(0.5)], source_ids=["one", "two"]
        )
        await sources.add_measurements(id, [measurement(0.02, kind="forced")], source_ids=["one"])
    await sources.replace_measurements("a", ["detected"], [measurement(0.03)], source_ids=["one"])
    one, two = await sources.get("one"), await sources.get("two")
    assert (one.n_epochs, one.n_measurements, one.peak_mean_jy) == (2, 4, pytest.approx(0.02))
    assert (two.n_epochs, two.n_measurements) == (1, 1)
    assert (await images.get("a")).n_sources == 1
    await sources.replace_measurements("a", ["detected"], [])
    assert (await images.get("a")).n_sources == 0
    # The forced fit counts instead.
    assert (await sources.get("one")).peak_mean_jy == pytest.approx(0.015)
    assert await sources.delete_measurements("a") == 1
    assert (await sources.get("one")).n_epochs == 1
    last = (await sources.measurement_history("a"))[0]
    assert last.before == {"kinds": ["detected", "imported", "forced"], "measurements": 1}


async def test_a_bulk_of_measurements_is_one_entry_in_the_audit_that_cannot_be_reverted(
    images: Any, sources: Any
) -> None:
    await images.add(image("a"))
    await sources.add_measurements("a", [measurement() for _ in range(20)])
    (entry,) = await sources.measurement_history("a")
    assert (entry.action, entry.after) == ("insert", {"kinds": ["detected"], "measurements": 20})
    with pytest.raises(NotRevertible):
        await sources.revert(entry.id)
    await images.delete("a")
    assert (await sources.measurement_history("a"))[0].action == "delete"


async def test_a_measured_image_that_was_deleted_comes_back_by_its_change(
    images: Any, sources: Any
) -> None:
    await images.add_many([image("a"), image("b")])
    await sources.add_measurements("a", [measurement()])
    await images.delete("a")
    await images.revert((await images.history("a"))[0].change_id)
    assert (await images.get("a")).n_sources == 1
    assert len(await sources.image_measurements("a")) == 1
    assert await images.leave_root("") == 2
    await images.revert((await images.history("b"))[0].change_id)
    assert await images.count() == 2
    back, gone, *_, added = await sources.measurement_history("a")
    assert (back.action, gone.action, added.action) == ("restore", "delete", "insert")
    assert back.after == gone.before == {"kinds": list(ALL_KINDS), "measurements": 1}
    for reference in (back.id, gone.id, added.id, added.change_id):
        with pytest.raises(NotRevertible):
            await images.revert(reference)

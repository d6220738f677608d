"""What counts as an epoch, down to the statistics of sources, on every engine."""

from __future__ import annotations

from typing import Any

import pytest

from mustela.radio.rules.record import Band, EpochRule, RadioRules
from mustela.radio.rules.repository import AsyncRulesRepository, RulesRepository
from mustela.store.errors import InvalidValue, NotFound
from mustela.store.testing import Harness
from tests.radio.sources.made import image, measurement, source


@pytest.fixture
def rules(radio_harness: Harness) -> Any:
    return radio_harness.bind(RulesRepository, AsyncRulesRepository)


async def measured(images: Any, sources: Any, fluxes: dict[str, float], **fields: Any) -> None:
    """Images with one measurement each of one source."""
    await sources.add(source("one"))
    for n, (id, flux) in enumerate(fluxes.items()):
        await images.add(image(id, 59000.0 + n, **fields))
        await sources.add_measurements(id, [measurement(flux, id=f"m-{id}")], source_ids=["one"])


async def reasons(sources: Any) -> dict[str, str | None]:
    curve = await sources.measurements("one")
    assert all(one.counts == (one.why_not is None) for one in curve)
    return {one.image_id: one.why_not for one in curve}


async def mean(sources: Any) -> float | None:
    found = await sources.get("one")
    assert found.n_epochs == len(await sources.measurements("one", counts=True, band=found.band))
    value: float | None = found.peak_mean_jy
    return value


async def test_subbands_of_one_observation_are_epochs_of_their_bands(
    images: Any, sources: Any
) -> None:
    await sources.add(source("one"))
    for n, frequency in enumerate((888e6, 930e6, 1.4e9)):
        await images.add(image(f"s{n}", frequency_hz=frequency))
        await sources.add_measurements(f"s{n}", [measurement(0.01 * (n + 1))], source_ids=["one"])
    main = await sources.get("one")
    # Two images of one band are two epochs, even of the same time.
    assert (main.band, main.n_epochs, main.peak_mean_jy) == ("UHF", 2, pytest.approx(0.015))
    assert (await sources.get("one", band="L")).peak_mean_jy == 0.03
    assert set((await reasons(sources)).values()) == {None}


async def test_a_later_version_takes_the_place_of_the_earlier(images: Any, sources: Any) -> None:
    await measured(images, sources, {"v1": 0.01, "other": 0.05})
    await images.update("v1", version_of="night 1", version=1)
    assert await mean(sources) == pytest.approx(0.03)
    await images.add(image("v2", version_of="night 1", version=2))
    assert (await images.get("v1")).why_not == "superseded"
    assert await reasons(sources) == {"v1": "superseded", "other": None}
    assert await mean(sources) == 0.05
    await sources.add_measurements("v2", [measurement(0.03)], source_ids=["one"])
    assert await mean(sources) == pytest.approx(0.04)
    assert [one.id for one in await images.versions("v1")] == ["v2", "v1"]
    # The later one goes: the earlier counts again; and the other way round.
    await images.retire("v2", "bad calibration")
    assert await reasons(sources) == {"v1": None, "v2": "retired", "other": None}
    assert await mean(sources) == pytest.approx(0.03)
    await images.revert((await images.history("v2"))[0].id)
    assert await reasons(sources) == {"v1": "superseded", "v2": None, "other": None}
    await images.delete("v2")
    assert await mean(sources) == pytest.approx(0.03)
    await images.revert((await images.history("v2"))[0].id)
    assert await reasons(sources) == {"v1": "superseded", "v2": None, "other": None}
    # It is said to be a version of something else.
    await images.update("v2", version_of="night 2")
    assert await reasons(sources) == {"v1": None, "v2": None, "other": None}
    assert [one.id for one in await images.versions("other")] == ["other"]
    with pytest.raises(NotFound):
        await images.versions("nobody")


async def test_what_went_into_a_mosaic_counts_through_it_while_it_counts(
    images: Any, sources: Any
) -> None:
    await measured(images, sources, {"a": 0.01, "b": 0.03, "mosaic": 0.02})
    assert await images.set_inputs("mosaic", ["a", "b"]) == 2
    assert await reasons(sources) == {"a": "in_mosaic", "b": "in_mosaic", "mosaic": None}
    assert await mean(sources) == 0.02
    await images.update("mosaic", grade_given="fail")
    assert await reasons(sources) == {"a": None, "b": None, "mosaic": "grade"}
    assert await mean(sources) == pytest.approx(0.02)
    assert (await sources.get("one")).n_epochs == 2
    await images.revert((await images.history("mosaic"))[0].id)
    assert (await sources.get("one")).n_epochs == 1
    assert [one.id for one in await images.inputs("mosaic")] == ["a", "b"]
    assert [one.id for one in await images.children("a")] == ["mosaic"]
    # Not whole in it after all.
    await images.set_inputs("mosaic", ["b"])
    assert await reasons(sources) == {"a": None, "b": "in_mosaic", "mosaic": None}
    await images.set_inputs("mosaic", ["b"], "reference")
    assert await reasons(sources) == {"a": None, "b": None, "mosaic": None}
    await images.set_inputs("mosaic", ["a", "b"])
    await images.delete("mosaic")
    assert await reasons(sources) == {"a": None, "b": None}


async def test_a_mosaic_is_made_of_the_same_again_when_a_deletion_is_undone(
    images: Any, sources: Any
) -> None:
    await measured(images, sources, {"a": 0.01, "b": 0.03, "mosaic": 0.02})
    await images.set_inputs("mosaic", ["a", "b"])
    for id in ("mosaic", "a"):
        await images.delete(id)
    await images.revert((await images.history("a"))[0].id)
    assert (await images.get("a")).why_not is None
    await images.revert((await images.history("mosaic"))[0].id)
    assert [one.id for one in await images.inputs("mosaic")] == ["a", "b"]
    assert await reasons(sources) == {"a": "in_mosaic", "b": "in_mosaic", "mosaic": None}
    assert (await images.get("a")).why_not == "in_mosaic"
    # What was said meanwhile holds.
    await images.delete("a")
    await images.set_inputs("mosaic", [])
    await images.revert((await images.history("a"))[0].id)
    assert await images.inputs("mosaic") == []
    assert await reasons(sources) == {"a": None, "b": None, "mosaic": None}
    # A whole root goes and comes back.
    await images.set_inputs("mosaic", ["a", "b"])
    await images.leave_root("")
    await images.revert((await images.history("a"))[0].change_id)
    assert [one.id for one in await images.inputs("mosaic")] == ["a", "b"]


async def test_mosaics_of_mosaics_count_once_and_are_never_made_of_themselves(
    images: Any, sources: Any
) -> None:
    await measured(images, sources, {"a": 0.01, "night": 0.02, "week": 0.03})
    await images.set_inputs("night", ["a"])
    await images.set_inputs("week", ["night"])
    assert await reasons(sources) == {"a": "in_mosaic", "night": "in_mosaic", "week": None}
    await images.retire("week", "wrong weights")
    assert await reasons(sources) == {"a": "in_mosaic", "night": None, "week": "retired"}
    await images.update("night", grade_given="fail")
    assert (await reasons(sources))["a"] is None
    await images.revert((await images.history("week"))[0].id)
    assert await reasons(sources) == {"a": "in_mosaic", "night": "grade", "week": None}
    for inputs in (["week"], ["a", "a"]):
        with pytest.raises(InvalidValue, match="itself"):
            await images.set_inputs("a", inputs)
    with pytest.raises(NotFound):
        await images.set_inputs("a", ["nobody"])
    with pytest.raises(InvalidValue, match="role"):
        await images.set_inputs("a", [], " ")


async def test_a_failed_image_does_not_count_until_it_is_better(images: Any, sources: Any) -> None:
    await measured(images, sources, {"a": 0.01, "b": 0.03, "c": 0.08})
    await images.update("c", grade_given="fail")
    assert await reasons(sources) == {"a": None, "b": None, "c": "grade"}
    assert await mean(sources) == pytest.approx(0.02)
    found = await sources.get("one")
    assert (found.peak_maximum_jy, found.n_measurements) == (0.03, 3)
    assert (await images.get("c")).counts is False
    await images.update("c", grade_given="warn")
    assert await mean(sources) == pytest.approx(0.04)


@pytest.mark.parametrize("kind", ["residual", "psf", None])
async def test_other_kinds_of_images_never_count(
    images: Any, sources: Any, kind: str | None
) -> None:
    await measured(images, sources, {"a": 0.01}, kind=kind)
    assert await reasons(sources) == {"a": "kind"}
    assert (await sources.get("one")).band is None
    await images.observe("a", kind="restored")
    assert await mean(sources) == 0.01


async def test_one_measurement_of_a_source_in_an_image_counts(images: Any, sources: Any) -> None:
    await images.add(image("a"))
    await sources.add(source("one"))

    async def why(*order: str) -> dict[str, str | None]:
        del order
        return {one.id: one.why_not for one in await sources.measurements("one")}

    await sources.add_measurements(
        "a", [measurement(0.01, id="f", kind="forced")], source_ids=["one"]
    )
    assert await why() == {"f": None}
    await sources.add_measurements(
        "a", [measurement(0.02, id="i", kind="imported")], source_ids=["one"]
    )
    assert await why() == {"f": "duplicate", "i": None}
    await sources.add_measurements("a", [measurement(0.03, id="d2")], source_ids=["one"])
    await sources.add_measurements("a", [measurement(0.04, id="d1")], source_ids=["one"])
    assert await why() == {"f": "duplicate", "i": "duplicate", "d1": None, "d2": "duplicate"}
    assert await mean(sources) == 0.04
    await sources.delete_measurements("a", ["detected"])
    assert await why() == {"f": "duplicate", "i": None}
    # One without numbers does not stand in the way of one with.
    nothing = measurement(None, None, id="d3")
    await sources.add_measurements("a", [nothing], source_ids=["one"])
    assert await why() == {"f": "duplicate", "i": None, "d3": "no_flux"}
    assert await mean(sources) == 0.02


async def test_an_upper_limit_is_a_forced_fit_like_any_other(images: Any, sources: Any) -> None:
    await measured(images, sources, {"a": 0.01})
    await images.add(image("b", 59009.0))
    limit = measurement(-0.0003, 0.0005, kind="forced", integrated_jy=None)
    await sources.add_measurements("b", [limit], source_ids=["one"])
    found = await sources.get("one")
    assert (found.n_epochs, found.n_forced, found.peak_minimum_jy) == (2, 1, -0.0003)
    assert found.integrated_mean_jy == pytest.approx(0.012)
    assert (await images.get("b")).n_sources is None


async def test_an_image_of_which_the_start_alone_is_known_is_an_epoch_at_that_time(
    images: Any, sources: Any
) -> None:
    await measured(images, sources, {"dated": 0.01})
    await images.observe("dated", mid_mjd=None, start_mjd=59000.5)
    (one,) = await sources.measurements("one")
    assert (one.mid_mjd, one.counts) == (59000.5, True)
    assert (await sources.get("one")).n_epochs == 1
    await images.observe("dated", mid_mjd=59000.6)
    assert [one.mid_mjd for one in await sources.measurements("one")] == [59000.6]
    await images.observe("dated", mid_mjd=None, start_mjd=None)
    (one,) = await sources.measurements("one")
    assert (one.mid_mjd, one.counts, one.why_not) == (None, False, "no_time")
    await images.add(image("bare").replace(mid_mjd=None, start_mjd=59001.5))
    await sources.add_measurements("bare", [measurement(0.02)], source_ids=["one"])
    assert [one.mid_mjd for one in await sources.measurements("one")] == [59001.5, None]


async def test_other_rules_are_followed_when_all_is_counted_again(
    images: Any, sources: Any, rules: Any
) -> None:
    await measured(images, sources, {"a": 0.01, "b": 0.03, "dirty": 0.08})
    await images.observe("dirty", kind="dirty")
    await images.update("b", grade_given="warn")
    await sources.add_measurements("dirty", [measurement(0.5, id="alone")])
    assert await mean(sources) == pytest.approx(0.02)
    await rules.set_rules(
        RadioRules(
            bands=(Band("all", 1e6, 1e12),),
            epochs=EpochRule(kinds=("restored", "dirty"), grades_left_out=("warn", "fail")),
        )
    )
    await sources.recount()
    assert await reasons(sources) == {"a": None, "b": "grade", "dirty": None}
    found = await sources.get("one")
    assert (found.band, found.n_epochs, found.peak_mean_jy) == ("all", 2, pytest.approx(0.045))
    assert await sources.get("one", band="UHF") is None
    assert (await sources.measurement("alone")).why_not == "not_associated"
    # What comes later goes by them too.
    await images.add(image("c", 59003.0))
    await sources.add_measurements("c", [measurement(0.03)], source_ids=["one"])
    assert await mean(sources) == pytest.approx(0.04)


async def test_files_that_a_scan_finds_are_decided_as_they_come(images: Any, sources: Any) -> None:
    made = [
        image(f"v{n}", version_of="night", version=n, kind="restored" if n else "psf")
        for n in range(3)
    ]
    await images.add_many(made)
    found = {
        one.id: (one.is_current, one.counts, one.why_not) for one in await images.list_images()
    }
    assert found == {
        "v0": (False, False, "kind"),
        "v1": (False, False, "superseded"),
        "v2": (True, True, None),
    }
    assert await images.count(counts=True) == 1

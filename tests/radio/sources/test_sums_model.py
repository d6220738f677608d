"""Statistics that follow every change, against the same from scratch: any order of events."""

from __future__ import annotations

import asyncio
import math
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import delete, select

from mustela.files.schema import tombstones
from mustela.radio.grading.repository import AsyncGradingRepository, GradingRepository
from mustela.radio.grading.source_rule import SourceFacts, grade_source
from mustela.radio.images.repository import AsyncImageRepository, ImageRepository
from mustela.radio.rules.record import GradingRule
from mustela.radio.schema import (
    image_inputs,
    image_inputs_left,
    images,
    measurements,
    measurements_left,
    source_statistics,
    source_tombstones,
    sources,
    stale_sources,
)
from mustela.radio.sources import stale
from mustela.radio.sources.repository import AsyncSourceRepository, SourceRepository
from mustela.store import (
    AsyncRepository,
    Statement,
    SyncRepository,
    Unit,
    count,
    read,
    rows,
    write,
)
from mustela.store.schema import audit, events, topics
from mustela.store.testing import ENGINES, FACES, Engine, Face, harness_url, open_harness
from tests.radio.fix_radio import METADATA
from tests.radio.sources.made import image, measurement, plain_statistics, source

IMAGES = st.sampled_from(["i0", "i1", "i2", "i3"])
SOURCES = st.sampled_from(["s0", "s1"])
KINDS = st.sampled_from(["detected", "imported", "forced"])
FLUXES = st.sampled_from([-0.001, 0.0, 0.0102, 0.0103, 1.0, 1.0000001, 7.5])
ERRORS = st.sampled_from([None, 1e-3, 2e-3, 0.5])
FREQUENCIES = st.sampled_from([888e6, 950e6, 1.4e9, None])

_columns = [column for column in source_statistics.c if column.name not in ("seq", "source")]
_STATISTICS = Statement(
    select(sources.c.id, *_columns).join(sources, sources.c.seq == source_statistics.c.source)
)
_POSITIONS = Statement(
    select(*(c for c in sources.c if c.name not in ("seq", "created_at", "updated_at")))
)
_TABLES = (
    measurements_left,
    stale_sources,
    source_tombstones,
    measurements,
    source_statistics,
    sources,
    image_inputs,
    image_inputs_left,
    images,
    tombstones,
    audit,
    events,
    topics,
)


class Looking:
    """The tables as they are, and empty again."""

    @write
    def wipe(self) -> Unit[None]:
        for table in _TABLES:
            yield from count(Statement(delete(table)))

    @read
    def kept(self) -> Unit[tuple[list[Any], list[Any]]]:
        return (yield from rows(_STATISTICS)), (yield from rows(_POSITIONS))


class SyncLooking(Looking, SyncRepository):
    """Sync."""


class AsyncLooking(Looking, AsyncRepository):
    """Async."""


def close(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12)
    return bool(one == other)


class SumsMachine(RuleBasedStateMachine):
    """Four images and two sources; whatever happens, the sums are those of the light curve, and so
    are the grades."""

    def __init__(
        self, runner: asyncio.Runner, images: Any, sources: Any, grading: Any, looking: Any
    ) -> None:
        super().__init__()
        self.runner, self.images, self.sources, self.looking = runner, images, sources, looking
        self.grading = grading
        self.run(looking.wipe())
        self.there = {"i0", "i1", "i2", "i3"}
        #: Of images that can come back, of which source each of their measurements was.
        self.left: dict[str, dict[str, str | None]] = {}
        for n in range(4):
            self.run(self.images.add(self.fresh(f"i{n}")))
        self.run(self.sources.add_many([source("s0"), source("s1")]))
        self.run(self.grading.grade_sources(["s0", "s1"]))
        self.number = 0
        self.measure_all(0.0102, 1e-3)

    @rule(flux=FLUXES, error=st.sampled_from([1e-3, 2e-3]))
    def measure_all(self, flux: float, error: float) -> None:
        """Both sources in every image, so that what happens to images matters."""
        for n, id in enumerate(sorted(self.there)):
            new = [self.measured("imported", flux + 0.001 * n, error, 0.0) for _ in range(2)]
            self.run(self.sources.delete_measurements(id, ["imported"]))
            self.run(self.sources.add_measurements(id, new, source_ids=["s0", "s1"]))

    def fresh(self, id: str) -> Any:
        return image(id, 59000.0 + int(id[1]) % 3)

    def run(self, awaitable: Any) -> Any:
        async def awaited() -> Any:
            return await awaitable

        return self.runner.run(awaited())

    def measured(self, kind: str, flux: float, error: float | None, at: float) -> Any:
        self.number += 1
        return measurement(
            flux,
            error,
            id=f"m{self.number}",
            kind=kind,
            ra_deg=150.0 + at / 3600,
            source_id="s0",
            flags=("edge",) if self.number % 3 else (),
        )

    @precondition(lambda _: find_spec("scipy") is not None)
    @rule(id=IMAGES, at=st.floats(0, 9))
    def associate(self, id: str, at: float) -> None:
        if id in self.there:
            one = self.measured("detected", 0.0102, 1e-3, at).replace(source_id=None)
            self.run(self.sources.add_measurements(id, [one]))
            self.run(self.sources.associate(id))

    @rule(id=IMAGES, of=SOURCES, kind=KINDS, flux=FLUXES, error=ERRORS, at=st.floats(0, 3))
    def add(self, id: str, of: str, kind: str, flux: float, error: float | None, at: float) -> None:
        if id in self.there:
            one = self.measured(kind, flux, error, at)
            self.run(self.sources.add_measurements(id, [one], source_ids=[of]))

    @rule(id=IMAGES, flux=FLUXES, error=ERRORS)
    def replace(self, id: str, flux: float, error: float | None) -> None:
        if id in self.there:
            new = [self.measured("detected", flux, error, 0.0) for _ in range(2)]
            self.run(
                self.sources.replace_measurements(id, ["detected"], new, source_ids=["s0", "s1"])
            )

    @rule(id=IMAGES, kind=KINDS)
    def remove(self, id: str, kind: str) -> None:
        if id in self.there:
            self.run(self.sources.delete_measurements(id, [kind]))

    @rule(id=IMAGES, grade=st.sampled_from([None, "good", "fail"]))
    def grade(self, id: str, grade: str | None) -> None:
        if id in self.there:
            self.run(self.images.update(id, grade_given=grade))

    @rule(id=IMAGES, blank=st.sampled_from([0.0, 0.999]))
    def grade_by_what_was_measured(self, id: str, blank: float) -> None:
        if id in self.there:
            self.run(self.images.observe(id, noise_jy=1e-4, peak_jy=0.1, blank_fraction=blank))
            self.run(self.grading.grade_images([id]))

    @rule(id=IMAGES, product=st.sampled_from([None, "a", "b"]), version=st.integers(1, 3))
    def say_the_version(self, id: str, product: str | None, version: int) -> None:
        if id in self.there:
            self.run(self.images.update(id, version_of=product, version=version))

    @rule(id=IMAGES)
    def retire(self, id: str) -> None:
        if id in self.there:
            self.run(self.images.retire(id, "a reason"))

    @rule(id=IMAGES)
    def undo(self, id: str) -> None:
        entry = self.run(self.images.history(id))[0]
        if entry.action == "update" and {"grade_given", "retired_at"} & set(entry.after):
            self.run(self.images.revert(entry.id))

    @rule(inputs=st.sets(st.sampled_from(["i1", "i2"])), into=st.sampled_from(["i0", "i3"]))
    def make_a_mosaic(self, inputs: set[str], into: str) -> None:
        if inputs | {into} <= self.there:
            self.run(self.images.set_inputs(into, sorted(inputs)))

    @rule(grade=st.sampled_from([None, "fail"]))
    def grade_the_mosaic_of_one(self, grade: str | None) -> None:
        if {"i0", "i1"} <= self.there:
            self.run(self.images.set_inputs("i0", ["i1"]))
            self.run(self.images.update("i0", grade_given=grade))

    @rule(id=IMAGES, frequency=FREQUENCIES)
    def observe_again(self, id: str, frequency: float | None) -> None:
        if id in self.there:
            self.run(self.images.observe(id, frequency_hz=frequency))

    @rule(id=IMAGES)
    def delete_and_add(self, id: str) -> None:
        if id in self.there:
            self.delete(id)
        else:
            self.run(self.images.add(self.fresh(id)))
            self.left.pop(id, None)
            self.there.add(id)

    def delete(self, id: str) -> None:
        self.left[id] = self.its_sources(id)
        self.run(self.images.delete(id))
        self.there.discard(id)

    def its_sources(self, id: str) -> dict[str, str | None]:
        found = self.run(self.sources.image_measurements(id))
        return {one.id: one.source_id for one in found}

    @rule(id=IMAGES)
    def bring_back(self, id: str) -> None:
        if id in self.left:
            self.run(self.images.revert(self.run(self.images.history(id))[0].change_id))
            self.there.add(id)
            assert self.its_sources(id) == self.left.pop(id)

    @rule()
    def refresh(self) -> None:
        self.run(self.sources.refresh())

    @rule(id=IMAGES)
    def delete_an_image_and_undo_it(self, id: str) -> None:
        if id in self.there:
            inputs = self.run(self.images.inputs(id))
            self.delete(id)
            self.bring_back(id)
            assert [one.id for one in self.run(self.images.inputs(id))] == [
                one.id for one in inputs
            ]

    @rule(of=SOURCES)
    def delete_a_source_and_undo_it(self, of: str) -> None:
        self.run(self.sources.delete(of))
        self.run(self.sources.revert(self.run(self.sources.history(of))[0].id))

    @invariant()
    def the_sums_are_those_of_the_light_curve(self) -> None:
        for id in ("s0", "s1"):
            found = self.run(self.sources.get(id))
            if found.stale:
                assert stale.SUMMED_AT_ONCE == 0
                continue
            curve = self.run(self.sources.measurements(id))
            assert found.n_measurements == len(curve)
            epochs = [one for one in curve if one.counts]
            assert len({one.image_id for one in epochs}) == len(epochs)
            assert all((one.why_not is None) == one.counts for one in curve)
            sizes = {(one.band, one.stokes): 0 for one in epochs}
            for one in epochs:
                sizes[one.band, one.stokes] += 1
            assert found.n_epochs == max(sizes.values(), default=0)
            its_grade = self.grade_from_scratch(curve, found.n_epochs)
            assert (found.grade, found.grade_reasons) == its_grade
            for (band, stokes), size in sizes.items():
                shown = self.run(self.sources.get(id, band=band, stokes=stokes))
                assert shown.n_epochs == size
                its = [one for one in epochs if one.band == band and one.peak_error_jy is not None]
                plain = plain_statistics(
                    [one.peak_jy for one in its], [one.peak_error_jy for one in its]
                )
                for name, value in plain.items():
                    if name != "m":
                        assert close(getattr(shown, f"peak_{name}"), value), (name, value)

    def grade_from_scratch(
        self, curve: list[Any], n_epochs: int
    ) -> tuple[str | None, tuple[str, ...]]:
        detections = [one for one in curve if one.kind != "forced"]
        failed = {id for id in self.there if self.run(self.images.get(id)).grade == "fail"}
        radii = [one.de_ruiter for one in detections if one.de_ruiter is not None]
        facts = SourceFacts(
            n_detections=len(detections),
            n_in_failed_images=sum(one.image_id in failed for one in detections),
            n_flagged=sum(bool(one.flags) for one in detections),
            n_epochs=n_epochs,
            n_de_ruiter=len(radii),
            sum_de_ruiter_squared=math.fsum(radius**2 for radius in radii),
        )
        graded = grade_source(facts, GradingRule())
        return graded.grade, graded.texts

    def teardown(self) -> None:
        """From scratch is the same, in every column."""
        self.refresh()
        self.the_sums_are_those_of_the_light_curve()
        before = self.run(self.looking.kept())
        self.run(self.sources.recount())
        after = self.run(self.looking.kept())
        for some, others in zip(before, after, strict=True):
            keyed = {row[:3]: row for row in others}
            assert len(some) == len(others)
            for row in some:
                assert all(map(close, row, keyed[row[:3]])), (row, keyed[row[:3]])


@pytest.mark.unmeasured
@pytest.mark.parametrize("at_once", [stale.SUMMED_AT_ONCE, 0])
@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("engine", ENGINES)
def test_statistics_follow_every_change_as_if_from_scratch(
    engine: Engine,
    face: Face,
    at_once: int,
    tmp_path: Path,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stale, "SUMMED_AT_ONCE", at_once)
    server_url = request.getfixturevalue("postgres_url") if engine == "postgresql" else None
    url = harness_url(engine, tmp_path, server_url)
    options = {} if engine == "postgresql" else {"synchronous": "OFF"}
    # The units are the same everywhere: one engine has the many sequences, the others a few.
    examples = 15 if (engine, face) == ("memory", "sync") else 1
    with asyncio.Runner() as runner:
        opened = open_harness(engine, face, url, METADATA, **options)
        harness = runner.run(opened.__aenter__())
        its_images = harness.bind(ImageRepository, AsyncImageRepository)
        its_sources = harness.bind(SourceRepository, AsyncSourceRepository)
        grading = harness.bind(GradingRepository, AsyncGradingRepository)
        looking = harness.bind(SyncLooking, AsyncLooking)
        try:
            run_state_machine_as_test(
                cast(Any, lambda: SumsMachine(runner, its_images, its_sources, grading, looking)),
                settings=settings(
                    max_examples=examples,
                    stateful_step_count=30,
                    deadline=None,
                    report_multiple_bugs=False,
                    suppress_health_check=[
                        HealthCheck.too_slow,
                        HealthCheck.function_scoped_fixture,
                    ],
                ),
            )
        finally:
            runner.run(opened.__aexit__(None, None, None))

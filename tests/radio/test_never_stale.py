"""No conditional answer of the radio collection is ever stale: see ``tests/http``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import rule, run_state_machine_as_test

from mustela.radio.cal.record import CalibrationTable
from mustela.radio.cal.repository import CalibrationTableRepository
from mustela.radio.collection import RADIO
from mustela.radio.grading.repository import GradingRepository
from mustela.radio.images.record import Image
from mustela.radio.images.repository import ImageRepository
from mustela.radio.ms.record import MeasurementSet
from mustela.radio.ms.repository import MeasurementSetRepository
from mustela.radio.rules.record import EpochRule, RadioRules, RootRules
from mustela.radio.rules.repository import RulesRepository
from mustela.radio.sources.record import Measurement, Source
from mustela.radio.sources.repository import SourceRepository
from mustela.store.errors import StoreError
from tests.http.test_never_stale import API, HEALTH, IDS, Change, NeverStale, conditional_routes

ITEMS = ("images", "sources", "ms", "cal")


def test_every_list_record_and_what_belongs_to_one_is_conditional() -> None:
    belonging = {
        "images": ("measurements", "sources", "qa", "versions", "children", "inputs"),
        "sources": ("lightcurve", "variability", "qa", "contributing-images", "cutouts"),
        "ms": ("qa",),
        "cal": ("qa",),
    }
    expected = {f"{API}/radio/rules", f"{API}/radio/rules/{{id}}"}
    for name in ITEMS:
        expected |= {f"{API}/{name}", f"{API}/{name}/{{id}}"}
        expected |= {f"{API}/{name}/{{id}}/{what}" for what in belonging[name]}
    assert set(conditional_routes(RADIO.name)) >= expected


def test_what_depends_on_jobs_or_files_is_not_conditional() -> None:
    for path in ("/images/{id}/provenance", "/qa/job/{id}", "/images/{id}/png", "/ms/{id}/raster"):
        assert API + path not in conditional_routes(RADIO.name)


class Products(NeverStale):
    """Over images, sources with measurements, Measurement Sets, calibration tables and rules."""

    collection = RADIO.name

    def write(self, id: str, action: str, rating: int) -> Change:
        self.number += 1
        path = f"/films/{id}/{self.number}"

        def change(store: Any) -> None:
            with _all_or_nothing(store) as tx:
                if action == "add":
                    _add(tx, id, path, rating)
                elif action == "edit":
                    _edit(tx, id, rating)
                elif action == "same":
                    found = ImageRepository(tx).get(id)
                    if found is not None:
                        ImageRepository(tx).update(id, rating=found.rating)
                elif action == "missing":
                    when = datetime(2024, 1, 1 + rating, tzinfo=UTC)
                    ImageRepository(tx).observe(id, missing_since=when)
                    MeasurementSetRepository(tx).observe(id, missing_since=when)
                elif action == "delete":
                    ImageRepository(tx).delete(id)
                    SourceRepository(tx).delete(id)
                elif action == "undo":
                    for entry in ImageRepository(tx).history(id, 1):
                        ImageRepository(tx).revert(entry.change_id)

        return change

    @rule(id=st.sampled_from(IDS), grade=st.sampled_from(["good", "fail", None]))
    def a_client_grades(self, id: str, grade: str | None) -> None:
        """Whether its measurements are epochs follows from it."""

        async def edit() -> None:
            url = f"{API}/images/{id}"
            answer = await self.server.client.patch(url, json={"grade_given": grade})
            assert answer.status_code in {200, 404}
            if answer.status_code == 200:
                read = await self.server.client.get(url)
                assert read.json()["grade_given"] == grade

        self.run(edit())

    @rule(id=st.sampled_from(IDS), peak=st.integers(1, 9))
    def another_process_measures(self, id: str, peak: int) -> None:
        measured = Measurement(ra_deg=10.0, dec_deg=0.0, peak_jy=peak * 1e-3, peak_error_jy=1e-4)
        with suppress(StoreError):
            sources = SourceRepository(self.other)
            sources.replace_measurements(id, ["detected"], [measured], source_ids=[IDS[0]])

    @rule(id=st.sampled_from(IDS))
    def another_process_grades(self, id: str) -> None:
        GradingRepository(self.other).grade_images([id])

    @rule(once=st.booleans(), find=st.booleans())
    def another_process_writes_rules(self, once: bool, find: bool) -> None:
        rules = RulesRepository(self.other)
        rules.set_rules(RadioRules(epochs=EpochRule(once=once)))
        rules.set_root_rules("films", RootRules(find=find))
        SourceRepository(self.other).recount()

    @rule(inputs=st.sets(st.sampled_from(IDS[1:])))
    def a_client_says_what_an_image_was_made_of(self, inputs: set[str]) -> None:
        said = {"inputs": sorted(inputs)}
        self.run(self.server.client.post(f"{API}/images/{IDS[0]}/inputs", json=said))


def _add(tx: Any, id: str, path: str, rating: int) -> None:
    ImageRepository(tx).add(
        Image(
            id=id,
            path=f"{path}.fits",
            rating=rating,
            version_of="field",
            version=rating,
            kind="restored",
            noise_jy=1e-3,
            ra_deg=10.0,
            dec_deg=0.0,
            radius_deg=1.0,
            mid_mjd=59000.0 + rating,
            frequency_hz=1e9,
        )
    )
    if SourceRepository(tx).get(id) is None:
        SourceRepository(tx).add(Source(id=id, ra_deg=10.0, dec_deg=0.0, rating=rating))
    if MeasurementSetRepository(tx).get(id) is None:
        MeasurementSetRepository(tx).add(MeasurementSet(id=id, path=f"{path}.ms"))
        CalibrationTableRepository(tx).add(CalibrationTable(id=id, path=f"{path}.cal"))


def _edit(tx: Any, id: str, rating: int) -> None:
    for items in (
        ImageRepository(tx),
        SourceRepository(tx),
        MeasurementSetRepository(tx),
        CalibrationTableRepository(tx),
    ):
        items.update(id, rating=rating, tags=("one",) * (rating % 2))


@contextmanager
def _all_or_nothing(store: Any) -> Iterator[Any]:
    """A transaction, within that of the caller where there is one."""
    if not hasattr(store, "transaction"):
        yield store
        return
    with suppress(StoreError), store.transaction() as tx:
        yield tx


@pytest.mark.unmeasured
def test_no_answer_is_ever_stale() -> None:
    few = settings(
        max_examples=3, stateful_step_count=10, deadline=None, suppress_health_check=HEALTH
    )
    run_state_machine_as_test(Products, settings=few)


@pytest.mark.faults
def test_no_answer_is_ever_stale_however_long_it_is_tried() -> None:
    many = settings(
        max_examples=40, stateful_step_count=40, deadline=None, suppress_health_check=HEALTH
    )
    run_state_machine_as_test(Products, settings=many)

"""The repository of images against a dictionary: any sequence of calls, every engine."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from mustela.radio.images.record import Image
from mustela.radio.images.repository import AsyncImageRepository, ImageRepository
from mustela.radio.sky.positions import separation
from mustela.store.errors import AlreadyExists, InvalidValue, NotFound
from mustela.store.testing import ENGINES, FACES, Engine, Face, harness_url, open_harness
from tests.radio.fix_radio import METADATA
from tests.radio.sources.test_model import AsyncForgetting, SyncForgetting

NAMES = ("a", "b", "c", "d~1")
IDS = st.sampled_from(NAMES)
PATHS = st.sampled_from(["/x/one.fits", "/x/Ümlaut.fits", "/y/one.fits", "/y/50%_2.fits"])
PLACES = st.sampled_from(
    [(None, None), (0.0, 0.0), (359.9999, 0.0), (150.0, -30.0), (10.0, 90.0), (200.0, -90.0)]
)
FACTS = {
    "kind": st.sampled_from([None, "restored", "psf"]),
    "mid_mjd": st.sampled_from([None, 59000.0, 59001.5]),
    "noise_jy": st.sampled_from([None, 1e-4, 2e-4]),
    "version_of": st.sampled_from([None, None, "p"]),
    "version": st.sampled_from([None, 1, 2]),
    "flags": st.sampled_from([(), ("beam_zero",)]),
    "tags": st.sampled_from([(), ("x",), ('"', "x")]),
    "rating": st.sampled_from([None, 0, 5]),
}
EDITS = st.fixed_dictionaries(
    {},
    optional={
        **FACTS,
        "path": PATHS,
        "note": st.sampled_from([None, "n"]),
        "grade_given": st.sampled_from([None, "good", "fail"]),
    },
)
SORTS = st.sampled_from(["-created_at", "mid_mjd", "-mid_mjd", "noise_jy", "-rating", "id", "-id"])
#: What is settled with other records: see the tests of epochs.
SETTLED = {"counts": False, "why_not": None, "is_current": True}


@st.composite
def new_images(draw: Any) -> Image:
    ra, dec = draw(PLACES)
    place = {"ra_deg": ra, "dec_deg": dec, "radius_deg": None if ra is None else 0.5}
    facts = {name: draw(values) for name, values in FACTS.items()}
    return Image(id=draw(IDS), path=draw(PATHS), **place, **facts)


def said(image: Image) -> Image:
    """An image without what is settled with others, and when it was last changed."""
    return image.replace(**SETTLED, updated_at=None)


class ImageMachine(RuleBasedStateMachine):
    """Four ids and four paths; every answer is the dictionary's."""

    def __init__(self, runner: asyncio.Runner, repository: Any, forgetting: Any) -> None:
        super().__init__()
        self.runner, self.repository = runner, repository
        self.model: dict[str, Image] = {}
        #: Of each id the newest entry of its history: the action, and the record before it.
        self.last: dict[str, tuple[str, Image | None]] = {}
        for one in self.run(repository.list_images()):
            self.run(repository.delete(one.id))
        self.run(forgetting.forget())

    def run(self, awaitable: Any) -> Any:
        async def awaited() -> Any:
            return await awaitable

        return self.runner.run(awaited())

    def taken(self, path: str, id: str) -> bool:
        return any(one.path == path and one.id != id for one in self.model.values())

    def ordered(self, sort: str) -> list[Image]:
        field, down = sort.removeprefix("-"), sort.startswith("-")
        known = [one for one in self.model.values() if getattr(one, field) is not None]
        known.sort(key=lambda one: (getattr(one, field), one.id), reverse=down)
        rest = [one for one in self.model.values() if getattr(one, field) is None]
        return known + sorted(rest, key=lambda one: one.id, reverse=down)

    @rule(image=new_images())
    def add(self, image: Image) -> None:
        if image.id in self.model or self.taken(image.path, image.id):
            with pytest.raises(AlreadyExists):
                self.run(self.repository.add(image))
            return
        added = self.run(self.repository.add(image))
        expected = image.replace(
            filename=image.path.rpartition("/")[2],
            cell=added.cell,
            reach=added.reach,
            created_at=added.created_at,
        )
        assert said(added) == said(expected)
        assert (added.cell is None) == (image.ra_deg is None)
        self.model[image.id] = added
        self.last[image.id] = ("insert", None)

    @rule(id=IDS, fields=EDITS)
    def update(self, id: str, fields: dict[str, Any]) -> None:
        before = self.model.get(id)
        if before is None:
            with pytest.raises(NotFound):
                self.run(self.repository.update(id, **fields))
            return
        if "path" in fields and self.taken(fields["path"], id):
            with pytest.raises(AlreadyExists):
                self.run(self.repository.update(id, **fields))
            return
        after = self.run(self.repository.update(id, **fields))
        expected = before.replace(**fields)
        # Nothing has graded it, so that a person's grade is the only one.
        expected = expected.replace(
            grade=expected.grade_given, filename=expected.path.rpartition("/")[2]
        )
        assert said(after) == said(expected)
        if said(expected) != said(before):
            self.last[id] = ("update", before)
        self.model[id] = after

    @rule(id=IDS, reason=st.sampled_from(["", "stripes"]))
    def retire(self, id: str, reason: str) -> None:
        if not reason or id not in self.model:
            with pytest.raises(NotFound if reason else InvalidValue):
                self.run(self.repository.retire(id, reason))
            return
        before = self.model[id]
        after = self.run(self.repository.retire(id, reason))
        assert after.retired_reason == reason
        assert said(after) == said(before).replace(
            retired_reason=reason, retired_at=after.retired_at
        )
        self.last[id] = ("update", before)
        self.model[id] = after

    @rule(id=IDS)
    def delete(self, id: str) -> None:
        assert self.run(self.repository.delete(id)) is (id in self.model)
        if id in self.model:
            self.last[id] = ("delete", self.model.pop(id))

    @rule(id=IDS)
    def revert_the_newest(self, id: str) -> None:
        history = self.run(self.repository.history(id))
        if id not in self.last:
            assert history == []
            return
        action, before = self.last[id]
        path = before.path if before is not None and action == "delete" else None
        if path is not None and self.taken(path, id):
            with pytest.raises(AlreadyExists):
                self.run(self.repository.revert(history[0].id))
            return
        if action == "update" or (before is not None and self.taken(before.path, id)):
            return  # what an undo of an update keeps is the matter of other tests
        self.run(self.repository.revert(history[0].id))
        after = self.run(self.repository.get(id))
        if action == "insert":
            assert after is None
            self.last[id] = ("delete", self.model.pop(id))
            return
        assert before is not None
        assert said(after) == said(before)
        self.model[id] = after
        self.last[id] = ("insert", None)

    @rule(sort=SORTS, limit=st.integers(0, 5), offset=st.integers(0, 3))
    def list_images(self, sort: str, limit: int, offset: int) -> None:
        found = self.run(self.repository.list_images(limit, offset, sort=sort))
        assert [one.id for one in found] == [
            one.id for one in self.ordered(sort)[offset : offset + limit]
        ]

    @rule(place=PLACES, radius=st.sampled_from([0.0, 0.5, 100.0, 180.0]))
    def near(self, place: tuple[float | None, float | None], radius: float) -> None:
        ra, dec = place
        if ra is None or dec is None:
            return
        found = self.run(self.repository.list_images(near=(ra, dec, radius), sort="id"))
        assert [one.id for one in found] == [
            one.id
            for one in self.ordered("id")
            if one.ra_deg is not None
            and one.dec_deg is not None
            and separation(ra, dec, one.ra_deg, one.dec_deg) <= radius
        ]

    @rule(tag=st.sampled_from(["x", '"', "none"]), kind=st.sampled_from(["restored", "psf"]))
    def filter(self, tag: str, kind: str) -> None:
        found = self.run(self.repository.list_images(tag=tag, kind=kind, sort="id"))
        assert [one.id for one in found] == [
            one.id for one in self.ordered("id") if tag in one.tags and one.kind == kind
        ]
        flagged = self.run(self.repository.count(flag="beam_zero"))
        assert flagged == sum("beam_zero" in one.flags for one in self.model.values())

    @invariant()
    def same_records(self) -> None:
        assert self.run(self.repository.count()) == len(self.model)
        for id in NAMES:
            found, expected = self.run(self.repository.get(id)), self.model.get(id)
            assert (found and said(found)) == (expected and said(expected))


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("engine", ENGINES)
def test_every_sequence_of_calls_answers_as_a_dictionary_would(
    engine: Engine, face: Face, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    server_url = request.getfixturevalue("postgres_url") if engine == "postgresql" else None
    url = harness_url(engine, tmp_path, server_url)
    options = {} if engine == "postgresql" else {"synchronous": "OFF"}
    with asyncio.Runner() as runner:
        opened = open_harness(engine, face, url, METADATA, **options)
        harness = runner.run(opened.__aenter__())
        repository = harness.bind(ImageRepository, AsyncImageRepository)
        forgetting = harness.bind(SyncForgetting, AsyncForgetting)
        try:
            run_state_machine_as_test(
                cast(Any, lambda: ImageMachine(runner, repository, forgetting)),
                settings=settings(
                    max_examples={"memory": 12, "sqlite": 4, "postgresql": 2}[engine],
                    stateful_step_count=25,
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

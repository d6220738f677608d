"""The repository of sources against a dictionary: any sequence of calls, every engine."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import delete

from mustela.files.search_text import fold
from mustela.radio.sky.names import iau_name
from mustela.radio.sky.positions import separation
from mustela.radio.sources.record import Source
from mustela.radio.sources.repository import AsyncSourceRepository, SourceRepository
from mustela.store import AsyncRepository, Statement, SyncRepository, Unit, count, write
from mustela.store.errors import AlreadyExists, NotFound
from mustela.store.schema import audit
from mustela.store.testing import ENGINES, FACES, Engine, Face, harness_url, open_harness
from tests.radio.fix_radio import METADATA

IDS = st.sampled_from(["a", "b", "c", "d~1"])
NAMES = st.sampled_from(["", "Straße", "strasse 2", "M 31", "100%_a", "\U0001f600"])
PLACES = st.sampled_from(
    [(0.0, 0.0), (359.9999, 0.0), (150.0, -30.0), (10.0, 90.0), (200.0, -90.0)]
)
TAGS = st.lists(st.sampled_from(["x", "y", '"']), max_size=2, unique=True).map(tuple)
RATINGS = st.one_of(st.none(), st.integers(0, 5))
SOURCES = st.builds(
    lambda id, name, place, tags, rating: Source(
        id=id, name=name, ra_deg=place[0], dec_deg=place[1], tags=tags, rating=rating
    ),
    IDS,
    NAMES,
    PLACES,
    TAGS,
    RATINGS,
)
EDITS = st.fixed_dictionaries(
    {},
    optional={
        "name": NAMES,
        "tags": TAGS,
        "rating": RATINGS,
        "note": st.sampled_from([None, "n"]),
        "grade_given": st.sampled_from([None, "good", "fail"]),
    },
)
SORTS = st.sampled_from(
    ["-created_at", "created_at", "name", "-name", "rating", "-rating", "ra_deg", "-dec_deg", "id"]
)


class Forgetting:
    """What happened is forgotten; totals stay right."""

    @write
    def forget(self) -> Unit[None]:
        yield from count(Statement(delete(audit)))


class SyncForgetting(Forgetting, SyncRepository):
    """Sync."""


class AsyncForgetting(Forgetting, AsyncRepository):
    """Async."""


def named(source: Source, name: str) -> Source:
    return source.replace(name=name.strip() or iau_name(source.ra_deg, source.dec_deg))


class SourceMachine(RuleBasedStateMachine):
    """Four ids; every answer is the dictionary's."""

    def __init__(self, runner: asyncio.Runner, repository: Any, forgetting: Any) -> None:
        super().__init__()
        self.runner, self.repository = runner, repository
        self.model: dict[str, Source] = {}
        #: Of each id the newest entry of its history: the action, and the record before it.
        self.last: dict[str, tuple[str, Source | None]] = {}
        for one in self.run(repository.list_sources()):
            self.run(repository.delete(one.id))
        self.run(forgetting.forget())

    def run(self, awaitable: Any) -> Any:
        async def awaited() -> Any:
            return await awaitable

        return self.runner.run(awaited())

    def ordered(self, sort: str) -> list[Source]:
        field = sort.removeprefix("-")
        down = sort.startswith("-")
        known = [one for one in self.model.values() if getattr(one, field) is not None]
        known.sort(key=lambda one: (getattr(one, field), one.id), reverse=down)
        rest = [one for one in self.model.values() if getattr(one, field) is None]
        return known + sorted(rest, key=lambda one: one.id, reverse=down)

    @rule(source=SOURCES)
    def add(self, source: Source) -> None:
        if source.id in self.model:
            with pytest.raises(AlreadyExists):
                self.run(self.repository.add(source))
            return
        added = self.run(self.repository.add(source))
        assert added.created_at == added.updated_at
        times = {"created_at": added.created_at, "updated_at": added.updated_at}
        expected = named(source, source.name).replace(cell=added.cell, **times)
        assert added == expected
        self.model[source.id] = added
        self.last[source.id] = ("insert", None)

    @rule(new=st.lists(SOURCES, max_size=3))
    def add_many(self, new: list[Source]) -> None:
        ids = [one.id for one in new]
        if len(set(ids)) < len(ids) or self.model.keys() & set(ids):
            with pytest.raises(AlreadyExists):
                self.run(self.repository.add_many(new))
            return
        assert self.run(self.repository.add_many(new)) == len(new)
        for one in new:
            self.model[one.id] = self.run(self.repository.get(one.id))
            assert self.model[one.id].name == named(one, one.name).name
            self.last[one.id] = ("insert", None)

    @rule(id=IDS, fields=EDITS)
    def update(self, id: str, fields: dict[str, Any]) -> None:
        if id not in self.model:
            with pytest.raises(NotFound):
                self.run(self.repository.update(id, **fields))
            return
        before = self.model[id]
        after = self.run(self.repository.update(id, **fields))
        expected = before.replace(**{n: v for n, v in fields.items() if n != "name"})
        if "name" in fields:
            expected = named(expected, fields["name"])
        expected = expected.replace(grade=expected.grade_given)  # nothing has graded it
        if expected != before:
            assert after.updated_at >= before.updated_at
            expected = expected.replace(updated_at=after.updated_at)
            self.last[id] = ("update", before)
        assert after == expected
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
        entry = history[0]
        action, before = self.last[id]
        assert entry.action in ({"restore", action} if action == "insert" else {action})
        self.run(self.repository.revert(entry.id))
        after = self.run(self.repository.get(id))
        if action == "insert":
            assert after is None
            self.last[id] = ("delete", self.model.pop(id))
            return
        assert before is not None
        assert after.replace(updated_at=before.updated_at) == before
        self.last[id] = ("insert", None) if action == "delete" else ("update", self.model[id])
        self.model[id] = after

    @rule(sort=SORTS, limit=st.integers(0, 5), offset=st.integers(0, 3))
    def list_sources(self, sort: str, limit: int, offset: int) -> None:
        expected = self.ordered(sort)[offset : offset + limit]
        assert self.run(self.repository.list_sources(limit, offset, sort=sort)) == expected

    @rule(sort=SORTS, size=st.integers(1, 3))
    def follow_pages(self, sort: str, size: int) -> None:
        found: list[Source] = []
        page = self.run(self.repository.page(size, sort=sort))
        while page.next is not None:
            found += page.items
            page = self.run(self.repository.page(size, sort=sort, after=page.next))
        assert found + page.items == self.ordered(sort)
        assert page.total == len(self.model)

    @rule(
        tag=st.sampled_from(["x", '"', "none"]),
        least=st.integers(0, 5),
        part=st.sampled_from(["STRASSE", "m 31", "%", "_", "mus j", "\U0001f600"]),
    )
    def filter(self, tag: str, least: int, part: str) -> None:
        newest = self.ordered("-created_at")
        listed = self.repository.list_sources
        assert self.run(listed(tag=tag)) == [one for one in newest if tag in one.tags]
        rated = [one for one in newest if one.rating is not None and one.rating >= least]
        assert self.run(listed(min_rating=least)) == rated
        wanted = [one for one in newest if fold(part) in fold(one.name)]
        assert self.run(listed(name=part)) == wanted
        assert self.run(self.repository.count(name=part)) == len(wanted)

    @rule(place=PLACES, radius=st.sampled_from([0.0, 0.001, 100.0, 180.0]))
    def near(self, place: tuple[float, float], radius: float) -> None:
        found = self.run(self.repository.list_sources(near=(*place, radius)))
        assert found == [
            one
            for one in self.ordered("-created_at")
            if separation(*place, one.ra_deg, one.dec_deg) <= radius
        ]

    @rule(name=NAMES)
    def get_by_name(self, name: str) -> None:
        same = [one for one in self.ordered("created_at") if one.name == name]
        assert self.run(self.repository.get_by_name(name)) == (same[0] if same else None)

    @invariant()
    def same_records(self) -> None:
        assert self.run(self.repository.count()) == len(self.model)
        for id in ("a", "b", "c", "d~1"):
            assert self.run(self.repository.get(id)) == self.model.get(id)


@pytest.mark.unmeasured
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
        repository = harness.bind(SourceRepository, AsyncSourceRepository)
        forgetting = harness.bind(SyncForgetting, AsyncForgetting)
        try:
            run_state_machine_as_test(
                cast(Any, lambda: SourceMachine(runner, repository, forgetting)),
                settings=settings(
                    max_examples={"memory": 12, "sqlite": 5, "postgresql": 2}[engine],
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

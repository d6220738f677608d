"""Repositories of items against a dictionary: what those of images and visibilities share."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, cast

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from mustela.store.errors import AlreadyExists, InvalidValue, NotFound, RevertConflict
from mustela.store.testing import Engine, Face, Harness, harness_url, open_harness
from tests.radio.fix_radio import METADATA
from tests.radio.sources.test_model import AsyncForgetting, SyncForgetting

NAMES = ("a", "b", "c", "d~1")
IDS = st.sampled_from(NAMES)
#: Facts that every kind has, and what people say.
SHARED: Mapping[str, Any] = {
    "mid_mjd": st.sampled_from([None, 59000.0, 59001.5]),
    "flags": st.sampled_from([(), ("beam_zero",)]),
    "tags": st.sampled_from([(), ("x",), ('"', "x")]),
    "rating": st.sampled_from([None, 0, 5]),
}
#: What people say besides, which a new record has not.
SAID: Mapping[str, Any] = {
    "note": st.sampled_from([None, "n"]),
    "grade_given": st.sampled_from([None, "good", "fail"]),
}


def edits(facts: Mapping[str, Any], paths: Any) -> Any:
    """Fields of an update: any of them, or none."""
    return st.fixed_dictionaries({}, optional={**facts, **SAID, "path": paths})


class ItemMachine(RuleBasedStateMachine):
    """Four ids and four paths; every answer is the dictionary's. A subclass has the rule ``add``,
    which calls :meth:`added`, and may have others."""

    #: Fields that are settled with other records, with one value.
    settled: ClassVar[Mapping[str, Any]] = {}
    #: Fields that follow from others: a record has what its repository says.
    derived: ClassVar[tuple[str, ...]] = ()
    listing: ClassVar[str]

    def __init__(self, runner: asyncio.Runner, repository: Any, forgetting: Any) -> None:
        super().__init__()
        self.runner, self.repository = runner, repository
        self.model: dict[str, Any] = {}
        #: Of each id the newest entry of its history: the action, and the record before it.
        self.last: dict[str, tuple[str, Any]] = {}
        for one in self.listed():
            self.run(repository.delete(one.id))
        self.run(forgetting.forget())

    def run(self, awaitable: Any) -> Any:
        async def awaited() -> Any:
            return await awaitable

        return self.runner.run(awaited())

    def listed(self, *arguments: Any, **filters: Any) -> Any:
        return self.run(getattr(self.repository, self.listing)(*arguments, **filters))

    def said(self, item: Any) -> Any:
        """A record without what is settled with others, and when it was last changed."""
        return item.replace(**self.settled, updated_at=None)

    def taken(self, path: str, id: str) -> bool:
        return any(one.path == path and one.id != id for one in self.model.values())

    def ordered(self, sort: str) -> list[Any]:
        field, down = sort.removeprefix("-"), sort.startswith("-")
        known = [one for one in self.model.values() if getattr(one, field) is not None]
        known.sort(key=lambda one: (getattr(one, field), one.id), reverse=down)
        rest = [one for one in self.model.values() if getattr(one, field) is None]
        return known + sorted(rest, key=lambda one: one.id, reverse=down)

    def added(self, item: Any) -> Any:
        """Add it, in the model too; answers the record, or ``None`` where that was refused."""
        if item.id in self.model or self.taken(item.path, item.id):
            with pytest.raises(AlreadyExists):
                self.run(self.repository.add(item))
            return None
        found = self.run(self.repository.add(item))
        expected = item.replace(
            filename=item.path.rpartition("/")[2],
            created_at=found.created_at,
            **{name: getattr(found, name) for name in self.derived},
        )
        assert self.said(found) == self.said(expected)
        self.model[item.id] = found
        self.last[item.id] = ("insert", None)
        return found

    def updated(self, id: str, fields: dict[str, Any]) -> None:
        """Update it, in the model too."""
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
        assert self.said(after) == self.said(expected)
        if self.said(expected) != self.said(before):
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
        assert self.said(after) == self.said(before).replace(
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
            with pytest.raises(RevertConflict):
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
        assert self.said(after) == self.said(before)
        self.model[id] = after
        self.last[id] = ("insert", None)

    @rule(
        sort=st.sampled_from(["-created_at", "mid_mjd", "-mid_mjd", "-rating", "id", "-id"]),
        limit=st.integers(0, 5),
        offset=st.integers(0, 3),
    )
    def list_some(self, sort: str, limit: int, offset: int) -> None:
        found = self.listed(limit, offset, sort=sort)
        assert [one.id for one in found] == [
            one.id for one in self.ordered(sort)[offset : offset + limit]
        ]

    @rule(tag=st.sampled_from(["x", '"', "none"]))
    def filter_by_tag_and_flag(self, tag: str) -> None:
        assert [one.id for one in self.listed(tag=tag, sort="id")] == [
            one.id for one in self.ordered("id") if tag in one.tags
        ]
        flagged = self.run(self.repository.count(flag="beam_zero"))
        assert flagged == sum("beam_zero" in one.flags for one in self.model.values())

    @invariant()
    def same_records(self) -> None:
        assert self.run(self.repository.count()) == len(self.model)
        for id in NAMES:
            found, expected = self.run(self.repository.get(id)), self.model.get(id)
            assert (found and self.said(found)) == (expected and self.said(expected))


class Examples(NamedTuple):
    """How many sequences are tried on each engine."""

    memory: int
    sqlite: int
    postgresql: int


def run_machine(
    machine: Callable[[asyncio.Runner, Harness], ItemMachine],
    engine: Engine,
    face: Face,
    tmp_path: Path,
    request: pytest.FixtureRequest,
    examples: Examples,
) -> None:
    """Try sequences of calls on one engine; ``machine`` binds its repositories to the harness."""
    server_url = request.getfixturevalue("postgres_url") if engine == "postgresql" else None
    url = harness_url(engine, tmp_path, server_url)
    options = {} if engine == "postgresql" else {"synchronous": "OFF"}
    with asyncio.Runner() as runner:
        opened = open_harness(engine, face, url, METADATA, **options)
        harness = runner.run(opened.__aenter__())
        try:
            run_state_machine_as_test(
                cast(Any, lambda: machine(runner, harness)),
                settings=settings(
                    max_examples=getattr(examples, engine),
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


def forgetting(harness: Harness) -> Any:
    """What makes the audit forget what a sequence before did."""
    return harness.bind(SyncForgetting, AsyncForgetting)

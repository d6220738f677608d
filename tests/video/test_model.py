"""The repository against a dictionary: any sequence of calls, every engine, sync and async."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import delete

from mustela.files.schema import tombstones
from mustela.files.search_text import fold, words
from mustela.store import AsyncRepository, Statement, SyncRepository, Unit, count, write
from mustela.store.errors import (
    AlreadyExists,
    InvalidValue,
    NotFound,
    NotRevertible,
    RevertConflict,
)
from mustela.store.schema import audit, events, topics
from mustela.store.testing import ENGINES, FACES, Engine, Face, harness_url, open_harness
from mustela.video.record import Video
from mustela.video.repository import AsyncVideoRepository, VideoRepository
from mustela.video.schema import videos
from tests.video.fix_videos import METADATA

IDS = st.sampled_from(["a", "b", "c", "d~1"])
NAMES = st.sampled_from(
    [
        "Straße.mp4",
        "strasse 2.MP4",
        "ﬁlm.mov",
        'say "hi"*.mkv',
        "100%_a.mp4",
        "Cafe\u0301 \U0001f600.avi",
    ]
)
PATHS = st.builds(lambda folder, name: f"/{folder}/{name}", st.sampled_from("xy"), NAMES)
QUERIES = st.one_of(
    st.sampled_from(
        ["", "strasse", "FILM", "é", '"', "*", "%", "_", "x", "mp4 a", "\U0001f600", "x/str", "zz"]
    ),
    st.text(alphabet="sStraße\"%_*'x4 .", max_size=6),
)
TAGS = st.lists(st.sampled_from(["one", "two", ",", '"', "ß"]), max_size=3, unique=True).map(tuple)
RATINGS = st.one_of(st.none(), st.integers(0, 5))
EDITS = st.fixed_dictionaries(
    {},
    optional={
        "rating": RATINGS,
        "tags": TAGS,
        "note": st.one_of(st.none(), st.text(max_size=5).filter(lambda t: "\0" not in t)),
        "path": PATHS,
        "width": st.one_of(st.none(), st.integers(0, 4)),
        "duration_seconds": st.one_of(st.none(), st.floats(0, 5)),
    },
)
SORTS = st.sampled_from(
    ["-created_at", "created_at", "duration_seconds", "-duration_seconds", "rating", "filename"]
)
SAID = ("tags", "rating", "note")


class Wiping:
    """Empties the tables between examples: cheaper than a new database."""

    @write
    def wipe(self) -> Unit[None]:
        for table in (videos, tombstones, audit, events, topics):
            yield from count(Statement(delete(table)))


class SyncWiping(Wiping, SyncRepository): ...


class AsyncWiping(Wiping, AsyncRepository): ...


class VideoMachine(RuleBasedStateMachine):
    """The same calls on a repository and on a dictionary; every answer must be the same."""

    def __init__(self, runner: asyncio.Runner, repository: Any, wiping: Any) -> None:
        super().__init__()
        self.runner = runner
        self.repository = repository
        self.run(wiping.wipe())
        self.model: dict[str, Video] = {}
        #: Of each id, what the newest audit entry did, and the record before it.
        self.last: dict[str, tuple[str, Video | None]] = {}

    def run(self, awaitable: Any) -> Any:
        async def settled() -> Any:
            return await awaitable

        return self.runner.run(settled())

    def taken(self, path: str, but: str | None = None) -> bool:
        return any(video.path == path and id != but for id, video in self.model.items())

    def ordered(self, sort: str) -> list[Video]:
        field, descending = sort.removeprefix("-"), sort.startswith("-")
        present = [video for video in self.model.values() if getattr(video, field) is not None]
        absent = [video for video in self.model.values() if getattr(video, field) is None]
        for part in (present, absent):
            part.sort(key=lambda video: video.id, reverse=descending)
        present.sort(key=lambda video: getattr(video, field), reverse=descending)
        return present + absent

    @rule(id=IDS, path=PATHS, rating=RATINGS, tags=TAGS)
    def add(self, id: str, path: str, rating: int | None, tags: tuple[str, ...]) -> None:
        video = Video(id=id, path=path, rating=rating, tags=tags)
        if id in self.model or self.taken(path):
            with pytest.raises(AlreadyExists):
                self.run(self.repository.add(video))
        else:
            self.model[id] = self.run(self.repository.add(video))
            self.last[id] = ("insert", None)

    @rule(paths=st.lists(PATHS, min_size=1, max_size=3), ids=st.permutations(["a", "b", "d~1"]))
    def add_many(self, paths: list[str], ids: list[str]) -> None:
        new = [Video(id=id, path=path) for id, path in zip(ids, paths, strict=False)]
        clash = any(video.id in self.model or self.taken(video.path) for video in new) or len(
            {video.path for video in new}
        ) < len(new)
        if clash:
            with pytest.raises(AlreadyExists):
                self.run(self.repository.add_many(new))
        else:
            assert self.run(self.repository.add_many(new)) == len(new)
            for video in new:
                self.model[video.id] = self.run(self.repository.get(video.id))
                self.last[video.id] = ("insert", None)

    @rule(id=IDS, fields=EDITS)
    def update(self, id: str, fields: dict[str, Any]) -> None:
        if id not in self.model:
            with pytest.raises(NotFound):
                self.run(self.repository.update(id, **fields))
            return
        before = self.model[id]
        if "path" in fields and self.taken(fields["path"], but=id):
            with pytest.raises(AlreadyExists):
                self.run(self.repository.update(id, **fields))
            return
        after = self.run(self.repository.update(id, **fields))
        expected = before.replace(**fields)
        if "path" in fields:
            expected = expected.replace(filename=fields["path"].rpartition("/")[2])
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
        if action == "insert":
            self.run(self.repository.revert(entry.id))
            self.last[id] = ("delete", self.model.pop(id))
        elif action == "delete":
            assert before is not None
            if self.taken(before.path):
                with pytest.raises(RevertConflict):
                    self.run(self.repository.revert(entry.id))
                return
            self.run(self.repository.revert(entry.id))
            self.model[id] = before
            self.last[id] = ("insert", None)
        else:
            self.revert_update(id, entry.id, before)

    def revert_update(self, id: str, entry: int, before: Video | None) -> None:
        assert before is not None
        now = self.model[id]
        said = {name: getattr(before, name) for name in SAID}
        if all(getattr(now, name) == value for name, value in said.items()):
            with pytest.raises(NotRevertible):
                self.run(self.repository.revert(entry))
            return
        self.run(self.repository.revert(entry))
        after = self.run(self.repository.get(id))
        assert after == now.replace(**said, updated_at=after.updated_at)
        self.model[id] = after
        self.last[id] = ("update", now)

    @rule(
        ids=st.one_of(st.none(), st.sets(IDS, max_size=3)),
        query=QUERIES,
        add=TAGS,
        remove=TAGS,
        rating=RATINGS,
        undone=st.booleans(),
    )
    def edit_many(
        self,
        ids: set[str] | None,
        query: str,
        add: tuple[str, ...],
        remove: tuple[str, ...],
        rating: int | None,
        undone: bool,
    ) -> None:
        edits: Any = {"tags_add": add, "tags_remove": remove, "rating": rating}
        if set(add) & set(remove):
            with pytest.raises(InvalidValue):
                self.run(self.repository.edit_where({}, **edits))
            return
        chosen = [
            video
            for video in self.model.values()
            if (ids is None or video.id in ids)
            and all(word in fold(video.path) for word in words(query))
        ]
        before = {video.id: video for video in chosen}
        after = {}
        for video in chosen:
            left = [tag for tag in video.tags if tag not in remove]
            tags = (*left, *(tag for tag in add if tag not in left))
            if (video.tags, video.rating) != (tags, rating):
                after[video.id] = video.replace(tags=tags, rating=rating)
        filters = {} if ids is None else {"ids": sorted(ids)}
        would = self.run(self.repository.would_edit(filters, query=query, **edits))
        edited = self.run(self.repository.edit_where(filters, query=query, **edits))
        assert would == edited.changed == len(after)
        self.written(after)
        if undone and edited.change_id is not None:
            self.run(self.repository.revert(edited.change_id))
            self.written({id: before[id] for id in after})

    def written(self, after: dict[str, Video]) -> None:
        """Videos were edited together; only the time of it is not known yet."""
        for id, video in after.items():
            found = self.run(self.repository.get(id))
            self.last[id] = ("update", self.model[id])
            self.model[id] = video.replace(updated_at=found.updated_at)

    @rule(query=QUERIES)
    def search(self, query: str) -> None:
        wanted = words(query)
        expected = [
            video
            for video in self.ordered("-created_at")
            if all(word in fold(video.path) for word in wanted)
        ]
        assert self.run(self.repository.search(query)) == expected
        assert self.run(self.repository.count(query=query)) == len(expected)

    @rule(sort=SORTS, limit=st.integers(0, 5), offset=st.integers(0, 3))
    def list_videos(self, sort: str, limit: int, offset: int) -> None:
        expected = self.ordered(sort)[offset : offset + limit]
        assert self.run(self.repository.list_videos(limit, offset, sort=sort)) == expected

    @rule(sort=SORTS, size=st.integers(1, 3))
    def follow_pages(self, sort: str, size: int) -> None:
        found: list[Video] = []
        page = self.run(self.repository.page(size, sort=sort))
        while page.next is not None:
            found += page.items
            page = self.run(self.repository.page(size, sort=sort, after=page.next))
        assert found + page.items == self.ordered(sort)
        assert page.total == len(self.model)

    @rule(tag=st.sampled_from(["one", ",", '"', "ß", "none"]), least=st.integers(0, 5))
    def filter(self, tag: str, least: int) -> None:
        tagged = [video for video in self.ordered("-created_at") if tag in video.tags]
        assert self.run(self.repository.list_videos(tag=tag)) == tagged
        rated = [v for v in self.ordered("rating") if v.rating is not None and v.rating >= least]
        assert self.run(self.repository.list_videos(sort="rating", min_rating=least)) == rated

    @rule(path=PATHS)
    def get_by_path(self, path: str) -> None:
        expected = next((v for v in self.model.values() if v.path == path), None)
        assert self.run(self.repository.get_by_path(path)) == expected

    @invariant()
    def same_records(self) -> None:
        assert self.run(self.repository.count()) == len(self.model)
        for id in ("a", "b", "c", "d~1"):
            assert self.run(self.repository.get(id)) == self.model.get(id)

    @invariant()
    def same_records_where_encoded_ones_are_kept(self) -> None:
        page = self.run(self.repository.encoded_page(100))
        said = [video.to_public() for video in self.ordered("-created_at")]
        assert msgspec.json.decode(page.items) == msgspec.json.decode(msgspec.json.encode(said))


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
        repository = harness.bind(VideoRepository, AsyncVideoRepository)
        wiping = harness.bind(SyncWiping, AsyncWiping)
        try:
            run_state_machine_as_test(
                cast(Any, lambda: VideoMachine(runner, repository, wiping)),
                settings=settings(
                    max_examples=10 if engine == "postgresql" else 25,
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

"""Databases of every release: opened by this version, and given back to their own."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from mustela.store import Store, acting_as, migrate
from mustela.store.backup import restore
from mustela.store.branch import Branch
from mustela.store.lock import DataDirectoryLock
from mustela.store.maintenance_errors import DatabaseTooNew
from mustela.store.migrations import connections, snapshot
from mustela.store.migrations.history import applied
from mustela.store.migrations.scratch import create_all
from mustela.store.sqlite.file import check
from mustela.store.upgrade import prepare
from mustela.video.record import Video
from mustela.video.repository import VideoRepository
from tests.filled_catalog import answers, connected, is_empty, missing_from, shipped, tables
from tests.releases.kept import Release, cut, releases
from tests.store.branches import ToyBranch, write

pytestmark = pytest.mark.slow


@pytest.fixture(params=releases(), ids=lambda release: release.name)
def release(request: pytest.FixtureRequest) -> Release:
    found: Release = request.param
    return found


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, release: Release, tmp_path: Path) -> str:
    """A database of the release, as its own version left it."""
    (tmp_path / "data").mkdir()
    made = f"sqlite:///{tmp_path}/data/mustela.db"
    if request.param == "postgresql":
        made = request.getfixturevalue("postgres_url")
    release.load(made)
    return made


def opened(url: str, branches: list[Branch], tmp_path: Path) -> Path | None:
    """What a server does at its start; the backup that it made."""
    done = prepare(url, branches, tmp_path / "data")
    done.lock.release()
    return done.backup


def rows(url: str) -> snapshot.Rows:
    with connected(url) as connection:
        return snapshot.rows(connection)


def revisions(url: str) -> dict[str, set[str]]:
    """What the database's history has, by branch."""
    found: dict[str, set[str]] = {}
    with connected(url) as connection:
        for row in applied(connection):
            found.setdefault(row.branch, set()).add(row.revision)
    return found


def test_at_least_one_release_is_kept() -> None:
    assert releases()


def test_each_kept_database_has_rows_in_every_table(url: str) -> None:
    with connected(url) as connection:
        there = snapshot.tables(connection)
        empty = [t.name for t in tables(shipped()) if t.name in there and is_empty(connection, t)]
    assert empty == []


def test_this_version_upgrades_it_and_answers_what_its_own_did(
    url: str, release: Release, tmp_path: Path
) -> None:
    opened(url, shipped(), tmp_path)
    assert migrate.current(url) == migrate.heads(shipped())
    assert list(missing_from(release.answers(url), answers(url))) == []


def test_upgraded_its_schema_is_that_of_a_new_database(
    url: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    opened(url, shipped(), tmp_path)
    server: Any = None
    if url.startswith("sqlite"):
        fresh = f"sqlite:///{tmp_path}/fresh.db"
    else:
        server = request.getfixturevalue("postgres_server")
        fresh = server.create_database()
    create_all(connections.driver_url(fresh), [branch.metadata for branch in shipped()])
    with connected(url) as old, connected(fresh) as new:
        lines = snapshot.difference(snapshot.schema(old), snapshot.schema(new), ("old", "new"))
    if server is not None:
        server.drop_database(fresh)
    assert lines == []


def test_upgraded_it_is_whole_and_takes_changes_and_their_undoing(url: str, tmp_path: Path) -> None:
    opened(url, shipped(), tmp_path)
    if url.startswith("sqlite"):
        assert check(url.removeprefix("sqlite:///")).problems == ()
    with Store.open(url) as store, acting_as("ben"):
        videos = VideoRepository(store)
        before = videos.get("v1")
        counted = videos.count()
        videos.update("v1", tags=("new word",), rating=1)
        assert [one.id for one in videos.list_videos(tag="new word")] == ["v1"]
        newest = videos.history("v1")[0]
        videos.revert(newest.id)
        after = videos.get("v1")
        assert before is not None
        assert after is not None
        assert (after.tags, after.rating) == (before.tags, before.rating)
        deletion = next(one for one in videos.history("v2") if one.action == "delete")
        videos.revert(deletion.id)
        assert videos.get("v2") is not None
        videos.add(Video(id="new", path="/films/neu.mp4"))
        assert [one.id for one in videos.search("NEU")] == ["new"]
        assert videos.count() == counted + 2


def a_later_version(branches: list[Branch], url: str, directory: Path) -> list[Branch]:
    """This version, and a revision that nobody has written yet on top of the jobs'."""
    head = dict(migrate.heads(branches))["jobs"]
    later: list[Branch] = []
    for branch in branches:
        if branch.name == "jobs":
            versions = directory / "jobs"
            shutil.copytree(branch.versions, versions)
            toy = ToyBranch("jobs", "", branch.metadata, versions)
            made = write(toy, 9001, LATER, 'op.drop_table("later")')
            path = versions / f"{made}.py"
            path.write_text(path.read_text().replace("'jobs_9000'", repr(head)))
            later.append(toy)
        else:
            later.append(branch)
    return later


LATER = """
op.create_table("later", sa.Column("a", INTEGER, primary_key=True))
op.execute("UPDATE jobs SET error = 'changed' WHERE error IS NULL")
"""


def test_after_an_upgrade_the_backup_takes_it_back_to_its_own_version(
    release: Release, tmp_path: Path
) -> None:
    (tmp_path / "data").mkdir()
    file = tmp_path / "data" / "mustela.db"
    url = f"sqlite:///{file}"
    release.load(url)
    before, known = rows(url), revisions(url)
    own: list[Branch] = [
        cut(branch, known.get(branch.name, set()), tmp_path / "own")
        for branch in shipped()
        if branch.name in known
    ]
    assert opened(url, own, tmp_path) is None, "its own version finds nothing to do"
    saved = opened(url, a_later_version(shipped(), url, tmp_path / "later"), tmp_path)
    assert saved is not None
    with pytest.raises(DatabaseTooNew, match=re.escape(f"mustela db restore {saved}")):
        opened(url, own, tmp_path)
    lock = DataDirectoryLock(tmp_path / "data", "a test")
    with lock.held("exclusive"):
        restore(saved, file, lock)
    assert opened(url, own, tmp_path) is None
    assert rows(url) == before
    assert revisions(url) == known


def test_taken_back_step_by_step_it_is_as_its_own_version_left_it(
    url: str, tmp_path: Path, release: Release
) -> None:
    before, known = rows(url), revisions(url)
    heads = migrate.current(url)
    opened(url, shipped(), tmp_path)
    for branch, revision in reversed(heads):
        migrate.downgrade(url, shipped(), f"{branch}@{revision}")
    for branch in set(revisions(url)) - set(known):
        migrate.downgrade(url, shipped(), f"{branch}@base")
    assert revisions(url) == known
    assert snapshot.row_difference(before, rows(url)) == []
    own: list[Branch] = [
        cut(branch, known[branch.name], tmp_path / "own")
        for branch in shipped()
        if branch.name in known
    ]
    assert opened(url, own, tmp_path) is None

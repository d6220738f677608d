"""The hint that somebody has committed: when it cannot be had, nothing is claimed."""

from __future__ import annotations

from pathlib import Path

import apsw

from mustela.store import Store
from mustela.store.sqlite.watch import Watch
from tests.store.toys import Toy, Toys, toy_metadata


def test_the_hint_moves_with_a_commit_and_ends_with_the_watch(tmp_path: Path) -> None:
    path = tmp_path / "toys.db"
    with Store.open(path, create=[toy_metadata]) as store:
        watch = Watch(str(path))
        before = watch.state()
        assert before is not None
        assert watch.state() == before
        Toys(store).add(Toy("t1", "/a"))
        assert watch.state() != before
        watch.stop()
        watch.stop()
        assert watch.state() is None


def test_a_database_that_cannot_be_asked_gives_no_hint(tmp_path: Path) -> None:
    path = tmp_path / "toys.db"
    with Store.open(path, create=[toy_metadata]):
        watch = Watch(str(path))

        def refuse(*_: object) -> bool:
            raise apsw.IOError("the drive is gone")

        assert watch._connection is not None
        watch._connection.set_exec_trace(refuse)
        assert watch.state() is None
        watch.stop()

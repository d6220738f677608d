"""The lock on a data directory, between processes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mustela.store.lock import DataDirectoryLock
from mustela.store.maintenance_errors import DataDirectoryLocked

HOLDER = """
import sys
from mustela.store.lock import DataDirectoryLock
lock = DataDirectoryLock(sys.argv[1], sys.argv[3]).acquire(sys.argv[2])
print("held", flush=True)
sys.stdin.read()
"""


@contextmanager
def holder(data: Path, mode: str, command: str = "mustela serve") -> Iterator[int]:
    """Another process that holds the lock until the block ends; it is killed, not asked."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(data), mode, command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        yield process.pid
        process.kill()


def test_several_servers_may_share_a_data_directory(tmp_path: Path) -> None:
    with holder(tmp_path, "shared"), DataDirectoryLock(tmp_path).held("shared") as lock:
        assert len(lock.holders()) == 2


def test_a_migration_is_refused_while_a_server_runs_and_names_it(tmp_path: Path) -> None:
    with holder(tmp_path, "shared", "mustela serve films") as pid:
        with pytest.raises(DataDirectoryLocked) as refused:
            DataDirectoryLock(tmp_path).acquire("exclusive")
        assert f"process {pid} (mustela serve films), shared" in str(refused.value)


def test_a_server_is_refused_during_a_migration(tmp_path: Path) -> None:
    with (
        holder(tmp_path, "exclusive", "mustela db upgrade"),
        pytest.raises(DataDirectoryLocked, match=r"\(mustela db upgrade\), exclusive"),
    ):
        DataDirectoryLock(tmp_path).acquire("shared")


def test_a_killed_holder_holds_nothing_and_is_not_named(tmp_path: Path) -> None:
    with holder(tmp_path, "exclusive"):
        pass
    left_behind = list(tmp_path.glob("mustela.lock.holder-*"))
    assert left_behind
    lock = DataDirectoryLock(tmp_path)
    assert lock.holders() == []
    with lock.held("exclusive"):
        assert not any(path.exists() for path in left_behind)


def test_a_lock_can_change_its_mode(tmp_path: Path) -> None:
    with DataDirectoryLock(tmp_path, "mustela serve").acquire("exclusive") as lock:
        lock.acquire("shared")
        assert [text.rpartition(", ")[2] for text in lock.holders()] == ["shared"]
        with holder(tmp_path, "shared"), pytest.raises(DataDirectoryLocked):
            lock.acquire("exclusive")
        assert lock.mode is None


def test_two_locks_of_one_process_exclude_each_other_too(tmp_path: Path) -> None:
    with (
        DataDirectoryLock(tmp_path).held("exclusive"),
        pytest.raises(DataDirectoryLocked),
    ):
        DataDirectoryLock(tmp_path).acquire("shared")


def test_closing_another_descriptor_of_the_file_does_not_give_the_lock_away(tmp_path: Path) -> None:
    with DataDirectoryLock(tmp_path).held("exclusive") as lock:
        lock.path.read_bytes()
        with pytest.raises(DataDirectoryLocked):
            DataDirectoryLock(tmp_path).acquire("shared")


def test_a_released_lock_leaves_no_note(tmp_path: Path) -> None:
    lock = DataDirectoryLock(tmp_path / "new")
    with lock.held("exclusive"):
        pass
    lock.release()
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["mustela.lock"]

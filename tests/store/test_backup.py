"""Backups, the way back, and what a server does with the database when it starts."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import apsw
import pytest

from mustela.store import backup as backup_module
from mustela.store import file_system, migrate
from mustela.store.backup import backup, backups, check, newest_backup, restore
from mustela.store.branch import STORE_BRANCH
from mustela.store.errors import DiskFull, NotADatabase
from mustela.store.lock import DataDirectoryLock
from mustela.store.maintenance_errors import (
    BackupFailed,
    DatabaseNotFound,
    DatabaseTooNew,
    DataDirectoryLocked,
    MigrationFailed,
    NetworkFileSystem,
    NoRoomForBackup,
    RestoreFailed,
)
from mustela.store.sqlite.file import APPLICATION_ID
from mustela.store.upgrade import prepare
from tests.store.branches import ToyBranch, notes_branch, write


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A database in use: in WAL mode, with a row in it."""
    path = tmp_path / "mustela.db"
    migrate.upgrade(path, [STORE_BRANCH])
    put(path, "kept")
    return path


@pytest.fixture
def notes(tmp_path: Path) -> ToyBranch:
    return notes_branch(tmp_path / "branches")


def put(path: Path, key: str) -> None:
    connection = apsw.Connection(str(path))
    connection.execute("PRAGMA journal_mode = WAL").fetchall()
    connection.execute("INSERT INTO meta VALUES (?, 'x')", (key,))
    connection.close()


def facts(path: Path) -> dict[str, str]:
    connection = apsw.Connection(str(path))
    rows = {str(k): str(v) for k, v in connection.execute("SELECT key, value FROM meta")}
    connection.close()
    return rows


def files(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


def test_a_backup_is_a_whole_database_named_for_what_it_holds(
    database: Path, tmp_path: Path
) -> None:
    made = backup(database, tmp_path / "backups")
    assert made.name.startswith("mustela-2")
    assert made.name.endswith("-v0.1.0-store_0002.db")
    assert facts(made) == facts(database)
    found = check(made)
    assert found.problems == ()
    assert found.revisions == (("store", "store_0002"),)
    assert found.application_id == APPLICATION_ID


def test_what_is_still_in_the_write_ahead_log_is_backed_up(database: Path, tmp_path: Path) -> None:
    writer = apsw.Connection(str(database))
    writer.execute("INSERT INTO meta VALUES ('in the log', 'x')")
    assert Path(f"{database}-wal").stat().st_size
    assert "in the log" in facts(backup(database, tmp_path / "backups"))
    writer.close()


def test_the_last_three_backups_are_kept(database: Path, tmp_path: Path) -> None:
    directory = tmp_path / "backups"
    made = [backup(database, directory) for _ in range(5)]
    (directory / "somebody-elses.db").touch()
    assert backups(directory) == made[:1:-1]
    assert backup(database, directory, keep=1) in backups(directory)
    assert len(backups(directory)) == 1
    assert (directory / "somebody-elses.db").exists()


def test_without_room_for_a_backup_none_is_begun(
    database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(9, 8, 1))
    with pytest.raises(NoRoomForBackup, match="MB free"):
        backup(database, tmp_path / "backups")
    assert files(tmp_path / "backups") == []


def failing(error: type[Exception]) -> Any:
    """A source of a copy on which VACUUM INTO fails after it wrote something."""

    class Source:
        def execute(self, _sql: str, parameters: tuple[str]) -> None:
            Path(parameters[0]).write_bytes(b"half")
            raise error("injected")

    return Source()


@pytest.mark.parametrize(
    ("error", "expected"), [(apsw.FullError, NoRoomForBackup), (apsw.IOError, BackupFailed)]
)
def test_a_copy_that_fails_half_way_is_removed(
    tmp_path: Path, error: type[Exception], expected: type[Exception]
) -> None:
    with pytest.raises(expected):
        backup_module._copy(failing(error), tmp_path / "b.db")
    assert files(tmp_path) == []


def test_a_backup_that_does_not_pass_its_check_is_removed(
    database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def damaged(source: apsw.Connection, target: Path) -> None:
        source.execute("VACUUM INTO ?", (str(target),))
        damage(target)

    monkeypatch.setattr(backup_module, "_vacuum_into", damaged)
    with pytest.raises(BackupFailed, match="check"):
        backup(database, tmp_path / "backups")
    assert files(tmp_path / "backups") == []


def damage(path: Path) -> None:
    """Break the root page of an index, where only a full check looks."""
    connection = apsw.Connection(str(path))
    page = connection.execute(
        "SELECT rootpage FROM sqlite_schema WHERE name = 'ix_audit_change_id_id'"
    ).get
    size = connection.pragma("page_size")
    connection.close()
    content = bytearray(path.read_bytes())
    content[(page - 1) * size : page * size] = b"\xa5" * size
    path.write_bytes(content)


def test_a_restore_brings_the_old_state_back_and_keeps_the_replaced_one(
    database: Path, tmp_path: Path
) -> None:
    made = backup(database, tmp_path / "backups")
    put(database, "later")
    before = facts(database)
    with DataDirectoryLock(tmp_path).held("exclusive") as lock:
        aside = restore(made, database, lock)
    assert aside is not None
    assert aside.name.startswith("mustela.db.before-restore-")
    assert facts(aside) == before
    restored = facts(database)
    assert "kept" in restored
    assert "later" not in restored
    assert made.exists()


def test_a_restored_database_has_a_new_id(database: Path, tmp_path: Path) -> None:
    made = backup(database, tmp_path / "backups")
    with DataDirectoryLock(tmp_path).held("exclusive") as lock:
        restore(made, database, lock)
    assert facts(database)["database_id"] != facts(made)["database_id"]


def test_no_log_of_the_replaced_database_is_left_to_be_played_into_the_new_one(
    database: Path, tmp_path: Path
) -> None:
    made = backup(database, tmp_path / "backups")
    for suffix in ("-wal", "-shm", "-journal"):
        Path(f"{database}{suffix}").write_bytes(b"left by a crash")
    damage(database)
    with DataDirectoryLock(tmp_path).held("exclusive") as lock:
        restore(made, database, lock)
    assert not any(Path(f"{database}{suffix}").exists() for suffix in ("-wal", "-shm", "-journal"))
    assert check(database).problems == ()


def test_what_a_damaged_database_s_log_holds_goes_aside_with_it(
    database: Path, tmp_path: Path
) -> None:
    made = backup(database, tmp_path / "backups")
    database.write_bytes(b"no database any more" * 100)
    Path(f"{database}-wal").write_bytes(b"log")
    with DataDirectoryLock(tmp_path).held("exclusive") as lock:
        aside = restore(made, database, lock)
    assert Path(f"{aside}-wal").read_bytes() == b"log"
    assert "kept" in facts(database)


def test_a_restore_works_where_there_is_no_database_any_more(
    database: Path, tmp_path: Path
) -> None:
    made = backup(database, tmp_path / "backups")
    database.unlink()
    with DataDirectoryLock(tmp_path).held("exclusive") as lock:
        assert restore(made, database, lock) is None
    assert "kept" in facts(database)


def test_a_file_system_without_hard_links_will_do(
    database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError("no links here")

    monkeypatch.setattr("os.link", refuse)
    made = backup(database, tmp_path / "backups")
    with DataDirectoryLock(tmp_path).held("exclusive") as lock:
        aside = restore(made, database, lock)
    assert aside is not None
    assert facts(aside)["kept"] == facts(database)["kept"]


def test_a_damaged_backup_is_not_restored(database: Path, tmp_path: Path) -> None:
    made = backup(database, tmp_path / "backups")
    damage(made)
    before = database.read_bytes()
    with (
        DataDirectoryLock(tmp_path).held("exclusive") as lock,
        pytest.raises(RestoreFailed, match="damaged"),
    ):
        restore(made, database, lock)
    assert database.read_bytes() == before


def test_a_restore_needs_the_data_directory_for_itself(database: Path, tmp_path: Path) -> None:
    made = backup(database, tmp_path / "backups")
    with (
        DataDirectoryLock(tmp_path).held("shared") as lock,
        pytest.raises(RestoreFailed, match="for itself"),
    ):
        restore(made, database, lock)


def test_the_database_is_no_backup_of_itself(database: Path, tmp_path: Path) -> None:
    with (
        DataDirectoryLock(tmp_path).held("exclusive") as lock,
        pytest.raises(RestoreFailed, match="itself"),
    ):
        restore(database, database, lock)


def test_a_database_of_another_program_is_not_restored(database: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    connection = apsw.Connection(str(other))
    connection.execute(f"CREATE TABLE t (a); PRAGMA application_id = {APPLICATION_ID}")
    connection.close()
    with (
        DataDirectoryLock(tmp_path).held("exclusive") as lock,
        pytest.raises(RestoreFailed, match="no table meta"),
    ):
        restore(other, database, lock)
    assert ".mustela.db.restoring" not in files(tmp_path)


def test_a_check_lists_dangling_references_and_strangers(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    connection = apsw.Connection(str(path))
    connection.execute("CREATE TABLE p (id INTEGER PRIMARY KEY)")
    connection.execute("CREATE TABLE c (p INTEGER REFERENCES p); INSERT INTO c VALUES (7)")
    connection.close()
    stranger, dangling = check(path).problems
    assert "application id" in stranger
    assert "row 1 of c" in dangling


def test_a_check_finds_damage(database: Path) -> None:
    apsw.Connection(str(database)).execute("PRAGMA journal_mode = DELETE").fetchall()
    damage(database)
    assert check(database).problems


@pytest.mark.parametrize("act", [check, lambda path: backup(path, path.parent / "b")])
def test_a_file_that_is_no_database_is_named(tmp_path: Path, act: Any) -> None:
    film = tmp_path / "film.mov"
    film.write_bytes(b"\0\0\0\x14ftypqt  " * 200)
    with pytest.raises(NotADatabase, match=r"film\.mov"):
        act(film)
    with pytest.raises(DatabaseNotFound, match="no database file"):
        act(tmp_path / "none.db")


def test_a_directory_that_cannot_be_synced_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DiskFull):
        backup_module._sync(tmp_path / "none")


# ---------------------------------------------------------------------------- at the start


def start(data: Path, *branches: ToyBranch) -> Any:
    """What ``serve`` does first; the lock is given back at once."""
    prepared = prepare(f"sqlite:///{data}/mustela.db", [STORE_BRANCH, *branches], data)
    prepared.lock.release()
    return prepared


def test_a_new_database_is_created_without_a_backup(tmp_path: Path) -> None:
    data = tmp_path / "new" / "data"
    prepared = start(data)
    assert (prepared.created, prepared.upgraded, prepared.backup) == (True, False, None)
    assert facts(data / "mustela.db")["database_id"]
    assert check(data / "mustela.db").problems == ()


def test_a_current_database_is_left_as_it_is(tmp_path: Path) -> None:
    start(tmp_path)
    prepared = start(tmp_path)
    assert (prepared.created, prepared.upgraded, prepared.backup) == (False, False, None)


def test_the_lock_is_held_shared_afterwards(tmp_path: Path) -> None:
    prepared = prepare(f"sqlite:///{tmp_path}/mustela.db", [STORE_BRANCH], tmp_path)
    with pytest.raises(DataDirectoryLocked):
        DataDirectoryLock(tmp_path).acquire("exclusive")
    prepared.lock.release()


def test_an_older_database_is_backed_up_then_upgraded(tmp_path: Path, notes: ToyBranch) -> None:
    start(tmp_path)
    prepared = start(tmp_path, notes)
    assert prepared.upgraded
    assert migrate.current(prepared.backup) == [("store", "store_0002")]
    assert ("notes", "notes_0001") in migrate.current(tmp_path / "mustela.db")


def test_an_upgrade_waits_for_nobody(tmp_path: Path, notes: ToyBranch) -> None:
    prepared = prepare(
        f"sqlite:///{tmp_path}/mustela.db", [STORE_BRANCH], tmp_path, command="serve"
    )
    with pytest.raises(DataDirectoryLocked, match=r"\(serve\), shared"):
        start(tmp_path, notes)
    prepared.lock.release()
    assert start(tmp_path, notes).upgraded


def test_a_failing_upgrade_leaves_the_database_and_its_backup(
    tmp_path: Path, notes: ToyBranch
) -> None:
    start(tmp_path)
    write(notes, 2, 'op.execute("INSERT INTO nowhere VALUES (1)")', "pass")
    with pytest.raises(MigrationFailed):
        start(tmp_path, notes)
    assert migrate.current(tmp_path / "mustela.db") == [("store", "store_0002")]
    assert len(backups(tmp_path / "backups")) == 1
    with DataDirectoryLock(tmp_path).held("exclusive"):
        pass


def test_without_room_for_a_backup_nothing_is_upgraded(
    tmp_path: Path, notes: ToyBranch, monkeypatch: pytest.MonkeyPatch
) -> None:
    start(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(9, 8, 1))
    with pytest.raises(NoRoomForBackup):
        start(tmp_path, notes)
    assert migrate.current(tmp_path / "mustela.db") == [("store", "store_0002")]


def test_a_newer_database_is_refused_with_the_backup_that_can_be_restored(
    tmp_path: Path, notes: ToyBranch
) -> None:
    start(tmp_path, notes)
    newer = notes.versions / f"{write(notes, 2, 'pass', 'pass')}.py"
    older = start(tmp_path, notes).backup
    too_new = backup(tmp_path / "mustela.db", tmp_path / "backups")
    newer.unlink()
    with pytest.raises(DatabaseTooNew) as refused:
        start(tmp_path, notes)
    assert f"mustela db restore {older}" in str(refused.value)
    assert str(too_new) not in str(refused.value)
    with DataDirectoryLock(tmp_path).held("exclusive") as lock:
        restore(older, tmp_path / "mustela.db", lock)
    assert not start(tmp_path, notes).upgraded


def test_without_a_backup_only_the_newer_version_is_named(tmp_path: Path, notes: ToyBranch) -> None:
    path = notes.versions / f"{write(notes, 2, 'pass', 'pass')}.py"
    start(tmp_path, notes)
    path.unlink()
    assert newest_backup(tmp_path, {"store"}, {"store_0001"}) is None
    with pytest.raises(DatabaseTooNew, match=r"Install Mustela [\d.]+ or newer$"):
        start(tmp_path, notes)


def test_a_database_on_a_network_file_system_is_refused_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path.resolve() / "a share"
    place.mkdir()
    escaped = str(place).replace(" ", r"\040")
    mounts = tmp_path / "mountinfo"
    mounts.write_text(
        "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
        f"31 22 0:45 / {escaped} rw shared:1 - nfs4 server:/films rw\n"
        "32 22 0:46 / /mnt/c rw - 9p drvfs rw,aname=drvfs\n"
    )
    monkeypatch.setattr(file_system, "MOUNTS", mounts)
    with pytest.raises(NetworkFileSystem, match=r"nfs4.*locks.*--data-dir"):
        start(place)
    assert files(place) == []
    assert file_system.file_system_type(tmp_path) == "ext4"
    assert file_system.file_system_type(Path("/mnt/c/films")) == "9p-drvfs"


def test_on_macos_the_mounted_volumes_are_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = (
        f"/dev/disk1 on / (apfs, local)\n//u@nas/films on {tmp_path.resolve()} (smbfs, nodev)\n"
    )

    class Done:
        stdout = listed

    monkeypatch.setattr(file_system, "MOUNTS", tmp_path / "none")
    monkeypatch.setattr("platform.system", lambda: "Darwin")
    monkeypatch.setattr("subprocess.run", lambda *_, **__: Done)
    assert file_system.file_system_type(tmp_path / "x") == "smbfs"
    monkeypatch.setattr("platform.system", lambda: "Plan 9")
    assert file_system.file_system_type(tmp_path / "x") is None


@pytest.mark.postgres
def test_on_postgresql_the_server_s_own_backups_are_relied_on(
    tmp_path: Path, postgres_url: str, notes: ToyBranch
) -> None:
    prepare(postgres_url, [STORE_BRANCH], tmp_path).lock.release()
    prepared = prepare(postgres_url, [STORE_BRANCH, notes], tmp_path)
    prepared.lock.release()
    assert prepared.upgraded
    assert prepared.backup is None
    assert not (tmp_path / "backups").exists()

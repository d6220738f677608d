"""What cannot be done is one clear line and exit status 2, and never a traceback."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import apsw
import pytest

from mustela.commands.workplace import catalog
from mustela.settings import Settings
from mustela.store.lock import DataDirectoryLock
from tests.cli.conftest import Run


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def database(data: Path) -> Path:
    """The file of a catalog that is there."""
    with catalog(Settings(data_dir=data), "test"):
        return data / "mustela.db"


def test_what_is_not_there_is_said(mustela: Run) -> None:
    mustela("video", "show", "nobody").refused("there is no video nobody")
    mustela("video", "edit", "nobody", "--rating", "1").refused("there is no video nobody")
    mustela("jobs", "show", "nobody").refused("there is no job nobody")
    mustela("jobs", "cancel", "nobody").refused("there is no job nobody")
    mustela("jobs", "logs", "nobody").refused("there is no job nobody")
    mustela("roots", "remove", "nobody").refused("nobody is no root", "mustela roots list")
    mustela("db", "restore", "nothing.db").refused("there is no file nothing.db")


def test_an_edit_that_changes_nothing_is_refused(mustela: Run) -> None:
    mustela("video", "edit", "some").refused("--tag, --untag, --rating or --note")


def test_an_unknown_sort_names_those_that_there_are(mustela: Run) -> None:
    mustela("video", "list", "--sort", "beauty").refused("'beauty'", "duration_seconds")


@pytest.mark.parametrize("command", ["scan", "serve", "roots add"])
def test_a_directory_that_is_not_there(mustela: Run, tmp_path: Path, command: str) -> None:
    port = ["--port", "0"] if command == "serve" else []
    refused = mustela(*command.split(), tmp_path / "nowhere", *port)
    refused.refused(f"{tmp_path}/nowhere", "No such file or directory", "check that it exists")


def test_a_file_in_the_place_of_a_directory(mustela: Run, library: Path) -> None:
    mustela("scan", library / "beach.mp4").refused("beach.mp4", "not a directory")


def test_roots_do_not_nest(mustela: Run, library: Path) -> None:
    mustela("roots", "add", library / "trip")
    mustela("roots", "add", library / "trip").refused("already a root")
    mustela("roots", "add", library).refused("lies around the root", f"{library}/trip")
    mustela("scan", library).refused("lies around the root")
    mustela("serve", library, "--port", "0").refused("lies around the root")
    (library / "trip" / "deep").mkdir()
    mustela("roots", "add", library / "trip" / "deep").refused("lies inside the root")


def test_a_directory_inside_a_root_is_scanned_with_the_root(mustela: Run, library: Path) -> None:
    mustela("roots", "add", library)
    assert mustela("scan", library / "trip").err == f"{library}: 3 catalogued\n"


def test_a_pattern_that_is_none(mustela: Run, library: Path) -> None:
    mustela("roots", "add", library, "--exclude", "").refused("pattern")


def test_a_port_that_is_taken_costs_nothing(mustela: Run, data: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        mustela("serve", "--port", port).refused(port, "Address already in use", "--port")
    assert not data.exists()


def test_an_address_of_another_machine(mustela: Run) -> None:
    mustela("serve", "--host", "192.0.2.1", "--port", "0").refused("192.0.2.1", "--host")
    mustela("serve", "--host", "nowhere.invalid", "--port", "0").refused("nowhere.invalid")


@pytest.mark.parametrize("command", ["serve --port 0", "video list", "scan .", "db upgrade"])
def test_a_data_directory_that_another_process_has_for_itself(
    mustela: Run, database: Path, command: str
) -> None:
    with DataDirectoryLock(database.parent, "mustela db restore").held("exclusive"):
        mustela(*command.split()).refused(
            str(database.parent), f"process {os.getpid()} (mustela db restore), exclusive"
        )


@pytest.mark.parametrize("command", ["db restore {}", "db downgrade base"])
def test_who_needs_the_data_directory_alone_says_who_uses_it(
    mustela: Run, database: Path, command: str
) -> None:
    with DataDirectoryLock(database.parent, "mustela serve").held("shared"):
        mustela(*command.format(database).split()).refused("mustela serve", "needs it for itself")


def test_a_data_directory_that_cannot_be_one(mustela: Run, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for unusable in (tmp_path / "file", tmp_path / "file" / "below"):
        mustela("video", "list", "--data-dir", unusable).refused(str(unusable), "--data-dir")


@pytest.mark.usefixtures("ordinary_user")
@pytest.mark.parametrize("command", ["serve --port 0", "video list"])
def test_a_read_only_data_directory(mustela: Run, database: Path, command: str) -> None:
    database.parent.chmod(0o500)
    database.with_name("mustela.lock").chmod(0o400)
    try:
        mustela(*command.split()).refused("Permission denied", "permissions")
    finally:
        database.parent.chmod(0o700)


@pytest.mark.parametrize("command", ["serve --port 0", "video list", "db current", "db check"])
def test_a_file_that_is_no_database(mustela: Run, data: Path, command: str) -> None:
    data.mkdir()
    (data / "mustela.db").write_bytes(b"a letter to my grandmother, which is rather long" * 100)
    mustela(*command.split()).refused(f"{data}/mustela.db", "is not a database")


@pytest.mark.parametrize("command", ["serve --port 0", "video list", "db current", "db check"])
def test_a_damaged_database(mustela: Run, database: Path, command: str) -> None:
    damaged = bytearray(database.read_bytes())
    damaged[4096:] = b"A" * (len(damaged) - 4096)
    database.write_bytes(damaged)
    mustela(*command.split()).refused("damaged", "restore a backup")


@pytest.mark.parametrize("command", ["serve --port 0", "video list", "db upgrade"])
def test_a_database_of_a_newer_version(mustela: Run, database: Path, command: str) -> None:
    saved = mustela("db", "backup").out.strip()
    connection = apsw.Connection(str(database))
    connection.execute(
        "INSERT INTO schema_revisions (revision, branch, down_revisions, depends_on,"
        " product_version, applied_at)"
        " SELECT 'video_9999', branch, '[\"' || revision || '\"]', depends_on, '9.9', applied_at"
        " FROM schema_revisions WHERE branch = 'video' ORDER BY revision DESC LIMIT 1"
    )
    connection.close()
    mustela(*command.split()).refused("Mustela 9.9", "video_9999", f"mustela db restore {saved}")


def test_another_programs_database_is_left_alone(mustela: Run, data: Path) -> None:
    data.mkdir()
    connection = apsw.Connection(str(data / "mustela.db"))
    connection.execute("PRAGMA application_id = 42; CREATE TABLE theirs (x)")
    connection.close()
    mustela("video", "list").refused("mustela.db", "another program")


def test_an_empty_file_becomes_a_database(mustela: Run, data: Path) -> None:
    data.mkdir()
    (data / "mustela.db").touch()
    assert mustela("video", "list", "--json").json == []


def test_damage_that_only_a_check_finds_is_exit_status_1(mustela: Run, database: Path) -> None:
    with DataDirectoryLock(database.parent, "test").held("exclusive"):
        connection = apsw.Connection(str(database))
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("DELETE FROM sqlite_schema WHERE name LIKE 'ix_%' AND type = 'index'")
        connection.close()
    checked = mustela("db", "check")
    assert checked.status == 1
    assert "problem(s) found; restore a backup" in checked.err
    assert checked.out


def test_no_database_yet(mustela: Run, data: Path) -> None:
    for command in ("current", "check", "backup"):
        mustela("db", command).refused("no database at", str(data))
    assert not data.exists()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("mysql://somewhere/db", "sqlite:/// or postgresql://"),
        ("some words", "sqlite:/// or postgresql://"),
        ("sqlite:///:memory:", "in memory"),
    ],
)
def test_a_database_that_no_catalog_can_be_in(mustela: Run, url: str, words: str) -> None:
    mustela("video", "list", "--database-url", url).refused(words)
    mustela("serve", "--port", "0", "--database-url", url).refused(words)


def test_a_database_server_that_does_not_answer(mustela: Run) -> None:
    pytest.importorskip("psycopg")
    nobody = "postgresql://127.0.0.1:1/none"
    mustela("video", "list", "--database-url", nobody).refused("cannot be reached")
    mustela("db", "backup", "--database-url", nobody).refused("pg_dump")


def test_a_database_server_whose_driver_is_not_installed(
    mustela: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    url = "postgresql://localhost/some"
    mustela("video", "list", "--database-url", url).refused("pip install 'mustela[postgres]'")


def test_a_setting_with_a_wrong_value_names_it_and_what_is_allowed(
    mustela: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MUSTELA_PORT", "many")
    mustela("video", "list").refused("MUSTELA_PORT", "'many'", "from 0 to 65535")


def test_a_setting_that_there_is_not(mustela: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUSTELA_PROT", "8000")
    mustela("video", "list").refused("MUSTELA_PROT", "did you mean port?")


def test_settings_that_cannot_be_read(
    mustela: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "mustela.toml"
    monkeypatch.setenv("MUSTELA_CONFIG", str(file))
    mustela("video", "list").refused(str(file), "No such file or directory")
    file.write_text("port = = 1")
    mustela("video", "list").refused(str(file), "not TOML")
    file.write_bytes(b"\xff")
    mustela("video", "list").refused(str(file), "not TOML")
    file.write_text("port = true")
    mustela("serve").refused(f"port in {file}", "from 0 to 65535")


@pytest.mark.usefixtures("ordinary_user")
def test_settings_that_may_not_be_read(
    mustela: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "mustela.toml"
    file.touch(mode=0)
    monkeypatch.setenv("MUSTELA_CONFIG", str(file))
    mustela("video", "list").refused(str(file), "Permission denied")


def test_a_wrong_token_does_not_stand_in_the_message(
    mustela: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MUSTELA_TOKENS", "owner:very-secret-indeed")
    refused = mustela("serve", "--port", "0")
    refused.refused("MUSTELA_TOKENS")
    assert "very-secret" not in refused.err


def test_an_error_of_the_system_is_a_line_too(
    mustela: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(directory: str) -> None:
        raise OSError(28, "No space left on device", directory)

    monkeypatch.setattr("mustela.video.samples.make_samples", fail)
    refused = mustela("serve", "--sample", "--port", "0")
    assert refused.status == 2
    assert "\nmustela: [Errno 28] No space left on device: " in refused.err

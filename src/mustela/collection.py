"""What a collection brings, and what it is given.

A collection is a folder and one ``Collection`` value: ``app.py`` lists those that ship, and the
entry points of the group ``mustela.collections`` name somebody else's.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple, TypeAlias, TypeVar

import msgspec
from fastapi import APIRouter, Depends
from starlette.types import Scope

from mustela.errors import MustelaError
from mustela.files.children import Children
from mustela.files.directory_product import DirectoryRule
from mustela.files.first_look import Wanted, collections_met
from mustela.files.picture_store import PictureStore
from mustela.files.scan_target import FileKind
from mustela.files.watch_roots import RootWatch
from mustela.http.conditional import Answers
from mustela.http.event_feed import EventFeed
from mustela.http.needs import from_scope
from mustela.http.tokens import Token
from mustela.jobs.leader import Leader, LeaderLock
from mustela.jobs.provenance import MadeBy
from mustela.jobs.queue import JobQueue
from mustela.store import AsyncRepository, AsyncStore, Unit
from mustela.store.branch import Branch
from mustela.store.records import Records

if TYPE_CHECKING:
    import typer  # a server does not need it

R = TypeVar("R", bound=AsyncRepository)

ENTRY_POINTS = "mustela.collections"
#: Where a request's scope holds the services.
SERVICES = "mustela.services"


class BadCollection(MustelaError):
    """A collection cannot be installed."""

    code = "bad_collection"


@dataclass(frozen=True)
class Limits:
    """Settings that collections heed; see ``mustela.settings`` for what they mean."""

    probe_time_limit_seconds: float = 60.0
    bulk_limit: int = 100_000
    scan_interval_minutes: float = 360.0
    scan_shard_files: int = 1000
    external_run_silence_seconds: float = 120.0


class Finding(NamedTuple):
    """How a part of the server is, and why: one line for who watches it."""

    state: Literal["ok", "degraded", "down"]
    message: str


#: Looks at a part of the server. An error that it raises, or silence, counts as *down*.
Check: TypeAlias = Callable[[], Awaitable[Finding]]


@dataclass(frozen=True)
class Services:
    """What the server gives to every collection and route.

    ``store`` and ``queue`` are open while the server runs, not yet when a collection is
    installed; ``children`` examine files, ``watch`` tells of changes below roots. ``records`` are
    the audited tables, by topic. Where several processes serve, ``leader`` says whether this one
    does what only one of them should. ``checks`` are parts that ``/services/status`` speaks of,
    besides those of every server.
    """

    store: AsyncStore
    queue: JobQueue
    children: Children
    answers: Answers
    events: EventFeed
    watch: RootWatch
    data_dir: Path
    picture_store: PictureStore
    limits: Limits = field(default_factory=Limits)
    #: What the settings say of collections by their names, where they do.
    rules: Mapping[str, Any] = field(default_factory=dict)
    leader: Leader = field(default_factory=LeaderLock)
    tokens: Sequence[Token] = ()
    records: dict[str, Records] = field(default_factory=dict)
    installed: dict[str, Installed] = field(default_factory=dict)
    collections: dict[str, Collection] = field(default_factory=dict)
    checks: dict[str, Check] = field(default_factory=dict)
    #: What collections keep for their routes, by its class.
    parts: dict[type[Any], Any] = field(default_factory=dict)
    _repositories: dict[type[Any], Any] = field(default_factory=dict)

    def repository(self, kind: type[R]) -> R:
        """The one repository of this class on the server's store."""
        found: R | None = self._repositories.get(kind)
        if found is None:
            found = self._repositories[kind] = kind(self.store)
        return found


class Recent(msgspec.Struct, frozen=True):
    """How many items were added lately. Not exact where there are more than are counted."""

    last_24_hours: int
    last_7_days: int
    is_exact: bool


class NewestItem(msgspec.Struct, frozen=True):
    """The item that was added last."""

    id: str
    name: str
    added_at: datetime


class Lag(msgspec.Struct, frozen=True):
    """Seconds from what an item records (the end of an observation) to its record.

    Of the ``n_items`` records of the last ``days`` that say when it was: the median, what nine of
    ten do not exceed, and that of the newest. Not exact where there are more than are looked at.
    """

    days: float
    n_items: int
    median_seconds: float | None
    p90_seconds: float | None
    newest_seconds: float | None
    is_exact: bool


class CollectionStats(msgspec.Struct, frozen=True):
    """What a collection says of itself. ``bytes`` are those of its files, where it has some.

    ``by_kind`` counts its records where it has several kinds, ``by_grade`` those with a grade.
    """

    count: int
    by_status: dict[str, int] = {}
    bytes: int | None = None
    bytes_by_status: dict[str, int] = {}
    recent: Recent | None = None
    newest: NewestItem | None = None
    by_kind: dict[str, int] = {}
    by_grade: dict[str, int] = {}
    lag: Lag | None = None


#: Answers the statistics of a collection; in constant time, whatever its size.
Stats: TypeAlias = Callable[[], Awaitable[CollectionStats]]


@dataclass(frozen=True)
class Installed:
    """A collection in a running server.

    ``routers`` are mounted below ``/api/v1``. ``topics`` are those whose tokens and events speak
    of its records. ``running``, if there is one, is entered after the store is open and before
    the queue takes jobs, and left after the queue has stopped. ``leave_root`` makes a unit that
    takes the records below a root (its id) out of the catalog, in the transaction that removes
    the root, and answers how many there were. ``made_by`` makes a unit that answers the records
    that name a job (its id), at most so many of them. ``queries`` are the paths below
    ``/api/v1`` to which a POST asks something and changes nothing, so that the role *read* will do.
    """

    routers: Sequence[APIRouter] = ()
    records: Sequence[Records] = ()
    topics: Sequence[str] = ()
    stats: Stats | None = None
    running: Callable[[], AbstractAsyncContextManager[Any]] | None = None
    leave_root: Callable[[str], Unit[int]] | None = None
    made_by: MadeBy | None = None
    queries: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Collection:
    """``name`` is the word of programs (``video``), ``title`` what people see (``Library``).

    ``install`` makes the routers and registers job handlers at ``services.queue``; it does no
    I/O. ``commands`` makes the typer app of its commands. ``page`` is the path of its ES module
    below the page's directory.

    A collection that scans directories names the files (``extensions``) and the products that are
    directories (``directories``) of which it has records; its jobs are of the type ``NAME.scan``.
    ``missing`` says what it lacks to read them, if anything.

    ``version`` is that of the package that brings it, known by its entry point: what clients keep
    of answers that another version gave is out of date. Those that ship are of Mustela's version.
    """

    name: str
    title: str
    branches: Sequence[Branch]
    install: Callable[[Services], Installed]
    commands: Callable[[], typer.Typer] | None = None
    page: str | None = None
    extensions: Mapping[str, FileKind] = field(default_factory=dict)
    directories: DirectoryRule | None = None
    missing: Callable[[], str | None] = lambda: None
    version: str | None = None

    @property
    def scans(self) -> bool:
        """Whether it has jobs that scan a root."""
        return bool(self.extensions)


def install(collection: Collection, services: Services) -> Installed:
    """Install a collection, and note what it brought in ``services``."""
    if collection.name in services.installed:
        raise BadCollection(f"there are two collections named {collection.name}")
    installed = collection.install(services)
    for records in installed.records:
        if records.topic in services.records:
            raise BadCollection(
                f"the collection {collection.name} brings the topic {records.topic}, "
                "which another one has"
            )
        services.records[records.topic] = records
    services.installed[collection.name] = installed
    services.collections[collection.name] = collection
    return installed


def collections_for(directory: bytes, brought: Iterable[Collection]) -> list[str]:
    """The names of the collections that a new root is for, where nobody says.

    Those whose files a short look meets; where it meets none, all that could read some. What
    lacks its libraries is left out, and what does not say which files are its own is taken.
    """
    able = [one for one in brought if one.missing() is None]
    met = collections_met(
        directory,
        {one.name: Wanted(one.extensions, one.directories) for one in able if one.scans},
    )
    return sorted(one.name for one in able if not (one.scans and met) or one.name in met)


def from_entry_points() -> list[Collection]:
    """The collections of other installed packages."""
    found = []
    for entry in entry_points(group=ENTRY_POINTS):
        collection = entry.load()
        if not isinstance(collection, Collection):
            raise BadCollection(f"the entry point {entry.value} is not a Collection")
        if collection.version is None and entry.dist is not None:
            collection = replace(collection, version=entry.dist.version)
        found.append(collection)
    return found


def _services(scope: Scope) -> Services:
    services: Services = scope[SERVICES]
    return services


#: ``async def route(services: Needs)``.
Needs = Annotated[Services, Depends(from_scope(_services))]


def repository(kind: type[AsyncRepository]) -> Any:
    """``Videos = Annotated[AsyncVideoRepository, repository(AsyncVideoRepository)]``."""
    return Depends(from_scope(lambda scope: _services(scope).repository(kind)))

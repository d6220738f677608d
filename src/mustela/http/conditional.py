"""Conditional answers: ``ETag``, ``304``, and encoded bodies kept until a commit makes them stale.

An answer is labelled with the revision token of its topics, read in the snapshot that the answer
was read in. A kept answer is given again only while the label is proved to be current: by the
store's hint that nothing was committed since, or by reading the token. Requests for the same that
come while nothing is committed share one reading.

Where there is a shared cache, answers that take long are looked for there first, under the label
that was read, and handed over to the other servers once they are made.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, NamedTuple, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Scope, Send

from mustela.http.request_figures import route_of
from mustela.http.shared_answers import Found, SharedAnswers
from mustela.http.single_flight import Flights
from mustela.http.tokens import RANK
from mustela.store import AsyncRepository, AsyncStore, Unit, heavy_read, one, read, token
from mustela.store.identity import DATABASE_ID

T = TypeVar("T")
Topics = tuple[str, ...]
Key = tuple[str, bytes]

#: The role that a route asked for, in a request's scope; *read* where it asked for none.
ROLE_NEEDED: Final = "mustela.role_needed"

#: What an entry costs besides its body, about.
_OVERHEAD = 1500
_REVALIDATE = b"private, no-cache"
_JSON: Final = "application/json"

encode_json = msgspec.json.Encoder().encode


class LabelOperations:
    """Reads that say which state of the database they saw."""

    @read
    def database_id(self) -> Unit[str]:
        """The identity of the database; new after a restore or a copy."""
        return (yield from one(DATABASE_ID, str)) or ""

    @read
    def token(self, topics: Topics) -> Unit[str]:
        """The revision token of the topics."""
        return (yield from token(*topics))

    @read
    def labelled(
        self, topics: Topics, make: Callable[[], Unit[bytes]], known: Callable[[str], bool]
    ) -> Unit[tuple[str, bytes | None]]:
        """The token and, unless the token is ``known``, what the unit answers: one snapshot."""
        return (yield from _labelled(topics, make, known))

    @heavy_read
    def labelled_heavy(
        self, topics: Topics, make: Callable[[], Unit[bytes]], known: Callable[[str], bool]
    ) -> Unit[tuple[str, bytes | None]]:
        """The same for searches and counts."""
        return (yield from _labelled(topics, make, known))


def _labelled(
    topics: Topics, make: Callable[[], Unit[bytes]], known: Callable[[str], bool]
) -> Unit[tuple[str, bytes | None]]:
    label = yield from token(*topics)
    if known(label):
        return label, None
    return label, (yield from make())


class AsyncLabels(LabelOperations, AsyncRepository):
    """The labels of one store."""


class Entry:
    """An encoded answer, with the messages that carry it, and the route that made it."""

    __slots__ = ("body", "etag", "label", "rank", "route", "start", "state", "topics", "unchanged")

    def __init__(
        self, etag: str, body: bytes, media_type: str, topics: Topics, label: str, rank: int
    ) -> None:
        tag = etag.encode()
        self.etag = etag
        self.body = body
        self.topics = topics
        self.label = label
        self.rank = rank
        self.route = ""
        self.state: object | None = None
        self.start = [
            (b"content-type", media_type.encode()),
            (b"content-length", str(len(body)).encode()),
            (b"etag", tag),
            (b"cache-control", _REVALIDATE),
        ]
        self.unchanged = [(b"etag", tag), (b"cache-control", _REVALIDATE)]

    @property
    def cost(self) -> int:
        return len(self.body) + _OVERHEAD

    async def send(self, send: Send, if_none_match: str | None) -> None:
        """Answer 200, or 304 where the client has it."""
        if if_none_match is not None and matches(if_none_match, self.etag):
            await send(_start(304, self.unchanged))
            await send({"type": "http.response.body", "body": b""})
        else:
            await send(_start(200, self.start))
            await send({"type": "http.response.body", "body": self.body})


class Kept(Response):
    """The response of a route that was answered with an entry."""

    def __init__(self, entry: Entry, if_none_match: str | None) -> None:
        self.entry = entry
        self.background = None
        unchanged = if_none_match is not None and matches(if_none_match, entry.etag)
        self.status_code = 304 if unchanged else 200
        self.body = b"" if unchanged else entry.body
        self.raw_headers = list(entry.unchanged if unchanged else entry.start)


def _start(status: int, headers: list[tuple[bytes, bytes]]) -> Message:
    return {"type": "http.response.start", "status": status, "headers": list(headers)}


def matches(if_none_match: str, etag: str) -> bool:
    """Whether the header names the tag: weak comparison, lists and ``*`` (RFC 9110, 13.1.2)."""
    header = if_none_match.strip()
    if header in (etag, "*"):
        return True
    return any(part.strip().removeprefix("W/") == etag for part in header.split(","))


class _Question(NamedTuple):
    """What a request asks for, and all that its answer is read, named and kept with."""

    key: Key
    topics: Topics
    body_of: Callable[[], Unit[bytes]]
    read: Callable[..., Awaitable[tuple[str, bytes | None]]]
    media_type: str
    asked: str | None
    rank: int
    route: str
    state: object | None
    database_id: str
    version: str

    def etag(self, label: str) -> str:
        """The tag of the answer in the state of this label."""
        return make_etag(self.database_id, label, self.version, self.key)

    def known(self, label: str) -> bool:
        """Whether the client has the answer of this state."""
        asked = self.asked
        return asked is not None and "*" not in asked and matches(asked, self.etag(label))


class Answers:
    """The kept answers of one server process, at most ``limit`` bytes of them."""

    def __init__(
        self,
        store: AsyncStore,
        *,
        limit: int,
        version: str,
        shared: SharedAnswers | None = None,
    ) -> None:
        self._store = store
        self._labels = AsyncLabels(store)
        self._limit = limit
        self._version = version
        #: What is shared with other servers, if there is such a cache.
        self.shared = shared
        self._database_id: str | None = None
        self._entries: OrderedDict[Key, Entry] = OrderedDict()
        #: What was read last of each topic: the store's state before, and the token.
        self._known: dict[Topics, tuple[object, str]] = {}
        self._asking: dict[Topics, tuple[object, asyncio.Task[str]]] = {}
        #: Answers that are being made: the label, and the entry unless the client has it.
        self._flights: Flights[tuple[str, Entry | None]] = Flights()
        self.bytes = 0
        self.hits = 0
        self.misses = 0

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def limit(self) -> int:
        """How many bytes are kept at most."""
        return self._limit

    def clear(self, pattern: Callable[[str], bool] | None = None) -> int:
        """Forget all entries, or those whose path is right; answers how many."""
        gone = [key for key in self._entries if pattern is None or pattern(key[0])]
        for key in gone:
            self._forget(key)
        return len(gone)

    async def kept(self, key: Key, rank: int) -> Entry | None:
        """The entry of a route and query, if it is current and ``rank`` may read it."""
        entry = self._entries.get(key)
        if entry is None or entry.rank > rank:
            return None
        state = self._store.state()
        if state is None or entry.state != state:
            if await self._current(entry.topics, state) != entry.label:
                return None
            entry.state = state
        self.hits += 1
        self._entries.move_to_end(key)
        return entry

    async def answer(
        self,
        request: Request,
        make: Callable[[], Unit[T]],
        shape: Callable[[T], Any],
        *,
        topics: Sequence[str],
        heavy: bool = False,
        encode: Callable[[Any], bytes] = encode_json,
        media_type: str = _JSON,
    ) -> Response:
        """Answer a ``GET`` whose body follows from the rows of some topics and from its URL alone.

        ``make`` makes the unit that reads, ``shape`` turns what it answers into what is encoded
        (and raises where there is nothing). The answer is read, labelled and kept, or is 304.
        It is shaped and encoded where it was read, on SQLite in a reader's thread: what crosses
        to the event loop is one text instead of thousands of values.

        Where answers are kept, one that another request is reading is waited for, if nothing was
        committed since that began: it sees all that had been committed when this request came.
        """
        scope = request.scope
        database_id = self._database_id
        if database_id is None:
            database_id = self._database_id = await self._labels.database_id()

        def body_of() -> Unit[bytes]:
            return encode(shape((yield from make())))

        labels = self._labels
        question = _Question(
            key_of(scope),
            tuple(topics),
            body_of,
            labels.labelled_heavy if heavy else labels.labelled,
            media_type,
            _if_none_match(scope),
            RANK[scope.get(ROLE_NEEDED, "read")],
            route_of(scope),
            self._store.state(),
            database_id,
            self._version,
        )
        read_here = False

        async def compute() -> tuple[str, Entry | None]:
            nonlocal read_here
            read_here = True
            return await self._compute(question)

        state, asked = question.state, question.asked
        if state is None or not self._limit:
            label, entry = await compute()
        else:
            flight = (question.key, asked, question.rank, state)
            label, entry = await self._flights.run(flight, compute)
        if not read_here:
            self.hits += 1
        if entry is None:
            return Response(status_code=304, headers=_unchanged(question.etag(label)))
        return Kept(entry, asked)

    async def _compute(self, question: _Question) -> tuple[str, Entry | None]:
        """The label and the entry, which is kept; no entry where the client has it."""
        self.misses += 1
        had = None
        if self.shared is not None and self.shared.worth_asking(question.route):
            had = await self._look_for(question, self.shared)
        label, found = had or await self._make(question)
        if question.state is not None:
            self._known[question.topics] = (question.state, label)
        if found is None:
            return label, None
        body, media_type = found.body, found.media_type
        entry = Entry(question.etag(label), body, media_type, question.topics, label, question.rank)
        entry.state = question.state
        entry.route = question.route
        self._keep(question.key, entry)
        return label, entry

    async def _look_for(
        self, question: _Question, shared: SharedAnswers
    ) -> tuple[str, Found | None] | None:
        """What the shared cache has under the present label; None where it has nothing."""
        label = await self._current(question.topics, question.state)
        if question.known(label):
            return label, None
        found = await shared.find(question.etag(label), question.database_id)
        return None if found is None else (label, found)

    async def _make(self, question: _Question) -> tuple[str, Found | None]:
        """Read it, and hand it over to the shared cache if it took long."""
        began = time.perf_counter()
        label, body = await question.read(question.topics, question.body_of, question.known)
        if body is None:
            return label, None
        found = Found(question.media_type, body)
        seconds = time.perf_counter() - began
        if self.shared is not None and self.shared.took(question.route, seconds):
            self.shared.hand_over(question.etag(label), question.database_id, found)
        return label, found

    async def _current(self, topics: Topics, state: object | None) -> str:
        """The token of the topics, at least as new as ``state``."""
        if state is None:
            return await self._labels.token(topics)
        known = self._known.get(topics)
        if known is not None and known[0] == state:
            return known[1]
        asking = self._asking.get(topics)
        if asking is None or asking[0] != state:
            asking = (state, asyncio.ensure_future(self._ask(topics, state)))
            self._asking[topics] = asking
        return await asyncio.shield(asking[1])

    async def _ask(self, topics: Topics, state: object) -> str:
        try:
            label = await self._labels.token(topics)
            self._known[topics] = (state, label)
            return label
        finally:
            if (asking := self._asking.get(topics)) is not None and asking[0] == state:
                del self._asking[topics]

    def _keep(self, key: Key, entry: Entry) -> None:
        if entry.cost > self._limit // 8:
            return
        self._forget(key)
        self._entries[key] = entry
        self.bytes += entry.cost
        while self.bytes > self._limit:
            self._forget(next(iter(self._entries)))

    def _forget(self, key: Key) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self.bytes -= entry.cost


def _if_none_match(scope: Scope) -> str | None:
    for name, value in scope["headers"]:
        if name == b"if-none-match":
            found: str = value.decode("latin-1")
            return found
    return None


def key_of(scope: Scope) -> Key:
    """What an answer is kept under."""
    return scope["path"], scope["query_string"]


def make_etag(database_id: str, label: str, version: str, key: Key) -> str:
    """A strong validator: equal tags mean equal bytes."""
    text = "\0".join((database_id, label, version, key[0]))
    digest = hashlib.blake2b(text.encode("utf-8", "surrogateescape"), digest_size=16)
    digest.update(b"\0" + key[1])
    return f'"{digest.hexdigest()}"'


def _unchanged(etag: str) -> dict[str, str]:
    return {"ETag": etag, "Cache-Control": _REVALIDATE.decode()}

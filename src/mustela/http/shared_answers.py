"""Encoded answers that several servers share in a Redis.

Never needed, and never believed. An answer is kept under its ``ETag``, which is a hash of the
database's identity, the token of its topics, the product's version, route and query: whoever finds
one has read the token first, so there is nothing to invalidate. What is found must carry a keyed
hash of its own name and content, so that a reply that belongs to another question, that was cut
short, or that somebody else has written is a miss. Whatever goes wrong is a miss, too, within
``TIME_LIMIT``; what goes wrong several times in a row is not asked for a while.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Final, NamedTuple, Protocol

import msgspec

from mustela.errors import MustelaError
from mustela.http.breaker import Breaker

log = logging.getLogger("mustela.http")

#: How long one question may take (seconds). An answer is made anew in that time, often.
TIME_LIMIT: Final = 0.05
#: How long the server keeps an answer that nobody renews (seconds).
LIFETIME: Final = 3600
#: The largest answer that is handed over (bytes).
LARGEST: Final = 1024 * 1024
#: What took less to make than this is not worth the two questions (seconds).
WORTH: Final = 0.005
#: Questions under way at once, and answers that wait to be handed over. Beyond, none is asked.
_AT_ONCE: Final = 16
_PREFIX: Final = "mustela:answer:1:"
_DIGEST: Final = 16
#: How much the newest time counts in a route's average.
_NEWEST: Final = 0.2


class CacheUnavailable(MustelaError):
    """The library that speaks to the shared cache is not installed."""

    code = "cache_unavailable"


class Found(NamedTuple):
    """An answer that another server has made."""

    media_type: str
    body: bytes


class Figures(msgspec.Struct):
    """What happened since the process began. ``errors`` are misses for a reason."""

    hits: int = 0
    misses: int = 0
    errors: int = 0
    stored: int = 0
    not_stored: int = 0


class Client(Protocol):
    """What is used of ``redis.asyncio.Redis``."""

    def get(self, name: str) -> Awaitable[Any]:
        """The value, or None."""
        ...

    def set(self, name: str, value: bytes, *, ex: int) -> Awaitable[Any]:
        """Keep a value for so many seconds."""
        ...

    def ping(self) -> Awaitable[Any]:
        """True, where the server answers."""
        ...

    async def aclose(self) -> None:
        """Close the connections."""
        ...


def open_client(url: str) -> Client:
    """A client of the server at ``url``; it connects when it is first used."""
    try:
        from redis.asyncio import Redis  # noqa: PLC0415 - an optional extra
        from redis.asyncio.retry import Retry  # noqa: PLC0415
        from redis.backoff import NoBackoff  # noqa: PLC0415
    except ImportError as error:
        raise CacheUnavailable(
            "cache_url needs a library that is not installed: pip install 'mustela[redis]'"
        ) from error
    client: Client = Redis.from_url(
        url,
        max_connections=2 * _AT_ONCE,
        retry=Retry(NoBackoff(), 0),
        protocol=2,
        driver_info=None,  # who we are would be told with two more questions
    )
    return client


class SharedAnswers:
    """The shared answers as one server process sees them."""

    def __init__(
        self,
        client: Client,
        *,
        breaker: Breaker | None = None,
        time_limit: float = TIME_LIMIT,
        worth: float = WORTH,
    ) -> None:
        self._client = client
        self._breaker = breaker or Breaker()
        self._time_limit = time_limit
        self._worth = worth
        #: What making an answer of a route takes, on average (seconds).
        self._takes: dict[str, float] = {}
        self._asking = 0
        self._handing_over: set[asyncio.Task[None]] = set()
        self.figures = Figures()

    @property
    def problem(self) -> str | None:
        """What went wrong last, while nothing has gone right since."""
        return self._breaker.problem

    @property
    def asked(self) -> bool:
        """Whether the server is asked; not so for a while after failures."""
        return not self._breaker.is_open

    def worth_asking(self, route: str) -> bool:
        """Whether answers of this route take so long that asking may pay; unknown ones may."""
        return self._takes.get(route, self._worth) >= self._worth

    def took(self, route: str, seconds: float) -> bool:
        """Note what making an answer took; answers whether it is worth to be handed over."""
        before = self._takes.get(route, seconds)
        self._takes[route] = before + _NEWEST * (seconds - before)
        return seconds >= self._worth

    async def find(self, etag: str, database_id: str) -> Found | None:
        """The answer of this ``ETag``, if the server has it and says so in time."""
        if self._asking >= _AT_ONCE or not self._breaker.allows():
            return None
        self._asking += 1
        try:
            found = await self._ask(lambda: self._read(etag, database_id))
        finally:
            self._asking -= 1
        if not isinstance(found, Found):
            self.figures.misses += found is None
            return None
        self.figures.hits += 1
        return found

    async def _read(self, etag: str, database_id: str) -> Found | None:
        value = await self._client.get(_name(etag))
        found = None if value is None else unpacked(value, etag, database_id)
        if value is not None and found is None:
            raise ValueError("what it answered is not what was kept")
        return found

    def hand_over(self, etag: str, database_id: str, found: Found) -> None:
        """Have an answer kept; nobody waits for it."""
        if (
            len(found.body) > LARGEST
            or len(self._handing_over) >= _AT_ONCE
            or not self._breaker.allows()
        ):
            self.figures.not_stored += 1
            return
        task = asyncio.ensure_future(self._store(etag, packed(found, etag, database_id)))
        self._handing_over.add(task)
        task.add_done_callback(self._handing_over.discard)

    async def _store(self, etag: str, value: bytes) -> None:
        done = await self._ask(lambda: self._client.set(_name(etag), value, ex=LIFETIME))
        if done is _FAILED:
            self.figures.not_stored += 1
        else:
            self.figures.stored += 1

    async def check(self) -> float:
        """Seconds that the server takes to answer; raises ``OSError`` where it is done without."""
        began = time.monotonic()
        if not self._breaker.allows() or await self._ask(self._ping) is _FAILED:
            raise OSError(self.problem)
        return time.monotonic() - began

    async def _ping(self) -> None:
        if await self._client.ping() is not True:
            raise ValueError("what it answers is not what a Redis would")

    async def _ask(self, question: Callable[[], Awaitable[Any]]) -> Any:
        try:
            async with asyncio.timeout(self._time_limit):
                value = await question()
        except TimeoutError:
            self._failed(f"no answer within {self._time_limit * 1000:g} ms")
        except Exception as error:  # noqa: BLE001 - the edge: it must never fail a request
            # The client lets through whatever its parser makes of what is no answer of a Redis.
            self._failed(str(error) or type(error).__name__)
        else:
            self._breaker.succeeded()
            return value
        return _FAILED

    def _failed(self, problem: str) -> None:
        self.figures.errors += 1
        if self._breaker.problem is None:
            log.warning("the shared cache fails, and is done without: %s", problem)
        self._breaker.failed(problem)

    async def settled(self) -> None:
        """Wait until what was handed over has arrived, or has not."""
        await asyncio.gather(*self._handing_over)

    async def close(self) -> None:
        """Give up what is under way, and the connections."""
        for task in tuple(self._handing_over):
            task.cancel()
        await asyncio.gather(*self._handing_over, return_exceptions=True)
        with suppress(Exception):  # the edge, as above: the server may be gone
            async with asyncio.timeout(self._time_limit):
                await self._client.aclose()


_FAILED: Final = object()


def _name(etag: str) -> str:
    return _PREFIX + etag.strip('"')


def _seal(content: bytes, etag: str, database_id: str) -> bytes:
    """Who cannot read the database does not know its identity, and cannot make this."""
    digest = hashlib.blake2b(key=database_id.encode()[:64], digest_size=_DIGEST)
    digest.update(etag.encode() + b"\0" + content)
    return digest.digest()


def packed(found: Found, etag: str, database_id: str) -> bytes:
    """What is kept: a keyed hash, then the media type and the body."""
    content = msgspec.msgpack.encode((found.media_type, found.body))
    return _seal(content, etag, database_id) + content


def unpacked(value: Any, etag: str, database_id: str) -> Found | None:
    """The answer in what was kept; None where this is not what :func:`packed` made for the tag."""
    if not isinstance(value, bytes):
        return None
    seal, content = value[:_DIGEST], value[_DIGEST:]
    if not hmac.compare_digest(seal, _seal(content, etag, database_id)):
        return None
    return Found(*msgspec.msgpack.decode(content, type=tuple[str, bytes]))

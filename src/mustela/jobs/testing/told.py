"""What clients were told. Only this can be held against a service."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import msgspec

_NOTHING = object()


class _Held(msgspec.Struct):
    """What a key may hold: the value acknowledged last, or one whose answer never came."""

    known: bool = False
    acknowledged: Any = _NOTHING
    in_doubt: list[Any] = []


class Told:
    """Jobs and writes that a service acknowledged, noted by the clients of the load.

    A key is written by one client at a time, so that the order of its writes is known.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: dict[str, _Held] = {}
        #: Every job id a client received.
        self.jobs: set[str] = set()
        #: Those not known to be over.
        self.unfinished: set[str] = set()
        #: Every acknowledged write, in the order of the answers.
        self.writes: list[tuple[str, Any]] = []
        #: How many writes got no answer.
        self.unanswered = 0

    def job(self, id: str) -> None:
        """A client received the id of a job."""
        with self._lock:
            if id not in self.jobs:
                self.jobs.add(id)
                self.unfinished.add(id)

    def over(self, id: str) -> None:
        """The job was seen to be over."""
        with self._lock:
            self.unfinished.discard(id)

    @contextmanager
    def writing(self, key: str, value: Any) -> Iterator[None]:
        """Around a request that writes ``value``: left without an error, it was acknowledged."""
        with self._lock:
            held = self._held.setdefault(key, _Held())
            held.in_doubt.append(value)
        try:
            yield
        except BaseException:
            with self._lock:
                self.unanswered += 1
            raise
        with self._lock:
            held.acknowledged, held.in_doubt, held.known = value, [], True
            self.writes.append((key, value))

    def keys(self) -> list[str]:
        """Every key that was written to."""
        with self._lock:
            return list(self._held)

    def astray(self, found: Mapping[str, Any]) -> Iterator[str]:
        """What is wrong with the values found while nobody writes.

        Whatever is found is known from then on, and has to stay: a write in doubt, and what was
        there before the first write.
        """
        with self._lock:
            for key, held in self._held.items():
                value = found.get(key, _NOTHING)
                if value not in (held.acknowledged, *held.in_doubt) and held.known:
                    yield (
                        f"{key} holds {_said(value)}; acknowledged was {_said(held.acknowledged)}"
                    )
                held.acknowledged, held.in_doubt, held.known = value, [], True


def _said(value: Any) -> str:
    return "nothing" if value is _NOTHING else repr(value)

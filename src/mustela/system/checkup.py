"""All checks at once, each with a time limit; what was found is good for some seconds."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Literal, NamedTuple

import msgspec

from mustela.collection import Check, Finding, Services
from mustela.errors import MustelaError
from mustela.store.errors import NotFound
from mustela.system.aside import Aside
from mustela.system.listed_check import check_of
from mustela.system.listed_service import ListedService
from mustela.system.own_checks import own_checks

log = logging.getLogger("mustela.system")

#: Seconds that one check may take.
TIME_LIMIT = 2.0
#: Seconds that a finding is given again, so that many who ask cost no more than one.
KEPT_SECONDS = 5.0

State = Literal["ok", "degraded", "down"]
#: From good to bad.
STATES: tuple[State, ...] = ("ok", "degraded", "down")


class ServiceStatus(msgspec.Struct, frozen=True):
    """How a part of the server is, or a service that the operator listed."""

    name: str
    kind: Literal["own", "listed"]
    state: State
    message: str
    latency_ms: float
    checked_at: datetime


class _Kept(NamedTuple):
    began: float
    task: asyncio.Task[ServiceStatus]


class Checkup:
    """The checks of one server process. Nobody but the operator says who is contacted."""

    def __init__(
        self,
        own: Callable[[], Mapping[str, Check]],
        listed: Mapping[str, Check],
        *,
        time_limit: float = TIME_LIMIT,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._own = own
        self._listed = dict(listed)
        self._time_limit = time_limit
        self._now = now
        self._kept: dict[str, _Kept] = {}

    def _checks(self) -> dict[str, Check]:
        return {**self._own(), **self._listed}

    async def every(self) -> list[ServiceStatus]:
        """All of them, the server's own parts first."""
        return list(await asyncio.gather(*(self.one(name) for name in self._checks())))

    async def one(self, name: str) -> ServiceStatus:
        """One by its name; ``NotFound`` where there is none."""
        checks = self._checks()
        if name not in checks:
            raise NotFound(f"there is no service {name}; there are {', '.join(checks)}")
        kept = self._kept.get(name)
        if kept is None or self._now() - kept.began > KEPT_SECONDS:
            task = asyncio.create_task(self._look(name, checks[name]))
            kept = self._kept[name] = _Kept(self._now(), task)
        return await asyncio.shield(kept.task)

    async def _look(self, name: str, check: Check) -> ServiceStatus:
        began = time.monotonic()
        found = await self._finding(name, check)
        return ServiceStatus(
            name,
            "listed" if name in self._listed else "own",
            found.state,
            found.message,
            round((time.monotonic() - began) * 1000, 3),
            datetime.now(UTC),
        )

    async def _finding(self, name: str, check: Check) -> Finding:
        try:
            async with asyncio.timeout(self._time_limit):
                return await check()
        except TimeoutError:
            return Finding("down", f"no answer within {self._time_limit:g} s")
        except MustelaError as error:
            return Finding("down", error.message)
        except OSError as error:
            return Finding("down", error.strerror or str(error) or type(error).__name__)
        except Exception:  # the edge: one check must not take the others with it
            log.exception("the check of %s failed", name)
            return Finding("down", "it could not be looked at; the server's log says why")


def checkup_of(services: Services, listed: Sequence[ListedService]) -> Checkup:
    """The checks of a server: its own parts, what collections added, and what is listed."""
    aside = Aside()
    own = own_checks(services, aside)
    return Checkup(
        lambda: {**own, **services.checks}, {one.name: check_of(one, aside) for one in listed}
    )


def worst(found: Sequence[ServiceStatus]) -> State:
    """The worst of their states; *ok* where there are none."""
    return STATES[max((STATES.index(one.state) for one in found), default=0)]

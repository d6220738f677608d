"""What the suite needs to know of a service's clients."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from random import Random
from typing import Any, Protocol, TypeAlias

from mustela.errors import MustelaError
from mustela.jobs.testing.report import Violation
from mustela.jobs.testing.told import Told


class Unanswered(MustelaError):
    """The service went away before it answered: nobody knows whether it did what was asked."""

    code = "service_unanswered"


class Client(Protocol):
    """One client of the service; each thread of the load has its own."""

    def act(self, chance: Random, told: Told) -> None:
        """Make one request, of a kind that ``chance`` decides, and note what was acknowledged.

        Raises :class:`Unanswered` where the service went away. Any other error is a violation
        (``answered_wrongly``).
        """
        ...

    def over(self, job_id: str) -> bool:
        """Whether the job is over. One that the service does not know (any more) is not."""
        ...

    def read(self, keys: Sequence[str]) -> Mapping[str, Any]:
        """The present value of each key that was written to, where there is one."""
        ...

    def close(self) -> None:
        """Let the connection go."""
        ...


#: Makes the client of this number for a service at this address. Numbers from 0 on write; each
#: may write keys of its own, which no other number does. The last one only looks.
Connect: TypeAlias = Callable[[str, int], Client]
#: Further promises, looked at once, after the last kill and while the service runs.
LastLook: TypeAlias = Callable[[Client, Told], Iterable[Violation]]

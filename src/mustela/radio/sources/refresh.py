"""Summing the sources that wait for it, a bounded unit after the other."""

from __future__ import annotations

from collections.abc import Sequence

from mustela.radio.sources.procedure import Procedure, call
from mustela.radio.sources.stale import is_any_stale, take_stale
from mustela.radio.sources.statistics import recompute
from mustela.store import Unit, read, write


class RefreshOperations:
    """The part of the repository of sources that sums those that wait."""

    @read
    def any_stale(self) -> Unit[bool]:
        """Whether a source waits."""
        return (yield from is_any_stale())

    @write
    def refresh_some(self, circle: str | None = None) -> Unit[int]:
        """Sum some of the stale sources anew, those that have some 500 measurements together;
        answers how many, 0 when none is left. ``circle``, a condition's value of
        :func:`mustela.radio.cones.cone`, says where they are."""
        chosen = yield from take_stale(circle)
        yield from recompute(chosen)
        return len(chosen)


def refreshed(circles: Sequence[str | None] = (None,)) -> Procedure[int]:
    """Sum all stale sources, or those whose place is in a circle; answers how many there were."""
    done = 0
    for circle in circles:
        while some := (yield call("refresh_some", circle)):
            done += some
    return done

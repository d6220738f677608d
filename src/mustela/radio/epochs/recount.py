"""All again, page by page: after the rules have changed, or to be sure.

First every image is decided and its measurements are told, then every source is summed from
scratch. Each page is a unit, so that others write in between; the statistics are those of the new
rules when the last page is done.
"""

from __future__ import annotations

from sqlalchemy import bindparam, select

from mustela.radio.epochs.settle import decide_again
from mustela.radio.schema import images, sources
from mustela.radio.sources.procedure import Procedure, call
from mustela.radio.sources.statistics import recompute
from mustela.store import Statement, Unit, rows, write

_IMAGES = Statement(
    select(images.c.seq)
    .where(images.c.seq > bindparam("after"))
    .order_by(images.c.seq)
    .limit(bindparam("limit"))
)
_SOURCES = Statement(
    select(sources.c.seq)
    .where(sources.c.seq > bindparam("after"))
    .order_by(sources.c.seq)
    .limit(bindparam("limit"))
)


class RecountOperations:
    """The part of the repository of sources that counts all again."""

    @write
    def recount_images(self, after: int = 0, limit: int = 50) -> Unit[int | None]:
        """Decide the next images in order; answers where the page after starts, ``None`` at the
        end. The statistics of sources wait for :meth:`recount_sources`."""
        found = yield from rows(_IMAGES, after=after, limit=limit)
        seqs: list[int] = [seq for (seq,) in found]
        if not seqs:
            return None
        yield from decide_again(seqs)
        return seqs[-1]

    @write
    def recount_sources(self, after: int = 0, limit: int = 100) -> Unit[int | None]:
        """Sum the next sources in order from scratch; answers where the page after starts."""
        found = yield from rows(_SOURCES, after=after, limit=limit)
        seqs: list[int] = [seq for (seq,) in found]
        if not seqs:
            return None
        yield from recompute(seqs)
        return seqs[-1]


def recounted() -> Procedure[None]:
    """Count all again: every image's decision, every source's statistics."""
    for operation in ("recount_images", "recount_sources"):
        after: int | None = 0
        while after is not None:
            after = yield call(operation, after)

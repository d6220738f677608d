"""Sources whose figures wait to be summed anew.

Who fails, replaces or deletes one image touches every source in it, and each must be summed from
all its measurements. Where that is more than a little, the unit that changes the image marks the
sources, which is one statement; the sums follow in units of their own, each of some five hundred
measurements, so that nobody waits long for the writer. Until its turn has come a source says that
it is ``stale``: its figures are those of before. A server runs these units by itself, see
:mod:`mustela.radio.refreshing`, and so do the stages that read the figures.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Text, bindparam, case, delete, exists, func, select
from sqlalchemy.dialects.postgresql import insert

from mustela.radio.cones import in_cone
from mustela.radio.schema import measurements, sources, stale_sources
from mustela.store import INTEGER, Statement, Unit, count, current, one, rows
from mustela.store.dialect_sql import in_json_numbers
from mustela.store.record import encode_keys

m, s, stale = measurements.c, sources.c, stale_sources.c

#: Measurements that one unit sums; 30 microseconds each, and as many again for each source.
SUMMED_AT_ONCE = 500
#: Sources of one unit, should they have few measurements.
_MOST_SOURCES = 100

#: Of a source in a statement: 1 while it waits.
IS_STALE = case((exists().where(stale.source == s.seq), 1), else_=0).label("stale")

_keys = bindparam("sources", type_=Text())
# Counted, because `n_measurements` of a source follows itself.
_of_these = (
    select(m.seq).where(in_json_numbers(m.source, _keys)).limit(bindparam("most")).subquery()
)
_NUMBER = Statement(select(func.count(_of_these.c.seq)))
_mark = insert(stale_sources).from_select(
    ["source", "marked_at"],
    select(s.seq, bindparam("now", type_=INTEGER)).where(in_json_numbers(s.seq, _keys)),
)
# Where writers run side by side, who sums a source at this moment does not see what has changed:
# writing the row makes one of the two begin anew.
_MARK = Statement(
    _mark.on_conflict_do_update(
        index_elements=["source"], set_={"marked_at": _mark.excluded.marked_at}
    )
)
_waiting = (
    select(
        stale.source,
        select(func.count(m.seq)).where(m.source == stale.source).scalar_subquery(),
    )
    .order_by(stale.source)
    .limit(_MOST_SOURCES)
)
_WAITING = Statement(_waiting)
_WAITING_NEAR = Statement(
    _waiting.where(
        exists().where(s.seq == stale.source, in_cone(sources)(bindparam("circle", type_=Text())))
    )
)
_ANY = Statement(select(stale.source).limit(1))
_DONE = Statement(delete(stale_sources).where(in_json_numbers(stale.source, _keys)))


def is_little(of_sources: Sequence[int]) -> Unit[bool]:
    """Whether these sources (keys) can be summed at once."""
    most = SUMMED_AT_ONCE - len(of_sources) + 1
    if most <= 0:
        return False
    number = yield from one(_NUMBER, int, sources=encode_keys(of_sources), most=most)
    return (number or 0) < most


def mark_stale(of_sources: Sequence[int]) -> Unit[None]:
    """These sources (keys) wait to be summed anew."""
    context = yield from current()
    yield from count(_MARK, sources=encode_keys(of_sources), now=context.now)


def is_any_stale() -> Unit[bool]:
    """Whether a source waits."""
    return (yield from one(_ANY, int)) is not None


def take_stale(circle: str | None = None) -> Unit[list[int]]:
    """Some of those that wait (keys), which the same unit must sum: as many as are little work, but
    at least one; none where nobody waits. With a circle, of those whose place is in it."""
    chosen: list[int] = []
    left = SUMMED_AT_ONCE
    if circle is None:
        waiting = yield from rows(_WAITING)
    else:
        waiting = yield from rows(_WAITING_NEAR, circle=circle)
    for seq, number in waiting:
        left -= number
        if chosen and left < 0:
            break
        chosen.append(seq)
    if chosen:
        yield from count(_DONE, sources=encode_keys(chosen))
    return chosen

"""One after the other: for units that decide by rows which others make, not change.

Where writers run side by side (PostgreSQL), two transactions that both change one row cannot both
succeed: the later one runs again and sees what the first did. But two that read the same rows and
each add one to them see nothing of each other. Such units take turns at a row of their own. With
one writer (SQLite) that is so anyway, and costs one small write.
"""

from __future__ import annotations

from sqlalchemy import bindparam
from sqlalchemy.dialects.postgresql import insert

from mustela.radio.schema.turns import radio_turns
from mustela.store import Statement, Unit, count

_new = insert(radio_turns).values(name=bindparam("name"), taken=1)
_TAKE = Statement(
    _new.on_conflict_do_update(
        index_elements=["name"], set_={"taken": radio_turns.c.taken + _new.excluded.taken}
    )
)


def take_turn(name: str) -> Unit[None]:
    """Until the transaction ends nobody else who takes a turn of this name commits."""
    yield from count(_TAKE, name=name)

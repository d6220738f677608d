"""The rules in the database, so that every process and every unit of work goes by the same."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec
from sqlalchemy import bindparam, select

from mustela.radio.rules.record import AUTHORITY, RadioRules, RootRules
from mustela.radio.schema import radio_rules
from mustela.store import (
    AsyncRepository,
    Records,
    Statement,
    SyncRepository,
    Unit,
    one,
    read,
    write,
)
from mustela.store.errors import InvalidValue

TOPIC = "radio_rules"
#: The row of the rules of the whole collection; the others are named for their roots.
COLLECTION = "radio"

records = Records(radio_rules, TOPIC)

_RULES = Statement(select(radio_rules.c.rules).where(radio_rules.c.id == bindparam("id")))

T = TypeVar("T", RadioRules, RootRules)


def rules() -> Unit[RadioRules]:
    """The rules of the collection, for use inside of units; the defaults where nobody said any."""
    return (yield from _read(COLLECTION, RadioRules))


class RulesOperations:
    """What can be asked of the rules, and said."""

    @read
    def rules(self) -> Unit[RadioRules]:
        """The rules of the collection."""
        return (yield from rules())

    @read
    def root_rules(self, root_id: str) -> Unit[RootRules]:
        """What is done with new images below a root."""
        return (yield from _read(root_id, RootRules))

    @write
    def set_rules(self, new: RadioRules) -> Unit[bool]:
        """Other rules for the collection; answers whether they differ from those before.

        What they say of images and sources already there is settled by
        :meth:`~mustela.radio.sources.repository.SourceOperations.recount` and by grading again.
        """
        names = [band.name for band in new.bands]
        if len(set(names)) != len(names):
            raise InvalidValue("two bands have the same name")
        for band in new.bands:
            if not 0 <= band.minimum_hz < band.maximum_hz:
                raise InvalidValue(f"the band {band.name} ends before it begins")
        if not AUTHORITY.fullmatch(new.authority):
            raise InvalidValue(
                f"{new.authority!r} is no naming authority: write three or more letters and digits "
                "with dots, dashes and underscores between them"
            )
        return (yield from _write(COLLECTION, new))

    @write
    def set_root_rules(self, root_id: str, new: RootRules) -> Unit[bool]:
        """Another treatment of new images below a root; answers whether it differs."""
        if not 0 < new.flood_sigma <= new.seed_sigma:
            raise InvalidValue("flood_sigma must lie above 0 and not above seed_sigma")
        return (yield from _write(root_id, new))


class RulesRepository(RulesOperations, SyncRepository):
    """Rules, for code that waits."""


class AsyncRulesRepository(RulesOperations, AsyncRepository):
    """Rules, for an event loop."""


def _read(id: str, kind: type[T]) -> Unit[T]:
    text = yield from one(_RULES, str, id=id)
    return kind() if text is None else msgspec.json.decode(text, type=kind)


def _write(id: str, new: Any) -> Unit[bool]:
    text = msgspec.json.encode(new).decode()
    before = yield from one(_RULES, str, id=id)
    if before == text:
        return False
    if before is None:
        yield from records.insert({"id": id, "rules": text})
    else:
        yield from records.update(id, {"rules": text})
    return True

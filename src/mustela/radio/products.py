"""What can be done with every product of a pipeline, whatever its kind."""

from __future__ import annotations

from typing import Any, TypeVar

from mustela.files.catalogued import CataloguedOperations
from mustela.store import Unit, current, write
from mustela.store.errors import InvalidValue
from mustela.store.record import Record

R = TypeVar("R", bound=Record)


class ProductOperations(CataloguedOperations[R]):
    """The items of one table that a pipeline makes and removes."""

    @write
    def retire(self, id: str, reason: str) -> Unit[R]:
        """Say that a product was removed on purpose, and why; its record stays.

        ``NotFound`` for an unknown id.
        """
        if not reason.strip():
            raise InvalidValue("say why the product is retired")
        context = yield from current()
        fields = {"retired_at": context.now, "retired_reason": reason.strip()}
        yield from self.catalogue.records.update(id, fields)
        retired: R = yield from self.catalogue.existing(id)
        return retired


def is_heavy(
    limit: int = 100, offset: int = 0, *, sort: str = "-created_at", **others: Any
) -> bool:
    """A short page along an index travels with the point reads; everything else does not."""
    return (
        limit > 200
        or offset > 1000
        or sort.removeprefix("-") not in _INDEXED
        or any(
            not (value is None or value == "") for name, value in others.items() if name != "after"
        )
    )


_INDEXED = frozenset({"created_at", "mid_mjd", "id"})

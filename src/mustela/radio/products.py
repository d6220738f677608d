"""What can be done with every product of a pipeline, whatever its kind."""

from __future__ import annotations

from typing import TypeVar

from mustela.files.catalogued import CataloguedOperations
from mustela.store import Unit, current, write
from mustela.store.errors import InvalidValue
from mustela.store.pages import heavy_unless_along
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


is_heavy = heavy_unless_along("created_at", "mid_mjd", "id")

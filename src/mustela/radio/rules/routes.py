"""The routes of the operator's rules. Whoever administers may write them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, TypeVar

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response

from mustela.collection import Needs, Services, repository
from mustela.files.root import AsyncRootRepository, root_records
from mustela.http.access import require
from mustela.http.encoding import accepting, answering, json_answer
from mustela.http.parameters import RecordId
from mustela.http.problems import FieldError, InvalidRequest
from mustela.jobs.errors import UnknownJobType
from mustela.radio.rules.record import RadioRules, RootRules
from mustela.radio.rules.repository import TOPIC, AsyncRulesRepository
from mustela.store import Unit
from mustela.store.errors import InvalidValue, NotFound

T = TypeVar("T", RadioRules, RootRules)

#: What is done again, of what is catalogued already, where a part of the rules is another one.
_AGAIN: Final[Mapping[str, tuple[str, ...]]] = {
    "bands": ("radio.recount",),
    "epochs": ("radio.recount",),
    "grading": ("radio.grade",),
    "matching": ("radio.match",),
}

router = APIRouter(prefix="/radio/rules", tags=["rules"])

Rules = Annotated[AsyncRulesRepository, repository(AsyncRulesRepository)]
Roots = Annotated[AsyncRootRepository, repository(AsyncRootRepository)]


class RulesChange(msgspec.Struct, frozen=True):
    """The rules as they are now. ``jobs`` bring what is catalogued already in step with them."""

    rules: RadioRules
    changed: bool
    jobs: list[str]


@router.get("", **answering(RadioRules, conditional=True))
async def radio_rules(request: Request, services: Needs, rules: Rules) -> Response:
    """The rules of the collection: bands, what counts as an epoch, limits of grades."""
    return await services.answers.answer(request, rules.rules.unit, _as_they_are, topics=(TOPIC,))


@router.put(
    "",
    dependencies=[require("admin")],
    **answering(RulesChange, errors=[InvalidRequest, InvalidValue]),
    openapi_extra=accepting(RadioRules),
)
async def set_radio_rules(request: Request, services: Needs, rules: Rules) -> Response:
    """Other rules in place of those before; what is not said is the default."""
    new = await _body(request, RadioRules)
    before = await rules.rules()
    changed = await rules.set_rules(new)
    jobs = await _begin_again(services, before, new) if changed else []
    return json_answer(RulesChange(new, changed, jobs))


@router.get("/{id}", **answering(RootRules, errors=[NotFound], conditional=True))
async def root_rules(
    id: RecordId, request: Request, services: Needs, rules: Rules, roots: Roots
) -> Response:
    """What is done with new images below a root (its id)."""

    def make() -> Unit[RootRules]:
        if (yield from roots.get.unit(id)) is None:
            raise NotFound(f"there is no root {id}")
        return (yield from rules.root_rules.unit(id))

    return await services.answers.answer(
        request, make, _as_they_are, topics=(TOPIC, root_records.topic)
    )


@router.put(
    "/{id}",
    dependencies=[require("admin")],
    **answering(RootRules, errors=[NotFound, InvalidRequest, InvalidValue]),
    openapi_extra=accepting(RootRules),
)
async def set_root_rules(id: RecordId, request: Request, rules: Rules, roots: Roots) -> Response:
    """Another treatment of new images below a root; what is not said is the default."""
    new = await _body(request, RootRules)
    if await roots.get(id) is None:
        raise NotFound(f"there is no root {id}")
    await rules.set_root_rules(id, new)
    return json_answer(new)


async def _begin_again(services: Services, before: RadioRules, after: RadioRules) -> list[str]:
    """Submit the jobs that changed parts ask for, in this order; those that there are."""
    differ = [name for name in _AGAIN if getattr(before, name) != getattr(after, name)]
    types = dict.fromkeys(type for name in differ for type in _AGAIN[name])
    if "radio.recount" in types:  # grades of sources follow from their statistics
        types.setdefault("radio.grade")
    jobs = []
    for type in types:
        try:
            jobs.append(await services.queue.submit(type, {}))
        except UnknownJobType:
            continue
    return jobs


async def _body(request: Request, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(await request.body(), type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        message = f"body: {error}"
        found = FieldError(["body"], str(error), "invalid_body")
        raise InvalidRequest(message, [found]) from error


def _as_they_are(found: Any) -> Any:
    return found

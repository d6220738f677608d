"""Dependencies that cost next to nothing: what a route needs, taken straight from its request.

They are declared like any other (``Annotated[Services, Depends(services_of)]``), and FastAPI alone
can resolve them; ``Api`` resolves them itself, in a microsecond instead of ten.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

from fastapi import Request, params
from starlette.requests import HTTPConnection
from starlette.types import Scope

T = TypeVar("T")

_FROM_SCOPE = "__mustela_from_scope__"
_FROM_PATH = "__mustela_from_path__"
_PARAMETERS = "__mustela_parameters__"
_REQUEST = "mustela_request"


def from_scope(
    read: Callable[[Scope], T], parameters: Sequence[dict[str, Any]] = ()
) -> Callable[[HTTPConnection], Awaitable[T]]:
    """A dependency for ``Depends`` that reads the request's scope, and does nothing else.

    ``parameters`` are the query parameters that it reads, as OpenAPI describes them.
    """

    async def dependency(request: HTTPConnection) -> T:
        return read(request.scope)

    setattr(dependency, _FROM_SCOPE, read)
    setattr(dependency, _PARAMETERS, list(parameters))
    return dependency


def from_path(
    read: Callable[[str, str], T], parameter: dict[str, Any]
) -> Callable[[Request], Awaitable[T]]:
    """The same for a part of the path: ``read(name, text)``, named like the route's parameter."""

    async def dependency(request: Request) -> T:
        ((name, text),) = request.path_params.items()  # only ``Api`` knows which of several
        return read(name, text)

    setattr(dependency, _FROM_PATH, read)
    setattr(dependency, _PARAMETERS, [parameter])
    return dependency


def resolved(endpoint: Callable[..., Any]) -> tuple[Callable[..., Any], list[dict[str, Any]]]:
    """The endpoint without its parameters of this kind, and the query parameters they read."""
    hints = get_type_hints(endpoint, include_extras=True)
    signature = inspect.signature(endpoint)
    readers: list[tuple[str, Callable[[Scope], Any]]] = []
    described: list[dict[str, Any]] = []
    kept: list[inspect.Parameter] = []
    for name, parameter in signature.parameters.items():
        dependency = _dependency(hints.get(name))
        read = getattr(dependency, _FROM_SCOPE, None)
        read_part = getattr(dependency, _FROM_PATH, None)
        if read_part is not None:
            read = partial(_part, read_part, name)
            (part,) = getattr(dependency, _PARAMETERS)
            readers.append((name, read))
            described.append({**part, "name": name, "in": "path", "required": True})
        elif read is None:
            hint = hints.get(name, parameter.annotation)
            kept.append(parameter.replace(annotation=hint, kind=parameter.KEYWORD_ONLY))
        else:
            readers.append((name, read))
            described += getattr(dependency, _PARAMETERS)
    if not readers or not inspect.iscoroutinefunction(endpoint):
        return endpoint, []

    own = next((one.name for one in kept if one.annotation is Request), None)
    if own is None:
        kind = inspect.Parameter.KEYWORD_ONLY
        kept.append(inspect.Parameter(_REQUEST, kind, annotation=Request))

    async def called(**given: Any) -> Any:
        request = given.pop(_REQUEST) if own is None else given[own]
        for name, read in readers:
            given[name] = read(request.scope)
        return await endpoint(**given)

    called.__signature__ = signature.replace(  # type: ignore[attr-defined]
        parameters=kept, return_annotation=hints.get("return", Any)
    )
    called.__name__ = endpoint.__name__
    called.__doc__ = endpoint.__doc__
    called.__module__ = endpoint.__module__
    return called, described


def _part(read: Callable[[str, str], T], name: str, scope: Scope) -> T:
    return read(name, scope["path_params"][name])


def request_name(endpoint: Callable[..., Any]) -> str | None:
    """The parameter that takes the request, where a coroutine function has no other."""
    parameters = list(inspect.signature(endpoint).parameters.values())
    if not inspect.iscoroutinefunction(endpoint) or len(parameters) != 1:
        return None
    return parameters[0].name if parameters[0].annotation is Request else None


def _dependency(hint: Any) -> Any:
    """The function of ``Annotated[..., Depends(function)]``."""
    if get_origin(hint) is Annotated:
        for part in get_args(hint)[1:]:
            if isinstance(part, params.Depends):
                return part.dependency
    return None

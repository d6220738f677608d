"""Parameters as the IVOA's protocols have them (DALI 1.1, section 3).

Names in any case, several values where a protocol allows them, from the query string or a form;
names that a protocol does not know mean nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import parse_qsl

from starlette.requests import Request

from mustela.radio.vo.errors import UsageFault

#: Records in an answer where a client does not say how many, and at most.
MAXREC: Final = 10_000
MOST: Final = 100_000
_FORM: Final = "application/x-www-form-urlencoded"
#: Parameters of one request.
_FIELDS: Final = 20_000
#: Names of the only format, with the media type of the answer.
_FORMATS: Final = {
    "votable": "application/x-votable+xml",
    "application/x-votable+xml": "application/x-votable+xml",
    "text/xml": "text/xml",
}

Interval = tuple[float, float]


class Parameters:
    """The parameters of one request. An empty value counts as none."""

    def __init__(self, given: Iterable[tuple[str, str]]) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in given:
            if value.strip():
                self._values.setdefault(name.upper(), []).append(value.strip())

    def every(self, name: str) -> list[str]:
        """All values, in order."""
        return self._values.get(name, [])

    def one(self, name: str) -> str | None:
        """The value of a parameter that may be given once."""
        values = set(self.every(name))
        if len(values) > 1:
            raise UsageFault(f"{name} is given more than once")
        return next(iter(values), None)

    def number(self, name: str) -> float:
        """A finite number that must be given."""
        text = self.one(name)
        if text is None:
            raise UsageFault(f"{name} is missing")
        value = _number(name, text)
        if math.isinf(value):
            raise UsageFault(f"{name}: {text!r} is no finite number")
        return value

    def intervals(self, name: str) -> list[Interval]:
        """Intervals that include both ends; a single number is one that holds only itself."""
        return [_interval(name, text) for text in self.every(name)]

    def maxrec(self) -> int:
        """How many records may be answered: what is asked for, up to :data:`MOST`."""
        text = self.one("MAXREC")
        if text is None:
            return MAXREC
        if not (text.isascii() and text.isdigit()):
            raise UsageFault(f"MAXREC: {text!r} is no number of records; write 0 or more")
        return min(int(text[:18]), MOST)

    def media_type(self) -> str:
        """The media type of the answer that RESPONSEFORMAT asks for: a VOTable's."""
        text = self.one("RESPONSEFORMAT") or "votable"
        found = _FORMATS.get(text.partition(";")[0].strip().lower())
        if found is None:
            raise UsageFault(f"RESPONSEFORMAT: there is no {text!r} here, only VOTable")
        return found


async def parameters(request: Request) -> Parameters:
    """Those of the query string, and of the form that a POST brings."""
    texts = [request.url.query]
    if request.method == "POST":
        kind = request.headers.get("content-type", _FORM).partition(";")[0].strip().lower()
        if kind != _FORM:
            raise UsageFault(f"send the parameters as {_FORM}, not as {kind}")
        texts.append((await request.body()).decode("utf-8", "replace"))
    return Parameters(pair for text in texts for pair in _pairs(text))


def _pairs(text: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(text, max_num_fields=_FIELDS)
    except ValueError as error:
        raise UsageFault(f"more than {_FIELDS:,} parameters") from error


def _interval(name: str, text: str) -> Interval:
    numbers = [_number(name, word) for word in text.split()]
    if len(numbers) not in (1, 2):
        raise UsageFault(f"{name}: {text!r} is no interval; write one number, or two with a space")
    low, high = numbers[0], numbers[-1]
    if low > high:
        raise UsageFault(f"{name}: the interval {text!r} ends before it begins")
    return low, high


def _number(name: str, word: str) -> float:
    try:
        value = float(word)
    except ValueError as error:
        raise UsageFault(f"{name}: {word!r} is no number") from error
    if math.isnan(value):
        raise UsageFault(f"{name}: {word!r} is no number")
    return value


def described(names: Mapping[str, str]) -> list[dict[str, object]]:
    """Parameters with what they mean, as an OpenAPI document lists them."""
    return [
        {
            "name": name,
            "in": "query",
            "required": False,
            "description": meaning,
            "schema": {"type": "array", "items": {"type": "string"}},
        }
        for name, meaning in names.items()
    ]

"""How dorny/paths-filter classifies files, for the few forms of patterns that the project uses.

The action gives each pattern to picomatch with ``dot: true``, and asks whether some of them match
a file, or every one (``predicate-quantifier``). A pattern with ``!`` in front matches what the rest
of it does not. A form that is not translated here is refused: nobody would know what it does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Literal

import yaml

Quantifier = Literal["some", "every"]

_PLAIN = re.compile(r"[A-Za-z0-9_. -]+")
_WITH_STAR = re.compile(r"[A-Za-z0-9_.-]*\*[A-Za-z0-9_.-]*")


class UnknownPattern(ValueError):
    """The pattern has a form whose meaning is not written down here."""


def expression(pattern: str) -> re.Pattern[str]:
    """A pattern without ``!`` as a regular expression for whole paths."""
    *directories, last = pattern.split("/")
    before = ""
    if directories and directories[0] == "**":  # any number of directories, also none
        directories, before = directories[1:], "(?:.*/)?"
    if not all(map(_plain, directories)):
        raise UnknownPattern(pattern)
    before += "".join(re.escape(part) + "/" for part in directories)
    if last == "**" and directories and not pattern.startswith("**"):
        # Everything below, and the directory's own name.
        return re.compile(before[:-1] + "(?:/.*)?", re.DOTALL)
    if not _plain(last) and not (_WITH_STAR.fullmatch(last) and not last.startswith("..")):
        raise UnknownPattern(pattern)
    return re.compile(before + _part(last), re.DOTALL)


def _plain(part: str) -> bool:
    return bool(_PLAIN.fullmatch(part)) and part != "." and not part.startswith("..")


def _part(part: str) -> str:
    """Between slashes a star is any text; alone, at least one character."""
    if part == "*":
        return "[^/]+"
    return "".join("[^/]*" if one == "*" else re.escape(one) for one in part)


def predicate(pattern: str) -> Callable[[str], bool]:
    """Whether a pattern, perhaps with ``!``, matches a file."""
    if pattern.startswith(("!(", "!!")):
        raise UnknownPattern(pattern)
    if pattern.startswith("!"):
        left_out = expression(pattern[1:])
        return lambda file: left_out.fullmatch(file) is None
    wanted = expression(pattern)
    return lambda file: wanted.fullmatch(file) is not None


def classify(
    filters: str, quantifier: Quantifier, files: Iterable[str]
) -> Mapping[str, Sequence[str]]:
    """The outputs of the action: for each filter (YAML, as in the workflow) the files it matches.

    Under *some* the action has read ``!`` differently from version to version: it is refused.
    """
    rules: dict[str, list[str]] = yaml.safe_load(filters)
    changed = list(files)
    found = {}
    for name, patterns in rules.items():
        if quantifier == "some" and any(one.startswith("!") for one in patterns):
            raise UnknownPattern(f"{name}: ! under predicate-quantifier: some")
        quantified = any if quantifier == "some" else all
        asked = [predicate(one) for one in patterns]
        found[name] = [file for file in changed if quantified(one(file) for one in asked)]
    return found

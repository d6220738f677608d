r"""Patterns for what a scan leaves out: the useful part of ``.gitignore``.

* A pattern without a slash (a last one apart) is compared with the *name* of every file and
  directory, at any depth: ``*.tmp``, ``proxies``.
* A pattern with a slash is compared with the whole path below the root: ``2024/raw``,
  ``/intro.mp4`` (a first slash only says "below the root"), ``**/cache/*.mov``.
* A pattern that ends in a slash means directories only: ``proxies/``.
* ``*`` is any run of characters without a slash, ``?`` one character but a slash, ``[a-f]`` one of
  a set, ``[!a-f]`` one not of the set, ``**`` between slashes any number of directories.
* A directory that matches is not entered, so everything below it is left out.

Patterns are compared with path text, letter case counts, a backslash stands for itself. There is no
negation: a pattern that begins with ``!`` is refused (``[!]`` is the character itself).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from mustela.files.errors import InvalidPattern

_TOKEN = re.compile(r"\*\*/|\*+|\?|\[!\]|\[!?\]?[^\]/]*\]|.", re.DOTALL)

#: Directories and files of systems and devices, not of people; compared in lower case. Names that
#: begin with a dot are left out anyway.
_SYSTEM_NAMES = frozenset(
    (
        "$recycle.bin",
        "#recycle",
        "#snapshot",
        "@eadir",
        "@recently-snapshot",
        "@recycle",
        "@tmp",
        "__macosx",
        "lost+found",
        "lost.dir",
        "recycler",
        "system volume information",
    )
)


class Exclusion:
    """Compiled patterns, for names and paths as the walk meets them."""

    def __init__(self, patterns: Sequence[str]) -> None:
        self._file = _compile([p for p in patterns if not _checked(p).endswith("/")])
        self._directory = _compile([p.rstrip("/") or p for p in patterns])

    def file(self, name: str, path: str) -> bool:
        """Whether a file is left out; ``path`` is below the root, ``name`` its last part."""
        return _matches(self._file, name, path)

    def directory(self, name: str, path: str) -> bool:
        """Whether a directory is left out, with what is below it."""
        return _matches(self._directory, name, path)

    def covers(self, path: str) -> bool:
        """Whether a file is left out by itself or by a directory above it, or is hidden."""
        start = 0
        while (end := path.find("/", start)) >= 0:
            name = path[start:end]
            if is_hidden(name) or self.directory(name, path[:end]):
                return True
            start = end + 1
        name = path[start:]
        return is_hidden(name) or self.file(name, path)


def is_hidden(name: str) -> bool:
    """Whether a name is hidden, or a system's own."""
    return name.startswith(".") or name.lower() in _SYSTEM_NAMES


class _Compiled:
    """Patterns for the name, and patterns for the whole path."""

    __slots__ = ("name", "path")

    def __init__(self, name: re.Pattern[str] | None, path: re.Pattern[str] | None) -> None:
        self.name = name
        self.path = path


def _matches(patterns: _Compiled, name: str, path: str) -> bool:
    by_name, by_path = patterns.name, patterns.path
    return bool(
        (by_name is not None and by_name.fullmatch(name))
        or (by_path is not None and by_path.fullmatch(path))
    )


def _checked(pattern: str) -> str:
    if not pattern.strip("/ \t"):
        raise InvalidPattern("an exclude pattern is empty; leave it out")
    if pattern.startswith("!"):
        raise InvalidPattern(
            f"the exclude pattern {pattern!r} begins with '!': negation is not supported; "
            "write [!] for the character itself"
        )
    return pattern


def _compile(patterns: Sequence[str]) -> _Compiled:
    names = [_translate(pattern) for pattern in patterns if "/" not in pattern]
    paths = [_translate(pattern.lstrip("/")) for pattern in patterns if "/" in pattern]
    return _Compiled(_any_of(names), _any_of(paths))


def _any_of(expressions: list[str]) -> re.Pattern[str] | None:
    return re.compile("|".join(expressions), re.DOTALL) if expressions else None


def _translate(pattern: str) -> str:
    """A regular expression for the whole of a name or path."""
    if pattern.endswith("/**"):
        pattern = f"{pattern[:-3]}/*"  # all that is in a directory: nothing below is entered
    parts = []
    for token in _TOKEN.findall(pattern):
        if token == "**/":
            parts.append("(?:[^/]+/)*")
        elif token[0] == "*":
            parts.append("[^/]*")
        elif token == "?":
            parts.append("[^/]")
        elif len(token) > 1:
            parts.append(_set(token))
        else:
            parts.append(re.escape(token))
    return f"(?:{''.join(parts)})"


def _set(token: str) -> str:
    inside = token[1:-1]
    if inside == "!":
        return "!"
    negated = inside.startswith("!")
    escaped = re.sub(r"([\\^\[\]&~|])", r"\\\1", inside[negated:])
    expression = f"[{'^/' if negated else ''}{escaped}]"
    try:
        re.compile(expression)
    except re.error as error:
        raise InvalidPattern(
            f"the set {token!r} in an exclude pattern is wrong: {error}"
        ) from error
    return f"(?!/){expression}"

r"""File names as text, one text for one name, whatever bytes the name holds.

A name of a POSIX file system is bytes, often but not always UTF-8. Its *path text* is its UTF-8
decoding, with each byte that cannot be decoded written ``\xHH`` (lower case) and each backslash
written twice. It is never normalised: two names that differ only in their Unicode form are two
files. The database, JSON, commands and the audit hold path text; only calls of the operating
system take bytes.

The text of a path is the texts of its parts joined by ``/``. Its order is by code point of the
text; for names that are UTF-8 without a backslash that is the order of the bytes.
"""

from __future__ import annotations

import os
import re

from mustela.files.errors import MalformedPath

_ESCAPE = re.compile(rb"\\(?:(\\)|x([89a-f][0-9a-f])|)")


def encode(path: bytes | str | os.PathLike[str] | os.PathLike[bytes]) -> str:
    """The text of a path.

    ``str`` and path objects are taken as Python's own file functions give them (undecodable bytes
    as surrogates). ``MalformedPath`` for what no file can be called.
    """
    try:
        name = os.fsencode(path)
    except UnicodeEncodeError as error:
        raise MalformedPath(f"{path!r} cannot be the name of a file") from error
    if b"\0" in name:
        raise MalformedPath("a path cannot contain a NUL character")
    return name.replace(b"\\", b"\\\\").decode("utf-8", "backslashreplace")


def decode(text: str) -> bytes:
    """The path that a text stands for; ``MalformedPath`` where it is not the text of any."""
    try:
        escaped = text.encode()
    except UnicodeEncodeError as error:
        raise MalformedPath(f"the path {text!r} is not Unicode text") from error
    path = _ESCAPE.sub(_unescape, escaped) if b"\\" in escaped else escaped
    if encode(path) != text:  # a byte escaped without need: another text of the same path
        raise MalformedPath(rf"the path {text!r} must write a backslash \\ and other bytes \xHH")
    return path


def _unescape(escape: re.Match[bytes]) -> bytes:
    backslash, byte = escape.groups()
    return backslash or bytes.fromhex((byte or b"").decode())


def join(root: str, path: str) -> str:
    """The text of a path below a root."""
    return f"{root.rstrip('/')}/{path}"


def below(root: str, path: str) -> str | None:
    """What of a path is below the root: ``""`` for the root itself, ``None`` outside of it."""
    prefix = f"{root.rstrip('/')}/"
    if path.startswith(prefix):
        return path[len(prefix) :]
    return "" if path == root else None

"""Where a path lies: below which root, and what it is called there."""

from __future__ import annotations

from sqlalchemy import bindparam, func, select

from mustela.files.path_text import decode
from mustela.files.schema import roots
from mustela.store import TEXT, Statement, Unit, rows
from mustela.store.errors import InvalidValue

_path = bindparam("path", type_=TEXT)
#: Roots do not nest, so there is one at most.
_ROOT_OF = Statement(
    select(roots.c.id, roots.c.path).where(
        func.substr(_path, 1, func.length(roots.c.path) + 1) == roots.c.path + "/"
    )
)


def place(path: str, root_id: str | None = None) -> Unit[tuple[str, str]]:
    """The root's id and the path below it; an empty id and the path itself outside all roots.

    ``path`` is an absolute path, as path text. ``InvalidValue`` where it is not, or where it is
    not below the root that is named.
    """
    if not path.startswith("/") or path.endswith("/"):
        raise InvalidValue(f"{path!r} is not the absolute path of a file")
    if "\\" in path:
        decode(path)
    found = yield from rows(_ROOT_OF, path=path)
    owner, below = ("", path) if not found else (found[0][0], path[len(found[0][1]) + 1 :])
    if root_id and root_id != owner:
        raise InvalidValue(f"{path} is not below the root {root_id}")
    return owner, below

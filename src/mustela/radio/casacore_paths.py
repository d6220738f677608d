"""What casacore may be asked to open: names that it takes as they are, of what lies below a root.

Needs no casacore.
"""

from __future__ import annotations

import os
from typing import Any

from mustela.files.directory_product import link_out_of
from mustela.files.failure import Unreadable
from mustela.radio.visibilities.products import CASACORE_TABLE


def text_of(path: bytes | str) -> str:
    """A path as casacore takes it.

    ``Unreadable`` for a name that casacore would read as something else: it expands ``$NAME``
    and takes ``::`` for a subtable; and it cannot be given a name that is not UTF-8. So it is
    where a link in the table leads out of the directory in which the table lies.
    """
    text = os.fsdecode(path)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise Unreadable("open", "casacore reads no names that are not UTF-8") from error
    if "$" in text or "::" in text:
        raise Unreadable("open", "casacore reads no names with $ or :: in them")
    _expect_no_link_out(text)
    return text


def expect_rows_beside(path: str, found: Any) -> None:
    """``Unreadable`` where an open table (of the product, or below it) refers to rows elsewhere.

    Those of tables that lie beside the product, or below that directory, may be read.
    """
    product = os.path.realpath(path)
    around = os.path.dirname(product).rstrip("/") + "/"  # noqa: PTH120
    for name in found.partnames(recursive=True):
        part = os.path.realpath(name)
        if not part.startswith(around):
            raise Unreadable("open", "it refers to rows of a table that lies elsewhere")
        if not f"{part}/".startswith(f"{product}/"):
            _expect_no_link_out(part)


def _expect_no_link_out(path: str) -> None:
    link = link_out_of(os.fsencode(path), CASACORE_TABLE)
    if link is not None:
        name = link.decode("utf-8", "replace")
        raise Unreadable("open", f"its member {name} is a link that leads elsewhere")

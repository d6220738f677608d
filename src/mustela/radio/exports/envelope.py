"""The document around the rows of a VOTable, written by astropy.

The one module of exports that needs astropy; it is imported in a thread, where a table is asked
for.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import msgspec
from astropy.io.votable import tree

from mustela.radio.exports.cells import NULLS
from mustela.radio.exports.columns import Column, Kind
from mustela.radio.exports.described_service import Service

_DATATYPES: dict[Kind, tuple[str, str | None]] = {
    "ascii": ("char", "*"),
    "text": ("unicodeChar", "*"),
    "texts": ("unicodeChar", "*"),
    "json": ("unicodeChar", "*"),
    "time": ("char", "*"),
    "double": ("double", None),
    "doubles": ("double", "*"),
    "int": ("int", None),
    "long": ("long", None),
    "truth": ("boolean", None),
}
_TABLE_ENDS = b"</TABLE>"


class Envelope(msgspec.Struct, frozen=True):
    """The bytes before the first row, after the last one, and after the table."""

    head: bytes
    close: bytes
    tail: bytes


def envelope(
    columns: Sequence[Column],
    *,
    description: str,
    infos: Sequence[tuple[str, str]] = (),
    services: Sequence[Service] = (),
    name: str | None = None,
    version: str = "1.4",
) -> Envelope:
    """A document of one table in one RESOURCE (type results), then services in others."""
    document, results = _document(version, infos)
    results.description = description
    table = tree.TableElement(document, name=name)
    results.tables.append(table)
    table.fields.extend(_field(document, column, version) for column in columns)
    for service in services:
        document.resources.append(_service(document, service))
    before, end, after = _written(document).partition(_TABLE_ENDS)
    return Envelope(
        before.rstrip() + b"\n<DATA><TABLEDATA>\n", b"</TABLEDATA></DATA>\n" + end, after
    )


def message(
    name: str, value: str, text: str | None = None, *, below_root: bool = False, version: str
) -> bytes:
    """A document without a table, that only says this INFO; ``below_root`` as cone search does."""
    document, results = _document(version, ())
    info = _nameless(tree.Info(name=name, value=value))
    info.content = text
    (document if below_root else results).infos.append(info)
    return _written(document)


def _document(version: str, infos: Sequence[tuple[str, str]]) -> tuple[Any, Any]:
    document = tree.VOTableFile(version=version)
    results = tree.Resource(type="results")
    document.resources.append(results)
    results.infos.extend(_nameless(tree.Info(name=name, value=value)) for name, value in infos)
    return document, results


def _nameless(element: Any) -> Any:
    """Without the XML ID that astropy makes of a name: such must occur once in a document."""
    element.ID = None
    return element


def _written(document: Any) -> bytes:
    file = io.BytesIO()
    document.to_xml(file)
    return file.getvalue()


def _field(document: Any, column: Column, version: str) -> Any:
    datatype, arraysize = _DATATYPES[column.kind]
    old = version == "1.1"
    xtype = column.xtype or ("timestamp" if column.kind == "time" else None)
    field: Any = tree.Field(
        document,
        ID=column.name,
        name=column.name,
        datatype=datatype,
        arraysize=arraysize,
        unit=column.unit,
        ucd=column.ucd,
        utype=column.utype,
        xtype=None if old else xtype,
        config=document.config,
    )
    field.description = column.description
    if old and column.kind in NULLS:
        field.values.null = NULLS[column.kind]
    return field


def _service(document: Any, service: Service) -> Any:
    """A service descriptor (DataLink 1.1, section 4)."""
    resource = tree.Resource(ID=service.id, type="meta", utype="adhoc:service")
    resource.description = service.description
    said = {
        "standardID": service.standard_id,
        "accessURL": service.access_url,
        "contentType": service.content_type,
    }
    resource.params.extend(
        _param(document, name, value) for name, value in said.items() if value is not None
    )
    group = _nameless(tree.Group(document, name="inputParams", config=document.config))
    group.entries.extend(
        _param(document, one.name, one.value, ref=one.ref, description=one.description)
        for one in service.inputs
    )
    resource.groups.append(group)
    return resource


def _param(
    document: Any, name: str, value: str, *, ref: str | None = None, description: str | None = None
) -> Any:
    param = tree.Param(
        document,
        name=name,
        datatype="char",
        arraysize="*",
        value=value,
        ref=ref,
        config=document.config,
    )
    param.description = description
    return _nameless(param)

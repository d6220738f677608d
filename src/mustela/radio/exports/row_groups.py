"""Row groups of a parquet file, as bytes to send on. Needs pyarrow, and is imported in a thread."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import msgspec
import pyarrow
import pyarrow.parquet

from mustela.radio.exports.columns import Column, Kind

_TYPES: dict[Kind, Any] = {
    "ascii": pyarrow.string(),
    "text": pyarrow.string(),
    "texts": pyarrow.list_(pyarrow.string()),
    "json": pyarrow.string(),
    "time": pyarrow.timestamp("us", tz="UTC"),
    "double": pyarrow.float64(),
    "doubles": pyarrow.list_(pyarrow.float64()),
    "int": pyarrow.int32(),
    "long": pyarrow.int64(),
    "truth": pyarrow.bool_(),
}


def schema(columns: Sequence[Column]) -> Any:
    """The file's schema; ``unit``, ``ucd`` and ``description`` are in each field's metadata."""
    return pyarrow.schema(
        [
            pyarrow.field(column.name, _TYPES[column.kind], metadata=_metadata(column))
            for column in columns
        ]
    )


def _metadata(column: Column) -> dict[str, str]:
    said = {"unit": column.unit, "ucd": column.ucd, "description": column.description}
    return {name: text for name, text in said.items() if text is not None}


class _Sink(io.RawIOBase):
    """What the writer writes, until it is taken."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []
        self._length = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._length

    def write(self, data: Any) -> int:
        part = bytes(data)
        self._parts.append(part)
        self._length += len(part)
        return len(part)

    def taken(self) -> bytes:
        parts, self._parts = self._parts, []
        return b"".join(parts)


class RowGroups:
    """One file that is being written."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self._columns = columns
        self._schema = schema(columns)
        self._sink = _Sink()
        self._writer = pyarrow.parquet.ParquetWriter(self._sink, self._schema, compression="zstd")

    def write(self, items: Sequence[Any]) -> bytes:
        """A row group of these records; answers the next bytes of the file."""
        arrays = [
            pyarrow.array(_values(items, column), type=field.type)
            for column, field in zip(self._columns, self._schema, strict=True)
        ]
        batch = pyarrow.RecordBatch.from_arrays(arrays, schema=self._schema)
        self._writer.write_batch(batch, row_group_size=len(items))
        return self._sink.taken()

    def end(self, items: Sequence[Any]) -> bytes:
        """The last records, if any, and what ends the file."""
        written = self.write(items) if items else b""
        self._writer.close()
        return written + self._sink.taken()


def _values(items: Sequence[Any], column: Column) -> list[Any]:
    values = [getattr(item, column.name) for item in items]
    if column.kind == "json":
        return [None if value is None else _as_json(value) for value in values]
    return values


def _as_json(value: Any) -> str:
    return msgspec.json.encode(value).decode()

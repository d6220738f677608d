"""Parquet files, read back by pyarrow."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from mustela.radio.exports.columns import columns_of
from mustela.radio.exports.image_meanings import IMAGE_FIELDS
from mustela.radio.exports.parquet import Parquet
from mustela.radio.images.record import Image
from tests.radio.exports.test_votable import IMAGES, NOON, stream, written

pyarrow = pytest.importorskip("pyarrow", reason="pyarrow is not installed: mustela[radio]")
parquet = pytest.importorskip("pyarrow.parquet")

COLUMNS = columns_of(Image, IMAGE_FIELDS)


async def test_a_file_holds_every_field_of_every_record() -> None:
    content = await written(Parquet(COLUMNS).written(stream(IMAGES)))
    table = parquet.read_table(io.BytesIO(content))
    assert table.column_names == list(Image.public.__struct_fields__)
    for row, image in zip(table.to_pylist(), IMAGES, strict=True):
        for name, value in row.items():
            wanted: Any = getattr(image, name)
            if isinstance(wanted, dict):
                wanted = msgspec.json.encode(wanted).decode()
            if isinstance(wanted, tuple):
                wanted = list(wanted)
            assert value == wanted, name
    assert table["created_at"][0].as_py() == NOON
    assert str(table.schema.field("created_at").type) == "timestamp[us, tz=UTC]"
    assert table.schema.field("noise_jy").metadata[b"unit"] == b"Jy/beam"
    assert table.schema.field("ra_deg").metadata[b"ucd"] == b"pos.eq.ra;meta.main"
    assert table.schema.field("note").metadata is None


async def test_records_are_written_in_groups_as_they_come() -> None:
    images = [Image(id=f"i{n}", path=f"/{n}") for n in range(25)]
    pulled = 0

    async def counted() -> AsyncIterator[Image]:
        nonlocal pulled
        for image in images:
            pulled += 1
            yield image

    chunks = Parquet(COLUMNS, row_group=10).written(counted())
    first = await anext(chunks)
    assert (first[:4], pulled) == (b"PAR1", 10)
    content = first + b"".join([chunk async for chunk in chunks])
    file = parquet.ParquetFile(io.BytesIO(content))
    assert [file.metadata.row_group(n).num_rows for n in range(3)] == [10, 10, 5]
    assert file.read()["id"].to_pylist() == [image.id for image in images]


async def test_a_file_without_records_has_the_columns() -> None:
    content = await written(Parquet(COLUMNS).written(stream([])))
    table = parquet.read_table(io.BytesIO(content))
    assert (table.num_rows, table.num_columns) == (0, len(COLUMNS))

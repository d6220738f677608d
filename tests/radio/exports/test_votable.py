"""VOTables that are written row by row, read back by astropy."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mustela.radio.exports.cells import NULLS, escaped, row_writer
from mustela.radio.exports.columns import Column, columns_of
from mustela.radio.exports.formats import IMAGE_FORMATS, MEASUREMENT_FORMATS, SOURCE_FORMATS
from mustela.radio.exports.image_meanings import IMAGE_FIELDS
from mustela.radio.exports.source_meanings import MEASUREMENT_FIELDS, SOURCE_FIELDS
from mustela.radio.exports.votable import VOTable, enveloped
from mustela.radio.extra import ExtraMissing, needing
from mustela.radio.images.record import Image
from mustela.radio.sources.record import Measurement, Source

pytest.importorskip("astropy", reason="astropy is not installed: pip install mustela[radio]")

from astropy.io.votable import parse, validate  # where there is astropy
from astropy.io.votable.ucd import check_ucd

from mustela.radio.exports.envelope import envelope

NOON = datetime(2026, 1, 31, 12, 0, 0, 250_000, UTC)
IMAGES = [
    Image(
        id="one",
        path="/data/Größe <1> & more.fits",
        filename="Größe <1> & more.fits",
        ra_deg=359.9999999999,
        dec_deg=-0.1,
        footprint=(1.0, -2.5, 3.25, 1e-7),
        wcs={"CRVAL1": 1.5, "CTYPE1": "RA---SIN"},
        n_planes=4,
        pbcor=True,
        noise_jy=2.5e-4,
        flags=("beam_zero", "all_blank"),
        tags=("a&b", "<c>"),
        note="two\nlines\tand ]]> more",
        created_at=NOON,
    ),
    Image(id="two", path="/data/two.fits", filename="two.fits"),
]


async def stream(items: Sequence[Any]) -> AsyncIterator[Any]:
    for item in items:
        yield item


async def written(chunks: AsyncIterator[bytes]) -> bytes:
    return b"".join([chunk async for chunk in chunks])


def valid(content: bytes) -> Any:
    report = str(validate(io.BytesIO(content), output=None))
    assert "found no violations" in report, report
    return parse(io.BytesIO(content), verify="exception")


async def test_a_table_holds_every_field_of_every_record() -> None:
    format = VOTable(columns_of(Image, IMAGE_FIELDS), "images", "Images & more")
    table = valid(await written(format.written(stream(IMAGES)))).get_first_table()
    assert table.name == "images"
    assert [field.name for field in table.fields] == list(Image.public.__struct_fields__)
    first, second = table.array
    assert first["path"] == IMAGES[0].path
    assert first["note"] == IMAGES[0].note
    assert (first["ra_deg"], first["dec_deg"]) == (359.9999999999, -0.1)
    assert list(first["footprint"]) == [1.0, -2.5, 3.25, 1e-7]
    assert (first["n_planes"], first["pbcor"]) == (4, True)
    assert first["tags"] == '["a&b","<c>"]'
    assert first["wcs"] == '{"CRVAL1":1.5,"CTYPE1":"RA---SIN"}'
    assert first["created_at"] == "2026-01-31T12:00:00.250000"
    for name in ("ra_deg", "n_planes", "pbcor", "hdu"):
        assert table.array.mask[name][1], name
    assert second["note"] == ""


@pytest.mark.parametrize(
    ("record", "meanings"),
    [(Image, IMAGE_FIELDS), (Source, SOURCE_FIELDS), (Measurement, MEASUREMENT_FIELDS)],
)
async def test_units_and_ucds_are_those_of_the_standards(record: Any, meanings: Any) -> None:
    columns = columns_of(record, meanings)
    assert set(meanings) <= {column.name for column in columns}
    for column in columns:
        if column.ucd:
            assert check_ucd(column.ucd, check_controlled_vocabulary=True), column.name
    table = valid(await written(VOTable(columns, "t", "d").written(stream([])))).get_first_table()
    assert len(table.array) == 0
    by_name = {field.name: field for field in table.fields}
    assert str(by_name["ra_deg"].unit) == "deg"
    assert by_name["ra_deg"].ucd == "pos.eq.ra;meta.main"
    if record is Image:
        assert str(by_name["noise_jy"].unit) == "Jy / beam"
        assert str(by_name["file_size"].unit) == "byte"


@pytest.mark.parametrize(
    ("formats", "item"),
    [
        (SOURCE_FORMATS, Source(id="a", name="J0030-1515", ra_deg=7.5, peak_eta=1.5, n_epochs=3)),
        (MEASUREMENT_FORMATS, Measurement(id="m", image_id="i", ra_deg=7.5, counts=True)),
    ],
)
async def test_sources_and_measurements_have_the_same_formats(formats: Any, item: Any) -> None:
    assert formats.keys() == IMAGE_FORMATS.keys() == {"votable", "parquet", "reg"}
    content = await written(formats["votable"].written(stream([item])))
    (row,) = valid(content).get_first_table().array
    for name, value in item.asdict().items():
        if isinstance(value, str | int | float) and name in row.dtype.names:
            assert row[name] == value, name
    region = await written(formats["reg"].written(stream([item])))
    assert b"point(7.50000000,0.00000000)" in region


async def test_a_long_table_comes_in_parts_and_holds_no_more_than_one() -> None:
    columns = [Column("n", "long"), Column("text", "text")]
    pulled = 0

    async def many() -> AsyncIterator[tuple[int, str]]:
        nonlocal pulled
        for pulled in range(20_000):
            yield pulled, "x" * 40

    around = envelope(columns, description="d")
    chunks = enveloped(many(), around, row_writer(columns))
    first = await anext(chunks)
    assert pulled < 3_000
    rest = [chunk async for chunk in chunks]
    assert max(map(len, [first, *rest])) < 100_000
    table = parse(io.BytesIO(first + b"".join(rest)), verify="exception").get_first_table()
    assert list(table.array["n"]) == list(range(20_000))


async def test_what_is_cut_off_is_said_after_the_table() -> None:
    columns = [Column("n", "long")]
    around = envelope(columns, description="d", infos=[("QUERY_STATUS", "OK")])
    for most, statuses in ((3, ["OK"]), (2, ["OK", "OVERFLOW"]), (None, ["OK"])):
        rows = enveloped(stream([(1,), (2,), (3,)]), around, row_writer(columns), most)
        document = valid(await written(rows))
        assert [info.value for info in document.resources[0].infos] == statuses
        assert len(document.get_first_table().array) == (most or 3)


_SPACE = " \t\n\r"
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)


@given(
    rows=st.lists(
        st.tuples(
            TEXTS | st.none(),
            st.floats(allow_nan=False) | st.none(),
            st.integers(-(2**63) + 1, 2**63 - 1) | st.none(),
            st.booleans() | st.none(),
        ),
        min_size=1,
        max_size=5,
    )
)
@settings(max_examples=60, deadline=None)
def test_whatever_is_written_is_read_back(rows: list[tuple[Any, ...]]) -> None:
    columns = [
        Column("text", "text"),
        Column("double", "double"),
        Column("long", "long"),
        Column("truth", "truth"),
    ]
    around = envelope(columns, description="d")
    write = row_writer(columns)
    content = around.head + b"".join(map(write, rows)) + around.close + around.tail
    array = parse(io.BytesIO(content), verify="exception").get_first_table().array
    for row, found in zip(rows, array, strict=True):
        # The reader leaves out the space around a text.
        assert found["text"].strip(_SPACE) == _as_xml(row[0] or "").strip(_SPACE)
        for name, value in zip(("double", "long", "truth"), row[1:], strict=True):
            if value is not None:
                assert found[name] == value
    for position, name in enumerate(("double", "long", "truth"), 1):
        assert list(array.mask[name]) == [row[position] is None for row in rows]


def _as_xml(text: str) -> str:
    """What XML can hold of a text."""
    return "".join(
        "\ufffd" if (c < " " and c not in "\t\n\r") or c in "\ufffe\uffff" else c for c in text
    )


def test_what_xml_cannot_hold_is_shown_as_missing() -> None:
    assert escaped("a\x00b\x1f<&>\r\ud800\uffff") == "a\ufffdb\ufffd&lt;&amp;&gt;&#13;\ufffd\ufffd"


def test_an_old_table_has_no_empty_cells_of_numbers() -> None:
    columns = [Column("long", "long"), Column("int", "int"), Column("double", "double")]
    around = envelope(columns, description="d", version="1.1")
    write = row_writer(columns, empty_cells=False)
    content = around.head + write((None, None, None)) + write((1, 2, 3.0)) + around.close
    array = valid(content + around.tail).get_first_table().array
    assert NULLS.keys() == {"long", "int"}
    assert [bool(array.mask[name][0]) for name in ("long", "int", "double")] == [True] * 3
    assert tuple(array[1]) == (1, 2, 3.0)


def test_a_library_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> Any:
        raise ModuleNotFoundError(f"No module named {name!r}", name="astropy.io")

    monkeypatch.setattr("mustela.radio.extra.import_module", missing)
    with pytest.raises(ExtraMissing, match=r"needs astropy.*pip install mustela\[radio\]"):
        needing("astropy", "mustela.radio.exports.envelope")
    with pytest.raises(ModuleNotFoundError):  # a fault of ours is no missing library
        needing("pyarrow", "mustela.radio.exports.envelope")

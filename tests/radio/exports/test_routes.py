"""Exports over HTTP: what the filters select, in every format."""

from __future__ import annotations

import io
from typing import Any

import pytest

from mustela.radio.extra import ExtraMissing
from tests.radio import test_item_routes
from tests.radio.exports.test_regions import read
from tests.radio.exports.test_votable import valid
from tests.radio.test_item_routes import Archive

parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed: mustela[radio]")

archive = test_item_routes.archive


async def test_every_format_has_what_the_filters_select(archive: Archive) -> None:
    document = (await archive.get("/images/one")).json()
    answer = await archive.get("/images/export?format=votable&kind=restored")
    assert answer.headers["content-type"] == "application/x-votable+xml"
    assert answer.headers["content-disposition"] == 'attachment; filename="images.votable"'
    (row,) = valid(answer.content).get_first_table().array
    assert (row["id"], row["ra_deg"]) == ("one", document["ra_deg"])
    answer = await archive.get("/images/export?format=parquet&kind=restored")
    (found,) = parquet.read_table(io.BytesIO(answer.content)).to_pylist()
    assert found["id"] == "one"
    assert found["footprint"] == document["footprint"]
    answer = await archive.get("/images/export?format=reg&sort=id")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert [shape.kind for shape in read(answer.content)] == ["polygon", "polygon"]


async def test_a_wrong_filter_is_a_problem_and_no_file(archive: Archive) -> None:
    for format in ("votable", "parquet", "reg"):
        answer = await archive.get(f"/images/export?format={format}&covers=10,91")
        assert answer.status_code == 422, format
        assert answer.headers["content-type"] == "application/problem+json"


async def test_without_its_library_a_format_says_what_to_install(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(library: str, module: str) -> Any:
        raise ExtraMissing(f"this needs {library}: pip install mustela[radio]")

    for format in ("votable", "parquet"):
        monkeypatch.setattr(f"mustela.radio.exports.{format}.needing", missing)
        answer = await archive.get(f"/images/export?format={format}")
        assert answer.status_code == 501
        assert answer.json()["code"] == "extra_missing"
        assert "pip install mustela[radio]" in answer.json()["detail"]

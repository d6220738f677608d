"""What every table of products promises, on every engine, sync and async."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec
import pytest

from mustela.radio.cal.record import CalibrationTable
from mustela.radio.cal.repository import AsyncCalibrationTableRepository, CalibrationTableRepository
from mustela.radio.images.record import Image
from mustela.radio.images.repository import AsyncImageRepository, ImageRepository
from mustela.radio.ms.record import MeasurementSet
from mustela.radio.ms.repository import AsyncMeasurementSetRepository, MeasurementSetRepository
from mustela.store.errors import AlreadyExists, ConstraintViolated, InvalidValue, NotFound
from mustela.store.testing import Harness

SAID: dict[str, Any] = {
    "mid_mjd": 59000.25,
    "flags": ("beam_missing",),
    "tags": ("field 7", "dawn"),
    "rating": 4,
    "note": "look at the east",
    "file_size": 1_000_000,
    "modified_at": datetime(2024, 7, 2, 12, 0, 0, 5, tzinfo=UTC),
    "fingerprint": "f-1",
}
IMAGE = Image(
    id="one",
    path="/data/field 7/epoch01.image.fits",
    ra_deg=150.0,
    dec_deg=-30.0,
    radius_deg=0.1,
    footprint=(150.1, -30.1, 149.9, -30.1, 149.9, -29.9, 150.1, -29.9),
    wcs={"CTYPE1": "RA---SIN", "CRVAL1": 150.0, "NAXIS1": 256},
    frequency_hz=888e6,
    kind="restored",
    pbcor=False,
    noise_jy=2.5e-4,
    **SAID,
)
MS = MeasurementSet(
    id="one",
    path="/data/SB39400.ms",
    name="SB39400.ms",
    field_names=("RACS_0635-31",),
    field_ra_deg=(98.75,),
    field_dec_deg=(-31.4,),
    ra_deg=98.75,
    dec_deg=-31.4,
    data_columns=("DATA",),
    n_antennas=36,
    **SAID,
)
TABLE = CalibrationTable(
    id="one",
    path="/data/SB39400.bcal",
    type="B Jones",
    ms_name="SB39400.ms",
    reference_antennas=("ak01",),
    start_mjd=59000.0,
    end_mjd=59000.5,
    **SAID,
)


class Kind(NamedTuple):
    repositories: tuple[Any, Any]
    record: Any


KINDS = {
    "images": Kind((ImageRepository, AsyncImageRepository), IMAGE),
    "ms": Kind((MeasurementSetRepository, AsyncMeasurementSetRepository), MS),
    "cal": Kind((CalibrationTableRepository, AsyncCalibrationTableRepository), TABLE),
}


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> Kind:
    return KINDS[request.param]


@pytest.fixture
def items(kind: Kind, radio_harness: Harness) -> Any:
    return radio_harness.bind(*kind.repositories)


async def test_an_item_is_read_back_as_it_was_added(kind: Kind, items: Any) -> None:
    given = kind.record
    added = await items.add(given)
    assert added == await items.get("one") == await items.get_by_path(given.path)
    follow = {"filename", "created_at", "updated_at", "mtime_ns", "cell", "reach", "counts"}
    for name in set(type(given).fields) - follow:
        assert getattr(added, name) == getattr(given, name), name
    assert added.filename == given.path.rpartition("/")[2]
    assert added.created_at == added.updated_at is not None
    assert await items.count() == 1
    made = await items.add(given.replace(id="", path="/data/other"))
    assert len(made.id) == 36


async def test_a_taken_id_or_path_is_refused_and_an_id_must_fit_a_url(
    kind: Kind, items: Any
) -> None:
    await items.add(kind.record)
    for twin in (kind.record.replace(path="/other"), kind.record.replace(id="other")):
        with pytest.raises(AlreadyExists):
            await items.add(twin)
    for id in ("a/b", ".x", "search", "x" * 129):
        with pytest.raises(InvalidValue):
            await items.add(kind.record.replace(id=id, path="/other"))
    with pytest.raises(AlreadyExists):
        await items.add_many([kind.record.replace(id="b", path="/b"), kind.record])
    assert await items.count() == 1


async def test_what_follows_from_other_things_cannot_be_said(kind: Kind, items: Any) -> None:
    added = await items.add(kind.record.replace(grade="good", graded_at=datetime.now(UTC)))
    assert (added.grade, added.graded_at) == (None, None)
    with pytest.raises(InvalidValue, match="grade"):
        await items.update("one", grade="good")
    with pytest.raises(InvalidValue, match="rating"):
        await items.observe("one", rating=1)
    with pytest.raises(NotFound):
        await items.update("nobody", rating=1)
    assert (await items.update("one", grade_given="warn", rating=None)).grade_given == "warn"
    with pytest.raises(ConstraintViolated):
        await items.update("one", grade_given="superb")


async def test_a_deleted_item_comes_back_with_everything(kind: Kind, items: Any) -> None:
    before = await items.add(kind.record)
    assert await items.delete("one") is True
    assert await items.delete("one") is False
    assert await items.search("data") == []
    await items.revert((await items.history("one"))[0].id)
    assert await items.get("one") == before
    assert [found.id for found in await items.search(before.filename[:5])] == ["one"]


async def test_a_product_is_retired_with_a_reason_and_stays(kind: Kind, items: Any) -> None:
    await items.add(kind.record)
    with pytest.raises(InvalidValue):
        await items.retire("one", " ")
    with pytest.raises(NotFound):
        await items.retire("nobody", "why")
    retired = await items.retire("one", "bad phase calibrator")
    assert retired.retired_reason == "bad phase calibrator"
    assert retired.retired_at is not None
    assert await items.count(retired=True) == 1
    assert await items.count(retired=False) == 0
    await items.revert((await items.history("one"))[0].id)
    assert (await items.get("one")).retired_at is None


async def test_lists_are_filtered_sorted_and_paged(kind: Kind, items: Any) -> None:
    many = [
        kind.record.replace(
            id=f"i{n}",
            path=f"/data/{n % 2}/item{n}",
            mid_mjd=None if n == 3 else 59000.0 + n,
            rating=n % 5,
            tags=("even",) if n % 2 == 0 else ("odd",),
        )
        for n in range(7)
    ]
    assert await items.add_many(many) == 7
    page = await items.page(3, sort="-mid_mjd")
    assert [item.id for item in page.items] == ["i6", "i5", "i4"]
    assert (page.total, page.total_is_exact) == (7, True)
    rest = await items.page(10, sort="-mid_mjd", after=page.next)
    assert [item.id for item in rest.items] == ["i2", "i1", "i0", "i3"]
    assert await items.count(tag="even") == 4
    assert await items.count(min_mid_mjd=59005.0) == 2
    assert await items.count(folder="data/0") == 0  # no root: the path is absolute
    assert await items.count(flag="beam_missing") == 7
    assert await items.count(flag="beam") == 0
    assert await items.count(ids=["i1", "i2", "nobody"]) == 2
    assert [found.id async for found in items.everything(sort="mid_mjd", size=2)] == [
        *(f"i{n}" for n in (0, 1, 2, 4, 5, 6)),
        "i3",
    ]
    with pytest.raises(InvalidValue, match="sort"):
        await items.page(3, sort="nonsense")


async def test_an_encoded_page_says_what_the_records_say(kind: Kind, items: Any) -> None:
    await items.add(kind.record)
    await items.add(type(kind.record)(id="bare", path="/bare"))
    page = await items.page(10)
    encoded = await items.encoded_page(10)
    said = msgspec.json.encode([item.to_public() for item in page.items])
    assert msgspec.json.decode(encoded.items) == msgspec.json.decode(said)

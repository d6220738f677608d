"""Lists and records of the radio collection over HTTP, on the whole server."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from mustela.app import create_app
from mustela.collection import SERVICES, Services
from mustela.radio.cal.repository import AsyncCalibrationTableRepository
from mustela.radio.images.repository import AsyncImageRepository
from mustela.radio.ms.repository import AsyncMeasurementSetRepository
from mustela.settings import Settings
from tests.radio.test_products import IMAGE, MS, TABLE

STRANGE = "/data/50% of 2024?/a+b #1.ms"


class Archive:
    """A running server with a few products."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def get(self, path: str, **options: Any) -> httpx.Response:
        return await self.client.get(f"/api/v1{path}", **options)

    async def ids(self, path: str) -> list[str]:
        answer = await self.get(path)
        assert answer.status_code == 200, answer.text
        return [item["id"] for item in answer.json()["items"]]


@pytest.fixture
async def archive(tmp_path: Path) -> AsyncIterator[Archive]:
    app = create_app(Settings.load(environ={}, data_dir=tmp_path / "data", children=1))
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://localhost") as client,
    ):
        services = services_of(app)
        images = services.repository(AsyncImageRepository)
        await images.add(IMAGE)
        await images.add(IMAGE.replace(id="two", path="/data/two.fits", kind="psf"))
        sets = services.repository(AsyncMeasurementSetRepository)
        await sets.add(MS)
        await sets.add(MS.replace(id="strange", path=STRANGE))
        await services.repository(AsyncCalibrationTableRepository).add(TABLE)
        yield Archive(client)


def services_of(app: Any) -> Services:
    """What the server gave to its collections."""
    (middleware,) = [one for one in app.user_middleware if "provided" in one.kwargs]
    services: Services = middleware.kwargs["provided"][SERVICES]
    return services


async def test_lists_are_filtered_and_say_how_many_there_are(archive: Archive) -> None:
    assert await archive.ids("/images?sort=id") == ["one", "two"]
    assert await archive.ids("/images?kind=restored") == ["one"]
    assert await archive.ids("/images?covers=150.05,-30.05&kind=psf") == ["two"]
    assert await archive.ids("/images?covers=151,-30") == []
    assert await archive.ids("/images?near=150,-30.2,0.3&limit=1&sort=-id") == ["two"]
    assert await archive.ids("/images?q=epoch01") == ["one"]
    assert await archive.ids("/ms?field=RACS_0635-31&near=98.75,-31.4,0") != []
    assert await archive.ids("/cal?valid_at=59000.25&type=B%20Jones") == ["one"]
    page = (await archive.get("/images?limit=1")).json()
    assert (page["total"], page["total_is_exact"]) == (2, True)
    assert len(await archive.ids(page["next"].removeprefix("/api/v1"))) == 1


async def test_a_wrong_parameter_is_refused_by_its_name(archive: Archive) -> None:
    for query, said in (
        ("near=1,2", "near"),
        ("near=1,2,nan", "near"),
        ("near=1,2,200", "radius"),
        ("covers=10,91", "declination"),
        ("covers=400,0", "right ascension"),
        ("region=CIRCLE", "region"),
        ("sort=wcs", "sort"),
        ("kindd=psf", "kind"),
    ):
        answer = await archive.get(f"/images?{query}")
        assert answer.status_code == 422, query
        assert said in answer.json()["detail"], query


async def test_a_catalogued_path_serves_as_the_id(archive: Archive) -> None:
    key = quote(STRANGE, safe="")
    found = await archive.get(f"/ms/{key}")
    assert found.json()["id"] == "strange"
    again = await archive.get(f"/ms/{key}", headers={"If-None-Match": found.headers["etag"]})
    assert again.status_code == 304
    rated = await archive.client.patch(f"/api/v1/ms/{key}", json={"rating": 2})
    assert rated.json()["rating"] == 2
    assert (await archive.get(f"/ms/{key}/history")).json()[0]["record_id"] == "strange"
    assert (await archive.get("/cal/" + quote(TABLE.path, safe=""))).json()["type"] == "B Jones"
    for unknown in ("/data/other.ms", "/etc/passwd", "/data/../data/SB39400.ms"):
        assert (await archive.get("/ms/" + quote(unknown, safe=""))).status_code == 404
    # An image is not found by its path, and a path that is no path is no id.
    assert (await archive.get("/images/" + quote(IMAGE.path, safe=""))).status_code == 422
    for wrong in ("a%2Fb", "%2F", "%2Fdata%2F"):
        assert (await archive.get(f"/ms/{wrong}")).status_code == 422
    gone = await archive.client.delete(f"/api/v1/ms/{key}")
    assert gone.status_code == 204
    assert (await archive.get(f"/ms/{key}")).status_code == 404
    assert (await archive.get("/ms/strange/history")).json()[0]["action"] == "delete"


async def test_people_say_things_and_a_reason_stays(archive: Archive) -> None:
    edit = {"tags": ["odd"], "grade_given": "fail", "note": "stripes"}
    answer = await archive.client.patch("/api/v1/images/one", json=edit)
    assert answer.status_code == 200, answer.text
    assert answer.json()["grade_given"] == "fail"
    assert await archive.ids("/images?tag=odd") == ["one"]
    for wrong in ({"grade_given": "superb"}, {"rating": 9}, {"noise_jy": 1.0}):
        refused = await archive.client.patch("/api/v1/images/one", json=wrong)
        assert refused.status_code == 422
    retired = await archive.client.post("/api/v1/images/two/retire", json={"reason": "copy"})
    assert retired.json()["retired_reason"] == "copy"
    assert await archive.ids("/images?retired=true") == ["two"]
    assert (await archive.client.post("/api/v1/images/two/retire", json={})).status_code == 422


async def test_exports_hold_what_the_filters_select(archive: Archive) -> None:
    table = await archive.get("/images/export?format=csv&kind=restored")
    (row,) = csv.DictReader(io.StringIO(table.text))
    assert (row["id"], float(row["ra_deg"])) == ("one", 150.0)
    documents = (await archive.get("/images/export?format=json&sort=id")).json()
    assert documents == [(await archive.get(f"/images/{id}")).json() for id in ("one", "two")]
    assert (await archive.get("/images/export?format=xls")).status_code == 422

"""Images over HTTP: their files, pictures and cutouts, on the whole server."""

from __future__ import annotations

import asyncio
import gzip
import io
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image as Picture

pytest.importorskip("astropy", reason="reading images needs astropy")

from astropy.io import fits
from astropy.wcs import WCS

from mustela.files.children import Children
from mustela.files.fingerprint import fingerprint
from mustela.radio.images.record import Image
from tests.radio.archive import Archive, an_archive
from tests.radio.imaging import skies

POINT = "ra=150&dec=-30"


@pytest.fixture
async def archive(tmp_path: Path) -> AsyncIterator[Archive]:
    """One image, of a noisy sky with a bright source north-east of its middle."""
    async with an_archive(tmp_path) as archive:
        await add_a_sky(archive)
        yield archive


@pytest.fixture
async def archive_with_children(tmp_path: Path) -> AsyncIterator[Archive]:
    """The same, with real child processes."""
    async with an_archive(tmp_path, Children) as archive:
        await add_a_sky(archive)
        yield archive


async def add_a_sky(archive: Archive) -> None:
    pixels = skies.noise((60, 80))
    pixels[40:43, 20:23] += 1.0
    await archive.add_image(skies.write(archive.directory / "epoch+1.fits", pixels), "epoch+1")


def opened(answer: httpx.Response) -> Any:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/fits"
    with fits.open(io.BytesIO(answer.content)) as parts:
        part: Any = parts[0]
        return part.header.copy(), np.array(part.data)


def picture(answer: httpx.Response) -> Any:
    assert answer.status_code == 200, answer.text
    with Picture.open(io.BytesIO(answer.content)) as found:
        return np.asarray(found.convert("RGBA"))


def problem(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json()["code"]


async def test_the_file_is_served_whole_and_in_parts(archive: Archive) -> None:
    there = (archive.directory / "epoch+1.fits").read_bytes()
    whole = await archive.get("/images/epoch+1/fits")
    assert whole.content == there
    assert whole.headers["content-type"] == "application/fits"
    assert 'filename="epoch+1.fits"' in whole.headers["content-disposition"]
    part = await archive.get("/images/epoch+1/fits", headers={"Range": "bytes=2880-2999"})
    assert (part.status_code, part.content) == (206, there[2880:3000])
    beyond = await archive.get("/images/epoch+1/fits", headers={"Range": "bytes=9999999-"})
    assert problem(beyond) == (416, "range_not_satisfiable")
    etag = {"If-None-Match": whole.headers["etag"]}
    assert (await archive.get("/images/epoch+1/fits", headers=etag)).status_code == 304


async def test_pictures_are_north_up_and_their_frame_says_where_pixels_are(
    archive_with_children: Archive,
) -> None:
    archive = archive_with_children
    shown = picture(await archive.get("/images/epoch+1/png?stretch=linear&colour_map=grey"))
    assert shown.shape == (60, 80, 4)
    frame = (await archive.get("/images/epoch+1/png/frame")).json()
    assert (frame["width"], frame["height"]) == (80, 60)
    sky: Any = WCS(fits.Header(frame["wcs"]))
    parent: Any = WCS(skies.header_of(archive.directory / "epoch+1.fits"))
    there = parent.celestial.pixel_to_world(21, 41)
    x, y = sky.celestial.world_to_pixel(there)
    assert shown[round(float(y)), round(float(x)), 0] == 255
    assert y < 30  # north of the middle, so above it
    assert x < 40  # east of it, so left
    small = picture(await archive.get("/images/epoch+1/png?size=20"))
    frame = (await archive.get("/images/epoch+1/png/frame?size=20")).json()
    assert small.shape[:2] == (frame["height"], frame["width"]) == (15, 20)
    thumbnail = await archive.get("/images/epoch+1/thumbnail")
    assert thumbnail.headers["content-type"] == "image/webp"
    assert picture(thumbnail).shape[:2] == (60, 80)


async def test_a_cutout_has_the_coordinates_beam_and_units_of_its_image(archive: Archive) -> None:
    parent = skies.header_of(archive.directory / "epoch+1.fits")
    whole: Any = WCS(parent)
    there = whole.celestial.pixel_to_world(21, 41)
    where = f"ra={there.ra.deg}&dec={there.dec.deg}"
    header, data = opened(await archive.get(f"/images/epoch+1/cutout?{where}&width=11&height=9"))
    assert data.shape == (9, 11)
    assert data[4, 5] > 0.9
    for card in ("BMAJ", "BMIN", "BPA", "BUNIT", "RADESYS"):
        assert header[card] == parent[card]
    cut: Any = WCS(header)
    for x, y in ((0, 0), (10, 0), (3, 8)):
        column, row = whole.celestial.world_to_pixel(cut.celestial.pixel_to_world(x, y))
        assert abs(column - (x + 16)) < 0.01
        assert abs(row - (y + 37)) < 0.01
    header, data = opened(await archive.get(f"/images/epoch+1/cutout?{POINT}&size=0.02"))
    assert data.shape == (20, 20)
    shown = picture(await archive.get(f"/images/epoch+1/cutout?{where}&width=9&format=png"))
    assert shown.shape == (9, 9, 4)
    # Beyond the edge there is nothing, and it is said.
    header, data = opened(await archive.get(f"/images/epoch+1/cutout?{POINT}&width=200"))
    assert np.isnan(data).any()
    assert "outside" in str(header["HISTORY"])


REFUSED = {
    "ra=151&dec=-30": "outside_image",
    "ra=330&dec=30&size=1": "outside_image",
    f"{POINT}&size=20": "cutout_too_large",
    f"{POINT}&width=10&size=1": "invalid_request",
    f"{POINT}&height=10": "invalid_request",
    "ra=150": "invalid_request",
    "ra=nan&dec=0": "invalid_request",
    f"{POINT}&size=inf": "invalid_request",
    f"{POINT}&stretch=log": "invalid_request",
    f"{POINT}&format=jpeg": "invalid_request",
}


async def test_what_cannot_be_cut_out_is_refused(archive: Archive) -> None:
    for query, code in REFUSED.items():
        assert problem(await archive.get(f"/images/epoch+1/cutout?{query}")) == (422, code)


MADE = [
    "thumbnail",
    "png",
    "png?stretch=asinh&colour_map=heat&size=33",
    "png/frame",
    f"cutout?{POINT}",
    f"cutout?{POINT}&format=png",
]


async def test_who_has_the_answer_is_told_so_without_making_it_again(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = {what: await archive.get(f"/images/epoch+1/{what}") for what in MADE}
    calls: list[str] = []
    run = archive.services.children.run

    async def counted(function: str, *arguments: object, **options: Any) -> Any:
        calls.append(function.partition(":")[2])
        return await run(function, *arguments, **options)

    monkeypatch.setattr(archive.services.children, "run", counted)
    for what, answer in first.items():
        assert answer.status_code == 200, answer.text
        etag = {"If-None-Match": answer.headers["etag"]}
        again = await archive.get(f"/images/epoch+1/{what}", headers=etag)
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == answer.headers["etag"]
    assert calls == []
    for what, answer in first.items():
        assert (await archive.get(f"/images/epoch+1/{what}")).content == answer.content
    assert calls == ["frame_of"]  # which is not kept: it is small


async def test_another_content_is_another_answer(archive: Archive) -> None:
    path = archive.directory / "epoch+1.fits"
    before = {what: await archive.get(f"/images/epoch+1/{what}") for what in MADE}
    path.unlink()
    skies.write(path, np.linspace(-1, 1, 40 * 30, dtype=np.float32).reshape(30, 40))
    os.utime(path, (1, 1))
    for what, old in before.items():
        etag = {"If-None-Match": old.headers["etag"]}
        new = await archive.get(f"/images/epoch+1/{what}", headers=etag)
        assert new.status_code == 200
        assert new.content != old.content


async def test_a_file_that_was_written_anew_has_new_pictures_though_its_ends_are_the_same(
    archive: Archive,
) -> None:
    """A fingerprint is of the ends only, and there a mosaic is blank at all times."""
    pixels = skies.noise((256, 256))
    pixels[:70] = pixels[-70:] = np.nan
    path = skies.write(archive.directory / "mosaic.fits", pixels)
    await archive.add_image(path, "mosaic", fingerprint=fingerprint(path))
    before = {what: await archive.get(f"/images/mosaic/{what}") for what in MADE}
    pixels[100:120, 100:150] += 5.0
    path.unlink()
    skies.write(path, pixels)
    os.utime(path, (1, 1))
    await archive.images.delete("mosaic")
    await archive.add_image(path, "mosaic", fingerprint=fingerprint(path))
    for what, old in before.items():
        etag = {"If-None-Match": old.headers["etag"]}
        new = await archive.get(f"/images/mosaic/{what}", headers=etag)
        assert new.status_code == 200
        assert what == "png/frame" or new.content != old.content, what


async def test_a_cutout_is_called_like_its_image(archive: Archive) -> None:
    path = skies.write(archive.directory / "J1904.5-66.image\n.fits", skies.noise((60, 80)))
    await archive.add_image(path, "odd")
    answer = await archive.get(f"/images/odd/cutout?{POINT}&width=5")
    header, _ = opened(answer)
    assert "J1904.5-66.image?.fits" in str(header["HISTORY"])
    assert "J1904.5-66.image" in answer.headers["content-disposition"]
    assert answer.headers["content-disposition"].count("_150.00000_-30.00000.fits")


async def test_a_file_that_changed_since_its_scan_gives_nothing_in_its_name(
    archive: Archive,
) -> None:
    path = skies.write(archive.directory / "two.fits")
    await archive.add_image(path, "two", fingerprint="00ff00ff00ff00ff")
    assert (await archive.get("/images/two/thumbnail")).status_code == 200
    os.utime(path, (1, 1))
    for what in ("png", f"cutout?{POINT}", "png/frame"):
        assert problem(await archive.get(f"/images/two/{what}")) == (409, "product_changed")


async def test_files_that_are_gone_or_broken_or_elsewhere_are_named(archive: Archive) -> None:
    whole = archive.directory / "epoch+1.fits"
    await archive.images.add(Image(id="gone", path=f"{archive.directory}/gone.fits"))
    await archive.images.add(Image(id="far", path="/elsewhere/far.fits"))
    link = archive.directory / "link.fits"
    link.symlink_to(skies.write(archive.directory.parent / "secret.fits"))
    await archive.images.add(Image(id="link", path=str(link)))
    broken = archive.directory / "broken.fits"
    broken.write_bytes(whole.read_bytes()[:4000])
    await archive.add_image(broken, "broken")
    table = archive.directory / "table.fits"
    fits.BinTableHDU.from_columns([fits.Column("a", "E", array=[1.0])]).writeto(table)
    await archive.add_image(table, "table")
    for what in ("fits", *MADE):
        said = {
            id: problem(await archive.get(f"/images/{id}/{what}"))
            for id in ("unknown", "gone", "far", "link")
        }
        assert said == {
            "unknown": (404, "not_found"),
            "gone": (404, "file_missing"),
            "far": (403, "outside_roots"),
            "link": (403, "outside_roots"),
        }
    for what in MADE:
        assert problem(await archive.get(f"/images/table/{what}")) == (422, "no_image")
        if what != "png/frame":  # the header is whole
            answer = await archive.get(f"/images/broken/{what}")
            assert problem(answer) == (404, "product_unreadable")


async def test_an_image_without_sky_coordinates_has_pictures_but_no_cutouts(
    archive: Archive,
) -> None:
    path = archive.directory / "plain.fits"
    fits.writeto(path, skies.noise())
    await archive.add_image(path, "plain")
    assert picture(await archive.get("/images/plain/png")).shape == (40, 50, 4)
    assert (await archive.get("/images/plain/png/frame")).json() == {
        "width": 50,
        "height": 40,
        "wcs": None,
    }
    refused = await archive.get(f"/images/plain/cutout?{POINT}")
    assert problem(refused) == (422, "outside_image")


async def test_a_compressed_file_and_a_part_of_a_file_are_read(archive: Archive) -> None:
    plain = (archive.directory / "epoch+1.fits").read_bytes()
    packed = archive.directory / "packed.fits.gz"
    packed.write_bytes(gzip.compress(plain))
    await archive.add_image(packed, "packed")
    answer = await archive.get("/images/packed/fits")
    assert answer.headers["content-type"] == "application/gzip"
    assert gzip.decompress(answer.content) == plain
    _, data = opened(await archive.get(f"/images/packed/cutout?{POINT}&width=5"))
    assert data.shape == (5, 5)
    parts = [fits.PrimaryHDU()] + [
        fits.ImageHDU(skies.noise((30, 30 + extra)), skies.header(skies.sky_cards(30 + extra, 30)))
        for extra in (0, 10)
    ]
    several = archive.directory / "several.fits"
    fits.HDUList(parts).writeto(several)
    await archive.add_image(several, "several")
    etag: dict[str, str] = {}
    for hdu, width in ((1, 30), (2, 40)):
        await archive.images.observe("several", hdu=hdu)
        answer = await archive.get("/images/several/png", headers=etag)
        assert picture(answer).shape == (30, width, 4)
        etag = {"If-None-Match": answer.headers["etag"]}


async def test_a_casa_image_has_pictures_and_cutouts_and_its_file_is_a_directory(
    archive: Archive,
) -> None:
    casa = pytest.importorskip("casacore.images", reason="CASA images need python-casacore")
    source = casa.image(str(archive.directory / "epoch+1.fits"))
    source.saveas(str(archive.directory / "epoch.image"))
    del source
    await archive.images.add(Image(id="casa", path=f"{archive.directory}/epoch.image"))
    assert picture(await archive.get("/images/casa/png")).shape == (60, 80, 4)
    header, _ = opened(await archive.get(f"/images/casa/cutout?{POINT}&width=7"))
    assert header["BMAJ"] == pytest.approx(4e-3)
    refused = await archive.get("/images/casa/fits")
    assert problem(refused) == (422, "not_a_file")
    assert "cutout" in refused.json()["detail"]


async def test_two_requests_for_one_picture_make_it_once_and_who_leaves_harms_nobody(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    children = archive.services.children
    run, begun, go_on = children.run, asyncio.Event(), asyncio.Event()
    calls: list[str] = []

    async def slow(function: str, *arguments: object, **options: Any) -> Any:
        calls.append(function)
        begun.set()
        await go_on.wait()
        return await run(function, *arguments, **options)

    monkeypatch.setattr(children, "run", slow)
    leaving = asyncio.create_task(archive.get("/images/epoch+1/png"))
    await begun.wait()
    staying = asyncio.create_task(archive.get("/images/epoch+1/png"))
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    go_on.set()
    assert picture(await staying).shape == (60, 80, 4)
    assert len(calls) == 1

"""The Sky tab on the real server: a FITS file with a source in it, seen, measured and graded."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("astropy", reason="reading images needs astropy: pip install mustela[radio]")

from mustela.app import create_app
from mustela.collection import Services
from mustela.files.path_text import encode
from mustela.files.root import AsyncRootRepository
from mustela.files.root_directory import inspect
from mustela.radio.images.record import Image
from mustela.radio.images.repository import AsyncImageRepository
from mustela.radio.sources.record import Measurement, Source
from mustela.radio.sources.repository import AsyncSourceRepository
from mustela.settings import Settings
from tests.fix_browser import OpenPage, expect
from tests.radio.archive import services_of
from tests.radio.imaging import skies
from tests.web.site import serving_app

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

RA, DEC = 150.0, -30.0


async def fill(services: Services, products: Path) -> None:
    """A source in three images of the same field, found, fitted and imported."""
    await services.repository(AsyncRootRepository).add(
        inspect(products), collections=["radio", "video"]
    )
    images = services.repository(AsyncImageRepository)
    sources = services.repository(AsyncSourceRepository)
    await sources.add(Source(id="src", name="J1000-3000", ra_deg=RA, dec_deg=DEC))
    for day, kind in enumerate(("detected", "forced", "imported")):
        path = skies.write(products / f"day {day}.fits", skies.noise((60, 80), seed=day))
        status = path.stat()
        image = Image(
            id=f"day{day}",
            path=encode(bytes(path)),
            kind="restored",
            field="COSMOS",
            ra_deg=RA,
            dec_deg=DEC,
            mid_mjd=59000.5 + day,
            frequency_hz=887.5e6,
            stokes="I",
            units="Jy/beam",
            noise_jy=0.001,
            pixel_scale_arcsec=10.0,
            width_px=80,
            height_px=60,
            beam_major_arcsec=30.0,
            beam_minor_arcsec=30.0,
            file_size=status.st_size,
            mtime_ns=status.st_mtime_ns,
        )
        await images.add(image)
        measured = Measurement(
            kind=kind,
            ra_deg=RA,
            dec_deg=DEC,
            ra_error_arcsec=1.0,
            dec_error_arcsec=1.0,
            peak_jy=0.002 if kind == "forced" else 0.01,
            peak_error_jy=0.001,
        )
        await sources.add_measurements(image.id, [measured], source_ids=["src"])


async def test_images_and_sources_are_seen_sorted_plotted_and_graded(
    tmp_path: Path, open_page: OpenPage
) -> None:
    products = tmp_path / "products"
    products.mkdir()
    app = create_app(Settings.load(environ={}, data_dir=tmp_path / "data", children=1))
    services = services_of(app)
    async with serving_app(app) as url:
        page = await open_page(url)
        await fill(services, products)
        await page.reload()
        await page.get_by_role("link", name="Sky").click()
        count = page.locator("#sky .count >> visible=true")
        await expect(count).to_have_text("3 images")
        await expect(page.locator(".card.sky .frame.loaded")).to_have_count(3)
        await page.get_by_label("Position").fill("10:00:00 -30:00:00")
        await page.get_by_label("Radius in arcminutes").fill("1")
        await page.get_by_role("textbox", name="Field").fill("COSMOS")
        await page.get_by_label("Observed from").fill("2020-06-01")
        await expect(count).to_have_text("2 images")
        await page.get_by_role("searchbox").fill("day 2")
        await expect(count).to_have_text("1 image")

        await page.locator(".card.sky a").click()
        picture = page.locator("dialog.image .stage img")
        await expect(picture).to_have_js_property("naturalWidth", 80)
        mark = page.locator("dialog.image .stage .mark.imported.counts")
        await expect(mark).to_have_count(1)
        box = await page.locator(".viewport").bounding_box()
        assert box is not None
        await page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        await expect(page.locator(".readout")).to_contain_text("°, −30.0")
        async with page.expect_download() as cutting:
            await page.get_by_role("link", name="Cut out what is shown").click()
        assert (await (await cutting.value).path()).read_bytes().startswith(b"SIMPLE")
        await page.get_by_label("Stretch").select_option("asinh")
        await expect(picture).to_have_attribute(
            "src", f"{url}api/v1/images/day2/png?stretch=asinh&colour_map=cubehelix&size=1024"
        )
        await page.get_by_role("radio", name="Warning").check()
        await expect(page.locator("dialog.image .facts")).to_contain_text("given by a person")
        await mark.click()

        sheet = page.locator("dialog.source")
        await expect(sheet.locator(".sheet-title")).to_have_text("J1000-3000")
        await expect(sheet.locator(".legend li")).to_have_text(
            ["1 detected", "1 imported", "1 upper limit (forced, below 3 σ)"]
        )
        await expect(sheet.locator(".facts")).to_contain_text("Forced fits among them1")
        await expect(sheet.locator(".cutouts img")).to_have_count(3)
        await expect(sheet.locator(".cutouts img").first).to_have_js_property("complete", True)
        await services.repository(AsyncImageRepository).update("day2", grade_given="fail")
        await expect(sheet.locator(".legend")).to_contain_text("hollow: does not count (1)")
        await page.goto(f"{url}?tab=sky&view=sources")
        await page.get_by_role("button", name="Mean peak").click()
        await expect(page.locator("table.sources tbody th")).to_have_text(["J1000-3000"])
        await page.get_by_label("Epochs ≥").fill("3")
        await expect(page.locator("#sky .empty >> visible=true")).to_contain_text("Nothing found")
        await page.context.close()  # before the server, which would be missed

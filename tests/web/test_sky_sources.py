"""Sources of the sky in a browser: the table, and one source with its light curve."""

from __future__ import annotations

import asyncio
import io
import re
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from tests.fix_browser import Complaints, OpenPage, expect
from tests.jobs.rig import until
from tests.web.library import HOSTILE
from tests.web.sky_site import SkySite, make_measurement, make_source

if TYPE_CHECKING:
    from playwright.async_api import Locator, Page

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

LIST = "#sky .count >> visible=true"


def names(page: Page) -> Locator:
    return page.locator("table.sources tbody th")


async def open_source(page: Page, site: SkySite) -> Locator:
    """Open the source s0, with its light curve drawn."""
    await page.goto(f"{site.url}?tab=sky&view=sources&source=s0")
    sheet = page.locator("dialog.source")
    await expect(sheet.locator(".plot canvas")).to_have_count(1)
    return sheet


async def test_the_table_says_where_sources_are_and_how_they_vary(
    sky: SkySite, open_page: OpenPage
) -> None:
    page = await open_page(f"{sky.url}?tab=sky&view=sources")
    await expect(page.locator(LIST)).to_have_text("12 sources")
    await expect(page.locator("table.sources tbody tr").first.locator("th, td")).to_have_text(
        [
            "J120100-303000",
            "12:01:00.00",
            "−30:30:00.0",
            "UHF I",
            "12",
            "2 mJy",
            "0.1",
            "1.5",
            "5.25",
            "Good",
        ]
    )


async def test_a_header_sorts_and_again_the_other_way(sky: SkySite, open_page: OpenPage) -> None:
    page = await open_page(f"{sky.url}?tab=sky&view=sources")
    await expect(page.locator("th[aria-sort]")).to_have_text(["Epochs ▼"])
    header = page.get_by_role("button", name="η")
    await header.click()
    await expect(names(page).first).to_have_text("J120111-303011")
    await expect(page.locator("th[aria-sort=descending]")).to_have_text(["η ▼"])
    await expect(header).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(names(page).first).to_have_text("J120100-303000")
    await expect(page.locator("th[aria-sort=ascending]")).to_have_text(["η ▲"])
    await expect(page).to_have_url(f"{sky.url}?tab=sky&view=sources&sort=peak_eta")
    await page.get_by_role("button", name="Name").click()
    await expect(page).to_have_url(f"{sky.url}?tab=sky&view=sources&sort=name")


async def test_filters_ask_the_server_in_its_units(sky: SkySite, open_page: OpenPage) -> None:
    page = await open_page(f"{sky.url}?tab=sky&view=sources")
    await page.get_by_role("searchbox").fill("j12011")
    await expect(page.locator(LIST)).to_have_text("2 sources")
    await page.get_by_label("η ≥").fill("17")
    await expect(page.locator(LIST)).to_have_text("1 source")
    await page.get_by_label("V ≥").fill("0.05")
    await page.get_by_label("Mean peak ≥ (mJy)").fill("1.5")
    await page.get_by_role("textbox", name="Band").fill("UHF")
    await page.get_by_label("Position").fill("12h01m00s -30d30m00s")
    await until(lambda: any("near=" in line for line in sky.requests))
    (asked,) = [line for line in sky.requests if "near=" in line]
    for part in (
        "name=j12011",
        "min_peak_eta=17",
        "min_peak_v=0.05",
        "min_peak_mean_jy=0.0015",
        "band=UHF",
        "near=180.25%2C-30.5%2C0.08333",
    ):
        assert part in asked
    await page.get_by_label("η ≥").fill("1000")
    await expect(page.locator("#sky .empty >> visible=true")).to_contain_text("Nothing found")


async def test_long_tables_have_pages(sky: SkySite, open_page: OpenPage) -> None:
    sky.sources = [make_source(number, n_epochs=5) for number in range(250)]
    page = await open_page(f"{sky.url}?tab=sky&view=sources")
    await expect(page.locator(LIST)).to_have_text("1–100 of 250 sources")
    following, previous = (page.get_by_role("button", name=name) for name in ("Next", "Previous"))
    await expect(previous).to_be_disabled()
    await following.click()
    await following.click()
    await expect(page.locator(LIST)).to_have_text("201–250 of 250 sources")
    await expect(following).to_be_disabled()
    await previous.click()
    await expect(page.locator(LIST)).to_have_text("101–200 of 250 sources")


async def test_a_table_that_cannot_be_read_says_why(
    sky: SkySite, open_page: OpenPage, complaints: Complaints
) -> None:
    complaints.expected = ["503"]
    sky.refused["GET", "/sources"] = (503, "It took too long.")
    page = await open_page(f"{sky.url}?tab=sky&view=sources")
    await expect(page.locator("#sky .empty >> visible=true")).to_contain_text("It took too long.")
    sky.refused.clear()
    await page.get_by_role("button", name="Try again").last.click()
    await expect(page.locator(LIST)).to_have_text("12 sources")


async def test_a_light_curve_tells_kinds_limits_and_what_does_not_count_apart(
    sky: SkySite, open_page: OpenPage
) -> None:
    page = await open_page("about:blank")
    sheet = await open_source(page, sky)
    await expect(sheet.locator(".legend li")).to_have_text(
        [
            "4 detected",
            "1 imported",
            "1 forced fit",
            "2 upper limits (forced, below 3 σ)",
            "hollow: does not count (1)",
        ]
    )
    told = sheet.locator(".told")
    await sheet.locator(".plot").focus()
    for expected in (
        "Detected4.80 ± 0.40 mJy/beamMJD 59000.25000 · 31 May 2020, 06:00 UTC",
        "Imported: catalogue 178.17 ± 0.40 mJy/beam",
        "Forced2.00 ± 0.40 mJy/beam",
        "ForcedUpper limit 1.2 mJy/beam (3 σ)Fitted: −200 ± 400 µJy/beam",
    ):
        await page.keyboard.press("ArrowRight")
        await expect(told).to_contain_text(expected)
    for _ in range(3):
        await page.keyboard.press("ArrowRight")
    await expect(told).to_contain_text("Does not count: the image is graded fail")
    await page.keyboard.press("Enter")
    await expect(page.locator("dialog.image .sheet-title")).to_have_text("epoch0006.fits")
    await page.keyboard.press("Escape")
    await expect(sheet).to_be_visible()


async def test_points_stand_at_their_time_and_flux_in_the_colour_of_their_kind(
    sky: SkySite, open_page: OpenPage
) -> None:
    sky.curve = [
        make_measurement(0, peak_jy=0.001, peak_error_jy=0.0, mid_mjd=59000.0),
        make_measurement(1, peak_jy=0.002, peak_error_jy=0.0, mid_mjd=59050.0, kind="imported"),
        make_measurement(2, peak_jy=0.003, peak_error_jy=0.0, mid_mjd=59100.0, kind="forced"),
    ]
    page = await open_page("about:blank", color_scheme="light")
    sheet = await open_source(page, sky)
    await expect(sheet.locator(".legend li")).to_have_count(3)
    await page.evaluate("new Promise(requestAnimationFrame)")
    with Image.open(io.BytesIO(await sheet.locator(".plot").screenshot())) as shot:
        places = {
            kind: _middle(shot.convert("RGB"), colour)
            for kind, colour in (
                ("detected", (0x1F, 0x5F, 0xAE)),
                ("imported", (0x1D, 0x7A, 0x4A)),
                ("forced", (0xC0, 0x50, 0x1A)),
            )
        }
    (x0, y0), (x1, y1), (x2, y2) = (places[kind] for kind in ("detected", "imported", "forced"))
    assert x2 - x0 > 300
    assert y0 - y2 > 100  # brighter is higher
    assert x1 == pytest.approx((x0 + x2) / 2, abs=1.5)
    assert y1 == pytest.approx((y0 + y2) / 2, abs=2.5)


def _middle(picture: Image.Image, colour: tuple[int, int, int]) -> tuple[float, float]:
    """The middle of all pixels of this colour."""
    width, height = picture.size
    pixels = picture.load()
    assert pixels is not None
    found = [(x, y) for x in range(width) for y in range(height) if pixels[x, y] == colour]
    assert found, colour
    return sum(x for x, _ in found) / len(found), sum(y for _, y in found) / len(found)


async def test_band_and_flux_density_are_chosen(sky: SkySite, open_page: OpenPage) -> None:
    sky.curve.append(make_measurement(8, band="L"))
    page = await open_page("about:blank")
    sheet = await open_source(page, sky)
    await expect(sheet.locator("table").first).to_contain_text("integrated")
    await page.get_by_label("Flux density").select_option("Integrated")
    await expect(sheet.locator(".legend")).to_contain_text("1 without a time or a integrated")
    await page.get_by_label("Band").last.select_option("L, Stokes I (2 epochs)")
    await expect(sheet.locator(".legend li")).to_have_text(["1 detected"])
    assert any("lightcurve?band=L&stokes=I" in line for line in sky.requests)


async def test_a_source_has_facts_measurements_images_and_cutouts(
    sky: SkySite, open_page: OpenPage
) -> None:
    page = await open_page("about:blank")
    sheet = await open_source(page, sky)
    for text in ("Error0.31″ in RA, 0.42″ in Dec", "Forced fits among them4", "Best pair: Vs5.25"):
        await expect(sheet.locator(".facts")).to_contain_text(text)
    await expect(sheet.locator(".cutouts li")).to_have_count(12)
    await sheet.get_by_role("button", name="Show all 20").click()
    await expect(sheet.locator(".cutouts li")).to_have_count(20)
    fits = sheet.get_by_role("link", name="Cutout of epoch0019.fits as FITS")
    await expect(fits).to_have_attribute("href", f"{sky.url}api/v1/images/i19/cutout?format=fits")
    await sheet.get_by_text("Measurements", exact=True).last.click()
    rows = sheet.locator("tbody tr", has_text="graded fail")
    await expect(rows).to_contain_text("27 Nov 2020, 06:00 UTC")
    await rows.get_by_role("link", name="Open").click()
    await expect(page.locator("dialog.image .sheet-title")).to_have_text("epoch0006.fits")


async def test_hostile_names_stay_texts(sky: SkySite, open_page: OpenPage) -> None:
    hostile = "".join(HOSTILE)
    sky.sources = [make_source(0, name=hostile, band=hostile, note=hostile)]
    sky.curve = [make_measurement(0, name=hostile, why_not=hostile, counts=False)]
    page = await open_page(f"{sky.url}?tab=sky&view=sources")
    await expect(names(page)).to_contain_text(["<img src=x onerror=alert(1)>"])
    await names(page).get_by_role("link").click()
    await expect(page.locator("dialog.source .legend li")).to_have_count(2)
    await page.locator("dialog.source .plot").focus()
    await page.keyboard.press("Home")
    await expect(page.locator("dialog.source .told")).to_contain_text("<script>")
    assert await page.title() == "Mustela"
    assert await page.locator("main img[onerror], dialog img[onerror], dialog script").count() == 0


async def test_what_is_shown_follows_the_sources(sky: SkySite, open_page: OpenPage) -> None:
    page = await open_page("about:blank")
    sheet = await open_source(page, sky)
    await until(lambda: sky.listening)
    sky.curve.append(make_measurement(9))
    sky.sources[0]["n_epochs"] = 77
    sky.tell("change", {"topic": "sources"})
    await expect(sheet.locator(".facts")).to_contain_text("Epochs77")
    await expect(sheet.locator(".legend")).to_contain_text("5 detected")
    await expect(page.locator("table.sources")).to_contain_text("77")


async def test_a_change_that_is_told_on_the_way_to_a_page_does_not_turn_back(
    sky: SkySite, open_page: OpenPage
) -> None:
    sky.sources = [make_source(number, n_epochs=5) for number in range(250)]
    page = await open_page(f"{sky.url}?tab=sky&view=sources")
    await expect(page.locator(LIST)).to_have_text("1–100 of 250 sources")
    await until(lambda: sky.listening)
    gate = sky.held_pages = asyncio.Event()
    async with page.expect_request("**/sources?*cursor=*"):
        await page.get_by_role("button", name="Next").click()
    sky.sources.append(make_source(250, n_epochs=5))
    async with page.expect_request("**/sources?*"):
        sky.tell("change", {"topic": "sources"})
    gate.set()
    await expect(page.locator(LIST)).to_have_text("101–200 of 251 sources")


async def test_a_source_that_waits_for_its_sums_says_so_until_it_has_them(
    sky: SkySite, open_page: OpenPage
) -> None:
    sky.sources[0]["stale"] = True
    page = await open_page(f"{sky.url}?tab=sky&view=sources")
    marked = page.locator("table.sources tbody tr", has=page.locator(".stale"))
    await expect(marked.locator("th")).to_have_text(["J120100-303000Stale"])
    await expect(marked.locator(".stale")).to_have_attribute("title", re.compile("those of before"))
    sheet = await open_source(page, sky)
    await expect(sheet.locator(".facts")).to_contain_text("FiguresStale. An image")
    await until(lambda: sky.listening)
    sky.sources[0]["stale"] = False
    sky.tell("change", {"topic": "sources"})
    await expect(sheet.locator(".facts")).not_to_contain_text("Stale")
    await expect(marked).to_have_count(0)

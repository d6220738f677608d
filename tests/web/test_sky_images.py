"""Images of the sky in a browser: the tab, the grid, one image with what was measured in it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.fix_browser import Complaints, OpenPage, expect
from tests.jobs.rig import until
from tests.web.library import HOSTILE
from tests.web.site import Site
from tests.web.sky_site import SIDE, SkySite, make_image, make_measurement

if TYPE_CHECKING:
    from playwright.async_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

LIST = "#sky .count >> visible=true"


async def open_image(page: Page, site: SkySite, id: str) -> None:
    """Open an image, and wait until its picture is drawn."""
    await page.goto(f"{site.url}?tab=sky&image={id}")
    await expect(page.locator("dialog.image .stage img")).to_have_js_property("naturalWidth", SIDE)


async def middle_of_the_picture(page: Page) -> tuple[float, float]:
    box = await page.locator(".viewport").bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


async def width_of_the_picture(page: Page) -> float:
    box = await page.locator(".stage img").bounding_box()
    assert box is not None
    return box["width"]


async def test_a_collection_without_folders_has_no_tab(site: Site, open_page: OpenPage) -> None:
    page = await open_page(site.url)
    await expect(page.locator("#count")).to_have_text("30 videos")
    await expect(page.locator("#roots li")).to_have_count(1)
    await expect(page.locator("#tabs")).to_be_hidden()
    assert not any("/images" in line or "/sources" in line for line in site.requests)


async def test_the_tabs_change_what_is_shown_and_back_goes_back(
    sky: SkySite, open_page: OpenPage
) -> None:
    page = await open_page(sky.url)
    await page.get_by_role("link", name="Sky").click()
    await expect(page.locator(LIST)).to_have_text("30 images")
    await expect(page.locator("#library")).to_be_hidden()
    await expect(page.get_by_role("link", name="Sky")).to_have_attribute("aria-current", "page")
    await page.get_by_role("link", name="Sources").click()
    await expect(page.locator(LIST)).to_have_text("12 sources")
    await page.go_back()
    await expect(page.locator(LIST)).to_have_text("30 images")
    await page.go_back()
    await expect(page.locator("#library")).to_be_visible()
    await expect(page.get_by_role("searchbox")).to_have_attribute(
        "aria-label", "Search names and folders"
    )


async def test_where_only_the_sky_has_folders_it_comes_first(
    sky: SkySite, open_page: OpenPage
) -> None:
    sky.roots[0]["collections"] = ["radio"]
    page = await open_page(sky.url)
    await expect(page.locator(LIST)).to_have_text("30 images")
    await expect(page.locator("#tabs")).to_be_hidden()


async def test_a_card_says_grade_noise_date_field_and_kind(
    sky: SkySite, open_page: OpenPage
) -> None:
    page = await open_page(f"{sky.url}?tab=sky")
    card = page.locator(".card.sky").nth(1)
    await expect(card.locator(".grade")).to_have_text("Warning")
    await expect(card.locator(".facts")).to_contain_text("rms 500 µJy/beam")
    await expect(card.locator(".said")).to_contain_text("30 Jun 2020 · J1201-30_1")
    await expect(card.locator(".length")).to_have_text("restored")
    await expect(card.locator(".frame")).to_have_class("frame loaded")
    await expect(page.locator(".card.sky").nth(3).locator(".grade")).to_have_text("Not graded")


async def test_an_image_without_a_picture_has_a_card_like_the_others(
    sky: SkySite, open_page: OpenPage
) -> None:
    page = await open_page("about:blank")
    await page.route("**/i1/thumbnail", lambda route: route.fulfill(status=204))
    await page.goto(f"{sky.url}?tab=sky")
    await expect(page.locator(".card.sky").nth(1).locator(".frame")).to_have_class("frame empty")
    first, second = [await page.locator(".card.sky").nth(at).bounding_box() for at in (0, 1)]
    assert first is not None
    assert second is not None
    assert second["height"] == first["height"]


async def test_words_and_filters_ask_the_server(sky: SkySite, open_page: OpenPage) -> None:
    page = await open_page(f"{sky.url}?tab=sky")
    await expect(page.locator(LIST)).to_have_text("30 images")
    await page.keyboard.press("/")
    await expect(page.get_by_role("searchbox")).to_be_focused()
    await page.keyboard.type("field0")
    await expect(page.locator(LIST)).to_have_text("10 images")
    await page.get_by_role("combobox", name="Grade").select_option("Good")
    await page.get_by_role("combobox", name="Kind").select_option("restored")
    await expect(page.locator(LIST)).to_have_text("3 images")
    await page.get_by_label("Observed from").fill("2021-01-01")
    await expect(page.locator(LIST)).to_have_text("2 images")
    await page.get_by_role("combobox", name="Order").select_option("Least noise")
    await page.get_by_label("Position").fill("12:01:00 -30:30:00")
    await until(lambda: any("covers=" in line for line in sky.requests))
    (asked,) = [line for line in sky.requests if "covers=" in line]
    assert asked.startswith(
        "GET /api/v1/images?q=field0&sort=noise_jy&kind=restored&grade=good&observed_after=59215"
        "&covers=180.25%2C-30.5&limit="
    )
    await page.get_by_label("Radius in arcminutes").fill("90")
    await until(lambda: any("near=180.25%2C-30.5%2C1.5" in line for line in sky.requests))
    address = re.compile(re.escape("position=12%3A01%3A00+-30%3A30%3A00&radius=90"))
    await expect(page).to_have_url(address)
    await page.get_by_role("button", name="Clear filters").click()
    await expect(page.locator(LIST)).to_have_text("10 images")


async def test_what_is_no_position_is_marked_and_not_asked_for(
    sky: SkySite, open_page: OpenPage
) -> None:
    page = await open_page(f"{sky.url}?tab=sky")
    position = page.get_by_label("Position")
    await position.fill("somewhere over there")
    await expect(position).to_have_attribute("aria-invalid", "true")
    await page.get_by_role("combobox", name="Grade").select_option("Good")
    await expect(page.locator(LIST)).to_have_text("8 images")
    assert "position" not in page.url
    await position.fill("188.7, -30.2")
    await expect(position).not_to_have_attribute("aria-invalid", "true")
    await until(lambda: any("covers=188.7%2C-30.2" in line for line in sky.requests))


async def test_scrolling_loads_more_images(sky: SkySite, open_page: OpenPage) -> None:
    sky.images = [make_image(number) for number in range(400)]
    page = await open_page(f"{sky.url}?tab=sky")
    await expect(page.locator(LIST)).to_have_text("400 images")
    last = page.locator(".card .name", has_text="epoch0399")
    for _ in range(100):
        await page.evaluate("scrollTo(0, document.body.scrollHeight)")
        if await last.count():
            break
    await expect(last).to_be_visible()


async def test_an_image_has_its_picture_facts_and_marks(sky: SkySite, open_page: OpenPage) -> None:
    page = await open_page("about:blank")
    await open_image(page, sky, "i1")
    facts = page.locator("dialog.image .facts")
    for text in (
        "Noise (robust rms)500 µJy/beam",
        "Reasonsnoise above theory",
        "Centre (ICRS)12:01:00.00 −30:30:00.0",
        "Beam18″ × 12.5″, position angle 75°",
        "Frequency887.5 MHz",
        "MJD 59030.25000",
        "Version2, the current one",
    ):
        await expect(facts).to_contain_text(text)
    await expect(page.locator(".stage .mark.detected.counts")).to_have_count(1)
    await expect(page.locator(".stage .mark.forced polygon")).to_have_count(2)  # one is the halo
    await expect(page.locator(".stage .mark.imported circle")).to_have_count(2)
    fits = page.get_by_role("link", name="Download the FITS file")
    await expect(fits).to_have_attribute("href", f"{sky.url}api/v1/images/i1/fits")
    await expect(page.locator(".relatives")).to_contain_text("epoch0000.fits restored version 1")


async def test_marks_stand_where_the_coordinates_say(sky: SkySite, open_page: OpenPage) -> None:
    page = await open_page("about:blank")
    await open_image(page, sky, "i1")
    x, y = await middle_of_the_picture(page)
    await expect(page.locator(".stage .mark.forced")).to_have_count(1)
    marked = await page.locator(".stage .mark.detected").bounding_box()
    forced = await page.locator(".stage .mark.forced").bounding_box()
    image = await page.locator(".stage img").bounding_box()
    assert marked is not None
    assert forced is not None
    assert image is not None
    assert marked["x"] + marked["width"] / 2 == pytest.approx(x, abs=1.5)
    assert marked["y"] + marked["height"] / 2 == pytest.approx(y, abs=1.5)
    assert marked["height"] > marked["width"]  # its position angle is 0: north is up
    north = 0.1 * 3600 / 4 * image["height"] / SIDE
    assert forced["x"] + forced["width"] / 2 == pytest.approx(x, abs=1.5)
    assert forced["y"] + forced["height"] / 2 == pytest.approx(y - north, abs=1.5)
    await page.mouse.click(x, y)
    await expect(page.locator("dialog.source .sheet-title")).to_have_text("J120100-303000")
    await expect(page.locator("dialog.image")).to_be_hidden()
    await page.go_back()
    await expect(page.locator("dialog.image .sheet-title")).to_have_text("epoch0001.fits")


async def test_the_pointer_reads_positions_and_the_wheel_enlarges_about_it(
    sky: SkySite, open_page: OpenPage
) -> None:
    page = await open_page("about:blank")
    await open_image(page, sky, "i1")
    x, y = await middle_of_the_picture(page)
    readout = page.locator(".readout")
    await page.mouse.move(x, y)
    await expect(readout).to_contain_text("−30:30:0")
    await expect(readout).to_contain_text("180.25")
    before = await readout.inner_text()
    width = await width_of_the_picture(page)
    await page.mouse.wheel(0, -600)
    await page.mouse.move(x, y)
    await expect(readout).to_contain_text(before[:9])
    assert await width_of_the_picture(page) > 4 * width
    await page.mouse.down()
    await page.mouse.move(x - 150, y)
    await page.mouse.up()
    await expect(readout).not_to_have_text(before)
    cutout = page.get_by_role("link", name="Cut out what is shown")
    href = await cutout.get_attribute("href") or ""
    assert "/images/i1/cutout?ra=180." in href
    assert "&format=fits" in href
    await page.locator(".viewport").focus()
    await page.keyboard.press("0")
    assert await width_of_the_picture(page) == pytest.approx(width)
    await page.keyboard.press("+")
    await page.keyboard.press("ArrowRight")
    await expect(readout).to_contain_text("180.")  # of the middle, for who has no pointer
    assert href != await cutout.get_attribute("href")


async def test_stretch_and_colours_draw_another_picture(sky: SkySite, open_page: OpenPage) -> None:
    page = await open_page("about:blank")
    await open_image(page, sky, "i1")
    await page.get_by_label("Stretch").select_option("asinh")
    await page.get_by_label("Colours").select_option("heat")
    await expect(page.locator(".stage img")).to_have_attribute(
        "src", f"{sky.url}api/v1/images/i1/png?stretch=asinh&colour_map=heat&size=1024"
    )
    await page.get_by_label("Measurements").uncheck()
    await expect(page.locator(".stage .marks")).to_be_hidden()


async def test_positions_that_the_page_cannot_compute_are_not_shown(
    sky: SkySite, open_page: OpenPage
) -> None:
    page = await open_page("about:blank")
    sky.frame["wcs"] = {**sky.frame["wcs"], "CTYPE1": "RA---AIT", "CTYPE2": "DEC--AIT"}
    await open_image(page, sky, "i1")
    await expect(page.locator(".picture .hint")).to_contain_text("the projection AIT")
    await page.mouse.move(*await middle_of_the_picture(page))
    await expect(page.locator(".readout")).to_have_text("")
    await expect(page.get_by_role("link", name="Cut out")).to_be_hidden()


async def test_a_person_grades_rates_and_tags_an_image(sky: SkySite, open_page: OpenPage) -> None:
    page = await open_page(f"{sky.url}?tab=sky")
    await page.locator(".card a").nth(1).click()
    sheet = page.locator("dialog.image")
    await expect(sheet.locator(".facts")).to_contain_text("GradeWarning")
    await sheet.get_by_role("radio", name="Fail").check()
    await expect(sheet.locator(".facts")).to_contain_text("GradeFail, given by a person")
    await sheet.get_by_label("Add a tag").fill("keep")
    await page.keyboard.press("Enter")
    await sheet.get_by_role("radio", name="3 stars").check()
    await expect(sheet.locator("[data-part=edit-state]")).to_have_text("")
    await until(lambda: len(sky.edits) == 3)
    assert sky.edits == [{"grade_given": "fail"}, {"tags": ["pilot", "keep"]}, {"rating": 3}]
    await page.keyboard.press("Escape")
    card = page.locator(".card").nth(1)
    await expect(card.locator(".grade")).to_have_text("Fail")
    await expect(card.locator("a")).to_be_focused()
    await expect(page).to_have_url(f"{sky.url}?tab=sky")


async def test_a_grade_that_is_refused_is_taken_back(
    sky: SkySite, open_page: OpenPage, complaints: Complaints
) -> None:
    complaints.expected = ["403"]
    sky.refused["PATCH", "/images/"] = (403, "You may only read.")
    page = await open_page(f"{sky.url}?tab=sky&image=i0")
    sheet = page.locator("dialog.image")
    await sheet.get_by_role("radio", name="Fail").click()
    await expect(sheet.get_by_role("alert").last).to_contain_text("You may only read.")
    await expect(sheet.get_by_role("radio", name="As computed")).to_be_checked()


async def test_an_image_that_is_not_there_says_so(
    sky: SkySite, open_page: OpenPage, complaints: Complaints
) -> None:
    complaints.expected = ["404"]
    page = await open_page(f"{sky.url}?tab=sky&image=nowhere")
    sheet = page.locator("dialog.image")
    await expect(sheet.locator(".sheet-error")).to_have_text("There is no such thing.")
    await page.keyboard.press("Escape")
    await expect(sheet).to_be_hidden()
    await expect(page.locator(LIST)).to_have_text("30 images")


async def test_hostile_texts_stay_texts(sky: SkySite, open_page: OpenPage) -> None:
    hostile = "".join(HOSTILE)
    sky.images = [
        make_image(
            0,
            filename=hostile,
            path=hostile,
            field=hostile,
            telescope=hostile,
            units=hostile,
            kind=hostile,
            tags=[hostile],
            grade=hostile,
            grade_reasons=[hostile],
            flags=[hostile],
        )
    ]
    sky.marks = [make_measurement(0, name=hostile, kind="forced", why_not=hostile, counts=False)]
    page = await open_page(f"{sky.url}?tab=sky")
    await expect(page.locator(".card .name")).to_contain_text("<img src=x onerror=alert(1)>")
    await page.locator(".card a").click()
    await expect(page.locator(".stage .mark")).to_have_count(1)
    await expect(page.locator("dialog.image .facts")).to_contain_text("{{7*7}}")
    assert await page.title() == "Mustela"
    assert await page.locator("main img[onerror], dialog img[onerror], main script").count() == 0


async def test_new_and_changed_images_appear_as_they_are_told_of(
    sky: SkySite, open_page: OpenPage
) -> None:
    page = await open_page(f"{sky.url}?tab=sky")
    await expect(page.locator(LIST)).to_have_text("30 images")
    await until(lambda: any("events?topics=jobs%2Cvideo%2Cimages" in line for line in sky.requests))
    await until(lambda: sky.listening)
    sky.images.insert(0, make_image(99))
    sky.tell("change", {"topic": "images"})
    await expect(page.locator(LIST)).to_have_text("31 images")
    await page.locator(".card a").first.click()
    await expect(page.locator("dialog.image .facts")).to_contain_text("J1201-30_0")
    sky.images[0]["field"] = "renamed"
    sky.tell("change", {"topic": "images"})
    await expect(page.locator("dialog.image .facts")).to_contain_text("renamed")


async def test_on_a_telephone_nothing_is_wider_than_the_window(
    sky: SkySite, open_page: OpenPage
) -> None:
    page = await open_page("about:blank", viewport={"width": 390, "height": 844})
    for query in ("?tab=sky", "?tab=sky&view=sources"):
        await page.goto(sky.url + query)
        await page.get_by_role("button", name="Filters").click()
        await expect(page.get_by_label("Position")).to_be_visible()
        assert await page.evaluate("document.documentElement.scrollWidth") <= 390, query
    for query in ("?tab=sky&image=i1", "?tab=sky&view=sources&source=s0"):
        await page.goto(sky.url + query)
        await expect(page.locator("dialog[open] .facts")).to_be_visible()
        assert await page.evaluate("document.querySelector('dialog[open]').scrollWidth") <= 390

"""Search, order and filters in a browser."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.fix_browser import Complaints, OpenPage, expect
from tests.web.site import Site

if TYPE_CHECKING:
    from playwright.async_api import Locator, Page

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


def names(page: Page) -> Locator:
    return page.locator(".card .name")


async def test_typing_narrows_the_list(site: Site, open_page: OpenPage) -> None:
    page = await open_page(site.url)
    await page.keyboard.press("/")
    await page.keyboard.type("kestrel 9")
    await expect(page.locator("#count")).to_have_text("1 video")
    await expect(names(page)).to_have_text(["Kestrel 00009.mp4"])
    assert page.url.endswith("?q=kestrel+9")


async def test_nothing_found_says_so(site: Site, open_page: OpenPage) -> None:
    page = await open_page(f"{site.url}?q=zeppelin")
    await expect(page.locator("#empty h2")).to_have_text("Nothing found")
    await expect(page.get_by_role("searchbox")).to_have_value("zeppelin")
    await page.get_by_role("searchbox").fill("")
    await expect(page.locator("#count")).to_have_text("30 videos")


async def test_a_late_answer_to_an_older_search_changes_nothing(
    site: Site, open_page: OpenPage
) -> None:
    gate = site.held["kes"] = asyncio.Event()
    page = await open_page("about:blank")
    # As if the browser could not take a request back: its answer arrives in any case.
    await page.add_init_script(
        "const real = fetch; window.fetch = (url, options) => real(url, {...options, signal: null})"
    )
    await page.goto(site.url)
    await expect(page.locator("#count")).to_have_text("30 videos")
    words = page.get_by_role("searchbox")
    async with page.expect_request("**/search?q=kes&*"):
        await words.fill("kes")
    await words.fill("glacier")
    await expect(page.locator("#count")).to_have_text("5 videos")
    async with page.expect_response("**/search?q=kes&*") as late:
        gate.set()
    await (await late.value).finished()
    await page.evaluate("new Promise(requestAnimationFrame)")
    await expect(names(page).first).to_have_text("Glacier 00001.mp4")
    await expect(page.locator("#count")).to_have_text("5 videos")


async def test_back_undoes_a_search(site: Site, open_page: OpenPage) -> None:
    page = await open_page(site.url)
    words = page.get_by_role("searchbox")
    await words.press_sequentially("glacier")
    await expect(page.locator("#count")).to_have_text("5 videos")
    await page.go_back()
    await expect(page.locator("#count")).to_have_text("30 videos")
    await expect(words).to_have_value("")
    await page.go_forward()
    await expect(page.locator("#count")).to_have_text("5 videos")
    await expect(words).to_have_value("glacier")


async def test_order_and_filters_ask_the_server(site: Site, open_page: OpenPage) -> None:
    page = await open_page(site.url)
    await page.get_by_label("Order").select_option("Largest")
    await expect(names(page).first).to_have_text("Drone over the delta 00029.mp4")
    await page.get_by_label("Codec").select_option("HEVC")
    await expect(page.locator("#count")).to_have_text("5 videos")
    await page.get_by_label("Height").select_option("2160 or more")
    await page.get_by_label("Files").select_option("Present")
    await expect(page.locator("#count")).to_have_text("5 videos")
    await page.get_by_label("Tag", exact=True).fill("b-roll")
    await expect(page).to_have_url(
        f"{site.url}?sort=-file_size&codec=hevc&min_height=2160&tag=b-roll&missing=false"
    )
    await expect(page.locator("#count")).to_have_text("5 videos")
    await page.get_by_role("button", name="Clear filters").click()
    await expect(page.locator("#count")).to_have_text("30 videos")
    assert page.url.endswith("?sort=-file_size")


async def test_an_address_brings_a_filter_that_the_page_does_not_offer(
    site: Site, open_page: OpenPage
) -> None:
    page = await open_page(f"{site.url}?codec=theora&q=%3Cb%3E")
    await expect(page.locator("#empty h2")).to_have_text("Nothing found")
    await expect(page.get_by_label("Codec")).to_have_value("theora")


async def test_what_the_server_refuses_is_said_in_its_words(
    site: Site, open_page: OpenPage, complaints: Complaints
) -> None:
    complaints.expected = ["503"]
    site.refused["GET", "/search"] = (503, "the search took too long; use a longer word")
    page = await open_page(f"{site.url}?q=a")
    await expect(page.locator("#list-error")).to_contain_text("use a longer word")
    site.refused.clear()
    await page.get_by_role("button", name="Try again").click()
    await expect(page.locator("#count")).to_have_text("30 videos")

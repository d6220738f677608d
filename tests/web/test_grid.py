"""The list of videos in a browser."""

from __future__ import annotations

import pytest

from tests.fix_browser import OpenPage, expect
from tests.web.library import HOSTILE, make_video
from tests.web.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_the_first_page_shows_a_card_for_each_video(site: Site, open_page: OpenPage) -> None:
    page = await open_page(site.url)
    await expect(page.locator("#count")).to_have_text("30 videos")
    card = page.locator(".card").nth(1)
    await expect(card.locator(".name")).to_have_text("Glacier 00001.mp4")
    await expect(card.locator(".length")).to_have_text("0:00:45")
    await expect(card.locator(".facts")).to_have_text("3840×2160HEVC")
    await expect(card.locator(".stars")).to_have_text("★★★★★")  # lit and unlit
    await expect(card.locator(".tag")).to_have_text("b-roll")
    await expect(page.locator(".card").nth(2).locator(".hdr")).to_have_text("HDR10")
    await expect(page.locator(".card").nth(4).locator(".gone")).to_have_text("Missing")
    await expect(page.locator(".card").first.locator(".frame")).to_have_class("frame loaded")


async def test_a_first_start_says_what_to_do(empty_site: Site, open_page: OpenPage) -> None:
    page = await open_page(empty_site.url)
    await expect(page.locator("#empty h2")).to_have_text("Welcome to Mustela")
    await page.get_by_role("button", name="Add a folder").click()
    await expect(page.get_by_label("Add a folder of the server")).to_be_focused()


async def test_folders_without_videos_are_not_a_first_start(
    empty_site: Site, open_page: OpenPage
) -> None:
    empty_site.add_root("/media/footage")
    page = await open_page(empty_site.url)
    await expect(page.locator("#empty h2")).to_have_text("No videos yet")


async def test_hostile_names_are_shown_as_text(empty_site: Site, open_page: OpenPage) -> None:
    empty_site.videos = [
        make_video(number, filename=name, tags=[name], note=name)
        for number, name in enumerate(HOSTILE)
    ]
    page = await open_page(empty_site.url)
    names = page.locator(".card .name")
    await expect(names).to_have_count(len(HOSTILE))
    await expect(names.nth(0)).to_have_text(HOSTILE[0])
    await expect(names.nth(2)).to_have_text("evil\\u202egpj.mp4")
    for number in range(len(HOSTILE)):
        await page.locator(".card a").nth(number).click()
        await expect(page.locator("#facts")).to_contain_text("30000/1001")
        await expect(page.locator("#note")).to_have_value(HOSTILE[number])
        await page.keyboard.press("Escape")
        await expect(page.locator("#player")).not_to_be_visible()
    assert await page.title() == "Mustela"
    assert await page.locator("main img[onerror], main script").count() == 0


async def test_scrolling_loads_more_and_keeps_few_cards(
    empty_site: Site, open_page: OpenPage
) -> None:
    empty_site.videos = [make_video(number) for number in range(1500)]
    page = await open_page(empty_site.url)
    await expect(page.locator("#count")).to_have_text("1,500 videos")
    last = page.locator(".card .name", has_text="01499")
    for _ in range(200):
        await page.evaluate("scrollTo(0, document.body.scrollHeight)")
        assert await page.locator(".card").count() < 150
        if await last.count():
            break
    await expect(last).to_be_visible()
    assert await page.locator("li[aria-posinset='1500'][aria-setsize='1500']").count() == 1


async def test_a_count_that_is_not_exact_says_so(site: Site, open_page: OpenPage) -> None:
    site.total_is_exact = False
    page = await open_page(site.url)
    await expect(page.locator("#count")).to_have_text("More than 30 videos")


async def test_a_video_without_a_picture_has_a_placeholder(site: Site, open_page: OpenPage) -> None:
    page = await open_page("about:blank")
    await page.route("**/v0/thumbnail", lambda route: route.fulfill(status=204))
    await page.goto(site.url)
    await expect(page.locator(".card").first.locator(".frame")).to_have_class("frame empty")


async def test_arrows_go_from_card_to_card(site: Site, open_page: OpenPage) -> None:
    page = await open_page(site.url)
    await page.locator(".card a").first.focus()
    await page.keyboard.press("ArrowRight")
    await expect(page.locator(".card a").nth(1)).to_be_focused()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowUp")
    await page.keyboard.press("ArrowLeft")
    await expect(page.locator(".card a").first).to_be_focused()
    await page.keyboard.press("Tab")
    await expect(page.locator(".card a").nth(1)).to_be_focused()


async def test_the_focused_card_survives_scrolling_away(
    empty_site: Site, open_page: OpenPage
) -> None:
    empty_site.videos = [make_video(number) for number in range(300)]
    page = await open_page(empty_site.url)
    await page.locator(".card a").first.focus()
    await page.evaluate("scrollTo(0, 4000)")
    await expect(page.locator(".card .name", has_text="Harbour 00000")).to_have_count(1)
    await expect(page.locator(".card .name", has_text="Glacier 00001")).to_have_count(0)
    assert await page.evaluate("document.activeElement.dataset.video") == "v0"

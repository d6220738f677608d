"""One video in a browser: played, described, edited, taken out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.fix_browser import Complaints, OpenPage, expect
from tests.web.site import Site

if TYPE_CHECKING:
    from playwright.async_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def open_video(page: Page, number: int) -> None:
    await page.locator(".card a").nth(number).click()
    await expect(page.locator("#player")).to_be_visible()


async def until(page: Page, condition: str) -> None:
    """Wait in the page for a JavaScript condition. (Playwright's own way is ``eval``.)"""
    await page.evaluate(
        f"new Promise(done => {{ const look = () => {condition} ? done()"
        " : requestAnimationFrame(look); look(); })"
    )


async def test_a_video_plays_and_the_escape_key_closes_it(site: Site, open_page: OpenPage) -> None:
    page = await open_page(site.url)
    await open_video(page, 0)
    await until(page, "document.querySelector('video').currentTime > 0")
    assert page.url.endswith("?video=v0")
    await page.keyboard.press("Escape")
    await expect(page.locator("#player")).not_to_be_visible()
    await expect(page.locator("video")).not_to_have_attribute("src", "")
    assert await page.evaluate("document.querySelector('video').src") == ""
    await until(page, "location.search === ''")
    await expect(page.locator(".card a").first).to_be_focused()


async def test_nothing_plays_by_itself_for_who_wants_no_motion(
    site: Site, open_page: OpenPage
) -> None:
    page = await open_page(site.url, reduced_motion="reduce")
    await open_video(page, 0)
    await until(page, "document.querySelector('video').readyState > 0")
    assert await page.evaluate("document.querySelector('video').paused")
    await page.keyboard.press(" ")
    await until(page, "!document.querySelector('video').paused")


async def test_arrows_lead_to_the_neighbours(site: Site, open_page: OpenPage) -> None:
    page = await open_page(site.url)
    title = page.locator("#player-title")
    await open_video(page, 0)
    await expect(page.locator("#previous")).to_be_disabled()
    await page.keyboard.press("ArrowRight")
    await expect(title).to_have_text("Glacier 00001.mp4")
    await page.get_by_role("button", name="Next video").click()
    await expect(title).to_have_text("Night market 00002.mp4")
    await page.locator("#note").focus()
    await page.keyboard.press("ArrowLeft")  # moves in the text
    await expect(title).to_have_text("Night market 00002.mp4")
    await title.focus()
    await page.keyboard.press("ArrowLeft")
    await expect(title).to_have_text("Glacier 00001.mp4")
    await page.keyboard.press("Escape")
    await expect(page.locator(".card a").nth(1)).to_be_focused()


async def test_back_closes_a_video_and_forward_opens_it(site: Site, open_page: OpenPage) -> None:
    page = await open_page(site.url)
    await open_video(page, 2)
    await page.go_back()
    await expect(page.locator("#player")).not_to_be_visible()
    await page.go_forward()
    await expect(page.locator("#player-title")).to_have_text("Night market 00002.mp4")


async def test_the_facts_are_in_human_form(site: Site, open_page: OpenPage) -> None:
    page = await open_page(f"{site.url}?video=v2")
    facts = page.locator("#facts")
    for text in (
        "0:01:22 (2,443 frames)",
        "1080×1920",
        "90° clockwise",
        "29.97 fps (30000/1001)",
        "AV1",
        "HDR10",
        "stereo",
        "48,000 Hz",
        "German, French",
        "4.5 MB (4,500,000 bytes)",
        "12.3 Mbit/s",
        "17 May 2024, 08:30",
        "/media/footage/Night market 00002.mp4",
    ):
        await expect(facts).to_contain_text(text)


async def test_tags_rating_and_note_are_saved_and_shown_on_the_card(
    site: Site, open_page: OpenPage
) -> None:
    page = await open_page(site.url)
    await open_video(page, 0)
    await page.get_by_label("Tags").fill("dawn, boats")
    await page.keyboard.press("Enter")
    await page.get_by_role("radio", name="4 stars").check()
    await page.get_by_label("Note").fill("the good take")
    await page.get_by_role("button", name="Save the note").click()
    await expect(page.locator("#save-note")).not_to_be_visible()
    await expect(page.locator("#edit-state")).to_have_text("")
    await page.get_by_role("button", name="Remove the tag boats").click()
    await expect(page.locator("#tags .tag")).to_have_count(1)
    await page.get_by_text("History", exact=True).click()
    await expect(page.locator("#history-list > li")).to_have_count(4)
    await expect(page.locator("#history-list > li").nth(1)).to_contain_text("You changed the note")
    await page.keyboard.press("Escape")
    await expect(page.locator(".card").first.locator(".said")).to_have_text("★★★★★dawn")
    assert site.video("v0")["tags"] == ["dawn"]
    assert site.video("v0")["rating"] == 4
    assert site.video("v0")["note"] == "the good take"


async def test_a_note_is_saved_by_closing(site: Site, open_page: OpenPage) -> None:
    page = await open_page(site.url)
    await open_video(page, 0)
    async with page.expect_response("**/videos/v0"):
        await page.get_by_label("Note").fill("half a thought")
        await page.keyboard.press("Escape")
    await expect(page.locator("#player")).not_to_be_visible()
    await page.wait_for_load_state("networkidle")
    assert site.video("v0")["note"] == "half a thought"


async def test_an_edit_that_the_server_refuses_is_taken_back(
    site: Site, open_page: OpenPage, complaints: Complaints
) -> None:
    complaints.expected = ["403"]
    site.refused["PATCH", "/videos/"] = (403, "this needs the role write")
    page = await open_page(site.url)
    await open_video(page, 1)
    await expect(page.get_by_role("radio", name="3 stars")).to_be_checked()
    await page.get_by_role("radio", name="1 star", exact=True).click()
    await expect(page.locator("#edit-error")).to_contain_text("this needs the role write")
    await expect(page.get_by_role("radio", name="3 stars")).to_be_checked()
    await page.get_by_label("Note").fill("not lost")
    await page.get_by_role("button", name="Save the note").click()
    await expect(page.locator("#edit-error")).to_contain_text("still in the field")
    await expect(page.get_by_label("Note")).to_have_value("not lost")
    site.refused.clear()
    await page.get_by_role("button", name="Save the note").click()
    await expect(page.locator("#save-note")).not_to_be_visible()
    assert site.video("v1")["note"] == "not lost"


async def test_a_refusal_after_closing_is_still_heard_of(
    site: Site, open_page: OpenPage, complaints: Complaints
) -> None:
    complaints.expected = ["507"]
    site.refused["PATCH", "/videos/"] = (507, "the disk is full")
    page = await open_page(site.url)
    await open_video(page, 0)
    await page.get_by_label("Note").fill("precious")
    await page.keyboard.press("Escape")
    await expect(page.locator("#notice")).to_contain_text("the disk is full The note was: precious")


async def test_a_video_is_taken_out_only_after_a_question(site: Site, open_page: OpenPage) -> None:
    page = await open_page(site.url)
    await open_video(page, 0)
    await page.get_by_role("button", name="Take out of the catalog").click()
    await expect(page.get_by_role("button", name="Keep it")).to_be_focused()
    await page.get_by_role("button", name="Keep it").click()
    await expect(page.locator("#confirm-delete")).not_to_be_visible()
    await page.get_by_role("button", name="Take out of the catalog").click()
    await page.get_by_role("button", name="Take it out", exact=True).click()
    await expect(page.locator("#player")).not_to_be_visible()
    await expect(page.locator("#notice")).to_contain_text("The file was not touched")
    await expect(page.locator("#count")).to_have_text("29 videos")
    assert len(site.videos) == 29


async def test_a_codec_that_the_browser_cannot_play_is_named(
    site: Site, open_page: OpenPage
) -> None:
    page = await open_page(f"{site.url}?video=v3")
    await expect(page.locator("#obstacle")).to_have_text(
        "This browser cannot play ProRes with AAC in mp4."
    )
    link = page.get_by_role("link", name="Download the file")
    assert (await link.get_attribute("href") or "").endswith("/videos/v3/stream?download=true")


async def test_a_file_that_is_not_there_says_so(
    site: Site, open_page: OpenPage, complaints: Complaints
) -> None:
    complaints.expected = ["404"]
    site.refused["GET", "/stream"] = (404, "the file is not there; is its drive connected?")
    page = await open_page(f"{site.url}?video=v4")
    await expect(page.locator("#obstacle")).to_have_text(
        "the file is not there; is its drive connected?"
    )
    await expect(page.locator("#player-missing")).to_be_visible()


async def test_a_video_that_does_not_exist_says_so(
    site: Site, open_page: OpenPage, complaints: Complaints
) -> None:
    complaints.expected = ["404"]
    page = await open_page(f"{site.url}?video=gone")
    await expect(page.locator("#player-error")).to_have_text("There is no such thing.")
    await page.get_by_role("button", name="Close", exact=True).click()
    await expect(page.locator("#player")).not_to_be_visible()

"""Folders and scans in a browser."""

from __future__ import annotations

import pytest

from tests.fix_browser import Complaints, OpenPage, expect
from tests.web.library import make_video
from tests.web.site import Site, progress

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

RESULT = {"entries": 12, "catalogued": 7, "unchanged": 3, "failed": 2, "not_media": 0}


async def test_a_folder_is_added_scanned_and_its_videos_appear(
    empty_site: Site, open_page: OpenPage
) -> None:
    site = empty_site
    page = await open_page(site.url)
    await page.get_by_role("button", name="Folders", exact=True).click()
    await page.get_by_label("Add a folder of the server").fill("/media/new")
    await page.get_by_role("button", name="Add and scan").click()
    await expect(page.locator("#roots li")).to_contain_text("/media/new")
    row = page.locator("#progress li")
    await expect(row).to_contain_text("Scanning /media/new")
    await expect(page.locator("#empty h2")).to_have_text("Looking for videos")
    await expect(page.get_by_role("button", name="Scan new again")).to_be_disabled()

    job = site.jobs["job1"]
    job["progress"] = progress(250, 1000, 125.0)
    await expect(row.locator(".how-far")).to_have_text("250 of 1,000 · 125 a second · 6 s left")
    assert await row.locator("progress").evaluate("bar => bar.value / bar.max") == 0.25

    site.videos = [make_video(number) for number in range(7)]
    site.failures = [
        {"path": "/media/new/<b>broken</b>.mp4", "stage": "open", "message": "no media file"}
    ]
    job.update(status="completed", result=RESULT)
    await expect(page.locator("#count")).to_have_text("7 videos")
    await expect(page.locator(".card")).to_have_count(7)
    await expect(page.locator("#progress li")).to_have_count(0)
    results = page.locator("#scan-results")
    await expect(results).to_contain_text("7 catalogued, 3 unchanged, 2 not readable")
    await results.get_by_text("2 files could not be read").click()
    await expect(results.locator(".failures li")).to_have_text(
        "/media/new/<b>broken</b>.mp4open: no media file"
    )
    await expect(page.get_by_role("button", name="Scan new again")).to_be_enabled()


async def test_a_folder_is_scanned_again(site: Site, open_page: OpenPage) -> None:
    site.roots[0]["last_scan"] = {"video": RESULT}
    page = await open_page(site.url)
    await page.get_by_role("button", name="Folders", exact=True).click()
    await expect(page.locator("#roots")).to_contain_text("1 Jan 2025, 00:00: 7 catalogued")
    await page.get_by_role("button", name="Scan footage again").click()
    await expect(page.locator("#progress li")).to_contain_text("Scanning /media/footage")
    site.jobs["job1"].update(
        status="failed", error={"code": "root_empty", "message": "the folder is not there"}
    )
    await expect(page.locator("#scan-results .error")).to_have_text("The folder is not there")


async def test_a_directory_that_is_not_there_is_refused_in_words(
    site: Site, open_page: OpenPage, complaints: Complaints
) -> None:
    complaints.expected = ["422"]
    page = await open_page(site.url)
    await page.get_by_role("button", name="Folders", exact=True).click()
    await page.get_by_label("Add a folder of the server").fill("/nowhere/at/all")
    await page.keyboard.press("Enter")
    await expect(page.locator("#folders-error")).to_have_text(
        "there is no directory /nowhere/at/all"
    )
    await page.get_by_role("button", name="Close the folders").click()
    await expect(page.get_by_role("button", name="Folders", exact=True)).to_be_focused()


async def test_a_scan_that_was_started_elsewhere_is_shown(site: Site, open_page: OpenPage) -> None:
    site.add_job("elsewhere", "/media/footage", progress=progress(5, None))
    page = await open_page(site.url)
    row = page.locator("#progress li")
    await expect(row.locator(".how-far")).to_have_text("5")
    assert await row.locator("progress").get_attribute("value") is None
    site.jobs["elsewhere"]["status"] = "completed"
    await expect(row).to_have_count(0)


async def test_who_reads_further_down_is_told_of_changes(
    empty_site: Site, open_page: OpenPage
) -> None:
    empty_site.videos = [make_video(number) for number in range(200)]
    job = empty_site.add_job("job1", "/media/footage")
    page = await open_page(empty_site.url)
    await expect(page.locator("#progress li")).to_have_count(1)
    await page.evaluate("scrollTo(0, 1500)")
    empty_site.videos.insert(0, make_video(999))
    job.update(status="completed", result=RESULT)
    await page.locator("#notice").get_by_role("button", name="Show").click()
    await expect(page.locator("#count")).to_have_text("201 videos")
    await expect(page.locator(".card .name").first).to_have_text("Kestrel 00999.mp4")

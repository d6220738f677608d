"""A page that hears of changes as they happen."""

from __future__ import annotations

import asyncio

import pytest

from tests.fix_browser import Complaints, OpenPage, expect
from tests.jobs.rig import until
from tests.web.library import make_video
from tests.web.site import Site, progress

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


def changed(topic: str) -> dict[str, object]:
    return {"id": 1, "topic": topic, "key": None, "change_id": "c", "at": "2025-01-01T00:00:00Z"}


async def test_new_and_changed_videos_appear_without_being_asked_for(
    site: Site, open_page: OpenPage
) -> None:
    page = await open_page(site.url)
    await expect(page.locator("#count")).to_have_text("30 videos")
    await until(lambda: site.listening)
    assert any(line.endswith("/events?topics=jobs%2Cvideo") for line in site.requests)
    site.videos.insert(0, make_video(999))
    site.tell("change", changed("video"))
    await expect(page.locator("#count")).to_have_text("31 videos")
    site.videos[0]["filename"] = "renamed.mp4"
    for _ in range(50):
        site.tell("change", changed("video"))
    await expect(page.locator(".card .name").first).to_have_text("renamed.mp4")
    assert sum(line.startswith("GET /api/v1/videos?") for line in site.requests) < 10


async def test_a_job_is_shown_when_it_begins(site: Site, open_page: OpenPage) -> None:
    page = await open_page(site.url)
    await until(lambda: site.listening)
    asked = sum("/jobs?" in line for line in site.requests)
    site.add_job("job1", "/media/footage", progress=progress(5, None))
    site.tell("change", changed("jobs"))
    await until(lambda: sum("/jobs?" in line for line in site.requests) > asked)
    await expect(page.locator("#progress li .how-far")).to_have_text("5")
    site.jobs["job1"]["status"] = "completed"
    site.tell("change", changed("jobs"))
    await expect(page.locator("#progress li")).to_have_count(0)


async def test_after_a_gap_everything_is_read_again(site: Site, open_page: OpenPage) -> None:
    page = await open_page(site.url)
    await until(lambda: site.listening)
    site.videos.insert(0, make_video(999))
    site.tell("gap", {"id": 1, "reason": "window_left"})
    await expect(page.locator("#count")).to_have_text("31 videos")


async def test_a_change_that_is_told_while_the_list_is_read_is_seen(
    site: Site, open_page: OpenPage
) -> None:
    gate = site.held[""] = asyncio.Event()
    page = await open_page(site.url)
    await until(lambda: site.listening and "GET /api/v1/videos?limit=120" in site.requests)
    site.videos.insert(0, make_video(999))
    asked = sum("/jobs?" in line for line in site.requests)
    site.tell("change", changed("video"))
    site.tell("change", changed("jobs"))
    await until(lambda: sum("/jobs?" in line for line in site.requests) > asked)
    gate.set()
    await expect(page.locator("#count")).to_have_text("31 videos")


async def test_a_page_that_hears_nothing_asks(
    site: Site, open_page: OpenPage, complaints: Complaints
) -> None:
    complaints.expected = ["503"]
    site.refused["GET", "/events"] = (503, "too many")
    page = await open_page(site.url)
    await page.get_by_role("button", name="Folders", exact=True).click()
    await page.get_by_role("button", name="Scan footage again").click()
    await expect(page.locator("#progress li")).to_contain_text("Scanning /media/footage")
    site.videos.insert(0, make_video(999))
    site.jobs["job1"].update(status="completed", result={"catalogued": 1})
    await expect(page.locator("#count")).to_have_text("31 videos")
    await expect(page.locator("#progress li")).to_have_count(0)


async def test_what_changed_while_nothing_was_heard_is_read_when_it_is_heard_again(
    site: Site, open_page: OpenPage, complaints: Complaints
) -> None:
    complaints.expected = ["503"]
    site.refused["GET", "/events"] = (503, "too many")
    page = await open_page("about:blank")
    await page.clock.install()
    await page.goto(site.url)
    await expect(page.locator("#count")).to_have_text("30 videos")
    await until(lambda: any("/events?" in line for line in site.requests))
    site.videos.insert(0, make_video(999))
    del site.refused["GET", "/events"]
    await page.clock.run_for(20_000)
    await until(lambda: site.listening)
    await page.clock.run_for(5_000)
    await expect(page.locator("#count")).to_have_text("31 videos")

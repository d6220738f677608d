"""The page on the real server, from an empty catalog to a film that plays."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from mustela.app import create_app
from mustela.settings import Settings
from tests.fix_browser import OpenPage, expect
from tests.web.site import serving_app

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_a_folder_is_added_scanned_searched_played_and_edited(
    tmp_path: Path, clip: Path, open_page: OpenPage
) -> None:
    footage = tmp_path / "footage"
    footage.mkdir()
    for name in ("Harbour at dawn.webm", "<b>Kestrel & mouse.webm"):
        shutil.copy(clip, footage / name)
        with (footage / name).open("ab") as file:
            file.write(name.encode())  # two copies would be one film that moved
        os.utime(footage / name, (1.7e9, 1.7e9))  # as if they had been there for long
    app = create_app(Settings(data_dir=tmp_path / "data"))
    async with serving_app(app) as url:
        page = await open_page(url)
        await page.get_by_role("button", name="Add a folder").click()
        await page.get_by_label("Add a folder of the server").fill(str(footage))
        await page.keyboard.press("Enter")
        await expect(page.locator("#count")).to_have_text("2 videos")
        await expect(page.locator("#scan-results")).to_contain_text("2 catalogued")
        await page.get_by_role("button", name="Close the folders").click()

        await page.get_by_role("searchbox").fill("KESTREL")
        await expect(page.locator(".card .name")).to_have_text(["<b>Kestrel & mouse.webm"])
        await expect(page.locator(".card .frame")).to_have_class("frame loaded")
        await page.locator(".card a").click()
        await expect(page.locator("video")).to_have_js_property("videoWidth", 320)
        await expect(page.locator("#facts")).to_contain_text("0:00:02")
        await page.get_by_label("Tags").fill("birds")
        await page.keyboard.press("Enter")
        await expect(page.locator("#edit-state")).to_have_text("")
        await page.get_by_text("History", exact=True).click()
        await expect(page.locator("#history-list")).to_contain_text("You changed the tags")
        await page.get_by_role("button", name="Take out of the catalog").click()
        await page.get_by_role("button", name="Take it out", exact=True).click()
        await expect(page.locator("#empty h2")).to_have_text("Nothing found")
        await page.get_by_role("button", name="Undo").click()
        await expect(page.locator("#notice")).to_contain_text("in the catalog again")
        await expect(page.locator(".card .name")).to_have_text(["<b>Kestrel & mouse.webm"])

        await page.get_by_role("searchbox").fill("")
        await expect(page.locator("#count")).to_have_text("2 videos")
        shutil.copy(clip, footage / "Late.webm")
        await expect(page.locator("#count")).to_have_text("3 videos")
        await page.context.close()  # before the server, which would be missed

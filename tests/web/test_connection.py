"""A server that is away, or wants to know who asks."""

from __future__ import annotations

import re

import pytest

from mustela.web import page_directory
from tests.fix_browser import Complaints, OpenPage, expect
from tests.web.site import Site


@pytest.mark.browser
@pytest.mark.asyncio(loop_scope="session")
async def test_a_banner_says_that_the_server_is_away_until_it_is_back(
    site: Site, open_page: OpenPage, complaints: Complaints
) -> None:
    complaints.expected = ["ERR_INTERNET_DISCONNECTED"]
    page = await open_page(site.url)
    await expect(page.locator("#count")).to_have_text("30 videos")
    await page.context.set_offline(True)
    await page.get_by_role("searchbox").fill("glacier")
    await expect(page.locator("#unreachable")).to_be_visible()
    await expect(page.locator("#list-error")).to_contain_text("The server does not answer.")
    await page.context.set_offline(False)
    await expect(page.locator("#unreachable")).not_to_be_visible()
    await expect(page.locator("#count")).to_have_text("5 videos")


@pytest.mark.browser
@pytest.mark.asyncio(loop_scope="session")
async def test_a_token_is_asked_for_once_and_kept(
    site: Site, open_page: OpenPage, complaints: Complaints
) -> None:
    complaints.expected = ["401"]
    site.token = "correct-horse-battery"
    page = await open_page(site.url)
    await expect(page.get_by_role("heading", name="Access token")).to_be_visible()
    await page.get_by_label("Token", exact=True).fill("wrong")
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.locator("#token-message")).to_have_text("this token is not known")
    await page.get_by_label("Token", exact=True).fill(site.token)
    await page.keyboard.press("Enter")
    await expect(page.locator("#count")).to_have_text("30 videos")
    await expect(page.locator(".card").first.locator(".frame")).to_have_class("frame loaded")
    await page.reload()
    await expect(page.locator("#count")).to_have_text("30 videos")


@pytest.mark.browser
@pytest.mark.asyncio(loop_scope="session")
async def test_who_has_no_token_reads_why_nothing_is_shown(
    site: Site, open_page: OpenPage, complaints: Complaints
) -> None:
    complaints.expected = ["401"]
    site.token = "correct-horse-battery"
    page = await open_page(site.url)
    await expect(page.get_by_role("heading", name="Access token")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.locator("#list-error-text")).to_have_text("A token is needed.")
    await page.get_by_role("button", name="Try again").click()
    await expect(page.get_by_role("heading", name="Access token")).to_be_visible()


def test_the_page_loads_nothing_from_elsewhere_and_has_no_code_in_its_markup() -> None:
    directory = page_directory()
    files = [path for path in directory.rglob("*") if path.suffix in {".html", ".js", ".css"}]
    assert directory / "index.html" in files
    for path in files:
        text = path.read_text()
        if "vendor" in path.parts:
            text = re.sub(r"(?s:/\*.*?\*/)|(?m:(?:^|\s)//.*$)", "", text)  # comments
        text = text.replace("http://www.w3.org/2000/svg", "")  # a name, never loaded
        assert "https://" not in text, path
        assert "http://" not in text, path
        assert "innerHTML" not in text, path
    markup = (directory / "index.html").read_text()
    assert "<style" not in markup
    assert " style=" not in markup
    assert not re.search(r"\son\w+=", markup)
    assert "<script>" not in markup

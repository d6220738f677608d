"""A real browser: the machine's own Chromium, driven by Playwright."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeAlias

import pytest
import pytest_asyncio

try:
    from playwright.async_api import Browser, Page, async_playwright, expect
except ModuleNotFoundError:  # then the tests that need it are skipped by name
    async_playwright = expect = None  # type: ignore[assignment]

__all__ = ["ARGUMENTS", "Complaints", "OpenPage", "expect", "find_chromium"]

#: Names under which the systems install it.
NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
#: No word to anybody but the server under test; a sandbox needs rights that a container lacks.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
#: How long a condition may take to come true, in milliseconds. Passing tests never wait for it.
PATIENCE = 20_000

#: ``await open_page(url, **options_of_the_browser_context)``.
OpenPage: TypeAlias = Callable[..., Awaitable["Page"]]


def find_chromium() -> str | None:
    """The path of a Chromium or Chrome, if there is one."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


class Complaints(list[str]):
    """What the browser complained of; ``expected`` are parts of lines that a test provokes."""

    def __init__(self) -> None:
        super().__init__()
        self.expected: list[str] = []

    def unexpected(self) -> list[str]:
        return [line for line in self if not any(part in line for part in self.expected)]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One browser for all tests; each test has a context of its own in it."""
    if async_playwright is None:
        pytest.skip("needs Playwright: pip install playwright")
    chromium = find_chromium()
    if chromium is None:
        pytest.skip("needs Chromium: apt-get install chromium")
    assert expect is not None
    expect.set_options(timeout=PATIENCE)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=[*ARGUMENTS])
        yield browser
        await browser.close()


@pytest.fixture
def complaints() -> Complaints:
    """Errors in the console and refusals of the content security policy, in any page."""
    return Complaints()


@pytest_asyncio.fixture(loop_scope="session")
async def open_page(browser: Browser, complaints: Complaints) -> AsyncIterator[OpenPage]:
    """Opens pages at any URL; the test fails if the browser complained of one."""
    contexts = []

    async def open_(url: str, **options: Any) -> Page:
        context = await browser.new_context(locale="en-GB", timezone_id="UTC", **options)
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        page = await context.new_page()
        page.on(
            "console",
            lambda message: (
                complaints.append(message.text) if message.type in ("error", "warning") else None
            ),
        )
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.goto(url)
        return page

    yield open_
    for context in contexts:
        await context.close()
    assert complaints.unexpected() == []

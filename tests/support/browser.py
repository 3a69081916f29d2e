"""Chromium for live tests, with screenshots kept as test output."""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import Browser, Page, expect, sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["OUTPUT", "PICTURES", "keep", "open_browser", "open_page"]

OUTPUT = Path(__file__).parents[2] / "test-output"
"""Where the screenshots go; not in git."""

PICTURES = bool(os.environ.get("AGLAIS_TEST_PICTURES"))

PATIENCE = 60_000
"""Milliseconds for which a page may take to show what is expected of it: a test says what comes, not how soon."""

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextlib.contextmanager
def open_browser() -> Iterator[Browser]:
    """A real Chromium with a new profile."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert program, "chromium is missing: install it (Debian: apt-get install chromium)"
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


@contextlib.contextmanager
def open_page(
    browser: Browser, story: str, *, width: int = 1280, height: int = 860, dark: bool = False
) -> Iterator[Page]:
    """A page in a context of its own. Where the test fails, ``test-output/STORY/failed.png`` shows what was there."""
    folder = OUTPUT / story
    folder.mkdir(parents=True, exist_ok=True)
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if dark else "light",
        timezone_id="Europe/London",
        locale="en-GB",
    )
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    try:
        yield page
    except BaseException:
        with contextlib.suppress(Exception):
            page.screenshot(path=folder / "failed.png")
        raise
    finally:
        context.close()


def keep(page: Page, story: str, name: str, *, full_page: bool = False) -> None:
    """Keep a screenshot as ``test-output/STORY/NAME.png``, where pictures are asked for: each takes a while to draw."""
    if PICTURES:
        page.screenshot(path=OUTPUT / story / f"{name}.png", full_page=full_page)

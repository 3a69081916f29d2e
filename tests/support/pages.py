"""The web pages of a platform in a real Chromium, as somebody who has logged in."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from fastapi import Request, Response

from tests.support.browser import open_page
from tests.support.product import wait_until
from tests.support.turns import clear_of_midnight

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from tests.support.platform import Platform

__all__ = ["cookies_of", "does_not_scroll_sideways", "move_to_today", "pages_of"]

HUB_SESSION = "jupyterhub-session-id"


def move_to_today(platform: Platform) -> datetime:
    """Set the services' clock to the browser's, at a full minute, and tell it."""
    clear_of_midnight(60)
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    platform.clock.move(now - platform.clock.now())
    return now


def cookies_of(platform: Platform, caller: str) -> dict[str, str]:
    """The cookies that the log-in would have left with ``caller``."""
    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b""}
    request = Request({**scope, "headers": [(b"cookie", f"{HUB_SESSION}=one".encode())]})
    answer = Response()
    platform.app.state.portal_session.admit(request, answer, token=platform.hub.token(caller), state="s" * 32)
    cookies = {HUB_SESSION: "one"}
    for name, value in answer.raw_headers:
        if name == b"set-cookie" and b"Max-Age=0" not in value:
            key, _, rest = value.decode().partition("=")
            cookies[key] = rest.partition(";")[0]
    return cookies


@contextlib.contextmanager
def pages_of(browser: Browser, platform: Platform, caller: str, story: str, **options: Any) -> Iterator[Page]:
    """A window in which ``caller`` is logged in."""
    cookies = cookies_of(platform, caller)
    with open_page(browser, story, **options) as page:
        url = f"{platform.url}services/aglais/"
        page.context.add_cookies([{"name": name, "value": value, "url": url} for name, value in cookies.items()])
        yield page


def does_not_scroll_sideways(page: Page) -> None:
    """Nothing on the page is wider than its window, once it has been laid out for it."""
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    wait_until(lambda: page.evaluate(wide) <= 0, saying=f"nothing is too wide, as by {page.evaluate(wide)} px")

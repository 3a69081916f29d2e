"""What stands around the web pages, and long names in them, in a real Chromium against real services."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest
from playwright.sync_api import expect

from tests.support.browser import keep, open_browser
from tests.support.pages import does_not_scroll_sideways, move_to_today, pages_of
from tests.support.people import open_accounts
from tests.support.ports import TLS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

    from tests.support.platform import Platform

STORY = "frame"
LONG = "Arbeitsgemeinschaft für Hochenergie-Radioastronomie und Himmelsdurchmusterung Süd-Ost"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as running:
        yield running


def test_a_stranger_is_shown_no_way_to_go_but_the_log_in(lite: Platform) -> None:
    page = httpx.get(f"{lite.url}services/aglais/nowhere", timeout=60, trust_env=False, verify=TLS).text
    assert 'aria-label="Main"' not in page
    assert 'href="/hub/login">Log in</a>' in page


@pytest.mark.live
def test_each_page_marks_where_it_is(lite: Platform, browser: Browser) -> None:
    open_accounts(lite, "ada")
    for caller, path, here in (
        ("ada", "bookings", "Bookings"),
        ("ada", "decisions", "Decisions"),
        ("ada", "capacity", "Capacity"),
        ("ada", "policy", "ada"),
        ("root", "accounts", "Accounts"),
        ("root", "policy", "Accounts"),
    ):
        with pages_of(browser, lite, caller, STORY) as page:
            page.goto(f"{lite.url}services/aglais/{path}")
            marked = page.locator("header [aria-current]")
            expect(marked).to_have_count(1)
            expect(marked).to_have_text(here)


@pytest.mark.live
def test_a_group_with_a_long_name_fits_a_phone(lite: Platform, browser: Browser) -> None:
    move_to_today(lite)
    open_accounts(lite, "ada")
    lite.grant(12)
    made = lite.call("POST", "groups/create", "root", json={"name": "radio", "owner": "ada", "display": LONG})
    assert made.status_code == 201, made.text
    assert lite.book("small", "ada", duration="PT2H").status_code == 201
    with pages_of(browser, lite, "ada", STORY, width=360) as page:
        page.goto(f"{lite.url}services/aglais/bookings")
        page.get_by_role("button", name="Change").first.click()
        expect(page.get_by_label("Charge to").last).to_be_visible()
        keep(page, STORY, "change-360", full_page=True)
        does_not_scroll_sideways(page)

"""The pages of capacity, in a real Chromium against real services."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.support.browser import keep, open_browser
from tests.support.pages import move_to_today, pages_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

    from tests.support.platform import Platform

pytestmark = [pytest.mark.live, pytest.mark.timeout(300)]

STORY = "capacity"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as running:
        yield running


def at(days: int, hour: int) -> datetime:
    day = datetime.now(UTC) + timedelta(days=days)
    return day.replace(hour=hour, minute=0, second=0, microsecond=0)


@pytest.fixture
def filled(lite: Platform) -> str:
    """Two clusters, 12 and 40 cores, a blackout next week, and a booking of ben's in three days; gives its id."""
    now = move_to_today(lite)
    lite.grant(12, start=now - timedelta(days=20))
    lite.grant(40, "north", start=now - timedelta(days=30), days=400)
    body = {
        "cluster": "north",
        "startdate": at(20, 0).isoformat(),
        "enddate": at(24, 0).isoformat(),
        "share": "-50%",
        "note": "half of the racks move",
    }
    assert lite.call("POST", "resources/create", "root", json=body).status_code == 201
    more = {"startdate": at(10, 0).isoformat(), "enddate": at(45, 0).isoformat(), "cores": 8, "memory": 32768}
    assert lite.call("POST", "resources/create", "root", json=more | {"note": "spring campaign"}).status_code == 201
    body = {"startdate": at(3, 9).isoformat(), "enddate": at(3, 17).isoformat(), "cluster": "local"}
    answer = lite.book("large", "ben", **body)
    assert answer.status_code == 201, answer.text
    found: str = answer.json()["id"]
    return found


def test_overview(lite: Platform, browser: Browser, filled: str) -> None:
    with pages_of(browser, lite, "root", STORY) as page:
        page.goto(f"{lite.url}services/aglais/capacity")
        expect(page.get_by_role("heading", name="local")).to_be_visible()
        keep(page, STORY, "overview", full_page=True)
        page.get_by_role("button", name="Close for a while").first.click()
        page.get_by_label("From").fill(at(3, 0).strftime("%Y-%m-%dT%H:%M"))
        page.get_by_label("Until").fill(at(4, 0).strftime("%Y-%m-%dT%H:%M"))
        page.get_by_label("Why").fill("new cooling")
        page.get_by_role("button", name="See whom it hits").click()
        expect(page.get_by_role("region", name="Who is hit")).to_be_visible()
        keep(page, STORY, "hit", full_page=True)
        page.goto(f"{lite.url}services/aglais/clusters/north")
        expect(page.get_by_role("heading", name="How it counts")).to_be_visible()
        keep(page, STORY, "cluster", full_page=True)
        page.get_by_role("link", name=re.compile("^Change: .*50 %")).click()
        expect(page.get_by_role("heading", name="north has less 50 %")).to_be_visible()
        keep(page, STORY, "grant", full_page=True)

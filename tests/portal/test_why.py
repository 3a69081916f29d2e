"""The page *Why?* and the list of decisions, in a real Chromium against real services."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.support.browser import keep, open_browser
from tests.support.pages import move_to_today, pages_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

    from tests.support.platform import Platform

pytestmark = [pytest.mark.live, pytest.mark.timeout(300)]

STORY = "why"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as running:
        yield running


def tomorrow(hour: int) -> str:
    day = datetime.now(UTC) + timedelta(days=1)
    return day.replace(hour=hour, minute=0, second=0, microsecond=0).isoformat()


def during(start: int, end: int) -> dict[str, Any]:
    return {"startdate": tomorrow(start), "enddate": tomorrow(end)}


@pytest.fixture
def refused(lite: Platform) -> dict[str, Any]:
    """What ada is told: 9 of 12 cores are taken from 10:00 to 12:00, 2 of them hers, and she asks for 8."""
    now = move_to_today(lite)
    lite.grant(12, start=now)
    assert lite.book("small", "ada", **during(8, 12)).status_code == 201
    assert lite.book("medium", "ben", **during(9, 13)).status_code == 201
    assert lite.book("medium", "ben", **during(10, 14)).status_code == 201
    answer = lite.book("large", "ada", **during(9, 17))
    assert answer.status_code == 409, answer.text
    found: dict[str, Any] = answer.json()
    return found


def page_of(lite: Platform, why: str) -> str:
    return f"{lite.url}services/aglais/decisions/{why.rpartition('/')[2]}"


def test_it_names_the_resource_that_was_short_and_what_had_it(
    lite: Platform, browser: Browser, refused: dict[str, Any]
) -> None:
    with pages_of(browser, lite, "ada", STORY) as page:
        page.goto(page_of(lite, refused["why"]))
        answer = page.get_by_role("region", name="The answer")
        keep(page, STORY, "refused", full_page=True)
        expect(answer.get_by_role("heading")).to_have_text(re.compile("^large did not fit"))

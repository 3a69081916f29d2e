"""The page *Why?* and the list of decisions, in a real Chromium against real services."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from tests.support.browser import keep, open_browser
from tests.support.pages import does_not_scroll_sideways, move_to_today, pages_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from tests.support.platform import Platform

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]

STORY = "why"
ZONE = ZoneInfo("Europe/London")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as running:
        yield running


def tomorrow(hour: int) -> str:
    day = datetime.now(ZONE) + timedelta(days=1)
    return day.replace(hour=hour, minute=0, second=0, microsecond=0).astimezone(UTC).isoformat()


def during(start: int, end: int) -> dict[str, Any]:
    return {"startdate": tomorrow(start), "enddate": tomorrow(end)}


@pytest.fixture
def refused(lite: Platform) -> dict[str, Any]:
    """What ada is told: 10 of 12 cores are taken from 10:00 to 12:00, 2 of them hers, and she asks for 8."""
    lite.grant(12, start=move_to_today(lite))
    assert lite.book("small", "ada", **during(8, 12)).status_code == 201
    assert lite.book("medium", "ben", **during(9, 13)).status_code == 201
    assert lite.book("medium", "ben", **during(10, 14)).status_code == 201
    answer = lite.book("large", "ada", **during(9, 17))
    assert answer.status_code == 409, answer.text
    found: dict[str, Any] = answer.json()
    return found


def page_of(lite: Platform, why: str) -> str:
    return f"{lite.url}services/aglais/decisions/{why.rpartition('/')[2]}"


def open_list(page: Page, lite: Platform, query: str = "") -> None:
    page.goto(f"{lite.url}services/aglais/decisions{query}")
    expect(page.get_by_role("heading", name="Decisions")).to_be_visible()


def test_it_names_what_was_short_and_what_had_it_but_nobody_else(
    lite: Platform, browser: Browser, refused: dict[str, Any]
) -> None:
    with pages_of(browser, lite, "ada", STORY) as page:
        page.goto(page_of(lite, refused["why"]))
        answer = page.get_by_role("region", name="The answer")
        expect(answer.get_by_role("heading")).to_have_text(re.compile(r"^large did not fit: .* 09:00 to 17:00$"))
        expect(answer).to_contain_text(
            "It needs 8 cores and 32 GiB of memory, and only 2 of 12 cores and 8 GiB of 48 GiB of memory were left "
            "(local, 10:00 tomorrow)."
        )
        expect(answer).to_contain_text("Rule: never more than there is capacity for")
        expect(answer).to_contain_text("Asked by you")
        expect(answer).to_contain_text("it comes out the same")

        cluster = page.get_by_role("region", name=re.compile("^local"))
        bars = cluster.get_by_role("list", name="What local had, and what was needed").get_by_role("listitem")
        expect(bars.nth(0)).to_contain_text(re.compile("Cores.*6 cores short.*needs 8, 2 left of 12"))
        expect(bars.nth(1)).to_contain_text(re.compile("Memory.*24 GiB short.*needs 32 GiB, 8 GiB left of 48 GiB"))
        widths = (
            bars.nth(0).locator(".ag-part").evaluate_all("parts => parts.map(part => parseFloat(part.style.width))")
        )
        # Of 18 cores in all: 8 of others, 2 of hers, 2 that were there, 6 that were not.
        assert widths == pytest.approx([800 / 18, 200 / 18, 200 / 18, 600 / 18], abs=0.01)

        takers = cluster.get_by_role("listitem").filter(has_text="now waiting for its time")
        expect(takers).to_have_count(3)
        expect(takers.nth(0)).to_contain_text("Yours")
        expect(takers.nth(0).get_by_role("link")).to_have_attribute(
            "href", re.compile(r"/services/aglais/bookings/\S+")
        )
        expect(takers.nth(1)).to_contain_text("Somebody else")
        expect(takers.nth(1).get_by_role("link")).to_have_count(0)
        assert "ben" not in (page.locator("body").text_content() or "")
        expect(page.get_by_text("Times in Europe/London.")).to_be_visible()

        page.get_by_text("The request as it was sent").click()
        expect(page.get_by_label("Letter by letter")).to_contain_text('"package": "large"')
        keep(page, STORY, "1-refused", full_page=True)


def test_it_follows_what_becomes_of_its_offers(lite: Platform, browser: Browser, refused: dict[str, Any]) -> None:
    with pages_of(browser, lite, "ada", STORY) as page:
        page.goto(page_of(lite, refused["why"]))
        offers = page.get_by_role("region", name="Offers")
        earliest, smaller = (offers.get_by_role("listitem").filter(has_text=kind) for kind in ("Earliest", "Smaller"))
        expect(earliest).to_contain_text(re.compile(r"kept for \d+:\d\d"))
        expect(offers.get_by_role("link", name="Take one on the bookings page")).to_be_visible()
        taken = refused["offers"][0]["id"]
        lite.call("POST", f"bookings/{taken}", "ada", json={"phase": "ACCEPTED"})
        page.reload()
        expect(earliest).to_contain_text("taken, and waiting for its time")
        expect(offers.get_by_role("link", name=re.compile("^Open the booking"))).to_have_attribute(
            "href", f"/services/aglais/bookings/{taken}"
        )
        expect(smaller).to_contain_text("declined: another offer was taken")
        expect(offers.get_by_role("link", name="Take one on the bookings page")).to_have_count(0)


def test_an_admin_sees_who_had_it_and_others_see_nothing(
    lite: Platform, browser: Browser, refused: dict[str, Any]
) -> None:
    with pages_of(browser, lite, "root", STORY, dark=True) as page:
        page.goto(page_of(lite, refused["why"]))
        expect(page.get_by_role("region", name="The answer")).to_contain_text("Asked by ada")
        expect(page.get_by_role("link", name=re.compile("^Open the booking of ben"))).to_have_count(2)
        expect(page.get_by_role("link", name=re.compile("^Open the booking of ada’s own"))).to_have_count(1)
        # What is kept is kept for ada.
        expect(page.get_by_role("region", name="Offers")).to_contain_text("kept for ")
        expect(page.get_by_role("link", name="Take one on the bookings page")).to_have_count(0)
        keep(page, STORY, "2-for-an-admin", full_page=True)
    with pages_of(browser, lite, "ben", STORY) as page:
        page.goto(page_of(lite, refused["why"]))
        expect(page.get_by_role("alert")).to_contain_text("There is no such decision.")


def test_a_booking_that_was_accepted_says_why_too(lite: Platform, browser: Browser) -> None:
    lite.grant(8, start=move_to_today(lite))
    # It would have had more room there.
    lite.grant(40, "north")
    made = lite.book("medium", "ada", **during(9, 11)).json()
    assert made["cluster"] == "local"
    with pages_of(browser, lite, "ada", STORY) as page:
        page.goto(page_of(lite, made["why"]))
        answer = page.get_by_role("region", name="The answer")
        expect(answer.get_by_role("heading")).to_have_text(re.compile("^medium was booked: "))
        expect(answer).to_contain_text("(local, 09:00 tomorrow) it had 8 cores left of 8, and this needs 4.")
        expect(page.get_by_text("One more was tried")).to_be_visible()
        expect(answer).to_contain_text("By now it is waiting for its time.")
        expect(answer.get_by_role("link", name="Open the booking")).to_have_attribute(
            "href", f"/services/aglais/bookings/{made['id']}"
        )


def test_a_replay_that_comes_out_differently_is_told(lite: Platform, browser: Browser, refused: dict[str, Any]) -> None:
    name = refused["why"].rpartition("/")[2]
    with closing(sqlite3.connect(lite.settings.state / "bookings.db", 60)) as database:
        database.execute("UPDATE decisions SET outcome = 'accepted' WHERE id = ?", (name,))
        database.commit()
    with pages_of(browser, lite, "ada", STORY) as page:
        page.goto(page_of(lite, refused["why"]))
        answer = page.get_by_role("region", name="The answer")
        expect(answer).to_contain_text("it comes out differently. Tell an admin.")


def test_a_level_that_does_not_allow_it_is_not_a_matter_of_capacity(lite: Platform, browser: Browser) -> None:
    lite.grant(8, start=move_to_today(lite))
    visitor = lite.call("POST", "accounts/try", "hub-parts", json={}).json()["name"]
    answer = lite.book("large", "root", account=visitor).json()
    assert answer["error"]["rule"] == "level", answer
    with pages_of(browser, lite, "root", STORY) as page:
        page.goto(page_of(lite, answer["why"]))
        expect(page.get_by_role("region", name="The answer")).to_contain_text("An anonymous account may book")
        expect(page.get_by_role("heading", name="No cluster was looked at")).to_be_visible()


def test_the_list_is_filtered_by_outcome_and_by_account(
    lite: Platform, browser: Browser, refused: dict[str, Any]
) -> None:
    with pages_of(browser, lite, "ada", STORY) as page:
        open_list(page, lite)
        rows = page.get_by_role("listitem")
        expect(rows).to_have_count(2)
        expect(page.get_by_role("textbox", name="Account")).to_have_count(0)
        page.get_by_role("button", name="Refused").click()
        expect(rows).to_have_count(1)
        expect(rows).to_contain_text(re.compile("Refused.*large did not fit.*The capacity is taken by other bookings"))
        expect(page).to_have_url(re.compile(r"/decisions\?outcome=refused$"))
        page.reload()
        expect(rows).to_have_count(1)
        keep(page, STORY, "3-list", full_page=True)
        page.get_by_role("link", name=re.compile("^large did not fit")).click()
        expect(page.get_by_role("region", name="The answer")).to_be_visible()
        page.get_by_role("link", name="All decisions").click()
        page.get_by_role("button", name="Offered").click()
        expect(page.get_by_text("None like these.")).to_be_visible()
    with pages_of(browser, lite, "root", STORY) as page:
        open_list(page, lite)
        expect(page.get_by_role("listitem")).to_have_count(4)
        page.get_by_role("textbox", name="Account").fill("ben")
        page.get_by_role("button", name="Show").click()
        expect(page.get_by_role("listitem")).to_have_count(2)
        expect(page).to_have_url(re.compile(r"\?account=ben$"))


def test_a_long_list_goes_on_and_an_empty_one_says_where_to_begin(lite: Platform, browser: Browser) -> None:
    lite.grant(1, start=move_to_today(lite))
    with pages_of(browser, lite, "ben", STORY) as page:
        open_list(page, lite)
        expect(page.get_by_text("Nothing has been asked for yet.")).to_be_visible()
        expect(page.get_by_role("link", name="Choose a time in the calendar")).to_be_visible()
    for _ in range(32):
        lite.book("large", "ada", **during(9, 10))
    with pages_of(browser, lite, "ada", STORY) as page:
        open_list(page, lite)
        expect(page.get_by_role("listitem")).to_have_count(30)
        page.get_by_role("button", name="Show older ones").click()
        expect(page.get_by_role("listitem")).to_have_count(32)
        expect(page.get_by_role("button", name="Show older ones")).to_have_count(0)


def test_from_a_refused_change_to_what_stood_in_the_way(lite: Platform, browser: Browser) -> None:
    lite.grant(8, start=move_to_today(lite))
    assert lite.book("small", "ada", **during(8, 12)).status_code == 201
    assert lite.book("large", "ben", **during(12, 16)).status_code == 201
    with pages_of(browser, lite, "ada", STORY) as page:
        page.goto(f"{lite.url}services/aglais/bookings")
        expect(page.get_by_role("link", name="Why was a request refused or accepted?")).to_be_visible()
        page.get_by_role("button", name=re.compile("^Change small")).click()
        ends = datetime.fromisoformat(tomorrow(14)).astimezone(ZONE)
        page.get_by_label("Ends").fill(ends.strftime("%Y-%m-%dT%H:%M"))
        page.get_by_role("button", name="Save").click()
        page.get_by_role("region", name="Refused").get_by_role("link", name="Why?").click()
        answer = page.get_by_role("region", name="The answer")
        expect(answer.get_by_role("heading")).to_have_text(re.compile("^small did not fit"))
        expect(answer).to_contain_text("only 0 of 8 cores")
        expect(page.get_by_role("region", name=re.compile("^local"))).to_contain_text("2 cores short")
        keep(page, STORY, "4-from-the-calendar", full_page=True)


@pytest.mark.parametrize("width", [360, 640])
def test_narrow_pages_keep_to_their_width(
    lite: Platform, browser: Browser, refused: dict[str, Any], width: int
) -> None:
    with pages_of(browser, lite, "root", STORY, width=width, height=740) as page:
        page.goto(page_of(lite, refused["why"]))
        expect(page.get_by_role("region", name="The answer")).to_be_visible()
        page.get_by_text("The request as it was sent").click()
        does_not_scroll_sideways(page)
        keep(page, STORY, f"5-wide-{width}", full_page=True)
        open_list(page, lite)
        expect(page.get_by_role("listitem")).to_have_count(4)
        does_not_scroll_sideways(page)

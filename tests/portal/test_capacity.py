"""The pages of capacity, in a real Chromium against real services."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from tests.support.browser import keep, open_browser
from tests.support.pages import does_not_scroll_sideways, move_to_today, pages_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Locator, Page

    from tests.support.platform import Platform

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]

STORY = "capacity"
ZONE = ZoneInfo("Europe/London")
FIELD = "%Y-%m-%dT%H:%M"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as running:
        yield running


def at(days: int, hour: int) -> datetime:
    day = datetime.now(ZONE) + timedelta(days=days)
    return day.replace(hour=hour, minute=0, second=0, microsecond=0).astimezone(UTC)


def field(instant: datetime) -> str:
    """An instant as a person types it into a field."""
    return instant.astimezone(ZONE).strftime(FIELD)


@pytest.fixture
def booked(lite: Platform) -> str:
    """Two clusters, 12 and 40 cores, half of the second closed next month, and a booking of ben's; gives its id."""
    now = move_to_today(lite)
    # A quarter is this month and the next two: what begins with it is on no page before.
    lite.grant(12, start=now.astimezone(ZONE).replace(day=1, hour=0, minute=0).astimezone(UTC))
    lite.grant(40, "north", start=now - timedelta(days=40), days=400)
    blackout = {"cluster": "north", "startdate": at(20, 0).isoformat(), "enddate": at(24, 0).isoformat()}
    more = {"share": "-50%", "note": "half of the racks move"}
    assert lite.call("POST", "resources/create", "root", json=blackout | more).status_code == 201
    answer = lite.book("large", "ben", startdate=at(3, 9).isoformat(), enddate=at(3, 17).isoformat(), cluster="local")
    assert answer.status_code == 201, answer.text
    found: str = answer.json()["id"]
    return found


def open_capacity(page: Page, lite: Platform, path: str = "capacity") -> None:
    page.goto(f"{lite.url}services/aglais/{path}")
    expect(page.get_by_text("Times in Europe/London.")).to_be_visible()


def cluster(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name, exact=True)


def fill_times(form: Locator, start: datetime, end: datetime) -> None:
    form.get_by_label("From").fill(field(start))
    form.get_by_label("Until").fill(field(end))


def test_capacity_is_seen_over_time_and_in_words(lite: Platform, browser: Browser, booked: str) -> None:
    with pages_of(browser, lite, "ada", STORY) as page:
        open_capacity(page, lite)
        expect(page.get_by_role("region", name="Capacity")).to_contain_text(
            "local: 12 cores · 48 GiB now; north: 40 cores · 160 GiB now. Admins change it."
        )
        north = cluster(page, "north")
        expect(north).to_contain_text("no over-commit · no buffer")
        table = north.get_by_role("table", name="Grants and blackouts of north").get_by_role("row")
        expect(table.nth(1)).to_contain_text("Gives 40 cores and 160 GiB of memory")
        expect(table.nth(1)).to_contain_text("· now")
        expect(table.nth(2)).to_contain_text("Takes 50 % of everything")
        expect(table.nth(2)).to_contain_text("half of the racks move")
        # The bar of the blackout is as long as its time is of the quarter.
        bar = north.locator("a.ag-takes")
        lanes = north.locator(".ag-lanes").bounding_box()
        assert lanes is not None
        expect(bar).to_have_attribute("title", re.compile("^north is 50 % closed, "))
        box = bar.bounding_box()
        assert box is not None
        assert box["width"] / lanes["width"] == pytest.approx(4 / 92, abs=0.01)
        for words in ("Add capacity", "Close for a while", "New cluster"):
            expect(page.get_by_role("button", name=words)).to_have_count(0)
        page.get_by_role("button", name="Previous quarter").click()
        expect(cluster(page, "local")).to_contain_text("Nothing is granted to local in this time")
        page.get_by_role("button", name="Today").click()
        expect(north.get_by_role("row")).to_have_count(3)


def test_a_blackout_shows_whom_it_hits_before_it_cancels_them(lite: Platform, browser: Browser, booked: str) -> None:
    with pages_of(browser, lite, "root", STORY) as page:
        open_capacity(page, lite)
        local = cluster(page, "local")
        local.get_by_role("button", name="Close for a while").click()
        form = local.get_by_role("form")
        fill_times(form, at(3, 0), at(4, 0))
        form.get_by_label("Why").fill("new cooling")
        form.get_by_role("button", name="See whom it hits").click()
        hit = form.get_by_role("region", name="Who is hit")
        expect(hit).to_be_focused()
        expect(hit).to_contain_text("1 booking of one account would be lost")
        expect(hit.get_by_role("listitem")).to_contain_text(re.compile("ben.*large.*09:00 to 17:00.*is cancelled"))
        assert lite.booking(booked)["phase"] == "WAITING"
        keep(page, STORY, "1-whom-it-hits", full_page=True)

        # Nothing happens to whoever is kept.
        hit.get_by_role("button", name="Keep the bookings").click()
        expect(hit).to_have_count(0)
        assert lite.booking(booked)["phase"] == "WAITING"

        form.get_by_role("button", name="See whom it hits").click()
        hit.get_by_role("button", name="Close local and cancel 1 booking").click()
        expect(page.get_by_role("status")).to_have_text("local: Taken away. 1 booking cancelled.")
        expect(local.get_by_role("row").filter(has_text="Takes everything")).to_contain_text("new cooling")
        gone = lite.booking(booked)
        assert (gone["phase"], gone["reason"]) == ("CANCELLED", "its capacity was taken away: new cooling")
        keep(page, STORY, "2-closed", full_page=True)


def test_whoever_books_while_the_question_is_read_is_asked_about_too(
    lite: Platform, browser: Browser, booked: str
) -> None:
    with pages_of(browser, lite, "root", STORY) as page:
        open_capacity(page, lite, "clusters/local")
        page.get_by_role("button", name="Close for a while").click()
        form = page.get_by_role("form", name=re.compile("^Close local"))
        fill_times(form, at(3, 0), at(4, 0))
        form.get_by_role("button", name="See whom it hits").click()
        hit = form.get_by_role("region", name="Who is hit")
        expect(hit.get_by_role("listitem")).to_have_count(1)
        late = lite.book(
            "small", "ada", startdate=at(3, 20).isoformat(), enddate=at(3, 21).isoformat(), cluster="local"
        )
        hit.get_by_role("button", name="Close local and cancel 1 booking").click()
        expect(hit.get_by_role("button", name="Close local and cancel 2 bookings")).to_be_visible()
        assert {lite.booking(one)["phase"] for one in (booked, late.json()["id"])} == {"WAITING"}


def test_what_is_wrong_is_told_at_its_field(lite: Platform, browser: Browser, booked: str) -> None:
    with pages_of(browser, lite, "root", STORY) as page:
        open_capacity(page, lite)
        local = cluster(page, "local")
        local.get_by_role("button", name="Add capacity").click()
        form = local.get_by_role("form")
        add = form.get_by_role("button", name="Add")
        add.click()
        cores = form.get_by_label("Cores")
        expect(cores).to_be_focused()
        expect(cores).to_have_accessible_description("Say what is granted: cores, memory or another.")
        cores.fill("0.0001")
        add.click()
        # This one is the services' own word.
        expect(cores).to_have_attribute("aria-invalid", "true")
        expect(cores).to_have_accessible_description(re.compile("3 digits behind the point"))
        cores.fill("2.5")
        form.get_by_label("Memory (GiB)").fill("8")
        fill_times(form, at(5, 12), at(5, 10))
        add.click()
        expect(form.get_by_label("Until")).to_have_accessible_description("Choose an end after the start.")
        fill_times(form, at(5, 10), at(5, 12))
        form.get_by_label("Note").fill("borrowed")
        add.click()
        expect(page.get_by_role("status")).to_have_text("local: Added.")
        row = local.get_by_role("row").filter(has_text="borrowed")
        expect(row).to_contain_text(re.compile("Gives 2.5 cores and 8 GiB of memory.*10:00 to 12:00"))


def test_a_grant_is_changed_and_removed_on_its_own_page(lite: Platform, browser: Browser, booked: str) -> None:
    with pages_of(browser, lite, "root", STORY) as page:
        open_capacity(page, lite)
        cluster(page, "local").get_by_role("link", name=re.compile("^Change: 12 cores")).click()
        expect(page.get_by_role("heading", name="12 cores · 48 GiB on local")).to_be_visible()
        form = page.get_by_role("form", name="Change this grant")
        form.get_by_label("Cores").fill("16")
        form.get_by_role("button", name="Save").click()
        expect(page.get_by_role("status")).to_have_text("Changed.")
        expect(page.get_by_role("heading", name="16 cores · 48 GiB on local")).to_be_visible()

        # Ben's booking needs 8.
        form.get_by_label("Cores").fill("4")
        form.get_by_role("button", name="Save").click()
        hit = page.get_by_role("region", name="Who is hit")
        expect(hit).to_contain_text("1 booking of one account would be lost")
        hit.get_by_role("button", name="Keep the bookings").click()
        keep(page, STORY, "3-grant", full_page=True)

        page.get_by_role("button", name="Remove this grant…").click()
        dialog = page.get_by_role("dialog")
        expect(dialog).to_contain_text("Take 16 cores and 48 GiB of memory from local?")
        dialog.get_by_role("button", name="Remove grant").click()
        hit.get_by_role("button", name="Remove it and cancel 1 booking").click()
        page.wait_for_url(re.compile("/clusters/local$"))
        expect(cluster(page, "local")).to_contain_text("closed now")
        assert lite.booking(booked)["phase"] == "CANCELLED"


def test_a_blackout_that_ends_early_gives_its_capacity_back(lite: Platform, browser: Browser, booked: str) -> None:
    with pages_of(browser, lite, "root", STORY, dark=True) as page:
        open_capacity(page, lite, "clusters/north")
        page.get_by_role("link", name=re.compile("^Change: north is 50 % closed")).click()
        expect(page.get_by_label("Percent")).to_have_value("50")
        keep(page, STORY, "4-blackout", full_page=True)
        page.get_by_role("button", name="End this blackout…").click()
        dialog = page.get_by_role("dialog")
        expect(dialog).to_contain_text("What was cancelled for it stays cancelled.")
        dialog.get_by_role("button", name="End blackout").click()
        page.wait_for_url(re.compile("/clusters/north$"))
        expect(cluster(page, "north").get_by_role("row")).to_have_count(2)


def test_a_cluster_is_made_changed_and_removed(lite: Platform, browser: Browser) -> None:
    move_to_today(lite)
    with pages_of(browser, lite, "root", STORY) as page:
        open_capacity(page, lite)
        expect(page.get_by_role("region", name="No clusters")).to_contain_text("There is no cluster yet")
        page.get_by_role("button", name="New cluster").click()
        form = page.get_by_role("form", name="New cluster")
        form.get_by_label("Name").fill("Big One")
        form.get_by_role("button", name="Make it").click()
        expect(form.get_by_label("Name")).to_have_attribute("aria-invalid", "true")
        expect(form.get_by_label("Name")).to_be_focused()
        form.get_by_label("Name").fill("arcus")
        form.get_by_label("Buffer").fill("10")
        form.get_by_role("button", name="Make it").click()
        page.wait_for_url(re.compile("/clusters/arcus$"))
        arcus = cluster(page, "arcus")
        expect(arcus).to_contain_text("closed now · no over-commit · buffer 10 min")
        expect(arcus).to_contain_text("Nothing is granted to arcus in this time")

        form = page.get_by_role("form", name="How it counts")
        form.get_by_label("Over-commit").fill("0.5")
        form.get_by_role("button", name="Save").click()
        expect(form.get_by_label("Over-commit")).to_have_attribute("aria-invalid", "true")
        form.get_by_label("Over-commit").fill("1.5")
        form.get_by_role("button", name="Save").click()
        expect(arcus).to_contain_text("over-commit 1.5 · buffer 10 min")
        assert lite.call("GET", "clusters/arcus").json()["overcommit"] == 1.5

        page.get_by_role("button", name="Remove this cluster…").click()
        page.get_by_role("dialog").get_by_role("button", name="Remove cluster").click()
        page.wait_for_url(re.compile("/capacity$"))
        assert lite.call("GET", "clusters/arcus").status_code == 404
        open_capacity(page, lite, "clusters/arcus")
        expect(page.get_by_role("alert")).to_contain_text("There is no such cluster.")


def test_a_cluster_with_bookings_on_record_stays(lite: Platform, browser: Browser, booked: str) -> None:
    with pages_of(browser, lite, "root", STORY) as page:
        open_capacity(page, lite, "clusters/local")
        page.get_by_role("button", name="Remove this cluster…").click()
        page.get_by_role("dialog").get_by_role("button", name="Remove cluster").click()
        expect(page.get_by_role("alert")).to_contain_text("The cluster local has grants or bookings.")


@pytest.mark.parametrize("width", [360, 640])
def test_narrow_pages_keep_to_their_width(lite: Platform, browser: Browser, booked: str, width: int) -> None:
    with pages_of(browser, lite, "root", STORY, width=width, height=740) as page:
        open_capacity(page, lite)
        local = cluster(page, "local")
        local.get_by_role("button", name="Close for a while").click()
        local.get_by_label("These amounts").check()
        does_not_scroll_sideways(page)
        local.get_by_label("A part of everything").check()
        fill_times(local.get_by_role("form"), at(3, 0), at(4, 0))
        local.get_by_role("button", name="See whom it hits").click()
        expect(local.get_by_role("region", name="Who is hit")).to_be_visible()
        does_not_scroll_sideways(page)
        keep(page, STORY, f"5-wide-{width}", full_page=True)
        page.get_by_role("link", name=re.compile("^Change: 40 cores")).click()
        expect(page.get_by_role("form", name="Change this grant")).to_be_visible()
        does_not_scroll_sideways(page)
        keep(page, STORY, f"6-grant-wide-{width}", full_page=True)


def test_it_is_used_by_keyboard_alone(lite: Platform, browser: Browser, booked: str) -> None:
    with pages_of(browser, lite, "root", STORY) as page:
        open_capacity(page, lite, "clusters/local")
        opener = page.get_by_role("button", name="Close for a while")
        opener.focus()
        page.keyboard.press("Enter")
        expect(opener).to_have_attribute("aria-expanded", "true")
        page.get_by_label("Why").focus()
        page.keyboard.type("tests")
        page.keyboard.press("Enter")
        hit = page.get_by_role("region", name="Who is hit")
        expect(hit).to_be_focused()
        expect(hit).to_contain_text("Nobody is hit.")
        page.keyboard.press("Tab")
        expect(hit.get_by_role("button", name="Close local")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.get_by_role("status")).to_have_text("local: Taken away.")

"""The calendar in a real browser, before the real services."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, expect

from aglais_hub.wire.bookings import Booking, Phase
from tests.support.browser import keep, open_browser, open_page
from tests.support.pages import does_not_scroll_sideways
from tests.support.product import Product, stopped, wait_until
from tests.support.turns import clear_of_midnight

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Locator

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]

STORY = "calendar"
ADDRESS, PASSWORD = "ada@example.org", "a constellation of words"
ZONE = ZoneInfo("Europe/London")


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    with Product(tmp_path_factory.mktemp("calendar") / "state") as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as running:
        yield running


@pytest.fixture(scope="module")
def page(product: Product, browser: Browser) -> Iterator[Page]:
    clear_of_midnight(300)
    with open_page(browser, STORY) as shown:
        shown.goto(f"{product.url}hub/register")
        shown.get_by_label("Email").fill(ADDRESS)
        shown.get_by_label("Password").fill(PASSWORD)
        shown.get_by_role("button", name="Register").click()
        expect(shown.get_by_role("heading", name=re.compile("check your mail", re.IGNORECASE))).to_be_visible()
        mail = wait_until(lambda: list((product.state / "mail").glob("*.eml")))[0].read_text()
        link = re.search(r"http\S+/hub/confirm/[\w-]+", mail.replace("=\n", ""))
        assert link
        shown.goto(link[0])
        shown.get_by_label("Email").fill(ADDRESS)
        shown.get_by_label("Password").fill(PASSWORD)
        shown.get_by_role("button", name="Log in").click()
        shown.wait_for_url(re.compile(r"/hub/(home|spawn)|/services/aglais/bookings"))
        shown.goto(f"{product.url}services/aglais/bookings")
        expect(_cells(shown, "large").last).not_to_have_class(re.compile("ag-wait"))
        yield shown


def _cells(page: Page, package: str) -> Locator:
    return page.get_by_role("grid", name="What is free").get_by_role("gridcell", name=re.compile(f"^{package},"))


def _mine(product: Product, phase: Phase) -> dict[str | None, Booking]:
    """The bookings of ada's in the coming weeks, by package."""
    range_ = (_local_midnight(-1), _local_midnight(60))
    return {row.package: row for row in product.client().bookings(range=range_, phase=[phase], account="ada").rows}


def _local_midnight(days: int) -> datetime:
    day = datetime.now(ZONE).date() + timedelta(days=days)
    return datetime(day.year, day.month, day.day, tzinfo=ZONE).astimezone(UTC)


def test_a_booking_is_chosen_refused_offered_taken_changed_and_cancelled(product: Product, page: Page) -> None:
    client = product.client()
    coming = page.get_by_role("region", name="Coming up")

    # A range is chosen by keyboard alone, in the week after this one.
    page.get_by_role("button", name="Next week").click()
    page.get_by_role("button", name="Next week").click()
    monday = (7 - datetime.now(ZONE).weekday()) + 7
    expect(_cells(page, "medium").last).not_to_have_class(re.compile("ag-wait"))
    _cells(page, "medium").nth(1).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    expect(page.get_by_role("group", name="Chosen")).to_contain_text("18 h")
    page.keyboard.press("Enter")
    expect(coming).to_contain_text("medium")
    booking = _mine(product, Phase.WAITING)["medium"]
    assert booking.start == _local_midnight(monday) + timedelta(hours=12)
    assert booking.end - booking.start == timedelta(hours=18)
    expect(page.locator(".ag-mine").first).to_be_visible()
    keep(page, STORY, "1-booked-by-keyboard", full_page=True)

    # Others take every large of a day; a drag over it is refused, with offers.
    taken = _local_midnight(monday + 4)
    for other in ("ben", "cai"):
        client.book("large", startdate=taken, enddate=taken + timedelta(hours=24), account=other)
    page.get_by_role("button", name="Next week").click()
    page.get_by_role("button", name="Previous week").click()
    large = _cells(page, "large")
    expect(large.nth(16)).to_have_class(re.compile("ag-full"))
    large.nth(16).hover()
    page.mouse.down()
    large.nth(17).hover()
    page.mouse.up()
    expect(page.get_by_role("group", name="Chosen")).to_contain_text("no place throughout")
    page.get_by_role("button", name="Book", exact=True).click()
    refused = page.get_by_role("region", name="Refused")
    expect(refused.get_by_role("heading", name=re.compile("^large does not fit"))).to_be_visible()
    expect(refused).to_contain_text(re.compile(r"Kept for you for \d:\d\d"))
    assert _mine(product, Phase.OFFERED)
    keep(page, STORY, "2-refused", full_page=True)

    # The offers outlive a reload, and one click takes one.
    page.reload()
    offers = page.get_by_role("region", name="Offers")
    earliest = offers.get_by_role("button", name=re.compile("^Earliest"))
    expect(earliest).to_be_visible()
    earliest.click()
    expect(page.get_by_role("status").last).to_contain_text("Booked: large")
    expect(offers).not_to_be_visible()
    large_booking = _mine(product, Phase.WAITING)["large"]
    assert large_booking.start == taken + timedelta(hours=24)
    assert not _mine(product, Phase.OFFERED)

    # It is changed, and cancelled only after what is lost has been named.
    coming.get_by_role("button", name=re.compile("^Change large")).click()
    end = large_booking.end - timedelta(hours=2, minutes=30)
    coming.get_by_label("Ends").fill(end.astimezone(ZONE).strftime("%Y-%m-%dT%H:%M"))
    coming.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").last).to_contain_text("Changed: large")
    assert client.booking(large_booking.id).end == end
    coming.get_by_role("button", name=re.compile("^Cancel large")).click()
    question = page.get_by_role("dialog", name="Cancel large?")
    expect(question).to_contain_text("given back at once")
    question.get_by_role("button", name="Keep it").click()
    expect(coming).to_contain_text("large")
    coming.get_by_role("button", name=re.compile("^Cancel large")).click()
    question.get_by_role("button", name="Cancel booking").click()
    expect(coming).not_to_contain_text("large")
    assert client.booking(large_booking.id).phase is Phase.CANCELLED

    # With the services away the page says so, keeps what it knows, and comes back with them.
    with stopped(product, "supervisor"):
        gone = product.kill("services")
        page.get_by_role("button", name="Next week").click()
        expect(page.get_by_role("alert")).to_contain_text("does not answer")
        expect(coming).to_contain_text("medium")
        page.get_by_role("button", name="Try again").click()
        expect(page.get_by_role("alert")).to_contain_text("does not answer")
        keep(page, STORY, "3-away", full_page=True)
    product.wait_back("services", gone)
    expect(page.get_by_role("alert")).not_to_be_visible(timeout=120_000)


def test_no_width_needs_sideways_scrolling(page: Page) -> None:
    for width, height in ((1280, 860), (640, 430), (360, 740), (320, 640)):
        page.set_viewport_size({"width": width, "height": height})
        expect(page.get_by_role("grid", name="What is free")).to_be_visible()
        does_not_scroll_sideways(page)
        keep(page, STORY, f"width-{width}", full_page=True)

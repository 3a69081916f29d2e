"""Two people in two real windows want the last place. Pictures are kept in ``test-output/race``."""

from __future__ import annotations

import re
import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from aglais_hub.wire.bookings import Phase
from tests.support.browser import keep, open_browser, open_page
from tests.support.product import Product, wait_until
from tests.support.turns import clear_of_midnight

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Locator, Page, Request

    from aglais_hub.wire.bookings import Booking

pytestmark = [pytest.mark.live, pytest.mark.timeout(1200)]

STORY = "race"
ZONE = ZoneInfo("Europe/London")
PASSWORD = "a constellation of words"
BOTH = ("ada", "ben")
# By itself a page that hears of changes asks again after two minutes: what shows sooner was told by the services.
BY_ITSELF_MS = 60_000
FULL = re.compile("ag-full")


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    with Product(tmp_path_factory.mktemp("race") / "state") as running:
        yield running


@pytest.fixture(scope="module")
def windows(product: Product) -> Iterator[dict[str, Page]]:
    """A window of Chromium for each, logged in, with the calendar open."""
    with open_browser() as browser, ExitStack() as stack:
        opened = {}
        for name in BOTH:
            opened[name] = stack.enter_context(open_page(browser, STORY))
            _log_in(product, opened[name], f"{name}@example.org")
        yield opened


def _log_in(product: Product, page: Page, address: str) -> None:
    page.goto(f"{product.url}hub/register")
    page.get_by_label("Email").fill(address)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Register").click()
    expect(page.get_by_role("heading", name=re.compile("check your mail", re.IGNORECASE))).to_be_visible()

    def mail() -> str:
        texts = [file.read_text().replace("=\n", "") for file in (product.state / "mail").glob("*.eml")]
        return next((text for text in texts if address in text), "")

    link = re.search(r"http\S+/hub/confirm/[\w-]+", wait_until(mail, saying="the mail is there"))
    assert link
    page.goto(link[0])
    page.get_by_label("Email").fill(address)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(re.compile(r"/hub/(home|spawn)|/services/aglais/bookings"))


def _open_next_week(product: Product, page: Page) -> None:
    """Open the calendar at the week after this one, and wait until it hears of changes."""
    clear_of_midnight(240)
    with page.expect_response(lambda answer: answer.url.endswith("/available/changes")) as heard:
        page.goto(f"{product.url}services/aglais/bookings")
    assert heard.value.headers["content-type"].startswith("text/event-stream")
    page.get_by_role("button", name="Next week").click()
    expect(_cells(page).last).not_to_have_class(re.compile("ag-wait"))


def _cells(page: Page) -> Locator:
    """The quarter days of the largest package, of which there are two."""
    return page.get_by_role("grid", name="What is free").get_by_role("gridcell", name=re.compile("^large,"))


def _next_week(day: int, hour: int) -> datetime:
    """An hour of the week after this one; Monday is day 0."""
    today = datetime.now(ZONE).date()
    found = today + timedelta(days=7 - today.weekday() + day)
    return datetime(found.year, found.month, found.day, hour, tzinfo=ZONE).astimezone(UTC)


def _taken(product: Product, start: datetime, end: datetime) -> list[Booking]:
    rows = product.client().bookings((start, end), package="large").rows
    return [row for row in rows if row.phase in (Phase.WAITING, Phase.ACCEPTED)]


def _choose(page: Page, cell: int) -> None:
    _cells(page).nth(cell).click()
    expect(page.get_by_role("group", name="Chosen")).to_contain_text("1 free")


def test_whoever_is_too_late_sees_it_turn_grey_and_takes_an_offer(product: Product, windows: dict[str, Page]) -> None:
    ada, ben = windows["ada"], windows["ben"]
    for page in windows.values():
        _open_next_week(product, page)
    start, end = _next_week(2, 6), _next_week(2, 12)
    cell = 4 * 2 + 1
    product.client().book("large", startdate=start, enddate=end, account="cai")
    for page in windows.values():
        expect(_cells(page).nth(cell)).to_have_attribute("aria-label", re.compile("1 free"), timeout=BY_ITSELF_MS)
        _choose(page, cell)
    keep(ben, STORY, "1-both-want-the-last-place", full_page=True)

    # Ada is first. Ben touches nothing, and sees it within the time in which his page would not have asked.
    ada.get_by_role("button", name="Book", exact=True).click()
    expect(_cells(ben).nth(cell)).to_have_class(FULL, timeout=BY_ITSELF_MS)
    expect(ada.get_by_role("status").last).to_contain_text("Booked: large")
    expect(ben.get_by_role("group", name="Chosen")).to_contain_text("no longer free")
    instead = ben.get_by_role("region", name="Instead")
    expect(instead.get_by_role("heading")).to_contain_text("large is no longer free")
    expect(instead).to_contain_text(re.compile(r"Kept for you for \d:\d\d"))
    keep(ben, STORY, "2-it-turned-grey-by-itself", full_page=True)

    # He takes an offer with one click, and the others are gone.
    instead.get_by_role("button", name=re.compile("^Earliest: large")).click()
    expect(ben.get_by_role("status").last).to_contain_text("Booked: large")
    expect(instead).not_to_be_visible()
    expect(ben.get_by_role("region", name="Coming up")).to_contain_text("large")
    keep(ben, STORY, "3-an-offer-is-taken", full_page=True)
    assert len(_taken(product, start, end)) == 2
    rows = product.client().bookings((start, start + timedelta(days=60)), account="ben").rows
    assert [row.phase for row in rows if row.phase is Phase.OFFERED] == []
    assert [row.start >= end for row in rows if row.phase is Phase.WAITING] == [True]


def test_of_two_who_book_at_the_same_moment_one_gets_it_and_the_other_is_offered_more(
    product: Product, windows: dict[str, Page]
) -> None:
    for page in windows.values():
        _open_next_week(product, page)
    start, end = _next_week(4, 12), _next_week(4, 18)
    cell = 4 * 4 + 2
    product.client().book("large", startdate=start, enddate=end, account="cai")
    for page in windows.values():
        expect(_cells(page).nth(cell)).to_have_attribute("aria-label", re.compile("1 free"), timeout=BY_ITSELF_MS)
        _choose(page, cell)
    at = time.time() * 1000 + 2000
    for page in windows.values():
        button = page.get_by_role("button", name="Book", exact=True)
        button.evaluate("(button, at) => void setTimeout(() => button.click(), at - Date.now())", at)

    wait_until(lambda: len(_taken(product, start, end)) == 2, saying="one of them has it")
    [winner] = {row.account for row in _taken(product, start, end)} & set(BOTH)
    loser = windows["ben" if winner == "ada" else "ada"]
    expect(windows[winner].get_by_role("status").last).to_contain_text("Booked: large")
    refused = loser.get_by_role("region", name=re.compile("Refused|Instead"))
    expect(refused).to_be_visible()
    expect(_cells(loser).nth(cell)).to_have_class(FULL, timeout=BY_ITSELF_MS)
    why = refused.get_by_role("link", name="Why?")
    address = why.get_attribute("href") or ""
    assert re.fullmatch(r"/services/aglais/decisions/[\w-]+", address)
    assert loser.request.get(product.url + address.lstrip("/")).ok
    keep(loser, STORY, "4-refused-at-the-same-moment", full_page=True)
    refused.get_by_role("button", name=re.compile("^Earliest: large")).click()
    expect(loser.get_by_role("status").last).to_contain_text("Booked: large")
    assert len(_taken(product, start, end)) == 2


def test_a_window_that_nobody_sees_does_not_listen(product: Product, windows: dict[str, Page]) -> None:
    page = windows["ada"]
    _open_next_week(product, page)
    say = """state => {
        Object.defineProperty(document, 'visibilityState', { value: state, configurable: true });
        document.dispatchEvent(new Event('visibilitychange'));
    }"""

    def is_stream(request: Request) -> bool:
        return request.url.endswith("/available/changes")

    with page.expect_event("requestfailed", is_stream):
        page.evaluate(say, "hidden")
    with page.expect_request(is_stream):
        page.evaluate(say, "visible")


def test_without_the_stream_it_is_asked_for_now_and_then(product: Product, windows: dict[str, Page]) -> None:
    page = windows["ben"]
    clear_of_midnight(240)
    page.clock.install()
    page.route("**/available/changes", lambda route: route.abort())
    page.goto(f"{product.url}services/aglais/bookings")
    page.get_by_role("button", name="Next week").click()
    cell = _cells(page).nth(4 * 6 + 1)
    expect(cell).to_have_attribute("aria-label", re.compile("2 free"))
    # The page's time stands still, however long the rest takes.
    page.clock.pause_at(datetime.now(UTC) + timedelta(seconds=10))
    for other in ("cai", "dee"):
        product.client().book("large", startdate=_next_week(6, 6), enddate=_next_week(6, 12), account=other)
    expect(cell).to_have_attribute("aria-label", re.compile("2 free"))
    page.clock.fast_forward(31_000)
    expect(cell).to_have_class(FULL)

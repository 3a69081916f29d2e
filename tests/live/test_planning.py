"""What a person plans in the calendar, and changes afterwards, in a real Chromium before the real services."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from aglais_hub.errors import ConflictError
from aglais_hub.wire.bookings import Phase
from tests.support.browser import keep, open_browser, open_page
from tests.support.product import Product, wait_until
from tests.support.steps import open_panel, wait_for_lab
from tests.support.turns import clear_of_midnight

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Locator, Page

    from aglais_hub.wire.bookings import Booking

pytestmark = [pytest.mark.live, pytest.mark.timeout(1200)]

STORY = "planning"
ZONE = ZoneInfo("Europe/London")
ADDRESS, PASSWORD = "ada@example.org", "a constellation of words"
FIELD = "%Y-%m-%dT%H:%M"


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    with Product(tmp_path_factory.mktemp("planning") / "state") as running:
        yield running


@pytest.fixture(scope="module")
def window(product: Product) -> Iterator[Page]:
    with open_browser() as browser, open_page(browser, STORY) as shown:
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
        yield shown


@pytest.fixture
def page(product: Product, window: Page) -> Iterator[Page]:
    """The calendar at the week after this one, with nothing booked; what the test has booked is given back."""
    clear_of_midnight(240)
    window.goto(f"{product.url}services/aglais/bookings")
    window.get_by_role("button", name="Next week").click()
    expect(_cells(window, "large").last).not_to_have_class(re.compile("ag-wait"))
    yield window
    client = product.client()
    live = [Phase.OFFERED, Phase.WAITING, Phase.AVAILABLE, Phase.RUNNING]
    for row in client.bookings((_now(), _now() + timedelta(days=90)), phase=live).rows:
        # An offer may have expired just now.
        with suppress(ConflictError):
            client.cancel(row.id)


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def _next_week(day: int, hour: int) -> datetime:
    """An hour of the week after this one; Monday is day 0."""
    today = datetime.now(ZONE).date()
    found = today + timedelta(days=7 - today.weekday() + day)
    return datetime(found.year, found.month, found.day, hour, tzinfo=ZONE).astimezone(UTC)


def _cells(page: Page, package: str) -> Locator:
    return page.get_by_role("grid", name="What is free").get_by_role("gridcell", name=re.compile(f"^{package},"))


def _mine(product: Product, package: str) -> Booking:
    def found() -> list[Booking]:
        rows = product.client().bookings((_now(), _now() + timedelta(days=90)), account="ada", package=package).rows
        return [row for row in rows if row.phase in (Phase.WAITING, Phase.AVAILABLE, Phase.RUNNING)]

    [row] = wait_until(found, saying=f"a {package} is booked")
    booking: Booking = row
    return booking


def _fill_up(product: Product, start: datetime, end: datetime) -> None:
    for other in ("ben", "cai"):
        product.client().book("large", startdate=start, enddate=end, account=other)


def _said(page: Page) -> Locator:
    return page.get_by_role("status").last


def test_several_times_are_picked_by_keyboard_and_booked_as_one(product: Product, page: Page) -> None:
    _fill_up(product, _next_week(3, 6), _next_week(3, 12))
    cells = _cells(page, "medium")
    expect(cells.nth(13)).to_have_class(re.compile("ag-full"))
    cells.nth(5).focus()
    page.keyboard.press("Control+ ")
    cells.nth(13).focus()
    page.keyboard.press("Control+ ")
    cells.nth(17).focus()
    page.keyboard.press("Control+ ")
    page.keyboard.press("Shift+ArrowRight")
    chosen = page.get_by_role("group", name="Chosen")
    times = chosen.get_by_role("list", name="Chosen times").get_by_role("listitem")
    expect(times).to_have_count(3)
    expect(times.nth(1)).to_contain_text("no place")
    expect(chosen).to_contain_text("no place in 1 of 3")
    keep(page, STORY, "1-several-times", full_page=True)
    cells.nth(13).click(modifiers=["Control"])
    expect(times).to_have_count(2)
    chosen.get_by_role("button", name="Book", exact=True).click()
    expect(_said(page)).to_contain_text("Booked: medium")
    booking = _mine(product, "medium")
    assert [(span.start, span.end) for span in booking.spans] == [
        (_next_week(1, 6), _next_week(1, 12)),
        (_next_week(4, 6), _next_week(4, 18)),
    ]
    coming = page.get_by_role("region", name="Coming up")
    expect(coming).to_contain_text("2 spans, 18 h together")
    coming.get_by_role("button", name=re.compile("^Details medium")).click()
    expect(coming.get_by_role("listitem").filter(has_text="06:00 to 18:00").last).to_contain_text("12 h")
    expect(coming.get_by_role("link", name="Why?")).to_have_attribute("href", re.compile("/services/aglais/decisions/"))
    keep(page, STORY, "2-details", full_page=True)


def test_a_repetition_is_said_in_words_and_booked(product: Product, page: Page) -> None:
    _cells(page, "small").nth(5).click()
    page.get_by_role("button", name="Edit times").click()
    page.get_by_label("Repeat").select_option("weekly")
    page.get_by_role("checkbox", name="Thursday").check(force=True)
    page.get_by_label("times in all").fill("5")
    chosen = page.get_by_role("group", name="Chosen")
    expect(chosen).to_contain_text("Every Tuesday and Thursday, 5 times, the last on")
    times = chosen.get_by_role("list", name="Chosen times").get_by_role("listitem")
    expect(times).to_have_count(5)
    # The last ones lie beyond the week that is shown, and are asked for.
    expect(times.last).to_contain_text("8 free")
    keep(page, STORY, "3-repetition", full_page=True)
    chosen.get_by_role("button", name="Book", exact=True).click()
    expect(_said(page)).to_contain_text("Booked: small")
    booking = _mine(product, "small")
    assert booking.recurrence == "FREQ=WEEKLY;BYDAY=TU,TH;COUNT=5"
    starts = [_next_week(day, 6) for day in (1, 3, 8, 10, 15)]
    assert [span.start for span in booking.spans] == starts


def test_any_time_within_a_window_is_found(product: Product, page: Page) -> None:
    _fill_up(product, _next_week(1, 6), _next_week(2, 3))
    expect(_cells(page, "large").nth(5)).to_have_class(re.compile("ag-full"))
    _cells(page, "large").nth(5).click()
    page.get_by_role("button", name="Edit times").click()
    page.get_by_label("May start").select_option("any time within 3 days")
    page.get_by_label("Length").select_option("8 h")
    chosen = page.get_by_role("group", name="Chosen")
    expect(chosen).to_contain_text("8 h, any time within 3 days from Tuesday")
    expect(chosen).to_contain_text("It starts as early as it fits")
    keep(page, STORY, "4-window", full_page=True)
    chosen.get_by_role("button", name="Book", exact=True).click()
    expect(_said(page)).to_contain_text("Booked: large")
    booking = _mine(product, "large")
    assert (booking.start, booking.end) == (_next_week(2, 3), _next_week(2, 11))


def test_sharing_is_chosen_behind_more(product: Product, page: Page) -> None:
    _cells(page, "tiny").nth(8).click()
    page.get_by_role("button", name="Edit times").click()
    page.get_by_text("More", exact=True).click()
    expect(page.get_by_role("radio", name=re.compile("^Managed"))).to_be_checked()
    page.get_by_role("radio", name=re.compile("^Shared")).check()
    keep(page, STORY, "5-sharing", full_page=True)
    page.get_by_role("button", name="Book", exact=True).click()
    expect(_said(page)).to_contain_text("Booked: tiny")
    assert _mine(product, "tiny").sharing == "shared"


def test_a_booking_is_moved_and_what_changed_meanwhile_is_not_overwritten(product: Product, page: Page) -> None:
    client = product.client()
    start = _next_week(1, 9)
    client.book("small", startdate=start, enddate=start + timedelta(hours=8), account="ada")
    coming = page.get_by_role("region", name="Coming up")
    change = coming.get_by_role("button", name=re.compile("^Change small"))
    change.click()
    later = start + timedelta(days=1, hours=1)
    coming.get_by_label("Starts").fill(later.astimezone(ZONE).strftime(FIELD))
    expect(coming.get_by_label("Ends")).to_have_value((later + timedelta(hours=8)).astimezone(ZONE).strftime(FIELD))
    expect(coming).to_contain_text("moves to")
    coming.get_by_role("button", name="Save").click()
    expect(_said(page)).to_contain_text("Changed: small")
    booking = _mine(product, "small")
    assert (booking.start, booking.end) == (later, later + timedelta(hours=8))

    # It has a page of its own, which stays when it is over.
    page.goto(f"{product.url}services/aglais/bookings/{booking.id}")
    expect(page.get_by_role("region", name="Booking", exact=True)).to_contain_text("waiting for its time")
    expect(page.get_by_role("region", name="Booking", exact=True)).to_contain_text("The start:")
    keep(page, STORY, "6-one-booking", full_page=True)
    page.goto(f"{product.url}services/aglais/bookings/nothing")
    expect(page.get_by_role("heading", name="There is no such booking")).to_be_visible()
    page.goto(f"{product.url}services/aglais/bookings")

    # While the form is open, it is changed elsewhere.
    change.click()
    coming.get_by_role("button", name="1 h longer").click()
    client.edit(booking.id, note="for the survey")
    expect(coming.get_by_role("button", name="Save")).to_be_enabled()
    coming.get_by_role("button", name="Save").click()
    changed = page.get_by_role("region", name="Changed meanwhile")
    expect(changed).to_contain_text("The note: for the survey")
    keep(page, STORY, "7-changed-meanwhile", full_page=True)
    changed.get_by_role("button", name="Leave it").click()
    assert _mine(product, "small").end == booking.end
    change.click()
    coming.get_by_role("button", name="1 h longer").click()
    client.edit(booking.id, note="for the other survey")
    coming.get_by_role("button", name="Save").click()
    changed.get_by_role("button", name="Do it anyway").click()
    expect(_said(page)).to_contain_text("Extended to")
    assert _mine(product, "small").end == booking.end + timedelta(hours=1)

    # Shorter by an hour gives that back; what has changed is told.
    change.click()
    coming.get_by_role("button", name="1 h shorter").click()
    expect(coming).to_contain_text("gives 1 h back")
    coming.get_by_role("button", name="Save").click()
    expect(_said(page)).to_contain_text("Changed: small")
    coming.get_by_role("button", name=re.compile("^Details small")).click()
    expect(coming.get_by_role("list").filter(has_text="The note: for the other survey").last).to_be_visible()
    keep(page, STORY, "8-history", full_page=True)


def test_an_extension_that_does_not_fit_is_made_as_far_as_it_does(product: Product, page: Page) -> None:
    client = product.client()
    now = _now()
    client.book("large", startdate=now, enddate=now + timedelta(hours=2), account="ada")
    gap = now.replace(minute=0, second=0) + timedelta(hours=4)
    _fill_up(product, gap, gap + timedelta(hours=6))
    current = page.get_by_role("region", name="Now")
    expect(current.get_by_role("heading")).to_contain_text("large")
    current.get_by_role("button", name="Change large").click()
    ends = current.get_by_label("Ends")
    ends.fill((gap + timedelta(hours=2)).astimezone(ZONE).strftime(FIELD))
    current.get_by_role("button", name="Save").click()
    refused = page.get_by_role("region", name="Refused")
    expect(refused.get_by_role("heading")).to_contain_text("large can’t be extended to")
    expect(refused).to_contain_text("the next booking needs the place then")
    keep(page, STORY, "9-as-far-as-it-goes", full_page=True)
    refused.get_by_role("button", name=re.compile("^Extend until")).click()
    expect(_said(page)).to_contain_text("Extended to")
    assert _mine(product, "large").end == gap


def test_what_follows_without_a_gap_counts_as_one(product: Product, page: Page) -> None:
    client = product.client()
    now = _now()
    middle = now + timedelta(hours=1)
    client.book("tiny", startdate=now, enddate=middle, account="ada")
    client.book("tiny", startdate=middle, enddate=middle + timedelta(hours=1), account="ada")
    current = page.get_by_role("region", name="Now")
    expect(current).to_contain_text(re.compile(r"(1 h 5\d min|2 h) left"))
    expect(current).to_contain_text("goes on in the next booking at")
    keep(page, STORY, "10-one-after-the-other", full_page=True)


def test_a_group_pays_until_its_budget_is_used_up_and_then_somebody_else(product: Product, page: Page) -> None:
    client = product.client()
    [large] = [row for row in client.packages().rows if row.name == "large"]
    client.create_group("astro", display="Astrometry", owner="ada")
    today = _now().date()
    seven = round(float(large.size.resources.cores) * 7, 2)
    client.give_budget("astro", seven, str(today), str(today + timedelta(days=60)))
    _cells(page, "large").nth(5).click()
    page.get_by_role("button", name="Edit times").click()
    chosen = page.get_by_role("group", name="Chosen")
    chosen.get_by_label("Charge to").select_option("astro")
    expect(chosen).to_contain_text("charged to Astrometry")
    keep(page, STORY, "14-charge", full_page=True)
    chosen.get_by_role("button", name="Book", exact=True).click()
    expect(_said(page)).to_contain_text("Booked: large")
    booking = _mine(product, "large")
    assert booking.group == "astro"

    # A seventh hour is paid for, and then no more: it is said what is left, until when, and what else there is.
    coming = page.get_by_role("region", name="Coming up")
    coming.get_by_role("button", name=re.compile("^Change large")).click()
    coming.get_by_role("button", name="1 h longer").click()
    coming.get_by_role("button", name="1 h longer").click()
    coming.get_by_role("button", name="Save").click()
    refused = page.get_by_role("region", name="Refused")
    expect(refused).to_contain_text("core-hours left until")
    keep(page, STORY, "15-used-up", full_page=True)
    refused.get_by_role("button", name=re.compile("^Extend until")).click()
    expect(_said(page)).to_contain_text("Extended to")
    budget = client.group("astro").budget
    assert budget is not None
    assert budget.left < 0.05

    # Nothing more can be charged to it, but to whoever has booked.
    _cells(page, "tiny").nth(9).click()
    page.get_by_role("button", name="Edit times").click()
    chosen.get_by_label("Charge to").select_option("astro")
    chosen.get_by_role("button", name="Book", exact=True).click()
    expect(refused).to_contain_text("charge it to yourself or another group")
    keep(page, STORY, "16-nothing-left", full_page=True)
    refused.get_by_role("button", name="Not now").click()
    chosen.get_by_label("Charge to").select_option("me")
    chosen.get_by_role("button", name="Book", exact=True).click()
    expect(_said(page)).to_contain_text("Booked: tiny")

    coming.get_by_role("button", name=re.compile("^Change large")).click()
    charge = coming.get_by_role("form", name="Charge large")
    charge.get_by_label("Charge to").select_option("me")
    keep(page, STORY, "17-charge-to-me", full_page=True)
    charge.get_by_role("button", name="Charge", exact=True).click()
    expect(_said(page)).to_contain_text("Charged to you: large")
    assert _mine(product, "large").group is None
    coming.get_by_role("button", name=re.compile("^Details large")).click()
    expect(coming).to_contain_text("It is charged to no group, before to astro")


def test_a_month_is_looked_at_by_days(page: Page) -> None:
    page.get_by_role("button", name="Month", exact=True).click()
    page.get_by_role("button", name="Next month").click()
    page.get_by_role("button", name="Next month").click()
    cells = _cells(page, "large")
    expect(cells.first).to_have_attribute("aria-label", re.compile(r"^large, \w+day 1 \w+: 2 free throughout"))
    assert 28 <= cells.count() <= 31
    keep(page, STORY, "11-month", full_page=True)
    cells.nth(2).click()
    page.keyboard.press("Shift+ArrowRight")
    expect(page.get_by_role("group", name="Chosen")).to_contain_text(re.compile(r"48 h|47 h|49 h|2 days"))


def test_the_panel_in_the_lab_hears_of_changes_too(product: Product, page: Page) -> None:
    page.get_by_role("group", name="Book now").get_by_role("button", name=re.compile("tiny")).click()
    with page.expect_response(
        lambda answer: re.search("/user/.*/aglais/api/available/changes", answer.url) is not None, timeout=120_000
    ) as heard:
        page.get_by_role("button", name="Open lab").click()
        wait_for_lab(page)
        open_panel(page)
    assert heard.value.headers["content-type"].startswith("text/event-stream")
    page.get_by_role("button", name="Next week").click()
    cell = _cells(page, "large").nth(5)
    expect(cell).not_to_have_class(re.compile("ag-wait"))
    _fill_up(product, _next_week(1, 6), _next_week(1, 12))
    # By itself a panel that hears of changes would ask after two minutes.
    expect(cell).to_have_class(re.compile("ag-full"), timeout=60_000)
    keep(page, STORY, "12-panel")
    _cells(page, "medium").nth(9).click()
    page.get_by_role("button", name="Edit times").click()
    page.get_by_label("Repeat").select_option("weekly")
    page.get_by_role("group", name="Chosen").get_by_label("Charge to").select_option("astro")
    expect(page.get_by_role("group", name="Chosen")).to_contain_text("4 times")
    expect(page.get_by_role("group", name="Chosen")).to_contain_text("charged to Astrometry")
    panel = page.get_by_role("region", name="Booking", exact=True)
    assert panel.evaluate("panel => panel.scrollWidth <= panel.clientWidth")
    keep(page, STORY, "13-panel-form")
    product.stop_server("ada")

"""The pages in a real Chromium: wide and narrow, light and dark; nothing sticks out or fails, and all can use them."""

from __future__ import annotations

import re
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.authenticators.person import PASSWORD, Person
from tests.support.accessibility import is_for_everyone
from tests.support.browser import keep, open_browser, open_page
from tests.support.product import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.product import Product

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]

STORY = "pages"
FITS = "[document.documentElement, ...document.querySelectorAll('nav')].every(it => it.scrollWidth <= it.clientWidth)"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as running:
        yield running


def listen(page: Page) -> list[str]:
    """What goes wrong on the page from now on: script errors, and what the security policy blocks."""
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if "Content Security Policy" in said.text else None)
    return wrong


@contextmanager
def lasting(page: Page) -> Iterator[None]:
    """What the page would say for some seconds only, it says for good if it begins to meanwhile."""
    page.evaluate("() => { window.usual = window.setTimeout; window.setTimeout = () => 0; }")
    yield
    page.evaluate("() => { window.setTimeout = window.usual; }")


def look(page: Page, name: str, story: str = STORY) -> None:
    """Look at the page at every size and in both themes; keep pictures."""
    # What it has of light and dark is chosen by its scripts first.
    page.wait_for_load_state()
    for theme in ("light", "dark"):
        page.evaluate("theme => document.documentElement.setAttribute('data-bs-theme', theme)", theme)
        # Only colours differ between the two.
        is_for_everyone(page, f"{name}, {theme}", only=["color-contrast"] if theme == "dark" else None)
        for width in (1280, 640, 360):
            page.set_viewport_size({"width": width, "height": 800})
            # Polled from here: the page's own policy forbids a script that waits within it.
            wait_until(lambda: page.evaluate(FITS), saying=f"{name} sticks out at {width} px")
            if width != 640:
                keep(page, story, f"{name}-{theme}-{width}")
    page.set_viewport_size({"width": 1280, "height": 860})


def test_every_page_fits_and_nothing_fails(product: Product, browser: Browser, address: str) -> None:
    with open_page(browser, STORY) as page:
        wrong = listen(page)
        page.goto(product.url)
        look(page, "login")
        page.goto(f"{product.url}hub/register")
        look(page, "register")
        page.goto(f"{product.url}hub/confirm/0123456789")
        look(page, "confirm")
        page.goto(f"{product.url}hub/reset")
        look(page, "reset")
        page.get_by_label("Email").fill("nobody@example.org")
        page.get_by_role("button", name="Mail me a link").click()
        expect(page.get_by_role("link", name="ask again")).to_be_visible()
        look(page, "reset-mailed")
        page.goto(f"{product.url}hub/token-login?token=made-up")
        look(page, "token-bad")
        for name in ("reset", "address", "stop"):
            page.goto(f"{product.url}hub/{name}?code=aaaa-bbbb-cccc")
            look(page, f"{name}-link")
            if name == "reset":
                page.get_by_label("New password").fill("qwertyuiop again")
            page.get_by_role("button", name=re.compile("^(Change it|Use it|Stop the change)$")).click()
            expect(page.get_by_role("alert")).to_contain_text("not known")
            look(page, f"{name}-bad")
        with Person(product) as person:
            person.get(person.register(address))
        page.goto(f"{product.url}hub/login")
        page.get_by_label("Email").fill(address)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        expect(page.get_by_role("heading", name="Start a lab now")).to_be_visible()
        look(page, "start")
        for name, path in (
            ("home", "hub/home"),
            ("bookings", "services/aglais/bookings"),
            ("nothing", "services/aglais/nothing"),
            ("tokens", "hub/token"),
            ("password", "hub/password"),
            ("address", "hub/address"),
        ):
            page.goto(product.url + path)
            if name == "bookings":
                expect(page.get_by_role("button", name="Book tiny now")).to_be_visible()
            look(page, name)
        assert wrong == []


def test_the_page_that_adds_an_address_fits_too(product: Product, browser: Browser) -> None:
    (card,) = product.client().open_batch(1, "fits", datetime.now(UTC) + timedelta(days=1), level=1).rows
    with open_page(browser, STORY) as page:
        wrong = listen(page)
        page.goto(card.url)
        page.goto(f"{product.url}hub/email")
        expect(page.get_by_role("heading", name="Add email and password")).to_be_visible()
        look(page, "email")
        assert wrong == []


def test_light_or_dark_is_one_choice_for_all_pages(product: Product, browser: Browser) -> None:
    with open_page(browser, STORY) as page:
        page.goto(product.url)
        root = page.locator("html")
        expect(root).to_have_attribute("data-bs-theme", "light")
        page.get_by_role("button", name="Light or dark").click()
        expect(root).to_have_attribute("data-bs-theme", "dark")
        page.goto(f"{product.url}services/aglais/nothing")
        expect(root).to_have_attribute("data-bs-theme", "dark")
        page.get_by_role("button", name="Light or dark").click()
        page.goto(f"{product.url}hub/register")
        expect(root).to_have_attribute("data-bs-theme", "light")


def test_paper_is_light_and_forced_colours_show_where_one_is(product: Product, browser: Browser, address: str) -> None:
    with Person(product) as person:
        person.join(address)
    with open_page(browser, STORY, dark=True) as page:
        page.goto(f"{product.url}hub/login?next=/hub/storage")
        page.get_by_label("Email").fill(address)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        root = page.locator("html")
        expect(root).to_have_attribute("data-bs-theme", "dark")
        page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        expect(root).to_have_attribute("data-bs-theme", "light")
        page.emulate_media(media="print")
        expect(page.get_by_role("heading", name="Saved data")).to_be_visible()
        expect(page.get_by_role("link", name="Log out")).to_be_hidden()
        page.evaluate("window.dispatchEvent(new Event('afterprint'))")
        expect(root).to_have_attribute("data-bs-theme", "dark")
        page.emulate_media(media="screen", forced_colors="active")
        pages = page.get_by_role("navigation", name="Your account").get_by_role("link")
        expect(pages.nth(1)).to_be_visible()

        def is_marked() -> bool:
            edges = pages.evaluate_all("all => all.map(one => getComputedStyle(one).borderBottomColor)")
            return bool(edges.count(edges[1]) == 1)

        wait_until(is_marked, saying="the second is the current one, and has an edge of its own colour")


def test_times_are_the_viewers_own(product: Product, browser: Browser, address: str) -> None:
    with Person(product) as person:
        name = person.join(address)
    booking = product.client().book("tiny", duration="PT3H", account=name)
    day = datetime.now(UTC) + timedelta(days=3)
    spans = [day.replace(hour=hour, minute=0, second=0, microsecond=0) for hour in (3, 5)]
    product.client().book("tiny", startdate=spans[0], enddate=spans[1], account=name)
    context = browser.new_context(timezone_id="Asia/Tokyo", locale="en-GB")
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto(f"{product.url}hub/login")
    page.get_by_label("Email").fill(address)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(re.compile(r"/hub/(spawn|home)"))
    page.goto(f"{product.url}hub/home")
    end = page.evaluate(
        "iso => new Date(iso).toLocaleTimeString('en-GB', {hour: '2-digit', minute: '2-digit'})",
        booking.end.isoformat(),
    )
    expect(page.get_by_role("heading", name=re.compile(f"^tiny, until {end}( tomorrow)?$"))).to_be_visible()
    expect(page.get_by_text("Times in Asia/Tokyo.")).to_be_visible()
    expect(page.get_by_role("listitem")).to_have_text(
        re.compile(r"^\s*tiny\s+\w{3},? \d+ \w+ 12:00 to 14:00\s+2 h\s*$")
    )
    expect(page.locator("time.hub-left")).to_have_text(re.compile(r"^(3 h|2 h 5\d min) left$"))
    context.close()
    product.client().cancel(booking.id)


def test_a_password_can_be_looked_at_and_a_form_is_sent_once(product: Product, browser: Browser) -> None:
    with open_page(browser, STORY) as page:
        page.goto(f"{product.url}hub/register")
        secret = page.get_by_label("Password")
        expect(secret).to_have_attribute("type", "password")
        page.get_by_role("button", name="Show").click()
        expect(secret).to_have_attribute("type", "text")
        page.goto(f"{product.url}hub/login")
        sent: list[str] = []
        page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
        page.get_by_label("Email").fill("nobody@example.org")
        page.get_by_label("Password").fill("wrong password")
        button = page.get_by_role("button", name="Log in")
        button.dblclick()
        expect(page.get_by_role("alert")).to_contain_text("Wrong email or password.")
        assert len(sent) == 1


def test_a_start_is_followed_and_the_lab_is_stopped_on_the_page(
    product: Product, browser: Browser, address: str
) -> None:
    with Person(product) as person:
        person.join(address)
    with open_page(browser, STORY) as page:
        wrong = listen(page)
        page.goto(f"{product.url}hub/login")
        page.get_by_label("Email").fill(address)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        page.get_by_role("button", name="Start", exact=True).click()
        page.wait_for_url("**/user/**", timeout=180_000)
        page.goto(f"{product.url}hub/home")
        page.get_by_role("button", name="Stop the lab").click()
        expect(page.get_by_role("link", name="Start my lab")).to_be_visible(timeout=180_000)
        assert [one for one in wrong if "/hub/" in one] == []

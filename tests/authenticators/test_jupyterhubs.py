"""The pages that run JupyterHub's own scripts, in a real Chromium: tokens, and its admin panel."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.authenticators.person import PASSWORD, Person
from tests.authenticators.test_browser import browser, lasting, listen, look
from tests.support.browser import open_page

if TYPE_CHECKING:
    from tests.support.product import Product

__all__ = ["browser"]

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]

STORY = "jupyterhubs"
ADMIN = "head@example.org"
"""One of the product's admins."""


def log_in(page: Page, product: Product, address: str, path: str) -> None:
    page.goto(f"{product.url}hub/login?next=/{path}")
    page.get_by_label("Email").fill(address)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(f"**/{path}")


def test_a_token_is_made_copied_and_revoked(product: Product, browser: Browser, address: str) -> None:
    with Person(product) as person:
        name = person.join(address)
    with open_page(browser, STORY) as page:
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        wrong = listen(page)
        log_in(page, product, address, "hub/token")
        expect(page.get_by_text("You have made none.")).to_be_visible()
        expect(page.get_by_text("Copy it now")).to_be_hidden()
        page.get_by_label("What it is for").fill("aglais on a laptop of the Donaudampfschifffahrtsgesellschaft")
        page.get_by_label("Counts for").select_option("1 Day")
        page.get_by_label("What it may do").fill("read:users!user custom:aglais:bookings:write")
        page.get_by_role("button", name="Make a token").click()
        expect(page.get_by_text("Copy it now")).to_be_visible()
        with lasting(page):
            page.get_by_role("button", name="Copy", exact=True).click()
            expect(page.get_by_role("status").filter(has_text="Copied")).to_be_attached()
        token = page.evaluate("navigator.clipboard.readText()")
        assert product.hub("GET", "user", token=token).json()["name"] == name
        look(page, "token-new", STORY)

        page.goto(f"{product.url}services/aglais/bookings")
        assert product.start_server(name).status_code in (201, 202)
        page.goto(f"{product.url}hub/token")
        mine = page.get_by_role("region", name="Your tokens").get_by_role("listitem")
        expect(mine.filter(has_text="Your lab")).to_have_count(1)
        made = mine.filter(has_text="aglais on a laptop")
        expect(made).to_contain_text("ends")
        expect(made).not_to_contain_text("UTC")
        made.get_by_text("What it may do").click()
        expect(made).to_contain_text("custom:aglais:bookings:write")
        expect(page.get_by_role("region", name="Where you are logged in")).to_contain_text("Web pages of the platform")
        look(page, "token-made", STORY)
        made.get_by_role("button", name="Revoke aglais on a laptop").click()
        expect(made).to_have_count(0)
        assert product.hub("GET", "user", token=token).status_code == 403
        assert wrong == []


def test_somebody_elses_lab_is_entered_after_a_question(product: Product, browser: Browser, address: str) -> None:
    with Person(product) as person:
        name = person.join(address)
    with Person(product) as person:
        friend = person.join(f"friend-of-{address}")
    with Person(product) as person:
        if person.login(ADMIN).status_code != 302:
            person.join(ADMIN)
    with open_page(browser, STORY) as page:
        heading = page.get_by_role("heading", level=1)
        log_in(page, product, ADMIN, "hub/account")
        page.goto(f"{product.url}user/{name}/lab")
        expect(heading).to_have_text(f"The lab of {name} is not running")
        expect(page.get_by_role("link", name="Your account, head")).to_be_visible()
        expect(page.get_by_role("link", name=f"Start it for {name}")).to_be_visible()
        look(page, "not-running", STORY)
        assert product.start_server(name).status_code in (201, 202)
        page.goto(f"{product.url}user/{name}/lab")
        expect(heading).to_have_text(f"Go into the lab of {name}?")
        expect(page.get_by_text("can do nothing in your name")).to_be_visible()
        look(page, "question", STORY)
        page.get_by_role("button", name="Go in").click()
        page.wait_for_url(f"**/user/{name}/lab*", timeout=60_000)
    shared = product.hub("POST", f"share-codes/{name}/", json={})
    assert shared.status_code == 200, shared.text
    with open_page(browser, STORY) as page:
        heading = page.get_by_role("heading", level=1)
        log_in(page, product, f"friend-of-{address}", "hub/account")
        page.goto(f"{product.url}hub/accept-share?code={shared.json()['code']}")
        expect(heading).to_have_text(f"{name} shares a lab with you")
        expect(page.get_by_role("link", name=f"Your account, {friend}")).to_be_visible()
        look(page, "share", STORY)
        page.get_by_role("button", name="Accept").click()
        expect(heading).to_have_text(f"Go into the lab of {name}?", timeout=60_000)


def test_the_admin_panel_fits_a_phone_and_all_can_use_it(product: Product, browser: Browser) -> None:
    with Person(product) as person:
        name = person.join(ADMIN)
    with open_page(browser, STORY) as page:
        wrong = listen(page)
        log_in(page, product, ADMIN, "hub/admin")
        details = page.get_by_role("button", name=f"Details of {name}", exact=True)
        expect(details).to_have_attribute("aria-expanded", "false")
        look(page, "admin", STORY)
        page.set_viewport_size({"width": 360, "height": 800})
        wide = page.evaluate("(it => it.scrollWidth - it.clientWidth)(document.getElementById('react-admin-hook'))")
        assert wide <= 0, f"{wide} px too wide"
        page.set_viewport_size({"width": 1280, "height": 860})
        sort = page.get_by_role("button", name="Sort by user")
        sort.focus()
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile("sort="))
        details = page.get_by_role("button", name=f"Details of {name}", exact=True)
        details.click()
        expect(details).to_have_attribute("aria-expanded", "true")
        assert [one for one in wrong if "aglais" in one] == []

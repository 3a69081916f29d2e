"""The pages of workshops, in a real Chromium against real services: opened, printed, looked after, ended."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
import zxingcpp
from matplotlib import image
from playwright.sync_api import expect

from aglais_hub.cli.cards import cards_page
from tests.portal.test_accounts import links_on_sheets, look, open_page, region
from tests.support.browser import open_browser
from tests.support.pages import does_not_scroll_sideways, move_to_today, pages_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Locator, Page

    from tests.support.platform import Platform

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]

STORY = "workshops"
LONDON = ZoneInfo("Europe/London")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as running:
        yield running


def create(lite: Platform, name: str, number: int, **more: Any) -> list[dict[str, str]]:
    body = {"name": name, "number": number, "until": (lite.clock.now() + timedelta(days=5)).isoformat()} | more
    answer = lite.call("POST", "workshops/create", "root", json=body)
    assert answer.status_code == 201, answer.text
    rows: list[dict[str, str]] = answer.json()["rows"]
    return rows


def comes(lite: Platform, url: str) -> int:
    token = url.partition("token=")[2]
    return lite.call("POST", "accounts/token-login", "hub-parts", json={"token": token}).status_code


def in_field(lite: Platform, **more: float) -> str:
    return (lite.clock.now() + timedelta(**more)).astimezone(LONDON).strftime("%Y-%m-%dT%H:%M")


def tickets(page: Page) -> Locator:
    return region(page, "Cards").get_by_role("listitem")


def read_codes(picture: Path) -> set[str]:
    """What a phone reads in a picture."""
    pixels = (np.asarray(image.imread(picture))[..., :3] * 255).astype(np.uint8)
    return {found.text for found in zxingcpp.read_barcodes(np.ascontiguousarray(pixels))}


def test_a_workshop_is_opened_and_its_cards_are_printed(lite: Platform, browser: Browser, tmp_path: Path) -> None:
    move_to_today(lite)
    with pages_of(browser, lite, "root", STORY) as page:
        open_page(page, lite, "workshops")
        expect(page.get_by_text("There are no workshops yet.")).to_be_visible()
        look(page, "w1-empty")
        page.get_by_role("button", name="Open a workshop…").click()
        dialog = page.get_by_role("dialog")
        act = dialog.get_by_role("button", name="Open", exact=True)
        act.click()
        name = dialog.get_by_label("Name")
        expect(name).to_be_focused()
        expect(name).to_have_attribute("aria-invalid", "true")
        name.fill("gaia")
        expect(dialog.get_by_text("Accounts are called gaia-01, gaia-02")).to_be_visible()
        dialog.get_by_label("Accounts", exact=True).fill("10000")
        act.click()
        expect(dialog.get_by_role("alert")).to_have_text("Write a number from 1 to 500.")
        dialog.get_by_label("Accounts", exact=True).fill("12")
        dialog.get_by_label("Ends").fill(in_field(lite, days=-1))
        act.click()
        expect(dialog.get_by_role("alert")).to_contain_text("This time has been.")
        look(page, "w2-form")
        dialog.get_by_label("Ends").fill(in_field(lite, days=7))
        act.dblclick()

        heading = page.get_by_role("heading", level=1)
        expect(heading).to_have_text("12 cards of gaia")
        expect(heading).to_be_focused()
        expect(tickets(page)).to_have_count(12)
        expect(tickets(page).first).to_contain_text(
            re.compile(r"until \w+day \d+ \w+ \d{4}, \d\d:\d\d \(Europe/London\)")
        )
        assert len(lite.call("GET", "workshops/select", "root").json()["rows"]) == 1
        look(page, "w3-cards")
        page.get_by_role("button", name="Done").click()
        expect(page.get_by_role("dialog", name="Leave without the links?")).to_be_visible()
        page.get_by_role("button", name="Stay").click()
        urls = [str(one.get_attribute("href")) for one in tickets(page).get_by_role("link").all()]

        for theme in ("light", "dark"):
            page.emulate_media(media="print", color_scheme=theme)  # type: ignore[arg-type]
            page.evaluate("theme => document.documentElement.setAttribute('data-bs-theme', theme)", theme)
            expect(heading).to_be_hidden()
            expect(page.get_by_role("navigation", name="Main")).to_be_hidden()
            ink = tickets(page).first.evaluate("it => getComputedStyle(it).color")
            assert sum(int(part) for part in re.findall(r"\d+", ink)[:3]) < 200, f"{ink} on paper, {theme}"
            picture = tmp_path / f"{theme}.png"
            page.set_viewport_size({"width": 718, "height": 1050})
            page.screenshot(path=picture, full_page=True)
            assert read_codes(picture) == set(urls)
        sheets = links_on_sheets(page.pdf(prefer_css_page_size=True, format="A4"))
        counted = [link for sheet in sheets for link in {link for _, link in sheet}]
        assert (len(counted), len(set(counted))) == (12, 12), "no card is on two sheets"
        assert len(sheets) <= 2
        page.emulate_media(media="screen", color_scheme="light")

        with page.expect_download() as saving:
            page.get_by_role("button", name="Save as CSV").click()
        saved = saving.value.path().read_text().splitlines()
        assert (len(saved), saved[0], urls[0] in saved[1]) == (13, "account,link,until", True)
        page.get_by_role("button", name="Done").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("gaia")
        assert comes(lite, urls[0]) == 200


def test_whoever_leaves_without_the_links_is_asked(lite: Platform, browser: Browser) -> None:
    move_to_today(lite)
    create(lite, "gaia", 1)
    asked: list[str] = []
    with pages_of(browser, lite, "root", STORY) as page:
        open_page(page, lite, "workshops/gaia")
        page.get_by_role("button", name="Add accounts…").click()
        page.get_by_role("dialog").get_by_label("How many").fill("2")
        page.get_by_role("dialog").get_by_role("button", name="Add").click()
        expect(tickets(page)).to_have_count(2)

        def stay(question: Any) -> None:
            asked.append(question.type)
            question.accept()

        page.on("dialog", stay)
        page.reload()
        expect(page.get_by_role("heading", level=1)).to_have_text("gaia")
    assert asked == ["beforeunload"]


def test_a_workshop_is_looked_after_and_ended(lite: Platform, browser: Browser) -> None:
    now = move_to_today(lite)
    create(lite, "stars", 2, until=(now + timedelta(hours=3)).isoformat(), erase=True)
    create(lite, "past", 1, until=(now + timedelta(minutes=2)).isoformat())
    rows = create(lite, "gaia", 5)
    lite.clock.move(timedelta(minutes=3))
    assert comes(lite, rows[0]["url"]) == 200
    lite.call("DELETE", "accounts/gaia-05", "root")
    with pages_of(browser, lite, "root", STORY) as page:
        dialog = page.get_by_role("dialog")
        open_page(page, lite, "workshops")
        table = page.get_by_role("table", name="Workshops").locator("tbody tr")
        expect(table).to_have_count(3)
        expect(table.filter(has_text="stars")).to_contain_text("ends in")
        expect(table.filter(has_text="past")).to_contain_text("over")
        expect(table.filter(has_text="gaia")).to_contain_text("4 of 5 accounts")
        look(page, "w4-list")
        page.get_by_label("State").select_option("over")
        expect(table).to_have_count(1)
        page.get_by_role("searchbox").fill("nothing")
        expect(page.get_by_text("No workshop is like this.")).to_be_visible()
        page.get_by_role("button", name="Show all").click()
        table.get_by_role("link", name="gaia").click()

        accounts = page.get_by_role("table", name="Accounts").locator("tbody tr")
        expect(accounts).to_have_count(6)
        expect(accounts.filter(has_text="gaia-01")).to_contain_text("used")
        expect(accounts.filter(has_text="gaia-05")).to_contain_text("being deleted")
        expect(page.get_by_role("checkbox", name="Choose gaia-05")).to_be_disabled()
        page.get_by_label("Which accounts").select_option("absent")
        expect(accounts.filter(has_text="gaia-01")).to_have_count(0)
        page.get_by_label("Which accounts").select_option("lab")
        expect(page.get_by_text("Nobody has a lab now.")).to_be_visible()
        page.get_by_label("Which accounts").select_option("")
        page.get_by_role("checkbox", name="Choose gaia-01").check()
        look(page, "w5-workshop")
        page.get_by_role("button", name="New links for 1…").click()
        look(page, "w6-links")
        dialog.get_by_role("button", name="Make new links").click()
        expect(tickets(page)).to_have_count(1)
        assert comes(lite, rows[0]["url"]) == 404
        assert comes(lite, str(tickets(page).get_by_role("link").get_attribute("href"))) == 200
        page.get_by_role("button", name="Done").click()
        page.get_by_role("button", name="Leave").click()

        page.get_by_role("button", name="Change the end…").click()
        answer = lite.call("POST", "workshops/gaia", "root", json={"erase": True})
        assert answer.status_code == 200
        dialog.get_by_label("Ends").fill(in_field(lite, days=9))
        dialog.get_by_role("button", name="Save").click()
        expect(dialog.get_by_role("alert")).to_contain_text("Somebody else has changed gaia")
        dialog.get_by_role("button", name="Cancel").click()
        page.reload()
        page.get_by_role("button", name="Change the end…").click()
        expect(dialog.get_by_label("Delete the accounts with everything")).to_be_checked()
        dialog.get_by_label("Let nobody in, and keep files").check()
        dialog.get_by_role("button", name="Save").click()
        expect(page.get_by_role("status").filter(has_text="Saved.")).to_be_visible()

        expect(page.get_by_text("Then nobody gets in, and files are kept.")).to_be_visible()
        page.get_by_role("button", name="End now…").click()
        expect(dialog.get_by_text("every way into 4 accounts")).to_be_visible()
        expect(dialog.get_by_role("button", name="End it")).to_be_enabled()
        dialog.get_by_label("Delete the accounts with everything").check()
        end = dialog.get_by_role("button", name="Delete everything")
        expect(end).to_be_disabled()
        look(page, "w7-end")
        dialog.get_by_label("Let nobody in, and keep files").check()
        dialog.get_by_role("button", name="End it").click()
        expect(page.get_by_role("status").filter(has_text="gaia is over.")).to_be_visible()
        look(page, "w8-over")
        page.get_by_role("button", name="Delete what is left…").click()
        dialog.get_by_label("Type gaia to delete it").fill("gaia")
        end.click()
        expect(page.get_by_role("status").filter(has_text="is being deleted")).to_be_visible()
        lite.parts.ender.look()
        page.reload()
        expect(region(page, "Accounts")).to_contain_text("being deleted")
        page.goto(f"{lite.url}services/aglais/workshops/nothing")
        expect(page.get_by_role("heading", level=1)).to_have_text("There is no such workshop.")
    with pages_of(browser, lite, "ada", STORY) as page:
        for path in ("workshops", "workshops/gaia"):
            answer_ = page.goto(f"{lite.url}services/aglais/{path}")
            assert answer_ is not None
            assert answer_.status == 403


def test_the_cards_of_the_command_line_are_read_by_a_phone(lite: Platform, browser: Browser, tmp_path: Path) -> None:
    now = lite.clock.now()
    with lite.client("root") as client, pages_of(browser, lite, "root", STORY) as page:
        made = client.open_workshop(4, "gaia", now + timedelta(days=30), qr=True)
        page.set_content(cards_page(made.rows, made.workshop.until, LONDON))
        does_not_scroll_sideways(page)
        page.screenshot(path=tmp_path / "cards.png")
        assert read_codes(tmp_path / "cards.png") == {card.url for card in made.rows}

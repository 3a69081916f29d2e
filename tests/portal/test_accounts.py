"""The pages of accounts, in a real Chromium against real services: found, edited, suspended, resumed, imported."""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from aglais_hub.cli.cards import cards_page
from tests.support.accessibility import is_for_everyone
from tests.support.browser import keep, open_browser
from tests.support.pages import does_not_scroll_sideways, move_to_today, pages_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Locator, Page

    from tests.support.platform import Platform

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]

STORY = "accounts"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as running:
        yield running


def arrive(lite: Platform, label: str, display: str, affiliation: str) -> str:
    """Somebody comes by GitHub; gives the account's name."""
    proof = {"kind": "github", "subject": label, "label": label, "email": f"{label}@example.org"}
    arrived = lite.call("POST", "accounts/arrive", "root", json=proof).json()
    opening = {"pending": arrived["pending"], "display": display, "affiliation": affiliation}
    answer = lite.call("POST", "accounts/open", "root", json=opening)
    assert answer.status_code == 201, answer.text
    name: str = answer.json()["name"]
    return name


@pytest.fixture
def people(lite: Platform) -> dict[str, str]:
    """Three astronomers, and a visitor."""
    move_to_today(lite)
    lite.grant(12)
    named = {
        "marie": arrive(lite, "marie", "Marie Curie", "Sorbonne"),
        "cecilia": arrive(lite, "cecilia", "Cecilia Payne", "Harvard College Observatory"),
        "vera": arrive(lite, "vera", "Vera Rubin", "Carnegie Institution"),
    }
    lite.call("POST", "accounts/try", "root", json={})
    item = {
        "space": "saved",
        "path": "stars.parquet",
        "files": 1,
        "size": 5 * 2**30,
        "changed": lite.clock.now().isoformat(),
    }
    answer = lite.call("POST", f"storage/{named['vera']}/measured", "root", json={"items": [item]})
    assert answer.status_code == 200, answer.text
    for _ in range(2):
        assert lite.book("tiny", "root", account=named["vera"], duration="PT2H").status_code == 201
    return named


def account(lite: Platform, name: str) -> dict[str, Any]:
    found: dict[str, Any] = lite.call("GET", f"accounts/{name}", "root").json()
    return found


def open_page(page: Page, lite: Platform, path: str) -> None:
    page.goto(f"{lite.url}services/aglais/{path}")
    expect(page.get_by_text("Times in Europe/London.")).to_be_visible()


def region(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name, exact=True)


def look(page: Page, name: str) -> None:
    """Wide and narrow, light and dark."""
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        page.evaluate("theme => document.documentElement.setAttribute('data-bs-theme', theme)", theme)
        is_for_everyone(page, f"{name}, {theme}", only=["color-contrast"] if theme == "dark" else None)
        for width in (1280, 360):
            page.set_viewport_size({"width": width, "height": 860})
            does_not_scroll_sideways(page)
            keep(page, STORY, f"{name}-{theme}-{width}", full_page=True)
    page.emulate_media(color_scheme="light")
    page.evaluate("document.documentElement.setAttribute('data-bs-theme', 'light')")
    page.set_viewport_size({"width": 1280, "height": 860})


def test_somebody_is_found_edited_suspended_and_let_in_again(
    lite: Platform, browser: Browser, people: dict[str, str]
) -> None:
    vera = people["vera"]
    with pages_of(browser, lite, "root", STORY) as page:
        open_page(page, lite, "accounts")
        rows = page.get_by_role("table", name="Accounts").locator("tbody tr")
        expect(rows).to_have_count(4)
        expect(region(page, "Accounts").get_by_role("status")).to_have_text("4 accounts.")
        expect(page.get_by_role("columnheader", name="Space used")).to_be_visible()
        look(page, "1-list")

        page.get_by_role("searchbox").press_sequentially("nobody like this")
        expect(page.get_by_text("Nobody is like this.")).to_be_visible()
        page.get_by_role("button", name="Show everybody").click()
        expect(rows).to_have_count(4)
        page.get_by_role("searchbox").fill("carnegie")
        expect(rows).to_have_count(1)
        expect(rows).to_contain_text("Vera Rubin")
        expect(rows.locator("[data-label='Space used']")).to_have_text("5 GiB")
        expect(page).to_have_url(re.compile(r"\?q=carnegie$"))
        page.get_by_role("searchbox").press("ArrowDown")
        expect(rows.get_by_role("link")).to_be_focused()
        page.keyboard.press("Enter")

        expect(page.get_by_role("heading", name="Vera Rubin")).to_be_visible()
        expect(region(page, "What they have")).to_contain_text("until")
        expect(region(page, "Space")).to_contain_text("1 file, 5 GiB of 20,000 files, 9.8 GiB")
        expect(region(page, "Ways in, keys and groups")).to_contain_text("GitHub")
        settings = page.get_by_role("form", name="Settings")
        settings.get_by_label("Level", exact=True).fill("2")
        saved = settings.get_by_role("group", name="Saved data")
        saved.get_by_role("checkbox").check()
        saved.get_by_label("Kept").fill("two moons")
        settings.get_by_role("button", name="Save").click()
        expect(saved.get_by_label("Kept")).to_be_focused()
        expect(saved.get_by_role("alert")).to_contain_text("Write a length of time")
        saved.get_by_label("Kept").fill("18 months")
        look(page, "2-account")
        settings.get_by_role("button", name="Save").click()
        expect(page.get_by_role("status").filter(has_text="Saved.")).to_be_visible()
        now = account(lite, vera)
        assert (now["level"], now["attributes"]["saved"]["kept"]) == (2, "P18M")
        expect(region(page, "Changes")).to_contain_text("level: 1 → 2")

        page.get_by_role("button", name="Suspend…").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_role("button", name="Suspend").click()
        expect(dialog.get_by_label("Reason")).to_have_attribute("aria-invalid", "true")
        dialog.get_by_label("Reason").fill("left the institute")
        dialog.get_by_label("Release them").check()
        look(page, "3-suspend")
        dialog.get_by_role("button", name="Suspend").click()
        expect(region(page, "Who this is")).to_contain_text("left the institute")
        assert account(lite, vera)["suspended"]
        page.get_by_role("button", name="Resume…").click()
        page.keyboard.press("Escape")
        expect(page.get_by_role("button", name="Resume…")).to_be_focused()
        page.get_by_role("button", name="Resume…").click()
        dialog.get_by_role("button", name="Resume").click()
        expect(page.get_by_role("button", name="Suspend…")).to_be_visible()
        assert account(lite, vera)["suspended"] is None
        look(page, "4-trail")


def test_somebody_is_invited_again_and_not_after_all(lite: Platform, browser: Browser, people: dict[str, str]) -> None:
    with pages_of(browser, lite, "root", STORY) as page:
        open_page(page, lite, "invitations")
        expect(page.get_by_text("Nobody is invited.")).to_be_visible()
        page.get_by_role("button", name="Invite…").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_role("button", name="Send invitation").click()
        email = dialog.get_by_label("Email")
        expect(email).to_be_focused()
        expect(email).to_have_attribute("aria-invalid", "true")
        dialog.get_by_label("A line in the mail").fill("See you.")
        expect(dialog.get_by_role("alert")).to_have_text("Write an email address.")
        email.fill("henrietta@example.org")
        expect(dialog.get_by_role("alert")).to_have_count(0)
        expect(email).not_to_have_attribute("aria-invalid", "true")
        dialog.get_by_label("Level").fill("2")
        dialog.get_by_role("button", name="Send invitation").click()
        expect(dialog.get_by_role("status")).to_have_text("An invitation is on its way to henrietta@example.org.")
        dialog.get_by_role("button", name="Close").click()
        expect(page.get_by_role("button", name="Invite…")).to_be_focused()
        row = page.get_by_role("listitem").filter(has_text="henrietta@example.org")
        expect(row).to_contain_text("level 2")
        look(page, "6-invitations")
        row.get_by_role("button", name="Send again").click()
        expect(page.get_by_role("status").filter(has_text="Another mail is on its way")).to_be_visible()
        row.get_by_role("button", name="Withdraw").click()
        dialog.get_by_role("button", name="Withdraw").click()
        expect(row).to_contain_text("Withdrawn.")
        expect(row).to_be_focused()


def test_a_document_is_tried_before_it_is_imported(lite: Platform, browser: Browser, people: dict[str, str]) -> None:
    with pages_of(browser, lite, "root", STORY) as page:
        open_page(page, lite, "accounts")
        with page.expect_download() as exporting:
            page.get_by_role("link", name="CSV").click()
        exported = exporting.value.path().read_text()
        _header, *rows = exported.splitlines()
        assert len(rows) == 3

        page.get_by_role("link", name="Import").first.click()
        form = page.get_by_role("form", name="Import")
        form.get_by_label("or its text").fill(exported.replace("Carnegie Institution", "DTM") + "no row of theirs\n")
        form.get_by_role("button", name="See what it would do").click()
        result = region(page, "What it does")
        expect(result).to_be_focused()
        expect(result).to_contain_text("Nothing is done yet.")
        expect(result.get_by_role("row").filter(has_text="vera")).to_contain_text("would change")
        expect(result.get_by_role("row").filter(has_text="marie")).to_contain_text("stays as it is")
        assert account(lite, people["vera"])["affiliation"] == "Carnegie Institution"
        look(page, "7-import")
        result.get_by_role("button", name="Import 1 row").click()
        expect(result.get_by_role("heading", name="What was done")).to_be_visible()
        assert account(lite, people["vera"])["affiliation"] == "DTM"


def test_the_cards_of_a_workshop_are_printed_whole(lite: Platform, browser: Browser) -> None:
    now = lite.clock.now()
    with lite.client("root") as client, pages_of(browser, lite, "root", STORY, width=360) as page:
        made = client.open_batch(30, "gaia", now + timedelta(days=30), qr=True)
        page.set_content(cards_page(made.rows, made.until, ZoneInfo("UTC")))
        does_not_scroll_sideways(page)
        # An underline would hide the underscores from whoever types the link.
        assert page.get_by_role("link").first.evaluate("it => getComputedStyle(it).textDecorationLine") == "none"
        sheets = links_on_sheets(page.pdf(prefer_css_page_size=True))
    counted = Counter(link for sheet in sheets for link in {link for _, link in sheet})
    assert len(counted) == 30
    assert set(counted.values()) == {1}, "no card is on two sheets"
    assert len({max(top for top, _ in sheet) for sheet in sheets}) == 1, "every sheet has its margin"


def links_on_sheets(printed: bytes) -> list[list[tuple[float, bytes]]]:
    """Of each sheet of a PDF its links, a line each: how high the line is, and where it leads."""
    line = rb"(\d+) 0 obj\n<</Type /Annot\b.*?/Rect \[\S+ \S+ \S+ (\S+)\].*?/URI \((.*?)\)"
    lines = {number: (float(top), link) for number, top, link in re.findall(line, printed, re.DOTALL)}
    sheets = re.findall(rb"/Annots \[(.*?)\]", printed, re.DOTALL)
    return [[lines[number] for number in re.findall(rb"(\d+) 0 R", sheet)] for sheet in sheets]


def test_the_second_of_two_admins_is_told_of_the_first(
    lite: Platform, browser: Browser, people: dict[str, str]
) -> None:
    marie = people["marie"]
    with pages_of(browser, lite, "root", STORY) as page:
        open_page(page, lite, f"accounts/{marie}")
        settings = page.get_by_role("form", name="Settings")
        settings.get_by_label("Affiliation").fill("Institut du Radium")
        answer = lite.call("POST", f"accounts/{marie}/settings", "root", json={"level": 3})
        assert answer.status_code == 200, answer.text
        settings.get_by_role("button", name="Save").click()
        told = page.get_by_role("alert")
        expect(told).to_contain_text("Somebody else has changed this account")
        expect(told).to_contain_text("level: 1 → 3")
        assert account(lite, marie)["affiliation"] == "Sorbonne"
        told.get_by_role("button", name="Take theirs").click()
        expect(settings.get_by_label("Level", exact=True)).to_have_value("3")
        settings.get_by_label("Affiliation").fill("Institut du Radium")
        settings.get_by_role("button", name="Save").click()
        expect(page.get_by_role("status").filter(has_text="Saved.")).to_be_visible()
        now = account(lite, marie)
        assert (now["level"], now["affiliation"]) == (3, "Institut du Radium")


def test_two_become_one_and_who_goes_may_leave_files_behind(
    lite: Platform, browser: Browser, people: dict[str, str]
) -> None:
    marie, cecilia, vera = people["marie"], people["cecilia"], people["vera"]
    with pages_of(browser, lite, "root", STORY) as page:
        dialog = page.get_by_role("dialog")
        open_page(page, lite, f"accounts/{cecilia}")
        page.get_by_role("button", name="Merge").click()
        dialog.get_by_role("button", name="Merge").click()
        expect(dialog.get_by_label("The account that stays")).to_have_attribute("aria-invalid", "true")
        dialog.get_by_label("The account that stays").fill(marie)
        dialog.get_by_role("button", name="Merge").click()
        expect(page.get_by_role("status").filter(has_text=f"part of {marie} within a minute")).to_be_visible()
        lite.parts.merging.go_on()
        lite.parts.merging.go_on()
        assert len(account(lite, marie)["identities"]) == 2

        open_page(page, lite, f"accounts/{vera}")
        page.get_by_role("button", name="Delete").click()
        expect(dialog.get_by_role("listitem").filter(has_text="1 file in saved, 5 GiB")).to_be_visible()
        expect(dialog.get_by_role("button", name="Delete account")).to_be_disabled()
        dialog.get_by_label(f"Type {vera} to delete it").fill(vera)
        dialog.get_by_label("Hand them to another account").check()
        expect(dialog.get_by_role("listitem").filter(has_text="in saved")).to_have_count(0)
        dialog.get_by_role("button", name="Delete account").click()
        expect(dialog.get_by_label("The account that gets them")).to_have_attribute("aria-invalid", "true")
        dialog.get_by_label("The account that gets them").fill(marie)
        look(page, "6-delete")
        dialog.get_by_role("button", name="Delete account").click()
        expect(page.get_by_role("table", name="Accounts")).to_be_visible()
        lite.parts.merging.go_on()
        lite.parts.merging.go_on()
        assert account(lite, vera)["ending"]
        assert len(account(lite, marie)["identities"]) == 2, "files alone were handed over"


def test_what_each_level_may_have_is_for_everyone_and_accounts_are_not(
    lite: Platform, browser: Browser, people: dict[str, str]
) -> None:
    with pages_of(browser, lite, "ada", STORY) as page:
        open_page(page, lite, "policy")
        expect(page.get_by_role("heading", level=1)).to_have_text("What you may have")
        levels = page.get_by_role("table", name="Levels").locator("tbody tr")
        expect(levels).to_have_count(3)
        expect(levels.nth(0)).to_contain_text("ends after 12 hours")
        expect(levels.nth(1)).to_contain_text("until 1 year after its last change")
        look(page, "5-policy")
        for path in ("accounts", f"accounts/{people['vera']}", "invitations", "import"):
            answer = page.goto(f"{lite.url}services/aglais/{path}")
            assert answer is not None
            assert answer.status == 403
            expect(page.get_by_role("alert")).to_contain_text("Accounts are run by admins.")
        page.goto(f"{lite.url}services/aglais/nothing")
        expect(page.get_by_role("heading", level=1)).to_have_text("There is nothing here")
        expect(page.get_by_role("link", name="Your account, ada")).to_be_visible()

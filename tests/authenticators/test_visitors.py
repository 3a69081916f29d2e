"""From visitor to member in a real Chromium: the same server, kernel and files, by email and by a provider.

And what members are asked, as soon as it is.
"""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Browser, Page, expect

from aglais_hub.errors import NotFoundError, RefusedError
from tests.authenticators.house import PASSWORD, House, answer, house, join, log_in_there, login, name_of
from tests.authenticators.test_browser import browser, listen, look
from tests.support.browser import keep, open_page
from tests.support.notebooks import write
from tests.support.product import wait_until
from tests.support.steps import open_panel, wait_for_kernel, wait_for_lab

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["browser", "house", "login"]

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]

STORY = "visitors"


class Visit:
    """A visitor in their lab, with a notebook whose first cell has set a variable."""

    def __init__(self, house: House, page: Page) -> None:
        self.house, self.page = house, page
        page.goto(house.product.url)
        page.get_by_role("button", name="Give it a try").click()
        wait_for_lab(page)
        self.base = page.url.split("/lab")[0]
        self.name = self.base.rsplit("/", 1)[1]
        self.home = house.product.state / "homes" / self.name
        write(self.home / "user" / "mine.ipynb", ["mark = 'set before'", "print(mark)"])
        page.goto(f"{self.base}/lab/tree/user/mine.ipynb")
        wait_for_lab(page)
        wait_for_kernel(page)
        self.run(0)
        self.kernel = self.kernels()[0]

    def run(self, number: int) -> None:
        """Run one cell."""
        cells = self.page.locator(".jp-Notebook .jp-Cell")
        cells.nth(number).locator(".cm-content").click()
        self.page.keyboard.press("Shift+Enter")
        prompt = cells.nth(number).locator(".jp-InputPrompt")
        expect(prompt).to_have_text(re.compile(r"\[\d+\]"), timeout=180_000)

    def kernels(self) -> list[str]:
        found: list[dict[str, Any]] = self.page.request.get(f"{self.base}/api/kernels").json()
        return [one["id"] for one in found]

    def is_as_it_was(self) -> None:
        """The same kernel after a refresh, with its variable; the same server, and the file."""
        self.page.goto(f"{self.base}/lab/tree/user/mine.ipynb")
        wait_for_lab(self.page)
        wait_for_kernel(self.page)
        assert self.kernels() == [self.kernel]
        expect(self.page.get_by_text(re.compile("^Visitor"))).to_be_hidden()
        self.run(1)
        expect(self.page.locator(".jp-OutputArea-output").last).to_have_text(re.compile("set before"))
        assert (self.home / "user" / "mine.ipynb").exists()

    def register(self) -> Page:
        """The page that [Register] in the lab opens."""
        with self.page.expect_popup() as opened:
            self.page.get_by_role("link", name=re.compile(r"^Visitor until .* · Register$")).click()
        return opened.value

    def becomes_a_member(self) -> None:
        """The lab notices by itself, and what was said of the visit goes."""
        expect(self.page.get_by_role("link", name=re.compile("^Visitor until"))).to_be_hidden()
        expect(self.page.get_by_text("You are a member now.").first).to_be_visible()
        account = self.house.account(self.name)
        assert (account.level, account.expires, account.package) == (1, None, "small")
        assert self.book_small().account == self.name

    def is_told_how_the_account_stands(self) -> None:
        """The panel says that the account ends, and what is asked, until that is answered."""
        client = self.house.product.client()
        client.set_account(self.name, expires=datetime.now(UTC) + timedelta(days=2))
        account, asked = (self.page.get_by_role("region", name=name) for name in ("Account", "To answer"))
        expect(account).to_contain_text("Your account ends")
        expect(account.get_by_role("button", name="Download my data")).to_have_attribute("href", "/hub/data")
        client.set_account(self.name, expires=None)
        expect(asked).to_contain_text("This lab runs on as it is, and nothing in it is lost.")
        keep(self.page, STORY, "lab-asked")
        with self.page.expect_popup() as opened:
            asked.get_by_role("button", name="Answer").click()
        answer(opened.value, "Go on")
        opened.value.close()
        expect(asked).to_be_hidden()
        expect(account).to_be_hidden()

    def book_small(self) -> Any:
        tomorrow = datetime.now(UTC) + timedelta(days=1)
        return self.house.product.client().book("small", startdate=tomorrow, duration="PT1H", account=self.name)


@pytest.fixture
def visit(house: House, browser: Browser) -> Iterator[Visit]:
    with open_page(browser, STORY) as page:
        begun = Visit(house, page)
        yield begun
        if house.product.server(begun.name):
            house.product.stop_server(begun.name)


def test_by_email_confirmed_on_another_device(house: House, browser: Browser, visit: Visit, login: str) -> None:
    address = f"{login}@mail.example"
    with pytest.raises(RefusedError):
        visit.book_small()
    open_panel(visit.page)
    expect(visit.page.get_by_role("region", name="Visit")).to_contain_text("You are a visitor until")
    keep(visit.page, STORY, "lab-visitor")
    page = visit.register()
    wrong = listen(page)
    look(page, "register", STORY)
    page.get_by_label("Email").fill(address)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Register").click()
    expect(page.get_by_text("Your visit becomes your account then")).to_be_visible()
    look(page, "registered", STORY)
    with open_page(browser, STORY) as phone:
        phone.goto(house.mailed_link(address))
        look(phone, "confirm-elsewhere", STORY)
        phone.get_by_role("button", name="Yes, confirm it").click()
        expect(phone.get_by_text("your visit is an account now")).to_be_visible()
        keep(phone, STORY, "confirmed-elsewhere")
    visit.becomes_a_member()
    keep(visit.page, STORY, "lab-member")
    visit.is_as_it_was()
    # Level-1 rules at once: what members are asked is asked before the next lab, and this one says so.
    visit.is_told_how_the_account_stands()
    page.goto(house.page_of("hub/account"))
    expect(page.get_by_text(address)).to_be_visible()
    assert wrong == []
    # Out, and in by the new way: straight into the same lab.
    page.get_by_role("link", name="Log out", exact=True).click()
    page.wait_for_url(re.compile("/hub/login"))
    page.get_by_label("Email").fill(address)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(re.compile(f"/user/{visit.name}/"), wait_until="commit")
    visit.is_as_it_was()


def test_by_a_provider_in_the_same_browser(house: House, visit: Visit, login: str) -> None:
    house.north.knows(login)
    page = visit.register()
    page.get_by_role("link", name="Continue with North University").click()
    log_in_there(page, login)
    expect(page.get_by_text("Your visit becomes the account")).to_be_visible()
    look(page, "welcome", STORY)
    page.get_by_label("Where you work").fill("ROE")
    page.get_by_role("checkbox", name=re.compile("terms of use")).check()
    page.get_by_role("button", name="Open my account").click()
    expect(page.get_by_text("You are a member now. Your lab, files and bookings are as they were.")).to_be_visible()
    look(page, "joined", STORY)
    visit.becomes_a_member()
    visit.is_as_it_was()
    page.goto(house.page_of("hub/logout"))
    expect(page.get_by_text("You are logged out here, but maybe not at North University")).to_be_visible()
    look(page, "logged-out", STORY)
    page.get_by_role("link", name="Log out of North University too").click()
    page.get_by_role("button", name="Yes").click()
    page.goto(house.page_of("hub/login"))
    page.get_by_role("link", name="Continue with North University").click()
    log_in_there(page, login)
    page.wait_for_url(re.compile(f"/user/{visit.name}/"), wait_until="commit")
    visit.is_as_it_was()
    assert [one.kind for one in house.account(visit.name).identities] == ["north"]


def test_whoever_has_an_account_takes_the_files_along(house: House, browser: Browser, visit: Visit, login: str) -> None:
    house.north.knows(login)
    with open_page(browser, STORY) as other:
        name = join(house, other, house.north, login)
    ahead = house.product.client().book(
        "tiny", startdate=datetime.now(UTC) + timedelta(hours=4), duration="PT1H", account=visit.name
    )
    page = visit.register()
    page.get_by_role("link", name="I have an account").click()
    expect(page.get_by_role("heading", name="You are here as a visitor")).to_be_visible()
    look(page, "have-account", STORY)
    page.get_by_role("link", name="Continue with North University").click()
    log_in_there(page, login)
    expect(page.get_by_role("heading", name="Take your files along?")).to_be_visible()
    assert name_of(page) == name
    look(page, "take-along", STORY)
    page.get_by_role("button", name="Take them along").click()
    expect(page.get_by_role("heading", name="Your files are on their way")).to_be_visible()
    look(page, "taken", STORY)
    notes = house.product.state / "homes" / name / "user"
    wait_until(lambda: [*notes.glob("visit-????-??-??/mine.ipynb")], 120, saying="the visit's file is in the home")
    wait_until(lambda: is_gone(house, visit.name), 180, saying="the visit's account is gone")
    assert not house.product.server(visit.name)
    assert house.product.client().booking(ahead.id).account == name
    page.get_by_role("link", name="Go on").click()
    page.wait_for_url(re.compile("/hub/spawn"))


def is_gone(house: House, name: str) -> bool:
    try:
        house.account(name)
    except NotFoundError:
        return True
    return False


def test_new_terms_are_asked_for_at_once(house: House, browser: Browser, login: str) -> None:
    house.north.knows(login)
    with open_page(browser, STORY) as page:
        name = join(house, page, house.north, login)
        page.goto(house.page_of("hub/home"))
        expect(page.get_by_role("heading", name="No lab is running")).to_be_visible()
        with closing(sqlite3.connect(house.product.state / "accounts.db", 60)) as database, database:
            database.execute("UPDATE accounts SET terms = '0' WHERE name = ?", (name,))
        assert house.product.hub("POST", f"users/{name}/server").status_code == 403
        page.goto(house.page_of("hub/home"))
        expect(page.get_by_role("heading", name="The terms of use have changed")).to_be_visible()

"""Two real OpenID providers and a real mail server, in a real Chromium: every way in, one person, nothing lost."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
from contextlib import closing

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.authenticators.house import (
    House,
    answer,
    come,
    house,
    join,
    join_by_mail,
    log_in_by_mail,
    log_in_there,
    login,
    name_of,
)
from tests.authenticators.test_browser import browser, listen, look
from tests.support.browser import open_page

__all__ = ["browser", "house", "login"]

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]

STORY = "oauth"
ODD_STATES = ("eyJzdGF0ZV9pZCI6IFsxLCAyXX0=", "eyJzdGF0ZV9pZCI6ICJhOyBiPWMgZCJ9")


def test_an_account_is_opened_by_each_way_in(house: House, browser: Browser, login: str) -> None:
    names = []
    for provider in (house.north, house.south):
        provider.knows(login, name="Ann Other", email=f"{login}@{provider.name}.example", email_verified=True)
        with open_page(browser, STORY) as page:
            wrong = listen(page)
            page.goto(house.page_of("hub/login"))
            look(page, "login", STORY)
            come(house, page, provider, login)
            look(page, f"welcome-{provider.name}", STORY)
            names.append(name_of_new(house, page))
            assert wrong == []
    with open_page(browser, STORY) as page:
        names.append(join_by_mail(house, page, f"{login}@mail.example"))
        # Whoever has come by mail is asked the same before their lab, on the page and on the hub's interface.
        expect(page.get_by_role("heading", name="Before your lab")).to_be_visible()
        look(page, "asked", STORY)
        refused = house.product.hub("POST", f"users/{names[-1]}/server")
        assert (refused.status_code, "has to be answered" in refused.text) == (403, True)
        page.get_by_label("Your name").fill("Ann With Us")
        page.get_by_label("Where you work").fill(" ")
        page.get_by_role("checkbox", name=re.compile("terms of use")).check()
        page.get_by_role("button", name="Go on").click()
        expect(page.get_by_role("alert")).to_have_text("Please say where you work.")
        expect(page.get_by_label("Where you work")).to_be_focused()
        expect(page.get_by_label("Your name")).to_have_value("Ann With Us")
        page.get_by_label("Where you work").fill("ROE")
        page.get_by_role("button", name="Go on").click()
        page.wait_for_url(re.compile(r"/hub/(spawn|home)"))
    assert len(set(names)) == 3
    accounts = [house.account(name) for name in names]
    assert [one.identities[0].kind for one in accounts] == ["north", "south", "email"]
    assert [(one.level, one.affiliation, one.terms, one.asks) for one in accounts] == [(1, "ROE", "1", [])] * 3
    assert accounts[0].identities[0].subject == f"north-{login}"


def name_of_new(house: House, page: Page) -> str:
    expect(page.get_by_label("Your name")).to_have_value("Ann Other")
    answer(page)
    return name_of(page)


def test_either_way_leads_into_the_same_running_lab(house: House, browser: Browser, login: str) -> None:
    house.north.knows(login)
    house.south.knows(login)
    with open_page(browser, STORY) as page:
        name = join(house, page, house.north, login)
        house.product.start_server(name)
        running = house.product.server(name)
        page.goto(house.page_of("services/aglais/account"))
        page.wait_for_url(re.compile("/hub/account"))
        look(page, "account-one", STORY)
        expect(page.get_by_role("link", name=re.compile("^Unlink"))).to_have_count(0)
        page.get_by_role("button", name="Link South University").click()
        log_in_there(page, login)
        expect(page.get_by_role("status")).to_contain_text("Linked.")
        look(page, "account-two", STORY)
    with open_page(browser, STORY) as page:
        come(house, page, house.south, login)
        with closing(sqlite3.connect(house.product.state / "accounts.db", 60)) as database, database:
            database.execute("UPDATE accounts SET terms = '0' WHERE name = ?", (name,))
        page.goto(house.page_of("hub/home"))
        expect(page.get_by_role("heading", name="The terms of use have changed")).to_be_visible()
        expect(page.get_by_text("Your lab runs on meanwhile.")).to_be_visible()
        look(page, "new-terms", STORY)
        page.get_by_role("checkbox", name=re.compile("terms of use")).check()
        page.get_by_role("button", name="Go on").click()
        expect(page.get_by_role("link", name="Open lab")).to_be_visible()
    for provider in (house.south, house.north):
        with open_page(browser, STORY) as page:
            come(house, page, provider, login)
            assert f"/user/{name}/" in page.url
            page.goto(house.page_of("hub/home"))
            assert name_of(page) == name
            expect(page.get_by_role("link", name="Open lab")).to_be_visible()
            assert house.product.server(name)["started"] == running["started"]
    house.product.stop_server(name)
    with open_page(browser, STORY) as page:
        come(house, page, house.south, login)
        page.goto(house.page_of("hub/account"))
        page.get_by_role("link", name=re.compile("Unlink North")).click()
        expect(page.get_by_text("What remains: South University")).to_be_visible()
        look(page, "unlink", STORY)
        page.get_by_role("link", name="Keep it").click()
        page.get_by_role("link", name=re.compile("Unlink North")).click()
        gone = page.url
        page.get_by_role("button", name="Unlink North University").click()
        expect(page.get_by_role("status")).to_contain_text("Unlinked.")
        expect(page.get_by_role("link", name=re.compile("^Unlink"))).to_have_count(0)
        page.goto(gone)
        expect(page.get_by_role("status")).to_contain_text("This is no way into your account any more.")
        page.goto(house.page_of(f"hub/unlink/{house.account(name).identities[0].id}"))
        expect(page.get_by_role("heading", name="South University is the only way into your account")).to_be_visible()
        expect(page.get_by_role("button", name=re.compile("^Unlink"))).to_have_count(0)
    assert [one.kind for one in house.account(name).identities] == ["south"]


def test_a_name_that_changes_at_the_provider_changes_nothing(house: House, browser: Browser, login: str) -> None:
    house.north.knows(login, email=f"{login}@old.example", email_verified=True)
    with open_page(browser, STORY) as page:
        name = join(house, page, house.north, login)
    new = {"preferred_username": "boss", "email": "boss@new.example", "name": "Boss"}
    house.north.knows(login, **new)
    with open_page(browser, STORY) as page:
        come(house, page, house.north, login)
        page.goto(house.page_of("hub/account"))
        assert name_of(page) == name
        expect(page.get_by_text("boss", exact=True)).to_be_visible()
        expect(page.get_by_label("Your name")).not_to_have_value("Boss")
    assert house.account(name).name == name
    # And whoever gets the old name there is somebody else.
    house.north.knows(f"{login}-heir", preferred_username=login, email=f"{login}@old.example", email_verified=True)
    with open_page(browser, STORY) as page:
        assert join(house, page, house.north, f"{login}-heir") != name


def test_a_verified_address_offers_to_link_after_proof_of_both(house: House, browser: Browser, login: str) -> None:
    address = f"{login}@mail.example"
    with open_page(browser, STORY) as page:
        name = join_by_mail(house, page, address)
        answer(page, "Go on")
    house.north.knows(login, email=address.upper(), email_verified=True)
    with open_page(browser, STORY) as page:
        come(house, page, house.north, login)
        expect(page.get_by_role("heading", name="Is this account yours?")).to_be_visible()
        look(page, "offered", STORY)
        page.get_by_role("link", name="Log in and link North University").click()
        log_in_by_mail(page, address)
        expect(page.get_by_role("heading", name="Link North University?")).to_be_visible()
        look(page, "link", STORY)
        assert len(house.account(name).identities) == 1, "nothing is linked before it is asked for"
        page.get_by_role("button", name="Link North University").click()
        page.wait_for_url(re.compile("/hub/spawn"))
        page.goto(house.page_of("hub/account"))
        look(page, "account-mixed", STORY)
    assert [one.kind for one in house.account(name).identities] == ["email", "north"]
    with open_page(browser, STORY) as page:
        come(house, page, house.north, login)
        page.wait_for_url(re.compile("/hub/spawn"))
        assert name_of(page) == name


def test_an_address_that_is_not_verified_offers_and_links_nothing(house: House, browser: Browser, login: str) -> None:
    address = f"{login}@mail.example"
    with open_page(browser, STORY) as page:
        name = join_by_mail(house, page, address)
    house.south.knows(login, email=address, email_verified=False, preferred_username=name)
    with open_page(browser, STORY) as page:
        come(house, page, house.south, login)
        expect(page.get_by_role("heading", name="Welcome to Aglais")).to_be_visible()
        assert address not in page.inner_text("main")
        answer(page)
        assert name_of(page) != name
    assert [one.kind for one in house.account(name).identities] == ["email"]


def test_what_is_linked_to_somebody_else_is_told(house: House, browser: Browser, login: str) -> None:
    house.north.knows(login)
    house.south.knows(login)
    with open_page(browser, STORY) as page:
        owner = join(house, page, house.south, login)
    with open_page(browser, STORY) as page:
        name = join(house, page, house.north, login)
        page.goto(house.page_of("hub/account"))
        page.get_by_role("button", name="Link South University").click()
        log_in_there(page, login)
        expect(page.get_by_role("alert")).to_contain_text(f"{login} is a way into another account already.")
        look(page, "elsewhere", STORY)
        page.get_by_role("link", name="My account").click()
        assert name_of(page) == name
    assert [len(house.account(one).identities) for one in (owner, name)] == [1, 1]


def test_another_site_can_link_nothing(house: House, browser: Browser, login: str) -> None:
    house.north.knows(login)
    with open_page(browser, STORY) as page:
        join(house, page, house.north, login)
        page.goto(house.page_of("hub/oauth/south/login?link=2|1:0|10:1|forged"))
        expect(page.get_by_role("alert")).to_contain_text("was not begun in this browser")
        # No form of ours, no link; what XSRF refuses goes nowhere.
        sent = page.request.post(house.page_of("hub/oauth/south/link"), max_redirects=0)
        assert sent.status == 403


def test_who_refuses_at_the_provider_is_told_and_gets_back(house: House, browser: Browser) -> None:
    with open_page(browser, STORY) as page:
        page.goto(house.page_of("hub/login?next=/services/aglais/capacity"))
        page.get_by_role("link", name="Continue with North University").click()
        page.get_by_role("button", name="Refuse").click()
        expect(page.get_by_role("alert")).to_contain_text("You did not let North University tell us who you are.")
        look(page, "refused", STORY)
        # Neither way on forgets where they were on the way to.
        onward = re.compile(r"next=/services/aglais/capacity$")
        expect(page.get_by_role("link", name="Try North University again")).to_have_attribute("href", onward)
        page.get_by_role("link", name="Other ways to log in").click()
        expect(page.get_by_role("heading", name="A lab in one click")).to_be_visible()
        expect(page.get_by_role("link", name="Continue with South University")).to_have_attribute("href", onward)


def test_a_forged_state_and_a_replayed_code_get_nowhere(house: House, browser: Browser, login: str) -> None:
    house.north.knows(login)
    with open_page(browser, STORY) as page:
        seen: list[str] = []
        page.on("request", lambda request: seen.append(request.url) if "/callback?" in request.url else None)
        join(house, page, house.north, login)
        (address,) = seen
        # The same browser again, another browser, and a state that nobody gave out.
        forged = re.sub(r"state=[^&]+", "state=eyJzdGF0ZV9pZCI6ICJmb3JnZWQifQ==", address)
        # One that is no text, as {"state_id": [1, 2]} is none, and one that no cookie could be named by.
        odd = [re.sub(r"state=[^&]+", f"state={one}", address) for one in ODD_STATES]
        for url in (address, forged, *odd, re.sub(r"state=[^&]+&?", "", address)):
            page.goto(url)
            expect(page.get_by_role("alert")).to_contain_text("was not begun in this browser, was used already")
        look(page, "replayed", STORY)
    with open_page(browser, STORY) as page:
        for url in (address, forged):
            page.goto(url)
            expect(page.get_by_role("alert")).to_contain_text("was not begun in this browser")
        page.get_by_role("link", name="Try North University again").click()
        page.get_by_label("Login").wait_for()
        # A good state of this browser with a code that was used: the provider itself does not take it.
        begun = page.request.get(house.page_of("hub/oauth/north/login"), max_redirects=0).headers["location"]
        state, code = re.search(r"state=([^&]+)", begun), re.search(r"code=([^&]+)", address)
        assert state
        assert code
        page.goto(house.page_of(f"hub/oauth/north/callback?code={code[1]}&state={state[1]}"))
        expect(page.get_by_role("alert")).to_contain_text("North University did not confirm this log-in.")
        # Nor does a code count that comes from another issuer.
        begun = page.request.get(house.page_of("hub/oauth/north/login"), max_redirects=0).headers["location"]
        state = re.search(r"state=([^&]+)", begun)
        assert state
        page.goto(house.page_of(f"hub/oauth/north/callback?code=x&state={state[1]}&iss={house.south.url}"))
        expect(page.get_by_role("alert")).to_contain_text("North University did not confirm this log-in.")
        page.goto(house.page_of("hub/home"))
        assert page.url.split("?")[0].endswith("/hub/login")


def test_a_provider_that_is_down_is_told_and_the_others_work(house: House, browser: Browser, login: str) -> None:
    house.north.knows(login)
    house.south.knows(login)
    with open_page(browser, STORY) as page, open_page(browser, STORY) as other:
        name = join(house, other, house.north, login)
        page.goto(house.page_of("hub/login"))
        page.get_by_role("link", name="Continue with South University").click()
        page.get_by_label("Login").wait_for()
        begun = page.request.get(house.page_of("hub/oauth/south/login"), max_redirects=0).headers["location"]
        state = re.search(r"state=([^&]+)", begun)
        assert state
        assert house.south.process is not None
        os.killpg(house.south.process.pid, signal.SIGKILL)
        house.south.process.wait(60)
        try:
            page.goto(house.page_of(f"hub/oauth/south/callback?code=x&state={state[1]}"))
            expect(page.get_by_role("alert")).to_contain_text("South University does not answer.")
            look(page, "down", STORY)
            page.get_by_role("link", name="Other ways to log in").click()
            page.get_by_role("link", name="Continue with North University").click()
            log_in_there(page, login)
            page.goto(house.page_of("hub/account"))
            assert name_of(page) == name
        finally:
            house.south.start()
        page.get_by_role("button", name="Link South University").click()
        log_in_there(page, login)
        expect(page.get_by_role("status")).to_contain_text("Linked.")

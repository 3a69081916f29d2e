"""Links that log in, at the real hub: once, until a date, and what is said where they lead nowhere."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from aglais_hub.errors import ForbiddenError, NotFoundError
from tests.authenticators.person import PASSWORD, Person, down, mailed_link
from tests.authenticators.test_browser import listen
from tests.support.browser import open_browser, open_page
from tests.support.product import wait_until

if TYPE_CHECKING:
    from tests.support.product import Product

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]


def test_a_link_of_another_front_end_leads_in_once(product: Product, person: Person, address: str) -> None:
    name = person.join(address)
    made = product.client().login_token(name, next="/services/aglais/capacity")
    with Person(product) as other:
        # What a browser fetches ahead, or a program looks at, leaves it as it is.
        for ahead in ({"Sec-Purpose": "prefetch;prerender"}, {"Purpose": "prefetch"}, {"X-Moz": "prefetch"}):
            assert other.get(made.url, follow=False, headers=ahead).status_code == 503
        assert other.http.head(made.url).status_code == 405
        answer = other.get(made.url, follow=False)
        assert (answer.status_code, answer.headers["location"]) == (303, "/services/aglais/capacity")
        assert answer.headers["cache-control"] == "no-store"
        assert other.get(answer.headers["location"]).url.path == "/services/aglais/capacity"
        assert name in other.page.text
    with Person(product) as late:
        assert late.get(made.url).status_code == 400
        assert "This link was used already." in late.text
        assert late.link("Log in").endswith("/hub/login")
        assert late.get("hub/home").url.path == "/hub/login"
    assert made.token not in product.log("hub")


def test_many_browsers_at_once_and_one_gets_in(product: Product, person: Person, address: str) -> None:
    made = product.client().login_token(person.join(address))

    def knock(_: int) -> int:
        with Person(product) as somebody:
            return somebody.get(made.url, follow=False).status_code

    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(knock, range(16)))
    assert (codes.count(303), codes.count(400)) == (1, 15)


@pytest.mark.parametrize("query", ["", "?token=", "?token=made-up", "?token=" + "x" * 101, "?token=%00"])
def test_a_link_that_is_none_says_so_and_offers_the_log_in_page(person: Person, query: str) -> None:
    answer = person.get(f"hub/token-login{query}&next=https://evil.example/" if query else "hub/token-login")
    assert answer.status_code in (400, 404), answer.status_code
    assert person.link("Log in").endswith("/hub/login")
    assert "evil" not in person.text


def test_a_link_never_leads_to_another_site(product: Product, person: Person, address: str) -> None:
    made = product.client().login_token(person.join(address))
    answer = person.get(f"{made.url}&next=https://evil.example/", follow=False)
    assert answer.status_code == 303
    assert "evil" not in answer.headers["location"]


def test_an_account_without_an_address_gets_one_on_its_page(product: Product, person: Person, address: str) -> None:
    client = product.client()
    (card,) = client.open_batch(1, "school", datetime.now(UTC) + timedelta(days=1), level=1).rows
    person.get(card.url)
    person.get("hub/account")
    person.get(person.link("Add email and password"))
    assert person.post("/hub/email", email=address, password="short").status_code == 400
    assert "too short" in person.text
    assert person.post("/hub/email", email=address, password=PASSWORD).status_code == 202
    assert "Then you can log in with it." in person.text
    assert person.get(mailed_link(product, address)).url.path == "/hub/account"
    assert "Linked." in person.text
    assert address in person.text
    assert "Add email" not in person.text
    assert person.get("hub/email").url.path == "/hub/account"
    assert person.post("/hub/email", email=f"b-{address}", password=PASSWORD).status_code == 409
    assert "This account has an address already. Change it on its page." in person.text
    with Person(product) as visitor:
        visitor.visit()
        assert visitor.get("hub/email").url.path == "/hub/register"
        assert visitor.post("/hub/email", email=address, password=PASSWORD).headers["location"] == "/hub/register"
    with Person(product) as other:
        assert other.login(address).status_code == 302
        other.get("hub/home")
        assert card.account in other.text


def test_nobody_gets_into_an_account_that_is_being_deleted(product: Product, person: Person, address: str) -> None:
    client = product.client()
    name = person.join(address)
    client.delete_account(name)
    try:
        made = client.login_token(name)
    except (ForbiddenError, NotFoundError):
        return
    with Person(product) as other:
        assert other.get(made.url, follow=False).status_code in (403, 404)


def test_a_card_of_a_workshop_leads_in_until_its_account_ends(product: Product, person: Person) -> None:
    client = product.client()
    (card,) = client.open_batch(1, "workshop", datetime.now(UTC) + timedelta(days=1), level=1).rows
    for _ in range(2):
        with Person(product) as other:
            answer = other.get(card.url, follow=False)
            # The link counts for long: it goes no further than this address.
            assert (answer.status_code, answer.headers["location"]) == (303, "/hub/spawn")
            assert other.get("hub/home").url.path == "/hub/home"
    person.get(card.url)
    answer = person.get("hub/token")
    found = re.search(r"xsrf_token: \"([^\"]+)\"", answer.text)
    assert found
    made = person.http.post(f"hub/api/users/{card.account}/tokens", headers={"X-XSRFToken": found[1]}, json={})
    token = made.json()["token"]
    assert product.client(token).account(card.account).level == 1
    # Only now is its end near: until here it took as long as it took.
    until = datetime.now(UTC) + timedelta(seconds=20)
    client.edit_workshop("workshop", until=until)
    wait_until(lambda: datetime.now(UTC) > until, saying="its time is over")
    with Person(product) as late:
        assert late.get(card.url).status_code == 400
        assert "This link has expired." in late.text
    # What runs is stopped, and nothing starts again, by the token that it has made either.
    wait_until(lambda: not product.server(card.account), 180, saying="its lab is stopped")
    answer = product.hub("POST", f"users/{card.account}/server", token=token)
    assert answer.status_code == 403, answer.text


def test_a_link_that_is_opened_while_the_hub_starts_again_leads_in(
    product: Product, person: Person, address: str
) -> None:
    """The proxy's own page looks whether somebody answers, and must not use the link up by that."""
    made = product.client().login_token(person.join(address), next="/hub/account")
    with open_browser() as browser, open_page(browser, "starting") as page:
        wrong = listen(page)
        with down(product, "hub"):
            page.goto(made.url)
            expect(page.get_by_role("heading")).to_have_text("The platform's front door is being started again")
        page.wait_for_url(re.compile("/hub/(account|welcome)"), timeout=120_000)
        assert wrong == []

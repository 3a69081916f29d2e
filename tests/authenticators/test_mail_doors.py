"""Email and password at the real hub: typed codes, forgotten and changed passwords, changed addresses, headers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.authenticators.person import PASSWORD, Person, mailed_link, mails
from tests.support.product import wait_until

if TYPE_CHECKING:
    from tests.support.product import Product

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]

NEW = "seven green bicycles"


def is_in(person: Person) -> bool:
    return person.get("hub/home").url.path == "/hub/home"


def test_a_code_is_typed_where_the_mail_is_read_elsewhere(product: Product, person: Person, address: str) -> None:
    person.register(address)
    person.get("hub/confirm")
    assert person.post("/hub/confirm", code="aaaa-bbbb-cccc").status_code == 404
    assert "not known" in person.text
    assert person.post("/hub/resend", email=address).status_code == 202
    code = re.search(r"\w{4}-\w{4}-\w{4}", mails(product, address, 2)[-1].get_body(("plain",)).get_content())  # type: ignore[union-attr]
    assert code
    answer = person.post("/hub/confirm", code=code[0].upper())
    assert (answer.status_code, answer.headers["location"]) == (303, "/hub/login?notice=confirmed")
    assert person.login(address).status_code == 302


def test_a_forgotten_password_ends_every_session(product: Product, person: Person, address: str) -> None:
    person.join(address)
    assert person.get("services/aglais/bookings").url.path == "/services/aglais/bookings"
    with Person(product) as other:
        pages = []
        for asked in (address, "nobody-at-all@example.org"):
            other.get("hub/reset")
            other.post("/hub/reset", email=asked)
            pages.append((other.page.status_code, other.text.replace(asked, "")))
        assert pages[0] == pages[1]
        link = mailed_link(product, address, 2)
        assert other.get(link).status_code == 200
        code = re.search(r"code=(.*)", link)
        assert code
        assert other.post("/hub/reset", code=code[1], password="qwertyuiop").status_code == 400
        assert "among the first" in other.text
        answer = other.post("/hub/reset", code=code[1], password=NEW)
        assert (answer.status_code, answer.headers["location"]) == (303, "/hub/login?notice=password")
        assert "aglais-device" in other.http.cookies
        other.get(link)
        assert other.post("/hub/reset", code=code[1], password=PASSWORD).status_code == 404
        assert other.login(address, NEW).status_code == 302
        assert is_in(other)
    assert not is_in(person)
    # The services remember for some seconds whose a token is.
    bookings = "services/aglais/bookings"
    wait_until(lambda: person.get(bookings).url.path == "/hub/login", saying="the web pages know too")
    assert person.login(address).status_code == 403
    assert code[1] not in product.log("hub")


def test_a_changed_password_leaves_this_browser_alone_logged_in(product: Product, person: Person, address: str) -> None:
    person.join(address)
    with Person(product) as other:
        other.login(address)
        assert is_in(other)
        person.get("hub/password")
        assert person.post("/hub/password", old="wrong", password=NEW).status_code == 403
        assert "This is not your password." in person.text
        assert person.post("/hub/password", old=PASSWORD, password=NEW).status_code == 200
        assert is_in(person)
        assert not is_in(other)
        assert other.login(address).status_code == 403
        assert other.login(address, NEW).status_code == 302
    assert [mail["Subject"] for mail in mails(product, address, 2)][-1] == "Your password at Aglais was changed"


def test_an_address_changes_by_a_button_behind_the_link_and_the_old_one_stops_it(
    product: Product, person: Person, address: str
) -> None:
    name, new = person.join(address), f"new.{address}"
    person.get("hub/address")
    assert person.post("/hub/address", email=new, password=PASSWORD).status_code == 202
    link, stop = mailed_link(product, new), mailed_link(product, address, 2)
    with Person(product) as other:
        # Whoever only opens the links changes nothing.
        other.get(link)
        other.get(stop)
        assert product.client().account(name).identities[0].subject == address
        other.get(link)
        assert other.post("/hub/address", code=link.partition("code=")[2]).status_code == 200
        assert product.client().account(name).identities[0].subject == new
        assert other.login(new).status_code == 302
        assert other.get("hub/logout")
        other.get(stop)
        answer = other.post("/hub/stop", code=stop.partition("code=")[2])
        assert answer.status_code == 303
        assert product.client().account(name).identities[0].subject == address
        other.get(answer.headers["location"])
        assert "The change is stopped" in other.text
        code = re.search(r'name="code" value="([^"]+)"', other.page.text)
        assert code
        assert other.post("/hub/reset", code=code[1], password=NEW).status_code == 303
        assert other.login(address, NEW).status_code == 302
    assert not is_in(person)


def test_the_way_somebody_was_on_outlasts_the_mail(product: Product, person: Person, address: str) -> None:
    """Registered, or with a new password, they arrive where they wanted to go at first."""
    assert person.get("hub/token").url.path == "/hub/login"
    person.get(person.link("Register"))
    person.post("/hub/register", email=address, password=PASSWORD)
    person.get(mailed_link(product, address))
    assert "confirmed" in person.text
    answer = person.post(person.form("/hub/login"), username=address, password=PASSWORD)
    assert answer.headers["location"] == "/hub/token"
    with Person(product) as other:
        other.get("hub/token")
        other.get(other.link("Forgotten password?"))
        other.post("/hub/reset", email=address)
        link = mailed_link(product, address, 2)
        other.get(link)
        changed = other.post("/hub/reset", code=link.partition("code=")[2], password=NEW)
        other.get(changed.headers["location"])
        answer = other.post(other.form("/hub/login"), username=address, password=NEW)
        assert answer.headers["location"] == "/hub/token"
    with Person(product) as third:
        # Not a way to another site.
        third.get("hub/register?next=https://evil.example/")
        third.get("hub/login?next=https://evil.example/")
        answer = third.post(third.form("/hub/login"), username=address, password=NEW)
        assert "evil" not in answer.headers["location"]


def test_a_program_that_opens_every_link_gets_nowhere(product: Product, person: Person, address: str) -> None:
    """It neither confirms an address, nor gets in, nor changes what anybody has."""
    with Person(product) as scanner:
        visit = person.visit()
        link = person.register(address)
        scanner.get(link)
        assert "Was it you who registered?" in scanner.text
        assert not is_in(scanner)
        assert {"jupyterhub-hub-login", "aglais-device"}.isdisjoint(scanner.http.cookies)
        assert product.client().account(visit).level == 0
        # The visit that asked is the account then, and nobody else's.
        assert person.get(link).url.path == "/hub/account"
        account = product.client().account(visit)
        assert (account.level, [one.subject for one in account.identities]) == (1, [address])
        person.get("hub/address")
        new = f"new-{address}"
        assert person.post("/hub/address", email=new, password=PASSWORD).status_code == 202
        scanner.get("hub/reset")
        scanner.post("/hub/reset", email=address)
        for link in (mailed_link(product, new), mailed_link(product, address, 2), mailed_link(product, address, 3)):
            assert scanner.get(link).status_code == 200
        assert not is_in(scanner)
        assert is_in(person)
        assert product.client().account(visit).identities == account.identities
    assert person.login(address).status_code == 302


def test_who_was_here_before_gets_in_while_others_guess(product: Product, person: Person, address: str) -> None:
    person.join(address)
    person.get("hub/logout")
    with Person(product) as other:
        codes = [other.login(address, f"guess number {number}").status_code for number in range(11)]
        assert codes == [403] * 10 + [429]
        assert "Try again in" in other.text
        assert other.link("Forgotten password?").endswith("/hub/reset")
    assert person.login(address).status_code == 302


@pytest.mark.parametrize("path", ["register", "resend", "confirm", "reset", "stop", "address", "password"])
def test_a_form_of_another_site_changes_nothing(person: Person, path: str) -> None:
    form = {"email": "a@example.org", "password": NEW, "old": PASSWORD, "code": "aaaa-bbbb-cccc"}
    assert person.post(f"/hub/{path}", **form).status_code == 403


PATHS = (
    "login",
    "register",
    "confirm",
    "confirm/aaaa-bbbb-cccc",
    "reset",
    "reset?code=x",
    "stop?code=x",
    "address?code=x",
)


@pytest.mark.parametrize("path", [*PATHS, "password", "address"])
def test_pages_that_ask_for_secrets_hold_nothing_inline_and_say_so(
    product: Product, person: Person, path: str, request: pytest.FixtureRequest
) -> None:
    if path not in PATHS:
        person.join(request.getfixturevalue("address"))
    answer = person.get(f"hub/{path}")
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert (answer.headers["referrer-policy"], answer.headers["cache-control"]) == ("same-origin", "no-store")
    assert not re.search(r"<script>|<style|\sstyle=|\son\w+=", answer.text)
    for cookie in answer.headers.get_list("set-cookie"):
        assert "HttpOnly" in cookie or cookie.startswith("_xsrf"), cookie

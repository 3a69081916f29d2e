"""The doors of the real hub: try it, register, confirm, log in, leave."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.authenticators.person import PASSWORD, Person, mailed_link
from tests.support.product import Product, wait_until

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]


def test_one_click_leads_to_a_lab_under_a_tiny_booking(product: Product, person: Person) -> None:
    person.get("")
    assert person.page.url.path == "/hub/login"
    assert "tiny labs are free now" in person.text
    name = person.visit()
    person.get(person.page.headers["location"])
    person.wait_for_lab(name)
    assert person.get(f"user/{name}/api/status").status_code in (200, 403)
    (booking,) = product.client().bookings(account=name, phase=["RUNNING"]).rows
    assert booking.package == "tiny"
    account = product.client().account(name)
    assert (account.level, account.identities) == (0, [])


def test_from_registering_to_the_page_that_starts_a_lab(product: Product, person: Person, address: str) -> None:
    link = person.register(address)
    assert address in person.text
    assert "no mail server" in person.text
    answer = person.get(link, follow=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/hub/login?notice=confirmed")
    assert "confirmed" in Person.get(person, answer.headers["location"]).text
    # A second click on the link, or a mail scanner's, is no error.
    assert person.get(link, follow=False).status_code == 303
    answer = person.login(address.upper())
    assert (answer.status_code, answer.headers["location"]) == (302, "/hub/spawn")
    page = person.get(answer.headers["location"])
    assert page.status_code == 200
    assert 'value="small" required checked' in " ".join(page.text.split())
    assert product.client().account(address.split("@", maxsplit=1)[0]).level == 1


def test_a_wrong_password_is_told_on_the_page_and_never_logged(product: Product, person: Person, address: str) -> None:
    person.join(address)
    with Person(product) as other:
        for known in (address, "nobody@example.org"):
            answer = other.login(known, "my secret guess")
            assert answer.status_code == 403
            assert "Wrong email or password." in other.text
            assert f'value="{known}"' in answer.text
        # Longer than any can be, it is a wrong one too.
        assert other.login(address, "x" * 1000).status_code == 403
        assert other.login(f"{'x' * 300}@example.org").status_code == 403
        assert "Wrong email or password." in other.text
    logs = "".join(product.log(name) for name in ("hub", "services", "proxy"))
    assert "my secret guess" not in logs
    assert PASSWORD not in logs


def test_an_unconfirmed_address_is_told_what_to_do(person: Person, address: str) -> None:
    person.register(address)
    assert person.login(address).status_code == 403
    assert "This address is not confirmed yet. Open the link in the mail" in person.text


def test_an_address_with_an_account_gets_a_note_and_the_same_page(product: Product, address: str) -> None:
    pages = []
    for _ in range(2):
        with Person(product) as somebody:
            link = somebody.register(address)
            pages.append(somebody.text)
            if "/confirm/" in link:
                somebody.get(link)
    assert pages[0] == pages[1]
    assert mailed_link(product, address, 2).endswith("/hub/login")


def test_a_bad_link_says_how_to_get_a_good_one(person: Person) -> None:
    for code in ("0123456789", "x", "%00%00%00%00%00%00%00%00%00", "a" * 500):
        answer = person.get(f"hub/confirm/{code}")
        assert answer.status_code in (400, 404), code
        assert person.link("Register again").endswith("/hub/register")


@pytest.mark.parametrize(
    ("email", "password", "words"),
    [
        ("no address", PASSWORD, "not an email address"),
        ("ann@example.org", "sh0rt", "Use 10 to 200 characters"),
        ('"><script>alert(1)</script>@x.org', PASSWORD, "not an email address"),
    ],
)
def test_what_was_typed_wrong_is_told_and_kept(person: Person, email: str, password: str, words: str) -> None:
    person.get("hub/register")
    answer = person.post("/hub/register", email=email, password=password)
    assert answer.status_code == 400
    assert words in person.text
    assert "<script>alert" not in answer.text
    assert password not in answer.text


@pytest.mark.parametrize("path", ["login", "register", "reset", "confirm"])
def test_what_can_not_be_read_is_told_and_neither_repeated_nor_logged(
    product: Product, person: Person, path: str
) -> None:
    """As a program sends it that writes umlauts in an alphabet of its own."""
    person.get(f"hub/{path}")
    form = f"_xsrf={person.http.cookies['_xsrf']}&username=%FF&email=geheim%FC&password=geheim%FC&code=geheim%FC"
    kind = {"content-type": "application/x-www-form-urlencoded"}
    answer = person.page = person.http.post(f"hub/{path}", content=form, headers=kind)
    assert answer.status_code == (403 if path == "login" else 400)
    assert ("Wrong email or password" if path == "login" else "What was sent can't be read") in person.text
    assert "geheim" not in answer.text + product.log("hub")


def test_no_way_in_is_logged_whatever_becomes_of_it(product: Product, person: Person, address: str) -> None:
    person.get(person.register(address))
    for path in ("token-login?token=", "register?invitation=", "reset?code=", "confirm/"):
        person.get(f"hub/{path}a-secret")
        person.http.put(f"hub/{path}a-secret")
    person.get("hub/reset?x=%FF&code=a-secret")
    log = product.log("hub")
    assert "a-secret" not in log
    assert re.search(r"303 GET /hub/confirm/\[secret\] ", log)


@pytest.mark.parametrize("path", ["/hub/try", "/hub/register", "/hub/login"])
def test_a_form_of_another_site_does_nothing(product: Product, person: Person, path: str) -> None:

    def newest(limit: int) -> set[str]:
        return {account.name for account in product.client().accounts(sort="created", limit=limit).rows}

    # Others may be on their way out meanwhile: nobody is to come.
    before = newest(100)
    form = {"username": "a@example.org", "email": "a@example.org", "password": PASSWORD}
    assert person.post(path, **form).status_code == 403
    assert newest(10) <= before
    assert product.client().accounts(q="a@example.org").rows == []


def test_a_page_that_is_out_of_date_says_so_and_does_nothing(product: Product, person: Person, address: str) -> None:
    """Another tab has logged in meanwhile, or out."""
    person.get(person.register(address))
    person.get("hub/register")
    opened = person.page
    person.login(address)
    person.page = opened
    assert person.post("/hub/register", email=f"b-{address}", password=PASSWORD).status_code == 403
    assert "This page was out of date Nothing was done: you have logged in or out since" in person.text
    assert person.link("Home").endswith("/hub/home")
    person.get("hub/account")
    opened = person.page
    person.get("hub/logout")
    person.page = opened
    assert person.post("/hub/account", display="X").status_code == 403
    assert "This page was out of date" in person.text
    assert person.link("Log in").endswith("/hub/login")


def test_the_page_after_logging_in_is_never_another_site(person: Person, address: str) -> None:
    person.join(address)
    person.get("hub/logout")
    person.get("hub/login?next=https://evil.example/")
    answer = person.post("/hub/login?next=https://evil.example/", username=address, password=PASSWORD)
    assert answer.status_code == 302
    assert "evil.example" not in answer.headers["location"]


def test_an_older_link_to_confirm_and_the_way_back_to_logging_in_start_no_lab(
    product: Product, person: Person, address: str
) -> None:
    first = person.register(address)
    person.get("hub/confirm")
    assert person.post("/hub/resend", email=address).status_code == 202
    older = mailed_link(product, address, 2)
    assert "Your address is confirmed." in person.get(first).text
    # Who is to log in must not become a visitor by the first button there is.
    assert person.text.index("Forgotten password?") < person.text.index("Give it a try")
    assert person.get(older).url.params["notice"] == "already"
    assert "Your address is confirmed already." in person.text
    person.login(address)
    for path in (older, "hub/login?notice=confirmed"):
        answer = person.get(path, follow=False)
        # With anything behind it, the address of the form would start a lab at once.
        assert answer.headers["location"] in ("/hub/account", "/hub/spawn"), path


def test_a_page_to_go_to_that_no_header_can_hold_is_left_out(person: Person, address: str) -> None:
    person.join(address)
    for page in ("login", "welcome", "visit"):
        answer = person.get(f"hub/{page}?next=/hub/token%0d%0aX-Made-Up:%20y", follow=False)
        assert answer.headers["location"] in ("/hub/home", "/hub/spawn"), page


def test_an_admin_is_one_in_the_hub_and_in_the_services(product: Product, person: Person, address: str) -> None:
    link = person.register("boss@example.org")
    with Person(product) as scanner:
        # Whoever registered with it chose the password: a program that opens all links makes no admin of them.
        for _ in range(2):
            assert scanner.get(link).status_code == 200
            assert "Was it you who registered?" in scanner.text
        assert scanner.login("boss@example.org").status_code == 403
    person.get(link)
    assert person.login("boss@example.org").status_code == 302
    name = "boss"
    with Person(product) as other:
        plain = other.join(address)
    assert product.hub("GET", f"users/{name}").json()["groups"] == ["aglais-admins"]
    assert product.hub("GET", f"users/{name}").json()["admin"] is True
    assert product.hub("GET", f"users/{plain}").json()["groups"] == []
    assert person.get("hub/admin").status_code == 200
    assert person.get("services/aglais/bookings").status_code == 200
    answer = person.get("services/aglais/api/accounts/select")
    assert answer.status_code == 200
    assert {"boss", plain} <= {row["name"] for row in answer.json()["rows"]}


def test_a_visitor_who_leaves_is_told_what_is_lost_and_leaves_nothing(product: Product, person: Person) -> None:
    name = person.visit()
    person.get(person.page.headers["location"])
    person.wait_for_lab(name)
    home: Path = product.state / "homes" / name
    assert home.is_dir()
    person.get("hub/home")
    person.get(person.link("Log out"))
    assert "Your notebooks and data will be deleted" in person.text
    person.get(person.link("Log out and delete everything"))
    assert person.page.url.path == "/hub/login"
    wait_until(lambda: not home.exists(), saying="the home is gone")
    assert not product.client().bookings(account=name).rows


def test_somebody_registered_just_logs_out(person: Person, address: str) -> None:
    person.join(address)
    person.get("hub/leave")
    assert person.page.url.path == "/hub/login"
    assert person.get("hub/home").url.path == "/hub/login"


def test_an_account_that_was_deleted_is_out(product: Product, person: Person, address: str) -> None:
    name = person.join(address)
    product.client().delete_account(name)
    assert person.login(address).status_code in (302, 403)
    person.http.cookies.clear()
    assert person.login(address).status_code == 403


def test_visitors_are_limited_by_the_address_they_really_have(tmp_path: Path) -> None:
    with Product(tmp_path / "state", {"AGLAIS_TRIES_PER_HOUR": "1"}) as product:
        with Person(product) as first:
            first.visit()
        for said in ({}, {"X-Forwarded-For": "192.0.2.77"}, {"X-Real-IP": "192.0.2.78"}):
            with Person(product) as second:
                second.http.headers.update(said)
                second.get("hub/login")
                answer = second.post("/hub/try")
                assert answer.status_code == 429, said
                assert "Too many visitors from your network. Try again in" in second.text


def test_the_last_way_in_that_is_open_stays(product: Product, person: Person, address: str) -> None:
    """One by a provider that the operator has taken away lets nobody in."""
    name = person.join(address)
    with closing(sqlite3.connect(product.state / "accounts.db", 60)) as database, database:
        database.execute(
            "INSERT INTO identities (account, kind, subject, label, created) "
            "SELECT account, 'closed', 'c-' || account, 'Closed', created FROM identities WHERE account = ?",
            (name,),
        )
    email, closed = product.client().account(name).identities
    person.get("hub/account")
    assert person.post(f"/hub/unlink/{email.id}").status_code == 409
    assert "Email is the only way into your account." in person.text
    person.get("hub/account")
    assert person.post(f"/hub/unlink/{closed.id}").headers["location"].endswith("/hub/account?notice=unlinked")
    assert product.client().account(name).identities == [email]

"""What a visit becomes, without a lab: nobody else's, and told plainly when it is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from aglais_hub.errors import NotFoundError
from tests.authenticators.person import PASSWORD, Person, mailed_link
from tests.support.product import wait_until

if TYPE_CHECKING:
    from tests.support.product import Product

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]


def is_gone(product: Product, name: str) -> bool:
    try:
        product.client().account(name)
    except NotFoundError:
        return True
    return False


def test_nobody_registers_into_somebody_elses_visit(product: Product, person: Person, address: str) -> None:
    visitor = person.visit()
    with Person(product) as other:
        other.get("hub/register")
        form = {"email": address, "password": PASSWORD, "visitor": visitor}
        assert other.post("/hub/register", **form).status_code == 202
        assert other.get(mailed_link(product, address)).url.path == "/hub/login"
        assert other.login(address).status_code == 302
        # Nor does a name that somebody wrote down for themselves make a visit theirs.
        other.http.cookies.set("aglais-visit", visitor, path="/hub/")
        assert other.get("hub/visit", follow=False).status_code == 303
        other.get("hub/account")
        assert other.post("/hub/visit", act="delete").status_code == 404
    assert product.client().account(visitor).level == 0


def test_a_visit_that_is_over_by_the_confirmation_is_told(product: Product, person: Person, address: str) -> None:
    visitor = person.visit()
    link = person.register(address)
    assert "Your visit becomes your account then" in person.text
    product.client().delete_account(visitor)
    wait_until(lambda: is_gone(product, visitor), 180, saying="the visit is gone")
    person.get(link)
    assert "The visit that you registered from was over by then" in person.text
    assert person.login(address).status_code == 302


def test_whoever_has_an_account_may_delete_the_visit(product: Product, person: Person, address: str) -> None:
    with Person(product) as before:
        before.join(address)
    visitor = person.visit()
    answer = person.login(address)
    assert answer.headers["location"].startswith("/hub/visit?next=")
    person.get("hub/visit?next=https://elsewhere.example/")
    assert "Take your files along?" in person.text
    assert "elsewhere.example" not in person.link("Not now")
    person.get("hub/home")
    assert "Your visit has files" in person.text, "who says 'not now' finds the way back"
    person.get("hub/visit")
    page = person.post("/hub/visit", act="delete")
    assert page.status_code == 200
    assert "Your visit is being deleted" in person.text
    wait_until(lambda: is_gone(product, visitor), 180, saying="the visit is gone")
    assert person.get("hub/visit", follow=False).status_code == 303
    person.get("hub/home")
    assert "Your visit has files" not in person.text

"""The pages about one's lab in the real hub: what is free, refusals with offers, parts that are down."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from aglais_hub.errors import RefusedError
from tests.authenticators.person import Person, down
from tests.support.product import Product, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]


def end_all(product: Product) -> None:
    """End every booking that takes room, and wait for the labs under them to stop."""
    client, taking = product.client(), ["OFFERED", "WAITING", "AVAILABLE", "RUNNING"]
    for row in client.bookings(phase=taking).rows:
        client.cancel(row.id)
    wait_until(lambda: not client.bookings(phase=[*taking, "RELEASING"]).rows, 180, saying="every place is free")


@pytest.fixture
def full(product: Product) -> Iterator[list[str]]:
    """Everything is taken for an hour; gives the bookings that take it, the tiny ones last."""
    client = product.client()
    end_all(product)
    # A large is half of the host, and every package is twice the one below.
    sizes = ("large", "medium", "small", "tiny", "tiny")
    taken = [client.book(package, duration="PT1H", account="filler").id for package in sizes]
    with pytest.raises(RefusedError):
        client.book("tiny", duration="PT1H", account="filler")
    yield taken
    end_all(product)


def test_a_package_that_is_full_is_refused_with_offers_and_one_of_them_starts(
    product: Product, full: list[str], person: Person, address: str
) -> None:
    name = person.join(address)
    person.get("hub/home")
    assert "Every place is taken right now; the next is free by" in person.text
    person.get("hub/spawn")
    assert "Every place is taken right now" in person.text
    for booking in full[-3:]:
        product.client().cancel(booking)
    person.get("hub/spawn")
    page = " ".join(person.page.text.split())
    assert re.search(r'value="large" required disabled', page)
    answer = person.post(person.forms()[-1], package="large", duration="PT1H")
    assert answer.status_code == 409
    assert "large does not fit" in person.text
    assert "Earliest" in person.text
    offers = product.client().bookings(account=name, phase=["OFFERED"]).rows
    assert [f"/hub/offer/{offer.id}" in person.forms() for offer in offers] == [True] * len(offers)
    smaller = next(offer for offer in offers if offer.kind == "smaller")

    with Person(product) as other:
        other.visit()
        other.get("hub/leave")
        page = other.get("hub/register")
        assert other.post(f"/hub/offer/{smaller.id}").status_code == 404
    assert product.client().booking(smaller.id).phase == "OFFERED"

    person.post(f"/hub/offer/{smaller.id}")
    assert person.page.status_code == 303
    assert person.page.headers["location"].startswith(f"/hub/spawn/{name}?opt-package={smaller.package}")
    person.get(person.page.headers["location"])
    person.wait_for_lab(name)
    assert product.client().booking(smaller.id).phase == "RUNNING"
    product.stop_server(name)


def test_an_offer_for_later_leads_to_ones_bookings(
    product: Product, full: list[str], person: Person, address: str
) -> None:
    name = person.join(address)
    person.get("hub/home")
    person.get(f"hub/spawn/{name}?opt-package=small")
    assert person.page.status_code == 409
    (offer,) = [
        row for row in product.client().bookings(account=name, phase=["OFFERED"]).rows if row.kind == "earliest"
    ]
    person.post(f"/hub/offer/{offer.id}")
    assert (person.page.status_code, person.page.headers["location"]) == (303, "/services/aglais/bookings")
    assert product.client().booking(offer.id).phase == "WAITING"
    person.get("hub/home")
    assert "Coming up" in person.text


def test_an_offer_that_is_gone_is_told(product: Product, full: list[str], person: Person, address: str) -> None:
    name = person.join(address)
    person.get(f"hub/spawn/{name}?opt-package=small")
    offer = product.client().bookings(account=name, phase=["OFFERED"]).rows[0]
    product.client().edit(offer.id, phase="REJECTED")
    answer = person.post(f"/hub/offer/{offer.id}")
    assert answer.status_code == 409
    assert person.link("Home")


def test_a_visitor_without_a_place_sees_offers_and_only_the_tiny_package(full: list[str], person: Person) -> None:
    person.visit()
    person.get(person.page.headers["location"])
    assert person.page.status_code == 409
    assert "tiny does not fit" in person.text
    assert "Earliest" in person.text
    person.get("hub/spawn")
    assert person.page.status_code == 200
    assert "medium" not in person.text
    # What the page does not offer is not to be had past it either.
    answer = person.post(person.forms()[-1], package="medium", duration="PT1H")
    assert answer.status_code == 409
    assert "medium does not fit" not in person.text
    assert "An anonymous account may book tiny only" in person.text


def test_the_booking_that_one_has_now_is_what_starts(product: Product, person: Person, address: str) -> None:
    name = person.join(address)
    product.client().book("medium", duration="PT1H", account=name)
    person.get("hub/home")
    assert "medium, until" in person.text
    person.get("hub/spawn")
    assert "medium, until" in person.text
    assert "Start my lab" in person.text


def test_while_the_services_are_down_every_page_says_so_and_nothing_starts(
    product: Product, person: Person, address: str
) -> None:
    name = person.join(address)
    with down(product, "services"):
        person.get("hub/spawn")
        assert person.page.status_code == 503
        assert "Try again" in person.text
        person.get(f"hub/spawn/{name}?opt-package=small")
        assert person.page.status_code == 503
        assert person.get("hub/home").status_code == 200
        assert "can't be shown right now" in person.text
        with Person(product) as visitor:
            assert visitor.get("hub/login").status_code == 503
            assert "does not work right now" in visitor.text
            assert visitor.post("/hub/try").status_code == 503
            assert visitor.login(address).status_code == 503
            visitor.get("hub/register")
            assert visitor.post("/hub/register", email="new@example.org", password="long enough").status_code == 503
            assert "127.0.0.1" not in visitor.text
        assert product.server(name) == {}
    with Person(product) as visitor:
        assert visitor.login(address).status_code == 302

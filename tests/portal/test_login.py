"""Logging in to the web pages through the real hub, and using the API from them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.authenticators.conftest import address, person, product
from tests.authenticators.person import Person

if TYPE_CHECKING:
    from tests.support.product import Product

__all__ = ["address", "person", "product"]

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]

API = "services/aglais/api/"


def config_of(person: Person) -> dict[str, Any]:
    found = re.search(r'<script id="aglais-config" type="application/json">(.*?)</script>', person.page.text)
    assert found, person.text
    config: dict[str, Any] = json.loads(found[1])
    return config


def test_the_page_knows_who_is_there_and_its_api_answers(product: Product, person: Person, address: str) -> None:
    name = person.join(address)
    person.get("services/aglais/bookings")
    assert person.page.url.path == "/services/aglais/bookings"
    config = config_of(person)
    assert config["user"] == name
    assert config["account"] == {"level": 1, "admin": False, "runs": False}
    assert config["api"] == f"/{API}"
    assert person.http.get(f"{API}bookings/select").json()["rows"] == []

    body = {"package": "tiny", "duration": "PT1H"}
    refused = person.http.post(f"{API}bookings/create", json=body)
    assert (refused.status_code, refused.json()["error"]["rule"]) == (403, "xsrf")
    headers = {"X-XSRFToken": config["xsrf"]}
    booked = person.http.post(f"{API}bookings/create", json=body, headers=headers)
    assert booked.status_code == 201
    assert booked.json()["account"] == name
    product.client().cancel(booked.json()["id"])


def test_somebody_who_follows_a_link_comes_to_it_by_way_of_the_log_in_page(person: Person, address: str) -> None:
    person.join(address)
    person.http.cookies.clear()
    person.get("services/aglais/bookings/some-id?tz=UTC")
    assert person.page.url.path == "/hub/login"
    person.post(person.form("/hub/login"), follow=True, username=address, password="correct horse battery")
    assert str(person.page.url).endswith("/services/aglais/bookings/some-id?tz=UTC")


def test_logging_out_of_the_hub_is_logging_out_here_at_once(person: Person, address: str) -> None:
    person.join(address)
    person.get("services/aglais/bookings")
    assert person.http.get(f"{API}bookings/select").status_code == 200
    person.get("hub/logout")
    assert person.http.get(f"{API}bookings/select").status_code == 401
    assert person.get("services/aglais/bookings").url.path == "/hub/login"


def test_the_next_one_at_the_same_browser_sees_their_own(person: Person, address: str) -> None:
    person.join(address)
    person.get("services/aglais/bookings")
    person.get("hub/logout")
    visitor = person.visit()
    person.get("services/aglais/bookings")
    config = config_of(person)
    assert (config["user"], config["account"]["level"]) == (visitor, 0)
    assert person.link("Log out").endswith("/hub/leave")


def test_an_admin_is_one_on_the_page(person: Person) -> None:
    person.join("chief@example.org")
    person.get("services/aglais/bookings")
    assert config_of(person)["account"] == {"level": 1, "admin": True, "runs": True}
    assert person.link("Admin").endswith("/hub/admin")

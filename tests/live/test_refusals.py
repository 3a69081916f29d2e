"""The hub's own REST API obeys the timeline: refused with offers, or with *try again*, and the hub stays up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.support.product import Product, stopped, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.live, pytest.mark.timeout(1200)]

TRIES = 50


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    with Product(tmp_path_factory.mktemp("refusals") / "state") as running:
        yield running


def test_no_room_is_409_with_offers_fifty_times(product: Product) -> None:
    product.user("late")
    client = product.client()
    taken = [client.book("large", duration="PT4H", account="early") for _ in range(2)]
    hub = product.parts()["hub"]
    for _ in range(TRIES):
        answer = product.hub("POST", "users/late/server", json={"package": "small"})
        assert answer.status_code == 409, answer.text
        refusal = answer.json()
        assert refusal["error"]["code"] == "refused"
        assert refusal["error"]["rule"] == "capacity"
        assert refusal["offers"], refusal
        assert {offer["phase"] for offer in refusal["offers"]} == {"OFFERED"}
        assert refusal["message"]
    assert product.parts()["hub"] == hub, "the hub was started again"
    assert not product.server("late")
    # Fifty refusals hold one set of offers, not fifty; one of them is for another week.
    now = datetime.now(UTC)
    held = client.bookings((now, now + timedelta(days=90)), account="late", phase=["OFFERED"]).rows
    assert {offer.id for offer in held} == {offer["id"] for offer in refusal["offers"]}

    for booking in taken:
        client.cancel(booking.id)
    assert product.start_server("late", package="small").status_code in (201, 202)
    running = client.bookings(account="late", phase=["RUNNING"]).rows
    assert [booking.package for booking in running] == ["small"]
    product.stop_server("late")


def test_services_down_is_503_fifty_times_and_no_server_starts(product: Product) -> None:
    product.user("patient")
    pids = product.parts()
    with stopped(product, "supervisor"):
        old = product.kill("services")
        for _ in range(TRIES):
            answer = product.hub("POST", "users/patient/server", json={})
            assert answer.status_code == 503, answer.text
            assert answer.json()["error"]["code"] == "service_down"
            assert "again" in answer.json()["message"]
        assert not product.server("patient")
    product.wait_back("services", old)
    assert product.parts()["hub"] == pids["hub"], "the hub was started again"
    wait_until(lambda: product.start_server("patient").status_code in (201, 202), saying="a lab starts again")
    assert product.client().bookings(account="patient", phase=["RUNNING"]).rows
    product.stop_server("patient")

"""A class of three finds its labs ready at the start: in the real hub, with real labs."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.support.classroom import Classroom
from tests.support.product import Product, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.live, pytest.mark.timeout(1500)]


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    settings = {"AGLAIS_PREPARE": "PT20M", "AGLAIS_PREPARE_AT_ONCE": "2"}
    with Product(tmp_path_factory.mktemp("class") / "state", settings) as running:
        yield running


@pytest.fixture
def ahead(product: Product) -> timedelta:
    """Enough for three labs on this machine, whatever else it does, by what it takes to start one."""
    begun = time.monotonic()
    product.user("teacher")
    product.start_server("teacher", package="tiny")
    took = time.monotonic() - begun
    product.stop_server("teacher")
    return timedelta(seconds=min(max(60, 30 + 8 * took), 900))


def test_a_class_is_in_its_labs_at_the_start(product: Product, ahead: timedelta) -> None:
    pupils = Classroom(product, 3, ahead)
    assert {booking.phase for booking in pupils.bookings} == {"WAITING"}
    wait_until(pupils.are_ready, ahead.total_seconds(), saying="all labs are ready before the start")
    servers = {booking.account: product.server(booking.account)["started"] for booking in pupils.bookings}
    assert [arrival.text for arrival in pupils.come_in()] == ["42"] * 3
    wait_until(lambda: {one.phase for one in pupils.look()} == {"RUNNING"}, 120, saying="their time has begun")
    assert {name: product.server(name)["started"] for name in servers} == servers, "each lab is the one made ready"


def test_a_lab_that_was_made_ready_goes_with_its_booking(product: Product) -> None:
    client, name = product.client(), "pupil-late"
    product.user(name)
    start = datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=30)
    made = client.book("tiny", startdate=start, duration="PT1H", account=name, prepare=True)
    assert not product.server(name)
    client.move(made.id, startdate=start - timedelta(minutes=15))
    wait_until(lambda: product.server(name).get("ready"), 180, saying="the lab is ready")
    client.cancel(made.id)
    wait_until(lambda: not product.server(name), 180, saying="the lab has stopped")

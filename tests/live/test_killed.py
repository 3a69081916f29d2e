"""``kill -9`` of the services or the hub at random points of 200 bookings and spawns: nothing lost, nothing doubled.

Several people book and start servers while one of the two parts is killed again and again. What was answered with
success must be there afterwards, exactly once; every server must have a booking; a server that was not asked to stop
must still be the same one.
"""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import httpx
import pytest

from aglais_hub.errors import RefusedError, ServiceDownError, UnauthenticatedError
from aglais_hub.wire.bookings import Phase
from tests.support.product import Product, wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from aglais_hub.wire.bookings import Booking

pytestmark = [pytest.mark.live, pytest.mark.timeout(2400)]

SEED = 20260608
DEEDS = {0: (44, 10), 1: (44, 10), 2: (46, 0), 3: (46, 0)}
"""By person: bookings, and starts and stops of their server. 200 in all."""

GAP_SECONDS = (0.5, 15.0)
"""Between two kills, where a lab takes up to ``USUAL_SECONDS`` to start, so that some starts are hit and some get
through; and as much more as it takes longer."""

USUAL_SECONDS = 6.0
LEAST_KILLS = 2
"""Of each part."""


class Person:
    """Somebody who books and starts servers, and tries again until there is an answer."""

    def __init__(self, product: Product, number: int) -> None:
        self.name = f"person-{number}"
        self.product = product
        self.token = product.user(self.name)
        self.random = random.Random(SEED + number)
        self.acknowledged: dict[str, Booking] = {}
        self.keys: list[str] = []
        self.server_started: str | None = None

    def live(self, bookings: int, spawns: int) -> None:
        deeds = ["book"] * bookings + ["spawn"] * spawns
        self.random.shuffle(deeds)
        for number, deed in enumerate(deeds):
            if deed == "book":
                self.book(f"{self.name}-{number}")
            elif self.server_started:
                self.stop()
            else:
                self.start()

    def book(self, key: str) -> None:
        # People think before they book; so the bookings last as long as the starts of servers, and are hit as well.
        time.sleep(self.random.uniform(0, 1.5))
        start = _next_hour() + timedelta(days=8, hours=self.random.randrange(400))
        end = start + timedelta(hours=self.random.randrange(1, 6))
        self.keys.append(key)
        client = self.product.client(self.token)
        deadline = time.monotonic() + 300
        while time.monotonic() < deadline:
            try:
                self.acknowledged[key] = client.book("tiny", startdate=start, enddate=end, note=key, key=key)
            except RefusedError:
                return
            except (ServiceDownError, UnauthenticatedError):
                time.sleep(0.05)
            else:
                return
        raise AssertionError(f"{key} was never answered")

    def start(self) -> None:
        ready = wait_until(
            lambda: self._ready() or self._ask("POST", wanted=(201, 202)),
            600,
            every=0.5,
            saying=f"{self.name} has a lab",
        )
        self.server_started = ready

    def stop(self) -> None:
        self.server_started = None
        wait_until(lambda: self._ask("DELETE", wanted=(204, 404)), 300, every=0.3)

    def _ask(self, method: str, wanted: tuple[int, ...]) -> str | None:
        try:
            answer = self.product.hub(method, f"users/{self.name}/server", token=self.token, json={})
        except httpx.TransportError:
            return None
        return "done" if method == "DELETE" and answer.status_code in wanted else None

    def _ready(self) -> str | None:
        try:
            server = self.product.server(self.name)
        except (httpx.TransportError, ValueError):
            return None
        return server["started"] if server.get("ready") else None


def _slowness(product: Product) -> float:
    """How many times as long as usual a lab takes to start on this machine just now; at least 1."""
    product.user("first")
    begun = time.monotonic()
    product.start_server("first", package="tiny")
    took = time.monotonic() - begun
    product.stop_server("first")
    return max(1.0, took / USUAL_SECONDS)


def _kill_now_and_then(product: Product, slowness: float, over: threading.Event) -> Counter[str]:
    chance = random.Random(SEED)
    killed: Counter[str] = Counter()
    while not over.wait(slowness * chance.uniform(*GAP_SECONDS)) or _are_few(killed):
        part = chance.choice(["services", "hub"])
        old = product.kill(part)
        killed[part] += 1
        product.wait_back(part, old)
    return killed


def _are_few(killed: Counter[str]) -> bool:
    return min(killed["services"], killed["hub"]) < LEAST_KILLS


def test_killed_at_random_nothing_is_lost_or_doubled(tmp_path: Path) -> None:
    with Product(tmp_path / "state") as product:
        people = [Person(product, number) for number in DEEDS]
        slowness = _slowness(product)
        over = threading.Event()
        with ThreadPoolExecutor(len(people) + 1) as threads:
            killer = threads.submit(_kill_now_and_then, product, slowness, over)
            lives = [threads.submit(person.live, *DEEDS[number]) for number, person in enumerate(people)]
            try:
                for life in lives:
                    life.result(1800)
            finally:
                over.set()
            killed = killer.result(600)
        assert min(killed["services"], killed["hub"]) >= LEAST_KILLS

        _check_bookings(product, people)
        wait_until(
            lambda: _every_server_has_its_booking(product, people), 240, every=1, saying="servers and bookings agree"
        )
        for person in people:
            if person.server_started:
                assert product.server(person.name).get("started") == person.server_started, "it was stopped"
                person.stop()
        _check_no_stray_process(product)


def _next_hour() -> datetime:
    return datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)


def _check_bookings(product: Product, people: list[Person]) -> None:
    client = product.client()
    span = (_next_hour() - timedelta(days=1), _next_hour() + timedelta(days=60))
    for person in people:
        kept = client.bookings(span, account=person.name, limit=1000).rows
        by_note = Counter(booking.note for booking in kept if booking.note)
        for key, booking in person.acknowledged.items():
            assert by_note[key] == 1, f"{key} is there {by_note[key]} times"
            assert booking.id in {other.id for other in kept}
        assert all(by_note[key] <= 1 for key in person.keys)
    for row in client.available(span, grain="hour").rows:
        assert row.resources.cores >= 0, row
        assert row.resources.memory >= 0, row


def _every_server_has_its_booking(product: Product, people: list[Person]) -> bool:
    client = product.client()
    now = datetime.now(UTC)
    for person in people:
        server = product.server(person.name)
        running = client.bookings((now, now + timedelta(seconds=1)), account=person.name, phase=[Phase.RUNNING]).rows
        if bool(server.get("ready")) != bool(running):
            return False
    return True


def _check_no_stray_process(product: Product) -> None:
    wait_until(lambda: not product.labs(), 180, saying="no lab is left")

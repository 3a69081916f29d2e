"""A class: people with bookings that begin at one time, who then come into their labs all at once."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import httpx

from tests.support.kernels import Kernel
from tests.support.ports import TLS
from tests.support.product import wait_until

if TYPE_CHECKING:
    from aglais_hub.wire.bookings import Booking
    from tests.support.product import Product

__all__ = ["Arrival", "Classroom"]

PACKAGE, CORES, MEMORY = "tiny", 8, 64 * 1024
READY_SECONDS, TRIES = 300, 3


@dataclass(frozen=True)
class Arrival:
    """Somebody who has come in: how many seconds after the start the page was there, and a cell had run.

    ``lost`` are the connections to a kernel that were lost before; a browser makes a new one by itself too.
    """

    page: float
    cell: float
    text: str
    lost: int


class Classroom:
    """``count`` people of a running platform, each with a booking from ``ahead`` of now on, made ready before."""

    def __init__(self, product: Product, count: int, ahead: timedelta) -> None:
        self._product = product
        self._tokens = {f"pupil-{number}": product.user(f"pupil-{number}") for number in range(count)}
        self._client = product.client()
        now = datetime.now(UTC).replace(microsecond=0)
        # More than the machine has: a class mostly reads and waits.
        self._client.grant("local", now, now + timedelta(days=1), cores=CORES, memory=MEMORY)
        self.start = now + ahead
        self.bookings = [
            self._client.book(PACKAGE, startdate=self.start, duration="PT1H", account=account, prepare=True)
            for account in self._tokens
        ]

    def look(self) -> list[Booking]:
        """The bookings as they are by now."""
        return [self._client.booking(booking.id) for booking in self.bookings]

    def are_ready(self) -> bool:
        """Whether each lab has been seen to be ready."""
        return all(booking.phase == "PREPARING" and booking.reason == "its lab is ready" for booking in self.look())

    def come_in(self) -> list[Arrival]:
        """At the start all of them open the lab's page and run a cell in a new kernel."""
        wait_until(lambda: datetime.now(UTC) >= self.start, 1200, every=0.05, saying="it starts")
        begun = time.monotonic()
        with ThreadPoolExecutor(len(self._tokens)) as people:
            return list(people.map(partial(self._come, begun), self._tokens))

    def _come(self, begun: float, name: str) -> Arrival:
        headers = {"Authorization": f"token {self._tokens[name]}"}
        lab = f"{self._product.url}user/{name}/lab"
        page = httpx.get(lab, headers=headers, timeout=READY_SECONDS, verify=TLS, trust_env=False)
        page.raise_for_status()
        shown = time.monotonic() - begun
        for lost in range(TRIES):
            try:
                with Kernel(self._product, name, self._tokens[name]) as kernel:
                    cell = kernel.run("print(6 * 7)")
            except ConnectionError as error:
                print(f"{name} lost a connection after {time.monotonic() - begun:.1f} s: {error}")
            else:
                return Arrival(shown, cell.ended - begun, cell.text.strip(), lost)
        raise ConnectionError(f"{name} could not run a cell in {TRIES} tries")

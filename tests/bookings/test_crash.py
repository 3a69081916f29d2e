"""SIGKILL at random points while 16 writers work: nothing acknowledged is lost, and nothing is there twice.

20 points on each database by default; ``AGLAIS_TEST_KILLS=200`` kills as often.
"""

from __future__ import annotations

import os
import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from sqlalchemy import select

from aglais_hub.bookings.tables import BookingRow
from aglais_hub.bookings.verify import verify
from aglais_hub.database import make_database
from tests.support.restarting import RestartingService

if TYPE_CHECKING:
    from pathlib import Path

    from aglais_hub.settings import Settings
    from tests.support.hub import RealHub

KILLS = int(os.environ.get("AGLAIS_TEST_KILLS", "12"))
WRITERS = 16
WAIT_SECONDS = 120

FIELD = {"cluster": "field", "startdate": "2031-01-01", "enddate": "2031-12-31", "cores": 40, "memory": 40 * 4096}


class Writer:
    """Books, cancels and asks again, each request with the same key until it is answered."""

    def __init__(self, number: int, url: str, token: str, kills_done: threading.Event) -> None:
        self.account = f"writer{number}"
        self.made: dict[str, str] = {}
        self.asked: dict[str, dict[str, Any]] = {}
        self.again = 0
        self.statuses: Counter[int] = Counter()
        self._chance = random.Random(number)
        self._done = kills_done
        self._http = httpx.Client(
            base_url=url, headers={"Authorization": f"token {token}"}, trust_env=False, timeout=WAIT_SECONDS
        )

    def work(self) -> None:
        number = 0
        while not self._done.is_set():
            number += 1
            start = datetime(2031, 3, 1, tzinfo=UTC) + timedelta(minutes=30 * self._chance.randrange(0, 1500))
            key = f"{self.account}-{number}"
            self.asked[key] = {
                "package": self._chance.choice(["tiny", "small", "medium"]),
                "cluster": "field",
                "account": self.account,
                "startdate": start.isoformat(),
                "duration": f"PT{self._chance.randrange(1, 40)}H",
            }
            self.book(key)
            if self._chance.random() < 0.3 and self.made:
                self.book(self._chance.choice(list(self.made)))
            if self._chance.random() < 0.2 and key in self.made:
                self.send("POST", f"bookings/{self.made[key]}", json={"shorten": "PT30M"})

    def book(self, key: str) -> None:
        answer = self.send("POST", "bookings/create", json=self.asked[key], headers={"Idempotency-Key": key})
        if answer.status_code == 201:
            assert self.made.setdefault(key, answer.json()["id"]) == answer.json()["id"], "a key made a second booking"

    def close(self) -> None:
        self._http.close()

    def send(self, method: str, path: str, **options: Any) -> httpx.Response:
        """The answer, from whichever process gives one."""
        deadline = time.monotonic() + WAIT_SECONDS
        while True:
            try:
                answer = self._http.request(method, path, **options)
            except httpx.TransportError:
                self.again += 1
                if not self._done.is_set():  # one that takes long may be killed each time
                    deadline = time.monotonic() + WAIT_SECONDS
                assert time.monotonic() < deadline, "nobody answers"
                time.sleep(self._chance.uniform(0.03, 0.15))
            else:
                self.statuses[answer.status_code] += 1
                assert answer.status_code in (200, 201, 409, 400), answer.text
                return answer


@pytest.mark.timeout(1200)
def test_a_kill_at_any_instant_loses_and_repeats_nothing(settings: Settings, hub: RealHub, tmp_path: Path) -> None:
    chance = random.Random(16)
    service = RestartingService(settings, hub, tmp_path)
    kills_done = threading.Event()
    writers = [Writer(number, service.url, hub.token("root"), kills_done) for number in range(WRITERS)]
    try:
        assert writers[0].send("POST", "resources/create", json=FIELD).status_code == 201
        with ThreadPoolExecutor(WRITERS) as pool:
            working = [pool.submit(writer.work) for writer in writers]
            try:
                for _ in range(KILLS):
                    wait_for_an_answer(writers)
                    time.sleep(chance.uniform(0, 0.25))
                    service.kill()
            finally:
                kills_done.set()
            for work in working:
                work.result(2 * WAIT_SECONDS)
        made = {key: booking for writer in writers for key, booking in writer.made.items()}
        check(settings, made)
        again = Writer(WRITERS, service.url, hub.token("root"), kills_done)
        for writer in writers:
            again.asked, again.made = writer.asked, writer.made
            for key in chance.sample(sorted(writer.made), min(10, len(writer.made))):
                again.book(key)
                assert again.statuses[409] == 0
        again.close()
    finally:
        service.stop()
        for writer in writers:
            writer.close()
    interrupted = sum(writer.again for writer in writers)
    assert len(made) >= KILLS
    assert interrupted >= KILLS
    print(f"{KILLS} kills, {len(made)} bookings acknowledged, {interrupted} requests sent again")


def wait_for_an_answer(writers: list[Writer]) -> None:
    """Wait until the process that is there now has done something."""
    seen = sum(writer.statuses.total() for writer in writers)
    deadline = time.monotonic() + WAIT_SECONDS
    while sum(writer.statuses.total() for writer in writers) == seen:
        assert time.monotonic() < deadline, "nobody answers"
        time.sleep(0.002)


def check(settings: Settings, made: dict[str, str]) -> None:
    """What is on record is what was acknowledged, and the books agree."""
    database = make_database(settings.database_url("bookings"))
    try:
        with database.read() as session:
            rows = session.execute(select(BookingRow.key, BookingRow.id).where(BookingRow.key.is_not(None))).all()
        assert sorted((key, booking) for key, booking in rows) == sorted(made.items())
        report = verify(database)
        assert report.entries > len(made)
        assert report.faults == []
    finally:
        database.dispose()

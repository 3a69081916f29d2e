"""The guard that stops a server at its booking's end, watching the real services."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from aglais_hub.client import AsyncClient
from aglais_hub.wire.base import isoformat
from aglais_hub.wire.bookings import Booking, Phase
from aglais_lab.guard import Guard, Pace, Watched
from tests.support.platform import NOW

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.platform import Platform

QUICK = Pace(every=timedelta(seconds=0.05), at_end=timedelta(seconds=0.05))
WHEN_TOLD = Pace(every=timedelta(minutes=30))


class Watch:
    """A guard over a booking of ada's for an hour, and what became of it."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        platform.grant()
        self.booking = platform.book().json()["id"]
        self.done: list[str] = []

    def start_session(self) -> None:
        """The hub starts the server."""
        assert self.platform.call("POST", "sessions/start", "hub-parts", json={"account": "ada"}).is_success

    async def _look(self, watched: Watched) -> Booking:
        booking = await watched()
        self._seen.set()
        return booking

    async def _go(self, act: Callable[[Guard], None], ends: bool, ended_here: bool) -> None:
        self._seen = asyncio.Event()
        async with AsyncClient(self.platform.url, self.platform.hub.token("ada")) as client:
            booking = await client.booking(self.booking)
            watched = Watched(client, self.booking)
            self.guard = guard = Guard(
                end=booking.end,
                look=lambda: self._look(watched),
                save=self._save,
                stop=self._stop,
                clock=self.platform.clock,
                log=logging.getLogger("guard"),
                pace=WHEN_TOLD if ended_here else QUICK,
            )
            task = asyncio.create_task(guard.run())
            await self._seen.wait()
            await asyncio.to_thread(act, guard)
            if ended_here:
                guard.look_soon(ended_here=True)
            done, _ = await asyncio.wait([task], timeout=60 if ends else 1.5)
            if done:
                task.result()
            else:
                task.cancel()

    async def _save(self) -> None:
        self.done.append("saved")

    async def _stop(self) -> None:
        self.done.append("stopped")

    def run(self, act: Callable[[Guard], None], *, ends: bool = True, ended_here: bool = False) -> Watch:
        """Let the guard look until it has stopped the server; or for a while, where it is not to do that.

        With ``ended_here`` it is the lab that has ended the booking, and the guard looks once it is told.
        """
        asyncio.run(self._go(act, ends, ended_here))
        return self


@pytest.fixture
def watch(platform: Platform) -> Watch:
    return Watch(platform)


def test_a_server_with_time_left_is_let_alone(watch):
    watch.platform.clock.move(timedelta(minutes=59))
    assert watch.run(lambda _: None, ends=False).done == []
    assert not watch.guard.over


def test_a_booking_that_is_over_stops_the_server(watch):
    def end(_: Guard) -> None:
        watch.platform.clock.move(timedelta(minutes=61))
        watch.platform.parts.sweeper.sweep()

    assert watch.run(end).done
    assert watch.guard.over
    assert watch.guard.booking.phase is Phase.COMPLETED


def test_an_extension_is_seen(watch):
    def extend(_: Guard) -> None:
        with watch.platform.client() as client:
            client.extend(watch.booking, timedelta(hours=1))
        watch.platform.clock.move(timedelta(minutes=90))

    assert watch.run(extend, ends=False).done == []


def test_a_booking_ended_from_elsewhere_lets_the_lab_save(watch):
    def end(_: Guard) -> None:
        with watch.platform.client() as client:
            client.end(watch.booking)

    assert watch.run(end).done == ["saved", "stopped"]


def test_a_booking_ended_from_the_lab_stops_at_once(watch):
    def end(_: Guard) -> None:
        with watch.platform.client() as client:
            client.end(watch.booking)

    assert watch.run(end, ended_here=True).done == ["stopped"]


@pytest.mark.parametrize(("minutes", "stops"), [(59, False), (60.4, False), (60.6, True)])
def test_a_service_that_does_not_answer_is_waited_for_until_the_end(watch, stage, minutes, stops):
    def cut(_: Guard) -> None:
        watch.platform.clock.move(timedelta(minutes=minutes))
        stage.close()

    assert bool(watch.run(cut, ends=stops).done) is stops


def test_a_booking_that_nobody_ends_is_over_all_the_same(watch):
    assert watch.run(lambda _: watch.platform.clock.move(timedelta(minutes=62)) and None).done


def test_a_server_goes_on_under_the_booking_that_follows(watch):
    platform = watch.platform
    later = {"startdate": isoformat(NOW + timedelta(hours=1)), "enddate": isoformat(NOW + timedelta(hours=2))}
    second = platform.book(**later).json()["id"]
    watch.start_session()

    def pass_(_: Guard) -> None:
        assert watch.guard.end == NOW + timedelta(hours=2)
        platform.clock.move(timedelta(minutes=61))
        platform.parts.sweeper.sweep()
        assert platform.booking(watch.booking)["phase"] == "COMPLETED"

    assert watch.run(pass_, ends=False).done == []
    assert watch.guard.booking.id == second
    assert watch.guard.end == NOW + timedelta(hours=2)


def test_a_server_stops_between_two_spans_of_its_booking(watch):
    platform = watch.platform
    spans = [
        {"start": isoformat(NOW + timedelta(hours=hours)), "end": isoformat(NOW + timedelta(hours=hours + 1))}
        for hours in (2, 26)
    ]
    booked = platform.call("POST", "bookings/create", json={"package": "tiny", "spans": spans})
    watch.booking = booked.json()["id"]
    platform.clock.move(timedelta(hours=2))
    platform.parts.sweeper.sweep()
    watch.start_session()

    def pass_(_: Guard) -> None:
        platform.clock.move(timedelta(minutes=61))
        platform.parts.sweeper.sweep()

    assert watch.run(pass_).done
    assert platform.booking(watch.booking)["phase"] not in ("COMPLETED", "CANCELLED")

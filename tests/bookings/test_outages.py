"""Time is given back that a session loses through no fault of its holder's: once, as far as nobody else has it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from aglais_hub.bookings.service.sweep import AUDIT_EVERY
from aglais_hub.bookings.verify import verify

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.hub import RealHub
    from tests.support.platform import Platform

FAULT = "The machine that your lab ran on is lost."


def start(platform: Platform, account: str = "ada", **body: Any) -> dict[str, Any]:
    answer = platform.call("POST", "sessions/start", "hub-parts", json={"account": account, **body})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def lose(platform: Platform, booking: str, gone: str = "PT0S") -> dict[str, Any]:
    """The session of a booking is lost, and the hub tells so."""
    answer = platform.call("POST", f"sessions/{booking}/stop", "hub-parts", json={"fault": FAULT, "gone": gone})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def look(platform: Platform) -> None:
    """The services compare what runs with what is booked."""
    platform.clock.move(AUDIT_EVERY)
    platform.parts.sweeper.sweep()


def changes(platform: Platform, booking: str) -> list[dict[str, Any]]:
    rows = platform.call("GET", f"bookings/{booking}/changes", "root").json()["rows"]
    return [row["fields"] for row in rows]


@pytest.fixture
def session(platform: Platform, hub: RealHub) -> Iterator[dict[str, Any]]:
    """Two places, and a session of ada's in one of them from 9 to 11."""
    platform.grant(2)
    booking = platform.book("tiny", duration="PT2H").json()
    start(platform)
    yield booking
    assert verify(platform.parts.requests.database, clock=platform.clock).faults == []
    if hub.servers("ada"):
        hub.stop_server("ada")


def test_a_booking_is_made_longer_by_what_was_lost(platform: Platform, session: dict[str, Any], hub: RealHub) -> None:
    platform.clock.move(timedelta(minutes=30))
    lost = lose(platform, session["id"], "PT1M")
    assert (lost["phase"], lost["outage"], lost["reason"]) == ("AVAILABLE", "2026-06-08T09:29:00Z", FAULT)
    platform.clock.move(timedelta(minutes=3))
    assert start(platform)["outage"] == "2026-06-08T09:29:00Z"
    look(platform)
    assert platform.booking(session["id"])["outage"], "the hub has no server yet"
    hub.start_server("ada")
    look(platform)
    found = platform.booking(session["id"])
    assert (found["phase"], found["outage"], found["lost"]) == ("RUNNING", None, "PT270S")
    assert found["end"] == found["until"] == "2026-06-08T11:04:30Z"
    why = "Without a lab for 4 min, through no fault of yours"
    assert found["reason"] == f"{why}: lengthened until 2026-06-08T11:04:30Z"
    told = changes(platform, session["id"])
    assert [one["end"] for one in told if "end" in one] == [["2026-06-08T11:00:00Z", "2026-06-08T11:04:30Z"]]
    assert [one["reason"][1] for one in told if "reason" in one] == [FAULT, "", found["reason"]]
    look(platform)
    assert platform.booking(session["id"]) == found, "it is given back once"


def test_what_is_told_twice_counts_once(platform: Platform, session: dict[str, Any], hub: RealHub) -> None:
    lose(platform, session["id"])
    platform.clock.move(timedelta(minutes=2))
    again = lose(platform, session["id"])
    assert again["outage"] == "2026-06-08T09:00:00Z"
    start(platform)
    # A start that fails: it goes on.
    platform.clock.move(timedelta(minutes=2))
    assert lose(platform, session["id"], "PT1M")["outage"] == "2026-06-08T09:00:00Z"
    start(platform)
    hub.start_server("ada")
    platform.clock.move(AUDIT_EVERY)
    with ThreadPoolExecutor(2) as both:
        list(both.map(lambda _: platform.parts.sweeper.sweep(), range(2)))
    assert platform.booking(session["id"])["lost"] == "PT255S"
    assert platform.booking(session["id"])["end"] == "2026-06-08T11:04:15Z"


def test_an_end_of_one_s_own_doing_gives_nothing_back(
    platform: Platform, session: dict[str, Any], hub: RealHub
) -> None:
    platform.call("POST", f"sessions/{session['id']}/stop", "hub-parts")
    platform.clock.move(timedelta(minutes=5))
    start(platform)
    hub.start_server("ada")
    look(platform)
    found = platform.booking(session["id"])
    assert (found["outage"], found["lost"], found["end"]) == (None, "PT0S", session["end"])


def test_nobody_s_place_is_taken(platform: Platform, session: dict[str, Any], hub: RealHub) -> None:
    for _ in range(2):
        assert platform.book("tiny", "ben", startdate="2026-06-08T11:02:00Z").status_code == 201
    lose(platform, session["id"])
    platform.clock.move(timedelta(minutes=10))
    start(platform)
    hub.start_server("ada")
    look(platform)
    found = platform.booking(session["id"])
    assert (found["end"], found["lost"]) == ("2026-06-08T11:02:00Z", "PT615S")
    lose(platform, session["id"])
    platform.clock.move(timedelta(minutes=10))
    start(platform)
    look(platform)
    found = platform.booking(session["id"])
    assert (found["end"], found["lost"]) == ("2026-06-08T11:02:00Z", "PT1230S")
    assert found["reason"].endswith("through no fault of yours: somebody else has booked what follows")


def test_nothing_is_promised_where_nobody_can_say_what_is_there(
    platform: Platform, session: dict[str, Any], hub: RealHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    why = "nothing more is booked on local for now, since its API server has not answered"
    monkeypatch.setattr(platform.parts.sweeper, "_stopped", {"local": why}.__getitem__)
    lose(platform, session["id"])
    platform.clock.move(timedelta(minutes=5))
    start(platform)
    hub.start_server("ada")
    look(platform)
    found = platform.booking(session["id"])
    assert (found["end"], found["lost"]) == (session["end"], "PT315S")
    assert found["reason"].endswith(why)


def test_at_the_end_what_was_lost_is_still_given_back(platform: Platform, session: dict[str, Any]) -> None:
    platform.clock.move(timedelta(minutes=90))
    lose(platform, session["id"])
    platform.clock.move(timedelta(minutes=30))
    platform.parts.sweeper.sweep()
    found = platform.booking(session["id"])
    assert (found["phase"], found["end"], found["outage"]) == ("AVAILABLE", "2026-06-08T11:30:00Z", None)
    platform.clock.move(timedelta(minutes=30))
    platform.parts.sweeper.sweep()
    assert platform.booking(session["id"])["phase"] == "COMPLETED", "once"


def test_who_stays_away_is_given_back_an_hour_at_most(platform: Platform, session: dict[str, Any]) -> None:
    lose(platform, session["id"])
    platform.clock.move(timedelta(hours=2))
    platform.parts.sweeper.sweep()
    found = platform.booking(session["id"])
    assert (found["end"], found["lost"]) == ("2026-06-08T12:00:00Z", "PT3600S")


def test_where_the_services_slept_over_it_nothing_is_given_back(platform: Platform, session: dict[str, Any]) -> None:
    lose(platform, session["id"])
    platform.clock.move(timedelta(hours=9))
    platform.parts.sweeper.sweep()
    found = platform.booking(session["id"])
    assert (found["phase"], found["end"], found["lost"]) == ("COMPLETED", session["end"], "PT3600S")


def test_a_clock_that_was_set_back_takes_nothing_away(
    platform: Platform, session: dict[str, Any], hub: RealHub
) -> None:
    platform.clock.move(timedelta(minutes=30))
    lose(platform, session["id"])
    platform.clock.move(-timedelta(minutes=10))
    start(platform)
    hub.start_server("ada")
    look(platform)
    found = platform.booking(session["id"])
    assert (found["end"], found["lost"], found["outage"]) == (session["end"], "PT0S", None)


def test_where_the_next_booking_follows_that_one_is_made_longer(
    platform: Platform, session: dict[str, Any], hub: RealHub
) -> None:
    following = platform.book("tiny", startdate=session["end"]).json()
    lose(platform, session["id"])
    platform.clock.move(timedelta(minutes=5) - AUDIT_EVERY)
    start(platform)
    hub.start_server("ada")
    look(platform)
    found = platform.booking(session["id"])
    assert (found["end"], found["until"]) == (session["end"], "2026-06-08T12:05:00Z")
    assert platform.booking(following["id"])["end"] == "2026-06-08T12:05:00Z"


def test_of_several_spans_the_one_that_has_begun_is_made_longer(platform: Platform, hub: RealHub) -> None:
    platform.grant(2)
    booking = platform.book("tiny", spans="2026-06-08T09:00Z/PT1H,2026-06-09T09:00Z/PT1H", duration=None).json()
    start(platform)
    lose(platform, booking["id"])
    platform.clock.move(timedelta(hours=1))
    platform.parts.sweeper.sweep()
    found = platform.booking(booking["id"])
    assert [span["end"] for span in found["spans"]] == ["2026-06-08T11:00:00Z", "2026-06-09T10:00:00Z"]
    assert found["phase"] == "AVAILABLE"
    platform.clock.move(timedelta(hours=1))
    platform.parts.sweeper.sweep()
    assert platform.booking(booking["id"])["phase"] == "WAITING"


def test_who_ends_the_booking_is_not_kept_in_it(platform: Platform, session: dict[str, Any]) -> None:
    lose(platform, session["id"])
    platform.clock.move(timedelta(minutes=5))
    ended = platform.call("DELETE", f"bookings/{session['id']}").json()
    assert (ended["phase"], ended["end"], ended["lost"]) == ("COMPLETED", "2026-06-08T09:05:00Z", "PT300S")

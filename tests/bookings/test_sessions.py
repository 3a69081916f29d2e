"""Sessions: a server starts under a booking, or not at all."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from aglais_hub.wire.accounts import TryRequest
from tests.support.platform import NOW

if TYPE_CHECKING:
    import httpx

    from tests.support.platform import Platform


def start(platform: Platform, account: str = "ada", **body: Any) -> httpx.Response:
    return platform.call("POST", "sessions/start", "hub-parts", json={"account": account, **body})


def stop(platform: Platform, booking_id: str) -> dict[str, Any]:
    answer = platform.call("POST", f"sessions/{booking_id}/stop", "hub-parts")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_without_a_booking_one_is_made_now(platform: Platform) -> None:
    platform.grant(8)
    answer = start(platform)
    assert answer.status_code == 200, answer.text
    session = answer.json()
    assert session["phase"] == "RUNNING"
    assert session["package"] == "small"  # an account that only the hub knows counts as basic
    assert session["account"] == "ada"
    assert (session["start"], session["end"]) == ("2026-06-08T09:00:00Z", "2026-06-08T11:00:00Z")
    assert start(platform, "ben", package="tiny", duration="PT30M").json()["end"] == "2026-06-08T09:30:00Z"


def test_a_booking_for_now_is_used_as_often_as_asked(platform: Platform) -> None:
    platform.grant(8)
    booking = platform.book("medium").json()
    later = platform.book("tiny", startdate="2026-06-08T12:00:00Z").json()
    first = start(platform).json()
    assert first["id"] == booking["id"]
    assert first["phase"] == "RUNNING"
    assert start(platform).json() == first
    assert platform.booking(later["id"])["phase"] == "WAITING"


def test_a_booking_that_waits_and_has_begun_is_used_unswept(platform: Platform) -> None:
    platform.grant(2)
    booking = platform.book("small", startdate="2026-06-08T10:00:00Z").json()
    assert booking["phase"] == "WAITING"
    platform.clock.move(timedelta(hours=1))
    assert start(platform).json()["id"] == booking["id"]
    assert platform.booking(booking["id"])["phase"] == "RUNNING"


def test_the_package_asked_for_chooses_among_bookings(platform: Platform) -> None:
    platform.grant(8)
    small, medium = platform.book("small").json(), platform.book("medium", duration="PT3H").json()
    assert start(platform, package="small").json()["id"] == small["id"]
    assert stop(platform, small["id"])["phase"] == "AVAILABLE"
    assert start(platform, package="medium").json()["id"] == medium["id"]
    assert stop(platform, medium["id"])["phase"] == "AVAILABLE"
    # Not named: the one that lasts longest.
    assert start(platform).json()["id"] == medium["id"]


def test_an_account_has_one_session(platform: Platform) -> None:
    platform.grant(8)
    lost = start(platform, package="tiny").json()  # nobody tells that its server has stopped
    new = start(platform, package="small").json()
    assert new["id"] != lost["id"]
    assert platform.booking(new["id"])["phase"] == "RUNNING"
    assert platform.booking(lost["id"])["phase"] == "AVAILABLE"
    platform.call("POST", f"bookings/{new['id']}", json={"phase": "COMPLETED"})
    assert platform.booking(new["id"])["phase"] == "RELEASING"
    assert start(platform).json()["id"] == lost["id"]
    assert platform.booking(new["id"])["phase"] == "COMPLETED"


def test_a_visitor_gets_the_visitors_package_only(platform: Platform) -> None:
    platform.grant(8)
    visitor = platform.parts.accounts.try_out(TryRequest())
    assert visitor.level == 0
    refused = start(platform, visitor.name, package="large")
    assert refused.status_code == 409
    assert refused.json()["error"]["rule"] == "level"
    assert start(platform, visitor.name).json()["package"] == visitor.package == "tiny"
    explicit = platform.call(
        "POST", "bookings/create", "root", json={"account": visitor.name, "cores": 1, "duration": "PT1H"}
    )
    assert explicit.json()["error"]["rule"] == "level"


def test_without_room_the_refusal_has_offers(platform: Platform) -> None:
    platform.grant(2)
    platform.book("small", caller="ben")
    refused = start(platform)
    assert refused.status_code == 409
    assert refused.json()["error"]["code"] == "refused"
    offer = refused.json()["offers"][0]
    assert offer["kind"] == "earliest"
    assert offer["account"] == "ada"
    platform.call("POST", f"bookings/{offer['id']}", json={"phase": "ACCEPTED"})
    platform.clock.move(timedelta(hours=1))
    assert start(platform).json()["id"] == offer["id"]


def test_a_stop_before_the_end_leaves_the_booking_for_another_start(platform: Platform) -> None:
    platform.grant(2)
    session = start(platform).json()
    assert stop(platform, session["id"])["phase"] == "AVAILABLE"
    assert stop(platform, session["id"])["phase"] == "AVAILABLE"  # told twice
    assert start(platform).json()["id"] == session["id"]
    platform.clock.move(timedelta(hours=2))
    assert stop(platform, session["id"])["phase"] == "COMPLETED"
    assert stop(platform, session["id"])["phase"] == "COMPLETED"


def test_a_booking_that_is_over_starts_nothing(platform: Platform) -> None:
    platform.grant(2)
    session = start(platform).json()
    platform.clock.move(timedelta(hours=2))  # its end, not yet swept
    again = start(platform).json()
    assert again["id"] != session["id"]
    assert again["start"] == "2026-06-08T11:00:00Z"
    assert platform.booking(session["id"])["phase"] == "COMPLETED"


def test_ending_a_session_waits_for_its_server(platform: Platform) -> None:
    platform.grant(2)
    session = start(platform).json()
    platform.clock.move(timedelta(minutes=10))
    ended = platform.call("DELETE", f"bookings/{session['id']}").json()
    assert ended["phase"] == "RELEASING"
    assert ended["end"] == "2026-06-08T09:10:00Z"
    again = platform.call("DELETE", f"bookings/{session['id']}")
    assert again.status_code == 200
    assert again.json()["phase"] == "RELEASING", "only the server's end completes it"
    assert platform.call("POST", f"bookings/{session['id']}", json={"extend": "PT1H"}).status_code == 409
    assert stop(platform, session["id"])["phase"] == "COMPLETED"
    assert platform.booking(session["id"])["reason"] == "ended early"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"package": "gigantic"}, "package"),
        ({"duration": "soon"}, "duration"),
        ({"account": ""}, "account"),
        ({"account": "x" * 256}, "account"),
        ({"colour": "blue"}, "colour"),
    ],
)
def test_a_start_that_makes_no_sense_names_its_field(platform: Platform, body: dict[str, str], field: str) -> None:
    platform.grant(2)
    answer = start(platform, **body)
    assert answer.status_code in (400, 404)
    assert answer.json()["error"]["field"] == field


def test_only_the_spawner_starts_and_stops(platform: Platform) -> None:
    platform.grant(2)
    session = start(platform).json()
    for caller in ("ada", "reader", "visitor"):
        assert platform.call("POST", "sessions/start", caller, json={"account": "ada"}).status_code == 403
        assert platform.call("POST", f"sessions/{session['id']}/stop", caller).status_code == 403
    assert platform.call("POST", "sessions/no-such-booking/stop", "hub-parts").status_code == 404
    assert platform.clock.now() == NOW

"""Bookings whose account ends: what lies ahead is given back, and nothing tells whose they were."""

from datetime import timedelta
from typing import Any

from aglais_hub.bookings.lifecycle import ENDED
from aglais_hub.bookings.verify import verify
from aglais_hub.wire.bookings import Phase, SessionRequest
from tests.support import traces
from tests.support.platform import Platform

WORDS = "my secret galaxy"


def of(platform: Platform, account: str) -> list[dict[str, Any]]:
    query = {"range": "2026-06-01,2026-07-01", "account": account}
    found: list[dict[str, Any]] = platform.call("GET", "bookings/select", "root", params=query).json()["rows"]
    return found


def free(platform: Platform) -> list[int]:
    """How many tinies are free in each hour of the day."""
    query = {"range": "2026-06-08T09:00:00Z,2026-06-08T20:00:00Z", "grain": "hour"}
    rows = platform.call("GET", "available/select", params=query).json()["rows"]
    return [row["packages"].get("tiny", 0) for row in rows]


def live_a_little(platform: Platform) -> None:
    """A session that runs, bookings ahead and one that is over, a refusal with its offers, and words of one's own."""
    platform.parts.sessions.start(SessionRequest(account="ada", package="tiny"))
    later = platform.book(startdate="2026-06-08T16:00:00Z", note=WORDS, headers={"Idempotency-Key": "ada-1"}).json()
    gone = platform.book(startdate="2026-06-08T18:00:00Z").json()
    platform.call("POST", f"bookings/{later['id']}", json={"note": WORDS + " again"})
    platform.call("DELETE", f"bookings/{gone['id']}")
    assert platform.book("medium", startdate="2026-06-08T12:00:00Z", note=WORDS).status_code == 409


def test_what_lies_ahead_is_free_again_and_the_record_stands(platform: Platform) -> None:
    platform.grant(2)
    platform.book(caller="ben", startdate="2026-06-08T12:00:00Z", duration="PT2H")
    unbooked = free(platform)
    live_a_little(platform)
    mine = of(platform, "ada")
    platform.clock.move(timedelta(minutes=10))
    for _ in range(2):
        platform.parts.bookings.erase("ada", "gone-2a3b4c")
    platform.parts.sweeper.sweep()
    assert of(platform, "ada") == []
    theirs = {row["id"]: row for row in of(platform, "gone-2a3b4c")}
    assert set(theirs) == {row["id"] for row in mine}
    assert {row["phase"] for row in theirs.values()} <= ENDED
    assert free(platform)[1:] == unbooked[1:]
    assert len(of(platform, "ben")) == 1
    report = verify(platform.parts.requests.database, clock=platform.clock)
    assert not report.faults


def test_no_table_tells_whose_they_were(platform: Platform) -> None:
    platform.grant(2)
    live_a_little(platform)
    url = platform.parts.requests.database.engine.url.render_as_string(hide_password=False)
    for needle in ("ada", WORDS):
        assert traces.in_database(url, needle)
    platform.parts.bookings.erase("ada", "gone-2a3b4c")
    for needle in ("ada", WORDS):
        assert traces.in_database(url, needle) == []
    for decision in platform.call("GET", "decisions/select", "root", params={"account": "gone-2a3b4c"}).json()["rows"]:
        assert platform.call("GET", f"decisions/{decision['id']}", "root").json()["agrees"]


def test_time_that_was_used_stays_on_record(platform: Platform) -> None:
    platform.grant(1)
    booking = platform.parts.sessions.start(SessionRequest(account="ada", package="tiny", duration="PT8H"))
    platform.clock.move(timedelta(hours=1))
    platform.parts.bookings.erase("ada", "gone-2a3b4c")
    kept = platform.booking(booking.id)
    assert kept["account"] == "gone-2a3b4c"
    assert kept["start"] == booking.start.isoformat().replace("+00:00", "Z")
    assert kept["end"] == platform.clock.now().isoformat().replace("+00:00", "Z")


def test_giving_back_alone_takes_no_name_off(platform: Platform) -> None:
    platform.grant(1)
    booking = platform.book(startdate="2026-06-08T16:00:00Z").json()
    for _ in range(2):
        platform.parts.bookings.release("ada")
    assert platform.booking(booking["id"])["phase"] == Phase.CANCELLED
    assert platform.booking(booking["id"])["account"] == "ada"

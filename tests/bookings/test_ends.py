"""No booking outlasts its account."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from aglais_hub.wire.accounts import TryRequest
from aglais_hub.wire.bookings import SessionRequest
from tests.support.platform import Platform


class Visit:
    """A visitor, who has twelve hours, and an admin who books for them."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self.account = platform.parts.accounts.try_out(TryRequest())
        assert self.account.expires is not None
        self.ends: datetime = self.account.expires

    def book(self, **asked: Any) -> Any:
        return self.platform.book(caller="root", account=self.account.name, **asked)

    def edit(self, booking: str, **asked: Any) -> Any:
        return self.platform.call("POST", f"bookings/{booking}", "root", json=asked)


@pytest.fixture
def visit(platform: Platform) -> Visit:
    platform.grant(2)
    return Visit(platform)


def refused(answer: Any) -> dict[str, Any]:
    assert answer.status_code == 409, answer.text
    body: dict[str, Any] = answer.json()
    assert body["error"]["rule"] == "account_ends"
    assert "Your visit ends in" in body["error"]["message"]
    assert "register" in body["error"]["help"]
    return body


def test_what_would_go_on_after_the_visit_is_refused_with_the_way_out(visit: Visit) -> None:
    start = visit.ends - timedelta(hours=1)
    assert visit.book(startdate=start.isoformat(), duration="PT1H").status_code == 201
    body = refused(visit.book(startdate=start.isoformat(), duration="PT61M"))
    assert body["until"] == visit.ends.isoformat().replace("+00:00", "Z")
    why = visit.platform.call("GET", body["why"].rpartition("api/")[2], "root").json()
    assert why["rule"] == "account_ends"
    assert why["agrees"]


def test_what_may_start_too_late_is_refused(visit: Visit) -> None:
    start = visit.ends - timedelta(hours=2)
    refused(visit.book(startdate=start.isoformat(), duration="PT1H", window="PT2H"))


def test_a_server_of_now_gets_what_is_left(visit: Visit) -> None:
    sessions = visit.platform.parts.sessions
    visit.platform.clock.move(timedelta(hours=11))
    assert sessions.start(SessionRequest(account=visit.account.name, duration="PT4H")).end == visit.ends


def test_it_is_extended_and_moved_no_further(visit: Visit) -> None:
    start = visit.ends - timedelta(hours=3)
    booking = visit.book(startdate=start.isoformat(), duration="PT1H").json()["id"]
    refused(visit.edit(booking, extend="PT3H"))
    refused(visit.edit(booking, startdate=(visit.ends - timedelta(minutes=30)).isoformat()))
    found = visit.platform.parts.bookings.extension(booking, "PT4H", None)
    assert (found.until, found.because) == (visit.ends, "the account ends then")
    assert visit.edit(booking, extend="PT2H").status_code == 200
    assert visit.platform.parts.bookings.extension(booking, "PT1H", None).until is None


def test_no_offer_goes_beyond_it(visit: Visit) -> None:
    visit.platform.book("small", caller="ben", duration="PT10H")
    answer = visit.book(duration="PT2H")
    assert answer.status_code == 409
    assert answer.json()["error"]["rule"] == "capacity"
    offers = answer.json()["offers"]
    assert offers
    assert all(datetime.fromisoformat(offer["end"]) <= visit.ends for offer in offers)

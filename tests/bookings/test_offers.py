"""What is offered instead of what does not fit, and what all of it holds together."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from aglais_hub.bookings.verify import verify
from tests.support.answers import cores, give_servers, kinds

if TYPE_CHECKING:
    from tests.support.platform import Platform


@pytest.fixture(autouse=True)
def the_books_are_right(platform: Platform) -> Any:
    yield
    assert verify(platform.parts.databases[2], clock=platform.clock).faults == []


def test_a_long_time_is_split_where_no_whole_one_is_soon(platform: Platform) -> None:
    platform.grant(1)
    for start, end in (("11:00", "12:00"), ("14:00", "16:00")):
        platform.book(caller="ben", startdate=f"2026-06-08T{start}:00Z", enddate=f"2026-06-08T{end}:00Z")
    offers = kinds(platform.book(startdate="2026-06-08T10:00:00Z", duration="PT3H"))
    assert offers["earliest"]["start"] == "2026-06-08T16:00:00Z"
    times = [(span["start"][11:16], span["end"][11:16]) for span in offers["split"]["spans"]]
    assert times == [("10:00", "11:00"), ("12:00", "14:00")]  # also where its siblings hold it
    assert offers["week"]["start"] == "2026-06-15T10:00:00Z"


def test_what_one_offer_holds_does_not_stand_in_the_way_of_another(platform: Platform) -> None:
    platform.grant(2)
    platform.book(caller="ben", startdate="2026-06-08T09:00:00Z", enddate="2026-06-08T11:00:00Z")
    asked = "2026-06-08T10:00Z,2026-06-08T16:00Z"

    def refused() -> dict[str, dict[str, Any]]:
        """The place that the large one waits for is the same in which the small one would go on."""
        offers = kinds(platform.book("small", duration="PT4H"))
        assert [offer["start"][11:13] for offer in offers.values()] == ["11", "09", "09"]
        assert list(offers) == ["earliest", "smaller", "week"]
        assert cores(platform, asked) == [0, 0, 0, 0, 0, 2]
        return offers

    offers = refused()
    platform.call("DELETE", f"bookings/{offers['earliest']['id']}")
    assert cores(platform, asked) == [0, 1, 1, 2, 2, 2]
    for kind, left in (("smaller", [0, 1, 1, 2, 2, 2]), ("earliest", [1, 0, 0, 0, 0, 2])):
        offers = refused()
        other = platform.book(caller="root", account="cleo", startdate="2026-06-08T14:00:00Z")
        assert other.status_code == 409
        platform.clock.move(timedelta(minutes=4))
        taken = platform.call("POST", f"bookings/{offers[kind]['id']}", json={"phase": "ACCEPTED"})
        assert taken.status_code == 200, taken.text
        platform.clock.move(timedelta(minutes=2))  # what was held for her is free again
        assert cores(platform, asked) == left
        platform.call("DELETE", f"bookings/{offers[kind]['id']}")


def test_offers_that_expire_one_after_the_other_leave_the_rest_its_place(platform: Platform) -> None:
    platform.grant(1)
    platform.book(caller="ben", startdate="2026-06-08T09:12:00Z", enddate="2026-06-08T10:00:00Z")
    platform.parts.bookings._requests._offer_lifetime = timedelta(hours=2)
    offers = kinds(platform.book(duration="PT2H"))
    assert [offers[kind]["expires"][11:16] for kind in ("earliest", "shorter")] == ["11:00", "09:12"]
    platform.clock.move(timedelta(minutes=20))
    assert platform.booking(offers["shorter"]["id"])["phase"] == "OFFERED"
    assert cores(platform, "2026-06-08T10:00Z,2026-06-08T13:00Z") == [0, 0, 1]
    assert platform.booking(offers["shorter"]["id"])["phase"] == "EXPIRED"
    assert platform.call("POST", f"bookings/{offers['earliest']['id']}", json={"phase": "ACCEPTED"}).status_code == 200


def test_an_offer_that_goes_on_from_a_booking_holds_no_more_than_its_rest_and_itself(platform: Platform) -> None:
    """Until it is taken the servers of the booking before it may have to rest: one or the other, not both."""
    give_servers(platform, count=1)
    body = {"sharing": "reserved", "startdate": "2026-06-08T10:00Z", "duration": "PT1H"}
    first = platform.book("small", **body).json()["id"]
    follows = {"package": "small", "sharing": "reserved", "startdate": "2026-06-08T11:00Z", "duration": "PT2H"}
    servers = "available/select?grain=hour&range=2026-06-08T10:00Z,2026-06-08T15:00Z"

    def left() -> list[int]:
        return [row["resources"]["servers"] for row in platform.call("GET", servers).json()["rows"]]

    def offered() -> str:
        offers = kinds(platform.call("POST", "offers/create", json=follows))
        assert offers["asked"]["start"] == "2026-06-08T11:00:00Z"
        assert left() == [0, 0, 0, 0, 0]
        platform.call("DELETE", f"bookings/{offers['earliest']['id']}")  # an hour later, after the rest
        assert left() == [0, 0, 0, 0, 1]
        return str(offers["asked"]["id"])

    platform.call("DELETE", f"bookings/{offered()}")
    assert left() == [0, 0, 1, 1, 1]
    offer = offered()
    platform.clock.move(timedelta(hours=2) - timedelta(minutes=2))
    offer = offered()
    platform.clock.move(timedelta(minutes=4))  # the booking is over, and its servers rest
    platform.parts.sweeper.sweep()
    assert platform.booking(first)["phase"] == "COMPLETED"
    assert verify(platform.parts.databases[2], clock=platform.clock).faults == []
    assert platform.call("POST", f"bookings/{offer}", json={"phase": "ACCEPTED"}).status_code == 200
    assert left() == [0, 0, 0, 0, 1]


def test_another_week_keeps_the_time_of_day_across_daylight_saving(platform: Platform) -> None:
    platform.grant(1)
    for day in ("2026-10-19", "2026-10-20"):
        platform.book(caller="ben", startdate=day, enddate=day, tz="Europe/London")
    asked = {"startdate": "2026-10-19T10:00", "enddate": "2026-10-19T12:00", "tz": "Europe/London"}
    week = kinds(platform.book(**asked))["week"]
    assert (week["start"], week["end"]) == ("2026-10-26T10:00:00Z", "2026-10-26T12:00:00Z")  # an hour later in UTC


def test_bounds_say_what_is_worth_offering(platform: Platform) -> None:
    platform.grant(3)
    platform.book("small", caller="ben", startdate="2026-06-08T09:30:00Z", enddate="2026-06-08T11:00:00Z")
    assert {"smaller", "shorter"} <= set(kinds(platform.book("small")))
    assert not {"smaller", "shorter"} & set(kinds(platform.book("small", smallest="small", shortest="PT45M")))


def test_offers_can_be_asked_for_without_a_booking(platform: Platform) -> None:
    platform.grant(2)
    body = {"package": "tiny", "duration": "PT1H"}
    made = platform.call("POST", "offers/create", json=body)
    assert made.status_code == 201
    offer = kinds(made)["asked"]
    assert offer["phase"] == "OFFERED"
    taken = platform.call("POST", f"bookings/{offer['id']}", json={"phase": "ACCEPTED"})
    assert taken.json()["phase"] == "AVAILABLE"
    assert platform.call("GET", made.json()["why"].partition("api/")[2]).json()["outcome"] == "offered"

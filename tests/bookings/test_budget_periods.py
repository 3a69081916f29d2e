"""Budgets and time: zones and their changes of the clock, the edges of a period, and who has had what in it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from aglais_hub.bookings.verify import verify
from tests.support.people import make_group, open_accounts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.platform import Platform

BERLIN = {"tz": "Europe/Berlin"}


@pytest.fixture
def group(lite: Platform) -> Iterator[Platform]:
    """The group astro of ada and ben, and room for all that they could want."""
    lite.grant(64)
    open_accounts(lite, "ada", "ben")
    make_group(lite, "astro", "ada", "ben")
    yield lite
    assert verify(lite.parts.requests.database, clock=lite.clock).faults == []


def give(platform: Platform, hours: float, first: str, last: str, **more: str) -> dict[str, Any]:
    said = {"hours": hours, "startdate": first, "enddate": last} | more
    answer = platform.call("POST", "groups/astro/budget", "root", json=said)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()["budget"]
    return found


def book(platform: Platform, package: str = "tiny", caller: str = "ada", **body: Any) -> str:
    answer = platform.book(package, caller, group="astro", **body)
    assert answer.status_code == 201, answer.text
    return f"bookings/{answer.json()['id']}"


def budget(platform: Platform) -> tuple[float, float, float]:
    """What was used, what is ahead and what is left."""
    found = platform.call("GET", "groups/astro", "root").json()["budget"]
    return float(found["used"]), float(found["ahead"]), float(found["left"])


def use(platform: Platform, caller: str = "ada") -> dict[str, tuple[str | None, float, float]]:
    """What each account has: its role, what it used, what it has ahead."""
    rows = platform.call("GET", "groups/astro/use", caller).json()["rows"]
    return {row["account"]: (row["role"], float(row["used"]), float(row["ahead"])) for row in rows}


@pytest.mark.parametrize(
    ("day", "start", "hours"),
    [("2026-10-25", "2026-10-24T22:00:00Z", 25), ("2027-03-28", "2027-03-27T23:00:00Z", 23)],
)
def test_a_day_on_which_the_clock_changes_has_the_hours_that_it_has(
    group: Platform, day: str, start: str, hours: int
) -> None:
    found = give(group, 30, day, day, **BERLIN)
    assert found["start"] == start
    path = book(group, startdate=day, enddate=day, **BERLIN)
    assert budget(group) == (0, hours, 30 - hours)
    assert group.call("DELETE", path).status_code == 200
    assert budget(group) == (0, 0, 30)
    # The same day elsewhere is another.
    elsewhere = group.book("tiny", "ben", group="astro", startdate=day, enddate=day, tz="America/New_York")
    assert elsewhere.json()["error"]["rule"] == "group_budget"


def test_a_period_is_said_in_instants_which_every_reader_sees_in_their_own_zone(group: Platform) -> None:
    give(group, 1, "2026-10-01", "2026-10-25", **BERLIN)
    late = group.book("tiny", group="astro", startdate="2026-10-25T22:30:00Z").json()["error"]["message"]
    assert "the budget of astro lasts until 2026-10-25T23:00:00Z" in late
    early = group.book("tiny", group="astro", startdate="2026-09-30T21:30:00Z").json()["error"]["message"]
    assert "the budget of astro begins only at 2026-09-30T22:00:00Z" in early
    dear = group.book("small", group="astro", startdate="2026-10-02T09:00:00Z").json()["error"]["message"]
    assert "astro has 1.00 of 1.00 core-hours left until 2026-10-25T23:00:00Z, and it takes 2.00" in dear


def test_a_booking_is_lengthened_up_to_the_end_of_the_period(group: Platform) -> None:
    give(group, 100, "2026-10-01", "2026-10-25", **BERLIN)
    path = book(group, startdate="2026-10-25T21:00:00Z", duration="PT1H")
    assert group.call("GET", f"{path}/extension?extend=PT4H").json() == {
        "until": "2026-10-25T23:00:00Z",
        "because": "the budget of astro ends then",
    }
    assert group.call("POST", path, json={"extend": "PT4H"}).json()["until"] == "2026-10-25T23:00:00Z"
    assert group.call("POST", path, json={"extend": "PT4H", "partial": True}).json()["end"] == "2026-10-25T23:00:00Z"
    # To its very end, the half-open period has it all.
    assert budget(group) == (0, 2, 98)


def test_of_a_booking_across_an_edge_the_period_pays_its_part(group: Platform) -> None:
    give(group, 100, "2026-06-01", "2026-06-30")
    path = book(group, "small", startdate="2026-06-10T22:00:00Z", duration="PT4H")
    give(group, 100, "2026-06-11", "2026-06-30")
    assert budget(group) == (0, 4, 96)
    give(group, 100, "2026-06-01", "2026-06-10")
    assert budget(group) == (0, 4, 96)
    # It may stay as long as it is, and become shorter; the part beyond the edge is nobody's.
    assert group.call("POST", path, json={"extend": "PT1H"}).json()["error"]["rule"] == "group_budget"
    assert group.call("POST", path, json={"shorten": "PT1H"}).status_code == 200
    assert budget(group) == (0, 4, 96)
    assert group.call("DELETE", path).status_code == 200
    assert budget(group) == (0, 0, 100)


def test_a_package_that_changes_leaves_what_is_booked_as_it_was_charged(group: Platform) -> None:
    give(group, 100, "2026-06-01", "2026-06-30")
    path = book(group, "small", startdate="2026-06-10T09:00:00Z", duration="PT4H")
    three = {"name": "small", "notebook_cores": 3, "notebook_memory": 8192}
    changed = group.call("POST", "packages/small", "root", json=three)
    assert changed.status_code == 200, changed.text
    assert budget(group) == (0, 8, 92)
    book(group, "small", "ben", startdate="2026-06-10T09:00:00Z", duration="PT1H")
    assert budget(group) == (0, 11, 89), "what is booked from now on costs what the package has now"
    # More of the old booking is of its own size, and so is what it gives back.
    assert group.call("POST", path, json={"extend": "PT1H"}).status_code == 200
    assert budget(group) == (0, 13, 87)
    assert group.call("DELETE", path).status_code == 200
    assert budget(group) == (0, 3, 97)


def test_everyone_in_a_group_sees_who_has_what_of_its_budget(group: Platform) -> None:
    assert use(group) == {}, "nothing is counted where nothing limits"
    give(group, 100, "2026-06-01", "2026-06-30")
    assert use(group, "ben") == {"ada": ("owner", 0, 0), "ben": ("member", 0, 0)}
    running, later = book(group, duration="PT4H"), book(group, "small", "ben", startdate="2026-06-10T09:00:00Z")
    group.clock.move(timedelta(hours=1))
    assert use(group) == {"ada": ("owner", 1, 3), "ben": ("member", 0, 2)}
    # What is charged to somebody else from now on stays whose it was until now.
    assert group.call("POST", running, json={"group": "-"}).status_code == 200
    group.call("DELETE", "groups/astro/members/ben", "ben")
    assert use(group) == {"ada": ("owner", 1, 0), "ben": (None, 0, 2)}
    assert group.call("DELETE", later).status_code == 200
    assert use(group) == {"ada": ("owner", 1, 0)}
    assert group.call("GET", "groups/astro/use", "ben").status_code == 404
    assert use(group, "root") == {"ada": ("owner", 1, 0)}


def test_the_parts_of_all_make_up_what_the_budget_has_had(group: Platform) -> None:
    """Across an edge of the period, with time that was lost, and for an account that there is no more."""
    give(group, 100, "2026-06-08T10:00:00Z", "2026-06-30")
    give(group, 100, "2026-06-01", "2026-06-30")
    lost = book(group, "medium", duration="PT4H").removeprefix("bookings/")
    book(group, "small", "ben", duration="PT2H")
    group.call("POST", "sessions/start", "hub-parts", json={"account": "ada"})
    group.clock.move(timedelta(hours=1))
    group.call("POST", f"sessions/{lost}/stop", "hub-parts", json={"fault": "the node is gone", "gone": "PT0S"})
    group.clock.move(timedelta(minutes=30))
    group.call("POST", "sessions/start", "hub-parts", json={"account": "ada"})
    group.parts.sweeper._end_outage(lost)
    give(group, 100, "2026-06-08T09:30:00Z", "2026-06-30")
    group.parts.groups.leave_all("ben", "gone-1")
    group.parts.bookings.erase("ben", "gone-1")
    found = use(group)
    assert found.keys() == {"ada", "gone-1"}
    # Ada's four cores from half past nine until ten; half an hour of them was lost.
    assert found["ada"][:2] == ("owner", 2)
    assert found["gone-1"] == (None, 2, 0)
    used, ahead, _ = budget(group)
    assert (used, ahead) == (sum(one[1] for one in found.values()), sum(one[2] for one in found.values()))


def test_whoever_has_left_is_told_that_nothing_more_can_be_charged(group: Platform) -> None:
    give(group, 100, "2026-06-01", "2026-06-30")
    path = book(group, "small", "ben", duration="PT2H")
    group.call("DELETE", "groups/astro/members/ben", "ben")
    assert group.call("GET", f"{path}/extension?extend=PT1H", "ben").json() == {
        "until": None,
        "because": "nothing more can be charged to astro",
    }
    assert group.call("POST", path, "ben", json={"extend": "PT1H"}).json()["error"]["field"] == "group"
    assert group.call("POST", path, "ben", json={"group": "-"}).status_code == 200
    assert group.call("GET", f"{path}/extension?extend=PT1H", "ben").json()["until"] == "2026-06-08T12:00:00Z"

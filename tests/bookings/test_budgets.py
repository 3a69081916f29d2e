"""Budgets of groups: charged as claims are, never overspent, given back with whatever is not used."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import update

from aglais_hub.bookings.tables import BudgetRow
from aglais_hub.bookings.verify import verify
from aglais_hub.database import make_database
from tests.support.answers import give_servers
from tests.support.people import make_group, open_accounts
from tests.support.platform import NOW

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.platform import Platform

LATER = {"startdate": "2026-06-10T09:00:00Z"}


@pytest.fixture
def group(platform: Platform) -> Iterator[Platform]:
    """The group astro of ada and ben with ten core-hours, and room for all that they could want."""
    platform.grant(64)
    open_accounts(platform, "ada", "ben")
    make_group(platform, "astro", "ada", "ben", hours=10)
    yield platform
    assert verify(platform.parts.requests.database, clock=platform.clock).faults == []


def budget(platform: Platform, name: str = "astro") -> dict[str, float]:
    found = platform.call("GET", f"groups/{name}").json()["budget"]
    return {name: float(found[name]) for name in ("hours", "used", "ahead", "held", "left")}


def sweep(platform: Platform, **after: float) -> None:
    platform.clock.move(timedelta(**after))
    platform.parts.sweeper._move_phases()


def book(platform: Platform, package: str = "small", caller: str = "ada", **body: Any) -> dict[str, Any]:
    answer = platform.book(package, caller, group="astro", **body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def test_what_is_booked_is_charged_and_what_is_over_was_used(group: Platform) -> None:
    assert book(group, duration="PT3H")["group"] == "astro"
    book(group, "tiny", "ben", **LATER)
    assert budget(group) == {"hours": 10, "used": 0, "ahead": 7, "held": 0, "left": 3}
    group.clock.move(timedelta(hours=1))
    assert budget(group) == {"hours": 10, "used": 2, "ahead": 5, "held": 0, "left": 3}


def test_what_is_shared_counts_what_it_claims(group: Platform) -> None:
    group.call("POST", "clusters/local", "root", json={"overcommit": 4})
    book(group, "medium", sharing="shared", duration="PT2H")
    assert budget(group)["ahead"] == 2


def test_a_refusal_says_what_is_left_and_offers_what_that_pays_for(group: Platform) -> None:
    refused = group.book("medium", duration="PT4H", group="astro", **LATER)
    assert refused.status_code == 409
    said = refused.json()
    assert said["error"]["rule"] == "group_budget"
    assert (
        "astro has 10.00 of 10.00 core-hours left until 2026-07-01T00:00:00Z, and it takes 16.00"
        in said["error"]["message"]
    )
    kinds = {offer["kind"]: offer for offer in said["offers"]}
    assert kinds["smaller"]["package"] == "small"
    assert kinds["shorter"]["end"] == "2026-06-10T11:30:00Z"
    assert {offer["group"] for offer in said["offers"]} == {"astro"}
    decision = group.call("GET", said["why"].removeprefix("/services/aglais/api/")).json()
    assert decision["rule"] == "group_budget"
    assert decision["agrees"]
    # One of them is taken at most: as much as the dearest costs is held, and charged once it is taken.
    assert budget(group) == {"hours": 10, "used": 0, "ahead": 0, "held": 10, "left": 0}
    taken = group.call("POST", f"bookings/{kinds['shorter']['id']}", json={"phase": "ACCEPTED"})
    assert taken.status_code == 200, taken.text
    assert budget(group) == {"hours": 10, "used": 0, "ahead": 10, "held": 0, "left": 0}


def test_an_offer_holds_what_it_costs_until_it_is_taken_or_expires(group: Platform) -> None:
    asked = {"package": "small", "duration": "PT4H", "group": "astro"} | LATER

    def offered() -> str:
        return str(group.call("POST", "offers/create", json=asked).json()["offers"][0]["id"])

    offer = offered()
    refused = group.book("small", "ben", group="astro", duration="PT2H")
    assert refused.json()["error"]["rule"] == "group_budget"
    assert (
        "2.00 of 10.00 core-hours left until 2026-07-01T00:00:00Z, while open offers hold 8.00"
        in refused.json()["error"]["message"]
    )
    assert [(one["kind"], one["package"]) for one in refused.json()["offers"]] == [
        ("smaller", "tiny"),
        ("shorter", "small"),
    ]
    # Whoever asks anew lets the old offers go, and what they held with them.
    offer = offered()
    assert budget(group)["held"] == 10
    assert group.call("POST", f"bookings/{offer}", json={"phase": "ACCEPTED"}).status_code == 200
    assert budget(group) == {"hours": 10, "used": 0, "ahead": 8, "held": 2, "left": 0}
    group.clock.move(timedelta(minutes=11))
    assert book(group, caller="ben", duration="PT1H")["group"] == "astro"
    assert budget(group)["left"] == 0


def test_a_smaller_budget_lets_those_offers_go_that_it_does_not_pay_for(group: Platform) -> None:
    def offered(caller: str, hours: int) -> str:
        asked = {"package": "tiny", "duration": f"PT{hours}H", "group": "astro"} | LATER
        return str(group.call("POST", "offers/create", caller, json=asked).json()["offers"][0]["id"])

    offers = offered("ada", 6), offered("ben", 4)
    give = {"hours": 5, "startdate": "2026-06-01", "enddate": "2026-06-30"}
    assert group.call("POST", "groups/astro/budget", "root", json=give).json()["budget"]["held"] == "4.00"
    assert [group.booking(offer)["phase"] for offer in offers] == ["REJECTED", "OFFERED"]
    assert group.booking(offers[0])["reason"] == "the budget of its group was changed"
    assert group.call("POST", f"bookings/{offers[1]}", "ben", json={"phase": "ACCEPTED"}).status_code == 200


def test_an_offer_that_goes_on_from_a_booking_costs_no_rest_between_them(group: Platform) -> None:
    """Servers that are reserved rest after a booking, at its group's cost: where they go on, they don't."""
    give_servers(group, count=1)
    reserved = {"sharing": "reserved", "startdate": "2026-06-10T10:00Z", "duration": "PT1H"}
    whole = {"startdate": "2026-06-01", "enddate": "2026-06-30"}
    group.call("POST", "groups/astro/budget", "root", json={"hours": 1000} | whole)
    first = book(group, "tiny", **reserved)
    # An hour and the rest after it; another hour, with that rest after it, costs half of that more.
    enough = budget(group)["ahead"] * 1.5
    group.call("POST", "groups/astro/budget", "root", json={"hours": enough} | whole)
    asked = {"package": "tiny", "group": "astro"} | reserved | {"startdate": first["end"]}
    offers = group.call("POST", "offers/create", json=asked).json()["offers"]
    assert offers[0]["kind"] == "asked"
    assert group.call("POST", f"bookings/{offers[0]['id']}", json={"phase": "ACCEPTED"}).status_code == 200
    assert budget(group)["left"] == 0


def test_several_spans_are_paid_together(group: Platform) -> None:
    spans = [f"2026-06-{day}T09:00:00Z/PT2H" for day in (10, 11, 12)]
    refused = group.book("small", spans=spans, group="astro", duration=None)
    assert refused.json()["error"]["rule"] == "group_budget", refused.text
    fewer = next(offer for offer in refused.json()["offers"] if offer["kind"] == "shorter")
    assert len(fewer["spans"]) == 2


def test_a_budget_is_for_its_period(group: Platform) -> None:
    refused = group.book("tiny", group="astro", startdate="2026-06-30T23:30:00Z")
    assert refused.json()["error"]["rule"] == "group_budget"
    assert "lasts until 2026-07-01T00:00:00Z" in refused.json()["error"]["message"]
    assert group.book("tiny", startdate="2026-06-30T23:30:00Z").status_code == 201


def test_longer_costs_more_and_shorter_gives_back(group: Platform) -> None:
    path = f"bookings/{book(group, duration='PT4H', **LATER)['id']}"
    refused = group.call("POST", path, json={"extend": "PT2H"})
    assert refused.json()["error"]["rule"] == "group_budget"
    assert "astro has 2.00 of 10.00" in refused.json()["error"]["message"]
    assert refused.json()["until"] == "2026-06-10T14:00:00Z"
    assert group.call("GET", f"{path}/extension?extend=PT3H").json() == {
        "until": "2026-06-10T14:00:00Z",
        "because": "the budget of astro is used up then",
    }
    longer = group.call("POST", path, json={"extend": "PT2H", "partial": True})
    assert longer.json()["end"] == "2026-06-10T14:00:00Z"
    assert budget(group)["left"] == 0
    # As long, at another time, costs no more.
    assert group.call("POST", path, json={"startdate": "2026-06-11T09:00:00Z"}).status_code == 200
    beyond = group.call("POST", path, json={"startdate": "2026-07-11T09:00:00Z"})
    assert beyond.json()["error"]["rule"] == "group_budget"
    assert group.call("POST", path, json={"shorten": "PT4H"}).status_code == 200
    assert budget(group)["left"] == 8
    assert group.call("DELETE", path).json()["phase"] == "CANCELLED"
    assert budget(group)["left"] == 10


def test_what_is_ended_early_or_not_come_for_is_given_back(group: Platform) -> None:
    early = book(group, duration="PT2H")
    absent = book(group, caller="ben", duration="PT2H", startdate="2026-06-08T10:00:00Z")
    group.clock.move(timedelta(minutes=30))
    group.call("DELETE", f"bookings/{early['id']}")
    assert budget(group) == {"hours": 10, "used": 1, "ahead": 4, "held": 0, "left": 5}
    group.parts.sweeper._absent_after = timedelta(minutes=10)
    for _ in range(45):  # where nobody looks for a while, holders get that time on top
        sweep(group, minutes=1)
    assert group.booking(absent["id"])["phase"] == "EXPIRED"
    assert budget(group) == {"hours": 10, "used": 1.33, "ahead": 0, "held": 0, "left": 8.67}


def test_time_lost_through_no_fault_is_not_charged(group: Platform) -> None:
    made = book(group, "medium", duration="PT2H30M")
    assert budget(group)["left"] == 0
    group.call("POST", "sessions/start", "hub-parts", json={"account": "ada"})
    group.clock.move(timedelta(hours=1))
    fault = {"fault": "the node is gone", "gone": "PT0S"}
    group.call("POST", f"sessions/{made['id']}/stop", "hub-parts", json=fault)
    group.clock.move(timedelta(minutes=30))
    group.call("POST", "sessions/start", "hub-parts", json={"account": "ada"})
    group.parts.sweeper._end_outage(made["id"])
    assert group.booking(made["id"])["end"] == "2026-06-08T12:00:00Z"
    assert budget(group)["left"] == 0
    sweep(group, hours=3)
    assert budget(group) == {"hours": 10, "used": 10, "ahead": 0, "held": 0, "left": 0}


def test_a_lowered_budget_takes_nothing_away_and_lets_nothing_more_in(group: Platform) -> None:
    path = f"bookings/{book(group, duration='PT4H', **LATER)['id']}"
    lower = {"hours": 4, "startdate": "2026-06-01", "enddate": "2026-06-30"}
    assert group.call("POST", "groups/astro/budget", "root", json=lower).status_code == 200
    assert budget(group) == {"hours": 4, "used": 0, "ahead": 8, "held": 0, "left": 0}
    assert group.book("tiny", group="astro").json()["error"]["rule"] == "group_budget"
    assert group.call("POST", path, json={"shorten": "PT1H"}).status_code == 200
    assert group.call("POST", path, json={"extend": "PT1H"}).status_code == 409
    # Another period counts what is in it, whenever it was booked.
    other = {"hours": 4, "startdate": "2026-06-10T10:00:00Z", "enddate": "2026-07-30"}
    assert group.call("POST", "groups/astro/budget", "root", json=other).status_code == 200
    assert budget(group)["ahead"] == 4
    assert group.call("DELETE", "groups/astro/budget", "root").json()["budget"] is None
    assert group.book("large", group="astro", duration="PT5H").status_code == 201


def test_a_class_is_paid_for_as_a_whole_or_not_booked(group: Platform) -> None:
    body = {"accounts": ["ada", "ben"], "package": "small", "group": "astro", "duration": "PT3H"} | LATER
    refused = group.call("POST", "classes/create", "root", json=body)
    assert refused.json()["error"]["rule"] == "group_budget"
    assert "1 of 2 fit" in refused.json()["error"]["message"]
    assert budget(group)["left"] == 10
    assert group.call("POST", "classes/create", "root", json=body | {"duration": "PT2H"}).status_code == 201
    assert budget(group)["left"] == 2


def test_many_at_once_never_overspend(group: Platform) -> None:
    def ask(number: int) -> int:
        start = NOW + timedelta(days=2, hours=number)
        caller = ("ada", "ben")[number % 2]
        return group.book("tiny", caller, group="astro", startdate=start.isoformat(), duration="PT1H").status_code

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(ask, range(24)))
    assert answers.count(201) == 10
    assert answers.count(409) == 14
    assert budget(group) == {"hours": 10, "used": 0, "ahead": 10, "held": 0, "left": 0}


def test_verify_finds_and_mends_a_wrong_sum(group: Platform) -> None:
    book(group)
    database = make_database(group.settings.database_url("bookings"))
    with database.write() as session:
        session.execute(update(BudgetRow).values(used=BudgetRow.used + 1))
    assert verify(database, clock=group.clock).faults == ["the budget of astro is not charged what its bookings have"]
    verify(database, repair=True, clock=group.clock)
    assert verify(database, clock=group.clock).faults == []
    database.dispose()


def test_only_members_book_on_it_and_only_owners_give_back_for_others(group: Platform) -> None:
    open_accounts(group, "reader")
    assert group.book("tiny", "root", group="astro").status_code == 404
    assert group.book("tiny", "root", group="other").status_code == 404
    made = book(group, caller="ben", note="with my new telescope", **LATER)
    path = f"bookings/{made['id']}"
    assert group.call("POST", path, "ben", json={"note": "in secret"}).json()["note"] == "in secret"
    # A stranger does not even learn that it is there.
    assert group.call("GET", path, "reader").status_code == 404
    assert group.call("GET", "bookings/select?group=astro", "reader").status_code == 404
    # Members see each other's bookings; owners may give them back, and no more.
    assert group.call("GET", path).json()["account"] == "ben"
    selected = group.call("GET", "bookings/select?group=astro&range=2026-06-01,2026-06-30")
    assert [row["id"] for row in selected.json()["rows"]] == [made["id"]]
    # A note is to oneself.
    history = [group.call("GET", f"{path}/changes", caller).text for caller in ("ada", "ben")]
    assert ["secret" in text for text in history] == [False, True]
    assert [group.call("GET", path, caller).json()["note"] for caller in ("ada", "ben")] == ["", "in secret"]
    assert selected.json()["rows"][0]["note"] == ""
    mine = book(group, **LATER)
    assert group.call("GET", f"bookings/{mine['id']}/changes", "ben").status_code == 200
    assert group.call("POST", f"bookings/{mine['id']}", "ben", json={"shorten": "PT10M"}).status_code == 403
    assert group.call("DELETE", f"bookings/{mine['id']}", "ben").status_code == 403
    assert group.call("POST", path, json={"extend": "PT1H"}).status_code == 403
    assert group.call("POST", path, json={"note": "mine"}).status_code == 403
    shorter = group.call("POST", path, json={"shorten": "PT10M"})
    assert (shorter.status_code, shorter.json()["note"]) == (200, "")
    assert group.call("DELETE", path).json()["phase"] == "CANCELLED"


def test_who_has_left_keeps_what_is_booked_and_gets_no_more(group: Platform) -> None:
    path = f"bookings/{book(group, caller='ben', **LATER)['id']}"
    group.call("DELETE", "groups/astro/members/ben", "ben")
    assert group.call("GET", path, "ben").json()["phase"] == "WAITING"
    for more in ({"extend": "PT1H"}, {"startdate": "2026-06-11T09:00:00Z"}):
        refused = group.call("POST", path, "ben", json=more)
        assert (refused.status_code, refused.json()["error"]["field"]) == (403, "group")
        assert "Nothing more can be charged to astro" in refused.json()["error"]["message"]
    assert group.call("POST", path, "ben", json={"shorten": "PT10M"}).status_code == 200
    assert group.call("POST", path, "ben", json={"group": "-"}).json()["group"] is None
    assert group.call("POST", path, "ben", json={"extend": "PT1H"}).status_code == 200
    assert budget(group)["left"] == 10


def test_what_is_ahead_of_a_booking_is_charged_to_somebody_else(group: Platform) -> None:
    make_group(group, "radio", "ada", hours=3)
    path = f"bookings/{book(group, duration='PT2H')['id']}"
    group.clock.move(timedelta(minutes=30))

    def charge(to: str, caller: str = "ada") -> Any:
        return group.call("POST", path, caller, json={"group": to})

    # Half an hour of two cores has been used, and stays where it was charged.
    assert charge("radio").json()["group"] == "radio"
    assert budget(group) == {"hours": 10, "used": 1, "ahead": 0, "held": 0, "left": 9}
    assert budget(group, "radio") == {"hours": 3, "used": 0, "ahead": 3, "held": 0, "left": 0}
    assert group.call("POST", path, json={"extend": "PT1H"}).json()["error"]["rule"] == "group_budget"
    assert charge("-").json()["group"] is None
    assert budget(group, "radio")["left"] == 3
    assert group.call("POST", path, json={"extend": "PT1H"}).status_code == 200
    refused = charge("radio")
    assert refused.json()["error"]["rule"] == "group_budget"
    assert "It can't be charged to radio: radio has 3.00" in refused.json()["error"]["message"]
    assert group.call("POST", path, data={"group": "astro"}).json()["group"] == "astro"
    changed = group.call("GET", f"{path}/changes").json()["rows"]
    charged = [row["fields"]["group"] for row in changed if "group" in row["fields"]]
    assert charged == [["astro", "radio"], ["radio", None], [None, "astro"]]


def test_only_its_holder_says_who_pays_and_only_for_what_is_ahead(group: Platform) -> None:
    path = f"bookings/{book(group, caller='ben', **LATER)['id']}"
    for caller, to, status in (("ada", "-", 403), ("ben", "other", 404), ("ben", "astro", 200), ("root", "-", 200)):
        assert group.call("POST", path, caller, json={"group": to}).status_code == status
    both = group.call("POST", path, "ben", json={"group": "astro", "extend": "PT1H"})
    assert both.json()["error"]["code"] == "invalid_value"
    group.call("DELETE", path, "ben")
    assert group.call("POST", path, "ben", json={"group": "astro"}).json()["error"]["message"] == "The booking is over."


def test_time_that_was_lost_is_given_back_to_whoever_paid_for_it(group: Platform) -> None:
    make_group(group, "radio", "ada", hours=10)
    made = book(group, duration="PT4H")
    group.call("POST", "sessions/start", "hub-parts", json={"account": "ada"})
    group.clock.move(timedelta(hours=1))
    fault = {"fault": "the node is gone", "gone": "PT0S"}
    group.call("POST", f"sessions/{made['id']}/stop", "hub-parts", json=fault)
    group.clock.move(timedelta(minutes=15))
    assert group.call("POST", f"bookings/{made['id']}", json={"group": "radio"}).status_code == 200
    group.clock.move(timedelta(minutes=15))
    group.call("POST", "sessions/start", "hub-parts", json={"account": "ada"})
    group.parts.sweeper._end_outage(made["id"])
    assert group.booking(made["id"])["lost"] == "PT1800S"
    # The lost half hour cost astro half a core-hour, and radio as much.
    assert budget(group) == {"hours": 10, "used": 2, "ahead": 0, "held": 0, "left": 8}
    assert budget(group, "radio") == {"hours": 10, "used": 0, "ahead": 6, "held": 0, "left": 4}


def test_every_offer_can_be_taken_and_nothing_is_overspent_whatever_comes_between(group: Platform) -> None:
    dice, hours = random.Random(7), range(1, 5)
    open_offers: dict[str, str] = {}
    taken = refused = 0
    for _ in range(60):
        caller, package = dice.choice(["ada", "ben"]), dice.choice(["tiny", "small", "medium"])
        asked = {
            "package": package,
            "group": "astro",
            "duration": f"PT{dice.choice(hours)}H",
            "sharing": dice.choice(["managed", "shared"]),
            "startdate": (group.clock.now() + timedelta(hours=dice.randrange(1, 40))).isoformat(),
        }
        if caller in open_offers and dice.random() < 0.6:
            answer = group.call("POST", f"bookings/{open_offers.pop(caller)}", caller, json={"phase": "ACCEPTED"})
            assert answer.status_code == 200, answer.text
            taken += 1
        elif dice.random() < 0.25:
            rows = group.call("GET", "bookings/select?phase=WAITING&range=2026-06-01,2026-07-01", caller).json()["rows"]
            if rows:
                group.call("DELETE", f"bookings/{dice.choice(rows)['id']}", caller)
        else:
            kind = dice.choice(["offers", "bookings"])
            answer = group.call("POST", f"{kind}/create", caller, json=asked)
            open_offers.pop(caller, None)
            refused += answer.status_code == 409
            if offers := answer.json().get("offers"):
                open_offers[caller] = dice.choice(offers)["id"]
        found = budget(group)
        assert found["used"] + found["ahead"] + found["held"] <= 10
    assert taken > 5
    assert refused > 5

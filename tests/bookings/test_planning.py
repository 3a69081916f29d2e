"""Windows, several spans, shares, shared and reserved bookings, and changes of all of them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from aglais_hub.bookings.verify import verify
from tests.support.answers import cores, give_servers, kinds
from tests.support.platform import NOW

if TYPE_CHECKING:
    from tests.support.platform import Platform


@pytest.fixture(autouse=True)
def the_books_are_right(platform: Platform) -> Any:
    yield
    assert verify(platform.parts.databases[2], clock=platform.clock).faults == []


# ---- windows


def test_with_a_window_it_starts_as_early_as_it_fits(platform: Platform) -> None:
    platform.grant(1)
    platform.book(caller="ben", startdate="2026-06-08T10:00:00Z", enddate="2026-06-08T11:20:00Z")
    booked = platform.book(startdate="2026-06-08T10:00:00Z", duration="PT2H", window="PT3H").json()
    assert (booked["start"], booked["end"]) == ("2026-06-08T11:20:00Z", "2026-06-08T13:20:00Z")


def test_no_offer_lies_outside_the_window(platform: Platform) -> None:
    platform.grant(2)
    platform.book("small", caller="ben", startdate="2026-06-08T10:00:00Z", enddate="2026-06-08T14:00:00Z")
    refused = platform.book("small", startdate="2026-06-08T10:00:00Z", duration="PT1H", window="PT2H")
    assert refused.status_code == 409
    assert refused.json()["offers"] == []
    assert "2 h in which it may start" in refused.json()["error"]["message"]
    wider = platform.book("small", startdate="2026-06-08T10:00:00Z", duration="PT1H", window="PT4H")
    assert wider.json()["start"] == "2026-06-08T14:00:00Z"


# ---- several spans


def test_all_spans_fit_or_none_is_booked(platform: Platform) -> None:
    platform.grant(1, days=30)
    platform.book(caller="ben", startdate="2026-06-11", enddate="2026-06-11")
    spans = ["2026-06-09", "2026-06-11", "2026-06-13T09:00Z/PT4H"]
    refused = platform.book(spans=spans, duration=None)
    assert refused.status_code == 409
    assert "in 1 of 3 spans" in refused.json()["error"]["message"]
    offers = kinds(refused)
    assert [span["start"][:10] for span in offers["shorter"]["spans"]] == ["2026-06-09", "2026-06-13"]
    taken = platform.call("POST", f"bookings/{offers['shorter']['id']}", json={"phase": "ACCEPTED"}).json()
    assert taken["phase"] == "WAITING"
    assert cores(platform, "2026-06-13T08:00Z,2026-06-13T14:00Z") == [1, 0, 0, 0, 0, 1]


def test_a_booking_waits_between_its_spans(platform: Platform) -> None:
    platform.grant(1)
    made = platform.book(spans="2026-06-08T10:00Z/PT1H,2026-06-08T12:00Z/PT1H", duration=None).json()
    seen = []
    for _ in range(5):
        platform.clock.move(timedelta(hours=1))
        platform.parts.sweeper.sweep()
        seen.append(platform.booking(made["id"])["phase"])
    assert seen == ["AVAILABLE", "WAITING", "AVAILABLE", "COMPLETED", "COMPLETED"]


def test_a_server_stops_with_its_span_and_starts_in_the_next(platform: Platform) -> None:
    platform.grant(1)
    made = platform.book(spans="2026-06-08T09:00Z/PT1H,2026-06-08T12:00Z/PT1H", duration=None).json()
    started = platform.call("POST", "sessions/start", "hub-parts", json={"account": "ada"}).json()
    assert (started["id"], started["until"]) == (made["id"], "2026-06-08T10:00:00Z")
    platform.clock.move(timedelta(hours=1))
    while platform.parts.requests.writer.run(platform.parts.sweeper._fire_due):
        pass
    assert platform.booking(made["id"])["phase"] == "RELEASING"
    platform.call("POST", f"sessions/{made['id']}/stop", "hub-parts")
    assert platform.booking(made["id"])["phase"] == "WAITING"
    platform.clock.move(timedelta(hours=2))
    again = platform.call("POST", "sessions/start", "hub-parts", json={"account": "ada"}).json()
    assert (again["id"], again["phase"], again["until"]) == (made["id"], "RUNNING", "2026-06-08T13:00:00Z")


def test_a_recurrence_is_expanded_and_kept(platform: Platform) -> None:
    platform.grant(1)
    made = platform.book(
        startdate="2026-10-19T09:00", duration="PT2H", recurrence="FREQ=WEEKLY;COUNT=3", tz="Europe/London"
    ).json()
    assert [span["start"] for span in made["spans"]] == [
        "2026-10-19T08:00:00Z", "2026-10-26T09:00:00Z", "2026-11-02T09:00:00Z"
    ]  # fmt: skip
    assert made["recurrence"] == "FREQ=WEEKLY;COUNT=3"


# ---- sharing


def test_shared_bookings_are_over_committed_by_the_clusters_factor(platform: Platform) -> None:
    platform.grant(1)
    assert platform.call("POST", "clusters/local", "root", json={"overcommit": 3}).json()["overcommit"] == 3
    body = {"package": "tiny", "duration": "PT1H", "sharing": "shared"}
    made = [platform.call("POST", "bookings/create", "root", json=body | {"account": f"w{n}"}) for n in range(4)]
    assert [answer.status_code for answer in made] == [201, 201, 201, 409]
    row = platform.call("GET", "available/select?grain=hour&sharing=shared&range=2026-06-08T09:00Z,2026-06-08T10:00Z")
    assert row.json()["rows"][0]["packages"]["tiny"] == 0


def test_a_share_follows_what_the_cluster_has(platform: Platform) -> None:
    platform.grant(10)
    made = platform.call(
        "POST", "bookings/create", json={"share": "20%", "clusterid": "local", "duration": "PT4H"}
    )  # fmt: skip
    assert made.status_code == 201, made.text
    assert made.json()["share"] == 20
    assert cores(platform, "2026-06-08T09:00Z,2026-06-08T11:00Z") == [8, 8]
    grant = {"startdate": "2026-06-08T10:00Z", "enddate": "2026-06-08T11:00Z", "cores": 10, "memory": 40960}
    assert platform.call("POST", "resources/create", "root", json=grant).status_code == 201
    assert cores(platform, "2026-06-08T09:00Z,2026-06-08T12:00Z") == [8, 16, 8]


def test_a_reserved_booking_has_servers_to_itself_and_they_rest_afterwards(platform: Platform) -> None:
    give_servers(platform)
    made = platform.book("small", sharing="reserved", startdate="2026-06-08T10:00Z", duration="PT1H")
    assert made.status_code == 201, made.text
    assert cores(platform, "2026-06-08T09:00Z,2026-06-08T13:00Z") == [16, 12, 12, 16]
    count = platform.call(
        "GET", "available/select?grain=hour&sharing=reserved&range=2026-06-08T09:00Z,2026-06-08T13:00Z&package=small"
    ).json()["rows"]
    assert [row["packages"]["small"] for row in count] == [4, 3, 3, 4]
    others = [
        platform.book("small", caller="root", account=f"w{n}", sharing="reserved", startdate="2026-06-08T10:00Z")
        for n in range(4)
    ]
    assert [other.status_code for other in others] == [201, 201, 201, 409]


def test_bookings_that_follow_each_other_need_no_rest_between(platform: Platform) -> None:
    give_servers(platform, count=1)
    first = platform.book("small", sharing="reserved", startdate="2026-06-08T10:00Z", duration="PT1H").json()
    other = platform.book("small", caller="ben", sharing="reserved", startdate="2026-06-08T11:00Z", duration="PT1H")
    assert other.status_code == 409
    platform.clock.move(timedelta(minutes=5))  # what is held for him is free again
    second = platform.book("small", sharing="reserved", startdate="2026-06-08T11:00Z", duration="PT1H")
    assert second.status_code == 201, second.text
    assert platform.booking(first["id"])["until"] == "2026-06-08T12:00:00Z"
    platform.call("DELETE", f"bookings/{second.json()['id']}")
    assert cores(platform, "2026-06-08T09:00Z,2026-06-08T13:00Z") == [16, 0, 0, 16]


def test_without_servers_none_can_be_reserved(platform: Platform) -> None:
    platform.grant(4)
    refused = platform.book(sharing="reserved")
    assert refused.json()["error"]["rule"] == "servers"


# ---- edits


def test_an_extension_goes_as_far_as_it_can(platform: Platform) -> None:
    platform.grant(1)
    mine = platform.book().json()
    platform.book(caller="ben", startdate="2026-06-08T11:20:00Z", duration="PT1H")
    refused = platform.call("POST", f"bookings/{mine['id']}", json={"extend": "PT3H"})
    assert refused.status_code == 409
    assert refused.json()["until"] == "2026-06-08T11:20:00Z"
    assert refused.json()["offers"]
    partly = platform.call("POST", f"bookings/{mine['id']}", json={"extend": "PT3H", "partial": True})
    assert partly.json()["end"] == "2026-06-08T11:20:00Z"
    assert platform.call("POST", f"bookings/{mine['id']}", json={"shorten": "PT20M"}).json()["end"][11:16] == "11:00"


def test_a_move_is_done_whole_or_not_at_all(platform: Platform) -> None:
    platform.grant(1)
    mine = platform.book(startdate="2026-06-08T10:00Z", duration="PT2H").json()
    platform.book(caller="ben", startdate="2026-06-08T14:00Z", duration="PT1H")
    clash = platform.call("POST", f"bookings/{mine['id']}", json={"startdate": "2026-06-08T13:00Z"})
    assert clash.status_code == 409
    assert platform.booking(mine["id"])["start"] == mine["start"]
    assert clash.json()["offers"]
    moved = platform.call("POST", f"bookings/{mine['id']}", json={"startdate": "2026-06-08T11:00Z"})
    assert moved.status_code == 200, moved.text
    assert [moved.json()["start"][11:16], moved.json()["end"][11:16]] == ["11:00", "13:00"]


def test_an_edit_of_an_older_version_is_told_what_changed(platform: Platform) -> None:
    platform.grant(1)
    mine = platform.book(startdate="2026-06-08T10:00Z").json()
    platform.call("POST", f"bookings/{mine['id']}", json={"extend": "PT1H"})
    late = platform.call("POST", f"bookings/{mine['id']}", json={"note": "x", "version": mine["version"]})
    assert late.status_code == 409
    assert "end from 2026-06-08T11:00:00Z to 2026-06-08T12:00:00Z" in late.json()["error"]["message"]
    (change,) = late.json()["changes"]
    assert (change["by"], change["version"]) == ("ada", 2)
    assert platform.call("GET", f"bookings/{mine['id']}/changes").json()["rows"] == [change]


# ---- sessions and absence


def test_a_server_goes_on_under_the_booking_that_follows(platform: Platform) -> None:
    platform.grant(1)
    first = platform.book().json()
    second = platform.book(startdate="2026-06-08T10:00Z").json()
    started = platform.call("POST", "sessions/start", "hub-parts", json={"account": "ada"}).json()
    assert (started["id"], started["until"]) == (first["id"], second["end"])
    platform.clock.move(timedelta(hours=1))
    while platform.parts.requests.writer.run(platform.parts.sweeper._fire_due):
        pass
    phases = [platform.booking(one["id"])["phase"] for one in (first, second)]
    assert phases == ["COMPLETED", "RUNNING"]
    platform.call("POST", f"sessions/{first['id']}/stop", "hub-parts")
    assert platform.booking(second["id"])["phase"] == "AVAILABLE"


def test_what_nobody_comes_to_is_given_back(platform: Platform) -> None:
    platform.grant(1)
    mine = platform.book(duration="PT8H").json()
    platform.clock.move(timedelta(hours=1, minutes=59))
    platform.parts.sweeper.sweep()
    assert platform.booking(mine["id"])["phase"] == "AVAILABLE"
    platform.clock.move(timedelta(minutes=1))
    platform.parts.sweeper.sweep()
    found = platform.booking(mine["id"])
    assert (found["phase"], found["reason"]) == ("EXPIRED", "nobody came")
    assert platform.book(caller="ben", duration="PT6H").status_code == 201


def test_time_in_which_the_platform_was_down_is_no_absence(platform: Platform) -> None:
    platform.grant(1)
    mine = platform.book(duration="PT8H").json()
    platform.parts.sweeper.sweep()
    platform.clock.move(timedelta(hours=3))  # nobody sweeps
    platform.parts.sweeper.sweep()
    assert platform.booking(mine["id"])["phase"] == "AVAILABLE"
    assert platform.clock.now() == NOW + timedelta(hours=3)


# ---- blackouts and clusters


def test_a_blackout_tells_beforehand_whom_it_hits(platform: Platform) -> None:
    platform.grant(3)
    early = platform.book(caller="ben", startdate="2026-06-09", enddate="2026-06-09").json()
    platform.clock.move(timedelta(minutes=1))
    late = platform.book("small", startdate="2026-06-09", enddate="2026-06-10").json()
    body = {"startdate": "2026-06-09", "enddate": "2026-06-09", "cores": -2, "note": "new network"}
    preview = platform.call("POST", "resources/preview", "root", json=body)
    assert [one["id"] for one in preview.json()["hit"]] == [late["id"]]
    refused = platform.call("POST", "resources/create", "root", json=body)
    assert (refused.status_code, [one["id"] for one in refused.json()["hit"]]) == (409, [late["id"]])
    assert platform.booking(late["id"]) == late
    made = platform.call("POST", "resources/create", "root", json=body | {"hit": "cancel"})
    assert made.status_code == 201, made.text
    hit = platform.booking(late["id"])
    assert (hit["phase"], hit["reason"]) == ("CANCELLED", "its capacity was taken away: new network")
    assert platform.booking(early["id"])["phase"] == "WAITING"


def test_a_cluster_is_closed_by_a_share_that_follows_its_grants(platform: Platform) -> None:
    platform.grant(2)
    body = {"startdate": "2026-06-08T12:00Z", "enddate": "2026-06-08T13:00Z", "share": "-100%"}
    closed = platform.call("POST", "resources/create", "root", json=body)
    assert closed.status_code == 201, closed.text
    platform.grant(3)
    assert cores(platform, "2026-06-08T11:00Z,2026-06-08T14:00Z") == [5, 0, 5]
    assert platform.book(startdate="2026-06-08T12:00Z").status_code == 409
    platform.clock.move(timedelta(minutes=5))
    platform.call("DELETE", f"resources/{closed.json()['id']}", "root")
    assert cores(platform, "2026-06-08T11:00Z,2026-06-08T14:00Z") == [5, 5, 5]


def test_clusters_are_made_changed_and_removed(platform: Platform) -> None:
    made = platform.call(
        "POST", "clusters/create", "root", data={"startdate": "2026-06-08", "enddate": "2026-06-09", "cores": "4"}
    )
    assert made.json()["name"] == "cluster-1"
    assert platform.call("POST", "clusters/create", "root", json={"name": "cluster-1"}).status_code == 409
    assert platform.call("DELETE", "clusters/cluster-1", "root").status_code == 409
    assert (
        platform.call("POST", "clusters/create", "root", json={"name": "north", "buffer": "PT10M"}).status_code == 201
    )
    assert [row["name"] for row in platform.call("GET", "clusters/select").json()["rows"]] == ["cluster-1", "north"]
    assert platform.call("DELETE", "clusters/north", "root").status_code == 200
    assert platform.call("GET", "clusters/north").status_code == 404


# ---- why


def test_a_decision_is_replayed_from_the_ledger_as_it_stood(platform: Platform) -> None:
    platform.grant(2)
    taken = platform.book("small", caller="ben", duration="PT2H").json()
    refused = platform.book("tiny", startdate="2026-06-08T10:00Z")
    assert refused.status_code == 409
    platform.call("DELETE", f"bookings/{taken['id']}", "ben")  # what was true then stays so
    why = refused.json()["why"].partition("api/")[2]
    told = platform.call("GET", why).json()
    assert (told["outcome"], told["rule"], told["agrees"]) == ("refused", "capacity", True)
    (trial,) = told["trials"]
    assert (trial["cluster"], trial["fits"], trial["short"]) == ("local", False, ["cores", "memory"])
    assert (trial["need"]["cores"], trial["least"]["cores"], trial["granted"]["cores"]) == (1, 0, 2)
    (taker,) = trial["takers"]
    assert (taker["mine"], taker["account"], taker["booking"]) == (False, None, None)
    assert platform.call("GET", why, "root").json()["trials"][0]["takers"][0]["account"] == "ben"
    assert {offer["kind"] for offer in told["offers"]} == {offer["kind"] for offer in refused.json()["offers"]}
    assert platform.call("GET", why, "ben").status_code == 404


def test_an_accepted_request_is_replayed_too(platform: Platform) -> None:
    platform.grant(2)
    made = platform.book("small").json()
    told = platform.call("GET", made["why"].partition("api/")[2]).json()
    assert (told["outcome"], told["booking"], told["agrees"]) == ("accepted", made["id"], True)
    assert told["trials"][0]["fits"]
    listed = platform.call("GET", "decisions/select", params={"outcome": "accepted"}).json()["rows"]
    assert [row["id"] for row in listed] == [told["id"]]

"""Bookings over HTTP: made, refused with offers, changed, ended."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.support.platform import NOW

if TYPE_CHECKING:
    from tests.support.platform import Platform


def test_a_booking_for_now_is_available_at_once(platform: Platform) -> None:
    platform.grant(2)
    answer = platform.book("small", note="first light")
    assert answer.status_code == 201, answer.text
    booking = answer.json()
    assert booking["phase"] == "AVAILABLE"
    assert booking["account"] == "ada"
    assert booking["resources"]["cores"] == 2
    assert booking["resources"]["memory"] == 8192
    assert booking["spans"] == [{"start": "2026-06-08T09:00:00Z", "end": "2026-06-08T10:00:00Z"}]
    assert booking["note"] == "first light"
    assert platform.call("GET", f"bookings/{booking['id']}").json() == booking
    assert booking["url"] == f"/services/aglais/api/bookings/{booking['id']}"


def test_forms_and_the_notes_names_do_as_well(platform: Platform) -> None:
    platform.grant(2)
    form = {"template": "small", "clusterid": "local", "startdate": "2026-06-08", "enddate": "2026-06-10", "note": ""}
    answer = platform.call("POST", "bookings/create", data=form)
    assert answer.status_code == 201, answer.text
    # Today's part of the first day is over; the last day is included.
    assert answer.json()["spans"] == [{"start": "2026-06-08T09:00:00Z", "end": "2026-06-11T00:00:00Z"}]


def test_dates_are_days_of_the_callers_zone(platform: Platform) -> None:
    platform.grant(2)
    body = {"startdate": "2026-10-25", "enddate": "2026-10-25", "tz": "Europe/London"}
    span = platform.book(**body).json()["spans"][0]
    assert span == {"start": "2026-10-24T23:00:00Z", "end": "2026-10-26T00:00:00Z"}  # 25 hours


def test_half_open_bookings_meet_without_a_clash(platform: Platform) -> None:
    platform.grant(1)
    assert platform.book(startdate="2026-06-09T10:00:00Z", enddate="2026-06-09T11:00:00Z").status_code == 201
    assert platform.book(startdate="2026-06-09T11:00:00Z", enddate="2026-06-09T12:00:00Z").status_code == 201
    assert platform.book(startdate="2026-06-09T09:00:00Z", enddate="2026-06-09T10:00:00Z").status_code == 201
    clash = platform.book(startdate="2026-06-09T10:59:59.999Z", enddate="2026-06-09T11:30:00Z")
    assert clash.status_code == 409


def test_a_refusal_offers_what_can_be_had_instead(platform: Platform) -> None:
    platform.grant(3)
    platform.book("small", caller="ben", startdate="2026-06-08T09:30:00Z", enddate="2026-06-08T11:00:00Z")
    refused = platform.book("small", duration="PT1H")
    assert refused.status_code == 409
    error, offers = refused.json()["error"], refused.json()["offers"]
    assert error["code"] == "refused"
    assert error["rule"] == "capacity"
    assert error["help"]
    by_kind = {offer["kind"]: offer for offer in offers}
    assert set(by_kind) == {"earliest", "smaller", "shorter", "week"}
    assert by_kind["earliest"]["start"] == "2026-06-08T11:00:00Z"
    assert by_kind["smaller"]["package"] == "tiny"
    assert by_kind["shorter"]["end"] == "2026-06-08T09:30:00Z"
    assert {offer["phase"] for offer in offers} == {"OFFERED"}
    assert {offer["expires"] for offer in offers} == {"2026-06-08T09:05:00Z"}


def test_an_offer_is_held_taken_and_its_siblings_rejected(platform: Platform) -> None:
    platform.grant(2)
    platform.book("small", caller="ben", enddate="2026-06-08T10:00:00Z")
    offers = platform.book("small").json()["offers"]
    assert [offer["kind"] for offer in offers] == ["earliest", "week"]
    held = offers[0]
    assert held["start"] == "2026-06-08T10:00:00Z"
    assert platform.book("tiny", caller="ben", startdate=held["start"]).status_code == 409
    taken = platform.call("POST", f"bookings/{held['id']}", data={"phase": "ACCEPTED"})
    assert taken.status_code == 200, taken.text
    assert taken.json()["phase"] == "WAITING"
    assert taken.json()["expires"] is None
    platform.clock.move(timedelta(minutes=6))  # what was taken no longer expires
    assert platform.book("tiny", caller="ben", startdate=held["start"]).status_code == 409


def test_siblings_of_a_taken_offer_are_rejected(platform: Platform) -> None:
    platform.grant(3)
    platform.book("small", caller="ben", startdate="2026-06-08T09:30:00Z", enddate="2026-06-08T11:00:00Z")
    offers = platform.book("small").json()["offers"]
    platform.call("POST", f"bookings/{offers[0]['id']}", json={"phase": "ACCEPTED"})
    phases = [platform.call("GET", f"bookings/{offer['id']}").json()["phase"] for offer in offers]
    assert phases == ["WAITING", "REJECTED", "REJECTED", "REJECTED"]


def test_an_expired_offer_holds_nothing_and_cant_be_taken(platform: Platform) -> None:
    platform.grant(2)
    platform.book("small", caller="ben", enddate="2026-06-08T10:00:00Z")
    held = platform.book("small").json()["offers"][0]
    platform.clock.move(timedelta(minutes=5))
    late = platform.call("POST", f"bookings/{held['id']}", json={"phase": "ACCEPTED"})
    assert late.status_code == 409
    assert "expired" in late.json()["error"]["message"]
    assert platform.book("small", caller="ben", startdate=held["start"]).status_code == 201


def test_a_new_request_gives_back_the_old_offers(platform: Platform) -> None:
    platform.grant(2)
    platform.book("small", caller="ben", enddate="2026-06-08T10:00:00Z")
    held = platform.book("small").json()["offers"][0]
    assert platform.book("small", startdate=held["start"]).status_code == 201
    assert platform.call("GET", f"bookings/{held['id']}").json()["phase"] == "REJECTED"


def test_an_idempotency_key_books_once(platform: Platform) -> None:
    platform.grant(4)
    key = {"Idempotency-Key": "once"}
    first = platform.book(headers=key)
    platform.clock.move(timedelta(hours=3))  # the answer does not depend on when it is asked again
    assert platform.book(headers=key).json()["id"] == first.json()["id"]
    other = platform.book("small", headers=key)
    assert other.status_code == 409
    assert other.json()["error"]["field"] == "Idempotency-Key"
    assert platform.book(caller="ben", headers=key).json()["id"] != first.json()["id"]


def test_extending_goes_as_far_as_the_next_booking(platform: Platform) -> None:
    platform.grant(1)
    mine = platform.book(duration="PT1H").json()
    platform.book(caller="ben", startdate="2026-06-08T10:20:00Z")
    extension = platform.call("GET", f"bookings/{mine['id']}/extension?extend=PT1H").json()
    assert extension["until"] == "2026-06-08T10:20:00Z"
    assert extension["because"]
    assert platform.call("POST", f"bookings/{mine['id']}", json={"extend": "PT1H"}).status_code == 409
    extended = platform.call("POST", f"bookings/{mine['id']}", json={"extend": "PT20M", "version": mine["version"]})
    assert extended.json()["end"] == "2026-06-08T10:20:00Z"
    again = platform.call("POST", f"bookings/{mine['id']}", json={"extend": "PT1M", "version": mine["version"]})
    assert again.status_code == 409
    assert again.json()["error"]["field"] == "version"


def test_shortening_and_cancelling_free_the_place(platform: Platform) -> None:
    platform.grant(1)
    mine = platform.book(startdate="2026-06-09T10:00:00Z", enddate="2026-06-09T14:00:00Z").json()
    assert platform.book(startdate="2026-06-09T12:00:00Z", caller="ben").status_code == 409
    shorter = platform.call("POST", f"bookings/{mine['id']}", json={"enddate": "2026-06-09T12:00:00Z"})
    assert shorter.status_code == 200, shorter.text
    assert platform.book(startdate="2026-06-09T12:00:00Z", caller="ben").status_code == 201
    assert platform.call("DELETE", f"bookings/{mine['id']}").json()["phase"] == "CANCELLED"
    assert platform.book(startdate="2026-06-09T10:00:00Z", caller="ben").status_code == 201
    gone = platform.call("DELETE", f"bookings/{mine['id']}")
    assert gone.status_code == 409


def test_ending_early_frees_the_rest(platform: Platform) -> None:
    platform.grant(1)
    mine = platform.book(duration="PT2H").json()
    platform.clock.move(timedelta(minutes=30))
    ended = platform.call("DELETE", f"bookings/{mine['id']}").json()
    assert ended["phase"] == "COMPLETED"
    assert ended["end"] == "2026-06-08T09:30:00Z"
    assert platform.book(caller="ben").status_code == 201


def test_nobody_sees_or_touches_anothers_booking(platform: Platform) -> None:
    platform.grant(2)
    mine = platform.book().json()
    assert platform.call("GET", f"bookings/{mine['id']}", "ben").status_code == 404
    assert platform.call("POST", f"bookings/{mine['id']}", "ben", json={"extend": "PT1H"}).status_code == 404
    assert platform.call("DELETE", f"bookings/{mine['id']}", "ben").status_code == 404
    assert platform.call("GET", "bookings/select", "ben").json()["rows"] == []
    assert platform.call("GET", "bookings/select?account=ada", "ben").status_code == 403
    assert platform.book(caller="ben", account="ada").status_code == 403
    assert platform.call("GET", f"bookings/{mine['id']}", "root").json()["account"] == "ada"
    assert platform.book(caller="root", account="ada").json()["account"] == "ada"


def test_selects_go_on_page_by_page(platform: Platform) -> None:
    platform.grant(8)
    made = [platform.book().json()["id"] for _ in range(5)]
    found, path = [], "bookings/select?limit=2"
    while path:
        page = platform.call("GET", path).json()
        found += [row["id"] for row in page["rows"]]
        path = (page["next"] or "").removeprefix("/services/aglais/api/")
    assert sorted(found) == sorted(made)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"package": "gigantic"}, "package"),
        ({"package": None}, "package"),
        ({"cores": 1}, "package"),
        ({"startdate": "yesterday"}, "startdate"),
        ({"startdate": "2020-01-01T00:00:00Z", "enddate": "2020-01-02T00:00:00Z"}, "enddate"),
        ({"startdate": "2026-06-08T08:00:00Z", "duration": "PT3H"}, "startdate"),
        ({"enddate": "2026-06-08T08:00:00Z"}, "enddate"),
        ({"duration": "2 hours"}, "duration"),
        ({"duration": "PT0S"}, "duration"),
        ({"duration": None}, "enddate"),
        ({"tz": "Mars/Olympus"}, "tz"),
        ({"tz": "../../etc/passwd"}, "tz"),
        ({"cluster": "nowhere"}, "cluster"),
        ({"colour": "blue"}, "colour"),
        ({"cores": "NaN", "package": None}, "cores"),
        ({"memory": 2**70, "package": None}, "memory"),
        ({"note": "x" * 201}, "note"),
    ],
)
def test_bad_input_names_its_field(platform: Platform, body: dict[str, object], field: str) -> None:
    platform.grant(1)
    answer = platform.book(**body)
    assert answer.status_code in (400, 404), answer.text
    assert answer.json()["error"]["field"] == field


def test_without_capacity_the_refusal_says_so(platform: Platform) -> None:
    refused = platform.book("tiny")
    assert refused.status_code == 409
    assert refused.json()["offers"] == []
    assert "capacity" in refused.json()["error"]["message"]
    platform.grant(1)
    assert "more than the capacity" in platform.book("large").json()["error"]["message"]


def test_the_clock_alone_moves_phases(platform: Platform) -> None:
    platform.grant(1)
    booking = platform.book(startdate="2026-06-08T10:00:00Z", enddate="2026-06-08T11:00:00Z").json()
    phase = lambda: platform.call("GET", f"bookings/{booking['id']}").json()["phase"]  # noqa: E731
    assert phase() == "WAITING"
    platform.parts.sweeper.sweep()
    assert phase() == "WAITING"
    platform.clock.move(timedelta(hours=1))
    platform.parts.sweeper.sweep()
    assert phase() == "AVAILABLE"
    platform.clock.move(timedelta(hours=1))
    platform.parts.sweeper.sweep()
    assert phase() == "COMPLETED"
    assert platform.clock.now() == NOW + timedelta(hours=2)


def test_an_offer_expires_with_its_time(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    platform.grant(1)
    platform.book("tiny", caller="ben", startdate="2026-06-08T09:20:00Z", duration="PT1H")
    monkeypatch.setattr(platform.parts.bookings._requests, "_offer_lifetime", timedelta(hours=1))
    offers = {offer["kind"]: offer for offer in platform.book("tiny").json()["offers"]}
    assert offers["earliest"]["expires"] == "2026-06-08T10:00:00Z"
    assert offers["shorter"]["end"] == offers["shorter"]["expires"] == "2026-06-08T09:20:00Z"


def test_what_has_not_begun_is_cancelled_and_not_ended(platform: Platform) -> None:
    platform.grant(1)
    booking = platform.book(startdate="2026-06-09T10:00:00Z").json()
    ended = platform.call("POST", f"bookings/{booking['id']}", json={"phase": "COMPLETED"})
    assert ended.status_code == 409
    assert "CANCELLED" in ended.json()["error"]["help"]
    cancelled = platform.call("POST", f"bookings/{booking['id']}", data={"phase": "CANCELLED"})
    assert cancelled.json()["phase"] == "CANCELLED"
    assert cancelled.json()["end"] == booking["end"]


@pytest.mark.parametrize(
    ("edit", "status", "field"),
    [
        ({}, 400, "phase"),
        ({"phase": "RUNNING"}, 400, "phase"),
        ({"phase": "SLEEPING"}, 400, "phase"),
        ({"phase": "REJECTED"}, 409, "phase"),
        ({"phase": "ACCEPTED"}, 409, "phase"),
        ({"phase": "CANCELLED", "extend": "PT1H"}, 400, "extend"),
        ({"extend": "PT1H", "enddate": "2026-06-08"}, 400, "enddate"),
        ({"extend": "-PT1H"}, 400, "extend"),
        ({"extend": "P36600D"}, 400, "extend"),
        ({"enddate": "2026-06-08T08:00:00Z"}, 400, "enddate"),
        ({"enddate": "never"}, 400, "enddate"),
        ({"enddate": "2026-06-09", "tz": "Mars/Olympus"}, 400, "tz"),
        ({"version": 7, "note": "x"}, 409, "version"),
        ({"note": "x" * 201}, 400, "note"),
        ({"colour": "blue"}, 400, "colour"),
    ],
)
def test_an_edit_that_makes_no_sense_changes_nothing(
    platform: Platform, edit: dict[str, object], status: int, field: str
) -> None:
    platform.grant(1)
    booking = platform.book().json()
    answer = platform.call("POST", f"bookings/{booking['id']}", json=edit)
    assert answer.status_code == status, answer.text
    assert answer.json()["error"]["field"] == field
    assert platform.booking(booking["id"]) == booking


def test_an_admin_books_for_names_that_fit_the_table(platform: Platform) -> None:
    platform.grant(1)
    for account, status in [("x" * 255, 201), ("x" * 256, 400), ("", 400)]:
        answer = platform.book(caller="root", account=account, startdate="2026-06-09", enddate="2026-06-09")
        assert answer.status_code == status, answer.text

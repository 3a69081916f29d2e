"""Grants, and what is free: over HTTP."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from aglais_hub.wire.resources import MOST, Available
from tests.support.platform import NOW

if TYPE_CHECKING:
    from tests.support.platform import Platform

DAY = "range=2026-06-08,2026-06-08"


def rows(platform: Platform, query: str) -> list[dict[str, Any]]:
    answer = platform.call("GET", f"available/select?{query}")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["rows"]
    return found


def test_a_row_shows_what_holds_through_the_whole_of_it(platform: Platform) -> None:
    platform.grant(8, start=NOW - timedelta(hours=9), days=10)
    platform.book("small", startdate="2026-06-08T10:15:00Z", duration="PT30M")
    platform.book("large", startdate="2026-06-10T00:00:00Z", duration="PT24H")
    by_hour = {row["start"][11:16]: row for row in rows(platform, f"{DAY}&grain=hour")}
    assert len(by_hour) == 24
    assert by_hour["09:00"]["packages"] == {"tiny": 8, "small": 4, "medium": 2, "large": 1}
    assert by_hour["10:00"]["packages"] == {"tiny": 6, "small": 3, "medium": 1, "large": 0}
    assert by_hour["10:00"]["resources"]["cores"] == 6
    assert by_hour["10:00"]["resources"]["memory"] == 6 * 4096
    assert by_hour["11:00"]["packages"]["large"] == 1
    by_day = rows(platform, "range=2026-06-08,2026-06-10&grain=day")
    assert [row["packages"]["tiny"] for row in by_day] == [6, 8, 0]
    assert [row["packages"]["tiny"] for row in rows(platform, "range=2026-06-08,2026-06-14&grain=week")] == [0]
    assert [row["start"][:10] for row in rows(platform, "range=2026-06-30,2026-07-01&grain=month")] == [
        "2026-06-30",
        "2026-07-01",
    ]


def test_days_are_those_of_the_readers_zone(platform: Platform) -> None:
    platform.grant(1)
    (row,) = rows(platform, "range=2026-10-25,2026-10-25&grain=day&tz=Europe/London")
    assert (row["start"], row["end"]) == ("2026-10-24T23:00:00Z", "2026-10-26T00:00:00Z")
    kolkata = rows(platform, "range=2026-06-09T00:00,2026-06-09T02:00&grain=hour&tz=Asia/Kolkata")
    assert [row["start"] for row in kolkata] == ["2026-06-08T18:30:00Z", "2026-06-08T19:30:00Z"]


def test_one_package_or_all(platform: Platform) -> None:
    platform.grant(8)
    (row,) = rows(platform, "range=2026-06-09,2026-06-09&package=medium")
    assert row["packages"] == {"medium": 2}
    assert platform.call("GET", "available/select?package=huge").status_code == 404


def test_clusters_add_up_but_a_package_must_fit_into_one(platform: Platform) -> None:
    platform.grant(6)
    platform.grant(6, cluster="other")
    both = rows(platform, "range=2026-06-09,2026-06-09")[0]
    assert both["resources"]["cores"] == 12
    assert both["packages"] == {"tiny": 12, "small": 6, "medium": 2, "large": 0}
    one = rows(platform, "range=2026-06-09,2026-06-09&cluster=other")[0]
    assert one["packages"] == {"tiny": 6, "small": 3, "medium": 1, "large": 0}
    missing = platform.call("GET", "available/select?cluster=nowhere")
    assert missing.status_code == 404
    assert missing.json()["error"]["field"] == "cluster"
    assert platform.book("large", startdate="2026-06-09").status_code == 409
    assert [platform.book("medium", startdate="2026-06-09").json()["cluster"] for _ in range(2)] == ["local", "other"]


def test_held_offers_are_taken_and_cancelled_bookings_free(platform: Platform) -> None:
    platform.grant(2)
    first = platform.book("small", caller="ben", startdate="2026-06-09", enddate="2026-06-09").json()
    platform.book("small", startdate="2026-06-09", enddate="2026-06-09")
    tomorrow = "range=2026-06-10,2026-06-10&package=tiny"
    assert rows(platform, tomorrow)[0]["packages"]["tiny"] == 0  # held by the offer of the day after
    platform.clock.move(timedelta(seconds=301))
    assert rows(platform, tomorrow)[0]["packages"]["tiny"] == 2  # expired, swept or not
    platform.call("DELETE", f"bookings/{first['id']}", "ben")
    assert rows(platform, "range=2026-06-09,2026-06-09")[0]["packages"]["tiny"] == 2


def test_nothing_is_free_where_nothing_is_granted(platform: Platform) -> None:
    assert rows(platform, DAY)[0]["packages"] == {"tiny": 0, "small": 0, "medium": 0, "large": 0}
    platform.grant(4, days=1, start=NOW + timedelta(days=1))
    found = rows(platform, "range=2026-06-09,2026-06-10&grain=hour&package=tiny")
    # From 09:00 on, for a day.
    assert [row["packages"]["tiny"] for row in found] == [0] * 9 + [4] * 24 + [0] * 15


def test_the_most_that_can_be_granted_can_be_shown(platform: Platform) -> None:
    body = {"startdate": "2026-06-08", "enddate": "2026-06-08", "memory": MOST, "cores": MOST // 1000}
    for _ in range(3):
        assert platform.call("POST", "resources/create", "root", json=body).status_code == 201
    assert rows(platform, DAY)[0]["resources"]["memory"] == MOST


def test_the_answer_is_written_as_its_model_would_be(platform: Platform) -> None:
    platform.grant(7.125, start=NOW - timedelta(minutes=20, microseconds=7))
    for query in (
        f"{DAY}&grain=hour&tz=Europe/London",
        f"{DAY}&cores=0.5",
        "range=2026-06-08T09:00:00.000001Z,2026-06-09",
    ):
        text = platform.call("GET", f"available/select?{query}").text
        assert Available.model_validate_json(text).model_dump_json() == text


def test_a_resource_that_was_never_counted_is_shown_once_it_is(platform: Platform) -> None:
    platform.grant(8)
    (row,) = rows(platform, DAY.replace("08", "09"))
    assert (row["resources"]["cores"], row["resources"]["gpus"]) == (8, 0)
    body = {"startdate": "2026-06-08", "enddate": "2026-06-10", "gpus": 3, "servers": 2}
    platform.call("POST", "resources/create", "root", json=body)
    (row,) = rows(platform, DAY.replace("08", "09"))
    assert (row["resources"]["cores"], row["resources"]["gpus"], row["resources"]["servers"]) == (8, 3, 2)
    (row,) = rows(platform, "range=2026-06-11,2026-06-11")
    assert (row["resources"]["cores"], row["resources"]["gpus"]) == (8, 0)


def change(platform: Platform, grant: str, **body: Any) -> Any:
    body = {"startdate": "2026-06-08T09:00:00Z", "enddate": "2026-06-20T09:00:00Z", "cores": 4, "memory": 16384} | body
    return platform.call("POST", f"resources/{grant}", "root", json=body)


def test_a_grant_is_seen_changed_and_removed(platform: Platform) -> None:
    grant = platform.grant(4)
    seen = platform.call("GET", f"resources/{grant}").json()
    assert seen["cluster"] == "local"
    assert seen["resources"]["cores"] == 4
    changed = change(platform, grant, cores="2.5", note="less of it")
    assert changed.status_code == 200, changed.text
    assert changed.json()["resources"]["cores"] == 2.5
    assert changed.json()["version"] == seen["version"] + 1
    assert changed.json()["note"] == "less of it"
    listed = platform.call("GET", "resources/select?range=2026-06-08,2026-06-08").json()["rows"]
    assert [row["id"] for row in listed] == [grant]
    assert platform.call("GET", "resources/select?range=2026-07-08,2026-07-08").json()["rows"] == []
    assert platform.call("GET", "resources/select?cluster=other").json()["rows"] == []
    assert change(platform, grant, cluster="other").status_code == 400
    assert platform.call("DELETE", f"resources/{grant}", "root").status_code == 200
    assert platform.call("GET", f"resources/{grant}").status_code == 404
    assert platform.call("DELETE", f"resources/{grant}", "root").status_code == 404
    assert change(platform, grant).status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {"cores": 1},
        {"memory": 4096},
        {"startdate": "2026-06-09T11:00:00Z"},
        {"enddate": "2026-06-09T11:00:00Z"},
        {"startdate": "2027-06-09T11:00:00Z", "enddate": "2027-06-19T11:00:00Z"},
    ],
)
def test_a_grant_can_not_be_taken_from_under_a_booking(platform: Platform, body: dict[str, Any]) -> None:
    grant = platform.grant(2)
    booking = platform.book("small", startdate="2026-06-09T10:00:00Z", enddate="2026-06-09T12:00:00Z").json()
    refused = change(platform, grant, **body)
    assert refused.status_code == 409, refused.text
    assert refused.json()["error"]["rule"] == "capacity"
    assert platform.call("DELETE", f"resources/{grant}", "root").status_code == 409
    assert platform.call("GET", f"resources/{grant}").json()["version"] == 1, "what is refused changes nothing"
    platform.call("DELETE", f"bookings/{booking['id']}")
    assert change(platform, grant, **body).status_code == 200


def test_taking_more_than_there_is_hits_bookings_that_begin_later(platform: Platform) -> None:
    platform.grant(8)
    made = platform.book("small", startdate="2026-06-09T10:00Z", duration="PT2H").json()["id"]
    body = {"startdate": "2026-06-09", "enddate": "2026-06-09", "cores": -20}
    hit = platform.call("POST", "resources/preview", "root", json=body).json()["hit"]
    assert [one["id"] for one in hit] == [made]
    answer = platform.call("POST", "resources/create", "root", json=body | {"hit": "cancel", "note": "moving"})
    assert answer.status_code == 201
    gone = platform.booking(made)
    assert (gone["phase"], gone["reason"]) == ("CANCELLED", "its capacity was taken away: moving")


def test_a_grant_of_the_past_may_go(platform: Platform) -> None:
    grant = platform.grant(1, days=1)
    platform.book(duration="PT24H")
    platform.clock.move(timedelta(days=1))
    assert platform.call("DELETE", f"resources/{grant}", "root").status_code == 200


def test_a_form_grants_too(platform: Platform) -> None:
    form = {"startdate": "2026-06-08", "enddate": "2026-06-08", "cores": "1.5", "memory": "6144", "tz": "Europe/London"}
    made = platform.call("POST", "resources/create", "root", data=form)
    assert made.status_code == 201, made.text
    assert made.json()["start"] == "2026-06-07T23:00:00Z"
    assert made.json()["end"] == "2026-06-08T23:00:00Z"
    assert made.json()["resources"]["cores"] == 1.5
    assert made.json()["cluster"] == "local"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "cores"),
        ({"cores": 1, "enddate": "2026-06-01"}, "enddate"),
        ({"cores": "1.0001"}, "cores"),
        ({"cores": 0}, "cores"),
        ({"share": "20%"}, "share"),
        ({"share": "-20%", "cores": 1}, "share"),
        ({"cores": 1, "hit": "shrug"}, "hit"),
        ({"cores": 1, "cluster": "no spaces"}, "cluster"),
        ({"cores": 1, "cluster": "x" * 64}, "cluster"),
        ({"cores": 1, "cluster": ""}, "cluster"),
        ({"cores": 1, "startdate": None}, "startdate"),
    ],
)
def test_a_grant_that_makes_no_sense_is_refused(platform: Platform, body: dict[str, Any], field: str) -> None:
    answer = platform.call(
        "POST", "resources/create", "root", json={"startdate": "2026-06-08", "enddate": "2026-06-09"} | body
    )
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"]["field"] == field


def test_grants_go_on_page_by_page(platform: Platform) -> None:
    made = [platform.grant(1) for _ in range(5)]
    found, path = [], "resources/select?limit=2"
    while path:
        page = platform.call("GET", path).json()
        found += [row["id"] for row in page["rows"]]
        path = (page["next"] or "").removeprefix("/services/aglais/api/")
    assert found == sorted(made)

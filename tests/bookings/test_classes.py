"""A class is booked as a whole, or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aglais_hub.bookings.verify import verify

if TYPE_CHECKING:
    import httpx

    from tests.support.platform import Platform

TEN = "2026-06-08T10:00:00Z"
NAMES = [f"pupil-{number}" for number in range(4)]


def ask(platform: Platform, caller: str = "root", **asked: Any) -> httpx.Response:
    body = {"package": "small", "startdate": TEN, "duration": "PT1H", "accounts": NAMES, "prepare": True, **asked}
    headers = body.pop("headers", {})
    return platform.call("POST", "classes/create", caller, json=body, headers=headers)


def made(platform: Platform) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = platform.call("GET", "bookings/select?range=2026-06-01,2026-06-30", "root").json()[
        "rows"
    ]
    return found


def test_each_account_has_its_own_booking(platform: Platform) -> None:
    platform.grant(8)
    answer = ask(platform, headers={"Idempotency-Key": "one"})
    assert answer.status_code == 201, answer.text
    rows = answer.json()["rows"]
    assert [row["account"] for row in rows] == NAMES
    assert {(row["start"], row["prepare"], row["phase"]) for row in rows} == {(TEN, True, "WAITING")}
    why = platform.call("GET", rows[0]["why"].split("/api/")[1], "root").json()
    assert "pupil-1" not in str(why["request"])
    assert ask(platform, headers={"Idempotency-Key": "one"}).json() == answer.json()
    assert len(made(platform)) == len(NAMES)


def test_where_one_does_not_fit_none_is_booked(platform: Platform) -> None:
    platform.grant(7)
    platform.book("tiny", caller="ben", startdate=TEN)
    answer = ask(platform)
    assert answer.status_code == 409
    error = answer.json()["error"]
    assert (error["message"], error["field"]) == ("3 of 4 fit, so none was booked.", "accounts")
    assert error["help"] == "All 4 fit at that time as tiny."
    assert [row["account"] for row in made(platform)] == ["ben"]
    assert verify(platform.parts.requests.database, clock=platform.clock).faults == []
    as_told = ask(platform, package="tiny")
    assert as_told.status_code == 201, as_told.text


def test_it_is_told_when_all_would_fit(platform: Platform) -> None:
    platform.grant(8)
    platform.book("small", caller="ben", startdate=TEN, duration="PT3H")
    error = ask(platform).json()["error"]
    assert error["help"] == "All 4 fit from 2026-06-08T13:00:00Z on, or at that time as tiny."
    assert ask(platform, startdate="2026-06-08T13:00:00Z").status_code == 201


def test_who_is_no_admin_books_no_class(platform: Platform) -> None:
    platform.grant(8)
    assert ask(platform, "ada").status_code == 403
    assert ask(platform, "ada", accounts=["ada"]).status_code == 201


def test_what_makes_no_class(platform: Platform) -> None:
    platform.grant(8)
    for wrong in ({"accounts": []}, {"window": "PT1H"}, {"account": "ada"}, {"accounts": [""]}):
        assert ask(platform, **wrong).status_code in (400, 422), wrong
    twice = ask(platform, accounts=["ada", "ada"]).json()["rows"]
    assert len(twice) == 1

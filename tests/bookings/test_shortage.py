"""More is taken away from a cluster than it has, or than is booked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aglais_hub.bookings.verify import verify

if TYPE_CHECKING:
    from tests.support.platform import Platform

AWAY = {"cluster": "local", "cores": -2, "memory": -8192}


def test_where_nobody_has_booked_anything_nobody_stands_before_those_who_have(lite: Platform) -> None:
    lite.grant(1)
    made = lite.book(startdate="2026-07-01", enddate="2026-07-01").json()["id"]
    taken = {**AWAY, "startdate": "2026-06-20", "enddate": "2026-08-20"}
    refused = lite.call("POST", "resources/create", "root", json=taken)
    assert refused.status_code == 409
    assert [one["id"] for one in refused.json()["hit"]] == [made]
    assert lite.call("POST", "resources/create", "root", json=taken | {"hit": "cancel"}).status_code == 201
    assert lite.booking(made)["phase"] == "CANCELLED"
    assert verify(lite.parts.requests.database, clock=lite.clock).faults == []


def test_a_share_of_nothing_follows_what_is_granted_later(lite: Platform) -> None:
    lite.grant(10)
    share = {"share": "50%", "startdate": "2026-07-01", "enddate": "2026-07-02"}
    assert lite.call("POST", "bookings/create", json=share).status_code == 201
    closed = {"cluster": "local", "share": "-100%", "startdate": "2026-06-30", "enddate": "2026-07-03"}
    grant = lite.call("POST", "resources/create", "root", json=closed).json()["id"]
    assert lite.call("DELETE", f"resources/{grant}", "root").status_code == 200
    row = lite.call("GET", "available/select?range=2026-07-01,2026-07-01").json()["rows"][0]
    assert row["resources"]["cores"] == 5
    assert verify(lite.parts.requests.database, clock=lite.clock).faults == []


def test_reserved_packages_are_counted_where_grants_change_within_a_row(lite: Platform) -> None:
    for start, end, cores in (("2026-06-09", "2026-06-19", 8), ("2026-06-20", "2026-06-30", 16)):
        body = {"cluster": "local", "startdate": start, "enddate": end, "servers": 1, "cores": cores}
        assert lite.call("POST", "resources/create", "root", json=body | {"memory": cores * 4096}).status_code == 201
    asked = "available/select?range=2026-06-09,2026-06-30&grain=month&sharing=reserved&package=large"
    assert lite.call("GET", asked).json()["rows"][0]["packages"] == {"large": 1}

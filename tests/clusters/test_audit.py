"""What does not agree with the records: pods and bookings, disks and accounts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from aglais_hub.clusters.audit import Held, compare, orphans, owners, read_held
from aglais_hub.clusters.rules import MIB, Amount, Pod
from aglais_hub.wire.bookings import Booking, Phase, Span
from aglais_hub.wire.resources import Resources

NOW = datetime(2026, 6, 8, 12, tzinfo=UTC)


def booking(account: str = "ada", **changes: Any) -> Booking:
    span = Span(start=NOW - timedelta(hours=1), end=NOW + timedelta(hours=1))
    values = {
        "id": f"booking-{account}", "url": "", "account": account, "phase": Phase.RUNNING, "version": 1,
        "package": "tiny", "package_version": 1, "cluster": "kubernetes", "sharing": "managed",
        "resources": Resources(cores=Decimal(1), memory=4096), "spans": [span], "start": span.start, "end": span.end,
        "created": span.start, "modified": span.start, "expires": None, "kind": None, "reason": "", "note": "",
        "share": None, "recurrence": None, "until": span.end, "why": None,
    }  # fmt: skip
    return Booking(**values | changes)


def server(account: str = "ada", **changes: Any) -> Pod:
    values = {
        "namespace": f"hub-{account}", "name": f"jupyter-{account}", "node": "one", "asked": Amount(1000, 4096 * MIB),
        "session": f"session-{account}", "booking": f"booking-{account}", "account": account, "uid": "1",
        "created": (NOW - timedelta(minutes=5)).isoformat(),
    }  # fmt: skip
    return Pod(**values | changes)


def found(pods: list[Pod], bookings: list[Booking], *, steady: list[Booking] | None = None, hub: str = "ready") -> Any:
    holders = {one.account: one for one in bookings}
    servers = {one.account: hub for one in bookings} if hub else {}
    return [
        (one.kind, one.name) for one in compare(pods, holders, bookings if steady is None else steady, servers, NOW)
    ]


def test_a_session_under_its_booking_agrees():
    executor = server()._replace(name="exec-1", account="", asked=Amount())
    assert found([server(), executor], [booking()]) == []


def test_a_booking_that_follows_another_is_the_sessions_too():
    assert found([server(booking="the-one-before")], [booking()]) == []


def test_a_pod_without_a_booking_is_found_with_all_that_its_session_started():
    executor = server()._replace(name="exec-1", account="")
    assert found([server(), executor], []) == [("pod", "hub-ada/jupyter-ada"), ("pod", "hub-ada/exec-1")]
    assert found([executor], [booking()], steady=[]) == [("pod", "hub-ada/exec-1")]


@pytest.mark.parametrize(
    "changes", [{"created": (NOW - timedelta(seconds=50)).isoformat()}, {"is_going": True}, {"session": ""}]
)
def test_what_has_just_begun_or_is_going_or_is_not_ours_is_left_alone(changes):
    assert found([server(**changes)], []) == []


def test_a_session_without_a_pod_is_found():
    assert found([], [booking()]) == [("session", "booking-ada")]
    assert found([server("ben")], [booking(), booking("ben")]) == [("session", "booking-ada")]


@pytest.mark.parametrize("changes", [{"modified": NOW - timedelta(seconds=50)}, {"phase": Phase.RELEASING}])
def test_a_session_that_has_just_begun_or_is_ending_is_left_alone(changes):
    assert found([], [booking(**changes)]) == []


@pytest.mark.parametrize("hub", ["starting", "stopping", ""])
def test_a_session_that_the_hub_is_at_work_on_is_left_alone(hub):
    assert found([], [booking()], hub=hub) == []


def test_a_session_that_was_not_there_before_the_pods_were_looked_at_is_left_alone():
    assert found([], [booking()], steady=[]) == []


def test_pods_that_ask_for_more_than_is_booked_are_told():
    more = server()._replace(name="exec-1", account="", asked=Amount(1))
    assert found([server(), more], [booking()]) == [("size", "session-ada")]
    assert found([server(asked=Amount(1000, 4096 * MIB + 1))], [booking()]) == [("size", "session-ada")]
    assert found([server(), more], [booking(share=Decimal(10))]) == []


def test_disks_and_namespaces_of_accounts_that_are_no_more_are_found():
    held = [Held("hub-ada", "claim-ada", "ada", "1"), Held("hub-ben", "claim-ben", "ben", "2")]
    spaces = [Held("hub-ada", "", "ada", "3"), Held("hub-ben", "", "ben", "4")]
    assert owners([*held, *spaces]) == {"ada", "ben"}
    left = orphans(held, spaces, {"ada"})
    assert [(one.kind, one.name, one.account, one.uid) for one in left] == [
        ("volume", "hub-ada/claim-ada", "ada", "1"),
        ("namespace", "hub-ada", "ada", "3"),
    ]


def test_only_what_names_an_account_is_anyones():
    metadata = {"name": "claim-ada", "namespace": "hub-ada", "uid": "1"}
    named = metadata | {"annotations": {"hub.jupyter.org/username": "ada"}}
    assert read_held({"metadata": named}, namespaced=True) == Held("hub-ada", "claim-ada", "ada", "1")
    assert read_held({"metadata": named}, namespaced=False) == Held("claim-ada", "", "ada", "1")
    assert read_held({"metadata": metadata}, namespaced=True) is None
    assert read_held({"metadata": named | {"deletionTimestamp": "2026-06-08T12:00:00Z"}}, namespaced=True) is None

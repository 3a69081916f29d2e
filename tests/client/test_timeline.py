"""What the timeline offers, through both clients: offers, changes, decisions, capacity, and what is watched."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from aglais_hub.client import calls
from aglais_hub.errors import ConflictError, NotFoundError, RefusedError, ServiceDownError, UnauthenticatedError
from aglais_hub.wire.bookings import Phase, Span
from tests.support.platform import NOW

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.client.conftest import Connect
    from tests.support.platform import Platform

HOUR = timedelta(hours=1)


@pytest.fixture
def ada(platform: Platform, clients: Callable[[str], Any]) -> Any:
    platform.grant(8)
    return clients("ada")


def test_the_story_of_offers(ada: Any, clients: Callable[[str], Any]) -> None:
    ben = clients("ben")
    ben.book("medium", duration=2 * HOUR)
    held = ada.offers("large", duration=HOUR, window=timedelta(days=1), smallest="small", shortest="PT1H")
    assert held.why.startswith("/services/aglais/api/decisions/")
    assert {offer.phase for offer in held.offers} == {Phase.OFFERED}
    assert held.offers[0].start == NOW + 2 * HOUR
    taken = ada.accept(held.offers[0].id)
    assert (taken.phase, taken.why) == (Phase.WAITING, held.why)
    assert {ada.booking(offer.id).phase for offer in held.offers[1:]} <= {Phase.REJECTED}


def test_the_story_of_several_times(ada: Any) -> None:
    day = timedelta(days=1)
    spans = [
        (NOW + day, NOW + day + HOUR),
        Span(start=NOW + 2 * day, end=NOW + 2 * day + HOUR),
        "2026-06-11T09:00/PT1H",
    ]
    booking = ada.book("large", spans=spans, tz="Europe/London")
    assert [span.start for span in booking.spans] == [NOW + day, NOW + 2 * day, NOW + 3 * day - HOUR]
    weekly = ada.book("small", startdate=NOW, duration=HOUR, recurrence="FREQ=WEEKLY;COUNT=3", tz="Europe/London")
    assert (len(weekly.spans), weekly.recurrence) == (3, "FREQ=WEEKLY;COUNT=3")
    half = ada.book(share="50%", cluster="local", startdate=NOW + 5 * day, duration=HOUR)
    assert half.share == 50
    free = ada.available((NOW + 5 * day, NOW + 5 * day + HOUR), grain="hour", cores=1.5, memory=4096, sharing="managed")
    assert [row.packages for row in free.rows] == [{"custom": 2}]


def test_the_story_of_changes(ada: Any, clients: Callable[[str], Any]) -> None:
    later = NOW + timedelta(days=1)
    booking = ada.book("large", startdate=later, duration=2 * HOUR)
    moved = ada.move(booking.id, later + HOUR)
    assert (moved.start, moved.end) == (later + HOUR, later + 3 * HOUR)
    moved = ada.move(booking.id, later, enddate=later + 4 * HOUR, version=moved.version)
    assert ada.shorten(booking.id, HOUR).end == later + 3 * HOUR
    with pytest.raises(ConflictError) as conflict:
        ada.shorten(booking.id, HOUR, version=moved.version)
    assert [change.version for change in conflict.value.changes or ()] == [moved.version + 1]
    changes = ada.changes(booking.id).rows
    assert [change.by for change in changes] == ["ada"] * len(changes)
    assert changes[-1].version == moved.version + 1
    clients("ben").book("tiny", startdate=later + 4 * HOUR, duration=HOUR)
    with pytest.raises(RefusedError) as refused:
        ada.extend(booking.id, 2 * HOUR)
    assert (refused.value.until, bool(refused.value.why)) == (later + 4 * HOUR, True)
    with pytest.raises(NotFoundError):
        clients("ben").changes(booking.id)


def test_the_story_of_a_decision(ada: Any, clients: Callable[[str], Any]) -> None:
    ben, root = clients("ben"), clients("root")
    taken = ben.book("medium", duration=HOUR)
    with pytest.raises(RefusedError) as refused:
        ada.book("large", duration=HOUR)
    (row,) = ada.decisions(outcome="refused").rows
    assert (row.url, row.account, row.booking) == (refused.value.why, "ada", None)
    decision = ada.decision(row.id)
    assert decision.agrees
    (trial,) = decision.trials
    assert (trial.fits, trial.short, trial.least.cores, trial.need.cores) == (False, ["cores", "memory"], 4, 8)
    assert [(taker.mine, taker.account) for taker in trial.takers] == [(False, None)]
    assert [taker.booking for taker in root.decision(row.id).trials[0].takers] == [taken.id]
    assert {found.account for found in root.decisions(limit=10).rows} == {"ada", "ben"}
    assert [found.account for found in root.decisions(account="ben").rows] == ["ben"]
    with pytest.raises(NotFoundError):
        ben.decision(row.id)


def test_the_story_of_capacity(ada: Any, clients: Callable[[str], Any]) -> None:
    root = clients("root")
    north = root.create_cluster("north", overcommit=2, buffer=timedelta(minutes=10))
    assert (north.overcommit, north.buffer) == (2, "PT600S")
    assert root.edit_cluster("north", buffer="PT0S").overcommit == 2
    assert [cluster.name for cluster in ada.clusters().rows] == ["local", "north"]
    assert root.remove_cluster("north").name == "north"
    with pytest.raises(NotFoundError):
        ada.cluster("north")
    south = root.create_cluster("south", startdate=NOW, enddate=NOW + timedelta(days=9), cores=4, memory=16384)
    (grant,) = ada.grants(cluster=south.name).rows
    assert ada.granted(grant.id) == grant

    booking = ada.book("large", startdate=NOW + HOUR, duration=HOUR, cluster="local")
    closing = ("local", NOW, NOW + 2 * HOUR)
    assert [hit.id for hit in root.preview_grant(*closing, share="-100%").hit] == [booking.id]
    with pytest.raises(ConflictError) as conflict:
        root.grant(*closing, share="-100%", note="New disks")
    assert [hit.id for hit in conflict.value.hit or ()] == [booking.id]
    blackout = root.grant(*closing, share="-100%", note="New disks", hit="cancel")
    assert (blackout.share, ada.booking(booking.id).phase) == (-100, Phase.CANCELLED)
    changed = root.change_grant(blackout.id, *closing, share="-50%")
    assert (changed.share, changed.note, changed.version) == (-50, "", 2)
    assert root.remove_grant(blackout.id).id == blackout.id
    assert ada.available(closing[1:], grain="hour", cluster="local").rows[0].packages["tiny"] == 8


def test_what_changes_is_watched(ada: Any, clients: Callable[[str], Any]) -> None:
    changes = ada.watch()
    first = next(changes)
    clients("ben").book("tiny", duration=HOUR)
    assert next(changes) > first
    changes.close()
    assert ada.packages().rows


def test_only_those_who_may_look_can_watch(platform: Platform, connect: Connect) -> None:
    with connect(platform.url, "forged") as stranger, pytest.raises(UnauthenticatedError):
        next(stranger.watch())


def test_a_stream_that_ends_is_a_service_that_is_down(impostor: Any, connect: Connect) -> None:
    impostor.said = (200, "text/event-stream", ': hello\n\nevent: change\ndata: {"change": 7}\n\n')
    with connect(f"http://127.0.0.1:{impostor.server_port}", "token") as client:
        changes = client.watch()
        assert next(changes) == 7
        with pytest.raises(ServiceDownError):
            next(changes)


def test_spans_are_written_as_the_interface_reads_them() -> None:
    call = calls.offers("tiny", spans=[(NOW, "2026-06-08T10:00"), Span(start=NOW, end=NOW + HOUR), "fri"], window=HOUR)
    assert call.body == {
        "package": "tiny",
        "spans": [
            {"start": "2026-06-08T09:00:00Z", "end": "2026-06-08T10:00"},
            {"start": "2026-06-08T09:00:00Z", "end": "2026-06-08T10:00:00Z"},
            "fri",
        ],
        "window": "PT3600S",
    }
    assert calls.edit("a", partial=True).body == {"partial": True}

"""The lifecycle's table: every phase has its place in it, and no claim is taken twice or left behind."""

from __future__ import annotations

from datetime import timedelta
from itertools import product
from typing import TYPE_CHECKING

import pytest

from aglais_hub.bookings.amounts import Amount
from aglais_hub.bookings.lifecycle import COUNTED, ENDED, LIFECYCLE, TRANSITIONS, Claim, Who, may_become
from aglais_hub.bookings.rules import Need, Terms
from aglais_hub.bookings.service.ledger import Ledger
from aglais_hub.bookings.service.timeline import Timeline
from aglais_hub.bookings.service.wanted import Wanted
from aglais_hub.bookings.tables import ClusterRow
from aglais_hub.clock import ManualClock
from aglais_hub.database import make_database
from aglais_hub.errors import ConflictError
from aglais_hub.wire.bookings import Phase, Span
from tests.support.templates import NOW

if TYPE_CHECKING:
    from aglais_hub.settings import Settings


def reachable(phase: Phase) -> set[Phase]:
    found, waiting = {phase}, [phase]
    while waiting:
        new = TRANSITIONS[waiting.pop()] - found
        found |= new
        waiting += new
    return found


def test_every_phase_is_reached_and_comes_to_an_end() -> None:
    assert reachable(Phase.INITIAL) == set(Phase)
    assert all(reachable(phase) & ENDED for phase in Phase)


def test_what_has_not_ended_has_a_way_out_and_what_has_ended_has_none() -> None:
    assert set(TRANSITIONS) == set(Phase)
    assert {Phase.COMPLETED, Phase.REJECTED, Phase.EXPIRED, Phase.CANCELLED, Phase.FAILED} == ENDED
    assert all(TRANSITIONS[phase] for phase in set(Phase) - ENDED)
    assert not any(Phase.INITIAL in following for following in TRANSITIONS.values())


def test_time_alone_ends_whatever_has_begun() -> None:
    """Nothing waits for a person who does not come."""
    by_clock = {row.phase for row in LIFECYCLE if Who.CLOCK in row.who}
    assert by_clock == set(Phase) - ENDED - {Phase.INITIAL}


def test_a_way_is_listed_once_and_leads_elsewhere() -> None:
    ways = [(row.phase, row.following) for row in LIFECYCLE]
    assert len(ways) == len(set(ways)) == 30
    assert all(phase is not following for phase, following in ways)


def test_a_claim_is_taken_once_kept_while_it_counts_and_given_back_at_the_end() -> None:
    assert set(Phase) - ENDED - {Phase.INITIAL} == COUNTED
    for row in LIFECYCLE:
        before, after = row.phase in COUNTED, row.following in COUNTED
        expected = {(False, True): Claim.TAKES, (True, True): Claim.KEEPS, (True, False): Claim.GIVES_BACK}
        assert row.claim is expected[before, after], row


def test_everyone_who_is_named_has_something_to_do_and_every_way_is_told() -> None:
    assert {who for row in LIFECYCLE for who in row.who} == set(Who)
    for row in LIFECYCLE:
        assert row.who
        assert list(row.who) == sorted(set(row.who), key=list(Who).index)
        assert row.sentence[0].isupper()
        assert row.sentence.endswith(".")


def test_whoever_may_end_a_booking_as_its_holder_may_do_so_as_an_admin() -> None:
    assert all(Who.ADMIN in row.who for row in LIFECYCLE if Who.HOLDER in row.who)


def test_each_way_is_gone_by_those_it_is_for_and_by_no_one_else(sqlite_settings: Settings) -> None:
    """Every pair of phases and everyone, on a real booking."""
    ways = {(row.phase, row.following): row.who for row in LIFECYCLE}
    persons = {Who.HOLDER: "ada", Who.ADMIN: "root"}
    database = make_database(sqlite_settings.database_url("bookings"))
    with database.write() as session:
        ledger = Ledger(session, ManualClock(NOW))
        ledger.store.add(ClusterRow(name="local", overcommit=1000, buffer=0, created=NOW))
        ledger.store.flush()
        wanted = Wanted("ada", None, Need(Amount(cores=1000)), [Span(start=NOW, end=NOW + timedelta(hours=1))], None)
        made = Timeline(ledger, "ada").claim(wanted, Terms("local"), [], Phase.INITIAL)
        row = Timeline(ledger, "ada").row(made)
        ledger.flush()
        for phase, following, who in product(Phase, Phase, Who):
            timeline = Timeline(ledger, persons.get(who, who))
            row.phase = phase
            if who in ways.get((phase, following), ()):
                timeline.move(row, following)
                assert row.phase == following
            else:
                with pytest.raises(ConflictError) as refused:
                    timeline.move(row, following)
                assert row.phase == phase
                assert (f"by the {who}." in refused.value.message) == ((phase, following) in ways)
        session.rollback()
    database.dispose()


@pytest.mark.parametrize(
    ("phase", "following", "may"),
    [
        (Phase.OFFERED, Phase.ACCEPTED, True),
        (Phase.AVAILABLE, Phase.EXPIRED, True),
        (Phase.AVAILABLE, Phase.WAITING, True),
        (Phase.PREPARING, Phase.WAITING, True),
        (Phase.PREPARING, Phase.RUNNING, False),  # its time has come first
        (Phase.RELEASING, Phase.WAITING, True),
        (Phase.RUNNING, Phase.AVAILABLE, True),
        (Phase.RUNNING, Phase.WAITING, False),  # its server has to go first
        (Phase.RUNNING, Phase.CANCELLED, False),
        (Phase.RELEASING, Phase.RUNNING, False),
        (Phase.WAITING, Phase.RUNNING, False),
        (Phase.WAITING, Phase.EXPIRED, False),
        (Phase.EXPIRED, Phase.ACCEPTED, False),
        (Phase.COMPLETED, Phase.AVAILABLE, False),
        (Phase.WAITING, Phase.WAITING, False),
    ],
)
def test_the_lifecycle_has_its_ways_and_no_others(phase: Phase, following: Phase, may: bool) -> None:
    assert any(may_become(phase, following, who) for who in Who) is may

"""The lifecycle's table: every phase has its place in it, and no claim is taken twice or left behind."""

from __future__ import annotations

import pytest

from aglais_hub.bookings.lifecycle import COUNTED, ENDED, LIFECYCLE, TRANSITIONS, Claim, Who, may_become
from aglais_hub.wire.bookings import Phase


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
    assert len(ways) == len(set(ways)) == 29
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


@pytest.mark.parametrize(
    ("phase", "following", "may"),
    [
        (Phase.OFFERED, Phase.ACCEPTED, True),
        (Phase.AVAILABLE, Phase.EXPIRED, True),
        (Phase.AVAILABLE, Phase.WAITING, True),
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
    assert may_become(phase, following) is may

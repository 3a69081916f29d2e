"""The timeline and the lifecycle as pure functions: tables, and brute force over every instant."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aglais_hub.bookings.amounts import ZERO, Amount
from aglais_hub.bookings.rules import (
    COUNTED,
    ENDED,
    TRANSITIONS,
    Piece,
    Step,
    earliest_fit,
    fits,
    least,
    longest_fit,
    may_become,
    overlaps,
    steps,
)
from aglais_hub.wire.bookings import Phase, Span

START = datetime(2026, 6, 8, 9, tzinfo=UTC)
LENGTH = 24


def at(hour: int) -> datetime:
    return START + timedelta(hours=hour)


def span(start: int, end: int) -> Span:
    return Span(start=at(start), end=at(end))


@pytest.mark.parametrize(
    ("one", "other", "answer"),
    [
        ((0, 2), (2, 4), False),
        ((0, 2), (1, 4), True),
        ((0, 4), (1, 2), True),
        ((0, 1), (3, 4), False),
        ((0, 2), (0, 2), True),
        ((1, 1), (0, 2), True),
    ],
)
def test_half_open_intervals_overlap(one: tuple[int, int], other: tuple[int, int], answer: bool) -> None:
    assert overlaps(span(*one), span(*other)) is answer
    assert overlaps(span(*other), span(*one)) is answer


def test_the_lifecycle_knows_every_phase() -> None:
    assert set(TRANSITIONS) == set(Phase)
    assert {Phase.COMPLETED, Phase.REJECTED, Phase.EXPIRED, Phase.CANCELLED, Phase.FAILED} == ENDED
    assert not COUNTED & ENDED
    assert COUNTED | ENDED | {Phase.INITIAL} == set(Phase)
    for phase, following in TRANSITIONS.items():
        assert phase not in following
        assert Phase.INITIAL not in following


def test_every_phase_can_be_reached_and_comes_to_an_end() -> None:
    def reachable(phase: Phase) -> set[Phase]:
        found, waiting = {phase}, [phase]
        while waiting:
            new = TRANSITIONS[waiting.pop()] - found
            found |= new
            waiting += new
        return found

    assert reachable(Phase.INITIAL) == set(Phase)
    assert all(reachable(phase) & ENDED for phase in Phase)


@pytest.mark.parametrize(
    ("phase", "following"),
    [
        (Phase.EXPIRED, Phase.ACCEPTED),
        (Phase.WAITING, Phase.RUNNING),
        (Phase.RUNNING, Phase.CANCELLED),
        (Phase.RELEASING, Phase.RUNNING),
        (Phase.COMPLETED, Phase.RUNNING),
        (Phase.OFFERED, Phase.WAITING),
    ],
)
def test_there_is_no_way(phase: Phase, following: Phase) -> None:
    assert not may_become(phase, following)


amounts = st.builds(Amount, cores=st.integers(-4, 8), memory=st.integers(-4, 8))
needs = st.builds(Amount, cores=st.integers(0, 6), memory=st.integers(0, 6))
pieces = st.lists(
    st.builds(
        lambda start, length, amount: Piece(at(start), at(start + length), amount),
        st.integers(-5, LENGTH + 5),
        st.integers(1, 20),
        amounts,
    ),
    max_size=12,
)


def left_at(found: list[Piece], hour: int) -> Amount:
    """By brute force: the sum of what covers this instant."""
    left = ZERO
    for piece in found:
        if piece.start <= at(hour) < piece.end:
            left = left.plus(piece.amount)
    return left


@given(found=pieces)
def test_steps_are_what_is_left_at_every_instant(found: list[Piece]) -> None:
    timeline = steps(found, span(0, LENGTH))
    assert timeline[0].start == at(0)
    assert timeline[-1].end == at(LENGTH)
    assert all(one.end == other.start for one, other in itertools.pairwise(timeline))
    for hour in range(LENGTH):
        (step,) = [step for step in timeline if step.start <= at(hour) < step.end]
        assert step.left == left_at(found, hour)


@given(found=pieces, cuts=st.sets(st.integers(1, LENGTH - 1), max_size=8))
def test_a_row_shows_the_least_of_every_instant_in_it(found: list[Piece], cuts: set[int]) -> None:
    edges = [0, *sorted(cuts), LENGTH]
    rows = [span(*pair) for pair in itertools.pairwise(edges)]
    lows = least(steps(found, span(0, LENGTH)), rows)
    for low, start, end in zip(lows, edges, edges[1:], strict=False):
        every = [left_at(found, hour) for hour in range(start, end)]
        assert low == Amount(*(min(values) for values in zip(*every, strict=True)))


@given(found=pieces, need=needs, length=st.integers(1, LENGTH))
def test_the_earliest_fit_is_the_first_that_brute_force_finds(found: list[Piece], need: Amount, length: int) -> None:
    holds = [left_at(found, hour).holds(need) for hour in range(LENGTH)]
    first = next((hour for hour in range(LENGTH - length + 1) if all(holds[hour : hour + length])), None)
    timeline = steps(found, span(0, LENGTH))
    assert earliest_fit(timeline, need, timedelta(hours=length)) == (None if first is None else at(first))
    assert fits(timeline, need) is all(holds)


@given(found=pieces, need=needs)
def test_the_longest_fit_ends_where_brute_force_ends(found: list[Piece], need: Amount) -> None:
    hours = 0
    while hours < LENGTH and left_at(found, hours).holds(need):
        hours += 1
    assert longest_fit(steps(found, span(0, LENGTH)), need) == (at(hours) if hours else None)


def test_an_empty_timeline_has_room_for_nothing() -> None:
    assert steps([], span(0, 2)) == [Step(at(0), at(2), ZERO)]
    assert not fits(steps([], span(0, 2)), Amount(cores=1))
    assert steps([], span(2, 2)) == []

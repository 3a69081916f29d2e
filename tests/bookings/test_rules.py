"""What a booking claims and where it fits, as pure functions: tables, and brute force over every instant."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aglais_hub.bookings.amounts import ZERO, Amount
from aglais_hub.bookings.rules import (
    Need,
    Piece,
    Step,
    Terms,
    earliest_fit,
    fitting_runs,
    joined,
    overlaps,
    pieces_of,
    room,
    shortage,
    steps,
)
from aglais_hub.wire.bookings import Span

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


@given(found=pieces, need=needs, length=st.integers(1, LENGTH), latest=st.integers(0, LENGTH))
def test_the_earliest_fit_is_the_first_that_brute_force_finds(
    found: list[Piece], need: Amount, length: int, latest: int
) -> None:
    holds = [any(need) and left_at(found, hour).holds(need) for hour in range(LENGTH)]
    hours = range(min(latest, LENGTH - length) + 1)
    first = next((hour for hour in hours if all(holds[hour : hour + length])), None)
    timeline = steps(found, span(0, LENGTH))
    asked = [Piece(at(0), at(LENGTH), need)]
    assert earliest_fit(timeline, asked, timedelta(hours=length), at(latest)) == (None if first is None else at(first))


@given(found=pieces, changing=st.lists(needs, min_size=4, max_size=4))
def test_what_is_needed_may_change_with_time(found: list[Piece], changing: list[Amount]) -> None:
    asked = [Piece(at(6 * n), at(6 * n + 6), need) for n, need in enumerate(changing)]
    looks = list(room(steps(found, span(0, LENGTH)), asked))
    assert [looks[0][0].start, looks[-1][0].end] == [at(0), at(LENGTH)]
    assert all(one.end == other.start for (one, _), (other, _) in itertools.pairwise(looks))
    for hour in range(LENGTH):
        ((step, need),) = [look for look in looks if look[0].start <= at(hour) < look[0].end]
        assert (step.left, need) == (left_at(found, hour), changing[hour // 6])


TERMS = Terms("local", overcommit=3000, buffer=timedelta(minutes=10))


def granted(*cores_and_servers: tuple[int, int]) -> list[Step]:
    """An hour of each."""
    return [
        Step(at(hour), at(hour + 1), Amount(cores=cores, memory=8 * cores, servers=servers))
        for hour, (cores, servers) in enumerate(cores_and_servers)
    ]


def test_a_managed_booking_claims_what_it_needs() -> None:
    need = Need(Amount(cores=5, memory=7))
    assert pieces_of(need, span(0, 2), TERMS, []) == [Piece(at(0), at(2), Amount(cores=5, memory=7))]
    assert not need.rest(TERMS)


def test_a_shared_booking_claims_its_part_of_what_is_used_by_many() -> None:
    need = Need(Amount(cores=5, memory=2, temporary=9, gpus=1), "shared")
    (piece,) = pieces_of(need, span(0, 2), TERMS, [])
    assert piece.amount == Amount(cores=1, memory=1, temporary=9, gpus=1)  # a third, and not nothing; disk whole


def test_a_share_follows_what_is_granted() -> None:
    found = pieces_of(Need(ZERO, "managed", 20_000), span(0, 3), TERMS, granted((10, 2), (20, 4), (0, 0)))
    assert [piece.amount for piece in found] == [Amount(cores=2, memory=16), Amount(cores=4, memory=32), ZERO]


def test_a_reserved_booking_takes_whole_servers_with_all_they_have() -> None:
    need = Need(Amount(cores=5), "reserved")
    found = pieces_of(need, span(0, 2), TERMS, granted((16, 4), (32, 4)))
    assert [piece.amount for piece in found] == [
        Amount(cores=8, memory=64, servers=2),
        Amount(cores=16, memory=128, servers=2),
    ]
    assert need.rest(TERMS) == timedelta(minutes=10)


def test_where_there_are_no_servers_none_can_be_reserved() -> None:
    (piece,) = pieces_of(Need(Amount(cores=5), "reserved"), span(0, 1), TERMS, granted((16, 0)))
    assert not Amount(cores=16, memory=128).holds(piece.amount)


def test_spans_that_touch_become_one() -> None:
    assert joined([span(3, 5), span(0, 2), span(2, 3), span(7, 8)]) == [span(0, 5), span(7, 8)]


def test_runs_are_as_long_as_they_can_be() -> None:
    found = [Piece(at(0), at(9), Amount(cores=2)), Piece(at(3), at(4), Amount(cores=-1))]
    runs = fitting_runs(steps(found, span(0, LENGTH)), [Piece(at(1), at(20), Amount(cores=2))])
    assert list(runs) == [span(1, 3), span(4, 9)]


def test_a_shortage_names_what_is_short() -> None:
    assert shortage(Amount(cores=1, memory=5, gpus=-1), Amount(cores=2, memory=5)) == ["cores"]


def test_an_empty_timeline_has_room_for_nothing() -> None:
    assert steps([], span(0, 2)) == [Step(at(0), at(2), ZERO)]
    assert steps([], span(2, 2)) == []

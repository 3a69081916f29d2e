"""Amounts of every resource at once."""

from __future__ import annotations

from decimal import Decimal

import pytest

from aglais_hub.bookings.amounts import ZERO, Amount
from aglais_hub.wire.resources import MOST, Resources


def test_cores_are_exact_to_a_thousandth() -> None:
    assert Amount.of(Resources(cores=Decimal("0.109"))).cores == 109
    total = ZERO
    for _ in range(1000):
        total = total.plus(Amount.of(Resources(cores=Decimal("0.001"))))
    assert total.resources().cores == 1
    assert total.minus(total) == ZERO


def test_to_the_wire_and_back() -> None:
    amount = Amount(cores=1500, memory=2, temporary=3, user=4, data=5, servers=6, gpus=7)
    assert Amount.of(amount.resources()) == amount


@pytest.mark.parametrize(
    ("left", "need", "holds", "times"),
    [
        (Amount(cores=2000, memory=8), Amount(cores=1000, memory=4), True, 2),
        (Amount(cores=2000, memory=7), Amount(cores=1000, memory=4), True, 1),
        (Amount(cores=999, memory=8), Amount(cores=1000, memory=4), False, 0),
        (Amount(cores=-1, memory=8), Amount(memory=4), True, 2),  # what is not needed does not count
        (Amount(cores=-1000), Amount(cores=1000), False, 0),
        (Amount(cores=1000), ZERO, True, 0),
        (Amount(gpus=3), Amount(gpus=1), True, 3),
    ],
)
def test_how_many_fit(left: Amount, need: Amount, holds: bool, times: int) -> None:
    assert left.holds(need) is holds
    assert left.times(need) == times


def test_what_grants_add_up_to_beyond_counting_shows_as_the_most() -> None:
    grant = Amount(cores=MOST // 1000 * 1000, memory=MOST)
    shown = grant.plus(grant).resources()
    assert shown.memory == MOST
    assert shown.cores == MOST // 1000
    assert ZERO.minus(grant.plus(grant)).resources().memory == -MOST

"""Amounts as Kubernetes writes them."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aglais_hub.clusters.quantities import quantity
from aglais_hub.errors import InvalidValueError


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("0", 0),
        ("4", 4),
        ("3920m", Fraction(392, 100)),
        ("0.1", Fraction(1, 10)),
        (".5", Fraction(1, 2)),
        ("1.", 1),
        ("250u", Fraction(1, 4000)),
        ("100n", Fraction(1, 10**7)),
        ("7Gi", 7 * 2**30),
        ("1.5Gi", 3 * 2**29),
        ("129M", 129_000_000),
        ("128974848", 128_974_848),
        ("2e3", 2000),
        ("1E3", 1000),
        ("12E-1", Fraction(12, 10)),
        ("1E", 10**18),
        ("1Ei", 2**60),
        ("64k", 64_000),
        ("64Ki", 65_536),
        ("-1", -1),
        ("+2", 2),
    ],
)
def test_every_way_to_write_an_amount(text, amount):
    assert quantity(text) == amount


@pytest.mark.parametrize(
    "text", ["", " 1", "1 ", "one", "1g", "1K", "1ki", "1GiB", "1e", "e3", "1.2.3", "--1", "1e3m", "."]
)
def test_what_kubernetes_does_not_take_is_refused(text):
    with pytest.raises(InvalidValueError):
        quantity(text)


@given(st.integers(0, 10**12))
def test_one_amount_written_in_several_ways_is_one_amount(millis):
    assert quantity(f"{millis}m") * 1000 == millis
    assert quantity(f"{millis}e-3") == quantity(f"{millis}m")
    assert quantity(f"{millis}Ki") == quantity(str(millis * 1024))
    assert quantity(f"{millis // 1000}.{millis % 1000:03}") == quantity(f"{millis}m")

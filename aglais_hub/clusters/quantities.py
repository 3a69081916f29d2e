"""Amounts as Kubernetes writes them: ``3920m``, ``7Gi``, ``2e3``, ``128974848``."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache

from aglais_hub.errors import InvalidValueError

__all__ = ["quantity"]

_TEXT = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+))(?:([eE])([+-]?\d{1,3})|([numkMGTPE]|[KMGTPE]i))?\Z", re.ASCII)

_SUFFIXES = {
    **{name: Fraction(10) ** power for name, power in zip("numkMGTPE", (-9, -6, -3, 3, 6, 9, 12, 15, 18), strict=True)},
    **{f"{name}i": Fraction(1024) ** power for power, name in enumerate("KMGTPE", start=1)},
}


@lru_cache(maxsize=1024)  # thousands of pods ask for the same few amounts
def quantity(text: str) -> Fraction:
    """The amount, exactly: what is rounded, and which way, is for whoever counts it.

    Raises ``InvalidValueError`` for what Kubernetes would not take either.
    """
    found = _TEXT.match(text)
    if found is None:
        raise InvalidValueError(f"{text[:40]!r} is no amount.", help="Write it as Kubernetes does: 500m, 2, 4Gi.")
    number, exponent, power, suffix = found.groups()
    if exponent:
        return Fraction(number) * Fraction(10) ** int(power)
    return Fraction(number) * _SUFFIXES.get(suffix or "", Fraction(1))

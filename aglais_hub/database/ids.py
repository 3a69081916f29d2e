"""Names for rows."""

from __future__ import annotations

from os import urandom
from typing import TYPE_CHECKING

from aglais_hub.database.types import to_microseconds

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["new_id"]

VERSION, VARIANT = 7 << 76, 2 << 62
RANDOM = (1 << 80) - 1 & ~(15 << 76) & ~(3 << 62)


def new_id(at: datetime) -> str:
    """A UUID of version 7 (RFC 9562): the milliseconds of the instant ``at``, and 74 random bits.

    Rows that are made one after the other lie side by side in every index by their ids, so that adding one costs the
    same however many there are.
    """
    bits = int.from_bytes(urandom(10), "big") & RANDOM | VERSION | VARIANT
    digits = f"{to_microseconds(at) // 1000 << 80 | bits:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"

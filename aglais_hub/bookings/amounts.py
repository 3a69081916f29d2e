"""Amounts of every resource at once, as whole numbers that add up exactly. Pure."""

from __future__ import annotations

from decimal import Decimal
from operator import add, neg, sub
from typing import TYPE_CHECKING, NamedTuple

from aglais_hub.wire.resources import MOST, GrantRequest, Resources

if TYPE_CHECKING:
    from aglais_hub.wire.bookings import BookingRequest

__all__ = ["ZERO", "Amount"]


class Amount(NamedTuple):
    """Cores in thousandths, memory and disks in MiB, servers and GPUs whole."""

    cores: int = 0
    memory: int = 0
    temporary: int = 0
    user: int = 0
    data: int = 0
    servers: int = 0
    gpus: int = 0

    @classmethod
    def of(cls, asked: Resources | GrantRequest | BookingRequest) -> Amount:
        """From the wire."""
        return cls(
            int(asked.cores * 1000),
            asked.memory,
            asked.temporary,
            asked.user,
            asked.data,
            asked.servers,
            asked.gpus,
        )

    def resources(self) -> Resources:
        """To the wire; what many grants add up to beyond ``MOST`` shows as that."""
        values = {name: max(-MOST, min(MOST, value)) for name, value in self._asdict().items()}
        most_cores = MOST // 1000 * 1000
        cores = Decimal(max(-most_cores, min(most_cores, self.cores))) / 1000
        return Resources.trusted(values | {"cores": cores})

    def plus(self, other: Amount) -> Amount:
        return Amount._make(map(add, self, other))

    def minus(self, other: Amount) -> Amount:
        return Amount._make(map(sub, self, other))

    def minus_all(self) -> Amount:
        """As much, the other way."""
        return Amount._make(map(neg, self))

    def least(self, other: Amount) -> Amount:
        """The lesser of each resource."""
        return Amount._make(map(min, self, other))

    def holds(self, need: Amount) -> bool:
        """Whether ``need`` fits: only the resources that it needs count."""
        return all(mine >= theirs for mine, theirs in zip(self, need, strict=True) if theirs > 0)

    def times(self, need: Amount) -> int:
        """How many of ``need`` fit at once; never less than 0, and 0 of nothing."""
        fits = [mine // theirs for mine, theirs in zip(self, need, strict=True) if theirs > 0]
        return max(0, min(fits, default=0))


ZERO = Amount()

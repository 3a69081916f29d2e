"""Which clusters nothing more may be booked on for now, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aglais_hub.wire.base import isoformat

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import timedelta

    from aglais_hub.clock import Clock

__all__ = ["Vouching"]


class Vouching:
    """What bookings ask, and whoever looks at the clusters tells. Without ``patience`` every cluster is vouched for.

    A cluster that has not answered for longer than ``patience`` is not, nor one that has less than is booked on it.
    Both end by themselves, with the next look that finds it otherwise.
    """

    def __init__(self, clock: Clock, patience: timedelta | None = None) -> None:
        self._clock = clock
        self._patience = patience
        self._answered = clock.now()
        self._followed: frozenset[str] = frozenset()
        self._short: dict[str, int] = {}

    def follow(self, names: Collection[str]) -> None:
        """These are the clusters that are looked at."""
        self._followed = frozenset(names)

    def answer(self) -> None:
        """Their API server has just answered."""
        self._answered = self._clock.now()

    def settle(self, name: str, hit: int) -> None:
        """So many bookings need more than the cluster has."""
        self._short = {key: value for key, value in self._short.items() if key != name} | ({name: hit} if hit else {})

    @property
    def lost(self) -> str:
        """Why all of them are not vouched for, where that is so."""
        if self._patience is None or self._clock.now() - self._answered <= self._patience:
            return ""
        return f"its API server has not answered since {isoformat(self._answered.replace(microsecond=0))}"

    def unverified(self) -> dict[str, str]:
        """The clusters that are not vouched for, with the reason as the end of a sentence."""
        if lost := self.lost:
            return dict.fromkeys(self._followed, lost)
        return {name: _short(hit) for name, hit in self._short.items()}


def _short(hit: int) -> str:
    return f"its nodes have less than is booked, and {hit} booking{'s do' if hit > 1 else ' does'} not fit"

"""What is in each space, what may be, and whether something new still fits; the refusals, in words."""

from __future__ import annotations

from dataclasses import dataclass, field
from heapq import nlargest
from typing import TYPE_CHECKING

from aglais_hub.errors import TooLargeError
from aglais_hub.homes.measuring import NOTHING, REST, TEMP, Item, Use, used
from aglais_hub.homes.words import count_words, size_words
from aglais_hub.wire.policy import SPACES, Space, SpaceName

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aglais_hub.wire.accounts import Account

__all__ = ["MIB", "NEAR", "Room", "fits"]

MIB = 2**20
NEAR = 0.9
"""From this part of a limit on a space is nearly full."""

NAMES: dict[SpaceName, str] = {"notebooks": "notebooks", "saved": "saved data", "temporary": "temporary data"}

_NAMED = 3


@dataclass(frozen=True)
class Room:
    """A home as it was last measured, what the lab has let in ``since``, and the ``account`` that it is of.

    As long as the account is not known, nothing is limited.
    """

    items: Sequence[Item] = ()
    account: Account | None = None
    since: Mapping[SpaceName, Use] = field(default_factory=dict)

    def used(self) -> dict[SpaceName, Use]:
        """What is in each space."""
        found = used(self.items)
        return {space: found[space] + self.since.get(space, NOTHING) for space in SPACES}

    def limits(self, space: SpaceName) -> Space:
        """What may be in a space."""
        found: Space = getattr(self.account.allowance, space) if self.account else Space()
        return found

    def part(self, space: SpaceName) -> float:
        """How full a space is, by files or by size: 1 is full, and 0 where nothing is limited."""
        return max(self._parts(space))

    @property
    def is_visitors(self) -> bool:
        """Whether nothing of it outlives a visit."""
        return self.account is not None and self.account.level == 0

    def refusal(self, coming: Mapping[SpaceName, Use]) -> TooLargeError | None:
        """Why what is ``coming`` does not fit, in words that say what to do; ``None`` where it does."""
        here = self.used()
        for space, use in coming.items():
            if not fits(here[space], use, self.limits(space)):
                return self._refusal(space, here[space], use)
        return None

    def largest(self, space: SpaceName) -> list[Item]:
        """The items whose end would help most: the largest, or those of most files where these are too many."""
        by_files, by_size = self._parts(space)
        own = [item for item in self.items if item.space == space and item.path != REST]
        return nlargest(_NAMED, own, key=lambda item: item.files if by_files > by_size else item.size)

    def disk_full(self) -> TooLargeError:
        """What is said where the disk itself has no room, whatever the limits are."""
        own = nlargest(_NAMED, (item for item in self.items if item.path != REST), key=lambda item: item.size)
        return TooLargeError(
            "The disk is full: this was not saved. What was saved before is still there.",
            rule="disk_full",
            help=f"Keep this page open. {_delete(own)} Then save again.",
        )

    def _parts(self, space: SpaceName) -> tuple[float, float]:
        use, limits = self.used()[space], self.limits(space)
        return _part(use.files, limits.files), _part(use.size, None if limits.size is None else limits.size * MIB)

    def _refusal(self, space: SpaceName, use: Use, coming: Use) -> TooLargeError:
        limits = self.limits(space)
        rule = f"{space}_full"
        if 0 in (limits.files, limits.size):
            ways = ["Put it into temp/."] if self._takes(coming, space) else []
            ways += ["Register, and there is room for it."] if self.is_visitors else []
            whose = "A visit" if self.is_visitors else "Your account"
            return TooLargeError(f"{whose} has no room for {NAMES[space]}.", rule=rule, help=" ".join(ways) or None)
        over_size = not fits(use, Use(0, coming.size), limits)
        message = f"{_amounts(use, limits, over_size=over_size)} of your {NAMES[space]} space are used"
        message += f", and this would add {size_words(coming.size)}." if over_size else "."
        return TooLargeError(message, rule=rule, help=self._way_out(space, coming))

    def _way_out(self, space: SpaceName, coming: Use) -> str:
        """What to delete, and where there is room instead."""
        way = _delete(self.largest(space))
        return f"{way} There is room in {TEMP}/." if self._takes(coming, space) else way

    def _takes(self, coming: Use, instead_of: SpaceName) -> bool:
        """Whether ``temp/`` has room for it."""
        return instead_of != "temporary" and fits(self.used()["temporary"], coming, self.limits("temporary"))


def _delete(largest: Sequence[Item]) -> str:
    named = [f"{item.path} ({size_words(item.size)}, {count_words(item.files)})" for item in largest]
    return f"Delete what you don't need; the largest: {', '.join(named)}." if named else "Delete what you don't need."


def _amounts(use: Use, limits: Space, *, over_size: bool) -> str:
    if over_size and limits.size is not None:
        return f"{size_words(use.size)} of {size_words(limits.size * MIB)}"
    return f"{use.files:,} of {count_words(limits.files or 0)}"


def fits(use: Use, coming: Use, limits: Space) -> bool:
    """Whether there is room. What grows needs no room for another file, and a file of nothing still takes a little."""
    size = max(coming.size, 1 if coming.files else 0)
    return (limits.files is None or not coming.files or use.files + coming.files <= limits.files) and (
        limits.size is None or not size or use.size + size <= limits.size * MIB
    )


def _part(amount: int, limit: int | None) -> float:
    if limit is None:
        return 0.0
    return amount / limit if limit else float(amount > 0)

"""Homes and items as others see them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aglais_hub.storage import rules
from aglais_hub.wire.policy import SPACES, Allowance, Space, SpaceName
from aglais_hub.wire.storage import StorageRow, StoredItem, Usage

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from aglais_hub.storage.tables import HomeRow, ItemRow

__all__ = ["home_row", "limits_of", "plan_of", "stored", "sum_up", "usages"]

NOTHING = (0, 0)


def limits_of(allowed: Allowance, space: str) -> Space:
    """What may be in one of the spaces."""
    limits: Space = getattr(allowed, space)
    return limits


def home_row(home: HomeRow) -> StorageRow:
    """What an account has stored, as the list tells of it."""
    return StorageRow(account=home.account, measured=home.measured, files=home.files, size=home.size, spaces=home.used)


def usages(home: HomeRow | None, allowed: Allowance) -> dict[SpaceName, Usage]:
    """What is in each space, nothing where no home was measured."""
    used = home.used if home else {}
    return {space: rules.usage(*used.get(space, NOTHING), limits=limits_of(allowed, space)) for space in SPACES}


def plan_of(row: ItemRow, limits: Space, now: datetime) -> rules.Plan | None:
    """What becomes of an item; ``None`` where it stays for good."""
    end = rules.ends(row.changed, kept=row.kept, always=row.always, limits=limits) if row.path else None
    if end is None or limits.kept is None:
        return None
    return rules.plan(end, rules.notices(row.space, limits.kept), (row.first, row.last), now)


def stored(row: ItemRow, allowed: Allowance, now: datetime) -> StoredItem:
    """An item, and what becomes of it."""
    limits = limits_of(allowed, row.space)
    plan = plan_of(row, limits, now)
    return StoredItem(
        space=row.space,
        path=row.path,
        files=row.files,
        size=row.size,
        changed=row.changed,
        until=plan.goes if plan else None,
        kept=row.kept,
        always=row.always,
        may=limits.keep if row.path and limits.kept is not None else "no",
        warned=row.first,
    )


def sum_up(home: HomeRow, items: Sequence[ItemRow]) -> None:
    """Write down how much there is in a home."""
    used: dict[str, list[int]] = {space: [0, 0] for space in SPACES}
    for row in items:
        sums = used[row.space]
        sums[0] += row.files
        sums[1] += row.size
    home.used = {**used}
    home.files = sum(files for files, _ in used.values())
    home.size = sum(size for _, size in used.values())

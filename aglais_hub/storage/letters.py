"""What the warnings say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aglais_hub.accounts.email.mail import Letter

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from aglais_hub.wire.storage import StoredItem

__all__ = ["warning"]

LISTED = 30


def warning(items: Sequence[StoredItem], *, page: str) -> Letter:
    """A letter about items that will be deleted, next first; ``page`` is where they can be kept."""
    going = sorted(items, key=lambda item: (item.until is None, item.until, item.path))
    first = going[0].until
    rows = [[_name(item), *_count(item), _size(item.size), f"goes on {_day(item.until)}"] for item in going[:LISTED]]
    more = [f"And {len(going) - LISTED} more; the page has them all."] if len(going) > LISTED else []
    can_keep = any(item.may != "no" for item in going)
    what = "One file or folder" if len(going) == 1 else f"{len(going)} files and folders"
    from_day = f"on {_day(first)}" if len(going) == 1 else f"from {_day(first)} on"
    return Letter(
        subject=f"{what} of yours at Aglais will be deleted {from_day}",
        paragraphs=[
            "Nobody has changed this for a long time, so Aglais is going to delete it:",
            *more,
            "Keep there what you still need. What you change stays as well: its time begins anew."
            if can_keep
            else "Change or copy what you still need: with every change its time begins anew.",
            "If you need none of it, do nothing.",
        ],
        rows=rows,
        link=["See and keep it" if can_keep else "See it", page],
    )


def _name(item: StoredItem) -> str:
    """An item's path, with nothing in it that a mail could take for something else."""
    return "".join(sign if sign.isprintable() else "?" for sign in item.path)


def _count(item: StoredItem) -> list[str]:
    kind = "notebook" if item.space == "notebooks" else "file"
    return [] if item.files == 1 else [f"{item.files:,} {kind}s"]


def _size(size: int) -> str:
    amount, units = float(size), ["bytes", "KiB", "MiB", "GiB", "TiB"]
    while amount >= 1024 and len(units) > 1:
        amount /= 1024
        units.pop(0)
    return f"{amount:.0f} {units[0]}" if amount >= 10 or units[0] == "bytes" else f"{amount:.1f} {units[0]}"


def _day(instant: datetime | None) -> str:
    return f"{instant.day} {instant:%B %Y}" if instant else ""

"""What a group is called, and has, as it is shown and as the trail tells of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aglais_hub.errors import InvalidValueError
from aglais_hub.wire.base import isoformat
from aglais_hub.wire.groups import Shared

if TYPE_CHECKING:
    from aglais_hub.accounts.groups.tables import GroupRow
    from aglais_hub.wire.groups import Budget

__all__ = ["check_is_member", "given", "shared", "told"]


def told(row: GroupRow) -> dict[str, object]:
    """A group as the trail tells of it; its people are on record by themselves."""
    return {"group": row.name, "display": row.display, "note": row.note, "files": row.files, "size": row.size}


def given(budget: Budget | None) -> dict[str, str]:
    """A budget as the trail tells of it: what was given, and not what was had of it."""
    if budget is None:
        return {}
    return {"hours": str(budget.hours), "start": isoformat(budget.start), "end": isoformat(budget.end)}


def shared(row: GroupRow) -> Shared:
    """The group's shared space."""
    return Shared(files=row.files, size=row.size, has_files=row.has_files, has_size=row.has_size, measured=row.measured)


def check_is_member(level: int, field: str) -> None:
    """Raise ``InvalidValueError`` for a visitor."""
    if level <= 0:
        raise InvalidValueError("Visitors are in no groups.", field=field, help="They register first.")

"""What admins look for in the list of accounts, and the place in it where a page begins."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from aglais_hub.accounts.tables import AccountRow
from aglais_hub.errors import InvalidValueError

__all__ = ["Search", "Sort", "State"]

Sort = Literal["name", "created", "last", "level"]
State = Literal["active", "suspended", "ended", "visitor"]

ORDERS: dict[str, tuple[Any, bool]] = {
    "name": (AccountRow.name, False),
    "created": (AccountRow.created, True),
    "last": (AccountRow.seen, True),
    "level": (AccountRow.level, True),
}
"""By what the list is ordered, and whether the greatest comes first; each has an index."""


@dataclass(frozen=True)
class Search:
    """Accounts that have a word which begins as each of ``text``, of a level, in a state, in an order."""

    text: str = ""
    level: int | None = None
    state: State | None = None
    sort: Sort = "name"

    @property
    def words(self) -> list[str]:
        return self.text.split()[:8]

    @property
    def order(self) -> tuple[Any, bool]:
        return ORDERS[self.sort]

    def place_of(self, row: AccountRow) -> str:
        """The place of a row in the list, as the next page's address names it."""
        value = getattr(row, self.order[0].key)
        said = [value.isoformat() if isinstance(value, datetime) else value, row.name]
        return base64.urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip("=")

    def place(self, text: str) -> tuple[Any, str] | None:
        """The place that ``place_of`` wrote; raises ``InvalidValueError`` for anything else."""
        if not text:
            return None
        try:
            value, name = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
            if self.sort in ("created", "last"):
                value = datetime.fromisoformat(value).astimezone(UTC)
            if type(value) is not {"name": str, "level": int}.get(self.sort, datetime) or type(name) is not str:
                raise ValueError(text)
            if isinstance(value, int) and not 0 <= value <= 100:
                raise ValueError(text)
            # Neither a NUL nor half a character, which no database takes.
            if not (name.isprintable() and str(value).isprintable()):
                raise ValueError(text)
            return value, name
        except (ValueError, TypeError, OverflowError, RecursionError):
            raise InvalidValueError(
                "This is no place in the list.", field="after", help="Follow the address in 'next' as it stands."
            ) from None

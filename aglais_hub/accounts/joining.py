"""From visitor to member: the account goes on under its name, so its server, files and bookings are where they were."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aglais_hub.accounts.rules import ANONYMOUS, BASIC

if TYPE_CHECKING:
    from datetime import datetime

    from aglais_hub.accounts.store import AccountStore
    from aglais_hub.accounts.tables import AccountRow

__all__ = ["join"]


def join(store: AccountStore, visitor: str | None, *, display: str, now: datetime) -> AccountRow | None:
    """Make a visitor's account a member's, within the caller's transaction; ``None`` where the visit is over.

    The name stays: it is in the address of the server that runs, and in the path of the home.
    """
    row = store.lock_account(visitor) if visitor else None
    if row is None or row.level != ANONYMOUS or store.has_ended(row.name, now):
        return None
    row.level, row.expires, row.closed, row.display = BASIC, None, None, display or row.name
    store.record(now, row.name, "became a member", before={"level": ANONYMOUS}, after={"level": BASIC})
    return row

"""The trail of changes, as it is read, and what becomes of it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from aglais_hub.accounts.admin.store import AdminStore
from aglais_hub.accounts.workshops.store import WorkshopStore
from aglais_hub.errors import InvalidValueError
from aglais_hub.loop import Loop
from aglais_hub.wire.admin import AccountChange, AccountChangeRows

if TYPE_CHECKING:
    from aglais_hub.accounts.admin.tables import ChangeRow
    from aglais_hub.clock import Clock
    from aglais_hub.database import Database

__all__ = ["KEPT", "Trail"]

KEPT = timedelta(days=730)
"""For so long a change is on record; what was before that is nobody's business any more."""

EVERY_SECONDS = 3600


class Trail:
    """Reads the trail, and forgets what is old."""

    def __init__(self, *, database: Database, clock: Clock, url: str) -> None:
        self._database = database
        self._clock = clock
        self._url = url
        self.loop = Loop("trail", self.forget_old, every=EVERY_SECONDS, waits="Old changes wait to be forgotten")

    def select(
        self,
        *,
        account: str | None = None,
        by: str | None = None,
        what: str | None = None,
        after: str | None = None,
        limit: int = 100,
        path: str = "changes/select",
    ) -> AccountChangeRows:
        """A page of changes, the latest first: all that is known of them, for admins."""
        with self._database.read() as session:
            rows = AdminStore(session).changes(account=account, by=by, what=what, before=_place(after), limit=limit + 1)
        said = {"by": by, "what": what, "limit": limit} | ({} if path.startswith("accounts/") else {"account": account})
        told = {name: value for name, value in said.items() if value is not None}
        more = f"{self._url}{path}?{urlencode({**told, 'after': rows[limit - 1].id})}" if len(rows) > limit else None
        return AccountChangeRows(rows=[_change(row) for row in rows[:limit]], next=more)

    def own(self, account: str, *, after: str | None = None, limit: int = 100) -> AccountChangeRows:
        """A page of an account's changes, as its owner is told of them: who else made one is *an admin*."""
        found = self.select(account=account, after=after, limit=limit, path=f"accounts/{account}/changes")
        rows = [
            change.model_copy(update={"note": "", "by": change.by if change.by in ("", account) else "an admin"})
            for change in found.rows
        ]
        return AccountChangeRows(rows=rows, next=found.next)

    def forget_old(self) -> None:
        """Forget what is older than ``KEPT``, and workshops that were over then."""
        with self._database.write() as session:
            AdminStore(session).forget_changes(self._clock.now() - KEPT)
            WorkshopStore(session).forget_before(self._clock.now() - KEPT)


def _place(after: str | None) -> int | None:
    if not after:
        return None
    if not after.isascii() or not after.isdigit() or len(after) > 18:
        raise InvalidValueError(
            "This is no place in the list.", field="after", help="Follow the address in 'next' as it stands."
        )
    return int(after)


def _change(row: ChangeRow) -> AccountChange:
    return AccountChange(
        id=str(row.id),
        at=row.at,
        account=row.account,
        by=row.by,
        through=row.through,
        what=row.what,
        before=row.before,
        after=row.after,
        note=row.note,
    )

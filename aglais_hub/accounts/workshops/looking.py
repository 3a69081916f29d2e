"""Workshops as they are seen: the list, one of them, its accounts, and what these have."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from aglais_hub.accounts.tables import NEVER
from aglais_hub.accounts.workshops.store import Count, WorkshopStore, matches
from aglais_hub.errors import NotFoundError, ServiceDownError
from aglais_hub.wire.workshops import (
    Workshop,
    WorkshopAccount,
    WorkshopAccountRows,
    WorkshopHoldings,
    WorkshopRows,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aglais_hub.accounts.admin.service import Reach
    from aglais_hub.accounts.service import AccountService
    from aglais_hub.accounts.tables import AccountRow
    from aglais_hub.accounts.workshops.tables import WorkshopRow
    from aglais_hub.clock import Clock
    from aglais_hub.database import Database
    from aglais_hub.settings import Settings
    from aglais_hub.wire.workshops import WorkshopState

__all__ = ["WorkshopList", "there", "together"]

SOON = timedelta(days=1)
"""A workshop is coming to its end when it is open for less than this."""


class WorkshopList:
    """What there is to see of workshops."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        settings: Settings,
        accounts: AccountService,
        reach: Reach,
        url: str,
    ) -> None:
        self._database = database
        self._clock = clock
        self._settings = settings
        self._accounts = accounts
        self._reach = reach
        self._url = url

    def select(self, *, q: str, state: WorkshopState | None, after: str | None, limit: int) -> WorkshopRows:
        """A page of workshops, the latest first."""
        now, typed = self._clock.now(), q.strip().lower()
        with self._database.read() as session:
            store = WorkshopStore(session)
            found = store.select(*matches(state, now, now + SOON), q=typed, before=after, limit=limit + 1)
            rows, more = found[:limit], None
            counts = store.counts([row.id for row in rows])
            shown = [self._view(row, counts[row.id]) for row in rows]
        if len(found) > limit:
            said = {"q": typed, "state": state, "limit": limit, "after": rows[-1].id}
            told = {name: value for name, value in said.items() if value}
            more = f"{self._url}workshops/select?{urlencode(told)}"
        return WorkshopRows(rows=shown, next=more)

    def get(self, name: str) -> Workshop:
        """One workshop; raises ``NotFoundError``."""
        with self._database.read() as session:
            store = WorkshopStore(session)
            return self.shown(store, there(store.workshop(name)))

    def accounts(self, name: str) -> WorkshopAccountRows:
        """The accounts of a workshop: who has come, and who has a lab now; raises ``NotFoundError``."""
        with self._database.read() as session:
            store = WorkshopStore(session)
            rows = store.accounts(there(store.workshop(name)).id)
            links = store.links([row.name for row in rows])
            found = [(row, links.get(row.name)) for row in rows]
            shown = [
                WorkshopAccount(
                    account=row.name,
                    linked=link.created if link else None,
                    used=link.used if link else None,
                    seen=row.seen if row.seen > NEVER else None,
                    expires=row.expires,
                    suspended=row.suspended,
                    ending=row.ending,
                )
                for row, link in found
            ]
        try:
            labs = self._reach.servers()
        except ServiceDownError:
            return WorkshopAccountRows(rows=shown)
        return WorkshopAccountRows(rows=[one.model_copy(update={"lab": one.account in labs}) for one in shown])

    def holdings(self, name: str) -> WorkshopHoldings:
        """What the accounts have that end with a workshop; raises ``NotFoundError`` and ``ServiceDownError``."""
        with self._database.read() as session:
            store = WorkshopStore(session)
            row = there(store.workshop(name))
            found = store.accounts(row.id)
            names = [one.name for one in together(row, found)]
        reach, labs = self._reach, self._reach.servers()
        spaces = reach.spaces(names)
        return WorkshopHoldings(
            accounts=len(names),
            apart=sum(one.ending is None for one in found) - len(names),
            labs=sum(one in labs for one in names),
            bookings=reach.bookings(names),
            files=sum(space.files for space in spaces),
            size=sum(space.size for space in spaces),
        )

    def shown(self, shops: WorkshopStore, row: WorkshopRow) -> Workshop:
        """A workshop as others see it, within the caller's transaction."""
        return self._view(row, shops.counts([row.id])[row.id])

    def _view(self, row: WorkshopRow, count: Count) -> Workshop:
        left = row.until - self._clock.now()
        return Workshop(
            name=row.name,
            url=f"{self._url}workshops/{row.name}",
            state="over" if left <= timedelta() else "ending" if left <= SOON else "open",
            level=row.level,
            until=row.until,
            erase=row.erase,
            created=row.created,
            by=row.by,
            opened=row.opened,
            accounts=count.accounts,
            come=count.come,
            version=row.version,
        )


def there(row: WorkshopRow | None) -> WorkshopRow:
    """The workshop; raises ``NotFoundError`` where there is none."""
    if row is None:
        raise NotFoundError("There is no such workshop.", field="name", help="See workshops/select.")
    return row


def together(row: WorkshopRow, accounts: Sequence[AccountRow]) -> list[AccountRow]:
    """The accounts that end with their workshop."""
    return [one for one in accounts if one.ending is None and one.expires == row.until]

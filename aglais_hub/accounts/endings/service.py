"""Marks accounts as ending; what has to be done then, ``ender`` does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aglais_hub.accounts import rules
from aglais_hub.accounts.admin.rules import check_manager
from aglais_hub.accounts.admin.trail import record
from aglais_hub.accounts.email.outbox import address_of
from aglais_hub.accounts.endings.store import EndingStore
from aglais_hub.accounts.rules import ANONYMOUS
from aglais_hub.accounts.store import AccountStore
from aglais_hub.errors import ConflictError, NotFoundError
from aglais_hub.wire.accounts import Left

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

    from aglais_hub.accounts.admin.rules import Manager
    from aglais_hub.accounts.service import AccountService
    from aglais_hub.accounts.tables import AccountRow
    from aglais_hub.clock import Clock
    from aglais_hub.database import Database
    from aglais_hub.wire.accounts import Account

__all__ = ["EndingService"]


class EndingService:
    """The one way in which an account ends.

    From the mark on the account is no way in, whatever somebody holds: its identities, codes and tokens are gone with
    it, in one transaction. ``forget`` is called with its name then, so that nobody is let in from memory.
    """

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        accounts: AccountService,
        forget: Callable[[str], None],
        farewell: Callable[[AccountStore, str, str], None] = lambda _store, _to, _name: None,
    ) -> None:
        """``farewell`` writes to an address, within the transaction, that the account of this name is no more."""
        self.database = database
        self.clock = clock
        self._accounts = accounts
        self._forget = forget
        self._farewell = farewell

    def end(self, name: str, manager: Manager | None = None) -> Account:
        """Let an account end, with all that is of it; once it has begun it goes on by itself.

        Raises ``NotFoundError``, ``ForbiddenError`` where the ``manager`` who asks may not touch an admin's, and
        ``ConflictError`` while it takes another in, whose things would go with it.
        """
        with self.database.write() as session:
            store = AccountStore(session)
            row = store.lock_account(name)
            if row is None:
                raise NotFoundError("There is no such account.", field="name", help="See how it is written.")
            if manager is not None:
                check_manager(manager, self._accounts.view(store, name))
            if row.ending is None and EndingStore(session).takes_in(name):
                raise ConflictError(
                    "Another account is becoming part of this one.", rule="merging", help="Try again in a minute."
                )
            to = address_of(store, name) if row.ending is None and row.level != ANONYMOUS else None
            self.mark(session, row)
            if to is not None:
                # After the mark, which takes all other mails to them back.
                self._farewell(store, to, name)
            account = self._accounts.view(store, name)
        self._forget(name)
        return account

    def leave(self, name: str) -> Left:
        """Somebody has logged out: a visitor's account ends, everyone else's stays as it is."""
        with self.database.write() as session:
            row = AccountStore(session).lock_account(name)
            if row is None or row.level != ANONYMOUS:
                return Left(ended=False)
            self.mark(session, row)
        self._forget(name)
        return Left(ended=True)

    def mark(self, session: Session, row: AccountRow) -> None:
        """The same within a transaction, of an account that is locked."""
        if row.ending is not None:
            return
        row.ending, row.pseudonym = self.clock.now(), rules.pseudonym()
        row.display, row.affiliation, row.attributes, row.reason = "", "", None, ""
        if row.level != ANONYMOUS:
            # What stays on record says that somebody ended an account, and not whose it was.
            record(session, row.ending, row.pseudonym, "deleted")
        EndingStore(session).delete_ways_in(row.name)

"""Decisions about accounts, and the transactions around them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote

from aglais_hub.accounts import rules
from aglais_hub.accounts.rules import ANONYMOUS, EMAIL, Limit, digest
from aglais_hub.accounts.store import AccountStore
from aglais_hub.accounts.tables import AccountRow, IdentityRow
from aglais_hub.errors import NotFoundError
from aglais_hub.wire.accounts import Account, AccountRows, Identity

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from aglais_hub.accounts.attempts import Attempts
    from aglais_hub.clock import Clock
    from aglais_hub.database import Database
    from aglais_hub.settings import Settings
    from aglais_hub.wire.accounts import TryRequest

__all__ = ["AccountService"]


class AccountService:
    """Accounts and the ways in."""

    def __init__(self, *, database: Database, clock: Clock, settings: Settings, attempts: Attempts, url: str) -> None:
        self._database = database
        self._clock = clock
        self._settings = settings
        self._attempts = attempts
        self._url = url

    # ---- ways in

    def try_out(self, request: TryRequest) -> Account:
        """Open an anonymous account; raises ``TooManyError`` when the network address has had its share."""
        limit = Limit(self._settings.tries_per_hour, timedelta(hours=1))
        self._attempts.count("try", [(rules.network(request.address), limit)], "Too many visitors from your network.")
        now = self._clock.now()
        with self._database.write() as session:
            store = AccountStore(session)
            name = rules.guest_name()
            while not store.take_name(digest(name)):
                name = rules.guest_name()
            row = AccountRow(name=name, level=ANONYMOUS, display="Visitor", created=now)
            store.add(row)
            return self._account(row, [])

    # ---- accounts

    def get(self, name: str) -> Account:
        """An account by name; raises ``NotFoundError``."""
        with self._database.read() as session:
            return self.view(AccountStore(session), name)

    def levels_and_packages(self, names: Collection[str]) -> dict[str, tuple[int, str]]:
        """The level and default package of each of the accounts; one that only the hub knows counts as basic."""
        if not names:
            return {}
        with self._database.read() as session:
            found = AccountStore(session).levels(names)
        levels = {name: found.get(name, rules.BASIC) for name in names}
        return {name: (level, rules.default_package(level)) for name, level in levels.items()}

    def has_ended(self, name: str) -> bool:
        """Whether the account's time is over."""
        with self._database.read() as session:
            return AccountStore(session).has_ended(name, self._clock.now())

    def gone(self, names: Collection[str]) -> set[str]:
        """Those of the names whose account there was, and is no more."""
        with self._database.read() as session:
            store = AccountStore(session)
            there, given = store.levels(names), store.taken([digest(name) for name in names])
        return {name for name in names if name not in there and digest(name) in given}

    def select(self, *, limit: int, after: str) -> AccountRows:
        """A page of accounts by name."""
        with self._database.read() as session:
            store = AccountStore(session)
            rows = store.accounts(after=after, limit=limit + 1)
            shown = rows[:limit]
            identities = store.identities([row.name for row in shown])
        more = f"{self._url}accounts/select?limit={limit}&after={quote(shown[-1].name)}" if len(rows) > limit else None
        return AccountRows(rows=[self._account(row, identities[row.name]) for row in shown], next=more)

    def delete(self, name: str) -> Account:
        """Delete an account and its ways in; its name is never given again. Raises ``NotFoundError``."""
        with self._database.write() as session:
            store = AccountStore(session)
            account = self.view(store, name)
            store.delete_account(name)
            return account

    # ---- for those who have a transaction

    def take_name(self, store: AccountStore, subject: str) -> str:
        """A name for the owner of an address, theirs for good."""
        return next(name for name in rules.names_for(subject) if store.take_name(digest(name)))

    def view(self, store: AccountStore, name: str) -> Account:
        """The account as others see it; raises ``NotFoundError``."""
        row = store.account(name)
        if row is None:
            raise NotFoundError("There is no such account.", field="name")
        return self._account(row, store.identities([name])[name])

    def asks(self, row: AccountRow | None = None) -> list[str]:
        """What an account, or a new one, has to answer before its next lab."""
        settings = self._settings
        return rules.asks(
            level=rules.BASIC if row is None else row.level,
            affiliation=row.affiliation if row else "",
            terms=row.terms if row else "",
            asks_affiliation=settings.ask_affiliation,
            terms_version=settings.terms_version if settings.terms_url else "",
        )

    def _account(self, row: AccountRow, identities: Sequence[IdentityRow]) -> Account:
        # No address that only a provider has verified makes an admin.
        verified = [one.subject for one in identities if one.kind == EMAIL and one.verified is not None]
        return Account(
            name=row.name,
            url=f"{self._url}accounts/{row.name}",
            level=row.level,
            display=row.display,
            admin=rules.is_admin(verified, self._settings.admin_addresses),
            package=rules.default_package(row.level),
            affiliation=row.affiliation or "",
            terms=row.terms or "",
            accepted=row.accepted,
            asks=self.asks(row),
            created=row.created,
            expires=row.expires,
            identities=[
                Identity(
                    id=one.id,
                    kind=one.kind,
                    subject=one.subject,
                    label=one.label or one.subject,
                    email=one.email,
                    verified=one.verified,
                )
                for one in identities
            ],
        )

"""Decisions about accounts, and the transactions around them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from aglais_hub.accounts import rules
from aglais_hub.accounts.rules import ANONYMOUS, EMAIL, Limit, digest
from aglais_hub.accounts.store import AccountStore
from aglais_hub.accounts.tables import NEVER, AccountRow, IdentityRow
from aglais_hub.errors import ForbiddenError, NotFoundError
from aglais_hub.policy import after, allowance, load_policy
from aglais_hub.wire.accounts import Account, Identity
from aglais_hub.wire.policy import Attributes, Policy

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from aglais_hub.accounts.attempts import Attempts
    from aglais_hub.clock import Clock
    from aglais_hub.database import Database
    from aglais_hub.settings import Settings
    from aglais_hub.wire.accounts import TryRequest

__all__ = ["AccountService", "attributes_of"]


def attributes_of(kept: dict[str, Any] | None) -> Attributes | None:
    """What an admin has set by hand, from what the database keeps of it."""
    return Attributes.model_validate(kept) if kept else None


class AccountService:
    """Accounts and the ways in."""

    def __init__(self, *, database: Database, clock: Clock, settings: Settings, attempts: Attempts, url: str) -> None:
        self._database = database
        self._clock = clock
        self._settings = settings
        self._policy = load_policy(settings.policy)
        self._admins = frozenset(rules.normal_address(address) for address in settings.admin_addresses)
        self._attempts = attempts
        self._url = url

    @property
    def policy(self) -> Policy:
        """What the accounts of each level may have."""
        return self._policy

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
            lasts = allowance(self._policy, ANONYMOUS).lasts
            expires = after(now, lasts) if lasts else None
            row = AccountRow(name=name, level=ANONYMOUS, display="Visitor", created=now, expires=expires)
            store.add(row)
            return self._account(row, [])

    # ---- accounts

    def get(self, name: str) -> Account:
        """An account by name; raises ``NotFoundError``."""
        with self._database.read() as session:
            return self.view(AccountStore(session), name)

    def standings(self, names: Collection[str]) -> dict[str, tuple[int, str, datetime | None]]:
        """Level, default package and end of each of the accounts; one that only the hub knows counts as basic."""
        if not names:
            return {}
        with self._database.read() as session:
            found = AccountStore(session).standings(names)
        standings = {name: found.get(name, (rules.BASIC, None, None)) for name in names}
        return {
            name: (level, allowance(self._policy, level, attributes_of(attributes)).package, expires)
            for name, (level, attributes, expires) in standings.items()
        }

    def has_ended(self, name: str) -> bool:
        """Whether the account is no way in: its time is over, an admin has suspended it, or it is being erased."""
        with self._database.read() as session:
            return AccountStore(session).has_ended(name, self._clock.now())

    def check_open(self, name: str) -> None:
        """Raise ``ForbiddenError`` for an account that is suspended, with the reason."""
        with self._database.read() as session:
            self.check_not_suspended(AccountStore(session), name)

    def check_not_suspended(self, store: AccountStore, name: str) -> None:
        """The same within the caller's transaction."""
        reason = store.suspended(name)
        if reason is not None:
            whom = self._settings.contact or "whoever runs this platform"
            said = f"This account is suspended: {reason.rstrip('.')}."
            raise ForbiddenError(said, rule="suspended", help=f"Ask {whom}.")

    def gone(self, names: Collection[str]) -> set[str]:
        """Those of the names whose account there was, and is no more."""
        with self._database.read() as session:
            store = AccountStore(session)
            there, given = store.standings(names), store.taken([digest(name) for name in names])
        return {name for name in names if name not in there and digest(name) in given}

    def is_admins(self, address: str) -> bool:
        """Whether whoever confirms this address of mail is an admin."""
        return rules.is_admin([address], self._admins)

    # ---- for those who have a transaction

    def take_name(self, store: AccountStore, subject: str) -> str:
        """A name for the owner of an address, theirs for good."""
        return next(name for name in rules.names_for(subject) if store.take_name(digest(name)))

    def view(self, store: AccountStore, name: str) -> Account:
        """The account as others see it; raises ``NotFoundError``."""
        row = store.account(name)
        if row is None:
            raise NotFoundError("There is no such account.", field="name", help="See how it is written.")
        return self._account(row, store.identities([name])[name])

    def views(self, store: AccountStore, rows: Sequence[AccountRow]) -> list[Account]:
        """The accounts of rows as others see them."""
        identities = store.identities([row.name for row in rows])
        return [self._account(row, identities[row.name]) for row in rows]

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
        attributes = attributes_of(row.attributes)
        allowed = allowance(self._policy, row.level, attributes)
        return Account(
            name=row.name,
            url=f"{self._url}accounts/{row.name}",
            level=row.level,
            display=row.display,
            admin=rules.is_admin(verified, self._admins),
            package=allowed.package,
            allowance=allowed,
            attributes=attributes,
            affiliation=row.affiliation or "",
            terms=row.terms or "",
            accepted=row.accepted,
            asks=self.asks(row),
            created=row.created,
            expires=row.expires,
            suspended=row.suspended,
            reason=row.reason,
            seen=row.seen if row.seen > NEVER else None,
            version=row.version,
            ending=row.ending,
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

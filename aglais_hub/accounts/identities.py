"""Many ways into one account: arrivals from providers, linked and unlinked, and what people say of themselves.

A provider and its subject find the account. An email address finds none: that somebody has proven one elsewhere is
reason to ask whether an account here is theirs, and they show that by logging in to it.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy.exc import IntegrityError

from aglais_hub.accounts.admin.accepting import accept, invitation_of
from aglais_hub.accounts.admin.rules import differing
from aglais_hub.accounts.admin.trail import way
from aglais_hub.accounts.joining import join
from aglais_hub.accounts.rules import ANONYMOUS, BASIC, Limit, digest, network, normal_address
from aglais_hub.accounts.store import AccountStore
from aglais_hub.accounts.tables import AccountRow, ArrivalRow, IdentityRow
from aglais_hub.errors import ConflictError, ForbiddenError, InvalidValueError, NotFoundError
from aglais_hub.wire.accounts import UNANSWERED, Account, Arrived

if TYPE_CHECKING:
    from aglais_hub.accounts.attempts import Attempts
    from aglais_hub.accounts.service import AccountService
    from aglais_hub.clock import Clock
    from aglais_hub.database import Database
    from aglais_hub.settings import Settings
    from aglais_hub.wire.accounts import AccountEdit, Arrival, Opening, Pending

__all__ = ["IdentityService"]

ARRIVAL_LIFETIME = timedelta(minutes=30)
"""For so long a proof counts whose owner has to say what it is for: they may look for a password meanwhile."""


class IdentityService:
    """The ways into an account through providers."""

    def __init__(
        self, *, database: Database, clock: Clock, settings: Settings, accounts: AccountService, attempts: Attempts
    ) -> None:
        self._database = database
        self._clock = clock
        self._settings = settings
        self._accounts = accounts
        self._attempts = attempts

    # ---- arriving

    def arrive(self, arrival: Arrival) -> Arrived:
        """The account that a provider and its subject find, or a proof to open or link one with.

        With ``arrival.link`` the identity becomes a way into that account; raises ``ConflictError`` where it is one
        into another, and ``NotFoundError``.
        """
        email = normal_address(arrival.email) if arrival.email else None
        try:
            with self._database.write() as session:
                store = AccountStore(session)
                identity = store.identity(arrival.kind, arrival.subject)
                if identity is not None and arrival.link not in ("", identity.account):
                    raise _linked_elsewhere(arrival.label)
                if identity is not None:
                    # Names and addresses change at the provider; here that changes nothing but what is shown.
                    self._rename(store, identity, arrival.label, email)
                    store.saw(identity.account, self._clock.now())
                    session.flush()
                elif arrival.link:
                    self._link(store, arrival.link, self._row(arrival, email))
                else:
                    return self._wait(store, self._row(arrival, email))
                account = self._accounts.view(store, identity.account if identity else arrival.link)
        except IntegrityError:
            # The same identity in two windows at once: the other was first.
            raise _linked_elsewhere(arrival.label) from None
        return Arrived(account=account, kind=arrival.kind, label=arrival.label, display=arrival.display, email=email)

    def _rename(self, store: AccountStore, identity: IdentityRow, label: str, email: str | None) -> None:
        before = {"label": identity.label, "email": identity.email}
        was, now_is = differing(before, {"label": label, "email": email})
        identity.label, identity.email = label, email
        if now_is:
            told = {"way": identity.kind}
            store.record(self._clock.now(), identity.account, "way in changed", before=told | was, after=told | now_is)

    def look(self, pending: Pending) -> Arrived:
        """What is known of an arrival that waits; raises ``NotFoundError``."""
        with self._database.read() as session:
            store = AccountStore(session)
            row = store.arrival(digest(pending.pending), self._clock.now())
            if row is None:
                raise _unknown_arrival()
            return self._arrived(store, row)

    def open(self, opening: Opening) -> Account:
        """Open an account for an arrival, or make the one of ``opening.visitor`` theirs while that visit lasts.

        Raises ``NotFoundError``, ``InvalidValueError`` without an answer, and ``TooManyError`` when the network address
        has had its share.
        """
        now = self._clock.now()
        if opening.address:
            limit = Limit(self._settings.tries_per_hour, timedelta(hours=1))
            self._attempts.count(
                "open", [(network(opening.address), limit)], "Too many new accounts from your network."
            )
        try:
            with self._database.write() as session:
                store = AccountStore(session)
                arrival = store.arrival(digest(opening.pending), now)
                if arrival is None:
                    raise _unknown_arrival()
                known = store.identity(arrival.kind, arrival.subject)
                if known is not None:
                    return self._accounts.view(store, known.account)
                row = self._account_for(store, arrival, opening)
                store.take_arrival(arrival.digest, now)
                store.add(row, self._identity(row.name, arrival))
                store.record(now, row.name, "registered", after={"level": row.level, **_way(arrival)})
                by_link = invitation_of(store, opening.invitation)
                accept(store, row, now, email=arrival.email, invitation=by_link)
                store.saw(row.name, now)
                return self._accounts.view(store, row.name)
        except IntegrityError:
            raise _unknown_arrival() from None

    def _account_for(self, store: AccountStore, arrival: ArrivalRow, opening: Opening) -> AccountRow:
        display = opening.display.strip() or arrival.display or arrival.label
        row = join(store, opening.visitor or None, display=display, now=self._clock.now())
        is_new = row is None
        row = row or AccountRow(name="", level=BASIC, display=display, created=self._clock.now())
        self._answer(row, affiliation=opening.affiliation, terms=opening.terms)
        self._check_answered(row)
        if is_new:
            row.name = self._accounts.take_name(store, arrival.email or arrival.label or arrival.display or "user")
            row.display = row.display or row.name
        return row

    def link(self, name: str, pending: Pending) -> Account:
        """Make an arrival a way into an account whose owner has proven both.

        Raises ``NotFoundError``, and ``ConflictError`` where it is one into another account.
        """
        try:
            with self._database.write() as session:
                store = AccountStore(session)
                arrival = store.take_arrival(digest(pending.pending), self._clock.now())
                if arrival is None:
                    raise _unknown_arrival()
                known = store.identity(arrival.kind, arrival.subject)
                if known is not None and known.account != name:
                    raise _linked_elsewhere(arrival.label)
                if known is None:
                    self._link(store, name, arrival)
                return self._accounts.view(store, name)
        except IntegrityError:
            raise _unknown_arrival() from None

    def unlink(self, name: str, identity: int) -> Account:
        """Take a way in away, while another remains; raises ``NotFoundError`` and ``ConflictError``."""
        with self._database.write() as session:
            store = AccountStore(session)
            if store.lock_account(name) is None:
                raise NotFoundError("There is no such account.", field="name", help="See how it is written.")
            ways = store.identities([name])[name]
            if identity not in [one.id for one in ways]:
                raise NotFoundError("This is no way into the account any more.", field="identity")
            one = next(one for one in ways if one.id == identity)
            if len(ways) == 1:
                raise ConflictError(
                    "This is the only way into the account.", rule="last_way_in", help="Link another one first."
                )
            store.delete_identity(identity)
            told = way(one.kind, one.label or one.subject)
            store.record(self._clock.now(), name, "way in taken away", before=told)
            return self._accounts.view(store, name)

    # ---- what people say of themselves

    def edit(self, name: str, edit: AccountEdit) -> Account:
        """Change what somebody says of themselves; raises ``NotFoundError``, and ``InvalidValueError``."""
        with self._database.write() as session:
            store = AccountStore(session)
            row = store.lock_account(name)
            if row is None:
                raise NotFoundError("There is no such account.", field="name", help="See how it is written.")
            before = _said(row)
            if edit.display is not None:
                row.display = edit.display.strip() or row.display
            self._answer(row, affiliation=edit.affiliation, terms=edit.terms)
            was, now_is = differing(before, _said(row))
            if now_is:
                row.version += 1
                store.record(self._clock.now(), name, "details changed", before=was, after=now_is)
            session.flush()
            return self._accounts.view(store, name)

    # ---- within

    def _answer(self, row: AccountRow, *, affiliation: str | None, terms: str | None) -> None:
        if affiliation is not None:
            row.affiliation = affiliation.strip()
        if terms:
            if terms != self._settings.terms_version or not self._settings.terms_url:
                raise InvalidValueError(
                    "These are not the terms that count now.", field="terms", help="Load the page again and read them."
                )
            row.terms, row.accepted = terms, self._clock.now()

    def _check_answered(self, row: AccountRow) -> None:
        missing = self._accounts.asks(row)
        if missing:
            raise InvalidValueError(UNANSWERED[missing[0]], field=missing[0])

    def _row(self, arrival: Arrival, email: str | None) -> ArrivalRow:
        now = self._clock.now()
        return ArrivalRow(
            digest="",
            kind=arrival.kind,
            subject=arrival.subject,
            label=arrival.label,
            display=arrival.display,
            email=email,
            created=now,
            expires=now + ARRIVAL_LIFETIME,
        )

    def _wait(self, store: AccountStore, row: ArrivalRow) -> Arrived:
        pending = secrets.token_urlsafe(24)
        row.digest = digest(pending)
        store.delete_arrivals_before(row.created)
        store.add(row)
        return self._arrived(store, row, pending)

    def _arrived(self, store: AccountStore, row: ArrivalRow, pending: str = "") -> Arrived:
        return Arrived(
            pending=pending,
            kind=row.kind,
            label=row.label,
            display=row.display,
            email=row.email,
            has_account=row.email is not None and store.has_email(row.email),
            asks=self._accounts.asks(),
        )

    def _link(self, store: AccountStore, name: str, arrival: ArrivalRow) -> None:
        account = store.lock_account(name)
        if account is None or account.ending is not None:
            raise NotFoundError("There is no such account.", field="name", help="See how it is written.")
        if account.level == ANONYMOUS:
            raise ForbiddenError("A visitor has no account to link this to.", help="Log out, then log in with it.")
        store.add(self._identity(name, arrival))
        store.record(self._clock.now(), name, "way in linked", after=_way(arrival))

    def _identity(self, account: str, arrival: ArrivalRow) -> IdentityRow:
        now = self._clock.now()
        return IdentityRow(
            account=account,
            kind=arrival.kind,
            subject=arrival.subject,
            secret=None,
            label=arrival.label,
            email=arrival.email,
            verified=now,
            created=now,
        )


def _said(row: AccountRow) -> dict[str, str]:
    """What people say of themselves, as the trail tells of it."""
    return {"display": row.display, "affiliation": row.affiliation or "", "terms": row.terms or ""}


def _way(arrival: ArrivalRow) -> dict[str, str]:
    return way(arrival.kind, arrival.label or arrival.subject)


def _linked_elsewhere(label: str) -> ConflictError:
    return ConflictError(
        f"{label or 'This identity'} is a way into another account already.",
        rule="linked_elsewhere",
        help="Log in with it, and unlink it there first, if that account is yours.",
    )


def _unknown_arrival() -> NotFoundError:
    return NotFoundError("This log-in was used, or is too old.", field="pending", help="Log in once more.")

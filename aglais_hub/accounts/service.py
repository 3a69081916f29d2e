"""Decisions about accounts, and the transactions around them."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote

from sqlalchemy.exc import IntegrityError

from aglais_hub.accounts import rules
from aglais_hub.accounts.mail import Mail
from aglais_hub.accounts.rules import ANONYMOUS, BASIC, Limit, digest, normal_address
from aglais_hub.accounts.store import AccountStore
from aglais_hub.accounts.tables import AccountRow, CodeRow, IdentityRow
from aglais_hub.errors import BadCredentialsError, ForbiddenError, InvalidValueError, NotFoundError, TooManyError
from aglais_hub.wire.accounts import Account, AccountRows, Identity

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from aglais_hub.accounts.mail import Mailer
    from aglais_hub.accounts.passwords import Passwords
    from aglais_hub.clock import Clock
    from aglais_hub.database import Database
    from aglais_hub.settings import Settings
    from aglais_hub.wire.accounts import Confirmation, Credentials, Registration, TryRequest

__all__ = ["AccountService"]

EMAIL = "email"

CODES_KEPT = timedelta(days=30)
"""For so long an expired code is remembered, so that we can say *expired* and not *unknown*."""


class AccountService:
    """Accounts and the ways in."""

    def __init__(
        self, *, database: Database, clock: Clock, settings: Settings, mailer: Mailer, passwords: Passwords, url: str
    ) -> None:
        self._database = database
        self._clock = clock
        self._settings = settings
        self._mailer = mailer
        self._passwords = passwords
        self._url = url

    # ---- ways in

    def try_out(self, request: TryRequest) -> Account:
        """Open an anonymous account; raises ``TooManyError`` when the network address has had its share."""
        limit = Limit(self._settings.tries_per_hour, timedelta(hours=1))
        self._attempt("try", [(rules.network(request.address), limit)], "Too many visitors from your network.")
        now = self._clock.now()
        with self._database.write() as session:
            store = AccountStore(session)
            name = rules.guest_name()
            while not store.take_name(digest(name)):
                name = rules.guest_name()
            row = AccountRow(name=name, level=ANONYMOUS, display="Visitor", created=now)
            store.add(row)
            return self._account(row, [])

    def register(self, registration: Registration) -> None:
        """Mail a confirmation code; where the address has an account already, mail its owner a note instead.

        Both are done alike, so that nobody learns who has an account here. The password counts once the code that
        was mailed for it is confirmed. Raises ``TooManyError``, and ``ServiceDownError`` when mail can't be sent.
        """
        subject = normal_address(registration.email)
        limits = [
            (subject, rules.MAILS_BY_SUBJECT),
            (rules.network(registration.address), rules.MAILS_BY_NETWORK),
        ]
        self._attempt("register", limits, "Too many registrations.")
        secret = self._passwords.hash(registration.password)
        now = self._clock.now()
        with self._database.read() as session:
            is_known = AccountStore(session).identity(EMAIL, subject) is not None
        if is_known:
            self._mailer.send(self._note(), to=subject, now=now)
            return
        code = secrets.token_urlsafe(24)
        row = CodeRow(
            digest=digest(code),
            subject=subject,
            secret=secret,
            display=registration.display.strip() or subject.partition("@")[0],
            created=now,
            expires=now + timedelta(seconds=self._settings.code_lifetime),
            used=None,
            account=None,
        )
        mail = self._invitation(registration.link, code)
        with self._database.write() as session:
            AccountStore(session).delete_codes_before(now - CODES_KEPT)
            AccountStore(session).add(row)
        # Not within the transaction: a mail server takes its time. A code that nobody was told is worth nothing.
        try:
            self._mailer.send(mail, to=subject, now=now)
        except Exception:
            with self._database.write() as session:
                AccountStore(session).delete_code(row.digest)
            raise

    def confirm(self, confirmation: Confirmation) -> Account:
        """Open the account that a mailed code stands for. Once confirmed, the same code just gives the account."""
        key = digest(confirmation.code)
        try:
            with self._database.write() as session:
                return self._confirm(AccountStore(session), key)
        except IntegrityError:
            # Two codes of one address, confirmed at once: the other was first.
            raise _unknown_code() from None

    def login(self, credentials: Credentials) -> Account:
        """The account of an address and its password.

        Raises ``BadCredentialsError`` in the same words and time for a wrong password and for an unknown address,
        ``ForbiddenError`` for the right password of an address that is not confirmed, and ``TooManyError``.
        """
        subject, place = normal_address(credentials.email), rules.network(credentials.address)
        both = f"{subject} {place}"
        limits = [
            (both, rules.LOGINS_BY_BOTH),
            (subject, rules.LOGINS_BY_SUBJECT),
            (place, rules.LOGINS_BY_NETWORK),
        ]
        self._attempt("login", limits, "Too many attempts to log in.")
        with self._database.read() as session:
            store = AccountStore(session)
            identity = store.identity(EMAIL, subject)
            waiting = store.newest_code(subject, self._clock.now()) if identity is None else None
        secret = identity.secret if identity else waiting.secret if waiting else None
        if not self._passwords.check(secret, credentials.password):
            raise BadCredentialsError("Wrong email or password.", help="Check both, or register.")
        if identity is None or secret is None:
            raise ForbiddenError(
                "This address is not confirmed yet.",
                help="Open the link in the mail that we sent you, or register again to get a new one.",
            )
        renewed = self._passwords.renew(secret, credentials.password)
        with self._database.write() as session:
            store = AccountStore(session)
            store.forget(digest("login", both), digest("login", subject))
            store.uncount(digest("login", place))
            if renewed:
                store.change_secret(identity.id, secret, renewed)
            return self._get(store, identity.account)

    # ---- accounts

    def get(self, name: str) -> Account:
        """An account by name; raises ``NotFoundError``."""
        with self._database.read() as session:
            return self._get(AccountStore(session), name)

    def levels_and_packages(self, names: Collection[str]) -> dict[str, tuple[int, str]]:
        """The level and default package of each of the accounts; one that only the hub knows counts as basic."""
        if not names:
            return {}
        with self._database.read() as session:
            found = AccountStore(session).levels(names)
        levels = {name: found.get(name, rules.BASIC) for name in names}
        return {name: (level, rules.default_package(level)) for name, level in levels.items()}

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
            account = self._get(store, name)
            store.delete_account(name)
            return account

    # ---- within

    def _attempt(self, act: str, limits: Sequence[tuple[str, Limit]], message: str) -> None:
        """Count an attempt under every key; raises ``TooManyError`` past a limit.

        It is counted before it is made, so that a hundred at once are not one more than the limit allows.
        """
        now = self._clock.now()
        wait: datetime | None = None
        with self._database.write() as session:
            store = AccountStore(session)
            store.forget_before(now)
            for key, limit in sorted(limits, key=lambda pair: pair[0]):
                count, until = store.count(digest(act, key), limit, now)
                if count > limit.count:
                    wait = max(wait or until, until)
        if wait is not None:
            raise TooManyError(message, help=f"Try again {rules.when(wait, now)}.", rule="attempts")

    def _confirm(self, store: AccountStore, key: str) -> Account:
        code = store.code(key)
        if code is None:
            raise _unknown_code()
        code = store.lock_codes(code.subject).get(key)
        if code is None:
            raise _unknown_code()
        if code.used is not None and code.account is not None:
            return self._get(store, code.account)
        now = self._clock.now()
        if code.expires <= now:
            raise InvalidValueError(
                "This confirmation link has expired.",
                field="code",
                help="Register again with the same address, and we send a new one.",
            )
        if store.identity(EMAIL, code.subject) is not None:
            raise _unknown_code()
        row = AccountRow(name=self._take_name(store, code.subject), level=BASIC, display=code.display, created=now)
        identity = IdentityRow(
            account=row.name, kind=EMAIL, subject=code.subject, secret=code.secret, verified=now, created=code.created
        )
        store.add(row, identity)
        code.used, code.account = now, row.name
        # Other codes of this address hold other passwords; none of them may replace this one.
        store.delete_other_codes(code.subject, key)
        return self._account(row, [identity])

    def _take_name(self, store: AccountStore, subject: str) -> str:
        return next(name for name in rules.names_for(subject) if store.take_name(digest(name)))

    def _get(self, store: AccountStore, name: str) -> Account:
        row = store.account(name)
        if row is None:
            raise NotFoundError("There is no such account.", field="name")
        return self._account(row, store.identities([name])[name])

    def _account(self, row: AccountRow, identities: Sequence[IdentityRow]) -> Account:
        verified = [one.subject for one in identities if one.kind == EMAIL and one.verified is not None]
        return Account(
            name=row.name,
            url=f"{self._url}accounts/{row.name}",
            level=row.level,
            display=row.display,
            admin=rules.is_admin(verified, self._settings.admin_addresses),
            package=rules.default_package(row.level),
            created=row.created,
            identities=[Identity(kind=one.kind, subject=one.subject, verified=one.verified) for one in identities],
        )

    def _invitation(self, link: str, code: str) -> Mail:
        address = (link or f"{self._settings.url}hub/confirm/CODE").replace("CODE", code)
        hours = max(1, round(self._settings.code_lifetime / 3600))
        return Mail(
            subject="Confirm your address for Aglais",
            paragraphs=[
                "Somebody, hopefully you, registered at Aglais with this address. Confirm it to open your account:",
                f"The link counts for {'an hour' if hours == 1 else f'{hours} hours'}.",
                "If it wasn't you, do nothing: without the link there is no account.",
            ],
            link=("Confirm my address", address),
        )

    def _note(self) -> Mail:
        return Mail(
            subject="You have an account at Aglais already",
            paragraphs=[
                "Somebody, hopefully you, registered with this address. It has an account; log in to it as ever:",
                "If it wasn't you, do nothing: your account and its password are as they were.",
            ],
            link=("Log in", f"{self._settings.url}hub/login"),
        )


def _unknown_code() -> NotFoundError:
    return NotFoundError(
        "This confirmation link is not known, or a newer one has taken its place.",
        field="code",
        help="Use the link in the newest mail, or register again to get a new one.",
    )

"""Ways in by email and password: register, confirm, log in, and a new password for one that was forgotten.

Whatever anybody may ask who is not logged in is answered alike, after the same work, for an address that has an account
and for one that has none.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy.exc import IntegrityError

from aglais_hub.accounts import rules
from aglais_hub.accounts.admin.accepting import accept, invitation_of
from aglais_hub.accounts.admin.trail import way
from aglais_hub.accounts.email.mail import check_address
from aglais_hub.accounts.email.outbox import NOBODY
from aglais_hub.accounts.email.strength import check_strength
from aglais_hub.accounts.joining import join
from aglais_hub.accounts.rules import ANONYMOUS, BASIC, EMAIL, digest, normal_address, normal_code
from aglais_hub.accounts.store import AccountStore
from aglais_hub.accounts.tables import AccountRow, CodeRow, DeviceRow, IdentityRow
from aglais_hub.errors import BadCredentialsError, ConflictError, ForbiddenError, InvalidValueError, NotFoundError
from aglais_hub.wire.accounts import Account, LoggedIn
from aglais_hub.wire.visits import Confirmed

if TYPE_CHECKING:
    from datetime import datetime

    from aglais_hub.accounts.attempts import Attempts
    from aglais_hub.accounts.email.outbox import Outbox
    from aglais_hub.accounts.email.passwords import Passwords
    from aglais_hub.accounts.rules import Limit
    from aglais_hub.accounts.service import AccountService
    from aglais_hub.clock import Clock
    from aglais_hub.database import Database
    from aglais_hub.wire.accounts import Confirmation, Credentials, MailRequest, NewPassword, Registration
    from aglais_hub.wire.visits import Visit

__all__ = ["EmailService", "find_code", "unknown_code"]

DEVICES_KEPT = timedelta(days=180)
"""A browser is forgotten when nobody has logged in with it for so long."""


class EmailService:
    """What somebody who is not logged in does with an address and a password."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        accounts: AccountService,
        attempts: Attempts,
        outbox: Outbox,
        passwords: Passwords,
    ) -> None:
        self._database = database
        self._clock = clock
        self._accounts = accounts
        self._attempts = attempts
        self._outbox = outbox
        self._passwords = passwords

    # ---- registering

    def register(self, registration: Registration) -> bool:
        """Mail a confirmation code; where the address has an account already, mail its owner a note instead.

        Says whether mail is being held up, as all do that mail something. The password counts once the code that was
        mailed for it is confirmed. Raises ``InvalidValueError`` for a weak password or an address that can't be one,
        ``ConflictError`` where ``registration.account`` has one, and ``TooManyError``.
        """
        subject = normal_address(registration.email)
        check_address(subject, self._clock.now())
        check_strength(registration.password, subject)
        self._count_mail(subject, registration.address)
        secret = self._passwords.hash(registration.password)
        display = registration.display.strip() or subject.partition("@")[0]
        with self._database.write() as session:
            store = AccountStore(session)
            kind = "confirm" if store.identity(EMAIL, subject) is None else "known"
            visitor = registration.visitor if store.account(registration.visitor) is not None else None
            account = self._without_address(store, registration.account) if registration.account else None
            self._outbox.put(
                store,
                kind,
                subject,
                account=account if kind == "confirm" else None,
                secret=secret,
                display=display,
                link=registration.link,
                visitor=visitor,
                is_visit=bool(registration.visitor),
                invitation=invitation_of(store, registration.invitation),
            )
        return self._outbox.is_late()

    def _without_address(self, store: AccountStore, name: str) -> str:
        """The name of an account that an address can become a way into; raises ``ConflictError``."""
        row = store.lock_account(name)
        if row is None or row.level == ANONYMOUS or store.has_ended(name, self._clock.now()):
            raise NotFoundError("There is no such account.", field="account", help="See how it is written.")
        if store.identity_of(name, EMAIL) is not None:
            raise ConflictError("This account has an address already.", help="Change it on its page.")
        return name

    def resend(self, request: MailRequest) -> bool:
        """Mail another code to an address that waits for its confirmation; raises ``TooManyError``."""
        return self._mail_again(request, "known")

    def forgot(self, request: MailRequest) -> bool:
        """Mail a link to choose a new password to an address that has an account; raises ``TooManyError``."""
        return self._mail_again(request, "reset")

    def _mail_again(self, request: MailRequest, kind: str) -> bool:
        """Mail ``kind`` to the address of an account, or the code again that the address waits for, or nothing."""
        subject = normal_address(request.email)
        check_address(subject, self._clock.now())
        self._count_mail(subject, request.address)
        with self._database.write() as session:
            store = AccountStore(session)
            identity = store.identity(EMAIL, subject)
            waiting = store.newest_code("register", subject, self._clock.now())
            if identity is not None:
                self._outbox.put(store, kind, subject, account=identity.account)
            elif waiting is not None:
                self._outbox.put(
                    store,
                    "confirm",
                    subject,
                    secret=waiting.secret,
                    display=waiting.display,
                    account=waiting.account,
                    visitor=waiting.visitor,
                    is_visit=waiting.is_visit,
                    invitation=waiting.invitation,
                )
            else:
                self._outbox.put(store, NOBODY, subject)
        return self._outbox.is_late()

    def confirm(self, confirmation: Confirmation) -> Confirmed:
        """Open the account that a mailed code stands for, or give an account the address that it was mailed to.

        What a visitor asked for makes their own account a member's, as long as they are here. Once confirmed, the same
        code just gives the account. Raises ``NotFoundError`` for an unknown code, ``InvalidValueError`` for an expired
        one, ``ForbiddenError`` for a link that was opened where nobody has registered, and ``TooManyError``.
        """
        place = rules.network(confirmation.address)
        self._count_code(place)
        key = digest(normal_code(confirmation.code))
        try:
            with self._database.write() as session:
                store = AccountStore(session)
                code = find_code(store, key, ("register", "address"), self._clock.now())
                account = self._confirm(store, code, confirmation.opened)
                store.uncount(digest("code", place))
                return account
        except IntegrityError:
            # Two codes of one address, confirmed at once: the other was first.
            raise unknown_code() from None

    def _confirm(self, store: AccountStore, code: CodeRow, opened: str | None) -> Confirmed:
        if code.used is not None and code.account is not None:
            account = self._accounts.view(store, code.account)
        else:
            self._check_free(store, code)
            _check_meant(code, opened)
            account = self._open(store, code) if code.kind == "register" else self._move(store, code)
        kept: Visit = "kept" if code.visitor == account.name else "over"
        return Confirmed(**dict(account), visit=kept if code.is_visit else "")

    def _check_free(self, store: AccountStore, code: CodeRow) -> None:
        """Raise ``NotFoundError`` for a code that counts no more, or whose address somebody has by now."""
        has_account = store.identity(EMAIL, code.subject) is not None
        if has_account and code.kind == "register":
            # Whoever has it reads the mail of this address: another link of theirs was first.
            raise NotFoundError(
                "Your address is confirmed already.", field="code", rule="confirmed", help="Log in with it."
            )
        if has_account or code.used is not None:
            raise unknown_code()

    def _open(self, store: AccountStore, code: CodeRow) -> Account:
        now = self._clock.now()
        if code.account is not None:
            row = store.account(self._without_address(store, code.account))
        else:
            row = join(store, code.visitor, display=code.display, now=now)
        if row is None:
            name = self._accounts.take_name(store, code.subject)
            row = AccountRow(name=name, level=BASIC, display=code.display, created=now)
            store.add(row)
        identity = IdentityRow(
            account=row.name, kind=EMAIL, subject=code.subject, secret=code.secret, verified=now, created=code.created
        )
        store.add(identity)
        if code.account is not None:
            store.record(now, row.name, "way in linked", after=way(EMAIL, code.subject))
        else:
            store.record(now, row.name, "registered", after={"level": row.level, **way(EMAIL, code.subject)})
            accept(store, row, now, email=code.subject, invitation=code.invitation)
        code.used, code.account = now, row.name
        # Other codes of this address hold other passwords; none of them may replace this one.
        store.end_other_codes("register", code.subject, code.digest, now)
        return self._accounts.view(store, row.name)

    def _move(self, store: AccountStore, code: CodeRow) -> Account:
        identity = store.lock_identity(EMAIL, code.other or "")
        if identity is None or identity.account != code.account:
            raise unknown_code()
        now = self._clock.now()
        store.record(
            now, identity.account, "address changed", before={"email": code.other}, after={"email": code.subject}
        )
        identity.subject, identity.verified = code.subject, now
        code.used = now
        # What was mailed to the old address is no way in any more; only stopping the change is.
        store.delete_codes_of(identity.account, ("reset", "address"))
        return self._accounts.view(store, identity.account)

    # ---- logging in

    def login(self, credentials: Credentials) -> LoggedIn:
        """The account of an address and its password, with what its browser keeps to be known again.

        Raises ``BadCredentialsError`` in the same words and time for a wrong password and for an unknown address,
        ``ForbiddenError`` for the right password of an address that is not confirmed, and ``TooManyError``.
        """
        subject, place = normal_address(credentials.email), rules.network(credentials.address)
        now = self._clock.now()
        with self._database.read() as session:
            store = AccountStore(session)
            identity = store.identity(EMAIL, subject)
            waiting = store.newest_code("register", subject, now)
            device = store.device(digest(credentials.device))
        is_known = device is not None and identity is not None and device.account == identity.account
        limits = _login_limits(subject, place, digest(credentials.device) if is_known else None)
        self._attempts.count(
            "login", limits, "Too many attempts to log in.", help="have a link mailed to choose a new password"
        )
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
            store.forget(*(digest("login", key) for key, _ in limits if key != place))
            store.saw(identity.account, now)
            if not is_known:
                store.uncount(digest("login", place))
            if renewed:
                store.change_secret(identity.id, secret, renewed)
            device = store.device(digest(credentials.device)) if is_known else None
            if device is not None:
                device.seen = now
            return self._logged_in(store, identity.account, is_new=device is None)

    def _logged_in(self, store: AccountStore, account: str, *, is_new: bool = True) -> LoggedIn:
        now = self._clock.now()
        device = None
        if is_new:
            device = secrets.token_urlsafe(24)
            store.delete_devices_before(now - DEVICES_KEPT)
            store.add(DeviceRow(digest=digest(device), account=account, seen=now))
        return LoggedIn(**dict(self._accounts.view(store, account)), device=device)

    # ---- new passwords

    def reset(self, new: NewPassword) -> LoggedIn:
        """Give an account a new password by a mailed code, once.

        Every browser is a stranger again, but the one that this came from; and whoever was kept waiting by somebody
        else's guesses is let in. Raises ``NotFoundError``, ``InvalidValueError`` and ``TooManyError``.
        """
        place = rules.network(new.address)
        self._count_code(place)
        key = digest(normal_code(new.code))
        with self._database.read() as session:
            subject = find_code(AccountStore(session), key, ("reset",), self._clock.now()).subject
        check_strength(new.password, subject)
        secret = self._passwords.hash(new.password)
        with self._database.write() as session:
            store = AccountStore(session)
            code = find_code(store, key, ("reset",), self._clock.now(), is_locked=True)
            identity = store.lock_identity(EMAIL, subject)
            if code.used is not None or identity is None or identity.account != code.account:
                raise unknown_code()
            code.used = self._clock.now()
            store.uncount(digest("code", place))
            return self.set_password(store, identity, secret, but=key)

    def set_password(self, store: AccountStore, identity: IdentityRow, secret: str, *, but: str = "") -> LoggedIn:
        """Put a new password in place, within the caller's transaction: what the old one has brought ends.

        ``but`` is the code that it was changed by, which is remembered as used.
        """
        account, subject = identity.account, identity.subject
        identity.secret = secret
        store.record(self._clock.now(), account, "password changed")
        store.delete_codes_of(account, ("reset", "address"), but=but)
        store.delete_devices(account)
        store.forget(digest("login", subject))
        self._outbox.put(store, "changed", subject, account=account)
        return self._logged_in(store, account)

    # ---- within

    def _count_mail(self, subject: str, address: str) -> None:
        limits = [(subject, rules.MAILS_BY_SUBJECT), (rules.network(address), rules.MAILS_BY_NETWORK)]
        self._attempts.count("mail", limits, "Too many mails were asked for.")

    def _count_code(self, place: str) -> None:
        self._attempts.count("code", [(place, rules.CODES_BY_NETWORK)], "Too many codes were tried.")


def _login_limits(subject: str, place: str, device: str | None) -> list[tuple[str, Limit]]:
    # Whoever guesses from elsewhere must not keep the owner out: a browser that is known has a count of its own.
    if device is not None:
        return [(f"device {device}", rules.LOGINS_BY_DEVICE)]
    return [
        (f"{subject} {place}", rules.LOGINS_BY_BOTH),
        (subject, rules.LOGINS_BY_SUBJECT),
        (place, rules.LOGINS_BY_NETWORK),
    ]


def find_code(
    store: AccountStore, key: str, kinds: tuple[str, ...], now: datetime, *, is_locked: bool = False
) -> CodeRow:
    """A code of these kinds that counts or has counted; raises ``NotFoundError``, or ``InvalidValueError`` too late."""
    code = store.code(key)
    if code is not None and (is_locked or code.kind in ("register", "address")):
        code = store.lock_codes(code.subject).get(key)
    if code is None or code.kind not in kinds:
        raise unknown_code()
    if code.used is None and code.expires <= now:
        raise InvalidValueError(
            "This link or code has expired.", field="code", help="Ask for another, and we mail it to you."
        )
    return code


def _check_meant(code: CodeRow, opened: str | None) -> None:
    """Raise ``ForbiddenError`` where a program that opens all links would confirm the address for whoever registered.

    They may be a stranger, and would be in what its owner is invited or added to.
    """
    if opened is not None and normal_address(opened) != code.subject:
        raise ForbiddenError(
            "This address is confirmed by hand.", rule="by_hand", help="Press the button, or type the code of the mail."
        )


def unknown_code() -> NotFoundError:
    """The error for a code that is not known, was used, or has a newer one in its place."""
    return NotFoundError(
        "This link or code is not known, or a newer one has taken its place.",
        field="code",
        help="Use the one in the newest mail, or ask for another.",
    )

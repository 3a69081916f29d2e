"""What somebody who is logged in changes about their address and password; each asks for the password again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.exc import IntegrityError

from aglais_hub.accounts import rules
from aglais_hub.accounts.email.mail import check_address
from aglais_hub.accounts.email.outbox import RESET_LIFETIME
from aglais_hub.accounts.email.service import find_code, unknown_code
from aglais_hub.accounts.email.strength import check_strength
from aglais_hub.accounts.rules import EMAIL, digest, normal_address, normal_code
from aglais_hub.accounts.store import AccountStore
from aglais_hub.accounts.tables import CodeRow
from aglais_hub.errors import ConflictError, ForbiddenError, InvalidValueError
from aglais_hub.wire.accounts import LoggedIn, Stopped

if TYPE_CHECKING:
    from aglais_hub.accounts.attempts import Attempts
    from aglais_hub.accounts.email.outbox import Outbox
    from aglais_hub.accounts.email.passwords import Passwords
    from aglais_hub.accounts.email.service import EmailService
    from aglais_hub.accounts.tables import IdentityRow
    from aglais_hub.clock import Clock
    from aglais_hub.database import Database
    from aglais_hub.wire.accounts import AddressChange, Confirmation, PasswordChange

__all__ = ["ChangeService"]


class ChangeService:
    """Changes of address and password."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        attempts: Attempts,
        outbox: Outbox,
        passwords: Passwords,
        emails: EmailService,
    ) -> None:
        self._database = database
        self._clock = clock
        self._attempts = attempts
        self._outbox = outbox
        self._passwords = passwords
        self._emails = emails

    def change_password(self, name: str, change: PasswordChange) -> LoggedIn:
        """Change an account's password; every browser but the one that this came from is a stranger again.

        Raises ``ForbiddenError`` for a wrong old password, ``InvalidValueError`` for a weak new one, ``ConflictError``
        for an account without a password, and ``TooManyError``.
        """
        identity = self._check(name, change.old)
        check_strength(change.password, identity.subject)
        secret = self._passwords.hash(change.password)
        with self._database.write() as session:
            store = AccountStore(session)
            row = store.lock_identity(EMAIL, identity.subject)
            if row is None or row.account != name or row.secret != identity.secret:
                raise ConflictError("The password was changed meanwhile.", help="Log in again with the newest one.")
            return self._emails.set_password(store, row, secret)

    def ask_address(self, name: str, change: AddressChange) -> bool:
        """Mail a code to an account's new address, and to the old one a link that stops the change.

        As much is done, and said, where the new address has an account already: its owner gets a note. Says whether
        mail is being held up; raises as ``change_password`` does.
        """
        identity = self._check(name, change.password)
        subject = normal_address(change.email)
        check_address(subject, self._clock.now())
        if subject == identity.subject:
            raise InvalidValueError("This is your address already.", field="email", help="Give the new one.")
        limits = [(subject, rules.MAILS_BY_SUBJECT), (rules.network(change.address), rules.MAILS_BY_NETWORK)]
        self._attempts.count("mail", limits, "Too many mails were asked for.")
        with self._database.write() as session:
            store = AccountStore(session)
            # The newest wish counts.
            store.delete_codes_of(name, ("address",))
            store.delete_mails_of(name, "address")
            kind = "address" if store.identity(EMAIL, subject) is None else "known"
            self._outbox.put(store, kind, subject, account=name, other=identity.subject)
            self._outbox.put(store, "stop", identity.subject, account=name, other=subject)
        return self._outbox.is_late()

    def stop(self, confirmation: Confirmation) -> Stopped:
        """Stop a change of address by the code that the old one got, also when it has happened already.

        The account has the old address again; the answer brings a code to choose a new password with. Raises
        ``NotFoundError``, ``InvalidValueError``, ``ConflictError`` and ``TooManyError``.
        """
        place = rules.network(confirmation.address)
        self._attempts.count("code", [(place, rules.CODES_BY_NETWORK)], "Too many codes were tried.")
        key = digest(normal_code(confirmation.code))
        try:
            with self._database.write() as session:
                return self._stop(AccountStore(session), key, place)
        except IntegrityError:
            raise ConflictError(
                "Another account has the old address by now.", help="Ask an admin to sort it out."
            ) from None

    def _stop(self, store: AccountStore, key: str, place: str) -> Stopped:
        now = self._clock.now()
        code = find_code(store, key, ("stop",), now, is_locked=True)
        identity = store.identity_of(code.account or "", EMAIL)
        if code.used is not None or code.account is None or identity is None:
            raise unknown_code()
        code.used = now
        store.uncount(digest("code", place))
        store.delete_codes_of(code.account, ("address", "stop", "reset"), but=key)
        store.delete_mails_of(code.account, "address")
        store.delete_devices(code.account)
        store.record(
            now, code.account, "address taken back", before={"email": identity.subject}, after={"email": code.subject}
        )
        identity.subject = code.subject
        fresh = rules.new_code()
        store.add(
            CodeRow(
                digest=digest(fresh),
                kind="reset",
                subject=code.subject,
                display="",
                created=now,
                expires=now + RESET_LIFETIME,
                account=code.account,
            )
        )
        return Stopped(name=code.account, code=fresh)

    def _check(self, name: str, password: str) -> IdentityRow:
        self._attempts.count("password", [(name, rules.PASSWORDS_BY_ACCOUNT)], "Too many wrong passwords.")
        with self._database.read() as session:
            identity = AccountStore(session).identity_of(name, EMAIL)
        if identity is None or identity.secret is None:
            raise ConflictError("This account has no password.", help="It is opened by another way in.")
        if not self._passwords.check(identity.secret, password):
            raise ForbiddenError("This is not your password.", rule="password", help="Give the one you log in with.")
        with self._database.write() as session:
            AccountStore(session).forget(digest("password", name))
        return identity

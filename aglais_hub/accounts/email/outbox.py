"""Mails on their way: rows that the request's own transaction writes, sent afterwards by a thread.

So an answer takes the same time whether or not there is mail to send; a mail server that is down loses nothing, and
neither does a process that is killed. A code is made when its mail is sent, and kept as a digest.
"""

from __future__ import annotations

import logging
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from aglais_hub.accounts import rules
from aglais_hub.accounts.email.letters import LETTER, compose
from aglais_hub.accounts.email.mail import new_reference
from aglais_hub.accounts.rules import Limit, digest
from aglais_hub.accounts.store import AccountStore
from aglais_hub.accounts.tables import CodeRow, MailRow
from aglais_hub.errors import InvalidValueError, ServiceDownError
from aglais_hub.loop import Loop

if TYPE_CHECKING:
    from aglais_hub.accounts.email.mail import Letter, Mail, Mailer
    from aglais_hub.clock import Clock
    from aglais_hub.database import Database
    from aglais_hub.settings import Settings

__all__ = ["INVITATION_LIFETIME", "NOBODY", "Outbox", "address_of"]

log = logging.getLogger(__name__)

NOBODY = "nobody"
"""A mail that is never sent: put down where there is nobody to write to, so that as much is done for a stranger."""

CODES = {
    "confirm": "register",
    "reset": "reset",
    "address": "address",
    "stop": "stop",
    "invited": "invite",
    "opened": "reset",
}
"""The kind of code that each kind of mail brings."""

RESET_LIFETIME = timedelta(hours=1)
STOP_LIFETIME = timedelta(days=7)
INVITATION_LIFETIME = timedelta(days=14)

TAKEN = timedelta(minutes=2)
"""A mail that somebody is sending is left alone for so long. After that, its process must have been killed."""

FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=10), timedelta(minutes=10)
GIVEN_UP = timedelta(days=1)

KEPT = timedelta(days=30)
"""For so long an expired code is remembered, so that we can say *expired* and not *unknown*."""


@dataclass(frozen=True)
class _Sending:
    number: int
    tries: int
    created: datetime
    to: str
    mail: Mail
    code: str


class Outbox:
    """Sends what is due. Safe in several processes at once."""

    def __init__(self, *, database: Database, clock: Clock, settings: Settings, mailer: Mailer) -> None:
        self._database = database
        self._clock = clock
        self._settings = settings
        self._mailer = mailer
        self.loop = Loop("outbox", self.send_due, every=settings.sweep_seconds, waits="Mails wait")

    def put(
        self,
        store: AccountStore,
        kind: str,
        to: str,
        *,
        account: str | None = None,
        other: str | None = None,
        secret: str | None = None,
        display: str = "",
        link: str = "",
        invitation: str | None = None,
        visitor: str | None = None,
        is_visit: bool = False,
        letter: Letter | None = None,
    ) -> None:
        """Put a mail down, within the caller's transaction.

        Nobody is woken: a look every second is the same for all, and tells whoever measures answers nothing.
        """
        now = self._clock.now()
        row = MailRow(
            kind=kind,
            subject=to,
            account=account,
            other=other,
            secret=secret,
            display=display,
            link=link,
            invitation=invitation,
            created=now,
            due=now,
            tries=0,
            is_visit=is_visit,
            visitor=visitor,
            reference=new_reference(),
        )
        if letter is not None:
            row.letter = asdict(letter)
        store.add(row)

    def write(self, account: str, letter: Letter, *, once: str) -> bool:
        """Put a letter to an account's owner down, once for all who come with the same ``once`` within thirty days.

        False where there is nobody to write to: no such account, or none with an address that is verified.
        """
        with self._database.write() as session:
            store = AccountStore(session)
            if address_of(store, account) is None:
                return False
            count, _ = store.count(digest("letter", once), Limit(1, KEPT), self._clock.now())
            if count == 1:
                self.post(store, account, letter)
        return True

    def post(self, store: AccountStore, account: str, letter: Letter) -> None:
        """Put a letter to an account's owner down, within the caller's transaction; none where they have no address."""
        to = address_of(store, account)
        if to is not None:
            self.put(store, LETTER, to, account=account, letter=letter)

    def farewell(self, store: AccountStore, to: str, name: str) -> None:
        """Write that an account is no more, within the caller's transaction. The mail outlives it."""
        self.put(store, "farewell", to, other=name)

    def is_late(self) -> bool:
        """Whether mail is being held up."""
        with self._database.read() as session:
            return AccountStore(session).has_mail_tried_before(self._clock.now() - FIRST_PAUSE)

    def send_due(self) -> None:
        """Send what is due by now; raises ``ServiceDownError`` when the mail server does not take it."""
        while True:
            with self._database.read() as session:
                if self._due(AccountStore(session)) is None:
                    return
            sending = self._take()
            if sending is not None:
                self._send(sending)

    # ---- within

    def _take(self) -> _Sending | None:
        """Take the mail that is due longest, with its code if it has one; ``None`` where there is nothing to send."""
        now = self._clock.now()
        with self._database.write() as session:
            store = AccountStore(session)
            row = self._due(store)
            if row is None:
                return None
            if row.kind == NOBODY:
                store.delete_mail(row.id)
                return None
            row.due, row.tries = now + TAKEN, row.tries + 1
            store.delete_codes_before(now - KEPT)
            code, lifetime = "", None
            if row.kind in CODES:
                code, lifetime = rules.new_code(), self._lifetime(row.kind)
                store.add(_code_row(row, code, now, now + lifetime))
            # Sent again after a kill it is the same mail, which whoever receives it can tell.
            row.reference = row.reference or new_reference()
            mail = compose(row, url=self._settings.url, code=code, lifetime=lifetime)
            mail.reference = row.reference
            return _Sending(row.id, row.tries, row.created, row.subject, mail, code)

    def _due(self, store: AccountStore) -> MailRow | None:
        now = self._clock.now()
        return store.due_mail(now, now + 2 * LONGEST_PAUSE)

    def _lifetime(self, kind: str) -> timedelta:
        if kind == "reset":
            return RESET_LIFETIME
        if kind in ("invited", "opened"):
            return INVITATION_LIFETIME
        return STOP_LIFETIME if kind == "stop" else timedelta(seconds=self._settings.code_lifetime)

    def _send(self, sending: _Sending) -> None:
        try:
            self._mailer.send(sending.mail, to=sending.to, now=self._clock.now())
        except InvalidValueError as error:
            log.warning("A mail is given up: %s", error.message)
            self._finish(sending, is_sent=False)
        except ServiceDownError:
            self._put_off(sending)
            raise
        else:
            self._finish(sending, is_sent=True)

    def _finish(self, sending: _Sending, *, is_sent: bool) -> None:
        with self._database.write() as session:
            store = AccountStore(session)
            store.delete_mail(sending.number)
            if not is_sent:
                store.delete_code(digest(sending.code))

    def _put_off(self, sending: _Sending) -> None:
        now = self._clock.now()
        if now - sending.created > GIVEN_UP:
            log.warning("A mail is given up: it could not be sent for a day.")
            self._finish(sending, is_sent=False)
            return
        with self._database.write() as session:
            store = AccountStore(session)
            store.delete_code(digest(sending.code))
            row = store.mail(sending.number)
            if row is not None:
                row.due = now + min(FIRST_PAUSE * 2 ** min(sending.tries - 1, 10), LONGEST_PAUSE)
                if sending.code:
                    # The next one brings another code, and must not be dropped for this one, should it have arrived.
                    row.reference = new_reference()


def address_of(store: AccountStore, account: str) -> str | None:
    """The address that an account's owner confirmed here; without one, any that a provider has verified."""
    identities = store.identities([account])[account]
    ours = [one.subject for one in identities if one.kind == rules.EMAIL and one.verified is not None]
    theirs = [one.email for one in identities if one.email is not None]
    return next(iter([*ours, *theirs]), None)


def _code_row(row: MailRow, code: str, now: datetime, expires: datetime) -> CodeRow:
    return CodeRow(
        digest=digest(code),
        kind=CODES[row.kind],
        subject=row.subject,
        other=row.other,
        secret=row.secret,
        display=row.display,
        created=now,
        expires=expires,
        used=None,
        account=row.account,
        invitation=row.invitation,
        is_visit=row.is_visit,
        visitor=row.visitor,
    )

"""Mails on their way: rows that the request's own transaction writes, sent afterwards by a thread.

So an answer takes the same time whether or not there is mail to send; a mail server that is down loses nothing, and
neither does a process that is killed. A code is made when its mail is sent, and kept as a digest.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from aglais_hub.accounts import rules
from aglais_hub.accounts.email.letters import compose
from aglais_hub.accounts.rules import digest
from aglais_hub.accounts.store import AccountStore
from aglais_hub.accounts.tables import CodeRow, MailRow
from aglais_hub.errors import InvalidValueError, ServiceDownError

if TYPE_CHECKING:
    from aglais_hub.accounts.email.mail import Mail, Mailer
    from aglais_hub.clock import Clock
    from aglais_hub.database import Database
    from aglais_hub.settings import Settings

__all__ = ["NOBODY", "Outbox"]

log = logging.getLogger(__name__)

NOBODY = "nobody"
"""A mail that is never sent: put down where there is nobody to write to, so that as much is done for a stranger."""

CODES = {"confirm": "register", "reset": "reset", "address": "address", "stop": "stop"}
"""The kind of code that each kind of mail brings."""

RESET_LIFETIME = timedelta(hours=1)
STOP_LIFETIME = timedelta(days=7)

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
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="outbox", daemon=True)

    def start(self) -> None:
        """Begin to send in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread, where there is one; returns once it has ended."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

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
            created=now,
            due=now,
            tries=0,
        )
        store.add(row)

    def send_due(self) -> None:
        """Send what is due by now; raises ``ServiceDownError`` when the mail server does not take it."""
        while True:
            with self._database.read() as session:
                if AccountStore(session).due_mail(self._clock.now()) is None:
                    return
            sending = self._take()
            if sending is not None:
                self._send(sending)

    # ---- within

    def _run(self) -> None:
        while not self._stop.wait(self._settings.sweep_seconds):
            try:
                self.send_due()
            except ServiceDownError as error:
                log.warning("Mails wait: %s", error.message)
            except Exception:
                log.exception("Mails could not be sent; it is tried again.")

    def _take(self) -> _Sending | None:
        """Take the mail that is due longest, with its code if it has one; ``None`` where there is nothing to send."""
        now = self._clock.now()
        with self._database.write() as session:
            store = AccountStore(session)
            row = store.due_mail(now)
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
            mail = compose(row, url=self._settings.url, code=code, lifetime=lifetime)
            return _Sending(row.id, row.tries, row.created, row.subject, mail, code)

    def _lifetime(self, kind: str) -> timedelta:
        if kind == "reset":
            return RESET_LIFETIME
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
    )

"""Ways in that are links: tokens for other front ends, once and within minutes, and the cards of a workshop."""

from __future__ import annotations

import logging
import secrets
import threading
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from aglais_hub.accounts import rules
from aglais_hub.accounts.rules import digest
from aglais_hub.accounts.store import AccountStore
from aglais_hub.accounts.tables import AccountRow, LoginTokenRow
from aglais_hub.errors import ForbiddenError, InvalidValueError, NotFoundError, ServiceDownError
from aglais_hub.wire.accounts import Batch, Card, LoginToken

if TYPE_CHECKING:
    from datetime import datetime

    from aglais_hub.accounts.attempts import Attempts
    from aglais_hub.accounts.service import AccountService
    from aglais_hub.clock import Clock
    from aglais_hub.database import Database
    from aglais_hub.settings import Settings
    from aglais_hub.web.hub import Hub
    from aglais_hub.wire.accounts import Account, BatchRequest, LoginTokenRequest, TokenLogin

__all__ = ["Closer", "TokenService"]

log = logging.getLogger(__name__)

KEPT = timedelta(days=30)
"""For so long a token that ended is remembered, so that we can say *expired* or *used* and not *unknown*."""

EVERY_SECONDS = 15


class TokenService:
    """Makes links that log somebody in, and takes them."""

    def __init__(
        self, *, database: Database, clock: Clock, settings: Settings, accounts: AccountService, attempts: Attempts
    ) -> None:
        self._database = database
        self._clock = clock
        self._settings = settings
        self._accounts = accounts
        self._attempts = attempts

    def make(self, name: str, request: LoginTokenRequest, *, by_admin: bool) -> LoginToken:
        """A token that logs the account in, once and soon.

        Raises ``NotFoundError``, and ``ForbiddenError`` for an admin's account unless an admin asks: whoever may make
        tokens must not make themselves an admin by one.
        """
        now = self._clock.now()
        expires = now + timedelta(seconds=request.seconds)
        with self._database.write() as session:
            store = AccountStore(session)
            account = self._accounts.view(store, name)
            if account.admin and not by_admin:
                raise ForbiddenError("This is an admin's account.", help="Log in to it by one of its own ways.")
            store.delete_tokens_before(now - KEPT)
            token = self._put(store, name, expires, is_once=True)
        return LoginToken(account=name, token=token, url=self._link(token, request.next), expires=expires)

    def batch(self, request: BatchRequest) -> Batch:
        """Open accounts that end at a date, each with a link that logs in until then, as often as it is wanted.

        Raises ``InvalidValueError`` for a date that has been, and for a name like a visitor's.
        """
        now = self._clock.now()
        if request.until <= now:
            raise InvalidValueError("This time has been.", field="until", help="Give one that is to come.")
        if f"{request.name}-".startswith("guest-"):
            raise InvalidValueError("Visitors are called so.", field="name", help="Choose another name.")
        cards: list[Card] = []
        with self._database.write() as session:
            store = AccountStore(session)
            number = 0
            while len(cards) < request.number:
                number += 1
                name = f"{request.name}-{number:02}"
                if not store.take_name(digest(name)):
                    continue
                row = AccountRow(
                    name=name, level=request.level, display=name, created=now, expires=request.until, closed=None
                )
                store.add(row)
                token = self._put(store, name, request.until, is_once=False)
                cards.append(Card(account=name, url=self._link(token)))
        return Batch(level=request.level, until=request.until, rows=cards)

    def login(self, given: TokenLogin) -> Account:
        """The account of a token that counts; one for once counts no more, also for those who came at the same time.

        Raises ``NotFoundError`` for an unknown token, ``InvalidValueError`` for one that was used or has expired, and
        ``TooManyError``.
        """
        place = rules.network(given.address)
        self._attempts.count("token", [(place, rules.CODES_BY_NETWORK)], "Too many links were tried.")
        now = self._clock.now()
        key = digest(given.token)
        with self._database.write() as session:
            store = AccountStore(session)
            taken = store.take_token(key, now)
            if taken is None:
                raise _why_not(store.token(key))
            store.uncount(digest("token", place))
            return self._accounts.view(store, taken)

    def _put(self, store: AccountStore, name: str, expires: datetime, *, is_once: bool) -> str:
        token = secrets.token_urlsafe(24)
        row = LoginTokenRow(
            digest=digest(token), account=name, is_once=is_once, created=self._clock.now(), expires=expires, used=None
        )
        store.add(row)
        return token

    def _link(self, token: str, following: str = "") -> str:
        query = {"token": token, **({"next": following} if following else {})}
        return f"{self._settings.url}hub/token-login?{urlencode(query)}"


class Closer:
    """Ends what runs of an account whose time is over. Safe in several processes at once."""

    def __init__(self, *, database: Database, clock: Clock, hub: Hub) -> None:
        self._database = database
        self._clock = clock
        self._hub = hub
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="closer", daemon=True)

    def start(self) -> None:
        """Begin to look in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread, where there is one; returns once it has ended."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def close_due(self) -> None:
        """Stop the servers of accounts that have ended; raises ``ServiceDownError`` when the hub does not answer.

        An account is closed, and not looked at again, once the hub knows of no server of it.
        """
        with self._database.read() as session:
            due = AccountStore(session).to_close(self._clock.now())
        if not due:
            return
        servers = self._hub.servers()
        for name in due:
            if name in servers:
                self._hub.stop_server(name)
                continue
            with self._database.write() as session:
                AccountStore(session).close(name, self._clock.now())

    def _run(self) -> None:
        while not self._stop.wait(EVERY_SECONDS):
            try:
                self.close_due()
            except ServiceDownError as error:
                log.warning("Accounts that have ended wait: %s", error.message)
            except Exception:
                log.exception("Accounts that have ended could not be closed; it is tried again.")


def _why_not(row: LoginTokenRow | None) -> NotFoundError | InvalidValueError:
    if row is None:
        return NotFoundError("This link is not known.", field="token", help="Copy all of it, or ask for another.")
    said = "This link was used already." if row.used is not None and row.is_once else "This link has expired."
    return InvalidValueError(said, field="token", help="Go back to where you got it, and ask for another.")

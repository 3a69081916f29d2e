"""Ways in that are links: tokens for other front ends, once and within minutes, and the cards of a workshop."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from aglais_hub.accounts import rules
from aglais_hub.accounts.links import link_to, put_token
from aglais_hub.accounts.rules import digest
from aglais_hub.accounts.store import AccountStore
from aglais_hub.errors import ForbiddenError, InvalidValueError, NotFoundError
from aglais_hub.wire.accounts import LoginToken
from aglais_hub.wire.base import isoformat

if TYPE_CHECKING:
    from aglais_hub.accounts.attempts import Attempts
    from aglais_hub.accounts.service import AccountService
    from aglais_hub.accounts.tables import LoginTokenRow
    from aglais_hub.clock import Clock
    from aglais_hub.database import Database
    from aglais_hub.settings import Settings
    from aglais_hub.wire.accounts import Account, LoginTokenRequest, TokenLogin

__all__ = ["TokenService"]

KEPT = timedelta(days=30)
"""For so long a token that ended is remembered, so that we can say *expired* or *used* and not *unknown*."""


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

        Raises ``NotFoundError``, and ``ForbiddenError`` for an account that is no way in by now, and for an admin's
        unless an admin asks: whoever may make tokens must not make themselves an admin by one.
        """
        now = self._clock.now()
        expires = now + timedelta(seconds=request.seconds)
        with self._database.write() as session:
            store = AccountStore(session)
            # An account that begins to end meanwhile takes the token with it.
            store.lock_account(name)
            account = self._accounts.view(store, name)
            if account.admin and not by_admin:
                raise ForbiddenError("This is an admin's account.", help="Log in to it by one of its own ways.")
            self._accounts.check_not_suspended(store, name)
            if store.has_ended(name, now):
                raise ForbiddenError("This account has ended.", rule="ended", help="Nobody can log in to it any more.")
            store.delete_tokens_before(now - KEPT)
            token = put_token(store, name, now, expires, is_once=True)
            store.record(now, name, "login token made", after={"expires": isoformat(expires)})
        return LoginToken(
            account=name, token=token, url=link_to(self._settings.url, token, request.next), expires=expires
        )

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
            known = store.token(key)
            if known is not None:
                # Also one that counts no more was no guess: a class in one room loads its pages again.
                store.uncount(digest("token", place))
            if taken is not None:
                store.saw(taken, now)
                return self._accounts.view(store, taken)
            trouble = _why_not(known)
        raise trouble


def _why_not(row: LoginTokenRow | None) -> NotFoundError | InvalidValueError:
    if row is None:
        return NotFoundError("This link is not known.", field="token", help="Copy all of it, or ask for another.")
    said = "This link was used already." if row.used is not None and row.is_once else "This link has expired."
    return InvalidValueError(said, field="token", help="Go back to where you got it, and ask for another.")

"""Decisions about keys, and the transactions around them."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_ssh_private_key
from sqlalchemy.exc import IntegrityError

from aglais_hub.accounts.admin.trail import record
from aglais_hub.accounts.keys.agent import agent
from aglais_hub.accounts.keys.rules import COMMAND_LINE_LEVEL, LIMIT, MEMBER_LEVEL, clean, generate, parse
from aglais_hub.accounts.keys.sealing import Sealing
from aglais_hub.accounts.keys.store import KeyStore
from aglais_hub.accounts.keys.tables import KeyRow
from aglais_hub.accounts.store import AccountStore
from aglais_hub.errors import AglaisError, ConflictError, ForbiddenError, NotFoundError
from aglais_hub.wire.keys import Key, KeyRows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aglais_hub.accounts.tables import AccountRow
    from aglais_hub.clock import Clock
    from aglais_hub.database import Database
    from aglais_hub.settings import Settings
    from aglais_hub.wire.keys import KeyRequest

__all__ = ["KeyService"]

logger = logging.getLogger(__name__)

USED_EVERY = timedelta(minutes=1)
"""That a key is used is written down no oftener."""


class KeyService:
    """Keys of accounts. What is private leaves it only for the services of this process, by ``sign`` and ``agent``."""

    def __init__(self, *, database: Database, clock: Clock, settings: Settings, url: str) -> None:
        self._database = database
        self._clock = clock
        self._sealing = Sealing(settings.keys_secret)
        self._host = urlsplit(settings.url).hostname or "aglais"
        self._url = url

    # ---- for people

    def list(self, account: str) -> KeyRows:
        """An account's keys; raises ``NotFoundError``."""
        with self._database.read() as session:
            owner = _owner(AccountStore(session).account(account))
            rows = [self._key(row) for row in KeyStore(session).keys(account)]
        return KeyRows(rows=rows, limit=LIMIT, command_line=owner.level >= COMMAND_LINE_LEVEL)

    def get(self, account: str, key: int) -> Key:
        """One of an account's keys; raises ``NotFoundError``."""
        with self._database.read() as session:
            return self._key(_there(KeyStore(session).key(account, key)))

    def number(self, account: str) -> int:
        """How many keys an account has."""
        with self._database.read() as session:
            return KeyStore(session).number(account)

    def add(self, account: str, request: KeyRequest) -> Key:
        """Keep a key that is given, or make a pair.

        Raises ``NotFoundError``, ``ForbiddenError`` for a visitor, ``InvalidValueError`` for what is no key, and
        ``ConflictError`` for one that is here already, or one too many.
        """
        private = None
        if request.generate:
            public, private = generate(f"{account}@{self._host}")
        else:
            public = parse(request.public)
        row = KeyRow(
            account=account,
            name=clean(request.name, 80) or clean(public.comment, 80) or public.type,
            type=public.type,
            bits=public.bits,
            public=public.line,
            fingerprint=public.fingerprint,
            secret=self._sealing.seal(private) if private else None,
            sealed_by=self._sealing.mark if private else None,
            created=self._clock.now(),
        )
        try:
            with self._database.write() as session:
                self._check(AccountStore(session).lock_account(account), KeyStore(session), public.fingerprint)
                KeyStore(session).add(row)
                key = self._key(row)
                record(session, row.created, account, "key added", after=_told(key))
                return key
        except IntegrityError:
            raise _taken_elsewhere() from None

    def remove(self, account: str, key: int) -> Key:
        """Forget a key; raises ``NotFoundError``."""
        with self._database.write() as session:
            store = KeyStore(session)
            # One of two who remove it at once waits, and is told that there is none.
            AccountStore(session).lock_account(account)
            removed = self._key(_there(store.key(account, key)))
            store.remove(key)
            record(session, self._clock.now(), account, "key removed", before=_told(removed))
            return removed

    # ---- for machines

    def authorised(self, account: str, fingerprint: str = "") -> str:
        """The lines of an ``authorized_keys`` file: of all authorised keys, or of that which somebody shows.

        None for an account that does not exist, has ended, is suspended, or whose level is too low.
        """
        now = self._clock.now()
        with self._database.read() as session:
            owner = AccountStore(session).account(account)
            if owner is None or owner.level < COMMAND_LINE_LEVEL or AccountStore(session).has_ended(account, now):
                return ""
            rows = [row for row in KeyStore(session).keys(account) if row.secret is None]
            found = [row for row in rows if fingerprint in ("", row.fingerprint)]
        if fingerprint:
            for row in found:
                self._was_used(row)
        return "".join(f"{row.public}\n" for row in found)

    # ---- for the services of this process

    def sign(self, account: str, key: int, data: bytes) -> bytes:
        """The Ed25519 signature of ``data`` by a generated key; raises ``NotFoundError``, ``ServiceDownError``."""
        found = load_ssh_private_key(self._private(account, key), password=None)
        if not isinstance(found, Ed25519PrivateKey):
            raise NotFoundError("This is no generated key.", field="key")
        return found.sign(data)

    @contextmanager
    def agent(self, account: str, key: int, *, seconds: int = 300) -> Iterator[dict[str, str]]:
        """The environment for a ``git`` or ``ssh`` that uses a generated key, for so long at most.

        Raises ``NotFoundError`` and ``ServiceDownError``.
        """
        with agent(self._private(account, key), seconds=seconds) as environment:
            yield environment

    def renew(self) -> int:
        """Encrypt with the newest secret whatever an older one has encrypted; says of how many keys that is so now."""
        if not self._sealing.mark:
            return 0
        renewed = 0
        with self._database.write() as session:
            store = KeyStore(session)
            for row in store.sealed_otherwise(self._sealing.mark):
                try:
                    secret = self._sealing.renew(row.secret or "")
                except AglaisError:
                    logger.warning("Key %s of %s can't be opened: its secret is gone.", row.id, row.account)
                else:
                    store.change(row.id, secret=secret, sealed_by=self._sealing.mark)
                    renewed += 1
        return renewed

    def move(self, source: str, target: str) -> None:
        """Give the keys of one account to another, when the two become one."""
        with self._database.write() as session:
            KeyStore(session).move(source, target)

    # ---- inside

    def _private(self, account: str, key: int) -> bytes:
        with self._database.read() as session:
            row = _there(KeyStore(session).key(account, key))
        if row.secret is None:
            raise NotFoundError("The platform does not have the private half of this key.", field="key")
        private = self._sealing.open(row.secret)
        self._was_used(row)
        return private

    def _was_used(self, row: KeyRow) -> None:
        now = self._clock.now()
        if row.used is not None and now - row.used < USED_EVERY:
            return
        with self._database.write() as session:
            KeyStore(session).change(row.id, used=now)

    def _check(self, owner: AccountRow | None, store: KeyStore, fingerprint: str) -> None:
        owner = _owner(owner)
        if owner.level < MEMBER_LEVEL:
            raise ForbiddenError("Visitors have no keys.", help="Register: keys are for members.")
        same = store.by_fingerprint(fingerprint)
        if same is not None and same.account == owner.name:
            raise ConflictError(f"You have this key already, as “{same.name}”.", field="public", rule="same_key")
        if same is not None:
            raise _taken_elsewhere()
        if store.number(owner.name) >= LIMIT:
            raise ConflictError(
                f"An account has at most {LIMIT} keys.", rule="keys", help="Remove one that is no longer used."
            )

    def _key(self, row: KeyRow) -> Key:
        return Key(
            id=row.id,
            url=f"{self._url}accounts/{row.account}/keys/{row.id}",
            name=row.name,
            kind="authorised" if row.secret is None else "generated",
            type=row.type,
            bits=row.bits,
            fingerprint=row.fingerprint,
            public=row.public,
            created=row.created,
            used=row.used,
        )


def _told(key: Key) -> dict[str, str]:
    """What the trail tells of a key."""
    return {"name": key.name, "kind": key.kind, "fingerprint": key.fingerprint}


def _owner(row: AccountRow | None) -> AccountRow:
    if row is None or row.ending is not None:
        raise NotFoundError("There is no such account.", field="name", help="See how it is written.")
    return row


def _there(row: KeyRow | None) -> KeyRow:
    if row is None:
        raise NotFoundError("There is no such key.", field="key", help="See accounts/NAME/keys.")
    return row


def _taken_elsewhere() -> ConflictError:
    # Whose it is, is nobody's business: whoever has the key can log in there and look.
    return ConflictError(
        "Another account has this key.",
        field="public",
        rule="same_key",
        help="Remove it there, or make another: ssh-keygen -t ed25519",
    )

"""Passwords: hashed with Argon2, a few at a time, and compared in the same time whether or not there is one."""

from __future__ import annotations

import secrets
import threading
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

__all__ = ["Passwords"]

AT_ONCE = 4
"""Hashes computed at the same time; each takes 64 MiB, so that a flood of log-ins can't take the machine's memory."""


class Passwords:
    """Hashes and checks passwords."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._places = threading.BoundedSemaphore(AT_ONCE)
        self._nobodys = self._hasher.hash(secrets.token_urlsafe())

    def hash(self, password: str) -> str:
        """The Argon2 hash to keep, with its salt and parameters."""
        with self._places:
            return self._hasher.hash(_composed(password))

    def check(self, secret: str | None, password: str) -> bool:
        """Whether ``password`` has the hash ``secret``; takes as long for ``None`` as for a wrong one."""
        with self._places:
            try:
                self._hasher.verify(secret or self._nobodys, _composed(password))
            except (VerificationError, InvalidHashError):
                return False
        return secret is not None

    def renew(self, secret: str, password: str) -> str | None:
        """A new hash of a password that was just checked, where the old one was made with weaker parameters."""
        return self.hash(password) if self._hasher.check_needs_rehash(secret) else None


def _composed(password: str) -> str:
    # Keyboards differ in how they put an accent on a letter; a password is the same on all of them.
    return unicodedata.normalize("NFKC", password)

"""Private halves at rest: encrypted with a secret of the platform's, of which there may be several, newest first."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from aglais_hub.errors import InvalidValueError, ServiceDownError

if TYPE_CHECKING:
    from pydantic import SecretStr

__all__ = ["Sealing"]

LEAST = 32
"""Characters of a secret."""


class Sealing:
    """Encrypts with the newest secret, and opens what any of them has encrypted."""

    def __init__(self, secrets: SecretStr | None) -> None:
        """``secrets`` are separated by commas. Raises ``InvalidValueError`` for one that is too short."""
        given = [one.strip() for one in secrets.get_secret_value().split(",")] if secrets else []
        given = [one for one in given if one]
        if any(len(one) < LEAST for one in given):
            raise InvalidValueError(
                "A secret in AGLAIS_KEYS_SECRET is too short.",
                field="AGLAIS_KEYS_SECRET",
                help=f"Use at least {LEAST} characters, as `openssl rand -hex 32` makes them.",
            )
        self._fernet = MultiFernet([_fernet(one) for one in given]) if given else None
        self.mark = hashlib.sha256(b"mark:" + given[0].encode()).hexdigest()[:16] if given else ""
        """Tells what is sealed with the newest secret; the secret can't be found from it."""

    def seal(self, private: bytes) -> str:
        """Encrypt; raises ``ServiceDownError`` where the platform has no secret."""
        return self._need().encrypt(private).decode()

    def open(self, sealed: str) -> bytes:
        """Decrypt; raises ``ServiceDownError`` for what none of the secrets opens."""
        try:
            return self._need().decrypt(sealed)
        except InvalidToken:
            raise _lost() from None

    def renew(self, sealed: str) -> str:
        """Encrypt with the newest secret what an older one has; raises ``ServiceDownError`` as ``open`` does."""
        try:
            return self._need().rotate(sealed).decode()
        except InvalidToken:
            raise _lost() from None

    def _need(self) -> MultiFernet:
        if self._fernet is None:
            raise ServiceDownError(
                "This platform keeps no private keys.", help="Its operator has to set AGLAIS_KEYS_SECRET."
            )
        return self._fernet


def _fernet(secret: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"keys:" + secret.encode()).digest()))


def _lost() -> ServiceDownError:
    return ServiceDownError(
        "This key can't be opened: the secret that it was kept with is gone.",
        help="Remove it and generate another, or ask the operator for the older AGLAIS_KEYS_SECRET.",
    )

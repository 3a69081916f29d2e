"""SQL of the keys. Never commits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, select, update

from aglais_hub.accounts.keys.tables import KeyRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

__all__ = ["KeyStore"]


class KeyStore:
    """The rows of the keys, within one transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def keys(self, account: str) -> Sequence[KeyRow]:
        """An account's keys, oldest first."""
        return self._session.scalars(select(KeyRow).where(KeyRow.account == account).order_by(KeyRow.id)).all()

    def number(self, account: str) -> int:
        """How many keys an account has."""
        return self._session.scalar(select(func.count()).where(KeyRow.account == account)) or 0

    def key(self, account: str, key: int) -> KeyRow | None:
        """One of the account's keys."""
        return self._session.scalar(select(KeyRow).where(KeyRow.account == account, KeyRow.id == key))

    def by_fingerprint(self, fingerprint: str) -> KeyRow | None:
        """A key, whosever it is."""
        return self._session.scalar(select(KeyRow).where(KeyRow.fingerprint == fingerprint))

    def sealed_otherwise(self, mark: str) -> Sequence[KeyRow]:
        """Keys whose private half is encrypted with another than this secret."""
        return self._session.scalars(select(KeyRow).where(KeyRow.sealed_by != mark).order_by(KeyRow.id)).all()

    def add(self, row: KeyRow) -> None:
        """Add a key; raises ``IntegrityError`` where it came into another account at this very moment."""
        self._session.add(row)
        self._session.flush()

    def remove(self, key: int) -> None:
        self._session.execute(delete(KeyRow).where(KeyRow.id == key))

    def change(self, key: int, **columns: Any) -> None:
        """Change a key, where it is still there."""
        self._session.execute(update(KeyRow).where(KeyRow.id == key).values(columns))

    def move(self, source: str, target: str) -> None:
        """Give all keys of an account to another."""
        self._session.execute(update(KeyRow).where(KeyRow.account == source).values(account=target))

"""Links that log somebody in, as they are made and kept."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from aglais_hub.accounts.rules import digest
from aglais_hub.accounts.tables import LoginTokenRow

if TYPE_CHECKING:
    from datetime import datetime

    from aglais_hub.accounts.store import AccountStore

__all__ = ["link_to", "put_token"]


def put_token(store: AccountStore, account: str, now: datetime, expires: datetime, *, is_once: bool) -> str:
    """A new token of an account, of which only the digest is kept."""
    token = secrets.token_urlsafe(24)
    row = LoginTokenRow(digest=digest(token), account=account, is_once=is_once, created=now, expires=expires, used=None)
    store.add(row)
    return token


def link_to(url: str, token: str, following: str = "") -> str:
    """Where a browser takes a token, on the platform at ``url``."""
    query = {"token": token, **({"next": following} if following else {})}
    return f"{url}hub/token-login?{urlencode(query)}"

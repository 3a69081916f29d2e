"""Calls about accounts."""

from __future__ import annotations

from aglais_hub.client.calls.base import Call, body, part, query
from aglais_hub.wire.accounts import Account, AccountRows, Registered

__all__ = ["account", "accounts", "confirm", "delete_account", "login", "register", "try_account"]


def try_account(address: str = "") -> Call[Account]:
    """Open an anonymous account for a visitor at a network address. For the authenticator."""
    return Call(Account, "POST", "accounts/try", body=body(address=address))


def register(email: str, password: str, *, display: str = "", link: str = "", address: str = "") -> Call[Registered]:
    """Mail a confirmation code to an address; ``link`` is the page that takes it. For the authenticator."""
    said = body(email=email, password=password, display=display, link=link, address=address)
    return Call(Registered, "POST", "accounts/register", body=said)


def login(email: str, password: str, *, address: str = "") -> Call[Account]:
    """The account of an email address and its password. For the authenticator."""
    return Call(Account, "POST", "accounts/login", body=body(email=email, password=password, address=address))


def confirm(code: str) -> Call[Account]:
    """The account that a mailed code stands for. For the authenticator."""
    return Call(Account, "POST", "accounts/confirm", body=body(code=code))


def accounts(*, limit: int | None = None, after: str | None = None) -> Call[AccountRows]:
    """All accounts. For admins."""
    return Call(AccountRows, "GET", "accounts/select", query(limit=limit, after=after))


def account(name: str) -> Call[Account]:
    """One account."""
    return Call(Account, "GET", f"accounts/{part(name)}")


def delete_account(name: str) -> Call[Account]:
    """Delete an account and what it is known by."""
    return Call(Account, "DELETE", f"accounts/{part(name)}")

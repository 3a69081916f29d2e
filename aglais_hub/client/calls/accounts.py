"""Calls about accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aglais_hub.client.calls.base import Call, body, part, query
from aglais_hub.wire.accounts import Account, AccountRows, Arrived, Batch, LoggedIn, LoginToken, Registered, Stopped
from aglais_hub.wire.base import isoformat

if TYPE_CHECKING:
    from datetime import datetime

__all__ = [
    "account",
    "accounts",
    "arrival",
    "arrive",
    "change_address",
    "change_password",
    "confirm",
    "delete_account",
    "edit_account",
    "forgot_password",
    "link_identity",
    "login",
    "login_token",
    "open_account",
    "open_batch",
    "register",
    "resend",
    "reset_password",
    "stop_change",
    "token_login",
    "try_account",
    "unlink_identity",
]


def try_account(address: str = "") -> Call[Account]:
    """Open an anonymous account for a visitor at a network address. For the authenticator."""
    return Call(Account, "POST", "accounts/try", body=body(address=address))


def register(email: str, password: str, *, display: str = "", link: str = "", address: str = "") -> Call[Registered]:
    """Mail a confirmation code to an address; ``link`` is the page that takes it. For the authenticator."""
    said = body(email=email, password=password, display=display, link=link, address=address)
    return Call(Registered, "POST", "accounts/register", body=said)


def resend(email: str, *, address: str = "") -> Call[Registered]:
    """Mail another confirmation code to an address that waits for one. For the authenticator."""
    return Call(Registered, "POST", "accounts/resend", body=body(email=email, address=address))


def login(email: str, password: str, *, address: str = "", device: str = "") -> Call[LoggedIn]:
    """The account of an email address and its password. For the authenticator."""
    said = body(email=email, password=password, address=address, device=device)
    return Call(LoggedIn, "POST", "accounts/login", body=said)


def confirm(code: str, *, address: str = "") -> Call[Account]:
    """The account that a mailed code stands for. For the authenticator."""
    return Call(Account, "POST", "accounts/confirm", body=body(code=code, address=address))


def forgot_password(email: str, *, address: str = "") -> Call[Registered]:
    """Mail a link to choose a new password, where the address has an account. For the authenticator."""
    return Call(Registered, "POST", "accounts/forgot", body=body(email=email, address=address))


def reset_password(code: str, password: str, *, address: str = "") -> Call[LoggedIn]:
    """Choose a new password by a mailed code. For the authenticator."""
    return Call(LoggedIn, "POST", "accounts/reset", body=body(code=code, password=password, address=address))


def change_password(name: str, old: str, password: str) -> Call[LoggedIn]:
    """Change an account's password. For the authenticator."""
    return Call(LoggedIn, "POST", f"accounts/{part(name)}/password", body=body(old=old, password=password))


def change_address(name: str, email: str, password: str, *, address: str = "") -> Call[Registered]:
    """Mail a code to an account's new address, and to the old one a link that stops it. For the authenticator."""
    said = body(email=email, password=password, address=address)
    return Call(Registered, "POST", f"accounts/{part(name)}/address", body=said)


def stop_change(code: str, *, address: str = "") -> Call[Stopped]:
    """Stop a change of address by the code that the old one got. For the authenticator."""
    return Call(Stopped, "POST", "accounts/stop", body=body(code=code, address=address))


def arrive(
    kind: str, subject: str, *, label: str = "", display: str = "", email: str | None = None, link: str = ""
) -> Call[Arrived]:
    """The account of whom a provider has proven, or a proof to open or link one with. For the authenticator."""
    said = body(kind=kind, subject=subject, label=label, display=display, email=email, link=link)
    return Call(Arrived, "POST", "accounts/arrive", body=said)


def arrival(pending: str) -> Call[Arrived]:
    """What is known of an arrival that waits. For the authenticator."""
    return Call(Arrived, "POST", "accounts/arrival", body=body(pending=pending))


def open_account(pending: str, *, display: str = "", affiliation: str = "", terms: str = "") -> Call[Account]:
    """Open an account for an arrival. For the authenticator."""
    said = body(pending=pending, display=display, affiliation=affiliation, terms=terms)
    return Call(Account, "POST", "accounts/open", body=said)


def link_identity(name: str, pending: str) -> Call[Account]:
    """Make an arrival a way into an account. For the authenticator."""
    return Call(Account, "POST", f"accounts/{part(name)}/identities", body=body(pending=pending))


def unlink_identity(name: str, identity: int) -> Call[Account]:
    """Take a way in away, while another remains."""
    return Call(Account, "DELETE", f"accounts/{part(name)}/identities/{identity}")


def edit_account(
    name: str, *, display: str | None = None, affiliation: str | None = None, terms: str | None = None
) -> Call[Account]:
    """Change what somebody says of themselves; ``terms`` is the version that they accept."""
    said = body(display=display, affiliation=affiliation, terms=terms)
    return Call(Account, "POST", f"accounts/{part(name)}", body=said)


def token_login(token: str, *, address: str = "") -> Call[Account]:
    """The account of a login token, which counts once. For the authenticator."""
    return Call(Account, "POST", "accounts/token-login", body=body(token=token, address=address))


def login_token(name: str, *, seconds: int | None = None, next: str | None = None) -> Call[LoginToken]:
    """A link that logs an account in, once and within ``seconds``. For other front ends."""
    return Call(LoginToken, "POST", f"accounts/{part(name)}/login-tokens", body=body(seconds=seconds, next=next))


def open_batch(number: int, name: str, until: datetime, *, level: int | None = None) -> Call[Batch]:
    """Open accounts ``NAME-01`` and so on that end at ``until``, each with a link that logs in. For admins."""
    said = body(number=number, name=name, until=isoformat(until), level=level)
    return Call(Batch, "POST", "accounts/batch", body=said)


def accounts(*, limit: int | None = None, after: str | None = None) -> Call[AccountRows]:
    """All accounts. For admins."""
    return Call(AccountRows, "GET", "accounts/select", query(limit=limit, after=after))


def account(name: str) -> Call[Account]:
    """One account."""
    return Call(Account, "GET", f"accounts/{part(name)}")


def delete_account(name: str) -> Call[Account]:
    """Delete an account and what it is known by."""
    return Call(Account, "DELETE", f"accounts/{part(name)}")

"""Calls about accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aglais_hub.client.calls.base import Call, body, part, query
from aglais_hub.wire.accounts import Account, Arrived, Batch, Left, LoggedIn, LoginToken, Registered, Stopped
from aglais_hub.wire.archives import ArchiveSize
from aglais_hub.wire.base import isoformat
from aglais_hub.wire.policy import Policy
from aglais_hub.wire.visits import Confirmed

if TYPE_CHECKING:
    from datetime import datetime

__all__ = [
    "account",
    "archive_size",
    "arrival",
    "arrive",
    "change_address",
    "change_password",
    "confirm",
    "delete_account",
    "edit_account",
    "forgot_password",
    "leave_account",
    "link_identity",
    "login",
    "login_token",
    "open_account",
    "open_batch",
    "policy",
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


def register(
    email: str,
    password: str,
    *,
    display: str = "",
    link: str = "",
    address: str = "",
    visitor: str = "",
    account: str = "",
    invitation: str = "",
) -> Call[Registered]:
    """Mail a confirmation code to an address; ``link`` is the page that takes it. For the authenticator.

    Confirmed, the account of ``visitor`` is the member's, or the address one more way into ``account``.
    """
    said = body(
        email=email,
        password=password,
        display=display,
        link=link,
        address=address,
        visitor=visitor,
        account=account,
        invitation=invitation,
    )
    return Call(Registered, "POST", "accounts/register", body=said)


def resend(email: str, *, address: str = "") -> Call[Registered]:
    """Mail another confirmation code to an address that waits for one. For the authenticator."""
    return Call(Registered, "POST", "accounts/resend", body=body(email=email, address=address))


def login(email: str, password: str, *, address: str = "", device: str = "") -> Call[LoggedIn]:
    """The account of an email address and its password. For the authenticator."""
    said = body(email=email, password=password, address=address, device=device)
    return Call(LoggedIn, "POST", "accounts/login", body=said)


def confirm(code: str, *, address: str = "", opened: str | None = None) -> Call[Confirmed]:
    """The account that a mailed code stands for; ``opened`` is for a link. For the authenticator."""
    return Call(Confirmed, "POST", "accounts/confirm", body=body(code=code, address=address, opened=opened))


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


def open_account(
    pending: str,
    *,
    display: str = "",
    affiliation: str = "",
    terms: str = "",
    visitor: str = "",
    invitation: str = "",
    address: str = "",
) -> Call[Account]:
    """Open an account for an arrival, or make the account of ``visitor`` theirs. For the authenticator."""
    said = body(
        pending=pending,
        display=display,
        affiliation=affiliation,
        terms=terms,
        visitor=visitor,
        invitation=invitation,
        address=address,
    )
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


def open_batch(
    number: int,
    name: str,
    until: datetime,
    *,
    level: int | None = None,
    erase: bool | None = None,
    qr: bool | None = None,
) -> Call[Batch]:
    """The same as ``open_workshop``, with the links alone in the answer. For admins."""
    said = body(number=number, name=name, until=isoformat(until), level=level, erase=erase)
    return Call(Batch, "POST", "accounts/batch", query(qr=qr), said)


def policy() -> Call[Policy]:
    """What accounts may have, level by level."""
    return Call(Policy, "GET", "policy")


def account(name: str) -> Call[Account]:
    """One account."""
    return Call(Account, "GET", f"accounts/{part(name)}")


def archive_size(name: str) -> Call[ArchiveSize]:
    """How many files the archive of an account would hold, and how large they are."""
    return Call(ArchiveSize, "GET", f"accounts/{part(name)}/archive/size")


def delete_account(name: str) -> Call[Account]:
    """Let an account end with all that is of it; it begins at once, and goes on by itself."""
    return Call(Account, "DELETE", f"accounts/{part(name)}")


def leave_account(name: str) -> Call[Left]:
    """Say that an account's owner has logged out: a visitor's ends. For the hub."""
    return Call(Left, "POST", f"accounts/{part(name)}/leave")

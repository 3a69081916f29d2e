"""Accounts: who the user is, and the ways in."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from aglais_hub.wire.base import Instant, Model, RequestModel

__all__ = [
    "Account",
    "AccountRows",
    "AddressChange",
    "Confirmation",
    "Credentials",
    "Identity",
    "LoggedIn",
    "MailRequest",
    "NewPassword",
    "PasswordChange",
    "Registered",
    "Registration",
    "Stopped",
    "TryRequest",
]


def _trim(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


EMAIL = r"^[^@\s\x00-\x1f<>\"(),:;\\\[\]]{1,64}@[^@\s\x00-\x1f<>\"(),:;\\\[\]]{1,190}$"

Email = Annotated[str, Field(max_length=255, pattern=EMAIL), BeforeValidator(_trim)]
Network = Annotated[str, Field(max_length=64)]
Code = Annotated[str, Field(min_length=8, max_length=100, repr=False)]

NewSecret = Annotated[str, Field(min_length=1, max_length=400, repr=False)]
"""A password that is to be; the services say which they take."""

Secret = Annotated[str, Field(max_length=400, repr=False)]


class Identity(Model):
    """One way in: an email address with a password, or a provider and the subject it knows the person by."""

    kind: str
    subject: str
    verified: Instant | None = None


class Account(Model):
    """A person, or an anonymous visitor. ``name`` is the hub's user name. ``level`` 0 is anonymous, 1 basic."""

    name: str
    url: str
    level: int
    display: str
    admin: bool
    package: str
    created: Instant
    identities: list[Identity] = []


class AccountRows(Model):
    """A page of accounts by name; ``next`` is the address of the following page, where there is one."""

    rows: list[Account]
    next: str | None = None


class TryRequest(RequestModel):
    """Ask for an anonymous account. ``address`` is the visitor's network address, for the limit on it."""

    address: Annotated[str, Field(max_length=64)] = ""


class Registration(RequestModel):
    """Register with an email address and a password; a confirmation code goes to the address.

    ``link`` is the page that takes the code, with ``CODE`` standing for it. ``address`` is the person's network
    address, for the limit on it.
    """

    email: Email
    password: NewSecret
    display: Annotated[str, Field(max_length=120)] = ""
    link: Annotated[str, Field(max_length=500)] = ""
    address: Network = ""


class Registered(Model):
    """What happens next, in words; the same for a known and an unknown address."""

    message: str


class Confirmation(RequestModel):
    """A code from a mail. ``address`` is the person's network address, for the limit on it."""

    code: Code
    address: Network = ""


class Credentials(RequestModel):
    """An email address and its password. ``address`` is the person's network address, for the limit on it.

    ``device`` is what the browser was given when its owner logged in last.
    """

    email: Annotated[str, Field(max_length=255)]
    password: Secret
    address: Network = ""
    device: Annotated[str, Field(max_length=100, repr=False)] = ""


class LoggedIn(Account):
    """An account that somebody has just proved to be theirs.

    ``device`` is for the browser to keep and show when they log in again, where it is new: nobody else's wrong
    passwords can then keep them out.
    """

    device: Annotated[str | None, Field(repr=False)] = None


class MailRequest(RequestModel):
    """An address that a mail is asked for. ``address`` is the person's network address, for the limit on it."""

    email: Email
    address: Network = ""


class NewPassword(RequestModel):
    """A new password, and the code that was mailed to choose it with."""

    code: Code
    password: NewSecret
    address: Network = ""


class PasswordChange(RequestModel):
    """A new password, and the ``old`` one."""

    old: Secret
    password: NewSecret


class AddressChange(RequestModel):
    """A new email address, and the account's password. ``address`` is the person's network address."""

    email: Email
    password: Secret
    address: Network = ""


class Stopped(Model):
    """Whose change of address was stopped, and a code to choose a new password with."""

    name: str
    code: Annotated[str, Field(repr=False)]

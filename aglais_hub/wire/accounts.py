"""Accounts: who the user is, and the ways in."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, field_validator

from aglais_hub.wire.base import Instant, Model, RequestModel

__all__ = [
    "Account",
    "AccountRows",
    "Confirmation",
    "Credentials",
    "Identity",
    "Registered",
    "Registration",
    "TryRequest",
]

EMAIL = r"^[^@\s\x00-\x1f<>\"(),:;\\\[\]]{1,64}@[^@\s\x00-\x1f<>\"(),:;\\\[\]]{1,190}$"

Password = Annotated[str, Field(min_length=8, max_length=200, repr=False)]


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

    email: Annotated[str, Field(max_length=255, pattern=EMAIL)]
    password: Password
    display: Annotated[str, Field(max_length=120)] = ""
    link: Annotated[str, Field(max_length=500)] = ""
    address: Annotated[str, Field(max_length=64)] = ""

    @field_validator("email", mode="before")
    @classmethod
    def _trim(cls, value: Any) -> Any:
        return value.strip() if isinstance(value, str) else value


class Registered(Model):
    """What happens next, in words; the same for a known and an unknown address."""

    message: str


class Confirmation(RequestModel):
    """A confirmation code from a mail."""

    code: Annotated[str, Field(min_length=8, max_length=100, repr=False)]


class Credentials(RequestModel):
    """An email address and its password. ``address`` is the person's network address, for the limit on it."""

    email: Annotated[str, Field(max_length=255)]
    password: Annotated[str, Field(max_length=200, repr=False)]
    address: Annotated[str, Field(max_length=64)] = ""

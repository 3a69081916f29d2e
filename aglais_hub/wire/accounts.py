"""Accounts: who the user is, and the ways in."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, field_validator

from aglais_hub.wire.base import Instant, Model, RequestModel

__all__ = [
    "Account",
    "AccountEdit",
    "AccountRows",
    "AddressChange",
    "Arrival",
    "Arrived",
    "Batch",
    "BatchRequest",
    "Card",
    "Confirmation",
    "Credentials",
    "Identity",
    "LoggedIn",
    "LoginToken",
    "LoginTokenRequest",
    "MailRequest",
    "NewPassword",
    "Opening",
    "PasswordChange",
    "Pending",
    "Registered",
    "Registration",
    "Stopped",
    "TokenLogin",
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


PROVIDER = r"^[a-z][a-z0-9-]{0,19}$"
"""Name of a provider: it is part of addresses, and of what an account is found by. Never ``email``."""


class Identity(Model):
    """One way in: an email address with a password, or a provider and the subject it knows the person by.

    ``label`` is what the provider calls the person, which may change; ``email`` an address that it has verified.
    """

    id: int = 0
    kind: str
    subject: str
    label: str = ""
    email: str | None = None
    verified: Instant | None = None


class Account(Model):
    """A person, or an anonymous visitor. ``name`` is the hub's user name. ``level`` 0 is anonymous, 1 basic.

    ``terms`` is the version of the terms of use that was accepted. ``asks`` names what has to be answered before the
    next lab: ``affiliation``, ``terms``.
    """

    name: str
    url: str
    level: int
    display: str
    admin: bool
    package: str
    affiliation: str = ""
    terms: str = ""
    accepted: Instant | None = None
    asks: list[str] = []
    created: Instant
    expires: Instant | None = None
    identities: list[Identity] = []


class AccountEdit(RequestModel):
    """What people say of themselves; what is left out stays. ``terms`` is the version that they accept."""

    display: Annotated[str | None, Field(min_length=1, max_length=120)] = None
    affiliation: Annotated[str | None, Field(max_length=200)] = None
    terms: Annotated[str | None, Field(max_length=40)] = None


class Arrival(RequestModel):
    """Somebody whom a provider has just proven to be ``subject``.

    ``email`` is an address that the provider has verified; one that it has not is left out. With ``link``, the name
    of an account that the same browser is logged in to, the identity becomes one of its ways in.
    """

    kind: Annotated[str, Field(pattern=PROVIDER)]
    subject: Annotated[str, Field(min_length=1, max_length=255)]
    label: Annotated[str, Field(max_length=255)] = ""
    display: Annotated[str, Field(max_length=120)] = ""
    email: Annotated[str | None, Field(max_length=255, pattern=EMAIL)] = None
    link: Annotated[str, Field(max_length=63)] = ""

    @field_validator("kind")
    @classmethod
    def _not_by_email(cls, value: str) -> str:
        if value == "email":
            raise ValueError("is what an address with a password is kept as; no provider may have this name")
        return value


class Arrived(Model):
    """The account of an arrival; or, where there is none, what is known of the arrival, and ``pending``.

    ``pending`` stands for the proof, once, and for minutes. ``has_account`` says that its email is that of an account
    here; ``asks`` names what is to be answered to open a new one.
    """

    account: Account | None = None
    pending: str = ""
    kind: str
    label: str
    display: str
    email: str | None = None
    has_account: bool = False
    asks: list[str] = []


class Pending(RequestModel):
    """The proof that an arrival left."""

    pending: Annotated[str, Field(min_length=8, max_length=100, repr=False)]


class Opening(Pending):
    """Open an account for an arrival, with the answers to what was asked."""

    display: Annotated[str, Field(max_length=120)] = ""
    affiliation: Annotated[str, Field(max_length=200)] = ""
    terms: Annotated[str, Field(max_length=40)] = ""


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


class LoginTokenRequest(RequestModel):
    """Ask for a token that logs an account in once, within so many ``seconds``, and leads to the path ``next``."""

    seconds: Annotated[int, Field(ge=10, le=3600)] = 300
    next: Annotated[str, Field(max_length=500, pattern=r"^(/[^/\\].*)?$")] = ""


class LoginToken(Model):
    """A token that logs an account in once; ``url`` is where a browser takes it."""

    account: str
    token: Annotated[str, Field(repr=False)]
    url: Annotated[str, Field(repr=False)]
    expires: Instant


class TokenLogin(RequestModel):
    """A login token. ``address`` is the person's network address, for the limit on it."""

    token: Annotated[str, Field(min_length=1, max_length=100, repr=False)]
    address: Network = ""


class BatchRequest(RequestModel):
    """Ask for accounts ``NAME-01``, ``NAME-02``, … of a level, that end at ``until``."""

    number: Annotated[int, Field(ge=1, le=500)]
    name: Annotated[str, Field(max_length=24, pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$")]
    until: Instant
    level: Annotated[int, Field(ge=1, le=100)] = 1


class Card(Model):
    """An account of a batch, and the link that logs it in until it ends."""

    account: str
    url: Annotated[str, Field(repr=False)]


class Batch(Model):
    """Accounts that end at ``until``. Their links are told this once."""

    level: int
    until: Instant
    rows: list[Card]


class Stopped(Model):
    """Whose change of address was stopped, and a code to choose a new password with."""

    name: str
    code: Annotated[str, Field(repr=False)]

"""Accounts: who the user is, and the ways in."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, field_validator

from aglais_hub.wire.base import Instant, Model, RequestModel, one_line, reachable
from aglais_hub.wire.policy import Allowance, Attributes

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
    "Left",
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
Display = Annotated[str, Field(max_length=120), AfterValidator(one_line)]
NewDisplay = Annotated[str, Field(min_length=1, max_length=120), AfterValidator(one_line)]
Affiliation = Annotated[str, Field(max_length=200), AfterValidator(one_line)]
Network = Annotated[str, Field(max_length=64)]
Code = Annotated[str, Field(min_length=8, max_length=100, repr=False)]

UNANSWERED = {"affiliation": "Please say where you work.", "terms": "Please accept the terms of use."}
"""What is said of each thing that is asked first, while it is not answered."""

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

    ``allowance`` is what it may have: its level's, but for the ``attributes`` that an admin has set by hand. While it
    is ``suspended``, for a ``reason``, it is no way in, nor once it is ``ending``: then it is being erased. ``terms``
    is the version of the terms of use that was accepted. ``asks`` names what has to be answered before the next lab:
    ``affiliation``, ``terms``. ``seen`` is when somebody last logged in; ``version`` counts the changes by admins and
    its owner.
    """

    name: str
    url: str
    level: int
    display: str
    admin: bool
    package: str
    allowance: Allowance = Allowance()
    attributes: Attributes | None = None
    affiliation: str = ""
    terms: str = ""
    accepted: Instant | None = None
    asks: list[str] = []
    created: Instant
    expires: Instant | None = None
    suspended: Instant | None = None
    ending: Instant | None = None
    reason: str = ""
    seen: Instant | None = None
    version: int = 1
    identities: list[Identity] = []


class AccountEdit(RequestModel):
    """What people say of themselves; what is left out stays. ``terms`` is the version that they accept."""

    display: NewDisplay | None = None
    affiliation: Affiliation | None = None
    terms: Annotated[str | None, Field(max_length=40)] = None


class Arrival(RequestModel):
    """Somebody whom a provider has just proven to be ``subject``.

    ``email`` is an address that the provider has verified; one that it has not is left out. With ``link``, the name
    of an account that the same browser is logged in to, the identity becomes one of its ways in.
    """

    kind: Annotated[str, Field(pattern=PROVIDER)]
    subject: Annotated[str, Field(min_length=1, max_length=255)]
    label: Annotated[str, Field(max_length=255)] = ""
    display: Display = ""
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
    """Open an account for an arrival, with the answers to what was asked.

    ``visitor`` is the account that the same browser is a visitor with: it becomes the member's. ``invitation`` is the
    code of the link that brought them. ``address`` is the person's network address, for the limit on it.
    """

    display: Display = ""
    affiliation: Affiliation = ""
    terms: Annotated[str, Field(max_length=40)] = ""
    visitor: Annotated[str, Field(max_length=63)] = ""
    invitation: Annotated[str, Field(max_length=100, repr=False)] = ""
    address: Network = ""


class AccountRows(Model):
    """A page of accounts; ``next`` is the address of the following page, where there is one.

    ``total``, how many there are on all pages, is told where it is asked for.
    """

    rows: list[Account]
    next: str | None = None
    total: int | None = None


class TryRequest(RequestModel):
    """Ask for an anonymous account. ``address`` is the visitor's network address, for the limit on it."""

    address: Annotated[str, Field(max_length=64)] = ""


class Registration(RequestModel):
    """Register with an email address and a password; a confirmation code goes to the address.

    ``link`` is the page that takes the code, with ``CODE`` standing for it. ``address`` is the person's network
    address, for the limit on it. ``visitor`` is the account that the same browser is a visitor with: confirmed, it is
    the member's. ``account`` is the one that it is logged in to, and that has no address yet: confirmed, it is a way
    into that one. ``invitation`` is the code of the link that brought them.
    """

    email: Email
    password: NewSecret
    account: Annotated[str, Field(max_length=63)] = ""
    display: Display = ""
    link: Annotated[str, Field(max_length=500)] = ""
    address: Network = ""
    visitor: Annotated[str, Field(max_length=63)] = ""
    invitation: Annotated[str, Field(max_length=100, repr=False)] = ""


class Registered(Model):
    """What happens next, in words; the same for a known and an unknown address.

    ``late`` is whether mail is being held up right now: the mail server does not take it, and it is tried again.
    """

    message: str
    late: bool = False


class Confirmation(RequestModel):
    """A code from a mail. ``address`` is the person's network address, for the limit on it.

    ``opened`` is told where a link was opened, as programs do that look through mails: the address of mail that the
    same browser has registered with, if any. Left out, somebody has typed the code, or pressed a button.
    """

    code: Code
    address: Network = ""
    opened: Annotated[str | None, Field(max_length=255)] = None


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
    """Ask for accounts ``NAME-01``, ``NAME-02``, … of a level, that end at ``until``.

    With ``erase`` all that is of them goes then; else their files stay, and nobody gets in.
    """

    number: Annotated[int, Field(ge=1, le=500)]
    name: Annotated[str, Field(max_length=24, pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$"), AfterValidator(reachable)]
    until: Instant
    level: Annotated[int, Field(ge=1, le=100)] = 1
    erase: bool = False


class Card(Model):
    """An account of a workshop, and the link that logs it in until it ends.

    ``qr``, told where it is asked for, is the link as a picture for phones: an SVG in a ``data:`` address.
    """

    account: str
    url: Annotated[str, Field(repr=False)]
    qr: Annotated[str, Field(repr=False)] = ""


class Batch(Model):
    """Accounts that end at ``until``. Their links are told this once."""

    level: int
    until: Instant
    rows: list[Card]


class Left(Model):
    """Whether an account has ended because its owner logged out, as a visitor's does."""

    ended: bool


class Stopped(Model):
    """Whose change of address was stopped, and a code to choose a new password with."""

    name: str
    code: Annotated[str, Field(repr=False)]

"""What admins do with accounts: settings, suspending, the trail of changes, invitations, import and export."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from aglais_hub.wire.accounts import Affiliation, Email, NewDisplay
from aglais_hub.wire.base import Instant, Model, RequestModel
from aglais_hub.wire.policy import Attributes

__all__ = [
    "AccountChange",
    "AccountChangeRows",
    "AccountSettings",
    "Holdings",
    "Import",
    "ImportRow",
    "Imported",
    "Invitation",
    "InvitationRequest",
    "InvitationRows",
    "Resumption",
    "SpaceUse",
    "Suspension",
]

Level = Annotated[int, Field(ge=0, le=100)]
Note = Annotated[str, Field(max_length=500)]


class AccountSettings(RequestModel):
    """What an admin sets for an account; what is left out stays.

    ``expires`` and ``attributes`` are taken away with ``null``. With ``version``, that of the account as it was looked
    at, nothing is changed where somebody else has changed it since. ``note`` goes into the trail, for admins alone.
    """

    level: Level | None = None
    attributes: Attributes | None = None
    expires: Instant | None = None
    display: NewDisplay | None = None
    affiliation: Affiliation | None = None
    version: Annotated[int | None, Field(ge=1, le=2**53)] = None
    note: Note = ""


class Suspension(RequestModel):
    """Suspend an account: no way in from now on, and its server is stopped.

    Its owner is told the ``reason``. ``bookings`` says what becomes of those that have not begun. ``note`` goes into
    the trail, for admins alone.
    """

    reason: Annotated[str, Field(min_length=1, max_length=300)]
    bookings: Literal["keep", "release"] = "keep"
    note: Note = ""


class Resumption(RequestModel):
    """Let a suspended account in again. ``note`` goes into the trail, for admins alone."""

    note: Note = ""


class SpaceUse(Model):
    """What is in a space: so many files of so many MiB together, as last measured."""

    space: str
    files: int
    size: int


class Holdings(Model):
    """What an account has, and would lose.

    ``server`` says that one runs, ``bookings`` how many there are that are not over. ``groups`` are those that it is a
    member of, ``alone`` those of them that have no other owner.
    """

    account: str
    server: bool = False
    bookings: int = 0
    spaces: list[SpaceUse] = []
    keys: int = 0
    groups: list[str] = []
    alone: list[str] = []


class AccountChange(Model):
    """A change to an account: ``what`` in words, with what was so ``before`` and ``after``.

    ``by`` is the name of whoever made it, and empty where it was time. One's own trail says ``an admin`` of everybody
    else, and has no ``note``.
    """

    id: str
    at: Instant
    account: str
    by: str
    through: Literal["api", "page", "cli", "platform"]
    what: str
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    note: str = ""


class AccountChangeRows(Model):
    """A page of changes, the latest first; ``next`` is the address of the following page, where there is one."""

    rows: list[AccountChange]
    next: str | None = None


class InvitationRequest(RequestModel):
    """Invite an address: the account that comes of it has this ``level``, ``expires`` then, and joins ``group``.

    ``note`` is a line in the mail.
    """

    email: Email
    level: Annotated[int, Field(ge=1, le=100)] = 1
    expires: Instant | None = None
    group: Annotated[str, Field(max_length=63)] = ""
    note: Annotated[str, Field(max_length=120)] = ""


class Invitation(Model):
    """An invitation, which counts ``until`` then; ``account`` is who has come of it, ``by`` who has invited."""

    id: str
    url: str
    email: str
    level: int
    expires: Instant | None = None
    group: str = ""
    note: str = ""
    by: str
    created: Instant
    until: Instant
    mailed: Instant
    state: Literal["waiting", "accepted", "withdrawn", "expired"]
    account: str | None = None


class InvitationRows(Model):
    """A page of invitations, the latest first; ``next`` is the address of the following page, where there is one."""

    rows: list[Invitation]
    next: str | None = None


class Import(RequestModel):
    """Accounts to import, as the text of a CSV or YAML document. With ``mail``, who is new is sent an invitation."""

    document: Annotated[str, Field(max_length=8_000_000, repr=False)]
    format: Literal["csv", "yaml"] = "csv"
    mail: bool = False


class ImportRow(Model):
    """What became of a row, counted from 1: whose it is, what was done, which ``fields`` changed, or why not.

    Of one that was refused, ``name`` is what it says of itself, an address where it has no name.
    """

    row: int
    name: str = ""
    action: Literal["created", "changed", "unchanged", "refused"]
    fields: list[str] = []
    error: str | None = None


class Imported(Model):
    """What became of each row that was asked for; after a dry run, what would. The document is ``of`` so many."""

    dry_run: bool
    rows: list[ImportRow]
    of: int = 0

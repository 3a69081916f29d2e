"""Workshops: accounts that are opened together, end together, and are handed out as cards with a link."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from aglais_hub.wire.accounts import BatchRequest, Card
from aglais_hub.wire.base import Instant, Model, RequestModel

__all__ = [
    "LinksRequest",
    "MoreAccounts",
    "Workshop",
    "WorkshopAccount",
    "WorkshopAccountRows",
    "WorkshopCards",
    "WorkshopEdit",
    "WorkshopEnd",
    "WorkshopHoldings",
    "WorkshopRequest",
    "WorkshopRows",
    "WorkshopState",
]

WorkshopState = Literal["open", "ending", "over"]
"""``ending`` is open for less than a day more."""

Name = Annotated[str, Field(min_length=1, max_length=63)]


class WorkshopRequest(BatchRequest):
    """Open a workshop: accounts ``NAME-01``, ``NAME-02``, … of a level, that end at ``until``.

    With ``erase`` all that is of them goes then; else their files stay, and nobody gets in.
    """


class Workshop(Model):
    """A workshop, which ends at ``until``; ``by`` is who opened it.

    So many accounts were ``opened`` for it, of which ``accounts`` are there, and to ``come`` of them somebody has
    logged in. ``version`` counts the changes by admins.
    """

    name: str
    url: str
    state: WorkshopState
    level: int
    until: Instant
    erase: bool
    created: Instant
    by: str
    opened: int
    accounts: int
    come: int
    version: int


class WorkshopRows(Model):
    """A page of workshops, the latest first; ``next`` is the address of the following page, where there is one."""

    rows: list[Workshop]
    next: str | None = None


class WorkshopAccount(Model):
    """An account of a workshop. Its link was made at ``linked``, and last ``used`` then; without one it has no link.

    ``expires`` is another than the workshop's ``until`` where an admin has set its end by itself. ``lab`` says whether
    it has one now; nothing where the hub does not tell.
    """

    account: str
    linked: Instant | None = None
    used: Instant | None = None
    seen: Instant | None = None
    expires: Instant | None = None
    suspended: Instant | None = None
    ending: Instant | None = None
    lab: bool | None = None


class WorkshopAccountRows(Model):
    """All accounts of a workshop that are there."""

    rows: list[WorkshopAccount]


class WorkshopCards(Model):
    """A workshop, and cards of its accounts. Their links are told this once."""

    workshop: Workshop
    rows: list[Card]


class MoreAccounts(RequestModel):
    """Open so many more accounts of a workshop."""

    number: Annotated[int, Field(ge=1, le=500)]


class LinksRequest(RequestModel):
    """Give these accounts of a workshop new links, or all; the old ones lead nowhere from then on.

    With ``log_out`` whoever is logged in to them is out, too; labs go on.
    """

    accounts: Annotated[list[Name] | None, Field(min_length=1, max_length=500)] = None
    log_out: bool = False


class WorkshopEdit(RequestModel):
    """Change when a workshop ends, or what becomes of its accounts then; what is left out stays.

    With ``version``, that of the workshop as it was looked at, only where nobody else has changed it since.
    """

    until: Instant | None = None
    erase: bool | None = None
    version: Annotated[int | None, Field(ge=1, le=2**53)] = None


class WorkshopEnd(RequestModel):
    """End a workshop now. With ``erase`` all that is of its accounts goes; left out, it is as the workshop says."""

    erase: bool | None = None


class WorkshopHoldings(Model):
    """What the accounts have that end with a workshop: labs that run, bookings that are not over, files in MiB.

    ``apart`` are accounts that have an end of their own, and stay.
    """

    accounts: int
    apart: int
    labs: int
    bookings: int
    files: int
    size: int

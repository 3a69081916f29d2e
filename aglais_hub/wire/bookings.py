"""Bookings: claims on a cluster over time, from an offer to the end of a session."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AliasChoices, Field

from aglais_hub.wire.base import Instant, Model, RequestModel
from aglais_hub.wire.resources import MOST, Cores, Resources

__all__ = [
    "Booking",
    "BookingEdit",
    "BookingRequest",
    "BookingRows",
    "Extension",
    "Phase",
    "SessionRequest",
    "Sharing",
    "Span",
]


class Phase(StrEnum):
    """The phases of a booking; the names are those of the IVOA Execution Broker."""

    INITIAL = "INITIAL"
    OFFERED = "OFFERED"
    ACCEPTED = "ACCEPTED"
    WAITING = "WAITING"
    PREPARING = "PREPARING"
    AVAILABLE = "AVAILABLE"
    RUNNING = "RUNNING"
    RELEASING = "RELEASING"
    COMPLETED = "COMPLETED"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"
    CANCELLED = "CANCELLED"
    FAILED = "FAILED"


Sharing = Literal["shared", "managed", "reserved"]


class Span(Model):
    """A half-open interval ``[start, end)``."""

    start: Instant
    end: Instant


class Extension(Model):
    """How far a booking could be extended as the timeline stands now.

    ``until`` is the latest end that fits, within the step asked for; ``because`` says in words what ends it there,
    and is empty where the whole step fits.
    """

    until: Instant | None
    because: str = ""


class Booking(Model):
    """A claim on a cluster during one or more spans, in a phase.

    ``version`` goes up with every change: an edit that names an older one is refused. ``expires`` is set on an offer.
    ``kind`` says, on an offer, which it is: ``earliest``, ``smaller`` or ``shorter``. ``reason`` says why it is in
    its phase, where that is not plain.
    """

    id: str
    url: str
    account: str
    phase: Phase
    version: int
    package: str | None
    package_version: int | None
    cluster: str
    sharing: Sharing
    resources: Resources
    spans: list[Span]
    start: Instant
    end: Instant
    created: Instant
    modified: Instant
    expires: Instant | None = None
    kind: str | None = None
    reason: str = ""
    note: str = ""


class BookingRows(Model):
    """A page of bookings by start; ``next`` is the address of the following page, where there is one."""

    rows: list[Booking]
    next: str | None = None


class BookingRequest(RequestModel):
    """Ask for a booking: a package, or explicit resources. Dates without a time are whole days of ``tz``.

    ``startdate`` may be left out for *now*; instead of ``enddate`` a ``duration`` (ISO 8601, as in ``PT2H``) may be
    given. ``account`` books for another account and needs an admin.
    """

    package: Annotated[str | None, Field(max_length=31, validation_alias=AliasChoices("package", "template"))] = None
    cluster: Annotated[str | None, Field(max_length=63, validation_alias=AliasChoices("cluster", "clusterid"))] = None
    startdate: str | None = None
    enddate: str | None = None
    duration: str | None = None
    tz: str = "UTC"
    cores: Annotated[Cores, Field(ge=0)] = Decimal(0)
    memory: Annotated[int, Field(ge=0, le=MOST)] = 0
    temporary: Annotated[int, Field(ge=0, le=MOST)] = 0
    user: Annotated[int, Field(ge=0, le=MOST)] = 0
    data: Annotated[int, Field(ge=0, le=MOST)] = 0
    servers: Annotated[int, Field(ge=0, le=MOST)] = 0
    gpus: Annotated[int, Field(ge=0, le=MOST)] = 0
    sharing: Sharing = "managed"
    account: Annotated[str | None, Field(min_length=1, max_length=255)] = None
    note: Annotated[str, Field(max_length=200)] = ""


class BookingEdit(RequestModel):
    """Change a booking: its end (``enddate``, or longer by ``extend``, ISO 8601), its phase, or its note.

    ``phase`` may be ACCEPTED (take an offer), REJECTED (decline it), CANCELLED (before its start) or COMPLETED (end
    it now). With ``version``, the edit is refused with 409 if the booking has changed since.
    """

    phase: Phase | None = None
    enddate: str | None = None
    extend: str | None = None
    note: Annotated[str | None, Field(max_length=200)] = None
    version: int | None = None
    tz: str = "UTC"


class SessionRequest(RequestModel):
    """What a spawner asks before it starts a server: may ``account`` run one now, as large as what, until when?

    Without a booking for now, ``package`` is booked (the account's default where it is not named) for ``duration``
    (ISO 8601), or refused with offers: a shorter time among them, where the next booking needs the place.
    """

    account: Annotated[str, Field(min_length=1, max_length=255)]
    package: Annotated[str | None, Field(max_length=31)] = None
    duration: str | None = None

"""Bookings: claims on a cluster over time, from an offer to the end of a session."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal, get_args

from pydantic import AliasChoices, BeforeValidator, Field

from aglais_hub.wire.base import Instant, Model, RequestModel
from aglais_hub.wire.resources import MOST, Cores, Percent, Resources

__all__ = [
    "OFFER_KINDS",
    "Booking",
    "BookingEdit",
    "BookingRequest",
    "BookingRows",
    "ClassRequest",
    "Extension",
    "OfferKind",
    "Offers",
    "Phase",
    "SessionEnd",
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
"""``shared`` is over-committed by the cluster's factor, ``managed`` guaranteed, ``reserved`` has servers to itself."""

OfferKind = Literal["asked", "earliest", "smaller", "shorter", "split", "week"]
"""How an offer differs from what was asked for: not at all, later, a smaller package, a shorter time, several spans, or
the same day and time of a later week."""

OFFER_KINDS: tuple[OfferKind, ...] = get_args(OfferKind)


class Span(Model):
    """A half-open interval ``[start, end)``."""

    start: Instant
    end: Instant


class Extension(Model):
    """How far a booking could be extended as the timeline stands now.

    ``until`` is the latest end that fits, within the step asked for, and nothing where no part of it does; ``because``
    says in words what ends it there, and is empty where the whole step fits.
    """

    until: Instant | None
    because: str = ""


class Booking(Model):
    """A claim on a cluster during one or more spans, in a phase.

    ``version`` goes up with every change: an edit that names an older one is refused. ``expires`` is set on an offer,
    and so is ``kind``, which says how it differs from what was asked for. ``reason`` says why the booking is in its
    phase, where that is not plain. ``share`` is the percentage of the cluster that it follows, where it was booked so,
    and ``recurrence`` the RFC 5545 rule that its spans come from. ``until`` is when its server has to stop: the end of
    the span that is running or comes next, or of the account's bookings that follow it without a gap on the same
    package. ``why`` is the address of the decision that made it. ``outage`` is since when it has had no server through
    no fault of its holder. ``lost`` is how long that was in all (ISO 8601), once it is over: time that was not used,
    whether the booking was made longer by it or not. ``prepare`` is whether its lab is made
    ready before its start, and ``prepares`` since or from when that is for the span to come. ``group`` is whose
    budget it is charged to, where it is a group's.
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
    kind: OfferKind | None = None
    reason: str = ""
    note: str = ""
    share: Percent | None = None
    recurrence: str | None = None
    until: Instant
    why: str | None = None
    outage: Instant | None = None
    lost: str = "PT0S"
    prepare: bool = False
    prepares: Instant | None = None
    group: str | None = None


class Offers(Model):
    """Offers that were asked for, at most four, each held until it expires."""

    offers: list[Booking]
    why: str


class BookingRows(Model):
    """A page of bookings by start; ``next`` is the address of the following page, where there is one."""

    rows: list[Booking]
    next: str | None = None


MOST_IN_A_CLASS = 500

SPANS_SCHEMA = {"oneOf": [{"type": "string"}, {"type": "array", "items": {}}, {"type": "null"}]}


class BookingRequest(RequestModel):
    """Ask for a booking: a package, explicit resources, or a share of a cluster.

    Dates without a time are whole days of ``tz``.

    ``startdate`` may be left out for *now*; instead of ``enddate`` a ``duration`` (ISO 8601, as in ``PT2H``) may be
    given. With ``window`` (ISO 8601) the booking may start up to that much later, as early as it fits, and no offer
    lies outside of it. ``shortest`` (ISO 8601) and ``smallest`` (a package) bound what is worth offering instead.

    Several spans are listed in ``spans`` instead of dates: in JSON a list of ``{start, end}``, or of texts
    ``start/end``, ``start/duration`` or ``date``; in a form those texts with commas between them. Or they follow from
    the first by ``recurrence``, an RFC 5545 rule as in ``FREQ=WEEKLY;BYDAY=MO,WE;COUNT=10``.

    ``share`` asks for a percentage of all that the cluster has, as in ``20%``. ``account`` books for another account
    and needs an admin. With ``prepare`` the lab is started for its holder, shortly before the booking's start.
    ``group`` is the group, one of the account's, whose budget it is charged to.
    """

    package: Annotated[str | None, Field(max_length=31, validation_alias=AliasChoices("package", "template"))] = None
    cluster: Annotated[str | None, Field(max_length=63, validation_alias=AliasChoices("cluster", "clusterid"))] = None
    startdate: str | None = None
    enddate: str | None = None
    duration: str | None = None
    window: str | None = None
    spans: Annotated[Any, Field(json_schema_extra=SPANS_SCHEMA)] = None
    recurrence: Annotated[str | None, Field(max_length=500)] = None
    tz: str = "UTC"
    shortest: str | None = None
    smallest: Annotated[str | None, Field(max_length=31)] = None
    share: Annotated[str | None, Field(max_length=8)] = None
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
    prepare: bool = False
    group: Annotated[str | None, Field(min_length=1, max_length=63)] = None


def _listed(accounts: Any) -> Any:
    """A form gives names with commas between them."""
    return [name.strip() for name in accounts.split(",")] if isinstance(accounts, str) else accounts


class ClassRequest(BookingRequest):
    """Ask for the same booking for each of many ``accounts``: all of them are booked, or none."""

    accounts: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=255)]],
        BeforeValidator(_listed),
        Field(min_length=1, max_length=MOST_IN_A_CLASS),
    ]


class BookingEdit(RequestModel):
    """Change a booking: when it is, its phase, or its note.

    ``enddate`` moves its end either way; ``extend`` makes it longer and ``shorten`` shorter by an ISO 8601 duration.
    ``startdate`` moves the whole of it, as long as it was unless ``enddate`` is given too. With ``partial``, an
    extension that does not fit is made as far as it does; otherwise the refusal says until when.

    ``phase`` may be ACCEPTED (take an offer), REJECTED (decline it), CANCELLED (before its start) or COMPLETED (end
    it now). ``prepare`` is whether its lab is made ready before its start. ``group`` charges what is ahead to this
    group of its holder's, with ``-`` to none. With ``version``, the edit is refused with 409 if the booking has changed
    since; the answer says how.
    """

    phase: Phase | None = None
    startdate: str | None = None
    enddate: str | None = None
    extend: str | None = None
    shorten: str | None = None
    partial: bool = False
    note: Annotated[str | None, Field(max_length=200)] = None
    prepare: bool | None = None
    group: Annotated[str | None, Field(max_length=63)] = None
    version: int | None = None
    tz: str = "UTC"


class SessionRequest(RequestModel):
    """What a spawner asks before it starts a server: may ``account`` run one now, as large as what, until when?

    Without a booking for now, ``package`` is booked (the account's default where it is not named) for ``duration``
    (ISO 8601), or refused with offers: a shorter time among them, where the next booking needs the place. With
    ``booking`` the server runs under that one or not at all.
    """

    account: Annotated[str, Field(min_length=1, max_length=255)]
    package: Annotated[str | None, Field(max_length=31)] = None
    duration: str | None = None
    booking: Annotated[str | None, Field(max_length=36)] = None


class SessionEnd(RequestModel):
    """How a server came to its end.

    ``fault`` says why, in a sentence, where it was not its holder's doing: then time is given back. ``gone`` is for how
    long there has been no server by now (ISO 8601).
    """

    fault: Annotated[str, Field(max_length=200)] = ""
    gone: str = "PT0S"

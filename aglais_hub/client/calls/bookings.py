"""Calls about bookings: offers, changes, and the decisions behind them; and the sessions of spawners."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any, Literal, Unpack

from aglais_hub.client.calls.base import Amounts, Call, When, body, part, query, range_text, text
from aglais_hub.wire.bookings import Booking, BookingRows, Extension, Offers, Phase, Sharing, Span
from aglais_hub.wire.decisions import ChangeRows, Decision, DecisionRows

__all__ = [
    "Asked",
    "accept",
    "book",
    "book_class",
    "booking",
    "bookings",
    "cancel",
    "changes",
    "decision",
    "decisions",
    "edit",
    "end",
    "extend",
    "extension",
    "move",
    "offers",
    "shorten",
    "start_session",
    "stop_session",
]

Outcome = Literal["accepted", "refused", "offered"]


class Asked(Amounts, total=False):
    """What a request for a booking may say beside its package, which it has instead of amounts of resources.

    Lengths are ISO 8601 or ``timedelta``. ``window`` is how much later it may start, ``spans`` the spans of it instead
    of dates, ``recurrence`` an RFC 5545 rule that repeats the first, ``share`` a part of the cluster as in ``20%``;
    ``shortest`` and ``smallest`` (a package) bound what is offered instead. ``account`` needs an admin. With
    ``prepare`` the lab is started shortly before the booking's start. ``group`` is whose budget it is charged to.
    """

    startdate: When | None
    enddate: When | None
    duration: timedelta | str | None
    window: timedelta | str | None
    spans: Sequence[Span | tuple[When, When] | str] | None
    recurrence: str | None
    shortest: timedelta | str | None
    smallest: str | None
    share: str | None
    cluster: str | None
    sharing: Sharing | None
    account: str | None
    tz: str | None
    note: str | None
    prepare: bool | None
    group: str | None


def bookings(
    range: tuple[When, When] | None = None,
    *,
    phase: Iterable[Phase | str] = (),
    account: str | None = None,
    group: str | None = None,
    package: str | None = None,
    cluster: str | None = None,
    limit: int | None = None,
    after: str | None = None,
) -> Call[BookingRows]:
    """Bookings that overlap ``range``, by start: one's own, those of a group, or as an admin everyone's."""
    said = query(
        range=range_text(range),
        phase=",".join(phase) or None,
        account=account,
        group=group,
        package=package,
        cluster=cluster,
        limit=limit,
        after=after,
    )
    return Call(BookingRows, "GET", "bookings/select", said)


def booking(id: str) -> Call[Booking]:
    """One booking."""
    return Call(Booking, "GET", f"bookings/{part(id)}")


def book(package: str | None = None, *, key: str | None = None, **asked: Unpack[Asked]) -> Call[Booking]:
    """Book a package, explicit resources, or a share of a cluster; without ``startdate`` from now on.

    With ``key``, a second call gives the first call's booking. Raises ``RefusedError`` with ``offers``.
    """
    headers = {"Idempotency-Key": key} if key else {}
    return Call(Booking, "POST", "bookings/create", body=_asked(package, asked), headers=headers)


def book_class(
    package: str | None, accounts: Sequence[str], *, key: str | None = None, **asked: Unpack[Asked]
) -> Call[BookingRows]:
    """The same booking for each of many accounts, all or none; for admins. Raises ``RefusedError``."""
    headers = {"Idempotency-Key": key} if key else {}
    said = {**_asked(package, asked), "accounts": list(accounts)}
    return Call(BookingRows, "POST", "classes/create", body=said, headers=headers)


def offers(package: str | None = None, **asked: Unpack[Asked]) -> Call[Offers]:
    """What can be had, held without booking it: as asked where that fits, and at most four in all."""
    return Call(Offers, "POST", "offers/create", body=_asked(package, asked))


def accept(id: str) -> Call[Booking]:
    """Take an offer; its siblings are rejected."""
    return edit(id, phase=Phase.ACCEPTED)


def edit(
    id: str,
    *,
    phase: Phase | str | None = None,
    startdate: When | None = None,
    enddate: When | None = None,
    extend: timedelta | str | None = None,
    shorten: timedelta | str | None = None,
    partial: bool | None = None,
    note: str | None = None,
    prepare: bool | None = None,
    group: str | None = None,
    version: int | None = None,
    tz: str | None = None,
) -> Call[Booking]:
    """Change a booking; with ``version``, only if it is still that one: else ``ConflictError`` with ``changes``."""
    said = body(
        phase=phase,
        startdate=startdate,
        enddate=enddate,
        extend=extend,
        shorten=shorten,
        partial=partial,
        note=note,
        prepare=prepare,
        group=group,
        version=version,
        tz=tz,
    )
    return Call(Booking, "POST", f"bookings/{part(id)}", body=said)


def extend(id: str, by: timedelta | str, *, partial: bool | None = None, version: int | None = None) -> Call[Booking]:
    """Make a booking longer; with ``partial`` as far as it goes. Raises ``RefusedError`` that says ``until`` when."""
    return edit(id, extend=by, partial=partial, version=version)


def shorten(id: str, by: timedelta | str, *, version: int | None = None) -> Call[Booking]:
    """Give the last part of a booking back."""
    return edit(id, shorten=by, version=version)


def move(
    id: str, startdate: When, *, enddate: When | None = None, tz: str | None = None, version: int | None = None
) -> Call[Booking]:
    """Move a booking to another start, as long as it was unless ``enddate`` is given too."""
    return edit(id, startdate=startdate, enddate=enddate, tz=tz, version=version)


def cancel(id: str) -> Call[Booking]:
    """Cancel a booking that has not begun, decline an offer, or end what has begun."""
    return Call(Booking, "DELETE", f"bookings/{part(id)}")


def end(id: str) -> Call[Booking]:
    """End a booking now; its server is stopped."""
    return edit(id, phase=Phase.COMPLETED)


def extension(id: str, by: timedelta | str = "PT1H") -> Call[Extension]:
    """How far a booking could be extended now, by at most ``by``."""
    return Call(Extension, "GET", f"bookings/{part(id)}/extension", query(extend=by))


def changes(id: str) -> Call[ChangeRows]:
    """What has changed in a booking, when, and by whom."""
    return Call(ChangeRows, "GET", f"bookings/{part(id)}/changes")


def decisions(
    *,
    account: str | None = None,
    outcome: Outcome | None = None,
    limit: int | None = None,
    after: str | None = None,
) -> Call[DecisionRows]:
    """Requests and what became of them, the latest first: one's own, or as an admin everyone's."""
    said = query(account=account, outcome=outcome, limit=limit, after=after)
    return Call(DecisionRows, "GET", "decisions/select", said)


def decision(id: str) -> Call[Decision]:
    """Why a request was accepted or refused, replayed from what is on record."""
    return Call(Decision, "GET", f"decisions/{part(id)}")


def start_session(
    account: str,
    package: str | None = None,
    *,
    duration: timedelta | str | None = None,
    booking: str | None = None,
) -> Call[Booking]:
    """The booking that the account's server may run under now; made where there is none. For spawners.

    With ``booking`` it is that one, or ``ConflictError``.
    """
    said = body(account=account, package=package, duration=duration, booking=booking)
    return Call(Booking, "POST", "sessions/start", body=said)


def stop_session(id: str, *, fault: str = "", gone: timedelta | str | None = None) -> Call[Booking]:
    """The server under this booking has stopped, for so long by now; ``fault`` says why, if it is not its holder's.

    For spawners.
    """
    return Call(Booking, "POST", f"sessions/{part(id)}/stop", body=body(fault=fault or None, gone=gone))


def _asked(package: str | None, asked: Asked) -> dict[str, Any]:
    said: dict[str, Any] = {**asked}
    if (spans := asked.get("spans")) is not None:
        said["spans"] = [_span(span) for span in spans]
    return body(package=package, **said)


def _span(span: Span | tuple[When, When] | str) -> str | dict[str, str]:
    if isinstance(span, str):
        return span
    start, end = (span.start, span.end) if isinstance(span, Span) else span
    return {"start": text(start), "end": text(end)}

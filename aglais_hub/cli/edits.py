"""Commands that change when a booking is, and what it is charged to: extend, shorten, move, charge; and its changes."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from aglais_hub.cli.bookings import booked
from aglais_hub.cli.chosen import chosen, short
from aglais_hub.cli.history import changes_table
from aglais_hub.cli.options import AsJson, IfVersion, Token, Url, WhichBooking, Zone
from aglais_hub.cli.refusals import offer_instead
from aglais_hub.cli.screen import Desk, at_desk
from aglais_hub.cli.tables import booking_lines
from aglais_hub.cli.words import finish, length, moment, to_api, when
from aglais_hub.errors import InvalidValueError, RefusedError

if TYPE_CHECKING:
    from datetime import datetime

    from aglais_hub.wire.bookings import Booking

__all__ = ["changes", "charge", "extend", "move", "shorten"]

End = Annotated[str | None, typer.Option(metavar="TIME", help="Until then instead; a day is included.")]


def extend(
    id: WhichBooking = "current",
    *,
    by: Annotated[str | None, typer.Option(metavar="LENGTH", help="By how long, as 30m, 1h or PT1H; else 1h.")] = None,
    until: End = None,
    partial: Annotated[bool, typer.Option("--partial", help="As far as it goes, if not all of it fits.")] = False,
    version: IfVersion = None,
    tz: Zone = None,
    as_json: AsJson = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """Extend a booking.

    It can last until somebody else needs the place. Where all of it does not fit, you are told until when it could, and
    --partial takes that.

    For example:

        aglais extend
        aglais extend current --by 30m
        aglais extend --until 18:00
        aglais extend 3fa2b1c0 --by 2h --partial
    """
    with at_desk(url, token, as_json=as_json, tz=tz) as desk:
        _one_end(by, until)
        booking = chosen(desk.client, id)
        end = _end(desk, booking, until, later=True) if until else None
        more = None if end else length(by or "1h")
        try:
            longer = desk.client.edit(
                booking.id, extend=more, enddate=end, partial=partial or None, version=version, tz=desk.zone.key
            )
        except RefusedError as error:
            error.help = _as_far_as(desk, booking, error)
            _instead(desk, error, booking)
            return
        asked = end or _edited_end(booking, desk.now) + (more or timedelta())
        said = "Extended as far as it goes:" if _edited_end(longer, desk.now) < asked else "Extended"
        desk.answer(longer, lambda: booking_lines(said, longer, desk.zone, desk.now))


def shorten(
    id: WhichBooking = "current",
    *,
    by: Annotated[str | None, typer.Option(metavar="LENGTH", help="By how long, as 30m or 1h.")] = None,
    until: End = None,
    version: IfVersion = None,
    tz: Zone = None,
    as_json: AsJson = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """Give the last part of a booking back.

    What is given back goes to others. To end a booking now: `aglais end`.

    For example:

        aglais shorten --by 30m
        aglais shorten 3fa2b1c0 --until 17:00
    """
    with at_desk(url, token, as_json=as_json, tz=tz) as desk:
        _one_end(by, until)
        if not by and not until:
            raise InvalidValueError("By how much?", field="shorten", help="Give --by 30m, or --until 17:00.")
        booking = chosen(desk.client, id)
        end = _end(desk, booking, until, later=False) if until else None
        less = length(by) if by else None
        shorter = desk.client.edit(booking.id, shorten=less, enddate=end, version=version, tz=desk.zone.key)
        desk.answer(shorter, lambda: booking_lines("Shortened", shorter, desk.zone, desk.now))


def move(
    id: Annotated[str, typer.Argument(metavar="ID", help="A booking: the end of its id.")],
    *,
    to: Annotated[str, typer.Option(metavar="TIME", help="When it starts instead.")],
    until: Annotated[str | None, typer.Option(metavar="TIME", help="When it ends; else it stays as long.")] = None,
    version: IfVersion = None,
    tz: Zone = None,
    as_json: AsJson = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """Move a booking to another time.

    It keeps its place until the new one is certain, and stays where it is if it does not fit there.

    For example:

        aglais move 3fa2b1c0 --to 'fri 14:00'
        aglais move 3fa2b1c0 --to tomorrow --until sat
    """
    with at_desk(url, token, as_json=as_json, tz=tz) as desk:
        booking = chosen(desk.client, id)
        start = moment(to, desk.zone, desk.now)
        end = to_api(moment(until, desk.zone, desk.now)) if until else None
        try:
            moved = desk.client.move(booking.id, to_api(start), enddate=end, tz=desk.zone.key, version=version)
        except RefusedError as error:
            _instead(desk, error, booking)
            return
        desk.answer(moved, lambda: booking_lines("Moved", moved, desk.zone, desk.now))


def charge(
    id: Annotated[str, typer.Argument(metavar="ID", help="A booking: the end of its id, or current.")],
    group: Annotated[str | None, typer.Argument(metavar="GROUP", help="A group of yours.")] = None,
    *,
    none: Annotated[bool, typer.Option("--none", help="Charge it to no group any more.")] = False,
    version: IfVersion = None,
    tz: Zone = None,
    as_json: AsJson = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """Charge what is ahead of a booking to a group, or to none.

    What it has had stays where it was charged.

    For example:

        aglais charge 3fa2b1c0 astro
        aglais charge current --none
    """
    if none == (group is not None):
        raise typer.BadParameter("Give a group, or --none.")
    with at_desk(url, token, as_json=as_json, tz=tz) as desk:
        booking = desk.client.edit(chosen(desk.client, id).id, group=group or "-", version=version)
        said = f"Charged to {booking.group}:" if booking.group else "Charged to no group:"
        desk.answer(booking, lambda: booking_lines(said, booking, desk.zone, desk.now))


def changes(
    id: WhichBooking = "current",
    *,
    tz: Zone = None,
    as_json: AsJson = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """Show what has changed in a booking, when, and by whom.

    For example:

        aglais changes 3fa2b1c0
        aglais changes current --json
    """
    with at_desk(url, token, as_json=as_json, tz=tz) as desk:
        found = desk.client.changes(chosen(desk.client, id, over=True).id)
        empty = Text("Nothing has changed since it was made.")
        desk.answer(found, lambda: changes_table(found.rows, desk.zone, desk.now) if found.rows else empty)


def _one_end(by: str | None, until: str | None) -> None:
    if by and until:
        raise InvalidValueError("It has two ends.", field="enddate", help="Give --by or --until, not both.")


def _edited_end(booking: Booking, now: datetime) -> datetime:
    """The end that is meant: of the span that has begun, else of the last."""
    return next((one.end for one in booking.spans if one.start <= now < one.end), booking.end)


def _end(desk: Desk, booking: Booking, until: str, *, later: bool) -> datetime:
    """The new end; raises ``InvalidValueError`` where it is on the wrong side of the old one."""
    end = finish(moment(until, desk.zone, desk.now), desk.zone)
    old = _edited_end(booking, desk.now)
    if (end <= old) if later else (end >= old):
        raise InvalidValueError(
            f"It lasts until {when(old, desk.zone, desk.now)} as it is.",
            field="enddate",
            help="To give time back: `aglais shorten`." if later else "To make it longer: `aglais extend`.",
        )
    return end


def _as_far_as(desk: Desk, booking: Booking, error: RefusedError) -> str | None:
    """The extension that is possible, as a sentence with the command for it."""
    if error.until is None:
        return error.help
    minutes = int((error.until - _edited_end(booking, desk.now)).total_seconds() // 60)
    latest = when(error.until, desk.zone, desk.now)
    return f"It could last until {latest}: aglais extend {short(booking.id)} --by {minutes}m" if minutes > 0 else None


def _instead(desk: Desk, error: RefusedError, booking: Booking) -> None:
    """Let a person take an offer beside the booking, which stays as it is."""
    made = offer_instead(desk, error, help=error.help)
    stays = f"\nWhat you had stays as it is. To give it back: aglais cancel {short(booking.id)}"
    desk.answer(made, lambda: booked(desk, made).append(stays, style="default not bold"))

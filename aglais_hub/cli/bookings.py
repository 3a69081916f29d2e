"""Commands about one's bookings: book, take an offer, list, extend, cancel, end."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated
from uuid import uuid4

import typer
from rich.text import Text

from aglais_hub.bookings.rules import COUNTED
from aglais_hub.cli.chosen import ALWAYS, chosen, short
from aglais_hub.cli.options import AsJson, Token, Url, WhichBooking, Zone
from aglais_hub.cli.refusals import offer_instead
from aglais_hub.cli.screen import Desk, at_desk
from aglais_hub.cli.tables import booking_lines, bookings_table
from aglais_hub.cli.words import length, moment, span, to_api, what, when, words
from aglais_hub.errors import ConflictError, InvalidValueError, RefusedError
from aglais_hub.wire.bookings import Booking, Phase

if TYPE_CHECKING:
    from rich.console import RenderableType

    from aglais_hub.wire.bookings import BookingRows

__all__ = ["accept", "book", "bookings", "cancel", "end", "extend"]

DEFAULT_LENGTH = timedelta(hours=2)


def book(
    package: Annotated[
        str, typer.Argument(metavar="PACKAGE", help="What to book; `aglais available` shows which there are.")
    ],
    *,
    start: Annotated[str, typer.Option("--from", metavar="TIME", help="When it starts.")] = "now",
    until: Annotated[str | None, typer.Option(metavar="TIME", help="When it ends; a day is included.")] = None,
    duration: Annotated[
        str | None, typer.Option("--for", metavar="LENGTH", help="How long, as 2h, 90m, 3d or PT2H; else 2h.")
    ] = None,
    cluster: Annotated[str | None, typer.Option(metavar="NAME", help="Where; else wherever there is room.")] = None,
    note: Annotated[str | None, typer.Option(metavar="TEXT", help="A note to yourself.")] = None,
    account: Annotated[str | None, typer.Option(metavar="NAME", help="For another account, as an admin.")] = None,
    key: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Run again with the same key, and nothing is booked twice.")
    ] = None,
    tz: Zone = None,
    as_json: AsJson = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """Book a package, now or later.

    Where it does not fit you are told what can be had instead: later, smaller, or shorter. Each of these is kept for
    you for some minutes, and on a terminal you can take one at once. A day as --from books that day.

    For example:

        aglais book small
        aglais book large --from tomorrow --until fri
        aglais book medium --from 'fri 09:00' --for 8h --note 'Pleiades'
    """
    with at_desk(url, token, as_json=as_json, tz=tz) as desk:
        if until and duration:
            raise InvalidValueError("It has two ends.", field="duration", help="Give --until or --for, not both.")
        first = None if start.strip().lower() == "now" else moment(start, desk.zone, desk.now)
        last = to_api(moment(until, desk.zone, desk.now)) if until else None
        how_long = length(duration) if duration else None
        if last is None and how_long is None:
            if first is None or isinstance(first, datetime):
                how_long = DEFAULT_LENGTH
            else:
                last = to_api(first)
        try:
            made = desk.client.book(
                package,
                startdate=to_api(first) if first else None,
                enddate=last,
                duration=how_long,
                cluster=cluster,
                account=account,
                tz=desk.zone.key,
                note=note,
                key=key or uuid4().hex,
            )
        except RefusedError as error:
            made = offer_instead(desk, error)
        desk.answer(made, lambda: _booked(desk, made))


def accept(
    id: Annotated[str, typer.Argument(metavar="ID", help="An offer: a unique beginning of its id.")],
    as_json: AsJson = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """Take an offer that a refusal has made.

    The other offers are let go.

    For example:

        aglais accept 3fa2b1c0
    """
    with at_desk(url, token, as_json=as_json) as desk:
        made = desk.client.accept(chosen(desk.client, id).id)
        desk.answer(made, lambda: _booked(desk, made))


def bookings(
    *,
    all_phases: Annotated[bool, typer.Option("--all", help="Those that are over too.")] = False,
    start: Annotated[str | None, typer.Option("--from", metavar="TIME", help="Those from then on.")] = None,
    until: Annotated[str | None, typer.Option(metavar="TIME", help="Those until then; a day is included.")] = None,
    account: Annotated[str | None, typer.Option(metavar="NAME", help="One account's, as an admin.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, metavar="N", help="At most so many.")] = 100,
    tz: Zone = None,
    as_json: AsJson = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """List your bookings, and the offers held for you.

    An admin sees everyone's.

    For example:

        aglais bookings
        aglais bookings --all --from 2026-06-01 --until 2026-06-30
        aglais bookings --json
    """
    with at_desk(url, token, as_json=as_json, tz=tz) as desk:
        ends = [to_api(moment(text, desk.zone, desk.now)) if text else None for text in (start, until)]
        found = desk.client.bookings(
            (ends[0] or ALWAYS[0], ends[1] or ALWAYS[1]),
            phase=() if all_phases else sorted(COUNTED),
            account=account,
            limit=limit,
        )
        desk.answer(found, lambda: _listed(desk, found))


def extend(
    id: WhichBooking = "current",
    *,
    by: Annotated[str, typer.Option(metavar="LENGTH", help="By how long, as 30m, 1h or PT1H.")] = "1h",
    tz: Zone = None,
    as_json: AsJson = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """Extend a booking.

    It can last until somebody else needs the place.

    For example:

        aglais extend
        aglais extend current --by 30m
        aglais extend 3fa2b1c0 --by 2h
    """
    with at_desk(url, token, as_json=as_json, tz=tz) as desk:
        more = length(by)
        booking = chosen(desk.client, id)
        try:
            longer = desk.client.extend(booking.id, more)
        except RefusedError as error:
            error.help = _shorter_step(desk, booking, more) or error.help
            raise
        desk.answer(longer, lambda: booking_lines("Extended", longer, desk.zone, desk.now))


def cancel(
    id: Annotated[str, typer.Argument(metavar="ID", help="A booking or an offer: a unique beginning of its id.")],
    as_json: AsJson = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """Cancel a booking, or decline an offer.

    Under a booking to cancel no server runs yet; one that runs is stopped by `aglais end`.

    For example:

        aglais cancel 3fa2b1c0
    """
    with at_desk(url, token, as_json=as_json) as desk:
        booking = chosen(desk.client, id)
        if booking.phase in (Phase.RUNNING, Phase.RELEASING):
            raise ConflictError(
                "A server runs under this booking.",
                help=f"To stop it and end the booking: aglais end {short(booking.id)}",
            )
        gone = desk.client.cancel(booking.id)
        said = {Phase.REJECTED: "Declined", Phase.COMPLETED: "Ended"}.get(gone.phase, "Cancelled")
        desk.answer(gone, lambda: _gone(desk, said, booking))


def end(
    id: WhichBooking = "current",
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")] = False,
    as_json: AsJson = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """End a booking now, and stop its server.

    Notebooks are saved; running code and what is in memory are lost. The time that was left goes to others. On a
    terminal you are asked first.

    For example:

        aglais end
        aglais end 3fa2b1c0 --yes
    """
    with at_desk(url, token, as_json=as_json) as desk:
        booking = chosen(desk.client, id)
        if booking.phase is Phase.RUNNING and desk.can_ask and not yes:
            left = words(booking.end - desk.now) if booking.end > desk.now else "nothing"
            question = f"End {what(booking)} now? Its server stops; running code is lost, and {left} of its time."
            if not typer.confirm(question, err=True):
                raise typer.Exit(1)
        over = desk.client.end(booking.id)
        desk.answer(over, lambda: _gone(desk, "Ended", booking))


def _booked(desk: Desk, made: Booking) -> RenderableType:
    lines = booking_lines("Booked", made, desk.zone, desk.now)
    if made.phase is Phase.AVAILABLE:
        lines.append(f"\nStart your lab: {desk.platform}hub/spawn", style="default not bold")
    return lines


def _listed(desk: Desk, found: BookingRows) -> RenderableType:
    if not found.rows:
        return Text("Nothing is booked. See what is free with `aglais available`, and book with `aglais book PACKAGE`.")
    if found.next:
        desk.err.print("There are more: narrow it with --from and --until, or give a larger --limit.", style="dim")
    return bookings_table(found.rows, desk.zone, desk.now)


def _gone(desk: Desk, said: str, booking: Booking) -> RenderableType:
    return Text(f"{said}: {what(booking)}, {span(booking.start, booking.end, desk.zone, desk.now)} ({desk.zone.key}).")


def _shorter_step(desk: Desk, booking: Booking, more: timedelta) -> str | None:
    """The extension that is possible, as a sentence with the command for it."""
    until = desk.client.extension(booking.id, more).until
    if until is None or until <= booking.end:
        return None
    minutes = int((until - booking.end).total_seconds() // 60)
    if not minutes:
        return None
    latest = when(until, desk.zone, desk.now)
    return f"It could last until {latest}: aglais extend {short(booking.id)} --by {minutes}m"

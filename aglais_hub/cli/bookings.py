"""Commands about one's bookings: book, ask for offers, take one, list, cancel, end."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import uuid4

import typer
from rich.text import Text

from aglais_hub.bookings.lifecycle import COUNTED
from aglais_hub.cli.chosen import ALWAYS, chosen, short
from aglais_hub.cli.options import AsJson, Token, Url, WhichBooking, Yes, Zone, takes
from aglais_hub.cli.refusals import offer_instead, pick, show_offers
from aglais_hub.cli.screen import Desk, at_desk, tell_why
from aglais_hub.cli.tables import booking_lines, bookings_table
from aglais_hub.cli.wish import Wish
from aglais_hub.cli.words import moment, spans, to_api, what, words
from aglais_hub.errors import ConflictError, InvalidValueError, RefusedError
from aglais_hub.wire.bookings import Booking, Phase

if TYPE_CHECKING:
    from rich.console import RenderableType

    from aglais_hub.wire.bookings import BookingRows

__all__ = ["accept", "book", "booked", "bookings", "cancel", "end", "offers"]


@takes(Wish)
def book(
    wish: Wish,
    *,
    key: Annotated[
        str | None,
        typer.Option("--idempotency", "--key", metavar="KEY", help="Run again with this, and nothing is booked twice."),
    ] = None,
    accounts: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="For each account in a file, one a line: all or none; as an admin.", exists=True
        ),
    ] = None,
    tz: Zone = None,
    as_json: AsJson = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """Book a package, now or later, once or several times.

    Where it does not fit you are told what can be had instead: later, smaller, shorter, in parts, or another week. Each
    of these is kept for you for some minutes, and on a terminal you can take one at once. A day as --from books that
    day. Instead of a package, --cores, --memory and the like say what is needed, or --share a part of a cluster.

    For example:

        aglais book small
        aglais book large --from tomorrow --until fri
        aglais book medium --from 'fri 09:00' --for 8h --note 'Pleiades'
        aglais book large --for 3h --window 2d --smallest medium
        aglais book small --span 'mon 09:00/12:00' --span 'thu 14:00/3h'
        aglais book tiny --from 'mon 9:00' --repeat 'FREQ=WEEKLY;COUNT=10'
        aglais book tiny --accounts all.txt --from 'fri 10:00' --for 2h --prepare
        aglais book --cores 3 --memory 12G --sharing reserved --until fri
        aglais book --share 20% --cluster local --from mon --until fri
    """
    with at_desk(url, token, as_json=as_json, tz=tz) as desk:
        asked = wish.asked(desk)
        if accounts is not None:
            found = desk.client.book_class(wish.package, _names(accounts), key=key or uuid4().hex, **asked)
            desk.answer(found, lambda: bookings_table(found.rows, desk.zone, desk.now))
            return
        try:
            made = desk.client.book(wish.package, key=key or uuid4().hex, **asked)
        except RefusedError as error:
            made = offer_instead(desk, error, package=wish.package, asked=wish.asked_span(desk))
        desk.answer(made, lambda: booked(desk, made))


@takes(Wish)
def offers(
    wish: Wish,
    *,
    take: Annotated[int | None, typer.Option(metavar="N", help="Take the Nth of them at once.", min=1, max=4)] = None,
    tz: Zone = None,
    as_json: AsJson = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """Ask for offers, and book none.

    At most four ways to have what you ask for, the first as you asked where that fits. Each is kept for you for some
    minutes: take it with `aglais accept`, here on a terminal, or with --take. Options are those of `aglais book`.

    For example:

        aglais offers large --for 3h
        aglais offers medium --from 'fri 09:00' --for 4h --window 3d
        aglais offers large --for 8h --shortest 2h --smallest medium
        aglais offers small --for 1h --take 1
    """
    with at_desk(url, token, as_json=as_json, tz=tz) as desk:
        found = desk.client.offers(wish.package, **wish.asked(desk))
        if take is None and as_json:
            desk.answer(found, str)
            return
        if take is None:
            span = wish.asked_span(desk)
            if not found.offers:
                tell_why(found.why, desk.err)
                raise ConflictError("Nothing like it can be had.", help="Ask for another time, or for less.")
            show_offers(desk, desk.out, found.offers, "You can have", package=wish.package, asked=span)
            if not desk.can_ask:
                return
            chosen_one = pick(found.offers)
        elif take <= len(found.offers):
            chosen_one = found.offers[take - 1]
        else:
            raise ConflictError(f"There are only {len(found.offers)} offers.", help="`aglais offers` lists them.")
        made = desk.client.accept(chosen_one.id)
        desk.answer(made, lambda: booked(desk, made))


def accept(
    id: Annotated[str, typer.Argument(metavar="ID", help="An offer: the end of its id.")],
    as_json: AsJson = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """Take an offer that is held for you.

    The other offers are let go.

    For example:

        aglais accept 3fa2b1c0
    """
    with at_desk(url, token, as_json=as_json) as desk:
        made = desk.client.accept(chosen(desk.client, id).id)
        desk.answer(made, lambda: booked(desk, made))


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


def cancel(
    id: Annotated[str, typer.Argument(metavar="ID", help="A booking or an offer: the end of its id.")],
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
    yes: Yes = False,
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
            left = words(booking.until - desk.now) if booking.until > desk.now else "nothing"
            question = f"End {what(booking)} now? Its server stops; running code is lost, and {left} of its time."
            if not typer.confirm(question, err=True):
                raise typer.Exit(1)
        over = desk.client.end(booking.id)
        desk.answer(over, lambda: _gone(desk, "Ended", booking))


def booked(desk: Desk, made: Booking) -> Text:
    """What has been booked, and what to do with it."""
    lines = booking_lines("Booked", made, desk.zone, desk.now)
    if made.phase is Phase.AVAILABLE:
        lines.append(f"\nStart your lab: {desk.platform}hub/spawn", style="default not bold")
    return lines


def _names(file: Path) -> list[str]:
    """The first column of each line, without what is empty or begins with ``#``."""
    lines = [line.split(",")[0].strip() for line in file.read_text().splitlines()]
    names = [line for line in lines if line and not line.startswith("#")]
    if not names:
        raise InvalidValueError(f"{file} names no account.", field="accounts", help="Write one on each line.")
    return names


def _listed(desk: Desk, found: BookingRows) -> RenderableType:
    if not found.rows:
        return Text("Nothing is booked. See what is free with `aglais available`, and book with `aglais book PACKAGE`.")
    if found.next:
        desk.err.print("There are more: narrow it with --from and --until, or give a larger --limit.", style="dim")
    return bookings_table(found.rows, desk.zone, desk.now)


def _gone(desk: Desk, said: str, booking: Booking) -> RenderableType:
    return Text(f"{said}: {what(booking)}, {spans(booking, desk.zone, desk.now)} ({desk.zone.key}).")

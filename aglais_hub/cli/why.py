"""``aglais why``: why a request was accepted or refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.text import Text

from aglais_hub.cli.chosen import chosen
from aglais_hub.cli.history import decision_told, decisions_table
from aglais_hub.cli.options import AsJson, Token, Url, Zone
from aglais_hub.cli.screen import Desk, at_desk
from aglais_hub.errors import InvalidValueError, NotFoundError

if TYPE_CHECKING:
    from aglais_hub.wire.decisions import Decision

__all__ = ["why"]

ID_LENGTH = 36
LOOKED_THROUGH = 1000
"""Decisions that are looked through for an end of an id: the latest."""


def why(
    id: Annotated[
        str | None,
        typer.Argument(metavar="ID", help="A decision: the end of its id, or its URL; or a booking; or `current`."),
    ] = None,
    *,
    outcome: Annotated[
        Literal["accepted", "refused", "offered"] | None, typer.Option(help="List only those that ended so.")
    ] = None,
    account: Annotated[str | None, typer.Option(metavar="NAME", help="List one account's, as an admin.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, metavar="N", help="List at most so many.")] = 20,
    tz: Zone = None,
    as_json: AsJson = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """Show why a request was accepted or refused.

    The decision is made again from what is on record: what was needed, what was left at the tightest moment of each
    cluster and time, what was missing, and who had it. Without ID the latest decisions are listed.

    For example:

        aglais why
        aglais why --outcome refused
        aglais why 3fa2b1c0
        aglais why current --json
    """
    with at_desk(url, token, as_json=as_json, tz=tz) as desk:
        if id is not None:
            found = _decision(desk, id)
            desk.answer(found, lambda: decision_told(found, desk.zone, desk.now))
            return
        rows = desk.client.decisions(account=account, outcome=outcome, limit=limit)
        if rows.next and not as_json:
            desk.err.print("There are more: give a larger --limit.", style="dim")
        empty = Text("Nothing has been decided yet. Ask for something with `aglais book PACKAGE`.")
        desk.answer(rows, lambda: decisions_table(rows.rows, desk.zone, desk.now) if rows.rows else empty)


def _decision(desk: Desk, text: str) -> Decision:
    """The decision that is meant, by itself or by the booking that it made."""
    name = text.rstrip("/").rpartition("/")[2]
    if name == "current":
        return _of_booking(desk, name)
    if len(name) == ID_LENGTH:
        try:
            return desk.client.decision(name)
        except NotFoundError:
            return _of_booking(desk, name)
    rows = desk.client.decisions(limit=LOOKED_THROUGH).rows
    found = [row.id for row in rows if row.id.endswith(name.lower())]
    if len(found) > 1:
        raise InvalidValueError(
            f"{len(found)} decisions end with {name!r}.", help="Give more of it: " + ", ".join(found) + "."
        )
    return desk.client.decision(found[0]) if found else _of_booking(desk, name)


def _of_booking(desk: Desk, text: str) -> Decision:
    try:
        booking = chosen(desk.client, text, over=True)
    except NotFoundError as error:
        if text == "current":
            raise
        raise NotFoundError(
            f"There is no decision, and none of your bookings, {text!r}.", help="`aglais why` lists the latest."
        ) from error
    if booking.why is None:
        raise NotFoundError("What was decided about this booking is not on record.", help="`aglais why` lists others.")
    return desk.client.decision(booking.why.rstrip("/").rpartition("/")[2])

"""Commands about invitations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import track
from rich.text import Text

from aglais_hub.cli.accounts.views import invitations_table
from aglais_hub.cli.options import AsJson, Token, Url, Zone
from aglais_hub.cli.screen import at_desk, tell_error
from aglais_hub.cli.words import finish, moment
from aglais_hub.errors import ConflictError, InvalidValueError, NotFoundError
from aglais_hub.wire.admin import InvitationRows

if TYPE_CHECKING:
    from aglais_hub.cli.screen import Desk
    from aglais_hub.wire.admin import Invitation

__all__ = ["invitations", "invite"]


def invite(
    addresses: Annotated[list[str], typer.Argument(metavar="ADDRESS", help="Whom to invite.")],
    *,
    level: Annotated[int, typer.Option(min=1, max=100, metavar="N", help="The level of their accounts.")] = 1,
    until: Annotated[
        str | None, typer.Option(metavar="TIME", help="When their accounts end; a day is included.")
    ] = None,
    group: Annotated[str | None, typer.Option(metavar="NAME", help="The group that they join.")] = None,
    note: Annotated[str | None, typer.Option(metavar="TEXT", help="A line in the mail.")] = None,
    tz: Zone = None,
    as_json: AsJson = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """Mail people a link to register, for an account of a level.

    The link counts for 14 days. The level is theirs however they register with that address, and whatever the address
    if they come by the link. Whoever has an account or an invitation already is left out, and told of.

    For example:

        aglais accounts invite ben@example.org --level 2
        aglais accounts invite ann@example.org ben@example.org --until 2026-12-04
    """
    with at_desk(url, token, as_json=as_json, tz=tz) as desk:
        end = finish(moment(until, desk.zone, desk.now), desk.zone) if until else None
        made: list[Invitation] = []
        left_out = 0
        quiet = as_json or not desk.err.is_terminal or len(addresses) < 5
        for address in track(addresses, "inviting", console=desk.err, transient=True, disable=quiet):
            try:
                made.append(desk.client.invite(address, level=level, expires=end, group=group, note=note))
            except (ConflictError, InvalidValueError) as error:
                if len(addresses) == 1:
                    raise
                left_out += 1
                error.message = f"{address}: {error.message}"
                tell_error(error, as_json=as_json)
        nobody = Text("Nobody was invited.")
        desk.answer(
            InvitationRows(rows=made),
            lambda: invitations_table(made, desk.zone, desk.now) if made else nobody,
        )
        if left_out:
            raise typer.Exit(1)


def invitations(
    *,
    email: Annotated[str | None, typer.Option(metavar="ADDRESS", help="Of this address.")] = None,
    resend: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Mail its invitation again; it counts anew.")
    ] = None,
    withdraw: Annotated[str | None, typer.Option(metavar="ADDRESS", help="Take its invitation back.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, metavar="N", help="At most so many.")] = 100,
    tz: Zone = None,
    as_json: AsJson = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """List the invitations, send one again, or take one back.

    For example:

        aglais accounts invitations
        aglais accounts invitations --email ben@example.org
        aglais accounts invitations --resend ben@example.org
        aglais accounts invitations --withdraw ben@example.org
    """
    with at_desk(url, token, as_json=as_json, tz=tz) as desk:
        if resend and withdraw:
            raise InvalidValueError("Send it again, or take it back?", help="Give --resend or --withdraw.")
        if resend or withdraw:
            meant = _newest(desk, resend or withdraw or "")
            one = desk.client.resend_invitation(meant) if resend else desk.client.withdraw_invitation(meant)
            desk.answer(one, lambda: invitations_table([one], desk.zone, desk.now))
            return
        found = desk.client.invitations(email=email, limit=limit)
        if found.next and not as_json:
            desk.err.print("There are more: give a larger --limit.", style="dim")
        empty = Text("Nobody is invited. `aglais accounts invite ADDRESS` invites somebody.")
        desk.answer(found, lambda: invitations_table(found.rows, desk.zone, desk.now) if found.rows else empty)


def _newest(desk: Desk, address: str) -> str:
    """The id of an address's newest invitation."""
    found = desk.client.invitations(email=address, limit=1).rows
    if not found:
        raise NotFoundError(f"{address} is not invited.", help="`aglais accounts invitations` lists who is.")
    return found[0].id

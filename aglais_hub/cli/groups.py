"""``aglais groups``: the groups that one is in, who is in them, and their budgets."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Group as Stack
from rich.table import Table
from rich.text import Text

from aglais_hub.cli.options import AsJson, Token, Url, Zone
from aglais_hub.cli.screen import at_desk
from aglais_hub.cli.words import plain
from aglais_hub.clock import SystemClock

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from rich.console import RenderableType

    from aglais_hub.wire.groups import Budget, Group, MemberUse

__all__ = ["add", "budget", "create", "delete", "groups", "leave", "list_", "remove", "show", "use"]

Name = Annotated[str, typer.Argument(metavar="GROUP", help="The group.")]
Account = Annotated[str, typer.Argument(metavar="ACCOUNT", help="An account's name, or its confirmed address.")]


def groups() -> None:
    """See and change groups: accounts that share a budget of core-hours and a folder.

    For example:

        aglais groups list
        aglais groups show astro
        aglais groups add astro ben
    """


def list_(*, as_json: AsJson = False, url: Url = None, token: Token = None, tz: Zone = None) -> None:
    """List the groups that one is in; for admins all.

    For example:

        aglais groups list
    """
    with at_desk(url, token, as_json=as_json, tz=tz) as desk:
        found = desk.client.groups()
        empty = Text("You are in no group. An owner of one adds you; admins make new ones.")
        desk.answer(found, lambda: _table(found.rows, desk.zone) if found.rows else empty)


def show(name: Name, *, as_json: AsJson = False, url: Url = None, token: Token = None, tz: Zone = None) -> None:
    """Show a group: who is in it, and what is left of its budget.

    For example:

        aglais groups show astro
    """
    with at_desk(url, token, as_json=as_json, tz=tz) as desk:
        found = desk.client.group(name)
        desk.answer(found, lambda: _details(found, desk.zone))


def use(name: Name, *, as_json: AsJson = False, url: Url = None, token: Token = None, tz: Zone = None) -> None:
    """Show who has what of a group's budget: core-hours used, and booked ahead.

    For example:

        aglais groups use astro
    """
    with at_desk(url, token, as_json=as_json, tz=tz) as desk:
        found = desk.client.group_use(name)
        nothing = Text("Nothing limits what it books, and so nothing is counted.")
        desk.answer(found, lambda: _uses(found.rows) if found.rows else nothing)


def create(
    name: Name,
    *,
    owner: Annotated[str | None, typer.Option(metavar="ACCOUNT", help="Who owns it; you, where none is named.")] = None,
    display: Annotated[str, typer.Option(metavar="TEXT", help="What it is called.")] = "",
    note: Annotated[str, typer.Option(metavar="TEXT", help="What it is for.")] = "",
    as_json: AsJson = False,
    url: Url = None,
    token: Token = None,
    tz: Zone = None,
) -> None:
    """Make a group. For admins.

    For example:

        aglais groups create astro --owner ada --display 'Dwarf galaxies'
    """
    with at_desk(url, token, as_json=as_json, tz=tz) as desk:
        made = desk.client.create_group(name, display=display, note=note, owner=owner)
        desk.answer(made, lambda: _details(made, desk.zone))


def add(
    name: Name,
    account: Account,
    *,
    owner: Annotated[bool, typer.Option("--owner", help="Let them say who is in it, too.")] = False,
    as_json: AsJson = False,
    url: Url = None,
    token: Token = None,
    tz: Zone = None,
) -> None:
    """Add an account to a group, or make a member an owner or an owner a member. For the group's owners.

    For example:

        aglais groups add astro ben@example.org
        aglais groups add astro ben --owner
    """
    with at_desk(url, token, as_json=as_json, tz=tz) as desk:
        found = desk.client.add_member(name, account, role="owner" if owner else "member")
        desk.answer(found, lambda: _details(found, desk.zone))


def remove(
    name: Name,
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="An account's name.")],
    *,
    as_json: AsJson = False,
    url: Url = None,
    token: Token = None,
    tz: Zone = None,
) -> None:
    """Take an account out of a group. For the group's owners.

    For example:

        aglais groups remove astro ben
    """
    with at_desk(url, token, as_json=as_json, tz=tz) as desk:
        found = desk.client.remove_member(name, account)
        desk.answer(found, lambda: Text(f"{account} is not in {name} any more."))


def leave(
    name: Name,
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="Your account's name.")],
    *,
    as_json: AsJson = False,
    url: Url = None,
    token: Token = None,
    tz: Zone = None,
) -> None:
    """Leave a group. The last owner makes another member an owner first.

    For example:

        aglais groups leave astro ada
    """
    with at_desk(url, token, as_json=as_json, tz=tz) as desk:
        found = desk.client.remove_member(name, account)
        desk.answer(found, lambda: Text(f"You are not in {name} any more. What you have booked stays yours."))


def budget(
    name: Name,
    hours: Annotated[str | None, typer.Argument(metavar="HOURS", help="Core-hours: a core for an hour is one.")] = None,
    *,
    start: Annotated[str | None, typer.Option("--from", metavar="DATE", help="Its first day.")] = None,
    until: Annotated[str | None, typer.Option("--until", metavar="DATE", help="Its last day.")] = None,
    none: Annotated[bool, typer.Option("--none", help="Let nothing limit what the group books.")] = False,
    as_json: AsJson = False,
    url: Url = None,
    token: Token = None,
    tz: Zone = None,
) -> None:
    """Give a group so many core-hours in a period, in place of what it had. For admins.

    For example:

        aglais groups budget astro 5000 --from 2026-01-01 --until 2026-12-31
        aglais groups budget astro --none
    """
    if none == (hours is not None):
        raise typer.BadParameter("Give the core-hours, or --none.")
    if not none and (start is None or until is None):
        raise typer.BadParameter("Give --from and --until.")
    with at_desk(url, token, as_json=as_json, tz=tz) as desk:
        if none:
            found = desk.client.take_budget(name)
        else:
            found = desk.client.give_budget(name, hours or "", start or "", until or "", tz=desk.zone.key)
        desk.answer(found, lambda: _details(found, desk.zone))


def delete(
    name: Name,
    *,
    files: Annotated[str, typer.Option(metavar="keep|delete", help="What becomes of its shared folder.")],
    as_json: AsJson = False,
    url: Url = None,
    token: Token = None,
    tz: Zone = None,
) -> None:
    """Delete a group; its name is never given again, and what it has booked stays its holders'. For its owners.

    For example:

        aglais groups delete astro --files keep
    """
    if files not in ("keep", "delete"):
        raise typer.BadParameter("Give --files keep, or --files delete.")
    with at_desk(url, token, as_json=as_json, tz=tz) as desk:
        found = desk.client.delete_group(name, "keep" if files == "keep" else "delete")
        desk.answer(found, lambda: Text(f"{name} is deleted; its folder is {'kept' if files == 'keep' else 'gone'}."))


def _columns(*names: str) -> Table:
    return Table(*names, box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="dim")


def _table(rows: list[Group], zone: ZoneInfo) -> RenderableType:
    table = _columns("group", "called", "you are", "members", "core-hours left", "until")
    for row in rows:
        left, until = _left(row.budget, zone)
        table.add_row(row.name, plain(row.display), row.role or "–", str(len(row.members)), left, until)
    return table


def _uses(rows: list[MemberUse]) -> RenderableType:
    table = _columns("account", "name", "role", "used", "booked ahead")
    for row in sorted(rows, key=lambda row: (-row.used - row.ahead, row.account)):
        numbers = (f"{amount.normalize():f}" for amount in (row.used, row.ahead))
        table.add_row(row.account, plain(row.display), row.role or "not in it any more", *numbers)
    return table


def _details(group: Group, zone: ZoneInfo) -> RenderableType:
    table = _columns("account", "name", "role", "since")
    for one in group.members:
        table.add_row(one.account, plain(one.display), one.role, f"{one.since:%Y-%m-%d}")
    left, until = _left(group.budget, zone)
    budget = group.budget
    said = "Nothing limits what it books."
    if budget is not None:
        comes = f" from {budget.start.astimezone(zone):%Y-%m-%d}" if budget.start > SystemClock().now() else ""
        said = (
            f"{left} of {budget.hours.normalize():f} core-hours left{comes} until {until}: {budget.used.normalize():f} "
            f"used, {budget.ahead.normalize():f} booked ahead"
            f"{f', {budget.held.normalize():f} held by open offers' if budget.held else ''}."
        )
    lines = [Text(plain(group.display), style="bold"), *([Text(plain(group.note))] if group.note else []), Text(said)]
    return Stack(*lines, table)


def _left(budget: Budget | None, zone: ZoneInfo) -> tuple[str, str]:
    """What is left, and the last day of it."""
    if budget is None:
        return "no limit", "–"
    last = (budget.end - timedelta(seconds=1)).astimezone(zone)
    return f"{budget.left.normalize():f}", f"{last:%Y-%m-%d}"

"""``aglais workshops``: accounts that are opened together, handed out as cards, and end together."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Group
from rich.text import Text

from aglais_hub.cli.accounts.views import table
from aglais_hub.cli.cards import MostAccounts, cards_table, check_new, write_cards
from aglais_hub.cli.options import AsJson, Token, Url, Yes, Zone
from aglais_hub.cli.screen import at_desk
from aglais_hub.cli.words import finish, moment, when
from aglais_hub.errors import InvalidValueError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from rich.console import RenderableType

    from aglais_hub.cli.screen import Desk
    from aglais_hub.wire.workshops import Workshop, WorkshopAccount, WorkshopCards, WorkshopHoldings

__all__ = ["COMMANDS", "workshops"]

Name = Annotated[str, typer.Argument(metavar="NAME", help="The workshop.")]
Cards = Annotated[
    Path | None, typer.Option("--cards", metavar="FILE", help="Write a page to print, with a card for each.")
]
Key = Annotated[
    str | None, typer.Option("--key", metavar="KEY", help="Run again with this, and nothing is opened twice.")
]
Erase = Annotated[
    bool | None, typer.Option("--erase/--keep", help="Delete all that is of the accounts at the end, or keep files.")
]


def workshops() -> None:
    """Open accounts for a workshop, print their cards, look after them, end them.

    For admins, and for a helpdesk with the scope custom:aglais:accounts:admin.

    For example:

        aglais workshops open 30 --name gaia --until fri --cards cards.html
        aglais workshops show gaia
        aglais workshops links gaia gaia-07 --log-out
        aglais workshops edit gaia --until 2026-12-11
        aglais workshops end gaia
    """


def list_(
    words: Annotated[str, typer.Argument(metavar="WORD", help="A part of the name.")] = "",
    *,
    state: Annotated[
        Literal["open", "ending", "over"] | None, typer.Option(help="In this state; `ending` is within a day.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, metavar="N", help="At most so many.")] = 100,
    tz: Zone = None,
    as_json: AsJson = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """List the workshops, the latest first.

    For example:

        aglais workshops list
        aglais workshops list --state open
    """
    with at_desk(url, token, as_json=as_json, tz=tz) as desk:
        found = desk.client.workshops(q=words or None, state=state, limit=limit)
        if found.next and not as_json:
            desk.err.print("There are more: give a larger --limit.", style="dim")
        is_all = not words and state is None
        empty = "There are no workshops yet. `aglais workshops open` opens one." if is_all else "There is none."
        desk.answer(found, lambda: _table(found.rows, desk.zone, desk.now) if found.rows else Text(empty))


def show(name: Name, *, tz: Zone = None, as_json: AsJson = False, url: Url = None, token: Token = None) -> None:
    """Show the accounts of a workshop: who has come, and who has a lab now.

    For example:

        aglais workshops show gaia
    """
    with at_desk(url, token, as_json=as_json, tz=tz) as desk:
        found = desk.client.workshop_accounts(name)
        one = desk.client.workshop(name)
        desk.answer(
            found, lambda: Group(_table([one], desk.zone, desk.now), Text(), _people(found.rows, desk.zone, desk.now))
        )


def open_(
    number: MostAccounts,
    *,
    name: Annotated[str, typer.Option(metavar="NAME", help="Its name; accounts are NAME-01, NAME-02, …")],
    until: Annotated[str, typer.Option(metavar="TIME", help="When it ends; a day is included.")],
    level: Annotated[int, typer.Option(metavar="N", min=1, max=100, help="The level of the accounts.")] = 1,
    erase: Erase = None,
    cards: Cards = None,
    key: Key = None,
    tz: Zone = None,
    as_json: AsJson = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """Open a workshop: accounts that end together, with a link each.

    The links are told this once. Whoever has one is that account. From the end on they lead nowhere, labs are
    stopped, and files are kept unless you say --erase.

    For example:

        aglais workshops open 30 --name gaia --until 2026-12-04 --cards cards.html
        aglais workshops open 12 --name spark --until fri --level 2 --erase
    """
    check_new(cards)
    with at_desk(url, token, as_json=as_json, tz=tz) as desk:
        end = finish(moment(until, desk.zone, desk.now), desk.zone)
        qr = True if cards else None
        _tell(desk, desk.client.open_workshop(number, name, end, level=level, erase=erase, qr=qr, key=key), cards)


def add(
    name: Name,
    number: MostAccounts,
    *,
    cards: Cards = None,
    key: Key = None,
    tz: Zone = None,
    as_json: AsJson = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """Open more accounts of a workshop. Their links are told this once.

    For example:

        aglais workshops add gaia 5 --cards more.html
    """
    check_new(cards)
    with at_desk(url, token, as_json=as_json, tz=tz) as desk:
        _tell(desk, desk.client.add_to_workshop(name, number, qr=True if cards else None, key=key), cards)


def links(
    name: Name,
    accounts: Annotated[list[str] | None, typer.Argument(metavar="ACCOUNT", help="Of these accounts.")] = None,
    *,
    everyone: Annotated[bool, typer.Option("--all", help="Of all its accounts.")] = False,
    log_out: Annotated[bool, typer.Option("--log-out", help="Log out whoever is in by the old link.")] = False,
    cards: Cards = None,
    yes: Yes = False,
    tz: Zone = None,
    as_json: AsJson = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """Give accounts of a workshop new links, where a card got lost.

    The old links lead nowhere from then on.

    For example:

        aglais workshops links gaia gaia-07 gaia-12 --log-out
        aglais workshops links gaia --all --cards new.html --yes
    """
    if everyone == bool(accounts):
        raise typer.BadParameter("Name the accounts, or give --all.")
    check_new(cards)
    with at_desk(url, token, as_json=as_json, tz=tz) as desk:
        if everyone:
            _ask(desk, f"Give all accounts of {name} new links? The cards that are out lead nowhere then.", yes=yes)
        qr = True if cards else None
        _tell(desk, desk.client.renew_links(name, accounts, log_out=log_out or None, qr=qr), cards)


def edit(
    name: Name,
    *,
    until: Annotated[str | None, typer.Option(metavar="TIME", help="When it ends; a day is included.")] = None,
    erase: Erase = None,
    tz: Zone = None,
    as_json: AsJson = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """Change when a workshop ends, or what becomes of its accounts then.

    Its links count until the new end. An account whose end was set by itself stays as it is.

    For example:

        aglais workshops edit gaia --until 2026-12-11
        aglais workshops edit gaia --erase
    """
    if until is None and erase is None:
        raise typer.BadParameter("Give --until, --erase or --keep.")
    with at_desk(url, token, as_json=as_json, tz=tz) as desk:
        end = finish(moment(until, desk.zone, desk.now), desk.zone) if until else None
        done = desk.client.edit_workshop(name, until=end, erase=erase)
        desk.answer(done, lambda: _table([done], desk.zone, desk.now))


def end(
    name: Name,
    *,
    erase: Erase = None,
    yes: Yes = False,
    as_json: AsJson = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """End a workshop now, or delete what is left of one that is over.

    Nobody gets in from then on, labs stop, and bookings are given back. On a terminal you are told what is lost, and
    asked; elsewhere it takes --yes.

    For example:

        aglais workshops end gaia
        aglais workshops end gaia --erase --yes
    """
    with at_desk(url, token, as_json=as_json) as desk:
        one = desk.client.workshop(name)
        goes = one.erase if erase is None else erase
        _ask(desk, f"End {name} now? {_lost(desk.client.workshop_holdings(name), erase=goes)}", yes=yes)
        done = desk.client.end_workshop(name, erase=erase)
        desk.answer(done, lambda: Text(f"{name} is over." + (" All that was of it is being deleted." if goes else "")))


COMMANDS = (list_, show, open_, add, links, edit, end)


# ---- within


def _tell(desk: Desk, made: WorkshopCards, cards: Path | None) -> None:
    if cards is not None:
        desk.err.print(write_cards(cards, made.rows, made.workshop.until, desk.zone), style="dim")
    desk.answer(made, lambda: cards_table(made.rows))


def _ask(desk: Desk, question: str, *, yes: bool) -> None:
    if yes:
        return
    if not desk.can_ask:
        raise InvalidValueError(question, field="--yes", help="Say --yes, if that is what is wanted.")
    if not typer.confirm(question, err=True):
        raise typer.Exit(1)


def _lost(held: WorkshopHoldings, *, erase: bool) -> str:
    def counted(number: int, thing: str) -> str:
        return f"{number:,} {thing}{'' if number == 1 else 's'}"

    parts = [f"{counted(held.accounts, 'account')} let nobody in"]
    parts += [f"{counted(held.labs, 'lab')} stop"] if held.labs else []
    parts += [f"{counted(held.bookings, 'booking')} given back"] if held.bookings else []
    files = f"{counted(held.files, 'file')} of {held.size:,} MiB"
    parts += [f"all is deleted, {files}, and can't be had back" if erase else f"{files} kept"]
    apart = f" {counted(held.apart, 'account')} with an end of their own stay." if held.apart else ""
    return f"{', '.join(parts)}.{apart}"


def _table(rows: Sequence[Workshop], zone: ZoneInfo, now: datetime) -> RenderableType:
    made = table("workshop", "state", "ends", "then", "level", "accounts", "come")
    for one in rows:
        gone = f" of {one.opened}" if one.accounts < one.opened else ""
        made.add_row(
            one.name,
            one.state,
            when(one.until, zone, now),
            "all deleted" if one.erase else "files kept",
            str(one.level),
            f"{one.accounts}{gone}",
            str(one.come),
        )
    return Group(made, Text(), Text(f"Times in {zone.key}.", style="dim"))


def _people(rows: Sequence[WorkshopAccount], zone: ZoneInfo, now: datetime) -> RenderableType:
    if not rows:
        return Text("Nothing is left of it.")
    made = table("account", "link", "last seen", "lab", "more")
    for one in rows:
        used = f"used {when(one.used, zone, now)}" if one.used else "not used"
        made.add_row(
            one.account,
            used if one.linked else "none",
            when(one.seen, zone, now) if one.seen else "never",
            "?" if one.lab is None else "runs" if one.lab else "–",
            "being deleted" if one.ending else "suspended" if one.suspended else "",
        )
    return made

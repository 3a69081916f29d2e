"""``aglais available``: what is free."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from aglais_hub.cli.options import AsJson, Need, Token, Url, Zone, takes
from aglais_hub.cli.screen import Desk, at_desk
from aglais_hub.cli.tables import available_table
from aglais_hub.cli.wish import Sharing, SharingOption
from aglais_hub.cli.words import moment, to_api
from aglais_hub.clock import SystemClock
from aglais_hub.wire.resources import Resources

__all__ = ["Grain", "available"]


class Grain(StrEnum):
    """How long a row of the table is."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@takes(Need)
def available(
    need: Need,
    package: Annotated[str | None, typer.Argument(metavar="PACKAGE", help="Only this package.")] = None,
    *,
    start: Annotated[str, typer.Option("--from", metavar="TIME", help="From when on.")] = "now",
    until: Annotated[str | None, typer.Option(metavar="TIME", help="Until when; a day is included.")] = None,
    grain: Annotated[Grain, typer.Option(help="How long a row is.")] = Grain.DAY,
    sharing: Annotated[Sharing | None, SharingOption] = None,
    cluster: Annotated[str | None, typer.Option(metavar="NAME", help="Only this cluster.")] = None,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Show it again whenever it changes, until Ctrl-C.")
    ] = False,
    tz: Zone = None,
    as_json: AsJson = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """Show what is free, and when.

    Packages are across, time is down; a figure says how many of a package fit through the whole of its row. TIME is a
    day or an instant: now, 14:00, today, tomorrow, 'fri 09:00', 2026-06-08, 2026-06-08T09:00, all in your zone.
    With --cores, --memory and the like, it is said how many of such a set fit instead.

    For example:

        aglais available
        aglais available large --grain hour --from tomorrow
        aglais available --grain month --sharing reserved
        aglais available --cores 3 --memory 12G --gpus 1
        aglais available --from 2026-06-08 --until 2026-06-14 --json
        aglais available large --follow
    """

    def show(desk: Desk) -> None:
        first = moment(start, desk.zone, desk.now)
        last = moment(until, desk.zone, desk.now) if until else _default_end(first, grain, desk.zone)
        asked = (to_api(first), to_api(last))
        amounts = need.amounts()
        found = desk.client.available(
            asked, grain=grain, package=package, cluster=cluster, sharing=sharing, tz=desk.zone.key, **amounts
        )
        if as_json:
            desk.answer(found, str)
            return
        packages = {one.name: one.size.resources for one in desk.client.packages().rows}
        if amounts:
            packages["custom"] = Resources.model_validate(amounts)
        grants = desk.client.grants(found.range, cluster=cluster).rows
        if follow:
            desk.out.clear()
        desk.out.print(available_table(found, packages, grants, desk.zone, desk.now, desk.out.width))

    with at_desk(url, token, as_json=as_json, tz=tz) as desk:
        if not follow:
            show(desk)
            return
        for _ in desk.client.watch():
            show(replace(desk, now=SystemClock().now()))
            sys.stdout.flush()


def _default_end(first: date | datetime, grain: Grain, zone: ZoneInfo) -> date | datetime:
    """How much is shown, unless told otherwise: a day by the hour, a week by the day, some weeks, half a year."""
    if grain is Grain.HOUR:
        return first + timedelta(hours=24) if isinstance(first, datetime) else first
    day = first.astimezone(zone).date() if isinstance(first, datetime) else first
    if grain is Grain.DAY:
        return day + timedelta(days=6)
    if grain is Grain.WEEK:
        return day + timedelta(days=5 * 7 - 1 - day.weekday())
    months = day.year * 12 + day.month - 1 + 6
    return date(months // 12, months % 12 + 1, 1) - timedelta(days=1)

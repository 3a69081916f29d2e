"""Availability, bookings and accounts as tables that fit 80 columns."""

from __future__ import annotations

from datetime import time, timedelta
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from aglais_hub.bookings.times import parse_duration
from aglais_hub.cli.amounts import amounts, size
from aglais_hub.cli.chosen import short
from aglais_hub.cli.words import day, plain, span, spans, state, what, when, words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from aglais_hub.wire.bookings import Booking
    from aglais_hub.wire.nodes import Finding, Node, PoolRow
    from aglais_hub.wire.resources import Available, AvailableRow, Cluster, Grant, Resources

__all__ = [
    "available_table",
    "booking_lines",
    "bookings_table",
    "buffer_words",
    "clusters_table",
    "findings_table",
    "grant_words",
    "grants_table",
    "pools_table",
]

GAP = 3
"""Spaces between two columns."""

MOST_TIMES = 12
"""Times of one booking that are listed in full."""


def _table() -> Table:
    return Table(box=None, pad_edge=False, padding=(0, GAP, 0, 0), header_style="dim")


def available_table(
    found: Available,
    packages: Mapping[str, Resources],
    grants: Sequence[Grant],
    zone: ZoneInfo,
    now: datetime,
    width: int,
) -> RenderableType:
    """Packages across, time down; in each place how many fit throughout it. Too many packages go into more tables."""
    times = [_labels(row, found.grain, zone, now) for row in found.rows]
    closed = [_is_closed(row, grants) for row in found.rows]
    heads = {
        name: [name, *size(resources).split(", ")]
        for name, resources in packages.items()
        if not found.rows or name in found.rows[0].packages
    }
    left = width - max((sum(len(part) + GAP for part in labels) for labels in times), default=0)
    parts: list[RenderableType] = []
    for names in _side_by_side(heads, left):
        table = _table()
        for _ in times[0] if times else [""]:
            table.add_column("")
        for name in names:
            table.add_column("\n".join(heads[name]), justify="right", no_wrap=True)
        last = ""
        for row, labels, is_closed in zip(found.rows, times, closed, strict=True):
            shown = ["" if labels[0] == last else labels[0], *labels[1:]]
            last = labels[0]
            table.add_row(*shown, *(_places(row.packages[name], closed=is_closed) for name in names))
        parts += [table, Text()]
    return Group(*parts, Text(f"How many of each fit throughout that time. Times in {zone.key}.", style="dim"))


def _is_closed(row: AvailableRow, grants: Sequence[Grant]) -> bool:
    """Whether nothing is granted at any time of the row, or all that is has been taken away."""
    there = [grant for grant in grants if grant.start < row.end and row.start < grant.end]
    if any(grant.share == -100 and grant.start <= row.start and row.end <= grant.end for grant in there):
        return True
    return not any(grant.share is None and grant.resources.cores >= 0 for grant in there)


def _side_by_side(heads: Mapping[str, Sequence[str]], width: int) -> list[list[str]]:
    """The names in groups, each as long as fits into ``width``."""
    groups: list[list[str]] = []
    left = 0
    for name, lines in heads.items():
        needed = max(len("closed"), *map(len, lines)) + GAP
        if not groups or needed > left:
            groups.append([])
            left = width
        groups[-1].append(name)
        left -= needed
    return groups


def _places(count: int, *, closed: bool) -> Text:
    if count > 0:
        return Text(str(count), style="bold")
    return Text("closed" if closed else "full", style="dim")


def _labels(row: AvailableRow, grain: str, zone: ZoneInfo, now: datetime) -> list[str]:
    start, last = row.start.astimezone(zone), (row.end - timedelta(microseconds=1)).astimezone(zone)
    if grain == "hour":
        return [day(row.start, zone, now), f"{start:%H:%M}"]
    if grain == "month":
        name = f"{start:%B}" + (f" {start.year}" if start.year != now.astimezone(zone).year else "")
        return [f"rest of {name}" if start.day > 1 else name]
    first = ("" if start.time() == time() else "rest of ") + day(row.start, zone, now)
    return [first if start.date() == last.date() else f"{first} to {day(last, zone, now)}"]


def bookings_table(bookings: Sequence[Booking], zone: ZoneInfo, now: datetime) -> RenderableType:
    """A booking to a row; whose it is where they are not all one person's."""
    several = len({booking.account for booking in bookings}) > 1
    table = _table()
    table.add_column("id", no_wrap=True)
    if several:
        table.add_column("account", overflow="fold")
    table.add_column("package")
    table.add_column("when")
    table.add_column("state")
    for booking in bookings:
        owner = [plain(booking.account)] if several else []
        times = Text(spans(booking, zone, now))
        if booking.note:
            times.append(f"\n{plain(booking.note)}", style="dim")
        table.add_row(short(booking.id), *owner, what(booking), times, state(booking, now))
    return Group(table, Text(), Text(f"Times in {zone.key}.", style="dim"))


def booking_lines(said: str, booking: Booking, zone: ZoneInfo, now: datetime) -> Text:
    """What has become of a booking: a sentence, and its facts beneath."""
    facts = [size(booking.resources)] if booking.share is None else []
    facts += [f"on {booking.cluster}"] + ([booking.sharing] if booking.sharing != "managed" else [])
    facts += [f"charged to {booking.group}"] if booking.group else []
    facts += [state(booking, now), f"id {short(booking.id)}"]
    lines = Text.assemble(
        (said, "bold"), f" {what(booking)}, {spans(booking, zone, now)} ({zone.key})", overflow="fold"
    )
    lines.append("\n" + " · ".join(facts), style="dim")
    if len(booking.spans) > 1:
        lines.append(_times(booking, zone, now))
    elif booking.until > booking.end:
        lines.append(f"\nIts server may go on until {when(booking.until, zone, now)}: what you booked next follows it.")
    return lines


def _times(booking: Booking, zone: ZoneInfo, now: datetime) -> str:
    """The times of a booking that has several, a line for each; of very many, the first and the last."""
    shown = [span(one.start, one.end, zone, now) for one in booking.spans]
    if len(shown) > MOST_TIMES:
        shown[MOST_TIMES - 2 : -1] = [f"… and {len(shown) - MOST_TIMES + 1} more"]
    return "".join(f"\n  {line}" for line in shown)


def grants_table(grants: Sequence[Grant], zone: ZoneInfo, now: datetime) -> RenderableType:
    """A grant or a blackout to a row."""
    table = _table()
    table.add_column("id", no_wrap=True)
    table.add_column("cluster", overflow="fold")
    table.add_column("when")
    table.add_column("what")
    for grant in grants:
        told = Text(grant_words(grant))
        if grant.note:
            told.append(f"\n{plain(grant.note)}", style="dim")
        table.add_row(short(grant.id), grant.cluster, span(grant.start, grant.end, zone, now), told)
    return Group(table, Text(), Text(f"Times in {zone.key}.", style="dim"))


def grant_words(grant: Grant) -> str:
    """What a grant gives, or a blackout takes."""
    if grant.share is not None:
        return "closed" if grant.share == -100 else f"−{abs(float(grant.share)):g}% of all"
    return amounts(grant.resources)


def clusters_table(clusters: Sequence[Cluster], zone: ZoneInfo, now: datetime) -> RenderableType:
    """A cluster to a row."""
    table = _table()
    table.add_column("name", overflow="fold")
    table.add_column("shared bookings")
    table.add_column("after a reserved one")
    table.add_column("since")
    for cluster in clusters:
        factor = float(cluster.overcommit)
        table.add_row(
            cluster.name,
            "share nothing" if factor == 1 else f"{factor:g} to each core",
            buffer_words(cluster.buffer),
            when(cluster.created, zone, now),
        )
    stopped = [Text(_stopped(one.name, one.unverified)) for one in clusters if one.unverified]
    return Group(table, Text(), *stopped, Text(f"Times in {zone.key}.", style="dim"))


def _stopped(cluster: str, because: str) -> str:
    return f"Nothing more is booked on {cluster} for now, since {because}."


def pools_table(pools: Sequence[PoolRow], nodes: Sequence[Node]) -> RenderableType:
    """A cluster to a row, with its nodes, what they give and what is granted; under it why, where none is booked."""
    table = _table()
    table.add_column("cluster", overflow="fold")
    for head in ("nodes", "they give", "granted"):
        table.add_column(head)
    for pool in pools:
        table.add_row(pool.cluster, _nodes_words(pool.cluster, nodes), amounts(pool.gives), amounts(pool.granted))
    stopped = [Text(_stopped(one.cluster, one.because)) for one in pools if one.because]
    return Group(table, *stopped)


def _nodes_words(cluster: str, nodes: Sequence[Node]) -> str:
    """``3 ready, 1 cordoned``."""
    states = [node.state for node in nodes if node.cluster == cluster]
    return ", ".join(f"{states.count(name)} {name}" for name in dict.fromkeys(states)) or "none"


def findings_table(findings: Sequence[Finding]) -> RenderableType:
    """A finding to a row: what it is, whose, and what repairing does."""
    table = _table()
    for head in ("what", "name", "whose"):
        table.add_column(head, overflow="fold")
    table.add_column("")
    for one in findings:
        said = f"{one.message} {'Repaired.' if one.repaired else one.help}"
        table.add_row(one.kind, plain(one.name), plain(one.account) or "–", plain(said))
    return table


def buffer_words(buffer: str) -> str:
    """How long the servers of a reserved booking stay closed after it."""
    if not any(figure in buffer for figure in "123456789"):
        return "open at once"
    return f"closed for {words(parse_duration(buffer))}"

"""What is asked for when something is booked, as options, and how an offer differs from it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

import typer

from aglais_hub.cli.amounts import counted, percent
from aglais_hub.cli.options import Need
from aglais_hub.cli.words import begin, finish, interval, length, moment, to_api, total, words
from aglais_hub.errors import InvalidValueError
from aglais_hub.wire.bookings import Span

if TYPE_CHECKING:
    from aglais_hub.cli.screen import Desk
    from aglais_hub.client.calls.bookings import Asked
    from aglais_hub.wire.bookings import Booking

__all__ = ["DEFAULT_LENGTH", "Sharing", "SharingOption", "Wish", "differs"]

DEFAULT_LENGTH = timedelta(hours=2)

Sharing = Literal["shared", "managed", "reserved"]

SharingOption = typer.Option(
    metavar="KIND", help="shared (over-committed), managed (guaranteed; the usual), or reserved (servers to itself)."
)

KINDS = {
    "asked": "as asked",
    "earliest": "another time",
    "smaller": "smaller",
    "shorter": "shorter",
    "split": "in parts",
    "week": "another week",
}
"""How an offer differs, where it is not known what from."""


@dataclass(kw_only=True)
class Wish(Need):
    """What to book, when, and where."""

    package: Annotated[
        str | None,
        typer.Argument(metavar="PACKAGE", help="What to book; `aglais available` shows which there are."),
    ] = None
    start: Annotated[str, typer.Option("--from", metavar="TIME", help="When it starts.")] = "now"
    until: Annotated[str | None, typer.Option(metavar="TIME", help="When it ends; a day is included.")] = None
    duration: Annotated[
        str | None, typer.Option("--for", metavar="LENGTH", help="How long, as 2h, 90m, 3d or PT2H; else 2h.")
    ] = None
    window: Annotated[
        str | None, typer.Option(metavar="LENGTH", help="It may start so much later, as early as it fits.")
    ] = None
    span: Annotated[
        list[str] | None,
        typer.Option(metavar="SPAN", help="Several times: give each, as 'fri 09:00/12:00', 'fri 9:00/3h' or a day."),
    ] = None
    repeat: Annotated[
        str | None, typer.Option(metavar="RULE", help="Again and again, as 'FREQ=WEEKLY;BYDAY=MO,WE;COUNT=10'.")
    ] = None
    shortest: Annotated[str | None, typer.Option(metavar="LENGTH", help="Offer nothing shorter than this instead.")] = (
        None
    )
    smallest: Annotated[
        str | None, typer.Option(metavar="PACKAGE", help="Offer nothing smaller than this instead.")
    ] = None
    share: Annotated[str | None, typer.Option(metavar="PERCENT", help="A part of all that a cluster has, as 20%.")] = (
        None
    )
    sharing: Annotated[Sharing | None, SharingOption] = None
    cluster: Annotated[str | None, typer.Option(metavar="NAME", help="Where; else wherever there is room.")] = None
    note: Annotated[str | None, typer.Option(metavar="TEXT", help="A note to yourself.")] = None
    account: Annotated[str | None, typer.Option(metavar="NAME", help="For another account, as an admin.")] = None
    group: Annotated[str | None, typer.Option(metavar="NAME", help="Charge it to this group of yours.")] = None
    prepare: Annotated[bool, typer.Option("--prepare", help="Have the lab ready at the start.")] = False

    def asked(self, desk: Desk) -> Asked:
        """The request, without its package; raises ``InvalidValueError`` for what can't be read."""
        if not (self.package or self.share or self.amounts()):
            raise typer.BadParameter("Name a package, or give --cores and --memory, or --share.")
        found: dict[str, Any] = {
            **self.amounts(),
            "window": length(self.window) if self.window else None,
            "recurrence": self.repeat.strip().removeprefix("RRULE:") if self.repeat else None,
            "shortest": length(self.shortest) if self.shortest else None,
            "smallest": self.smallest,
            "share": percent(self.share) if self.share else None,
            "cluster": self.cluster,
            "sharing": self.sharing,
            "account": self.account,
            "tz": desk.zone.key,
            "note": self.note,
            "group": self.group,
            "prepare": self.prepare or None,
        }
        if self.span:
            if self.start != "now" or self.until or self.duration:
                raise InvalidValueError(
                    "It has two times.", field="spans", help="Give --span, or --from with --until or --for; not both."
                )
            found["spans"] = [interval(text, desk.zone, desk.now) for text in self.span]
            return cast("Asked", found)
        first, last = self._ends(desk)
        found["startdate"] = to_api(first) if first else None
        if isinstance(last, timedelta):
            found["duration"] = last
        else:
            found["enddate"] = to_api(last)
        return cast("Asked", found)

    def asked_span(self, desk: Desk) -> Span | None:
        """The time that is asked for, where it is a single one."""
        if self.span or self.repeat:
            return None
        first, last = self._ends(desk)
        start = begin(first, desk.zone) if first else desk.now
        return Span(start=start, end=start + last if isinstance(last, timedelta) else finish(last, desk.zone))

    def _ends(self, desk: Desk) -> tuple[date | datetime | None, date | datetime | timedelta]:
        """When it starts, or ``None`` for now; and when it ends, or how long it is. A day on its own is that day."""
        if self.until and self.duration:
            raise InvalidValueError("It has two ends.", field="duration", help="Give --until or --for, not both.")
        is_now = self.start.strip().lower() == "now"
        first = None if is_now else moment(self.start, desk.zone, desk.now)
        if self.until:
            return first, moment(self.until, desk.zone, desk.now)
        if self.duration:
            return first, length(self.duration)
        return first, first if first and not isinstance(first, datetime) else DEFAULT_LENGTH


def differs(offer: Booking, package: str | None = None, asked: Span | None = None) -> str:
    """How an offer differs from what was asked for: ``smaller, 1 h later``."""
    found = []
    if package and offer.package != package:
        found.append("smaller")
    if asked and len(offer.spans) > 1:
        found.append(f"in {len(offer.spans)} parts")
    if asked and _by_minutes(offer.start - asked.start):
        found.append(f"{_later(offer.start - asked.start, weeks=offer.kind == 'week')} later")
    if asked and _by_minutes(shorter := asked.end - asked.start - total(offer)):
        found.append(f"{words(shorter)} shorter")
    return ", ".join(found) or KINDS.get(offer.kind or "", "as asked")


def _later(length: timedelta, *, weeks: bool) -> str:
    if weeks:
        return counted(round(length / timedelta(weeks=1)), "week")
    # From two days on nobody counts the hours.
    return words(length) if length < timedelta(days=2) else counted(round(length / timedelta(days=1)), "day")


def _by_minutes(length: timedelta) -> bool:
    """Whether it is more than what passes between a question and its answer."""
    return length >= timedelta(minutes=1)

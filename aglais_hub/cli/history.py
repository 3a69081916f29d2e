"""What has changed in a booking, and why requests were accepted or refused, in words."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from aglais_hub.bookings.times import parse_duration
from aglais_hub.cli.amounts import NAMES, amount, amounts
from aglais_hub.cli.chosen import short
from aglais_hub.cli.words import day, plain, span, spans, state, told, total, what, when, words
from aglais_hub.errors import InvalidValueError
from aglais_hub.wire.resources import Resources

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

    from aglais_hub.wire.decisions import Change, Decision, DecisionRow, Taker, Trial

__all__ = ["changes_table", "decision_told", "decisions_table"]

MOST_TAKERS = 12
"""Claims that are listed one by one; the rest are summed up."""

MOST_THAT_FIT = 3
"""Times at which it fits that are told one by one; of the others it is enough that they fit."""

OUTCOMES = {"accepted": "Accepted", "refused": "Refused", "offered": "Offered"}


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="dim")
    for name in columns:
        table.add_column(name, overflow="fold")
    return table


# ---- changes


def changes_table(changes: Sequence[Change], zone: ZoneInfo, now: datetime) -> RenderableType:
    """A change to a row: its version, when, by whom, and of each field what was and what is."""
    table = _table("version", "when", "by", "what")
    for change in changes:
        told = [
            f"{plain(name)}: {_value(was, zone, now, name)} → {_value(is_now, zone, now, name)}"
            for name, (was, is_now) in change.fields.items()
        ]
        table.add_row(str(change.version), when(change.at, zone, now), plain(change.by), "\n".join(told))
    return Group(table, Text(), Text(f"Times in {zone.key}.", style="dim"))


def _value(value: Any, zone: ZoneInfo, now: datetime, name: str = "") -> str:
    """A field's value in words: an instant, a span, an amount of resources, or as it stands."""
    if value is None or value == "":
        return "nothing"
    if isinstance(value, list):
        return ", ".join(_value(one, zone, now) for one in value)
    if isinstance(value, dict):
        return _dict_value(value, zone, now)
    if name == "phase":
        return plain(str(value)).lower()
    instant = _instant(value) if isinstance(value, str) else None
    return when(instant, zone, now) if instant else plain(str(value))


def _dict_value(value: dict[str, Any], zone: ZoneInfo, now: datetime) -> str:
    if value.keys() == {"start", "end"}:
        start, end = (_instant(str(value[name])) for name in ("start", "end"))
        return span(start, end, zone, now) if start and end else plain(str(value))
    return amounts(Resources.model_validate(value)) if value.keys() <= NAMES.keys() else plain(str(value))


def _instant(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else None


# ---- decisions


def decisions_table(rows: Sequence[DecisionRow], zone: ZoneInfo, now: datetime) -> RenderableType:
    """A decision to a row; whose it was where they are not all one person's."""
    several = len({row.account for row in rows}) > 1
    table = _table("id", *(["account"] if several else []), "when", "asked for", "outcome")
    for row in rows:
        because = told(row.message, zone, now).rpartition(" does not fit: ")[2].rstrip(".")
        said = OUTCOMES[row.outcome] + (f": {because}" if row.outcome == "refused" and because else "")
        owner = [plain(row.account)] if several else []
        table.add_row(short(row.id), *owner, when(row.made, zone, now), _asked(row.request, zone, now), said)
    return Group(table, Text(), Text(f"Times in {zone.key}. More of one: aglais why ID", style="dim"))


def decision_told(decision: Decision, zone: ZoneInfo, now: datetime) -> RenderableType:
    """The whole of a decision: what was asked, how each cluster and span fared, who had what, what was offered."""
    asked = _asked(decision.request, zone, now)
    head = Text.assemble(
        (OUTCOMES[decision.outcome], "bold red" if decision.outcome == "refused" else "bold"),
        f": {asked}",
        (f"\nAsked {when(decision.made, zone, now)} by {plain(decision.account)}. Times in {zone.key}.", "dim"),
    )
    parts: list[RenderableType] = [head]
    if decision.message:
        parts.append(Text(told(decision.message, zone, now)))
    fitting = [trial for trial in decision.trials if trial.fits]
    for trial in decision.trials:
        if not trial.fits or trial in fitting[:MOST_THAT_FIT]:
            parts += [Text(), *_trial(trial, zone, now)]
    if len(fitting) > MOST_THAT_FIT:
        parts += [Text(), Text(f"It fits at {len(fitting) - MOST_THAT_FIT} more times.")]
    if decision.offers:
        parts += [Text(), Text("What was offered", style="bold"), _offers(decision, zone, now)]
    if not decision.agrees:
        parts += [Text(), Text("Asked again, the rules of today would decide otherwise.", style="yellow")]
    return Group(*parts)


def _trial(trial: Trial, zone: ZoneInfo, now: datetime) -> list[RenderableType]:
    """How one span fared on one cluster."""
    where = f"{trial.cluster}, {span(trial.span.start, trial.span.end, zone, now)}"
    moment = when(trial.at, zone, now)
    if trial.fits:
        left = amounts(trial.least)
        return [Text.assemble((where, "bold"), f": it fits. At the tightest moment, {moment}, there was left: {left}.")]
    if not any(getattr(trial.granted, name) > 0 for name in NAMES):
        return [Text.assemble((where, "bold"), f": closed. At {moment} the cluster has nothing to give.")]
    shorts = [NAMES.get(name, name) for name in trial.short]
    said = f": it does not fit. At the tightest moment, {moment}, it was short of {_listed(shorts) or 'nothing'}."
    parts: list[RenderableType] = [Text.assemble((where, "bold"), said), _figures(trial)]
    if trial.takers:
        parts += [Text("Who had the rest then", style="dim"), _takers(trial.takers, zone, now)]
    return parts


def _figures(trial: Trial) -> Table:
    """Needed, left and granted, for each resource that was needed or short."""
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="dim")
    table.add_column("")
    for name in ("needed", "left", "of all", "missing"):
        table.add_column(name, justify="right")
    for name, label in NAMES.items():
        need, left, all_of_it = (getattr(one, name) for one in (trial.need, trial.least, trial.granted))
        if need or name in trial.short:
            missing = amount(name, need - left) if name in trial.short else ""
            figures = (amount(name, max(one, 0)) for one in (need, left, all_of_it))
            table.add_row(label, *figures, Text(missing, style="bold red"))
    return table


def _takers(takers: Sequence[Taker], zone: ZoneInfo, now: datetime) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), show_header=False)
    ordered = sorted(takers, key=lambda taker: (-taker.resources.cores, -taker.resources.memory, taker.start))
    for taker in ordered[:MOST_TAKERS]:
        who = "you" if taker.mine else plain(taker.account or "somebody")
        kind = "held as an offer" if taker.phase == "OFFERED" else ""
        row = [who, span(taker.start, taker.end, zone, now), amounts(taker.resources), kind]
        table.add_row(*row, short(taker.booking) if taker.booking else "")
    if rest := ordered[MOST_TAKERS:]:
        cores, memory = sum(one.resources.cores for one in rest), sum(one.resources.memory for one in rest)
        table.add_row(f"… {len(rest)} more", "", f"{amount('cores', cores)} cores, {amount('memory', memory)}", "", "")
    return table


def _offers(decision: Decision, zone: ZoneInfo, now: datetime) -> Table:
    table = _table("id", "what", "when", "by now")
    for offer in decision.offers:
        time = f"{spans(offer, zone, now)} ({words(total(offer))})"
        table.add_row(short(offer.id), what(offer), time, state(offer, now))
    return table


def _asked(request: dict[str, Any], zone: ZoneInfo, now: datetime) -> str:
    """A request in words: what, and when."""
    return f"{_asked_what(request)}, {_asked_when(request, zone, now)}"


def _asked_what(request: dict[str, Any]) -> str:
    if request.get("package"):
        return plain(str(request["package"]))
    if request.get("share"):
        return f"{plain(str(request['share']))} of {plain(str(request.get('cluster') or 'a cluster'))}"
    return amounts(Resources.model_validate({name: request[name] for name in NAMES if request.get(name)}))


def _asked_when(request: dict[str, Any], zone: ZoneInfo, now: datetime) -> str:
    listed = request.get("spans")
    if listed:
        count = len(listed) if isinstance(listed, list) else str(listed).count(",") + 1
        return f"{count} times" if count > 1 else "once"
    start = str(request.get("startdate") or "")
    begins = _time(start, zone, now) if start else "at once"
    ends = _time(str(request.get("enddate") or ""), zone, now)
    if request.get("duration"):
        said = f"{begins} for {_length(str(request['duration']))}"
    elif begins == ends:
        said = begins
    else:
        said = f"{begins} {'to' if start else 'until'} {ends}"
    if request.get("window"):
        said += f", up to {_length(str(request['window']))} later"
    if request.get("recurrence"):
        said += f", again by {plain(str(request['recurrence']))}"
    return said


def _time(text: str, zone: ZoneInfo, now: datetime) -> str:
    instant = _instant(text)
    if instant:
        return when(instant, zone, now)
    try:
        given = date.fromisoformat(text)
    except ValueError:
        return plain(text)
    return day(datetime(given.year, given.month, given.day, 12, tzinfo=zone), zone, now)


def _length(text: str) -> str:
    try:
        return words(parse_duration(text))
    except InvalidValueError:
        return plain(text)


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))

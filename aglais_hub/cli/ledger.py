"""``aglais ledger``: whether what is on record adds up. Works on the database itself, where the services run."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from aglais_hub.cli.amounts import counted
from aglais_hub.cli.platform import needs_extras
from aglais_hub.cli.words import plain
from aglais_hub.errors import NotFoundError, ServiceDownError

if TYPE_CHECKING:
    from aglais_hub.bookings.verify import Report

__all__ = ["ledger", "verify"]

MOST_FAULTS = 20
"""Faults that are told one by one; --json tells all."""


def ledger() -> None:
    """Check the books of the bookings.

    For example:

        aglais ledger verify
        aglais ledger verify --repair
    """


def verify(
    *,
    repair: Annotated[bool, typer.Option("--repair", help="Write anew what is wrong.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Recompute what is free from every grant and claim, and compare.

    Works on the database of the settings, while others read and write it. Ends with 0 if all adds up (with --repair: if
    it does now), with 1 if not.

    For example:

        aglais ledger verify
        aglais ledger verify --repair
        AGLAIS_BOOKINGS_URL=postgresql://db/bookings aglais ledger verify --json
    """
    with needs_extras("ledger verify", "server"):
        from aglais_hub.bookings.verify import verify as check  # noqa: PLC0415 - needs an extra
        from aglais_hub.database import make_database  # noqa: PLC0415
        from aglais_hub.settings import load_settings  # noqa: PLC0415
    console = Console(stderr=True, markup=False, highlight=False, emoji=False)
    where = load_settings().database_url("bookings")
    _check_there(where)
    database = make_database(where)

    def look(said: str, *, mend: bool = False) -> Report:
        with _bar(console, hidden=as_json) as bar:
            task = bar.add_task(said, total=None)
            return check(database, repair=mend, progress=lambda done, of: bar.update(task, completed=done, total=of))

    try:
        report = look("repairing" if repair else "checking", mend=repair)
        is_sound = not report.faults
        if repair and report.faults:
            is_sound = not look("checking again").faults
    except ServiceDownError as error:
        error.help = "Is it running, and in the newest shape? `aglais migrate` brings it there."
        raise
    finally:
        database.dispose()
    said = json.dumps(asdict(report) | {"sound": is_sound}, indent=2)
    typer.echo(said if as_json else _told(report, repair=repair, is_sound=is_sound))
    if not is_sound:
        raise typer.Exit(1)


def _check_there(where: str) -> None:
    """Raise for a SQLite file that there isn't: opening it would make one."""
    path = Path(where.removeprefix("sqlite:///"))
    if where.startswith("sqlite:///") and not path.exists():
        raise NotFoundError(
            f"There are no books at {path}.", help="Set AGLAIS_STATE or AGLAIS_BOOKINGS_URL as the services have it."
        )


def _bar(console: Console, *, hidden: bool) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=None),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=hidden or not console.is_terminal,
    )


def _told(report: Report, *, repair: bool, is_sound: bool) -> str:
    looked = f"{counted(report.entries, 'entry', 'entries')} and {counted(report.nodes, 'node')}"
    if not report.faults:
        return f"All adds up: {looked}."
    lines = [f"{counted(len(report.faults), 'fault')} in {looked}:"]
    lines += [f"  {plain(fault)}" for fault in report.faults[:MOST_FAULTS]]
    if len(report.faults) > MOST_FAULTS:
        lines.append(f"  … and {len(report.faults) - MOST_FAULTS:,} more; --json tells all.")
    if repair:
        now = "and all adds up now" if is_sound else "and not all adds up yet: tell the developers what is listed"
        lines.append(f"Written anew: {counted(report.repaired, 'row')}, {now}.")
    else:
        lines.append("To write anew what is wrong: aglais ledger verify --repair")
    return "\n".join(lines)

"""Commands that read accounts from a file, and write them to one."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from aglais_hub.cli.accounts.views import imported_table
from aglais_hub.cli.options import AsJson, Token, Url, Yes
from aglais_hub.cli.screen import at_desk
from aglais_hub.cli.words import plain
from aglais_hub.errors import InvalidValueError

if TYPE_CHECKING:
    from aglais_hub.cli.screen import Desk
    from aglais_hub.wire.admin import Imported, ImportRow

__all__ = ["export", "import_"]

Format = Literal["csv", "yaml"]

AT_ONCE = 500
"""Rows that are asked for together, so that one can see how far it is, and no answer takes long."""


def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV or YAML; - for what is piped in.")],
    *,
    format: Annotated[Format | None, typer.Option(help="What the file is; else its name tells.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would become of each row.")] = False,
    mail: Annotated[
        bool, typer.Option("--mail", help="Mail those who are new a link to choose a password with.")
    ] = False,
    yes: Yes = False,
    as_json: AsJson = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """Make accounts what a file says, row by row.

    The columns are name, email, display, affiliation, level, expires, suspended, attributes and identities, in any
    order; what there is no column of stays as it is. A row is about the account of its name, or else of a way in;
    where there is none, one is opened. The same file again changes nothing, and a row that is refused stops no other.
    On a terminal you see what would happen first, and are asked. Ends with 1 where a row was refused.

    For example:

        aglais accounts import people.csv --dry-run
        aglais accounts import people.yaml --mail --yes
        aglais accounts export | aglais accounts import - --dry-run
    """
    with at_desk(url, token, as_json=as_json) as desk:
        kind: Format = format or ("yaml" if file.suffix in (".yaml", ".yml") else "csv")
        document = _read(file)
        if desk.can_ask and not yes and not dry_run and str(file) != "-":
            plan = _send(desk, document, kind, dry_run=True, mail=mail)
            desk.err.print(imported_table(plan.rows))
            if not typer.confirm("Do that?", err=True):
                raise typer.Exit(1)
        done = _send(desk, document, kind, dry_run=dry_run, mail=mail)
        desk.answer(done, lambda: imported_table(done.rows))
        if any(row.action == "refused" for row in done.rows):
            raise typer.Exit(1)


def export(
    *,
    format: Annotated[Format | None, typer.Option(help="CSV, or YAML; else the file's name tells.")] = None,
    output: Annotated[Path | None, typer.Option(metavar="FILE", help="Write it there; else to the screen.")] = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """Write every member's account as CSV or YAML, as `aglais accounts import` reads it.

    There are no passwords in it, but addresses are: the file is for your eyes alone.

    For example:

        aglais accounts export --output people.csv
        aglais accounts export --format yaml
    """
    with at_desk(url, token, as_json=False) as desk:
        if output is not None and output.exists():
            raise InvalidValueError(f"{output} is there already.", field="--output", help="Name a new file.")
        kind: Format = format or ("yaml" if output and output.suffix in (".yaml", ".yml") else "csv")
        text = desk.client.export_accounts(kind).text
        if output is None:
            # A terminal would take some of people's letters for orders; a file or a pipe gets them as they are.
            sys.stdout.write("\n".join(map(plain, text.split("\n"))) if sys.stdout.isatty() else text)
            return
        descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        desk.err.print(f"The accounts are in {output}.", style="dim")


def _read(file: Path) -> str:
    try:
        data = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise InvalidValueError(f"{file} can't be read.", help="Check its name.") from error
    # What Excel calls Unicode text.
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InvalidValueError(
            f"{file} is not UTF-8, as its line {line} shows.", help="Save it as UTF-8: in Excel, as *CSV UTF-8*."
        ) from error


def _send(desk: Desk, document: str, format: Format, *, dry_run: bool, mail: bool) -> Imported:
    rows: list[ImportRow] = []
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        console=desk.err,
        transient=True,
        disable=desk.as_json or not desk.err.is_terminal,
    )
    with bar:
        task = bar.add_task("looking" if dry_run else "importing", total=None)
        while True:
            found = desk.client.import_accounts(
                document, format, dry_run=dry_run, mail=mail or None, start=len(rows) + 1, most=AT_ONCE
            )
            rows += found.rows
            bar.update(task, completed=len(rows), total=found.of)
            if not found.rows or len(rows) >= found.of:
                return found.model_copy(update={"rows": rows})

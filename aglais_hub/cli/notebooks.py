"""``aglais run``: a notebook in a booked session, and whether its result is what it declares."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Self

import typer
from rich.console import Group, RenderableType
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from aglais_hub.cli.options import AsJson, Token, Url
from aglais_hub.cli.refusals import offer_instead
from aglais_hub.cli.screen import Desk, at_desk
from aglais_hub.cli.words import length, plain
from aglais_hub.errors import ConflictError, RefusedError

if TYPE_CHECKING:
    from aglais_hub.notebooks import Outcome
    from aglais_hub.notebooks import Progress as Step

__all__ = ["run"]


def run(
    notebook: Annotated[Path, typer.Argument(metavar="NOTEBOOK", help="A notebook file on this machine.")],
    *,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the session and its booking running.")] = False,
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the notebook with its output there.")
    ] = None,
    duration: Annotated[
        str, typer.Option("--for", metavar="LENGTH", help="How long to book; what is left is given back.")
    ] = "1h",
    account: Annotated[str | None, typer.Option(metavar="NAME", help="As another account, as an admin.")] = None,
    as_json: AsJson = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """Run a notebook, and check its result.

    The package that the notebook says it needs is booked in your name, a server is started, and both end with the
    run. A server that runs already is used as it is. Ends with 0 if the result is what the notebook declares.

    For example:

        aglais run examples/tiny/sky_density.ipynb
        aglais run mine.ipynb --output mine-done.ipynb --json
    """
    with at_desk(url, token, as_json=as_json) as desk:
        from aglais_hub.notebooks import run_remote  # noqa: PLC0415 - no other command needs it

        def try_it() -> Outcome:
            with _Bar(desk) as bar:
                return run_remote(
                    notebook,
                    desk.client,
                    desk.platform,
                    desk.token,
                    progress=bar.step,
                    keep=keep,
                    account=account,
                    duration=length(duration),
                    output=output,
                )

        try:
            outcome = try_it()
        except RefusedError as error:
            taken = offer_instead(desk, error)
            if taken.start > desk.now:
                raise ConflictError("It is booked for later.", help="Run the notebook then.") from None
            outcome = try_it()
        desk.answer(outcome, lambda: _outcome(outcome, notebook, output))
    if not outcome.ok:
        raise typer.Exit(1)


class _Bar:
    """How far the run is: a bar on a terminal, else a line for each stage, all on stderr; nothing beside JSON."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._stage = ""
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=None),
            TaskProgressColumn(),
            TimeElapsedColumn(),
            console=desk.err,
            transient=True,
            disable=desk.as_json or not desk.err.is_terminal,
        )
        self._task = self._bar.add_task("asking the platform", total=None)

    def step(self, step: Step) -> None:
        """The run has come to ``step``."""
        if step.stage != self._stage and self._bar.disable and not self._desk.as_json:
            self._desk.err.print(plain(step.message))
        self._stage = step.stage
        # How long a start takes is nobody's to say, so the bar only moves until the first cell.
        percent = step.percent if step.stage in ("running", "checking") else None
        total = None if percent is None else 100
        self._bar.update(self._task, description=plain(step.message), completed=percent or 0, total=total)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()


def _outcome(outcome: Outcome, notebook: Path, output: Path | None) -> RenderableType:
    took = f" in {outcome.seconds:.0f} s" if outcome.seconds is not None else ""
    parts: list[RenderableType] = []
    if outcome.ok:
        parts.append(Text(f"{notebook.name} ran{took}, and its result is as declared.", style="bold green"))
    else:
        parts.append(Text(f"{notebook.name} ran{took}, but not all is as declared.", style="bold red"))
        parts += [Text(f"  {plain(problem.message)}") for problem in outcome.problems]
    if outcome.values:
        table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 3, 0, 2))
        for name, value in outcome.values.items():
            shown = f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
            table.add_row(plain(name.replace("_", " ")), plain(shown))
        parts.append(table)
    if output is not None:
        parts.append(Text(f"With its output: {output}", style="dim"))
    return Group(*parts)

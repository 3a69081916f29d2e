"""The command ``aglais``: which commands there are, how help is laid out, and how errors are told."""

from __future__ import annotations

import inspect
import os
import sys
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from aglais_hub import __version__
from aglais_hub.cli import (
    accounts,
    bookings,
    clusters,
    edits,
    free,
    grants,
    groups,
    keys,
    ledger,
    nodes,
    notebooks,
    platform,
    why,
    workshops,
)
from aglais_hub.cli.screen import tell_error
from aglais_hub.errors import AglaisError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["GROUPS", "SECTIONS", "app", "main"]

SECTIONS: dict[str, tuple[Callable[..., None], ...]] = {
    "Book": (
        free.available,
        bookings.book,
        bookings.offers,
        bookings.accept,
        bookings.bookings,
        edits.extend,
        edits.shorten,
        edits.move,
        edits.charge,
        bookings.cancel,
        bookings.end,
    ),
    "Your own": (keys.keys, keys.archive),
    "Look back": (why.why, edits.changes),
    "Use": (notebooks.run, accounts.accounts, workshops.workshops, groups.groups),
    "Capacity": (clusters.clusters, grants.grants, grants.blackout),
    "Run the platform": (platform.up, platform.serve, platform.hub, platform.migrate, ledger.ledger, platform.openapi),
}

GROUPS: dict[Callable[..., None], tuple[Callable[..., None], ...]] = {
    clusters.clusters: (
        clusters.list_,
        clusters.create,
        clusters.edit,
        clusters.remove,
        nodes.read,
        nodes.audit,
    ),
    keys.keys: (keys.list_, keys.add, keys.generate, keys.remove),
    grants.grants: (grants.list_, grants.add, grants.change, grants.remove),
    ledger.ledger: (ledger.verify,),
    accounts.accounts: accounts.COMMANDS,
    workshops.workshops: workshops.COMMANDS,
    groups.groups: (
        groups.list_,
        groups.show,
        groups.use,
        groups.create,
        groups.add,
        groups.remove,
        groups.leave,
        groups.budget,
        groups.delete,
    ),
}
"""Commands that have commands of their own."""


class Sections(TyperGroup):
    """A group whose help lists its commands by what they are for."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the commands, a section for each purpose."""
        width = formatter.width - 6 - max(len(name) for name in self.commands)
        for title, functions in SECTIONS.items():
            names = [_name(function) for function in functions]
            rows = [(name, self.commands[name].get_short_help_str(width)) for name in names]
            with formatter.section(title):
                formatter.write_dl([(name.ljust(12), text) for name, text in rows])


app = typer.Typer(
    cls=Sections,
    add_completion=True,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"aglais {__version__}")
        raise typer.Exit


@app.callback()
def aglais(
    _version: Annotated[
        bool, typer.Option("--version", help="Print the version and stop.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Book compute, and run the platform it is booked on. `aglais COMMAND --help` shows how, with examples."""


def _name(function: Callable[..., None]) -> str:
    return function.__name__.rstrip("_")


def _help(function: Callable[..., None]) -> str:
    """The docstring as help: paragraphs are filled, indented lines (the examples) stay as they are."""
    paragraphs = inspect.cleandoc(function.__doc__ or "").split("\n\n")
    return "\n\n".join("\b\n" + text if text.startswith(" ") else text for text in paragraphs)


def _add(function: Callable[..., None]) -> None:
    if function not in GROUPS:
        app.command(_name(function), help=_help(function))(function)
        return
    group = typer.Typer(help=_help(function), no_args_is_help=True, rich_markup_mode=None)
    for inner in GROUPS[function]:
        group.command(_name(inner), help=_help(inner))(inner)
    app.add_typer(group, name=_name(function))


for functions in SECTIONS.values():
    for function in functions:
        _add(function)


@cache
def _command() -> Any:
    """What ``app`` says, ready to run; to work that out takes longer than many a command, so it is done once."""
    return typer.main.get_command(app)


def main(arguments: list[str] | None = None) -> None:
    """Run the command, with the process's own arguments unless others are given.

    Ends with 0 for done, 1 for refused or failed, 2 for a command that makes no sense.
    """
    try:
        try:
            _command()(arguments, prog_name="aglais")
        finally:
            sys.stdout.flush()
    except AglaisError as error:
        tell_error(error)
        sys.exit(1)
    except BrokenPipeError:
        # Whoever read our output has seen enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)

"""Options that several commands have."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Annotated, Any, Concatenate, ParamSpec, TypeVar

import typer

from aglais_hub.cli.amounts import mebibytes
from aglais_hub.client.calls.base import Amounts

__all__ = ["AsJson", "IfVersion", "Need", "Token", "Url", "WhichBooking", "Yes", "Zone", "takes"]

P = ParamSpec("P")
Taken = TypeVar("Taken")

COMMON = ("tz", "as_json", "url", "token")

AsJson = Annotated[
    bool, typer.Option("--json", help="Print the answer as the HTTP interface gives it; errors too, on stderr.")
]
Url = Annotated[
    str | None,
    typer.Option("--url", metavar="URL", help="Address of the platform; else AGLAIS_URL, else http://127.0.0.1:8000/."),
]
Token = Annotated[
    str | None,
    typer.Option("--token", metavar="TOKEN", help="Your token; else AGLAIS_TOKEN. Make one at URL/hub/token."),
]
Zone = Annotated[
    str | None, typer.Option("--tz", metavar="ZONE", help="Time zone, as Europe/London; else this machine's.")
]
WhichBooking = Annotated[str, typer.Argument(metavar="ID", help="A booking: the end of its id, or `current`.")]
IfVersion = Annotated[
    int | None,
    typer.Option("--if-version", metavar="N", help="Only if it is still this version; `aglais changes` tells them."),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")]


@dataclass(kw_only=True)
class Need:
    """Options that say an amount of each resource."""

    cores: Annotated[float | None, typer.Option(metavar="N", help="Processor cores, as 2 or 0.5.", min=0)] = None
    memory: Annotated[str | None, typer.Option(metavar="SIZE", help="Memory, as 512M or 8G.")] = None
    temporary: Annotated[str | None, typer.Option(metavar="SIZE", help="Temporary disk, as 20G.")] = None
    user: Annotated[str | None, typer.Option(metavar="SIZE", help="User disk.")] = None
    data: Annotated[str | None, typer.Option(metavar="SIZE", help="Data disk.")] = None
    servers: Annotated[int | None, typer.Option(metavar="N", help="Whole servers.", min=0)] = None
    gpus: Annotated[int | None, typer.Option(metavar="N", help="GPUs.", min=0)] = None

    def amounts(self, *, sign: int = 1) -> Amounts:
        """What is given, as the client takes it; with ``sign`` -1 as less than nothing."""
        found = Amounts()
        if self.cores is not None:
            found["cores"] = sign * self.cores
        if self.memory is not None:
            found["memory"] = sign * mebibytes(self.memory, "memory")
        if self.temporary is not None:
            found["temporary"] = sign * mebibytes(self.temporary, "temporary")
        if self.user is not None:
            found["user"] = sign * mebibytes(self.user, "user")
        if self.data is not None:
            found["data"] = sign * mebibytes(self.data, "data")
        if self.servers is not None:
            found["servers"] = sign * self.servers
        if self.gpus is not None:
            found["gpus"] = sign * self.gpus
        return found


def takes(kind: Callable[..., Taken]) -> Callable[[Callable[Concatenate[Taken, P], None]], Callable[..., None]]:
    """Give a command the options of the dataclass ``kind``, which it gets as one thing: its first parameter.

    In its help amounts of resources stand after what is its own, and what every command has at the end.
    """

    def decorate(command: Callable[Concatenate[Taken, P], None]) -> Callable[..., None]:
        of_kind = _parameters(kind)

        @wraps(command)
        def with_options(**given: Any) -> None:
            command(kind(**{name: given.pop(name) for name in of_kind}), **given)  # type: ignore[call-arg]

        own = {name: one for name, one in list(_parameters(command).items())[1:] if name not in of_kind}
        ordered = [*of_kind.values(), *own.values()]
        ordered.sort(key=lambda one: (one.name in COMMON, one.name in _parameters(Need), one.name in own))
        vars(with_options)["__signature__"] = inspect.Signature(ordered)
        return with_options

    return decorate


def _parameters(function: Callable[..., object]) -> dict[str, inspect.Parameter]:
    found = inspect.signature(function, eval_str=True).parameters
    return {name: one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for name, one in found.items()}

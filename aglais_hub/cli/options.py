"""Options that several commands have."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = ["AsJson", "Token", "Url", "WhichBooking", "Zone"]

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
WhichBooking = Annotated[
    str, typer.Argument(metavar="ID", help="A booking: a unique beginning of its id, or `current`.")
]

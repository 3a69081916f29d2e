"""A home in which no lab runs is tended: what is due is deleted, and what is left is measured.

Whoever has the home mounted does it, and may be asked to over HTTP by who has not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aglais_hub.homes.measuring import measure, told
from aglais_hub.homes.removing import clear, remove_due
from aglais_hub.homes.serving import serve_once
from aglais_hub.wire.base import Instant, RequestModel
from aglais_hub.wire.storage import Item, Order

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from aglais_hub.homes.serving import Handler

__all__ = ["MOST", "Tended", "Tending", "items_in", "serve", "tend"]

MOST = 2000
"""Items of a home that are told apart."""


class Tending(RequestModel):
    """What is to be deleted ``now``."""

    now: Instant
    orders: list[Order]


class Tended(RequestModel):
    """What of it is ``gone``, and the ``items`` that are in the home after it."""

    gone: list[Order]
    items: list[Item]


def tend(home: Path, orders: Sequence[Order], now: datetime) -> Tended:
    """Do it, where the home is mounted."""
    clear(home)
    return Tended(gone=remove_due(home, orders, now), items=items_in(home, now))


def items_in(home: Path, now: datetime) -> list[Item]:
    """What is in a home, as it is told to the service."""
    return told(measure(home, now), MOST)


def serve(home: Path, address: tuple[str, int], token: str, *, seconds: float) -> bool:
    """Tend ``home`` once, as who has the ``token`` asks for; false where nobody does for ``seconds``."""
    return serve_once(address, token, lambda handler: _answer(home, handler), seconds=seconds)


def _answer(home: Path, handler: Handler) -> None:
    asked = Tending.model_validate_json(handler.rfile.read(int(handler.headers["Content-Length"])))
    handler.answer(tend(home, asked.orders, asked.now).model_dump_json().encode())

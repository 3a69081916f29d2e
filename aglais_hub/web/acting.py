"""On whose behalf the services are at work, and through what: for the trail of changes."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Literal

__all__ = ["HUB_PARTS", "Actor", "Through", "acting", "acts"]

HUB_PARTS = "aglais-hub-parts"
"""The hub service that spawner and authenticator call as: at its pages people act for themselves."""

Through = Literal["api", "page", "cli", "platform"]
"""``api`` is a token, ``page`` a page of the platform, ``cli`` the command line, ``platform`` nobody: it was time."""


@dataclass(frozen=True)
class Actor:
    """Who acts. Without a ``name`` it is the account itself, or, ``through`` the platform, nobody."""

    name: str
    through: Through


NOBODY = Actor("", "platform")

_ACTOR: ContextVar[Actor | None] = ContextVar("actor", default=None)


def acting() -> Actor:
    """Who the work of this request, or of this thread, is done for."""
    return _ACTOR.get() or NOBODY


def acts(actor: Actor) -> None:
    """From here on in this request, ``actor`` acts."""
    _ACTOR.set(actor)

"""The lifecycle of a booking, as one table: which phase may follow which, by whom, and what becomes of the claim. Pure.

``docs/lifecycle.md`` and its diagram are made from this table by ``docs/lifecycle.py``.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from aglais_hub.wire.bookings import Phase

__all__ = ["COUNTED", "ENDED", "LIFECYCLE", "TRANSITIONS", "Claim", "Transition", "Who", "may_become"]


class Who(StrEnum):
    """Who brings a transition about."""

    HOLDER = "holder"
    ADMIN = "admin"
    SPAWNER = "spawner"
    CLOCK = "clock"


class Claim(StrEnum):
    """What a transition does to the booking's claim on its cluster."""

    TAKES = "takes it"
    KEEPS = "keeps it"
    GIVES_BACK = "gives back the rest"
    """Everything from now on; what has been used stays on record."""


class Transition(NamedTuple):
    """A way from one phase to another: who goes it, what it is called, and what it means."""

    phase: Phase
    following: Phase
    who: tuple[Who, ...]
    name: str
    claim: Claim
    sentence: str


def _rows(phase: Phase, *ways: tuple[Phase, tuple[Who, ...], str, Claim, str]) -> Iterable[Transition]:
    return (Transition(phase, *way) for way in ways)


_PERSON = (Who.HOLDER, Who.ADMIN)
_ASKER = (Who.HOLDER, Who.ADMIN, Who.SPAWNER)
_CLOCK = (Who.CLOCK,)
_ALL = (*_PERSON, Who.CLOCK)
_MACHINE = (Who.SPAWNER, Who.CLOCK)
_TAKES, _KEEPS, _GIVES = Claim

LIFECYCLE: tuple[Transition, ...] = (
    *_rows(
        Phase.INITIAL,
        (Phase.OFFERED, _ASKER, "offer", _TAKES, "What was asked for, or something like it, is held for a while."),
        (Phase.ACCEPTED, _ASKER, "book", _TAKES, "What was asked for fits, and is booked in the same step."),
    ),
    *_rows(
        Phase.OFFERED,
        (Phase.ACCEPTED, _PERSON, "take", _KEEPS, "The offer is taken; those beside it are declined."),
        (Phase.REJECTED, _PERSON, "decline", _GIVES, "It is declined, by taking another or by asking anew too."),
        (Phase.EXPIRED, _CLOCK, "lapse", _GIVES, "Nobody took it for as long as it was held."),
    ),
    *_rows(
        Phase.ACCEPTED,
        (Phase.WAITING, _CLOCK, "wait", _KEEPS, "Its start is still to come."),
        (Phase.AVAILABLE, _CLOCK, "at once", _KEEPS, "It starts now."),
        (Phase.CANCELLED, _PERSON, "cancel", _GIVES, "It is given up at once."),
    ),
    *_rows(
        Phase.WAITING,
        (
            Phase.PREPARING,
            _CLOCK,
            "prepare",
            _KEEPS,
            "A span is near, and its lab is made ready, where it has room before.",
        ),
        (Phase.AVAILABLE, _MACHINE, "begin", _KEEPS, "A span begins, and its holder starts the lab."),
        (Phase.CANCELLED, _PERSON, "cancel", _GIVES, "It is given up, or its capacity is taken away."),
        (Phase.COMPLETED, _ALL, "end", _GIVES, "It is ended between spans, or missed: services were down."),
    ),
    *_rows(
        Phase.PREPARING,
        (Phase.AVAILABLE, _MACHINE, "ready", _KEEPS, "The span has begun: its lab runs, or is its holder's to start."),
        (Phase.WAITING, _ALL, "put off", _KEEPS, "It is moved, or its account uses another booking by now."),
        (Phase.CANCELLED, _PERSON, "cancel", _GIVES, "It is given up while its lab is made ready."),
        (Phase.FAILED, _CLOCK, "fail", _GIVES, "Its cluster can't make ready."),
        (Phase.COMPLETED, _ALL, "end", _GIVES, "It is ended, or its time is over, before its lab is ready."),
    ),
    *_rows(
        Phase.AVAILABLE,
        (
            Phase.RUNNING,
            _MACHINE,
            "start",
            _KEEPS,
            "A server starts, was made ready, or goes on from the booking before.",
        ),
        (Phase.WAITING, _CLOCK, "pause", _KEEPS, "A span is over, or nobody came for it, and another follows."),
        (Phase.COMPLETED, _ALL, "end", _GIVES, "Its time is over without a server, or it is ended early."),
        (Phase.CANCELLED, _PERSON, "cancel", _GIVES, "It is given up, or its capacity is taken away."),
        (Phase.EXPIRED, _CLOCK, "no-show", _GIVES, "Nobody came for as long as it is kept, and no span follows."),
        (Phase.FAILED, _CLOCK, "fail", _GIVES, "Its cluster has lost what it needs."),
    ),
    *_rows(
        Phase.RUNNING,
        (Phase.AVAILABLE, _MACHINE, "stop", _KEEPS, "Its server has stopped early; another may start."),
        (Phase.RELEASING, tuple(Who), "release", _KEEPS, "A span is over or ended early: its server has to go."),
        (Phase.COMPLETED, _MACHINE, "end", _GIVES, "Its time is over; its server is gone, or goes on under the next."),
        (Phase.FAILED, _CLOCK, "fail", _GIVES, "Its cluster has lost what it needs, and its server with it."),
    ),
    *_rows(
        Phase.RELEASING,
        (Phase.COMPLETED, _MACHINE, "end", _GIVES, "Its server is gone, and no span follows."),
        (Phase.WAITING, _MACHINE, "pause", _KEEPS, "Its server is gone, and another span follows."),
        (Phase.FAILED, _CLOCK, "fail", _GIVES, "Its server can't be stopped."),
    ),
)
"""Every transition there is, in the order of a booking's life."""

TRANSITIONS: dict[Phase, frozenset[Phase]] = {
    phase: frozenset(row.following for row in LIFECYCLE if row.phase is phase) for phase in Phase
}
"""Which phase may follow which."""

ENDED = frozenset(phase for phase, following in TRANSITIONS.items() if not following)
"""Phases that nothing follows; they claim nothing."""

COUNTED = frozenset(row.following for row in LIFECYCLE if row.claim is not Claim.GIVES_BACK)
"""Phases in which a booking claims its resources."""


def may_become(phase: Phase, following: Phase, who: Who) -> bool:
    """Whether the lifecycle has a way from ``phase`` to ``following`` that ``who`` may go."""
    return any((row.phase, row.following) == (phase, following) and who in row.who for row in LIFECYCLE)

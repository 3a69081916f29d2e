"""Decisions: why a request was accepted or refused, from what is on record."""

from __future__ import annotations

from typing import Any, Literal

from aglais_hub.wire.base import Instant, Model
from aglais_hub.wire.bookings import Booking, Phase, Span
from aglais_hub.wire.resources import Resources

__all__ = ["Change", "ChangeRows", "Decision", "DecisionRow", "DecisionRows", "Hit", "Taker", "Trial"]


class Taker(Model):
    """What took capacity in a span, as it stood at the decision: a booking, or nothing more than its share of it.

    ``booking`` and ``account`` are told to admins, and to an account about its own.
    """

    start: Instant
    end: Instant
    resources: Resources
    phase: Phase
    mine: bool
    booking: str | None = None
    account: str | None = None


class Trial(Model):
    """How one span of the request fared on one cluster: what it needed, what was left at the tightest instant.

    ``granted`` is what the cluster had at that instant, ``short`` names the resources that were not enough there, and
    ``takers`` are the claims that covered that instant.
    """

    cluster: str
    span: Span
    fits: bool
    need: Resources
    least: Resources
    at: Instant
    granted: Resources
    short: list[str]
    takers: list[Taker]


class DecisionRow(Model):
    """A decision in brief."""

    id: str
    url: str
    account: str
    made: Instant
    outcome: Literal["accepted", "refused", "offered"]
    rule: str | None
    message: str
    request: dict[str, Any]
    booking: str | None


class DecisionRows(Model):
    """A page of decisions, the latest first."""

    rows: list[DecisionRow]
    next: str | None = None


class Decision(DecisionRow):
    """A decision, replayed: the timeline is read as it stood at that change, and the same rules are asked again.

    ``agrees`` is whether they gave the same outcome again. ``offers`` are those that were made with it, as they are by
    now.
    """

    change: int
    trials: list[Trial]
    offers: list[Booking]
    agrees: bool


class Change(Model):
    """One change of a booking: what was and what is, of each field that changed. ``by`` is who or what made it."""

    version: int
    at: Instant
    by: str
    fields: dict[str, tuple[Any, Any]]


class ChangeRows(Model):
    """The changes of a booking, in order."""

    rows: list[Change]


class Hit(Model):
    """The bookings that a grant, or the loss of one, would hit: the latest made first, until the rest fits."""

    hit: list[Booking]

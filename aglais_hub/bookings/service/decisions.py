"""Why a request was accepted or refused: written down when it is decided, and replayed from the ledger as it stood."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from pydantic_core import to_json

from aglais_hub.bookings.amounts import ZERO, Amount
from aglais_hub.bookings.rules import Need, Piece, Step, Terms, earliest_fit, pieces_of, room, shortage, steps, ways_of
from aglais_hub.bookings.service.views import show_all
from aglais_hub.bookings.store import BookingStore, Page, amount_of
from aglais_hub.bookings.tables import BookingRow, DecisionRow
from aglais_hub.database import new_id
from aglais_hub.database.types import from_microseconds, to_microseconds
from aglais_hub.errors import NotFoundError
from aglais_hub.wire.bookings import Phase, Span
from aglais_hub.wire.decisions import Decision, Taker, Trial
from aglais_hub.wire.decisions import DecisionRow as Brief

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aglais_hub.bookings.service.ledger import Ledger
    from aglais_hub.bookings.service.timeline import Timeline
    from aglais_hub.bookings.service.wanted import Wanted
    from aglais_hub.bookings.tables import EntryRow
    from aglais_hub.database import Database
    from aglais_hub.wire.bookings import BookingRequest

__all__ = ["Decided", "DecisionService", "write_decision"]

Outcome = Literal["accepted", "refused", "offered"]

MOST_TAKERS = 50
"""Claims that are named at the tightest instant of a trial."""


OTHER_RULES = ("level", "group_budget", "account_ends")
"""Rules that refuse what the timeline may have room for: there is nothing to replay."""

KEPT_APART = {"id", "account", "request", "change", "made"}


@dataclass
class Decided:
    """What a request was understood as, and the change after which it was decided: enough to decide it again.

    ``clusters`` are the terms of those that were looked at, ``spans`` microseconds. ``joins`` are the bookings of the
    account that this one follows: their servers need no rest before it.
    """

    id: str
    account: str
    request: str
    change: int
    made: datetime
    clusters: list[tuple[str, int, int]]
    amount: list[int]
    sharing: Any
    share: int | None
    spans: list[tuple[int, int]]
    latest: int | None
    joins: list[str] = field(default_factory=list)
    rests: bool = True

    @classmethod
    def begin(cls, timeline: Timeline, wanted: Wanted, request: BookingRequest, clusters: Sequence[Terms]) -> Decided:
        """A request that is about to be decided."""
        ledger = timeline.ledger
        joins, rests = timeline.joins(wanted, clusters)
        return cls(
            id=new_id(ledger.now),
            account=wanted.account,
            request=request.model_dump_json(exclude_defaults=True),
            change=ledger.change,
            made=ledger.now,
            clusters=[(terms.name, terms.overcommit, int(terms.buffer.total_seconds())) for terms in clusters],
            amount=list(wanted.need.amount),
            sharing=wanted.need.sharing,
            share=wanted.need.share,
            spans=[(to_microseconds(span.start), to_microseconds(span.end)) for span in wanted.spans],
            latest=to_microseconds(wanted.latest) if wanted.latest else None,
            joins=joins,
            rests=rests,
        )

    def url(self, api: str) -> str:
        """Where it is told."""
        return f"{api}decisions/{self.id}"

    def wanted(self) -> str:
        """What is kept of it to decide it again, as JSON."""
        return to_json({name: value for name, value in vars(self).items() if name not in KEPT_APART}).decode()

    @classmethod
    def of(cls, row: DecisionRow) -> Decided:
        """From the database."""
        kept = json.loads(row.wanted)
        return cls(id=row.id, account=row.account, request=row.request, change=row.change, made=row.made, **kept)


def write_decision(
    ledger: Ledger,
    decided: Decided,
    outcome: Outcome,
    *,
    rule: str | None = None,
    message: str = "",
    booking: str | None = None,
) -> None:
    """Write down how a request was decided, in the transaction that does what was decided."""
    ledger.store.add_decision(
        id=decided.id,
        account=decided.account,
        made=decided.made,
        change=decided.change,
        outcome=outcome,
        rule=rule,
        message=message[:500],
        request=decided.request,
        wanted=decided.wanted(),
        booking_id=booking,
    )


class DecisionService:
    """Tells why."""

    def __init__(self, database: Database, url: str) -> None:
        self._database = database
        self._url = url

    def select(self, page: Page, *, account: str | None = None, outcome: str | None = None) -> list[Brief]:
        """A page of the decisions, the latest first, and one more where there is a next page."""
        with self._database.read() as session:
            return [Brief(**self._brief(row)) for row in BookingStore(session).decisions(page, account, outcome)]

    def get(self, decision_id: str, owner: str | None) -> Decision:
        """A decision, replayed. ``owner`` is the account that asks, ``None`` may see all; else ``NotFoundError``."""
        with self._database.read() as session:
            store = BookingStore(session)
            row = store.decision(decision_id)
            if row is None or (owner is not None and row.account != owner):
                raise NotFoundError("There is no such decision.", help="See decisions/select for yours.")
            replay = _Replay(store, Decided.of(row), owner)
            by_capacity = row.rule not in OTHER_RULES
            trials = replay.trials() if by_capacity else []
            return Decision(
                **self._brief(row),
                change=row.change,
                trials=trials,
                offers=show_all(store, [made for made in store.made_by(row.id) if made.kind], self._url),
                agrees=row.outcome == "offered" or not by_capacity or replay.fits() == (row.outcome == "accepted"),
            )

    def _brief(self, row: DecisionRow) -> dict[str, Any]:
        return {
            "id": row.id,
            "url": f"{self._url}decisions/{row.id}",
            "account": row.account,
            "made": row.made,
            "outcome": row.outcome,
            "rule": row.rule,
            "message": row.message,
            "request": json.loads(row.request),
            "booking": row.booking_id,
        }


class _Replay:
    """Asks the rules again, of the entries as they were after the change that the decision saw."""

    def __init__(self, store: BookingStore, decided: Decided, owner: str | None) -> None:
        self._store = store
        self._decided = decided
        self._owner = owner
        self._need = Need(Amount(*decided.amount), decided.sharing, decided.share)
        self._clusters = [Terms.of(*kept) for kept in decided.clusters]
        self._spans = [Span(start=from_microseconds(a), end=from_microseconds(b)) for a, b in decided.spans]

    def fits(self) -> bool:
        """Whether the request fits on a cluster, at the latest start that it left open at most."""
        if self._decided.latest is None:
            return any(all(self._trial(terms, span).fits for span in self._spans) for terms in self._clusters)
        latest, span = from_microseconds(self._decided.latest), self._spans[0]
        length = span.end - span.start
        whole = Span(start=span.start, end=latest + length)
        for terms in self._clusters:
            _, left, _, granted = self._read(terms, whole)
            ways = ways_of(self._need, Span(start=left[0].start, end=left[-1].end), terms, granted)
            if any(earliest_fit(left, needs, length + self._rest(terms), latest) is not None for needs in ways):
                return True
        return False

    def trials(self) -> list[Trial]:
        """How each span fared on each cluster, where it was asked to be."""
        return [self._trial(terms, span) for terms in self._clusters for span in self._spans]

    def _rest(self, terms: Terms) -> timedelta:
        return self._need.rest(terms) if self._decided.rests else timedelta()

    def _read(self, terms: Terms, span: Span) -> tuple[list[EntryRow], list[Step], list[Piece], list[Step]]:
        """The entries, what was left, what is needed, and what was granted."""
        span = Span(start=span.start, end=span.end + self._rest(terms))
        entries = self._store.overlapping(terms.name, span, change=self._decided.change)
        entries = [entry for entry in entries if entry.source not in self._decided.joins]
        pieces = [Piece(entry.start, entry.end, amount_of(entry)) for entry in entries]
        granted = steps([piece for piece, entry in zip(pieces, entries, strict=True) if entry.is_grant], span)
        return entries, steps(pieces, span), pieces_of(self._need, span, terms, granted), granted

    def _trial(self, terms: Terms, span: Span) -> Trial:
        entries, left, needs, granted = self._read(terms, span)
        looks = list(room(left, needs))
        # The tightest instant: the first at which something is short, else where the least is left of what is needed.
        step, need = min(looks, key=lambda look: (look[0].left.holds(look[1]), _slack(*look), look[0].start))
        takers = [
            entry for entry in entries if not entry.is_grant and entry.start <= step.start < entry.end
        ]  # fmt: skip
        bookings = {entry.source: self._store.booking(entry.source) for entry in takers[:MOST_TAKERS]}
        have = next((one.left for one in granted if one.start <= step.start < one.end), ZERO)
        return Trial(
            cluster=terms.name,
            span=span,
            fits=all(look.left.holds(want) for look, want in looks) and any(any(want) for _, want in looks),
            need=need.resources(),
            least=step.left.resources(),
            at=step.start,
            granted=have.resources(),
            short=shortage(step.left, need),
            takers=[self._taker(entry, bookings[entry.source]) for entry in takers[:MOST_TAKERS]],
        )

    def _taker(self, entry: EntryRow, booking: BookingRow | None) -> Taker:
        mine = booking is not None and booking.account == (self._owner or self._decided.account)
        told = booking is not None and (self._owner is None or mine)
        return Taker(
            start=entry.start,
            end=entry.end,
            resources=amount_of(entry).minus_all().resources(),
            phase=Phase(booking.phase) if booking else Phase.COMPLETED,
            mine=mine,
            booking=booking.id if booking and told else None,
            account=booking.account if booking and told else None,
        )


def _slack(step: Step, need: Amount) -> float:
    """How much more than needed is left, in parts of the need, of the resource that is nearest to its end."""
    return min(((have - want) / want for have, want in zip(step.left, need, strict=True) if want > 0), default=0.0)

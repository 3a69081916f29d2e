"""What a transaction does to bookings: look whether one fits, claim it, change it, and give it back."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from aglais_hub.bookings.lifecycle import ENDED, TRANSITIONS, Who, may_become
from aglais_hub.bookings.rows import NewBooking, bin_of_span, current_span, need_of, terms_of
from aglais_hub.bookings.rules import Need, Piece, Terms
from aglais_hub.bookings.service.holds import Holds
from aglais_hub.bookings.service.leads import PATIENCE, Leads, led_in
from aglais_hub.bookings.store import LIVE, BookingStore
from aglais_hub.bookings.tables import BookingRow, SpanRow
from aglais_hub.database import new_id
from aglais_hub.errors import ConflictError
from aglais_hub.wire.base import isoformat
from aglais_hub.wire.bookings import Phase, Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from aglais_hub.bookings.service.ledger import Ledger
    from aglais_hub.bookings.service.wanted import Wanted

__all__ = ["CLOCK", "HUB", "Timeline", "current_span", "need_of", "terms_of"]

CLOCK, HUB = Who.CLOCK, Who.SPAWNER
"""Who changes a booking, where it is not an account."""

NAMES = {CLOCK: "the clock", HUB: "the hub"}
"""How they are written down."""

RANKS = {"expire": 0, "end": 0, "absent": 1, "start": 2}
"""At one instant, ends come before starts."""


class Timeline:
    """The bookings as one transaction sees and changes them; ``by`` is who makes the changes."""

    def __init__(self, ledger: Ledger, by: str | Who, *, absent_after: timedelta = timedelta()) -> None:
        self.ledger = ledger
        self.store: BookingStore = ledger.store
        self.now = ledger.now
        self.by = by
        self._absent_after = absent_after
        self._terms: dict[str, Terms] | None = None
        self.holds = Holds(self)
        self.leads = Leads(self)

    def terms(self, cluster: str | None = None) -> list[Terms]:
        """How each cluster counts, or the one that is named; none where there is no such."""
        if self._terms is None:
            self._terms = {terms.name: terms for terms in self.store.terms()}
        return [terms for terms in self._terms.values() if cluster in (None, terms.name)]

    # ---- making

    def place(self, wanted: Wanted, clusters: Sequence[Terms]) -> tuple[Terms, list[Piece]] | None:
        """The first cluster that has what is wanted throughout its spans, and what it claims there."""
        for terms in clusters:
            pieces = self.claims(wanted, terms)
            before = self._before(wanted.account, wanted.package_name, terms, wanted.need, wanted.start)
            for row in before:
                self.ledger.withdraw(row.id, row.end)  # servers need no rest between two bookings of one account
            if self.ledger.fits(terms.name, pieces) and not self.shortage(wanted.group, wanted.spans, pieces):
                return terms, pieces
            for row in before:
                self.renew(row)
        return None

    def has_room(self, wanted: Wanted, terms: Terms) -> bool:
        """Whether the cluster has what is wanted; nothing is claimed."""
        fits = self.place(wanted, [terms]) is not None
        if fits:
            for row in self._before(wanted.account, wanted.package_name, terms, wanted.need, wanted.start):
                self.renew(row)
        return fits

    def shortage(self, group: str | None, spans: Sequence[Span], pieces: Iterable[Piece], **before: Any) -> str:
        """Why a group's budget, beside what it is offered for, has no room for this; see ``Balance.shortage``."""
        balance = self.ledger.balance
        return balance.shortage(group, spans, balance.cost(group, pieces), held=self.holds.hours(group), **before)

    def claims(self, wanted: Wanted, terms: Terms) -> list[Piece]:
        """What is wanted claims of a cluster."""
        after = self._after(wanted.account, wanted.package_name, terms, wanted.need, wanted.end)
        return self.ledger.claims(wanted.need, wanted.spans, terms, rest=not after)

    def claim(self, wanted: Wanted, terms: Terms, pieces: Iterable[Piece], phase: Phase, **columns: Any) -> NewBooking:
        """Write a booking and what it claims; the caller has made sure that it fits."""
        new = NewBooking(
            id=new_id(self.now),
            account=wanted.account,
            phase=phase,
            version=1,
            package=wanted.package_name,
            package_version=wanted.package.version if wanted.package else None,
            cluster=terms.name,
            sharing=wanted.need.sharing,
            share=wanted.need.share,
            overcommit=terms.overcommit,
            buffer=int(terms.buffer.total_seconds()),
            recurrence=wanted.recurrence,
            start=wanted.start,
            end=wanted.end,
            created=self.now,
            modified=self.now,
            note=wanted.note,
            lead=None if wanted.lead is None else int(wanted.lead.total_seconds()),
            group=wanted.group,
            spans=wanted.spans,
            **wanted.need.amount._asdict(),
            **columns,
        )
        self.store.add_booking(new)
        self.enter(new, pieces)
        for kind, due in self._timers(new, came=False).items():
            self.store.add_timer(new.id, kind, due, RANKS[kind])
        return new

    def row(self, new: NewBooking) -> BookingRow:
        """A booking that was just made, to be changed."""
        row = self.store.booking(new.id)
        if row is None:
            raise LookupError(f"booking {new.id} is not there")
        return row

    def begun(self, spans: Sequence[Span]) -> Phase:
        """The phase of a booking that is taken: it waits for its start, or is available at once."""
        return Phase.WAITING if spans[0].start > self.now else Phase.AVAILABLE

    def joins(self, wanted: Wanted, clusters: Sequence[Terms]) -> tuple[list[str], bool]:
        """The bookings that this one would follow on the same servers, and whether those rest after it."""
        before = [
            row.id
            for terms in clusters
            for row in self._before(wanted.account, wanted.package_name, terms, wanted.need, wanted.start)
        ]
        after = any(
            self._after(wanted.account, wanted.package_name, terms, wanted.need, wanted.end) for terms in clusters
        )
        return before, not after

    # ---- changing

    def move(self, row: BookingRow, phase: Phase, reason: str = "", *, who: Who | None = None) -> None:
        """Take a booking to another phase; where its lifecycle ends, what it has from now on is free again.

        ``who`` goes the way, where that is not whoever makes the changes. Raises ``ConflictError`` where the lifecycle
        has no such way, or it is another's to go.
        """
        if row.phase == Phase.OFFERED and phase in ENDED:
            self.holds.let_go([row], phase, reason)
            return
        self.become(row, phase, reason, who=who)
        if phase in ENDED and row.end > self.now:
            self.ledger.withdraw(row.id, self.now)
            self.renew_around(row, self.before(row, row.start))

    def become(self, row: BookingRow, phase: Phase, reason: str = "", *, who: Who | None = None) -> None:
        """The same, and leave what it claims to the caller."""
        who = who or self._who(row)
        if not may_become(Phase(row.phase), phase, who):
            is_way = phase in TRANSITIONS[Phase(row.phase)]
            raise ConflictError(
                f"A booking that is {row.phase} can't become {phase}{f' by the {who}' if is_way else ''}.",
                field="phase",
                help="Look at it again.",
            )
        came = row.phase == Phase.RUNNING and row.served is None
        if row.phase in (Phase.RUNNING, Phase.RELEASING):
            row.served = None
        self.record(row, phase=(row.phase, phase), reason=(row.reason, reason))
        row.phase, row.reason = phase, reason
        self.set_timers(row, came=came)

    def finish(self, row: BookingRow, reason: str = "") -> None:
        """A span of a booking is over: it waits for its next one, or is complete."""
        further = any(span.end > self.now for span in row.spans)
        if further and row.phase == Phase.RUNNING:
            self.move(row, Phase.RELEASING, reason)
        self.move(row, Phase.WAITING if further else Phase.COMPLETED, reason)

    def miss(self, row: BookingRow) -> None:
        """A span of a booking has gone by without its start: the services were down for all of it."""
        if any(span.start >= self.now or span.start < self.now < span.end for span in row.spans):
            self.set_timers(row, came=False)
        else:
            if len(row.spans) == 1:
                self.ledger.balance.spare(self.store.entries([row.id]), row.start)
            self.move(row, Phase.COMPLETED, "the platform was down for all of its time")

    def give_up(self, row: BookingRow, reason: str) -> None:
        """Give back what is left of a span, and wait for the next one, where there is one."""
        later = [Span(start=span.start, end=span.end) for span in row.spans if span.start >= self.now]
        if not later:
            self.move(row, Phase.EXPIRED, reason)
            return
        begun = [Span(start=span.start, end=min(span.end, self.now)) for span in row.spans if span.start < self.now]
        self.set_spans(row, begun + later)
        self.move(row, Phase.WAITING, reason)

    def follower(self, row: BookingRow) -> BookingRow | None:
        """The account's booking of the same package that begins when this one ends: its server goes on under it."""
        span = current_span(row, self.now)
        if row.package is None or span.end != row.end:
            return None
        alike = (row.package, row.cluster, row.sharing, row.end)
        live = self.store.of_account(row.account, LIVE)
        return next((one for one in live if (one.package, one.cluster, one.sharing, one.start) == alike), None)

    def cut(self, row: BookingRow) -> None:
        """Let a booking that has begun end now; what is left of its time is free again."""
        spans = [Span(start=span.start, end=min(span.end, self.now)) for span in row.spans if span.start < self.now]
        if not spans:  # it began at this very instant
            spans = [Span(start=row.start, end=row.start)]
        self.set_spans(row, spans)

    def fit_spans(self, row: BookingRow, spans: Sequence[Span], *, is_free: bool = False) -> bool:
        """Change when a booking is, if it fits then; what it has now does not stand in its own way.

        Where ``is_free``, its group's budget is not asked.
        """
        terms, need = terms_of(row), need_of(row)
        had, spent = Span(start=row.start, end=row.end), self.ledger.balance.used(row.group)
        left, joined = self.before(row, row.start), self.before(row, spans[0].start)
        self.ledger.withdraw(row.id, self.now)
        for before in left:
            self.renew(before, without=row)
        for before in joined:
            self.ledger.withdraw(before.id, before.end)
        after = self._after(row.account, row.package, terms, need, spans[-1].end, without=row)
        claims = self.ahead(self.ledger.claims(need, led_in(spans, self.leads.kept(row, spans)), terms, rest=not after))
        fits = self.ledger.fits(terms.name, claims)
        if fits and not is_free:
            fits = not self.shortage(row.group, spans, claims, had=had, spent=spent)
        if not fits:
            for one in (*left, *joined, row):
                self.renew(one)
            return False
        self.set_spans(row, spans)
        return True

    def set_spans(self, row: BookingRow, spans: Sequence[Span]) -> None:
        """Change when a booking is; the caller has made sure that it fits."""
        self.ledger.withdraw(row.id, self.now)
        self.record(row, start=(row.start, spans[0].start), end=(row.end, spans[-1].end))
        row.prepared = self.leads.kept(row, spans)
        kept = {span.start: span for span in row.spans}
        for span in spans:
            if span.start in kept:
                there = kept.pop(span.start)
                there.end, (there.level, there.bin) = span.end, bin_of_span(span)
            else:
                row.spans.append(_span_row(span))
        for gone in kept.values():
            row.spans.remove(gone)
        row.spans.sort(key=lambda span: span.start)
        left = self.before(row, row.start)
        row.start, row.end = spans[0].start, spans[-1].end
        self.store.flush()
        self.enter_again(row)
        self.renew_around(row, [*left, *self.before(row, row.start)])
        self.set_timers(row, came=True)

    def claims_of(self, row: BookingRow | NewBooking, *, without: BookingRow | None = None) -> list[Piece]:
        """What a booking asks for claims of its cluster, as that is by now."""
        after = self._after(row.account, row.package, terms_of(row), need_of(row), row.end, without=without)
        return self.ledger.claims(need_of(row), led_in(row.spans, row.prepared), terms_of(row), rest=not after)

    def needs_timer(self, row: BookingRow) -> bool:
        """Whether it is time that has to take a booking on."""
        return bool(self._timers(row, came=True))

    def renew(self, row: BookingRow, *, without: BookingRow | None = None) -> None:
        """Claim anew, from now on, what a booking asks for, as if the booking ``without`` did not follow it.

        An offer is held anew together with its siblings.
        """
        if row.phase == Phase.OFFERED:
            self.holds.hold(self.store.offers_of(row.account))
            return
        self.ledger.withdraw(row.id, self.now)
        self.enter_again(row, without=without)

    def renew_around(self, row: BookingRow, beside: Iterable[BookingRow]) -> None:
        """A booking has changed: claim anew what those beside it and, where servers rest, its account's offers need."""
        self.store.flush()
        for one in beside:
            self.renew(one)
        if row.sharing == "reserved":
            self.holds.hold(self.store.offers_of(row.account))

    def before(self, row: BookingRow | NewBooking, start: datetime) -> list[BookingRow]:
        """The booking that ``row`` follows without a gap, or would if it began at ``start``.

        Where an offer is still open after its start, the servers of the booking before it rest by then.
        """
        over = [Phase.COMPLETED] if row.phase == Phase.OFFERED and start <= self.now else []
        found = self._before(row.account, row.package, terms_of(row), need_of(row), start, *over)
        return [before for before in found if before is not row]

    def enter(self, row: BookingRow | NewBooking, pieces: Iterable[Piece]) -> None:
        """Let a booking claim these pieces, and charge them to its group: an offer is charged once it is taken."""
        negative = [piece._replace(amount=piece.amount.minus_all()) for piece in pieces]
        group = None if row.phase == Phase.OFFERED else row.group
        self.ledger.enter(row.id, row.cluster, negative, group=group)

    def enter_again(self, row: BookingRow, *, without: BookingRow | None = None) -> None:
        """Enter what a booking claims from now on."""
        self.enter(row, self.ahead(self.claims_of(row, without=without)))

    def ahead(self, pieces: Iterable[Piece]) -> list[Piece]:
        """The pieces from now on: what is past is on record as it was."""
        return [piece._replace(start=max(piece.start, self.now)) for piece in pieces if piece.end > self.now]

    def record(self, row: BookingRow, **fields: tuple[Any, Any]) -> None:
        """Count a change, and write down what was and what is."""
        changed = {name: [_plain(old), _plain(new)] for name, (old, new) in fields.items() if old != new}
        self.ledger.next_change()
        self.store.forget(row.account)
        row.version += 1
        row.modified = self.now
        by = NAMES[self.by] if isinstance(self.by, Who) else self.by
        self.store.add_change(booking_id=row.id, version=row.version, at=self.now, by=by, fields=json.dumps(changed))

    def set_timers(self, row: BookingRow, *, came: bool) -> None:
        """Set what is due for a booking, by its phase and its spans; ``came`` is whether its holder has been there."""
        wanted = self._timers(row, came=came)
        for kind in RANKS:
            self.set_timer(row, kind, wanted.get(kind))

    def set_timer(self, row: BookingRow, kind: str, due: datetime | None) -> None:
        """Set, move or remove one thing that is due for a booking."""
        self.store.set_timer(row.id, kind, due, RANKS[kind])

    # ---- inside

    def _who(self, row: BookingRow) -> Who:
        if isinstance(self.by, Who):
            return self.by
        return Who.HOLDER if self.by == row.account else Who.ADMIN

    def _timers(self, row: BookingRow | NewBooking, *, came: bool) -> dict[str, datetime]:
        span = current_span(row, self.now)
        if row.phase == Phase.OFFERED and row.expires is not None:
            return {"expire": row.expires}
        if row.phase == Phase.WAITING:
            return {"start": span.start - timedelta(seconds=row.lead or 0)}
        if row.phase == Phase.PREPARING:
            return {"start": span.start if self.now < span.start else min(span.start + PATIENCE, span.end)}
        if row.phase == Phase.RUNNING:
            return {"end": span.end}
        if row.phase == Phase.AVAILABLE:
            absent = {"absent": self.now + self._absent_after} if self._absent_after and not came else {}
            return {"end": span.end} | absent
        return {}

    def _after(
        self,
        account: str,
        package: str | None,
        terms: Terms,
        need: Need,
        end: datetime,
        *,
        without: BookingRow | None = None,
    ) -> list[BookingRow]:
        """The account's booking that follows without a gap on the same servers: they need no rest then."""
        return [row for row in self._alike(account, package, terms, need) if row.start == end and row is not without]

    def _before(
        self, account: str, package: str | None, terms: Terms, need: Need, start: datetime, *over: Phase
    ) -> list[BookingRow]:
        """The account's booking, also one that is ``over``, that this one follows without a gap."""
        return [row for row in self._alike(account, package, terms, need, *over) if row.end == start]

    def _alike(self, account: str, package: str | None, terms: Terms, need: Need, *over: Phase) -> list[BookingRow]:
        """The account's bookings of the same package on the same cluster, where servers rest after each."""
        if package is None or need.sharing != "reserved":
            return []
        return [
            row
            for row in self.store.of_account(account, [*LIVE, Phase.RELEASING, *over])
            if (row.package, row.cluster, row.sharing) == (package, terms.name, need.sharing)
        ]


def _span_row(span: Span) -> SpanRow:
    level, stretch = bin_of_span(span)
    return SpanRow(start=span.start, end=span.end, level=level, bin=stretch)


def _plain(value: Any) -> Any:
    return isoformat(value) if isinstance(value, datetime) else value

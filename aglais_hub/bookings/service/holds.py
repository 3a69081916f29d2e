"""Open offers hold their place, and their group's hours. Those of an account are siblings: one at most is taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aglais_hub.bookings.lifecycle import Who
from aglais_hub.bookings.rules import Piece, beyond
from aglais_hub.bookings.tables import BookingRow
from aglais_hub.wire.bookings import Phase, Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from aglais_hub.bookings.rows import NewBooking
    from aglais_hub.bookings.service.timeline import Timeline

    Offer = BookingRow | NewBooking

__all__ = ["Holds"]


class Holds:
    """What accounts' open offers claim, within the transaction of a timeline."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._hours: dict[str, dict[str, int]] = {}

    def hold(self, siblings: Sequence[BookingRow]) -> None:
        """Claim anew, from now on, what all of an account's open offers need together."""
        self._timeline.ledger.withdraw_all([row.id for row in siblings], self._timeline.now)
        self.enter(siblings)

    def enter(self, siblings: Iterable[Offer]) -> None:
        """Claim what all of an account's offers need together, where they claim nothing yet."""
        self._hours.clear()
        for row, pieces in self.claims(siblings):
            self._timeline.enter(row, pieces)

    def claims(self, siblings: Iterable[Offer]) -> Iterator[tuple[Offer, list[Piece]]]:
        """What each of an account's open offers claims: what it needs beyond what those before it claim already.

        So at each instant they claim as much as the largest of them needs then: enough for each, and no more.
        """
        timeline = self._timeline
        held: dict[str, list[Piece]] = {}
        for row in sorted(siblings, key=lambda row: row.id):
            # Were it taken, the servers of the booking before it would go on, and not rest.
            resting = [before.id for before in timeline.before(row, row.start)]
            spared = timeline.ledger.claimed(resting, row.start) if resting else []
            there = held.setdefault(row.cluster, [])
            more = beyond(beyond(timeline.ahead(timeline.claims_of(row)), spared), there)
            there += more
            yield row, more

    def hours(self, group: str | None, *, without: str = "") -> int:
        """What the open offers of accounts hold of a group's budget: of each account's the dearest.

        The account ``without`` is left out.
        """
        if group is None or self._timeline.ledger.balance.of(group) is None:
            return 0
        if group not in self._hours:
            dearest = self._hours[group] = {}
            for row in self._charged_to(group):
                dearest[row.account] = max(dearest.get(row.account, 0), self._cost(row))
        return sum(cost for account, cost in self._hours[group].items() if account != without)

    def let_unpaid_go(self, group: str) -> None:
        """A group's budget has changed: let those offers go that it pays for no more, the dearest first."""
        for row in sorted(self._charged_to(group), key=self._cost, reverse=True):
            spans = [Span(start=span.start, end=span.end) for span in row.spans]
            held = self.hours(group, without=row.account)
            if self._timeline.ledger.balance.shortage(group, spans, self._cost(row), held=held):
                self.let_go([row], Phase.REJECTED, "the budget of its group was changed")

    def take(self, row: BookingRow) -> None:
        """Accept an offer: it waits for its start, or is available at once. Its siblings are rejected."""
        self._hours.clear()
        timeline = self._timeline
        before = timeline.before(row, row.start)
        siblings = [offer for offer in timeline.store.offers_of(row.account) if offer.id != row.id]
        timeline.become(row, Phase.ACCEPTED)
        row.expires = None
        begun = timeline.begun([Span(start=span.start, end=span.end) for span in row.spans])
        timeline.become(row, begun, who=Who.CLOCK)
        self.let_go(siblings, Phase.REJECTED, "another offer was taken")
        timeline.renew_around(row, [*before, row])

    def let_go(self, offers: Sequence[BookingRow], phase: Phase, reason: str) -> None:
        """End some open offers; what is left of their siblings holds its place without them."""
        if not offers:  # and so nothing has to be written before more is read
            return
        timeline = self._timeline
        self._hours.clear()
        for row in offers:
            timeline.become(row, phase, reason)
        timeline.ledger.withdraw_all([row.id for row in offers], timeline.now)
        timeline.store.flush()
        for account in dict.fromkeys(row.account for row in offers):
            self.hold(timeline.store.offers_of(account))

    def drop(self, account: str) -> None:
        """Let all of an account's open offers go: a new request takes the place of the old one."""
        self.let_go(self._timeline.store.offers_of(account), Phase.REJECTED, "a new request was made")

    def expire(self) -> None:
        """Let the offers go whose time is over: none of them counts any longer."""
        timeline = self._timeline
        while due := timeline.store.due(timeline.now, "expire"):
            rows = timeline.store.bookings([timer.booking_id for timer in due])
            offers = [row for row in rows if row.phase == Phase.OFFERED]
            self.let_go(offers, Phase.EXPIRED, "nobody took it")
            for row in rows:
                timeline.set_timers(row, came=True)
            timeline.ledger.flush()

    # ---- inside

    def _charged_to(self, group: str) -> list[BookingRow]:
        return self._timeline.store.in_phase([Phase.OFFERED], BookingRow.group == group)

    def _cost(self, row: BookingRow) -> int:
        """What an offer costs its group if it is taken: the servers of the booking before it need no rest then."""
        timeline, balance = self._timeline, self._timeline.ledger.balance
        resting = [before.id for before in timeline.before(row, row.start) if before.group == row.group]
        spared = timeline.ledger.claimed(resting, max(row.start, timeline.now)) if resting else []
        return max(
            0, balance.cost(row.group, timeline.ahead(timeline.claims_of(row))) - balance.cost(row.group, spared)
        )

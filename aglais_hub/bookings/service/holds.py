"""Open offers hold their place. Those of an account are siblings: one of them at most is ever taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aglais_hub.bookings.lifecycle import Who
from aglais_hub.bookings.rules import Piece, beyond
from aglais_hub.wire.bookings import Phase, Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from aglais_hub.bookings.rows import NewBooking
    from aglais_hub.bookings.service.timeline import Timeline
    from aglais_hub.bookings.tables import BookingRow

    Offer = BookingRow | NewBooking

__all__ = ["Holds"]


class Holds:
    """What accounts' open offers claim, within the transaction of a timeline."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline

    def hold(self, siblings: Sequence[BookingRow]) -> None:
        """Claim anew, from now on, what all of an account's open offers need together."""
        self._timeline.ledger.withdraw_all([row.id for row in siblings], self._timeline.now)
        self.enter(siblings)

    def enter(self, siblings: Iterable[Offer]) -> None:
        """Claim what all of an account's offers need together, where they claim nothing yet."""
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

    def take(self, row: BookingRow) -> None:
        """Accept an offer: it waits for its start, or is available at once. Its siblings are rejected."""
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

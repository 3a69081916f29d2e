"""A booking for each of many accounts at one time: all of them, or none."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from aglais_hub.bookings.amounts import Amount
from aglais_hub.bookings.rules import Need
from aglais_hub.bookings.service.decisions import Decided, write_decision
from aglais_hub.bookings.service.ledger import Ledger
from aglais_hub.bookings.service.requests import Key
from aglais_hub.bookings.service.search import Search
from aglais_hub.bookings.service.views import Made, show_all
from aglais_hub.bookings.store import BookingStore
from aglais_hub.errors import ConflictError, InvalidValueError, RefusedError
from aglais_hub.wire.base import isoformat
from aglais_hub.wire.bookings import BookingRequest

if TYPE_CHECKING:
    from aglais_hub.bookings.rules import Terms
    from aglais_hub.bookings.service.requests import Requests
    from aglais_hub.bookings.service.timeline import Timeline
    from aglais_hub.bookings.service.wanted import Wanted
    from aglais_hub.wire.bookings import Booking, ClassRequest

__all__ = ["Classes"]


LOOKED_AHEAD = timedelta(days=14)
"""How much later than asked a time is looked for at which all would fit."""


class Classes:
    """Books for classes. What was asked for each is on record as if it had been asked for alone."""

    def __init__(self, requests: Requests) -> None:
        self._requests = requests

    def book(self, asked: ClassRequest, by: str, key: str | None = None) -> list[Booking]:
        """A booking for each account; raises ``RefusedError`` that says when all would fit, and books none then.

        With ``key``, a second call answers with the first one's bookings.
        """
        accounts = list(dict.fromkeys(asked.accounts))
        once = Key.of(key, asked) if key else None
        if once and (before := self._made_before(accounts, once)):
            return before
        request = BookingRequest.model_validate(asked.model_dump(exclude={"accounts"}, exclude_unset=True))
        if request.window or request.account:
            field = "window" if request.window else "account"
            raise InvalidValueError("A class begins at one time, for its accounts.", field=field, help="Leave it out.")
        wanted = self._requests.read(request, accounts[0])
        self._check_levels(accounts, wanted)
        for account in accounts:
            self._requests.check_group(request.group, account)
        columns: dict[str, Any] = {"key": once.text, "asked": once.asked} if once else {}

        def decide(ledger: Ledger) -> list[Made]:
            timeline = self._requests.timeline(ledger, by)
            clusters = self._requests.clusters(timeline, wanted)
            made: list[Made] = []
            for account in accounts:
                one = wanted._replace(account=account)
                made.append(self._claim(timeline, one, request, clusters, columns, (len(made), len(accounts))))
            return made

        # A refusal is raised, not returned: what was claimed for the others is not kept.
        return [one.show(self._requests.url) for one in self._requests.writer.run(decide)]

    def _claim(
        self,
        timeline: Timeline,
        wanted: Wanted,
        request: BookingRequest,
        clusters: list[Terms],
        columns: dict[str, Any],
        place: tuple[int, int],
    ) -> Made:
        decided = Decided.begin(timeline, wanted, request, clusters)
        placed = timeline.place(wanted, clusters)
        if placed is None:
            raise self._refusal(timeline, wanted, clusters, *place)
        new = timeline.claim(wanted, *placed, timeline.begun(wanted.spans), decision=decided.id, **columns)
        write_decision(timeline.ledger, decided, "accepted", booking=new.id)
        return Made.of(timeline.store, new)

    def _check_levels(self, accounts: list[str], wanted: Wanted) -> None:
        found = self._requests.accounts.standings(accounts)
        small = [name for name, (level, package, _) in found.items() if level <= 0 and package != wanted.package_name]
        if small:
            raise InvalidValueError(
                f"Anonymous accounts may book their own package only: {', '.join(small[:5])}.", field="accounts"
            )

    def _made_before(self, accounts: list[str], key: Key) -> list[Booking]:
        with self._requests.database.read() as session:
            store = BookingStore(session)
            made = [store.booking_of_key(account, key.text) for account in accounts]
            found = [row for row in made if row is not None]
            if any(row.asked != key.asked for row in found):
                raise ConflictError("This Idempotency-Key was used for another request.", field="Idempotency-Key")
            return show_all(store, found, self._requests.url)

    def _refusal(
        self, timeline: Timeline, wanted: Wanted, clusters: list[Terms], fitting: int, count: int
    ) -> RefusedError:
        if not clusters and (stopped := self._requests.stopped(wanted.cluster)):
            return RefusedError(f"The class does not fit: {stopped}.", rule="cluster_unverified", field="accounts")
        others = self._others(wanted, clusters, count)
        if short := self._requests.shortage(timeline, wanted, clusters):
            return RefusedError(
                f"{fitting} of {count} fit, so none was booked: {short} each.",
                rule="group_budget",
                field="group",
                help="Choose a smaller package, a shorter time, or ask an admin for a larger budget.",
            )
        return RefusedError(
            f"{fitting} of {count} fit, so none was booked.",
            rule="capacity",
            field="accounts",
            help=f"All {count} fit {', or '.join(others)}." if others else "Choose another time, or a smaller package.",
        )

    def _others(self, wanted: Wanted, clusters: list[Terms], count: int) -> list[str]:
        """When, and as what, all would fit; found without what was claimed for some of them."""
        if wanted.need.follows_grants or len(wanted.spans) > 1:
            return []
        packages = self._requests.packages.select().rows if wanted.package else []
        found: list[str] = []
        with self._requests.database.read() as session:
            ledger = Ledger(session, self._requests.clock, lock=False)
            many, length = _times(wanted.need, count), wanted.end - wanted.start
            latest = wanted.start + LOOKED_AHEAD
            starts = [Search(ledger, terms, many).earliest(wanted.start, latest, length) for terms in clusters]
            if start := min((start for start in starts if start is not None), default=None):
                found.append(f"from {isoformat(start)} on")
            rank = wanted.package.rank if wanted.package else 0
            for package in sorted((one for one in packages if one.rank < rank), key=lambda one: -one.rank):
                need = _times(Need(Amount.of(package.size.resources), wanted.need.sharing), count)
                if any(ledger.fits(terms.name, ledger.claims(need, wanted.spans, terms)) for terms in clusters):
                    found.append(f"at that time as {package.name}")
                    break
        return found


def _times(need: Need, count: int) -> Need:
    return need._replace(amount=Amount._make(count * one for one in need.amount))

"""The budgets that admins give groups: so many core-hours in a period."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aglais_hub.bookings.balance import HOUR, hours
from aglais_hub.bookings.service.ledger import Ledger
from aglais_hub.bookings.tables import BudgetRow
from aglais_hub.bookings.times import parse_end, parse_instant, parse_zone
from aglais_hub.errors import InvalidValueError
from aglais_hub.wire.groups import Budget, BudgetRequest

if TYPE_CHECKING:
    from decimal import Decimal

    from aglais_hub.bookings.service.requests import Requests

__all__ = ["BudgetService"]

BY = "an admin"


class BudgetService:
    """Gives budgets to groups; whoever calls has made sure that there is such a group."""

    def __init__(self, requests: Requests) -> None:
        self._requests = requests
        self._database = requests.database
        self._clock = requests.clock
        self._writer = requests.writer

    def get(self, group: str) -> Budget | None:
        """What a group has; ``None`` where nothing limits it."""
        with self._database.read() as session:
            ledger = Ledger(session, self._clock, lock=False)
            row = ledger.balance.of(group)
            if row is None:
                return None
            ahead, held = ledger.balance.ahead(row, ledger.now), self._requests.timeline(ledger, BY).holds.hours(group)
            return Budget(
                hours=hours(row.granted),
                start=row.start,
                end=row.end,
                used=hours(row.used - ahead),
                ahead=hours(ahead),
                held=hours(held),
                left=hours(max(0, row.granted - row.used - held)),
            )

    def of_accounts(self, group: str) -> dict[str, tuple[Decimal, Decimal]]:
        """The core-hours that each account's bookings have had of a group's budget, and those that they have ahead."""
        with self._database.read() as session:
            ledger = Ledger(session, self._clock, lock=False)
            row = ledger.balance.of(group)
            found = ledger.balance.of_accounts(row, ledger.now) if row else {}
        return {account: (hours(used), hours(ahead)) for account, (used, ahead) in found.items()}

    def give(self, group: str, asked: BudgetRequest) -> None:
        """Give a group a budget in place of the one that it has. What it has booked in the period counts."""
        zone = parse_zone(asked.tz)
        start, end = parse_instant(asked.startdate, zone, "startdate"), parse_end(asked.enddate, zone)
        if end <= start:
            raise InvalidValueError("It would end before it begins.", field="enddate", help="Give a later end.")

        def work(ledger: Ledger) -> None:
            ledger.flush()
            row = ledger.balance.of(group) or ledger.balance.add(BudgetRow(group=group, used=0))
            row.start, row.end, row.granted = start, end, int(asked.hours * HOUR)
            row.used = ledger.balance.counted(row)
            ledger.next_change()
            self._requests.timeline(ledger, BY).holds.let_unpaid_go(group)

        self._writer.run(work)

    def take_away(self, group: str) -> None:
        """Let nothing limit a group."""

        def work(ledger: Ledger) -> None:
            ledger.balance.remove(group)
            ledger.next_change()

        self._writer.run(work)

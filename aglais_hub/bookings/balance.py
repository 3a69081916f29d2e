"""The budgets of groups within one transaction: charged with whatever is entered for a group, and given back with it.

A budget is counted in thousandths of a core times milliseconds, as whole numbers, so that what was charged for an entry
is exactly what is given back when it is taken off again. The sum is kept beside the budget: what a booking costs to
charge does not grow with those on record.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from sqlalchemy import select

from aglais_hub.bookings.tables import BookingRow, BudgetRow, EntryRow, SparedRow
from aglais_hub.wire.base import isoformat

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from aglais_hub.bookings.rules import Piece
    from aglais_hub.wire.bookings import Span

__all__ = ["HOUR", "Balance", "cost", "hours"]

HOUR = 3_600_000_000
"""A core for an hour."""

MINUTE = timedelta(minutes=1)


def cost(budget: BudgetRow, start: datetime, end: datetime, cores: int) -> int:
    """What ``cores`` (thousandths) cost a budget during ``[start, end)``: only its own period counts."""
    length = max(timedelta(), min(end, budget.end) - max(start, budget.start))
    return cores * (length // timedelta(microseconds=1)) // 1000


def hours(amount: int) -> Decimal:
    """As core-hours, to a hundredth."""
    return (Decimal(amount) / HOUR).quantize(Decimal("0.01"))


class Balance:
    """What groups have left. Nothing is charged to a group that has no budget, and nothing refused."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._seen: dict[str, BudgetRow | None] = {}

    def of(self, group: str) -> BudgetRow | None:
        """The budget of a group, where it has one."""
        if group not in self._seen:
            self._seen[group] = self._session.get(BudgetRow, group)
        return self._seen[group]

    def all(self) -> list[BudgetRow]:
        """Every budget, by group."""
        return list(self._session.scalars(select(BudgetRow).order_by(BudgetRow.group)))

    def add(self, row: BudgetRow) -> BudgetRow:
        """A group's first budget."""
        self._session.add(row)
        self._seen[row.group] = row
        return row

    def remove(self, group: str) -> None:
        """Let a group have none."""
        row = self.of(group)
        if row is not None:
            self._session.delete(row)
        self._seen[group] = None

    # ---- what changes

    def charge(self, group: str | None, start: datetime, end: datetime, cores: int) -> None:
        """Charge ``cores`` (thousandths) during ``[start, end)``; fewer than none are given back."""
        budget = self.of(group) if group else None
        if budget is not None:
            # Rounded towards nothing both ways, so that each charge and its return are equal.
            amount = cost(budget, start, end, abs(cores))
            budget.used += amount if cores > 0 else -amount

    def spare(self, entries: Iterable[EntryRow], start: datetime, end: datetime | None = None) -> None:
        """Time that a booking had and could not use is not charged: whoever paid for it has it back."""
        for entry in entries:
            first, last, cores = max(entry.start, start), min(entry.end, end or entry.end), -entry.cores
            if entry.group and first < last and cores > 0:
                spared = SparedRow(group=entry.group, booking_id=entry.source, start=first, end=last, cores=cores)
                self._session.add(spared)
                self.charge(entry.group, first, last, -cores)

    # ---- what is asked

    def used(self, group: str | None) -> int:
        """What is charged by now."""
        budget = self.of(group) if group else None
        return budget.used if budget else 0

    def cost(self, group: str | None, pieces: Iterable[Piece]) -> int:
        """What some pieces cost a group."""
        budget = self.of(group) if group else None
        return sum(cost(budget, start, end, amount.cores) for start, end, amount in pieces) if budget else 0

    def shortage(
        self,
        group: str | None,
        spans: Sequence[Span],
        needed: int,
        *,
        held: int = 0,
        had: Span | None = None,
        spent: int = 0,
    ) -> str:
        """Why the budget has no room for a booking that costs ``needed``, as the end of a sentence; empty where it has.

        ``held`` is what others are offered. ``had`` is when the booking was before, and ``spent`` what was charged
        then: less than that always fits.
        """
        # Instants stand as such in the sentence: whoever shows it puts them into words, in the reader's zone.
        budget = self.of(group) if group else None
        if budget is None:
            return ""
        first, last = (had.start, had.end) if had else (budget.start, budget.end)
        if spans[0].start < min(budget.start, first):
            return f"the budget of {group} begins only at {isoformat(budget.start)}"
        if spans[-1].end > max(budget.end, last):
            return f"the budget of {group} lasts until {isoformat(budget.end)}"
        if budget.used + needed <= max(budget.granted - held, spent):
            return ""
        left = max(0, budget.granted - budget.used - held)
        return (
            f"{group} has {hours(left):f} of {hours(budget.granted):f} core-hours left until "
            f"{isoformat(budget.end)}{f', while open offers hold {hours(held):f}' if held else ''}, "
            f"and it takes {hours(needed):f}"
        )

    def until(self, group: str | None, pieces: Sequence[Piece], end: datetime, *, held: int = 0) -> datetime:
        """How far, to the minute and until ``end`` at most, the budget lasts for pieces that follow each other."""
        budget = self.of(group) if group else None
        if budget is None:
            return end
        left = max(0, budget.granted - budget.used - held)
        for start, last, amount in sorted(pieces, key=lambda piece: piece.start):
            needed = cost(budget, start, last, amount.cores)
            if needed > left:
                # The part of it before the period costs nothing.
                affordable = timedelta(milliseconds=left // amount.cores)
                return min(end, budget.end, _whole(start, max(start, budget.start) + affordable))
            left -= needed
        return min(end, budget.end)

    def is_over(self, group: str | None, instant: datetime) -> bool:
        """Whether the period of a group's budget is over by then."""
        budget = self.of(group) if group else None
        return budget is not None and instant >= budget.end

    def counted(self, budget: BudgetRow) -> int:
        """What a budget has to say: the sum of all that is on record for its group, one by one."""
        spared = select(SparedRow.start, SparedRow.end, SparedRow.cores).where(SparedRow.group == budget.group)
        given_back = sum(cost(budget, *one) for one in self._session.execute(spared))
        return sum(cost(budget, *one) for one in self._entered(budget.group)) - given_back

    def ahead(self, budget: BudgetRow, now: datetime) -> int:
        """What of the charges is still to come."""
        found = self._entered(budget.group, EntryRow.end > now)
        return sum(cost(budget, max(start, now), end, cores) for start, end, cores in found)

    def of_accounts(self, budget: BudgetRow, now: datetime) -> dict[str, tuple[int, int]]:
        """What the bookings of each account were charged: until ``now``, and from then on."""
        rows = select(BookingRow.account, EntryRow.start, EntryRow.end, EntryRow.cores)
        rows = rows.join(BookingRow, BookingRow.id == EntryRow.source).where(
            EntryRow.group == budget.group, EntryRow.gone.is_(None), EntryRow.end > budget.start
        )
        found: dict[str, tuple[int, int]] = {}
        for account, start, end, cores in self._session.execute(rows):
            ahead = cost(budget, max(start, now), end, -cores)
            had, comes = found.get(account, (0, 0))
            found[account] = had + cost(budget, start, end, -cores) - ahead, comes + ahead
        spared = select(BookingRow.account, SparedRow.start, SparedRow.end, SparedRow.cores)
        spared = spared.join(BookingRow, BookingRow.id == SparedRow.booking_id).where(SparedRow.group == budget.group)
        for account, start, end, cores in self._session.execute(spared):
            had, comes = found.get(account, (0, 0))
            found[account] = had - cost(budget, start, end, cores), comes
        return found

    def _entered(self, group: str, *more: ColumnElement[bool]) -> Iterator[tuple[datetime, datetime, int]]:
        rows = select(EntryRow.start, EntryRow.end, EntryRow.cores)
        rows = rows.where(EntryRow.group == group, EntryRow.gone.is_(None), *more)
        for start, end, cores in self._session.execute(rows):
            yield start, end, -cores


def _whole(start: datetime, end: datetime) -> datetime:
    """``end``, a whole number of minutes after ``start``."""
    return start + (end - start) // MINUTE * MINUTE

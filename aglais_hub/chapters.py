"""The chapters of an account's archive: what each of the services knows of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

from aglais_hub.bookings.rows import Page
from aglais_hub.wire.bookings import Booking, Span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from aglais_hub.accounts.admin.changes import Trail
    from aglais_hub.bookings.service import BookingService, DecisionService
    from aglais_hub.wire.admin import AccountChange
    from aglais_hub.wire.decisions import DecisionRow

__all__ = ["bookings_of", "changes_of", "decisions_of"]

EVER = Span(start=datetime(1970, 1, 2, tzinfo=UTC), end=datetime(2299, 12, 30, tzinfo=UTC))
AT_ONCE = 500

Row = TypeVar("Row", "Booking", "DecisionRow")


def bookings_of(service: BookingService) -> Callable[[str], Iterator[Booking]]:
    """Every booking that an account has, or had."""

    def tell(account: str) -> Iterator[Booking]:
        return _all(lambda page: service.select(EVER, page, account=account), lambda row: row.start)

    return tell


def decisions_of(service: DecisionService) -> Callable[[str], Iterator[DecisionRow]]:
    """Every decision about an account that is remembered."""

    def tell(account: str) -> Iterator[DecisionRow]:
        return _all(lambda page: service.select(page, account=account), lambda row: row.made)

    return tell


def changes_of(trail: Trail) -> Callable[[str], Iterator[AccountChange]]:
    """Every change to an account that is remembered, as its owner is told of it."""

    def tell(account: str) -> Iterator[AccountChange]:
        after = None
        while True:
            found = trail.own(account, after=after, limit=AT_ONCE)
            yield from found.rows
            if found.next is None:
                return
            after = found.rows[-1].id

    return tell


def _all(select: Callable[[Page], list[Row]], start: Callable[[Row], datetime]) -> Iterator[Row]:
    page = Page(AT_ONCE)
    while True:
        rows = select(page)
        yield from rows[: page.limit]
        if len(rows) <= page.limit:
            return
        last = rows[page.limit - 1]
        page = Page(AT_ONCE, (start(last), last.id))

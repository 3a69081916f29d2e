"""What a caller asks for, read and looked up."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from aglais_hub.bookings.rules import Need
from aglais_hub.wire.bookings import Span
from aglais_hub.wire.packages import Package

__all__ = ["Wanted"]


class Wanted(NamedTuple):
    """A request for a booking, with nothing left to read.

    ``latest`` is the latest start of its first span, where the caller left that open. ``shortest`` and ``smallest`` (a
    package's rank) bound what is worth offering instead. ``zone`` is the caller's. ``lead`` is how long
    before its start its lab is made ready, where that is asked for. ``group`` is whose budget it is charged to.
    """

    account: str
    package: Package | None
    need: Need
    spans: list[Span]
    cluster: str | None
    note: str = ""
    recurrence: str | None = None
    latest: datetime | None = None
    shortest: timedelta | None = None
    smallest: int | None = None
    zone: str = "UTC"
    lead: timedelta | None = None
    group: str | None = None

    @property
    def start(self) -> datetime:
        """Its first start."""
        return self.spans[0].start

    @property
    def end(self) -> datetime:
        """Its last end."""
        return self.spans[-1].end

    @property
    def span(self) -> Span:
        """From its first start to its last end."""
        return Span(start=self.start, end=self.end)

    @property
    def name(self) -> str:
        """How to call it in a message."""
        if self.package is not None:
            return self.package.name
        return "This" if self.need.share is None else f"A share of {self.need.share / 1000:g} %"

    @property
    def field(self) -> str:
        """The field of a request that says how much it is."""
        if self.package is not None:
            return "package"
        return "share" if self.need.share is not None else "cores"

    @property
    def package_name(self) -> str | None:
        return self.package.name if self.package else None

    def moved(self, start: datetime) -> Wanted:
        """The same, with its first span at ``start``."""
        by = start - self.spans[0].start
        return self._replace(spans=[Span(start=span.start + by, end=span.end + by) for span in self.spans])

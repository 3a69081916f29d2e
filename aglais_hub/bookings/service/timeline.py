"""What a transaction does to the timeline: look whether something fits, claim it, and give it back."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from uuid import uuid4

from aglais_hub.bookings.amounts import Amount
from aglais_hub.bookings.rules import COUNTED, Step, fits, may_become, steps
from aglais_hub.bookings.tables import BookingRow, ClaimRow
from aglais_hub.errors import ConflictError
from aglais_hub.wire.bookings import Phase, Span

if TYPE_CHECKING:
    from datetime import datetime

    from aglais_hub.bookings.store import BookingStore
    from aglais_hub.wire.packages import Package

__all__ = ["Timeline", "Wanted"]


class Wanted(NamedTuple):
    """What a caller asks for, read and looked up."""

    account: str
    package: Package | None
    need: Amount
    span: Span
    cluster: str | None
    sharing: str
    note: str = ""

    @property
    def name(self) -> str:
        """How to call it in a message."""
        return self.package.name if self.package else "This"


class Timeline:
    """The timeline as one transaction sees and changes it at ``now``."""

    def __init__(self, store: BookingStore, now: datetime) -> None:
        self.store = store
        self.now = now

    def steps(self, cluster: str, span: Span, *, without: str | None = None) -> list[Step]:
        """What is left of a cluster during ``span``, not counting the booking ``without``."""
        return steps(self.store.pieces(cluster, span, self.now, without=without), span)

    def place(self, wanted: Wanted, clusters: list[str]) -> str | None:
        """The first cluster that has what is wanted throughout its span."""
        for cluster in clusters:
            if fits(self.steps(cluster, wanted.span), wanted.need):
                return cluster
        return None

    def claim(self, wanted: Wanted, cluster: str, phase: Phase, **columns: object) -> BookingRow:
        """Write a booking and its claim; the caller has made sure that it fits, under the cluster's lock."""
        amount = wanted.need._asdict()
        row = BookingRow(
            id=str(uuid4()),
            account=wanted.account,
            phase=phase,
            version=1,
            package=wanted.package.name if wanted.package else None,
            package_version=wanted.package.version if wanted.package else None,
            cluster=cluster,
            sharing=wanted.sharing,
            start=wanted.span.start,
            end=wanted.span.end,
            created=self.now,
            modified=self.now,
            note=wanted.note,
            **{"expires": None, "kind": None, "reason": "", "key": None, "asked": None, **columns},
            **amount,
        )
        row.claims = [
            ClaimRow(
                start=wanted.span.start,
                end=wanted.span.end,
                cluster=cluster,
                counts=True,
                expires=row.expires,
                **amount,
            )
        ]
        self.store.add(row)
        return row

    def move(self, row: BookingRow, phase: Phase, reason: str = "") -> None:
        """Take a booking to another phase; its claim counts as long as the phase does.

        Raises ``ConflictError`` where the lifecycle has no such way.
        """
        if not may_become(Phase(row.phase), phase):
            raise ConflictError(
                f"A booking that is {row.phase} can't become {phase}.", field="phase", help="Look at it again."
            )
        row.phase = phase
        row.reason = reason
        self.touch(row)
        for claim in row.claims:
            claim.counts = phase in COUNTED
            if phase is Phase.ACCEPTED:
                claim.expires = None
        if phase is Phase.ACCEPTED:
            row.expires = None

    def accept(self, row: BookingRow) -> None:
        """From ACCEPTED on: waits for its start, or is available at once."""
        self.move(row, Phase.WAITING if row.start > self.now else Phase.AVAILABLE)

    def end_now(self, row: BookingRow, reason: str) -> None:
        """Complete a booking before its end; what is left of its time is free again."""
        if self.now < row.end:
            row.end = max(row.start, self.now)
            for claim in row.claims:
                claim.end = min(claim.end, row.end)
        self.move(row, Phase.COMPLETED, reason)

    def set_end(self, row: BookingRow, end: datetime) -> None:
        """Move a booking's end; the caller has made sure that it fits."""
        row.end = end
        row.claims[-1].end = end
        self.touch(row)

    def drop_offers(self, account: str) -> None:
        """Give back what the account's open offers hold: a new request takes the place of the old one."""
        for row in self.store.open_offers(account):
            expired = row.expires is not None and row.expires <= self.now
            self.move(row, Phase.EXPIRED if expired else Phase.REJECTED, "" if expired else "a new request was made")

    def touch(self, row: BookingRow) -> None:
        """Count a change."""
        row.version += 1
        row.modified = self.now

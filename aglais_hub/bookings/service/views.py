"""Rows to wire models."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from aglais_hub.bookings.lifecycle import ENDED
from aglais_hub.bookings.store import amount_of
from aglais_hub.wire.bookings import Booking, Phase, Span
from aglais_hub.wire.decisions import Change
from aglais_hub.wire.resources import Cluster, Grant

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from aglais_hub.bookings.rows import NewBooking
    from aglais_hub.bookings.store import BookingStore
    from aglais_hub.bookings.tables import BookingRow, ChangeRow, ClusterRow, GrantRow

__all__ = ["Made", "change_view", "cluster_view", "grant_view", "show", "show_all"]


def show(store: BookingStore, row: BookingRow | NewBooking, url: str) -> Booking:
    """A booking as callers see it; ``url`` is the address of the API."""
    return show_all(store, [row], url)[0]


class Made(NamedTuple):
    """A booking that was just made, and when its server has to stop: all that is looked up to show it."""

    row: NewBooking
    until: datetime

    @classmethod
    def of(cls, store: BookingStore, row: NewBooking) -> Made:
        return cls(row, _until(row, _following(store, [row])))

    def show(self, url: str) -> Booking:
        """As callers see it; needs the store, and so the lock, no more."""
        return _view(self.row, url, self.until)


def show_all(store: BookingStore, rows: Sequence[BookingRow | NewBooking], url: str) -> list[Booking]:
    """Bookings as callers see them."""
    following = _following(store, rows)
    return [_view(row, url, _until(row, following)) for row in rows]


Run = tuple[str, str | None, str, str, "datetime"]


def _run(row: BookingRow | NewBooking, start: datetime) -> Run:
    """What two bookings have in common that one server may run under one after the other."""
    return row.account, row.package, row.cluster, row.sharing, start


def _following(store: BookingStore, rows: Sequence[BookingRow | NewBooking]) -> dict[Run, BookingRow]:
    """Those of the accounts' bookings that could follow one of ``rows`` without a gap, by when they start."""
    found: dict[Run, BookingRow] = {}
    ends = {(row.account, row.end) for row in rows if row.package is not None and row.phase not in ENDED}
    seen: set[tuple[str, datetime]] = set()
    while ends := ends - seen:  # and those that follow them
        seen |= ends
        following = store.starting(ends)
        found |= {_run(row, row.start): row for row in following}
        ends = {(row.account, row.end) for row in following}
    return found


def _until(row: BookingRow | NewBooking, following: dict[Run, BookingRow]) -> datetime:
    """When its server has to stop, were it running now."""
    if row.phase in ENDED:
        return row.end
    spans = row.spans
    now = row.modified
    at = next((span.end for span in spans if span.end > now), spans[-1].end)
    seen = row
    while row.package is not None and at == seen.end and (after := following.get(_run(row, at))) not in (None, seen):
        seen, at = after, after.spans[0].end
    return at


def _view(row: BookingRow | NewBooking, url: str, until: datetime) -> Booking:
    return Booking.trusted(
        {
            "id": row.id,
            "url": f"{url}bookings/{row.id}",
            "account": row.account,
            "phase": Phase(row.phase),
            "version": row.version,
            "package": row.package,
            "package_version": row.package_version,
            "cluster": row.cluster,
            "sharing": row.sharing,
            "resources": amount_of(row).resources(),
            "spans": [Span.trusted({"start": span.start, "end": span.end}) for span in row.spans],
            "start": row.start,
            "end": row.end,
            "created": row.created,
            "modified": row.modified,
            "expires": row.expires,
            "kind": row.kind,
            "reason": row.reason,
            "note": row.note,
            "share": _percent(row.share),
            "recurrence": row.recurrence,
            "until": until,
            "why": f"{url}decisions/{row.decision}" if row.decision else None,
            "outage": row.outage,
            "lost": f"PT{row.lost}S",
            "prepare": row.lead is not None,
            "prepares": _prepares(row),
            "group": row.group,
        }
    )


def _prepares(row: BookingRow | NewBooking) -> datetime | None:
    """Since when its lab is made ready, or when that begins."""
    if row.lead is None or row.phase not in (Phase.OFFERED, Phase.ACCEPTED, Phase.WAITING, Phase.PREPARING):
        return None
    start = next((span.start for span in row.spans if span.end > row.modified), row.start)
    if row.phase == Phase.PREPARING:
        return min(start, row.prepared or start)
    return start - timedelta(seconds=row.lead)


def grant_view(row: GrantRow, url: str) -> Grant:
    """A grant as callers see it."""
    return Grant(
        id=row.id,
        url=f"{url}resources/{row.id}",
        cluster=row.cluster,
        start=row.start,
        end=row.end,
        resources=amount_of(row).resources(),
        share=_percent(row.share),
        note=row.note,
        version=row.version,
        created=row.created,
    )


def cluster_view(row: ClusterRow, change: int, url: str, unverified: Mapping[str, str]) -> Cluster:
    """A cluster as callers see it; ``unverified`` says of which clusters nothing more is booked, and why."""
    return Cluster(
        name=row.name,
        url=f"{url}clusters/{row.name}",
        overcommit=Decimal(row.overcommit) / 1000,
        buffer=f"PT{row.buffer}S",
        change=change,
        created=row.created,
        unverified=unverified.get(row.name, ""),
    )


def change_view(row: ChangeRow, *, without: Collection[str] = ()) -> Change:
    """A change of a booking as callers see it, ``without`` some fields."""
    fields = {name: values for name, values in json.loads(row.fields).items() if name not in without}
    return Change(version=row.version, at=row.at, by=row.by, fields=fields)


def _percent(share: int | None) -> Decimal | None:
    return None if share is None else Decimal(share) / 1000

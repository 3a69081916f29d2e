"""The clusters that grants and bookings are counted in, and how each counts."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

from aglais_hub.bookings.amounts import Amount
from aglais_hub.bookings.service.views import cluster_view
from aglais_hub.bookings.store import BookingStore
from aglais_hub.bookings.tables import ClusterRow
from aglais_hub.bookings.times import parse_duration
from aglais_hub.errors import ConflictError, InvalidValueError, NotFoundError
from aglais_hub.wire.resources import Cluster, ClusterEdit, ClusterRequest, GrantRequest

if TYPE_CHECKING:
    from aglais_hub.bookings.service.capacity import CapacityService
    from aglais_hub.bookings.service.ledger import Ledger
    from aglais_hub.bookings.service.requests import Requests

__all__ = ["ClusterService"]

LONGEST_BUFFER = 7 * 86_400


class ClusterService:
    """Makes, changes and removes clusters."""

    def __init__(self, requests: Requests, capacity: CapacityService) -> None:
        self._requests = requests
        self._capacity = capacity
        self._url = requests.url

    def select(self) -> list[Cluster]:
        """All clusters, by name."""
        with self._requests.database.read() as session:
            store = BookingStore(session)
            change = store.change()
            return [self._view(row, change) for row in store.clusters()]

    def get(self, name: str) -> Cluster:
        """One cluster."""
        with self._requests.database.read() as session:
            store = BookingStore(session)
            return self._view(_found(store.cluster(name)), store.change())

    def _view(self, row: ClusterRow, change: int) -> Cluster:
        return cluster_view(row, change, self._url, self._requests.vouching.unverified())

    def create(self, request: ClusterRequest, by: str) -> Cluster:
        """Make a cluster; with dates also its first grant."""
        buffer = _seconds(request.buffer)
        amounts = request.model_dump(include=set(Amount._fields))
        dated = request.startdate is not None or request.enddate is not None
        if dated and (request.startdate is None or request.enddate is None):
            raise InvalidValueError("A grant has two dates.", field="startdate", help="Give startdate and enddate.")
        if any(amounts.values()) and not dated:
            raise InvalidValueError("A grant needs its dates.", field="startdate", help="Give startdate and enddate.")

        def change(ledger: Ledger) -> Cluster:
            taken = {row.name for row in ledger.store.clusters()}
            name = request.name or next(name for name in map("cluster-{}".format, count(1)) if name not in taken)
            if name in taken:
                raise ConflictError(
                    f"There is a cluster {name!r} already.", field="name", help="Change it, or choose another."
                )
            row = ClusterRow(name=name, overcommit=int(request.overcommit * 1000), buffer=buffer, created=ledger.now)
            ledger.next_change()
            ledger.store.add(row)
            ledger.store.flush()
            if dated:
                self._capacity.grant(
                    ledger,
                    GrantRequest(
                        cluster=name,
                        startdate=request.startdate or "",
                        enddate=request.enddate or "",
                        note=request.note,
                        tz=request.tz,
                        **amounts,
                    ),
                    by,
                )
            return self._view(row, ledger.change)

        return self._requests.writer.run(change)

    def edit(self, name: str, edit: ClusterEdit) -> Cluster:
        """Change how a cluster counts, from now on."""
        buffer = _seconds(edit.buffer) if edit.buffer is not None else None

        def change(ledger: Ledger) -> Cluster:
            row = _found(ledger.store.cluster(name))
            ledger.next_change()
            row.overcommit = row.overcommit if edit.overcommit is None else int(edit.overcommit * 1000)
            row.buffer = row.buffer if buffer is None else buffer
            ledger.store.known_terms = None
            return self._view(row, ledger.change)

        return self._requests.writer.run(change)

    def remove(self, name: str) -> Cluster:
        """Remove a cluster that no grant and no booking has ever named; else it stays, for the record."""

        def change(ledger: Ledger) -> Cluster:
            row = _found(ledger.store.cluster(name))
            if ledger.store.is_used(name):
                raise ConflictError(
                    f"The cluster {name} has grants or bookings.",
                    field="name",
                    help="Remove its grants. With bookings on record it stays, and offers nothing.",
                )
            removed = self._view(row, ledger.next_change())
            ledger.store.remove(row)
            return removed

        return self._requests.writer.run(change)


def _seconds(text: str) -> int:
    length = parse_duration(text, "buffer", none=True)
    if length.total_seconds() > LONGEST_BUFFER:
        raise InvalidValueError("A week is the longest buffer.", field="buffer", help="Write it as in PT10M.")
    return int(length.total_seconds())


def _found(row: ClusterRow | None) -> ClusterRow:
    if row is None:
        raise NotFoundError("There is no such cluster.", help="See clusters/select.")
    return row

"""Decisions about packages, and the transactions around them."""

from __future__ import annotations

import threading
import time
from decimal import Decimal
from typing import TYPE_CHECKING

from sqlalchemy.exc import IntegrityError

from aglais_hub.errors import ConflictError, InvalidValueError, NotFoundError
from aglais_hub.packages.rules import ladder
from aglais_hub.packages.store import PackageStore
from aglais_hub.packages.tables import PackageRow
from aglais_hub.wire.packages import Package, PackageRequest, PackageRows, PackageSize, Part, Workers

if TYPE_CHECKING:
    from aglais_hub.clock import Clock
    from aglais_hub.database import Database
    from aglais_hub.wire.resources import Resources

__all__ = ["PackageService"]


KEPT_SECONDS = 1.0


class PackageService:
    """Packages by name. Raises ``NotFoundError`` for a name that is not, or no longer, a package."""

    def __init__(self, *, database: Database, clock: Clock, url: str) -> None:
        self._database = database
        self._clock = clock
        self._url = url
        self._kept: tuple[float, PackageRows] | None = None
        self._reading = threading.Lock()

    def seed(self, capacity: Resources) -> None:
        """On a first start: make the ladder of packages that tiles a node of ``capacity``."""
        try:
            with self._database.write() as session:
                store = PackageStore(session)
                if store.is_empty():
                    for request in ladder(capacity):
                        store.add(self._row(request, 1))
        except IntegrityError:
            pass  # another process was first

    def select(self) -> PackageRows:
        """The newest version of every package, from the smallest to the largest.

        Every booking asks for it, so an answer is good for a moment: another process's change is seen a second later.
        """
        with self._reading:  # what many ask for at one moment is read once
            if self._kept is not None and time.monotonic() - self._kept[0] < KEPT_SECONDS:
                return self._kept[1]
            read = time.monotonic()
            with self._database.read() as session:
                found = PackageStore(session).newest()
            rows = sorted(found, key=lambda row: (_size(row).resources.memory, _size(row).resources.cores, row.name))
            shown = PackageRows(rows=[self._package(row, rank) for rank, row in enumerate(rows)])
            self._kept = read, shown
            return shown

    def get(self, name: str) -> Package:
        """The newest version of a package."""
        for _ in range(2):
            for package in self.select().rows:
                if package.name == name:
                    return package
            self._kept = None  # it may be new
        raise NotFoundError(f"There is no package {name!r}.", field="package", help="See packages/select.")

    def create(self, request: PackageRequest) -> Package:
        """Make a package that is not there yet; raises ``ConflictError`` where it is."""
        with self._database.write() as session:
            store = PackageStore(session)
            if store.newest(request.name):
                raise ConflictError(
                    f"There is a package {request.name!r} already.",
                    field="name",
                    help=f"POST to packages/{request.name} for a new version of it.",
                )
            self._add(store, request)
        self._kept = None
        return self.get(request.name)

    def change(self, name: str, request: PackageRequest) -> Package:
        """Make a new version of a package."""
        if request.name != name:
            raise InvalidValueError("A package can't be renamed.", field="name", help="Make a new one.")
        with self._database.write() as session:
            store = PackageStore(session)
            if not store.newest(name):
                raise NotFoundError(f"There is no package {name!r}.", field="package", help="See packages/select.")
            self._add(store, request)
        self._kept = None
        return self.get(name)

    def withdraw(self, name: str) -> Package:
        """Take a package out of the list; bookings that have it keep it."""
        package = self.get(name)
        with self._database.write() as session:
            PackageStore(session).withdraw(name, self._clock.now())
        self._kept = None
        return package

    def _add(self, store: PackageStore, request: PackageRequest) -> None:
        row = self._row(request, store.last_version(request.name) + 1)
        claimed = _size(row).resources
        if claimed.cores <= 0 or claimed.memory <= 0:
            raise InvalidValueError("A package needs cores and memory.", field="notebook_cores")
        try:
            store.add(row)
        except IntegrityError:
            raise ConflictError(
                "The package was changed by someone else at the same time.", help="Look at it again, then try again."
            ) from None

    def _row(self, request: PackageRequest, version: int) -> PackageRow:
        return PackageRow(
            name=request.name,
            version=version,
            title=request.title,
            notebook_cores=int(request.notebook_cores * 1000),
            notebook_memory=request.notebook_memory,
            worker_count=request.worker_count,
            worker_cores=int(request.worker_cores * 1000),
            worker_memory=request.worker_memory,
            temporary=request.temporary,
            user=request.user,
            gpus=request.gpus,
            created=self._clock.now(),
            withdrawn=None,
        )

    def _package(self, row: PackageRow, rank: int) -> Package:
        return Package(
            name=row.name,
            version=row.version,
            url=f"{self._url}packages/{row.name}",
            title=row.title,
            rank=rank,
            size=_size(row),
            created=row.created,
        )


def _size(row: PackageRow) -> PackageSize:
    return PackageSize(
        notebook=Part(cores=Decimal(row.notebook_cores) / 1000, memory=row.notebook_memory),
        workers=Workers(count=row.worker_count, cores=Decimal(row.worker_cores) / 1000, memory=row.worker_memory),
        temporary=row.temporary,
        user=row.user,
        gpus=row.gpus,
    )

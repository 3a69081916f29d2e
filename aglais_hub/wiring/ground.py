"""What the rooms of the house are built on."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from aglais_hub.accounts.attempts import Attempts
from aglais_hub.accounts.email.mail import make_mailer
from aglais_hub.accounts.email.outbox import Outbox
from aglais_hub.accounts.groups.service import Memberships
from aglais_hub.accounts.service import AccountService
from aglais_hub.bookings.service import (
    BookingService,
    CapacityService,
    Requests,
    SessionService,
)
from aglais_hub.bookings.times import parse_duration
from aglais_hub.clock import Clock, SystemClock
from aglais_hub.clusters.host import LOCAL
from aglais_hub.clusters.rules import MIB, Amount, Counting
from aglais_hub.clusters.service import NodeService, Others
from aglais_hub.clusters.vouching import Vouching
from aglais_hub.database import Database, make_database
from aglais_hub.errors import InvalidValueError
from aglais_hub.packages.service import PackageService
from aglais_hub.storage.store import StorageStore
from aglais_hub.web.caller import Callers
from aglais_hub.web.hub import Hub
from aglais_hub.wiring.disks import Disks, find_disks

if TYPE_CHECKING:
    from aglais_hub.settings import Settings

__all__ = ["PATH", "Databases", "Ground", "lay"]

PATH = "services/aglais/api/"


class Databases(NamedTuple):
    """A database for each feature."""

    accounts: Database
    packages: Database
    bookings: Database
    storage: Database


@dataclass(frozen=True)
class Ground:
    """What others are built on, made first."""

    settings: Settings
    clock: Clock
    hub: Hub
    url: str
    databases: Databases
    attempts: Attempts
    accounts: AccountService
    callers: Callers
    outbox: Outbox
    packages: PackageService
    requests: Requests
    bookings: BookingService
    sessions: SessionService
    capacity: CapacityService
    nodes: NodeService
    disks: Disks

    @property
    def of_accounts(self) -> dict[str, Any]:
        """What most that works on accounts is built from."""
        return {"database": self.databases.accounts, "clock": self.clock, "accounts": self.accounts}


def lay(settings: Settings, clock: Clock | None, hub: Hub | None) -> Ground:
    """Lay the ground; raises ``InvalidValueError`` where the environment does not say how to reach the hub."""
    clock = clock or SystemClock()
    hub = hub or Hub(_told("JUPYTERHUB_API_URL"), _told("JUPYTERHUB_API_TOKEN"))
    url = "/" + PATH
    databases = Databases(*(make_database(settings.database_url(feature)) for feature in Databases._fields))
    packages = PackageService(database=databases.packages, clock=clock, url=url)
    attempts = Attempts(databases.accounts, clock)
    accounts = AccountService(database=databases.accounts, clock=clock, settings=settings, attempts=attempts, url=url)
    vouching = Vouching(clock, timedelta(seconds=settings.verify_within) if settings.kubernetes_url else None)
    known = {
        "packages": packages,
        "accounts": accounts,
        "groups": Memberships(databases.accounts),
        "vouching": vouching,
    }

    def size_of(account: str) -> int:
        with databases.storage.read() as session:
            home = StorageStore(session).home(account)
            return home.size if home else 0

    disks = find_disks(settings, clock, size_of)
    requests = _requests(settings, databases.bookings, clock, url=url, **known)
    capacity = CapacityService(requests, default_cluster=settings.default_pool if settings.kubernetes_url else LOCAL)
    sessions = SessionService(requests, duration=settings.session_duration)
    return Ground(
        settings=settings,
        clock=clock,
        hub=hub,
        url=url,
        databases=databases,
        attempts=attempts,
        accounts=accounts,
        callers=Callers(hub, accounts.has_ended),
        outbox=Outbox(database=databases.accounts, clock=clock, settings=settings, mailer=make_mailer(settings)),
        packages=packages,
        requests=requests,
        bookings=BookingService(requests),
        sessions=sessions,
        capacity=capacity,
        nodes=_nodes(settings, clock, Others(capacity, sessions, accounts, hub), vouching, disks),
        disks=disks,
    )


def _requests(settings: Settings, database: Database, clock: Clock, **others: Any) -> Requests:
    return Requests(
        database=database,
        clock=clock,
        offer_lifetime=timedelta(seconds=settings.offer_lifetime),
        absent_after=timedelta(seconds=settings.absent_seconds),
        lead=parse_duration(settings.prepare, "AGLAIS_PREPARE", none=True),
        **others,
    )


def _nodes(settings: Settings, clock: Clock, others: Others, vouching: Vouching, disks: Disks) -> NodeService:
    counting = Counting(
        label=settings.pool_label,
        pool=settings.default_pool,
        gpu=settings.kubernetes_gpu,
        reserve=Amount(round(settings.node_reserve_cores * 1000), settings.node_reserve_memory * MIB),
        spare=settings.spare_nodes,
    )
    return NodeService(
        disks.api,
        others,
        vouching,
        clock=clock,
        counting=counting,
        every=settings.node_seconds,
        grace=timedelta(seconds=settings.node_grace),
        tidy=disks.tidy,
    )


def _told(variable: str) -> str:
    value = os.environ.get(variable, "")
    if not value:
        raise InvalidValueError(
            f"{variable} is not set.", field=variable, help="`aglais up` sets it; else name the hub's API and a token."
        )
    return value

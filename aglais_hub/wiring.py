"""The one place that builds services, stores, clients and the clock."""

from __future__ import annotations

import os
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from aglais_hub.accounts.attempts import Attempts
from aglais_hub.accounts.email.changes import ChangeService
from aglais_hub.accounts.email.mail import make_mailer
from aglais_hub.accounts.email.outbox import Outbox
from aglais_hub.accounts.email.passwords import Passwords
from aglais_hub.accounts.email.service import EmailService
from aglais_hub.accounts.identities import IdentityService
from aglais_hub.accounts.service import AccountService
from aglais_hub.accounts.tokens import Closer, TokenService
from aglais_hub.bookings.service import (
    AvailabilityService,
    BookingService,
    CapacityService,
    ClusterService,
    DecisionService,
    Preparer,
    Requests,
    SessionService,
    Sweeper,
)
from aglais_hub.bookings.times import parse_duration
from aglais_hub.bookings.verify import plant
from aglais_hub.clock import Clock, SystemClock
from aglais_hub.clusters.host import LOCAL, measure_host
from aglais_hub.clusters.kubernetes import Kubernetes
from aglais_hub.clusters.rules import MIB, Amount, Counting
from aglais_hub.clusters.service import NodeService, Others
from aglais_hub.clusters.vouching import Vouching
from aglais_hub.database import Database, make_database
from aglais_hub.errors import InvalidValueError
from aglais_hub.packages.rules import tile
from aglais_hub.packages.service import PackageService
from aglais_hub.web.caller import Callers
from aglais_hub.web.hub import Hub

if TYPE_CHECKING:
    from aglais_hub.settings import Settings
    from aglais_hub.wire.resources import Resources

__all__ = ["Parts", "wire"]

PATH = "services/aglais/api/"


@dataclass
class Parts:
    """Everything that the application runs on."""

    settings: Settings
    clock: Clock
    hub: Hub
    callers: Callers
    accounts: AccountService
    emails: EmailService
    changes: ChangeService
    outbox: Outbox
    identities: IdentityService
    tokens: TokenService
    closer: Closer
    packages: PackageService
    requests: Requests
    bookings: BookingService
    availability: AvailabilityService
    capacity: CapacityService
    clusters: ClusterService
    decisions: DecisionService
    sessions: SessionService
    sweeper: Sweeper
    preparer: Preparer
    nodes: NodeService
    databases: list[Database]

    def enter(self, state: Any) -> None:
        """Put the parts into an application's state, where ``web.parts`` finds them."""
        for part in fields(self):
            setattr(state, part.name, getattr(self, part.name))

    def seed(self, capacity: Resources) -> None:
        """On a first start: this host's packages, and the grant of the cluster that it is, unless others are."""
        capacity = tile(capacity)
        self.packages.seed(capacity)
        if not self.settings.kubernetes_url:
            self.capacity.seed(LOCAL, capacity)

    def start(self, *, sweep: bool = True, send: bool = True) -> None:
        """Begin to work: with ``sweep``, to move what is due too; with ``send``, to send mails and close accounts."""
        settings = self.settings
        plant(self.requests.database, self.clock)
        self.seed(
            measure_host(
                reserve_cores=settings.reserve_cores,
                reserve_memory=settings.reserve_memory,
            )
        )
        if sweep:
            self.sweeper.start()
            self.preparer.start()
            self.nodes.start()
        if send:
            self.outbox.start()
            self.closer.start()

    def stop(self) -> None:
        """End all work and close every connection."""
        self.closer.stop()
        self.outbox.stop()
        self.nodes.stop()
        self.preparer.stop()
        self.sweeper.stop()
        self.hub.close()
        for database in self.databases:
            database.dispose()


def wire(
    settings: Settings, *, clock: Clock | None = None, hub: Hub | None = None, passwords: Passwords | None = None
) -> Parts:
    """Build everything from the settings; the clock, the hub and the hashing of passwords may be handed over.

    Raises ``InvalidValueError`` where the environment does not say how to reach the hub.
    """
    clock = clock or SystemClock()
    hub = hub or Hub(_told("JUPYTERHUB_API_URL"), _told("JUPYTERHUB_API_TOKEN"))
    url = "/" + PATH
    accounts_db, packages_db, bookings_db = databases = [
        make_database(settings.database_url(feature)) for feature in ("accounts", "packages", "bookings")
    ]
    packages = PackageService(database=packages_db, clock=clock, url=url)
    attempts = Attempts(accounts_db, clock)
    accounts = AccountService(database=accounts_db, clock=clock, settings=settings, attempts=attempts, url=url)
    outbox = Outbox(database=accounts_db, clock=clock, settings=settings, mailer=make_mailer(settings))
    emails, changes = _emails(accounts_db, clock, accounts, attempts, outbox, passwords or Passwords())
    absent_after = timedelta(seconds=settings.absent_seconds)
    vouching = Vouching(clock, timedelta(seconds=settings.verify_within) if settings.kubernetes_url else None)
    requests = _requests(settings, bookings_db, clock, packages=packages, accounts=accounts, vouching=vouching, url=url)
    capacity = CapacityService(requests, default_cluster=settings.default_pool if settings.kubernetes_url else LOCAL)
    sessions = SessionService(requests, duration=settings.session_duration)
    return Parts(
        settings=settings,
        clock=clock,
        hub=hub,
        callers=Callers(hub, accounts.has_ended),
        accounts=accounts,
        emails=emails,
        changes=changes,
        outbox=outbox,
        identities=IdentityService(database=accounts_db, clock=clock, settings=settings, accounts=accounts),
        tokens=TokenService(database=accounts_db, clock=clock, settings=settings, accounts=accounts, attempts=attempts),
        closer=Closer(database=accounts_db, clock=clock, hub=hub),
        packages=packages,
        requests=requests,
        bookings=BookingService(requests),
        availability=AvailabilityService(requests),
        capacity=capacity,
        clusters=ClusterService(requests, capacity),
        decisions=DecisionService(bookings_db, url),
        sessions=sessions,
        sweeper=Sweeper(requests, hub=hub, every=settings.sweep_seconds, absent_after=absent_after),
        preparer=Preparer(requests, hub=hub, every=settings.sweep_seconds, at_once=settings.prepare_at_once),
        nodes=_nodes(settings, clock, Others(capacity, sessions, accounts, hub), vouching),
        databases=databases,
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


def _emails(
    database: Database,
    clock: Clock,
    accounts: AccountService,
    attempts: Attempts,
    outbox: Outbox,
    passwords: Passwords,
) -> tuple[EmailService, ChangeService]:
    emails = EmailService(
        database=database, clock=clock, accounts=accounts, attempts=attempts, outbox=outbox, passwords=passwords
    )
    changes = ChangeService(
        database=database, clock=clock, attempts=attempts, outbox=outbox, passwords=passwords, emails=emails
    )
    return emails, changes


def _nodes(settings: Settings, clock: Clock, others: Others, vouching: Vouching) -> NodeService:
    api = None
    if settings.kubernetes_url:
        api = Kubernetes(
            settings.kubernetes_url, token_file=settings.kubernetes_token_file, ca_file=settings.kubernetes_ca_file
        )
    counting = Counting(
        label=settings.pool_label,
        pool=settings.default_pool,
        gpu=settings.kubernetes_gpu,
        reserve=Amount(round(settings.node_reserve_cores * 1000), settings.node_reserve_memory * MIB),
        spare=settings.spare_nodes,
    )
    return NodeService(
        api,
        others,
        vouching,
        clock=clock,
        counting=counting,
        every=settings.node_seconds,
        grace=timedelta(seconds=settings.node_grace),
    )


def _told(variable: str) -> str:
    value = os.environ.get(variable, "")
    if not value:
        raise InvalidValueError(
            f"{variable} is not set.", field=variable, help="`aglais up` sets it; else name the hub's API and a token."
        )
    return value

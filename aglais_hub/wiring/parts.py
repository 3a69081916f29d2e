"""Everything that the application runs on, and how it begins to work and ends."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from aglais_hub.accounts.admin.changes import Trail
from aglais_hub.accounts.admin.invitations import InvitationService
from aglais_hub.accounts.admin.service import AdminService
from aglais_hub.accounts.admin.transfer import TransferService
from aglais_hub.accounts.archive.service import ArchiveService
from aglais_hub.accounts.email.changes import ChangeService
from aglais_hub.accounts.email.outbox import Outbox
from aglais_hub.accounts.email.service import EmailService
from aglais_hub.accounts.endings.ender import Ender
from aglais_hub.accounts.endings.service import EndingService
from aglais_hub.accounts.groups.service import GroupService
from aglais_hub.accounts.identities import IdentityService
from aglais_hub.accounts.keys.service import KeyService
from aglais_hub.accounts.merging.service import MergeService
from aglais_hub.accounts.service import AccountService
from aglais_hub.accounts.tokens import TokenService
from aglais_hub.accounts.workshops.service import WorkshopService
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
from aglais_hub.bookings.verify import plant
from aglais_hub.clock import Clock
from aglais_hub.clusters.host import LOCAL, measure_host
from aglais_hub.clusters.service import NodeService
from aglais_hub.database import Database
from aglais_hub.packages.rules import tile
from aglais_hub.packages.service import PackageService
from aglais_hub.storage.keeper import Keeper
from aglais_hub.storage.service import StorageService
from aglais_hub.web.caller import Callers
from aglais_hub.web.hub import Hub

if TYPE_CHECKING:
    from aglais_hub.settings import Settings
    from aglais_hub.wire.resources import Resources

__all__ = ["Parts"]


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
    keys: KeyService
    archives: ArchiveService
    endings: EndingService
    ender: Ender
    admin: AdminService
    groups: GroupService
    trail: Trail
    invitations: InvitationService
    merging: MergeService
    transfer: TransferService
    workshops: WorkshopService
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
    storage: StorageService
    keeper: Keeper
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

    def start(self, *, sweep: bool = True, send: bool = True, keep: bool = True) -> None:
        """Begin to work: with ``sweep``, to move what is due too; with ``send``, to send mails and end accounts.

        With ``keep``, to warn of what will be deleted, and to delete it.
        """
        settings = self.settings
        plant(self.requests.database, self.clock)
        self.seed(
            measure_host(
                reserve_cores=settings.reserve_cores,
                reserve_memory=settings.reserve_memory,
            )
        )
        if sweep:
            self.sweeper.loop.start()
            self.preparer.loop.start()
            self.nodes.start()
        if send:
            self.keys.renew()
            self.outbox.loop.start()
            self.ender.loop.start()
            self.trail.loop.start()
            self.merging.loop.start()
            self.groups.loop.start()
        if keep:
            self.keeper.loop.start()

    def stop(self) -> None:
        """End all work and close every connection."""
        self.keeper.loop.stop()
        self.groups.loop.stop()
        self.merging.loop.stop()
        self.trail.loop.stop()
        self.ender.loop.stop()
        self.outbox.loop.stop()
        self.nodes.stop()
        self.preparer.loop.stop()
        self.sweeper.loop.stop()
        self.hub.close()
        for database in self.databases:
            database.dispose()

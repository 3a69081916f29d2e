"""Builds everything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aglais_hub.accounts.admin.changes import Trail
from aglais_hub.accounts.admin.invitations import InvitationService
from aglais_hub.accounts.admin.service import AdminService
from aglais_hub.accounts.admin.transfer import TransferService
from aglais_hub.accounts.email.passwords import Passwords
from aglais_hub.accounts.endings.service import EndingService
from aglais_hub.accounts.identities import IdentityService
from aglais_hub.accounts.keys.service import KeyService
from aglais_hub.accounts.tokens import TokenService
from aglais_hub.accounts.workshops.service import WorkshopService
from aglais_hub.bookings.service import (
    AvailabilityService,
    ClusterService,
    DecisionService,
)
from aglais_hub.clock import Clock
from aglais_hub.web.hub import Hub
from aglais_hub.wiring.ground import lay
from aglais_hub.wiring.parts import Parts
from aglais_hub.wiring.rooms import (
    make_archives,
    make_emails,
    make_ender,
    make_groups,
    make_merging,
    make_movers,
    make_reach,
    make_storage,
)

if TYPE_CHECKING:
    from aglais_hub.settings import Settings

__all__ = ["wire"]


def wire(
    settings: Settings, *, clock: Clock | None = None, hub: Hub | None = None, passwords: Passwords | None = None
) -> Parts:
    """Build everything from the settings; the clock, the hub and the hashing of passwords may be handed over.

    Raises ``InvalidValueError`` where the environment does not say how to reach the hub.
    """
    ground = lay(settings, clock, hub)
    of_accounts, requests, url = ground.of_accounts, ground.requests, ground.url
    alone: dict[str, Any] = {"database": ground.databases.accounts, "clock": ground.clock}
    trail, keys = Trail(**alone, url=url), KeyService(**alone, settings=settings, url=url)
    groups, storage = make_groups(ground), make_storage(ground)
    reach = make_reach(ground, keys, groups, storage)
    admin = AdminService(**of_accounts, reach=reach, outbox=ground.outbox, settings=settings, url=url)
    endings = EndingService(**of_accounts, forget=ground.callers.forget, farewell=ground.outbox.farewell)
    return Parts(
        settings=settings,
        clock=ground.clock,
        hub=ground.hub,
        callers=ground.callers,
        accounts=ground.accounts,
        **make_emails(ground, passwords or Passwords()),
        outbox=ground.outbox,
        identities=IdentityService(**of_accounts, settings=settings, attempts=ground.attempts),
        tokens=TokenService(**of_accounts, settings=settings, attempts=ground.attempts),
        endings=endings,
        ender=make_ender(ground, endings, storage, groups),
        admin=admin,
        transfer=TransferService(**of_accounts, settings=settings, admin=admin, outbox=ground.outbox),
        trail=trail,
        keys=keys,
        archives=make_archives(ground, keys, groups, storage, trail),
        invitations=InvitationService(**alone, attempts=ground.attempts, outbox=ground.outbox, url=url),
        merging=make_merging(ground, endings.end, [keys.move, storage.move, groups.move]),
        groups=groups,
        workshops=WorkshopService(**of_accounts, settings=settings, reach=reach, url=url),
        packages=ground.packages,
        requests=requests,
        bookings=ground.bookings,
        sessions=ground.sessions,
        capacity=ground.capacity,
        availability=AvailabilityService(requests),
        clusters=ClusterService(requests, ground.capacity),
        decisions=DecisionService(requests.database, url),
        nodes=ground.nodes,
        storage=storage,
        **make_movers(ground, storage),
        databases=list(ground.databases),
    )

"""The rooms that take more than a line to build."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from aglais_hub.accounts.admin.changes import Trail
from aglais_hub.accounts.admin.service import Reach
from aglais_hub.accounts.archive.service import ArchiveService
from aglais_hub.accounts.email.changes import ChangeService
from aglais_hub.accounts.email.passwords import Passwords
from aglais_hub.accounts.email.service import EmailService
from aglais_hub.accounts.endings.ender import Ender, Step
from aglais_hub.accounts.endings.service import EndingService
from aglais_hub.accounts.groups.service import GroupService
from aglais_hub.accounts.keys.service import KeyService
from aglais_hub.accounts.merging.service import MergeService
from aglais_hub.bookings.service import (
    BudgetService,
    DecisionService,
    Preparer,
    Sweeper,
)
from aglais_hub.chapters import bookings_of, changes_of, decisions_of
from aglais_hub.clusters.rules import MIB
from aglais_hub.policy import load_policy
from aglais_hub.storage.keeper import Keeper
from aglais_hub.storage.service import StorageService
from aglais_hub.wire.admin import SpaceUse
from aglais_hub.wire.policy import SPACES

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from aglais_hub.wiring.ground import Ground

__all__ = [
    "make_archives",
    "make_emails",
    "make_ender",
    "make_groups",
    "make_merging",
    "make_movers",
    "make_reach",
    "make_storage",
]


def make_groups(ground: Ground) -> GroupService:
    """What groups are, and may use."""
    return GroupService(
        database=ground.databases.accounts,
        clock=ground.clock,
        attempts=ground.attempts,
        budgets=BudgetService(ground.requests),
        folders=ground.disks.folders,
        size=ground.settings.group_space,
        url=ground.url,
    )


def make_reach(ground: Ground, keys: KeyService, groups: GroupService, storage: StorageService) -> Reach:
    """How far an admin's hand goes beyond the accounts."""
    bookings, hub, packages = ground.bookings, ground.hub, ground.packages

    def spaces(names: Collection[str]) -> list[SpaceUse]:
        homes = storage.of(names)
        used = {space: [home.spaces.get(space, (0, 0)) for home in homes] for space in SPACES}
        return [
            SpaceUse(space=space, files=sum(files for files, _ in all_), size=-(-sum(size for _, size in all_) // MIB))
            for space, all_ in used.items()
        ]

    return Reach(
        has_server=lambda name: name in hub.servers(),
        servers=hub.servers,
        stop_server=hub.stop_server,
        log_out=hub.end_sessions,
        forget=ground.callers.forget,
        release=bookings.release,
        bookings=bookings.number,
        spaces=spaces,
        keys=keys.number,
        groups=groups.of,
        is_package=lambda name: any(package.name == name for package in packages.select().rows),
    )


def make_ender(ground: Ground, endings: EndingService, storage: StorageService, groups: GroupService) -> Ender:
    """What ends accounts."""
    # What each feature does about an account that is gone, beside what goes with its row.
    steps: dict[str, Step] = {
        "bookings": ground.bookings.erase,
        "storage": lambda name, _pseudonym: storage.erase(name),
        "groups": groups.leave_all,
        "namespace": lambda name, _pseudonym: ground.nodes.erase(name),
    }
    return Ender(
        endings,
        hub=ground.hub,
        steps=steps,
        release=ground.bookings.release,
        databases=ground.databases,
        every=ground.settings.sweep_seconds,
    )


def make_movers(ground: Ground, storage: StorageService) -> dict[str, Any]:
    """What is done by the clock."""
    settings, requests, hub = ground.settings, ground.requests, ground.hub
    absent_after = timedelta(seconds=settings.absent_seconds)
    return {
        "sweeper": Sweeper(requests, hub=hub, every=settings.sweep_seconds, absent_after=absent_after),
        "preparer": Preparer(requests, hub=hub, every=settings.sweep_seconds, at_once=settings.prepare_at_once),
        "keeper": Keeper(storage, clock=ground.clock, hub=hub, homes=ground.disks.homes),
    }


def make_storage(ground: Ground) -> StorageService:
    """What homes hold, and may."""
    return StorageService(
        database=ground.databases.storage,
        clock=ground.clock,
        accounts=ground.accounts,
        outbox=ground.outbox,
        policy=load_policy(ground.settings.policy),
        url=ground.url,
        page=f"{ground.settings.url}hub/storage",
    )


def make_merging(
    ground: Ground, end: Callable[[str], object], moves: Sequence[Callable[[str, str], None]]
) -> MergeService:
    """What makes an account part of another."""
    return MergeService(
        database=ground.databases.accounts,
        clock=ground.clock,
        hub=ground.hub,
        yields=ground.bookings.give,
        release=ground.bookings.release,
        moves=moves,
        homes=ground.disks.homes,
        end=end,
    )


def make_emails(ground: Ground, passwords: Passwords) -> dict[str, Any]:
    """Addresses and passwords."""
    shared: dict[str, Any] = {
        "database": ground.databases.accounts,
        "clock": ground.clock,
        "attempts": ground.attempts,
        "outbox": ground.outbox,
        "passwords": passwords,
    }
    emails = EmailService(accounts=ground.accounts, **shared)
    return {"emails": emails, "changes": ChangeService(emails=emails, **shared)}


def make_archives(
    ground: Ground, keys: KeyService, groups: GroupService, storage: StorageService, trail: Trail
) -> ArchiveService:
    """All that is known of an account, chapter by chapter."""
    decisions = DecisionService(ground.databases.bookings, ground.url)
    return ArchiveService(
        accounts=ground.accounts,
        attempts=ground.attempts,
        clock=ground.clock,
        chapters=(
            ("account", ground.accounts.get),
            ("keys", keys.list),
            ("groups", groups.select),
            ("bookings", bookings_of(ground.bookings)),
            ("decisions", decisions_of(decisions)),
            ("storage", storage.get),
            ("changes", changes_of(trail)),
        ),
        homes=ground.disks.homes,
        url=ground.settings.url,
    )

"""What a session on Kubernetes gets, from its booking: the server, the executors beside it, and all of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aglais_lab.spark_sizes import Amount, Division, Parts, divide, undivided

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from aglais_hub.wire.bookings import Booking
    from aglais_hub.wire.packages import PackageSize

__all__ = ["Plan", "plan_session"]


@dataclass(frozen=True)
class Plan:
    """A session as Kubernetes is told of it. Disks are in MiB.

    ``limit`` is what all of its pods may have together, and ``guarantee`` the part of it that is kept for them
    whatever others do; ``server_guarantee`` is the server's part of that. ``division`` has each pod's limit.
    ``folders`` are the volume claims of the shared folders of the account's groups, by group.
    """

    booking: str
    package: str
    sharing: str
    limit: Amount
    guarantee: Amount
    server_guarantee: Amount
    division: Division
    temporary: int
    user: int
    gpus: int
    cluster: str = ""
    folders: Mapping[str, str] = field(default_factory=dict)

    @property
    def pods(self) -> int:
        """How many pods the session has at most: the server, and the executors."""
        return 1 + self.division.executors


def plan_session(
    booking: Booking,
    size: PackageSize,
    *,
    executors: bool,
    overcommit: Decimal,
    node: Amount | None,
    least_temporary: int,
) -> Plan:
    """Plan the session of ``booking``, whose resources ``size`` divides.

    Without ``executors`` the session is one pod, with Spark in it. So is a shared one, since Spark asks for all of an
    executor's memory at once; it is guaranteed what it claims, its cores and memory divided by the cluster's
    ``overcommit``. Others are guaranteed all they have. ``node`` is the most that one pod may have, where that is
    known. A booking without temporary disk gets ``least_temporary``, as no program does entirely without.
    """
    temporary = size.temporary or least_temporary
    parts = Parts(
        notebook=_amount(size.notebook.cores, size.notebook.memory),
        workers=size.workers.count,
        worker=_amount(size.workers.cores, size.workers.memory),
        temporary=temporary,
    )
    whole, shared = parts.whole, booking.sharing == "shared"
    division = divide(parts, node) if executors and not shared else undivided(parts, node)
    guarantee = _guaranteed(whole, overcommit) if shared else whole
    return Plan(
        booking=booking.id,
        package=booking.package or "",
        sharing=booking.sharing,
        limit=whole,
        guarantee=guarantee,
        server_guarantee=guarantee.within(division.server) if shared else division.server,
        division=division,
        temporary=temporary,
        user=size.user,
        gpus=size.gpus,
        cluster=booking.cluster,
    )


def _amount(cores: Decimal, memory: int) -> Amount:
    return Amount(int(cores * 1000), memory)


def _guaranteed(whole: Amount, overcommit: Decimal) -> Amount:
    """As the timeline counts a shared booking: rounded down, but something of what there is."""
    cores, memory = (have and max(1, int(have / overcommit)) for have in (whole.millicores, whole.memory))
    return Amount(cores, memory)

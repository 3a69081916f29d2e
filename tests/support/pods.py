"""Plans of sessions on Kubernetes, any and chosen ones, and the pods that KubeSpawner would send for them."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st
from kubernetes_asyncio.client import ApiClient
from traitlets.config import Config

from aglais_hub.wire.bookings import Booking
from aglais_hub.wire.packages import PackageSize, Part, Workers
from aglais_lab.spark_sizes import Amount
from aglais_spawner import KubeBookingSpawner
from aglais_spawner.kube_plan import Plan, plan_session

__all__ = ["as_json", "booking", "package", "plan", "plans", "pod_of", "sizes", "spawner_for"]

NOON = datetime(2026, 6, 8, 12, tzinfo=UTC)


def booking(size: PackageSize, sharing: str = "managed", package: str | None = "small") -> Booking:
    return Booking(
        id="0b7c6f0e-0000-4000-8000-000000000001",
        url="/b",
        account="mock@name",
        phase="RUNNING",
        version=1,
        package=package,
        package_version=1,
        cluster="pool",
        sharing=sharing,
        resources=size.resources,
        spans=[],
        start=NOON,
        end=NOON + timedelta(hours=2),
        created=NOON,
        modified=NOON,
        until=NOON + timedelta(hours=2),
    )


def package(*, cores: str = "1", memory: int = 4096, workers: int = 2, **more) -> PackageSize:
    part = {"cores": Decimal(cores), "memory": memory}
    return PackageSize(notebook=Part(**part), workers=Workers(count=workers, **part), **more)


def plan(size: PackageSize, sharing: str = "managed", **more) -> Plan:
    fields = {"executors": True, "overcommit": Decimal(4), "node": None, "least_temporary": 1024}
    return plan_session(booking(size, sharing), size, **(fields | more))


async def as_json(made: Any) -> Any:
    async with ApiClient() as client:
        return client.sanitize_for_serialization(made)


def spawner_for(made: Plan, **classes: dict) -> KubeBookingSpawner:
    spawner = KubeBookingSpawner(_mock=True, config=Config(classes))
    spawner.take(made)
    return spawner


def pod_of(made: Plan, **classes: dict) -> dict:
    """The pod that would be sent, as JSON; ``classes`` are settings by class."""

    async def make() -> dict:
        return await as_json(await spawner_for(made, **classes).get_pod_manifest())

    return asyncio.run(make())


cores = st.one_of(st.integers(0, 4000), st.integers(0, 128_000)).map(lambda count: Decimal(count) / 1000)
memories = st.one_of(st.integers(1, 8192), st.integers(1, 1_000_000))
disks = st.integers(0, 1_000_000)
sizes = st.builds(
    PackageSize,
    notebook=st.builds(Part, cores=cores.filter(bool), memory=memories),
    workers=st.builds(Workers, count=st.integers(0, 12), cores=cores, memory=memories),
    temporary=disks,
    user=disks,
    gpus=st.integers(0, 4),
)
plans = st.builds(
    plan,
    sizes,
    st.sampled_from(["shared", "managed", "reserved"]),
    executors=st.booleans(),
    overcommit=st.sampled_from([Decimal(1), Decimal("1.5"), Decimal(10)]),
    node=st.none() | st.builds(Amount, st.integers(100, 64_000), st.integers(1024, 500_000)),
)

"""What is put around a session on a cluster, and in which order."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from aglais_spawner.kube_api import SESSION_KINDS
from aglais_spawner.kube_objects import (
    SESSION,
    limit_range,
    network_policy,
    priority_quota,
    resource_quota,
    role,
    role_binding,
    service_account,
)
from aglais_spawner.kube_queue import KUEUE, KUEUE_GROUP

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aglais_spawner.kube_api import Namespace
    from aglais_spawner.kube_objects import Identity
    from aglais_spawner.kube_plan import Plan
    from aglais_spawner.kube_queue import Queue

__all__ = ["Fences"]


@dataclass(frozen=True)
class Fences:
    """Those of one session, whose ``identity`` has no owner yet; ``objects`` is the account's namespace.

    ``queue`` is where its executors wait. Every method raises what ``objects`` raises.
    """

    objects: Namespace
    identity: Identity
    plan: Plan
    gpu: str
    hub_namespace: str
    blocked: Sequence[str]
    queue: Queue | None

    async def prepare(self, annotations: Mapping[str, str | None], *, is_clean: bool) -> None:
        """What has to be there before the session's pod: the cluster lets none in without its service account.

        Unless the namespace is known to be clean, what others have left goes: of a session whose hub was killed.
        """
        policy = network_policy(self.identity, hub_namespace=self.hub_namespace, blocked=self.blocked)
        others = f"{SESSION},{SESSION}!={self.identity.name}"
        await asyncio.gather(
            self.objects.annotate(annotations),
            self.objects.remove(*(() if is_clean else SESSION_KINDS), labels=others),
            self.objects.create(service_account(self.identity), policy),
        )

    async def put_up(self, pod: Mapping[str, Any]) -> None:
        """What the session of ``pod`` may not; and then what it may. All of it goes with the pod."""
        of_pod = pod["metadata"]
        owner = {"apiVersion": "v1", "kind": "Pod", "name": of_pod["name"], "uid": of_pod["uid"]}
        owned = replace(self.identity, owner=owner)
        await asyncio.gather(
            self.objects.create(
                # Not before the pod: a quota whose use is not counted yet lets no pod in.
                resource_quota(owned, self.plan, self.gpu),
                limit_range(owned, self.plan),
                priority_quota(owned, pod["spec"].get("priorityClassName", "")),
            ),
            self.objects.give_owner("NetworkPolicy", owned),
            self.objects.give_owner("ServiceAccount", owned),
        )
        if self.plan.division.executors:
            await self._let_in_executors(owned)

    async def _let_in_executors(self, owned: Identity) -> None:
        queue = self.queue
        if queue is not None and queue.queue_class == KUEUE:
            await self.objects.create_custom(KUEUE_GROUP, partial(queue.local_queue, owned), "localqueues")
        await self.objects.create(role(owned, queue.rules(owned.name) if queue else ()))
        # Only what is there can be given.
        await self.objects.create(role_binding(owned))

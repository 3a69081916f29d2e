"""What the lab is told of its executors: as variables, which ``aglais_lab.spark_settings`` turns into Spark's."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aglais_spawner.kube_plan import Plan
    from aglais_spawner.kube_pod import PodRules

__all__ = ["executor_environment"]

_OF_THE_POD = {
    "AGLAIS_POD": "metadata.name",
    "AGLAIS_POD_NAMESPACE": "metadata.namespace",
    "AGLAIS_POD_ADDRESS": "status.podIP",
}


def executor_environment(plan: Plan, rules: PodRules, *, image: str, priority: str) -> list[dict[str, Any]]:
    """The variables, as a manifest has them; none where Spark runs its tasks in the server.

    Executors are like the server's pod: its ``image``, its ``priority`` class, its place, the operator's volumes. But
    where there is a queue, they wait in it.
    """
    division, queue = plan.division, rules.queue
    if not division.executors:
        return []
    labels = {**rules.labels, **(queue.labels(rules.service_account) if queue else {})}
    said = {
        "AGLAIS_EXECUTORS": str(division.executors),
        "AGLAIS_EXECUTOR_MILLICORES": str(division.executor.millicores),
        "AGLAIS_EXECUTOR_MEMORY": str(division.executor.memory),
        "AGLAIS_EXECUTOR_TEMPORARY": str(division.executor_temporary),
        "AGLAIS_EXECUTOR_IMAGE": image,
        "AGLAIS_EXECUTOR_ACCOUNT": rules.service_account,
        "AGLAIS_EXECUTOR_LABELS": ",".join(f"{name}={value}" for name, value in labels.items()),
        "AGLAIS_EXECUTOR_NODES": "=".join(rules.nodes) if rules.nodes else "",
        "AGLAIS_EXECUTOR_AFFINITY": json.dumps(list(rules.affinity)),
        "AGLAIS_EXECUTOR_PRIORITY": priority,
        "AGLAIS_EXECUTOR_SCHEDULER": queue.scheduler if queue else "",
        "AGLAIS_EXECUTOR_DISKS": json.dumps({"volumes": list(rules.volumes), "volumeMounts": list(rules.mounts)}),
    }
    fields = {name: {"fieldRef": {"fieldPath": path}} for name, path in _OF_THE_POD.items()}
    return [
        *({"name": name, "value": value} for name, value in said.items()),
        *({"name": name, "valueFrom": source} for name, source in fields.items()),
    ]

"""Spark's settings under a booking: one place that turns what a session has into what Spark is told.

On one host Spark is one Java process, which runs its tasks itself. On Kubernetes that process, the driver, is in the
server's pod, and its executors are pods of their own, as ``Executors`` says. Everything here is a pure function.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aglais_lab.spark_sizes import Amount, driver_size, executor_size, threads

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aglais_lab.booked import BookedResources

__all__ = ["Executors", "executor_template", "spark_settings"]

_IDLE_SECONDS = 60
"""An executor that has nothing to do for so long is given back, so that another notebook of the session may have it."""

_SHUFFLE_SECONDS = 600
"""The same for one that holds what a job left between its stages: that can be computed again."""

_FAILURES = 1_000_000_000
"""An executor that is refused while others of the session have them all counts as one that failed; it is no reason to
end. Every second one more is asked for."""

_CACHE_SECONDS = 1800
"""The same for one that holds data somebody wanted kept in memory."""


@dataclass(frozen=True)
class Executors:
    """Executors as pods beside the server's: at most ``count``, each of ``size`` with ``temporary`` MiB of disk.

    ``api`` is the cluster's address. ``pod`` is the server's own, at ``address``; executors belong to it and are in its
    ``namespace``, and have its ``image``, service ``account``, ``labels`` and ``priority`` class, and where it runs on
    nodes with a label and a taint, the same ``nodes``; ``affinity`` are the terms of the nodes that it is kept to.
    ``volumes`` and ``mounts`` are data that the server has too. Where they have a ``scheduler`` of their own, it has a
    queue for them.
    """

    count: int
    size: Amount
    temporary: int
    api: str
    namespace: str
    pod: str
    address: str
    image: str
    account: str
    labels: Mapping[str, str]
    nodes: tuple[str, str] | None
    affinity: Sequence[Mapping[str, Any]]
    priority: str
    volumes: Sequence[Mapping[str, Any]]
    mounts: Sequence[Mapping[str, Any]]
    scheduler: str = ""

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Executors | None:
        """What the spawner says of them; ``None`` where Spark runs its tasks in the server."""
        count = int(environ.get("AGLAIS_EXECUTORS", "0") or 0)
        if not count:
            return None
        host = environ["KUBERNETES_SERVICE_HOST"]
        host = f"[{host}]" if ":" in host else host
        pairs = (pair.partition("=") for pair in environ["AGLAIS_EXECUTOR_LABELS"].split(",") if pair)
        label, _, value = environ.get("AGLAIS_EXECUTOR_NODES", "").partition("=")
        disks = json.loads(environ.get("AGLAIS_EXECUTOR_DISKS") or "{}")
        return cls(
            count=count,
            size=Amount(int(environ["AGLAIS_EXECUTOR_MILLICORES"]), int(environ["AGLAIS_EXECUTOR_MEMORY"])),
            temporary=int(environ["AGLAIS_EXECUTOR_TEMPORARY"]),
            api=f"https://{host}:{environ.get('KUBERNETES_SERVICE_PORT', '443')}",
            namespace=environ["AGLAIS_POD_NAMESPACE"],
            pod=environ["AGLAIS_POD"],
            address=environ["AGLAIS_POD_ADDRESS"],
            image=environ["AGLAIS_EXECUTOR_IMAGE"],
            account=environ["AGLAIS_EXECUTOR_ACCOUNT"],
            labels={name: value for name, _, value in pairs},
            nodes=(label, value) if label else None,
            affinity=json.loads(environ.get("AGLAIS_EXECUTOR_AFFINITY") or "[]"),
            priority=environ.get("AGLAIS_EXECUTOR_PRIORITY", ""),
            volumes=disks.get("volumes", ()),
            mounts=disks.get("volumeMounts", ()),
            scheduler=environ.get("AGLAIS_EXECUTOR_SCHEDULER", ""),
        )


def spark_settings(resources: BookedResources, folder: Path, executors: Executors | None = None) -> dict[str, str]:
    """Every setting that follows from what the session has, with its unit; ``folder`` is the session's own for Spark.

    Raises ``TooLittleMemoryError`` where Spark can't run in the server.
    """
    where = _in_server(resources) if executors is None else _on_cluster(executors, folder)
    return {**_driver(resources), **where}


def _driver(resources: BookedResources) -> dict[str, str]:
    """The process beside the notebook, and what is the same wherever the tasks run."""
    driver = driver_size(resources.server.memory)
    log = Path(__file__).with_name("log4j2.properties")
    java = [
        f"-Dlog4j2.configurationFile={log.as_uri()}",
        "-XX:ReservedCodeCacheSize=96m",
        *_java(threads(resources.server.cores)),
    ]
    return {
        "spark.driver.memory": f"{driver.heap}m",
        "spark.driver.maxResultSize": f"{driver.result}m",
        "spark.driver.extraJavaOptions": " ".join(java),
        "spark.pyspark.python": sys.executable,
        "spark.sql.catalogImplementation": "in-memory",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.execution.arrow.pyspark.enabled": "true",
        "spark.ui.killEnabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.ui.retainedJobs": "100",
        "spark.ui.retainedStages": "100",
        "spark.sql.ui.retainedExecutions": "50",
    }


def _java(cores: int) -> list[str]:
    """Options of a Java process that has so many cores."""
    options = ["-Xss1m", "-XX:-UsePerfData"]
    if cores == 1:
        # A collector with threads of its own and the slow compiler only get in its way.
        options += ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
    return options


def _in_server(resources: BookedResources) -> dict[str, str]:
    tasks = threads(resources.server.cores)
    return {
        "spark.master": f"local[{tasks}]",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        **_parallelism(tasks),
    }


def _on_cluster(executors: Executors, folder: Path) -> dict[str, str]:
    size = executor_size(executors.size)
    scratch = "spark.kubernetes.executor.volumes.emptyDir.spark-local-dir-1"
    return {
        "spark.master": f"k8s://{executors.api}",
        "spark.driver.host": executors.address,
        "spark.driver.bindAddress": executors.address,
        **_parallelism(executors.count * size.tasks),
        "spark.executor.cores": str(size.tasks),
        "spark.executor.memory": f"{size.heap}m",
        "spark.executor.memoryOverhead": f"{size.overhead}m",
        "spark.executor.extraJavaOptions": " ".join(_java(size.tasks)),
        "spark.kubernetes.executor.request.cores": f"{executors.size.millicores}m",
        "spark.kubernetes.executor.limit.cores": f"{executors.size.millicores}m",
        "spark.kubernetes.namespace": executors.namespace,
        "spark.kubernetes.driver.pod.name": executors.pod,
        "spark.kubernetes.container.image": executors.image,
        "spark.kubernetes.authenticate.executor.serviceAccountName": executors.account,
        "spark.kubernetes.executor.podTemplateFile": str(folder / "executor.json"),
        # The image has what an executor needs; nothing of it is sent after it.
        "spark.kubernetes.executor.disableConfigMap": "true",
        # Where the server has it, too.
        # It makes no services and no volume claims, and may not ask for them.
        "spark.kubernetes.driver.service.deleteOnTermination": "false",
        "spark.kubernetes.driver.ownPersistentVolumeClaim": "false",
        "spark.kubernetes.driver.reusePersistentVolumeClaim": "false",
        f"{scratch}.mount.path": str(folder.parent),
        f"{scratch}.options.sizeLimit": f"{executors.temporary}Mi",
        **{f"spark.kubernetes.executor.label.{name}": value for name, value in executors.labels.items()},
        "spark.executor.maxNumFailures": str(_FAILURES),
        "spark.dynamicAllocation.enabled": "true",
        "spark.dynamicAllocation.shuffleTracking.enabled": "true",
        "spark.dynamicAllocation.minExecutors": "0",
        "spark.dynamicAllocation.initialExecutors": "1",
        "spark.dynamicAllocation.maxExecutors": str(executors.count),
        "spark.dynamicAllocation.executorIdleTimeout": f"{_IDLE_SECONDS}s",
        "spark.dynamicAllocation.shuffleTracking.timeout": f"{_SHUFFLE_SECONDS}s",
        "spark.dynamicAllocation.cachedExecutorIdleTimeout": f"{_CACHE_SECONDS}s",
    }


def _parallelism(tasks: int) -> dict[str, str]:
    return {"spark.default.parallelism": str(2 * tasks), "spark.sql.shuffle.partitions": str(2 * tasks)}


def executor_template(executors: Executors) -> dict[str, Any]:
    """The pod that Spark makes its executors from: the session's image, with no more rights than it needs."""
    spec: dict[str, Any] = {
        "volumes": list(executors.volumes),
        "automountServiceAccountToken": False,
        "securityContext": {"seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [
            {
                "name": "spark-executor",
                "volumeMounts": list(executors.mounts),
                "command": [sys.executable, "-m", "aglais_lab.spark_executor"],
                "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
            }
        ],
    }
    if executors.priority:
        spec["priorityClassName"] = executors.priority
    if executors.scheduler:
        spec["schedulerName"] = executors.scheduler
    if executors.affinity:
        required = {"nodeSelectorTerms": list(executors.affinity)}
        spec["affinity"] = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": required}}
    if executors.nodes is not None:
        label, value = executors.nodes
        spec["nodeSelector"] = {label: value}
        spec["tolerations"] = [{"key": label, "operator": "Equal", "value": value}]
    return {"apiVersion": "v1", "kind": "Pod", "spec": spec}

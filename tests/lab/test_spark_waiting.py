"""Why an executor does not run yet, from its pod as clusters write it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from aglais_lab.spark_settings import Executors
from aglais_lab.spark_sizes import Amount, Division
from aglais_lab.spark_waiting import reason_of, waiting_executors
from tests.support.session import beside_executors

if TYPE_CHECKING:
    from pathlib import Path

GATED = {"schedulingGates": [{"name": "kueue.x-k8s.io/admission"}]}
NO_NODE = {"reason": "Unschedulable", "message": "0/3 nodes are available: 3 Insufficient cpu."}


def pod(phase: str = "Pending", scheduled: dict[str, str] | None = None, **spec: Any) -> dict[str, Any]:
    """An executor; ``scheduled`` is what its scheduler says of it."""
    conditions = [] if scheduled is None else [{"type": "PodScheduled", "status": "False", **scheduled}]
    return {"metadata": {}, "spec": spec, "status": {"phase": phase, "conditions": conditions}}


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (pod(**GATED), "queued"),
        (pod(scheduled={"reason": "SchedulingGated"}), "queued"),
        (pod(schedulerName="yunikorn"), "queued"),
        (pod(scheduled={"reason": "SchedulingSkipped"}, schedulerName="yunikorn"), "full"),
        (pod(scheduled=NO_NODE, schedulerName="yunikorn"), "no_machine"),
        (pod(scheduled=NO_NODE, schedulerName="default-scheduler"), "no_machine"),
        (pod(schedulerName="default-scheduler"), "starting"),
        (pod(), "starting"),
        (pod(scheduled={"status": "True"}, schedulerName="yunikorn"), "starting"),
        (pod("Running", {"status": "True"}), None),
        (pod("Failed", NO_NODE), None),
        (pod(**GATED) | {"metadata": {"deletionTimestamp": "2026-06-08T12:00:00Z"}}, None),
    ],
)
def test_each_executor_that_waits_has_one_reason(found: dict[str, Any], reason: str | None) -> None:
    assert reason_of(found) == reason


def test_where_there_is_no_cluster_none_is_known_to_wait(tmp_path: Path) -> None:
    small = Division(Amount(300, 1536), 2, Amount(200, 1200), 512, 512)
    executors = Executors.from_environment(beside_executors(small) | {"KUBERNETES_SERVICE_HOST": "127.0.0.1"})
    assert executors is not None
    assert asyncio.run(waiting_executors(executors, tmp_path)) == []

"""Executors that wait for their turn in a queue of the cluster's, while their server runs.

For YuniKorn stands a second scheduler of Kubernetes' own with YuniKorn's name, which takes the pods that name it. For
Kueue stands what answers as its visibility API does, behind the real API server.
"""

from __future__ import annotations

import asyncio
import shutil
import threading
from typing import TYPE_CHECKING, Any

import pytest

from aglais_hub.notebooks import run_remote
from aglais_lab.spark_settings import Executors
from aglais_lab.spark_waiting import Waiting, waiting_executors
from aglais_spawner.kube_objects import SESSION
from tests.kubernetes.executors import executors
from tests.kubernetes.sessions import amounts, pod_manifest
from tests.kubernetes.test_spark import ask_lab
from tests.support.kubernetes.kueue import Kueue, kueue_beside
from tests.support.notebooks import write
from tests.support.product import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.kubernetes.sessions import Session, Sessions
    from tests.support.kubernetes.cluster import Cluster
    from tests.support.product import Product

pytestmark = [pytest.mark.kubernetes, pytest.mark.live, pytest.mark.spark, pytest.mark.timeout(1800)]

ADD = """
from pyspark.sql import SparkSession
from aglais_lab import result
spark = SparkSession.builder.getOrCreate()
result(total=spark.range(1000).selectExpr("sum(id) AS total").first().total)
"""


def test_executors_wait_for_the_scheduler_of_their_queue_and_run_once_it_takes_them(
    product: Product, sessions: Sessions, own_cluster: Cluster, tmp_path: Path
) -> None:
    session = sessions.start("queued")
    assert session.pod["spec"]["schedulerName"] == "default-scheduler"
    notebook = write(tmp_path / "add.ipynb", [ADD], package="queued", total=499_500)
    token = product.user(session.account)
    outcomes: list[Any] = []
    client = product.client(token)
    run = threading.Thread(target=lambda: outcomes.append(run_remote(notebook, client, product.url, token)))
    run.start()

    def told() -> dict[str, Any]:
        found: dict[str, Any] = ask_lab(product, session, "aglais/spark").json()
        return found["executors"]

    waits = {"used": 0, "booked": 2, "waiting": [{"count": 1, "reason": "queued", "place": None}]}
    wait_until(lambda: told() == waits, 300, every=1, saying="the lab tells of an executor in the queue")
    (pod,) = executors(session)
    assert pod["spec"]["schedulerName"] == "yunikorn"
    labels = pod["metadata"]["labels"]
    # YuniKorn's application is the Spark, by Spark's own label.
    assert (labels["yunikorn.apache.org/queue"], labels["spark-app-selector"][:6]) == ("root.batch", "spark-")
    namespace = session.admin.get(session.path).json()["metadata"]["annotations"]
    assert namespace["yunikorn.apache.org/parentqueue"] == "root.batch"
    assert not session.admin.send("PATCH", session.path, token=session.token(), json={}).is_success

    scheduler = own_cluster.control_plane.start_scheduler("yunikorn")
    wait_until(lambda: outcomes, 600, every=1, saying="the notebook has ended")
    assert outcomes[0].problems == []
    scheduler.terminate()
    scheduler.wait(60)
    run.join()


@pytest.fixture
def kueue(own_cluster: Cluster) -> Iterator[Kueue]:
    """Kueue in the cluster, as far as it can be had."""
    with kueue_beside(own_cluster) as beside:
        yield beside


def read_place(session: Session, folder: Path, token: str) -> list[Waiting]:
    """What the lab would tell: it has the variables of its pod, and its token."""
    values = {one["name"]: one.get("value", "") for one in session.pod["spec"]["containers"][0]["env"]}
    _, _, address = session.admin.url.partition("//")
    host, _, port = address.partition(":")
    there = {"KUBERNETES_SERVICE_HOST": host, "KUBERNETES_SERVICE_PORT": port}
    here = {"AGLAIS_POD": "", "AGLAIS_POD_NAMESPACE": session.namespace, "AGLAIS_POD_ADDRESS": ""}
    executors = Executors.from_environment(values | there | here)
    assert executors is not None
    (folder / "token").write_text(token)
    return asyncio.run(waiting_executors(executors, folder))


def test_a_session_reads_its_place_in_kueue_s_queue_and_chooses_no_other(
    sessions: Sessions, own_cluster: Cluster, kueue: Kueue, tmp_path: Path
) -> None:
    session = sessions.start("kueued")
    name = session.pod["metadata"]["labels"][SESSION]
    queues = f"/apis/kueue.x-k8s.io/v1beta1/namespaces/{session.namespace}/localqueues"
    (queue,) = wait_until(lambda: kueue.queues, 180, saying="the session has a queue")
    metadata = queue["metadata"]
    assert (metadata["namespace"], metadata["name"], queue["spec"]) == (
        session.namespace,
        name,
        {"clusterQueue": "batch"},
    )
    # It goes with the pod, as all else of the session.
    assert metadata["ownerReferences"][0]["uid"] == session.pod["metadata"]["uid"]
    wait_until(lambda: session.objects()["rolebindings"], 180, saying="the session has its rights")

    token = session.token()
    refused = [("POST", queues), ("PATCH", f"{queues}/{name}"), ("DELETE", f"{queues}/{name}"), ("GET", queues)]
    for method, path in refused:
        assert session.admin.send(method, path, token=token, json={}).status_code == 403, method
    visible = f"/apis/visibility.kueue.x-k8s.io/v1beta1/namespaces/{session.namespace}/localqueues"
    assert session.admin.get(f"{visible}/{name}/pendingworkloads", token=token).json()["items"] == []
    assert session.admin.get(f"{visible}/other/pendingworkloads", token=token).status_code == 403

    shutil.copy(own_cluster.control_plane.ca, tmp_path / "ca.crt")
    assert read_place(session, tmp_path, token) == []
    # Pods of this API server have no gates: this one waits for who does not come.
    executor = pod_manifest(container=amounts("100m", "256Mi"), schedulerName="nobody")
    executor["metadata"]["labels"] = {"spark-role": "executor", SESSION: name, "kueue.x-k8s.io/queue-name": name}
    assert session.admin.send("POST", f"{session.path}/pods", token=token, json=executor).is_success
    assert read_place(session, tmp_path, token) == [{"count": 1, "reason": "queued", "place": None}]
    kueue.waiting[:] = [("others", "theirs"), ("others", "theirs"), (session.namespace, name)]
    assert read_place(session, tmp_path, token) == [{"count": 1, "reason": "queued", "place": 3}]

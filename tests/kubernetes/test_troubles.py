"""What people see where the cluster does not do what it should, and what becomes of their time."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from aglais_hub.wire.bookings import Phase
from tests.support.ports import TLS
from tests.support.product import ADMIN_TOKEN, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.kubernetes.conftest import Given
    from tests.kubernetes.sessions import Sessions
    from tests.support.kubernetes.cluster import Cluster
    from tests.support.kubernetes.connection import Connection
    from tests.support.product import Product

pytestmark = [pytest.mark.kubernetes, pytest.mark.live, pytest.mark.timeout(1800)]

SECONDS = 120


def told(product: Product, account: str, words: str) -> dict[str, Any]:
    """The first event of the start that has ``words`` in it."""
    url = f"{product.url}hub/api/users/{account}/server/progress"
    headers = {"Authorization": f"token {ADMIN_TOKEN}"}
    deadline = time.monotonic() + SECONDS
    heard = []
    wait_until(lambda: product.server(account).get("pending") == "spawn", SECONDS, saying="the start is under way")
    with httpx.stream("GET", url, headers=headers, timeout=SECONDS, trust_env=False, verify=TLS) as events:
        for line in events.iter_lines():
            if line.startswith("data:"):
                event: dict[str, Any] = json.loads(line.removeprefix("data:"))
                heard.append(event["message"])
                if words in event["message"]:
                    return event
            assert time.monotonic() < deadline, heard
    raise AssertionError(heard)


class Page:
    """What somebody sees whose lab has gone away."""

    def __init__(self, product: Product, account: str) -> None:
        self._url = f"{product.url}user/{account}/lab"
        self._headers = {"Authorization": f"token {product.user(account)}", "Accept": "text/html"}

    def says(self, words: str) -> bool:
        """Whether it has these words in it."""
        page = httpx.get(self._url, headers=self._headers, verify=TLS, timeout=60, follow_redirects=True).text
        return words in page

    def wait(self, words: str) -> None:
        """Wait until it has these words in it."""
        wait_until(lambda: self.says(words), SECONDS, every=0.3, saying=f"the page says: {words}")


def phases(product: Product, account: str) -> list[Phase]:
    return [booking.phase for booking in product.client().bookings(account=account).rows]


@pytest.fixture
def cordon(cluster: Given) -> Iterator[Any]:
    """Close the nodes to pods that are still to come."""
    nodes = [node["metadata"]["name"] for node in cluster.admin.items("/api/v1/nodes")]

    def close(*, closed: bool = True) -> None:
        for name in nodes:
            cluster.admin.patch(f"/api/v1/nodes/{name}", {"spec": {"unschedulable": closed}})

    yield close
    close(closed=False)


def claim_that_waits(admin: Connection, account: str) -> None:
    """A disk of the account's that nobody makes."""
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": f"user-{account}"}}
    admin.post("/api/v1/namespaces", namespace)
    spec = {
        "storageClassName": "nobody",
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": "10Mi"}},
    }
    claim = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": f"claim-{account}"}}
    admin.post(f"/api/v1/namespaces/user-{account}/persistentvolumeclaims", {**claim, "spec": spec})


def test_a_start_says_what_it_waits_for_and_gives_time_back_where_it_fails(
    product: Product, cluster: Given, sessions: Sessions, cordon: Any
) -> None:
    no_image, no_disk, no_node = (sessions.account() for _ in range(3))
    claim_that_waits(cluster.admin, no_disk)
    ahead = product.client().book("with-disk", account=no_disk, duration="PT1H")
    with ThreadPoolExecutor(3) as starts:
        starts.submit(product.hub, "POST", f"users/{no_image}/server", json={"package": "unfetched"})
        starts.submit(product.hub, "POST", f"users/{no_disk}/server", json={"package": "with-disk"})
        assert "fetched" in told(product, no_image, "software of this package can't be")["message"]
        told(product, no_disk, "Waiting for your disk")
        cordon()
        starts.submit(product.hub, "POST", f"users/{no_node}/server", json={"package": "unfetched"})
        waiting = told(product, no_node, "Waiting for a machine with room")
        assert "time is lost" in waiting["message"]
        cordon(closed=False)
        # It was only late.
        told(product, no_node, "software of this package")
        failed = told(product, no_disk, "could not be made ready")
    assert failed["failed"]
    assert "Your booking stays yours until" in failed["message"]
    wait_until(lambda: not product.server(no_disk), saying="the start is over")
    assert product.client().booking(ahead.id).phase == Phase.AVAILABLE
    # A booking that was made for the start alone goes with it.
    wait_until(lambda: phases(product, no_image) == [Phase.COMPLETED], saying="its time is given back")


def test_a_quota_of_the_cluster_s_own_is_named(product: Product, cluster: Given, sessions: Sessions) -> None:
    account = sessions.account()
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": f"user-{account}"}}
    cluster.admin.post("/api/v1/namespaces", namespace)
    quota = {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "theirs"},
        "spec": {"hard": {"pods": "0"}},
    }
    cluster.admin.post(f"/api/v1/namespaces/user-{account}/resourcequotas", quota)
    answer = product.hub("POST", f"users/{account}/server", json={"package": "tiny"})
    assert answer.status_code == 503, answer.text
    assert answer.json()["error"]["code"] == "server_failed"
    assert "a quota of its own is used up" in answer.json()["message"]
    wait_until(lambda: phases(product, account) == [Phase.COMPLETED], saying="its time is given back")


def test_who_is_put_out_by_the_cluster_is_told_and_keeps_the_booking(
    product: Product, cluster: Given, sessions: Sessions
) -> None:
    session = sessions.start("tiny")
    page = Page(product, session.account)
    metadata = session.pod["metadata"]
    eviction = {"apiVersion": "policy/v1beta1", "kind": "Eviction", "metadata": {"name": metadata["name"]}}
    cluster.admin.post(f"{session.pod_path}/eviction", eviction)
    page.wait("machine is emptied")
    assert page.says("Your booking stays yours until")
    wait_until(lambda: phases(product, session.account) == [Phase.AVAILABLE], saying="the booking goes on")


def test_a_machine_short_of_memory_is_named(product: Product, own_cluster: Cluster, sessions: Sessions) -> None:
    session = sessions.start("tiny")
    page = Page(product, session.account)
    # As kubelet does it, which these nodes have none of.
    status = {"phase": "Failed", "reason": "Evicted", "message": "The node was low on resource: memory. "}
    own_cluster.admin.patch(f"{session.pod_path}/status", {"status": status})
    page.wait("was short of memory")
    wait_until(lambda: session.names("pods") == [], saying="no pod is left")


def test_a_lab_of_a_lost_machine_is_started_on_another(
    product: Product, own_cluster: Cluster, sessions: Sessions
) -> None:
    session = sessions.start("tiny")
    page = Page(product, session.account)
    node = session.pod["spec"]["nodeName"]
    own_cluster.kill_node(node)
    try:
        page.wait("ran on is lost")
        wait_until(lambda: phases(product, session.account) == [Phase.AVAILABLE], saying="the booking goes on")
        again = sessions.start("tiny", session.account)
        assert again.pod["spec"]["nodeName"] != node
        assert len(phases(product, session.account)) == 1
    finally:
        own_cluster.start_node(node)

"""What the API server forbids a session, whose token may make pods."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.kubernetes.sessions import Sessions, amounts, pod_manifest
from tests.support.product import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.kubernetes.conftest import Given
    from tests.kubernetes.sessions import Session
    from tests.support.kubernetes.cluster import Cluster
    from tests.support.product import Product

pytestmark = [pytest.mark.kubernetes, pytest.mark.live, pytest.mark.timeout(1800)]

SMALL = amounts("100m", "256Mi")


class Asking:
    """A session that asks the API server with its own token."""

    def __init__(self, cluster: Given, session: Session) -> None:
        self.session = session
        self._admin, self._token = cluster.admin, session.token()

    def may(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        """What comes of a request that is granted."""
        answer = self._admin.send(method, path, token=self._token, **options)
        assert answer.is_success, answer.text
        made: dict[str, Any] = answer.json()
        return made

    def may_not(self, method: str, path: str, *, status: int = 403, **options: Any) -> str:
        """Why a request is refused."""
        answer = self._admin.send(method, path, token=self._token, **options)
        assert answer.status_code == status, answer.text
        return str(answer.json()["message"])

    def may_not_run(self, *, status: int = 403, **spec: Any) -> str:
        """Why a pod is refused."""
        body = pod_manifest(**({"container": SMALL} | spec))
        return self.may_not("POST", f"{self.session.path}/pods", status=status, json=body)


@pytest.fixture(scope="module")
def asking(cluster: Given, product: Product) -> Iterator[Asking]:
    """A session whose booking has room for two pods more; one of them is made, so it may do that at all."""
    with Sessions(product, cluster.admin) as sessions:
        made = Asking(cluster, sessions.start())
        made.may("POST", f"{made.session.path}/pods", json=pod_manifest(container=SMALL))
        yield made


def test_others_and_its_own_fences_are_out_of_reach(asking: Asking) -> None:
    own = asking.session.path
    assert len(asking.may("GET", f"{own}/pods")["items"]) == 2
    asking.may_not("GET", "/api/v1/pods")
    asking.may_not("GET", "/api/v1/namespaces/default/pods")
    asking.may_not("GET", "/api/v1/nodes")
    asking.may_not("GET", f"{own}/secrets")
    asking.may_not("POST", f"{own}/serviceaccounts/default/token", json={})
    asking.may_not("DELETE", f"{own}/resourcequotas")
    asking.may_not("POST", f"{asking.session.pod_path}/exec")


def test_of_another_session_nothing_is_to_be_had(asking: Asking, sessions: Sessions) -> None:
    other = sessions.start("small")
    assert other.namespace != asking.session.namespace
    asking.may_not("GET", f"{other.path}/pods")
    asking.may_not("DELETE", other.pod_path)


def test_no_pod_goes_beyond_the_booking(asking: Asking) -> None:
    assert "quota" in asking.may_not_run(container=amounts("400m", "256Mi"))
    assert "quota" in asking.may_not_run(container=amounts("100m", "3Gi"))
    assert "maximum" in asking.may_not_run(container=amounts("64", "256Mi"))


def test_no_pod_has_the_rights_of_the_host(asking: Asking) -> None:
    privileged = {**SMALL, "securityContext": {"privileged": True}}
    assert "rivileged" in asking.may_not_run(container=privileged)
    assert "hostPath" in asking.may_not_run(volumes=[{"name": "host", "hostPath": {"path": "/"}}])
    assert "ost network" in asking.may_not_run(hostNetwork=True)


@pytest.fixture
def important(cluster: Given) -> Iterator[str]:
    """A priority class of the operator's."""
    path = "/apis/scheduling.k8s.io/v1/priorityclasses"
    made = {"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "value": 1000}
    cluster.admin.post(path, {**made, "metadata": {"name": "important"}})
    yield "important"
    cluster.admin.send("DELETE", f"{path}/important")


def test_no_pod_comes_before_others(asking: Asking, important: str) -> None:
    assert "quota" in asking.may_not_run(priorityClassName=important)
    assert "quota" in asking.may_not_run(priorityClassName="system-cluster-critical")


def test_no_pod_goes_where_only_reserved_bookings_may(asking: Asking) -> None:
    taint = {"key": "aglais.hub/nodes", "value": "reserved", "effect": "NoSchedule"}
    # The API server calls it an error of its own, but refuses.
    assert "tolerations" in asking.may_not_run(tolerations=[taint], status=500)
    assert "tolerations" in asking.may_not_run(tolerations=[{"operator": "Exists"}], status=500)


def test_a_pod_that_names_a_reserved_node_is_ended_there(asking: Asking, own_cluster: Cluster) -> None:
    # Who names a node goes past the scheduler.
    made = asking.may("POST", f"{asking.session.path}/pods", json=pod_manifest(container=SMALL, nodeName="apart"))
    pod = f"{asking.session.path}/pods/{made['metadata']['name']}"
    wait_until(lambda: own_cluster.admin.get(pod).status_code == 404, saying="the pod is gone")

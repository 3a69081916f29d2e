"""A session on a cluster: what the API server has of it, and what is left of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from aglais_spawner.kube_objects import SESSION
from tests.kubernetes.sessions import amounts, pod_manifest
from tests.support.ports import TLS
from tests.support.product import stopped, wait_until

if TYPE_CHECKING:
    from tests.kubernetes.conftest import Given
    from tests.kubernetes.sessions import Session, Sessions
    from tests.support.product import Product

pytestmark = [pytest.mark.kubernetes, pytest.mark.live, pytest.mark.timeout(1800)]


def answers(product: Product, session: Session) -> bool:
    headers = {"Authorization": f"token {product.user(session.account)}"}
    url = f"{product.url}user/{session.account}/api/status"
    return httpx.get(url, headers=headers, timeout=60, verify=TLS).status_code == 200


def test_a_server_is_a_pod_held_to_its_booking(product: Product, sessions: Sessions) -> None:
    session = sessions.start()
    (booking,) = product.client().bookings(account=session.account).rows
    resources = session.pod["spec"]["containers"][0]["resources"]
    assert resources["requests"] == resources["limits"]
    assert (resources["limits"]["cpu"], resources["limits"]["memory"]) == ("300m", "1536Mi")
    labels = session.pod["metadata"]["labels"]
    assert labels["aglais.hub/booking"] == booking.id
    assert labels["aglais.hub/package"] == "divided"
    assert session.pod["spec"]["serviceAccountName"] == labels[SESSION]
    assert answers(product, session)
    headers = {"Authorization": f"token {product.user(session.account)}"}
    url = f"{product.url}user/{session.account}/api/contents/temp/run.csv"
    body = {"type": "file", "format": "text", "content": "1,2"}
    assert httpx.put(url, headers=headers, json=body, timeout=60, verify=TLS).status_code == 201, "temp/ is there"


def test_what_a_session_brings_belongs_to_its_pod(cluster: Given, sessions: Sessions) -> None:
    session = sessions.start()
    for kind, found in session.objects().items():
        assert found, kind
        for one in found:
            (owner,) = one["metadata"]["ownerReferences"]
            assert (owner["kind"], owner["uid"]) == ("Pod", session.pod["metadata"]["uid"]), kind

    def quota() -> Any:
        name = session.pod["metadata"]["labels"][SESSION]
        return cluster.admin.get(f"{session.path}/resourcequotas/{name}").json()

    wait_until(lambda: quota().get("status", {}).get("used", {}).get("pods") == "1", saying="it counts the server")
    hard = quota()["spec"]["hard"]
    assert (hard["limits.cpu"], hard["limits.memory"]) == ("700m", "3936Mi")


def test_a_shared_booking_is_guaranteed_a_part_and_may_have_all(product: Product, sessions: Sessions) -> None:
    admin = product.client()
    factor = admin.cluster("local").overcommit
    account = sessions.account()
    admin.book("divided", account=account, sharing="shared", duration="PT1H")
    resources = sessions.start("divided", account).pod["spec"]["containers"][0]["resources"]
    assert resources["limits"]["cpu"] == "700m"
    assert resources["requests"]["cpu"] == f"{int(700 / factor)}m"


def test_a_reserved_booking_is_on_a_node_that_is_set_apart(product: Product, sessions: Sessions) -> None:
    admin = product.client()
    # A cluster of its own: after a reserved booking its servers rest.
    admin.create_cluster("apart")
    admin.grant("apart", "2026-01-01", "2036-01-01", cores=4, memory=16_384, temporary=10_000, servers=1)
    account = sessions.account()
    admin.book("divided", account=account, cluster="apart", sharing="reserved", duration="PT1H")
    session = sessions.start("divided", account)
    assert session.pod["spec"]["nodeName"] == "apart"
    # It may stay there too.
    assert answers(product, session)


def test_a_stop_leaves_nothing(product: Product, cluster: Given, sessions: Sessions) -> None:
    session = sessions.start()
    token = session.token()
    # Not even what the session has made itself, and has given to nobody.
    body = pod_manifest(container=amounts("100m", "256Mi"))
    made = cluster.admin.send("POST", f"{session.path}/pods", token=token, json=body)
    assert made.status_code == 201, made.text
    product.stop_server(session.account)
    wait_until(lambda: session.names("pods") == [], saying="no pod is left")
    wait_until(lambda: not any(session.objects().values()), saying="nothing of the session is left")
    assert session.names("services") == []
    assert session.names("persistentvolumeclaims") == []
    assert session.names("configmaps") == ["kube-root-ca.crt"]
    # Those of this release for every namespace's own account.
    assert [name for name in session.names("secrets") if not name.startswith("default-token-")] == []
    assert cluster.admin.get(f"{session.path}/pods", token=token).status_code in (401, 403)


def test_what_belongs_to_a_pod_goes_with_it_while_the_hub_is_away(
    product: Product, cluster: Given, sessions: Sessions
) -> None:
    session = sessions.start()
    with stopped(product, "hub"):
        cluster.admin.send("DELETE", session.pod_path, params={"gracePeriodSeconds": 1}).raise_for_status()
        wait_until(lambda: not any(session.objects().values()), saying="all of it is gone")


def test_a_hub_that_starts_again_takes_up_the_session(product: Product, sessions: Sessions) -> None:
    session = sessions.start()
    product.wait_back("hub", product.kill("hub"))
    wait_until(lambda: product.server(session.account).get("ready"), saying="the hub has found the server again")
    wait_until(lambda: answers(product, session), saying="it is to be reached")
    assert sessions.find(session.account).pod["metadata"]["uid"] == session.pod["metadata"]["uid"]
    product.stop_server(session.account)
    wait_until(lambda: session.names("pods") == [], saying="no pod is left")
    wait_until(lambda: not any(session.objects().values()), saying="nothing of the session is left")

"""A node, the API server, the hub: each goes with people in the middle, who see what the guide's table says.

What was seen, and after how long, is kept in ``test-output/failures.md``.
"""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from aglais_hub.wire.bookings import Phase
from tests.cli.conftest import run
from tests.kubernetes.witness import PATIENCE, Person, Witness
from tests.support.product import Product, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.kubernetes.conftest import Given
    from tests.support.kubernetes.cluster import Cluster

pytestmark = [pytest.mark.kubernetes, pytest.mark.live, pytest.mark.timeout(900)]

SILENCE = float(os.environ.get("AGLAIS_TEST_SILENCE", "15"))
STARTS = 10
LAB = [sys.executable, "-m", "aglais_lab.server", "--allow-root"]
LIGHT = [sys.executable, "-S", str(Path(__file__).parents[1] / "support" / "light_server.py")]
HUB_CONFIG = f"""
c = get_config()
c.JupyterHub.spawner_class = "aglais_spawner.KubeBookingSpawner"
c.KubeSpawner.delete_grace_period = 1
c.Spawner.start_timeout = {int(90 + 2 * SILENCE)}
c.KubeBookingSpawner.node_lost_seconds = 3
c.KubeSpawner.image = "none"
c.KubeSpawner.notebook_dir = "/mnt/home"
c.KubeSpawner.environment = {{"HOME": "/mnt/home", "TMPDIR": "/mnt/scratch"}}
c.KubeBookingSpawner.home_path = "/mnt/home"
c.KubeBookingSpawner.scratch_path = "/mnt/scratch"

def choose(spawner):
    if spawner.user.name.startswith("hasty-"):
        spawner.start_timeout = 20
    spawner.cmd = {LAB} if spawner.user.name.startswith("lab-") else {LIGHT}

c.Spawner.pre_spawn_hook = choose
"""


@pytest.fixture(scope="module")
def product(cluster: Given, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """A platform of its own, which follows the cluster's nodes and audits what runs."""
    if cluster.own is None:
        pytest.skip("The cluster of KUBECONFIG is not ours to break.")
    plane = cluster.own.control_plane
    folder = tmp_path_factory.mktemp("failures")
    config, token = folder / "hub.py", folder / "token"
    config.write_text(HUB_CONFIG)
    token.write_text(plane.token("services"))
    environment = {
        "AGLAIS_HUB_CONFIG": str(config),
        "KUBECONFIG": str(cluster.hub_kubeconfig),
        "AGLAIS_KUBERNETES_URL": plane.url,
        "AGLAIS_KUBERNETES_TOKEN_FILE": str(token),
        "AGLAIS_KUBERNETES_CA_FILE": str(plane.ca),
        "AGLAIS_NODE_SECONDS": "2",
    }
    with Product(folder / "state", environment) as running:
        yield running


@pytest.fixture(scope="module")
def witness() -> Iterator[Witness]:
    made = Witness()
    yield made
    made.write()


def nodes_of(cluster: Cluster, *people: Person) -> dict[str, list[str]]:
    """By person: the nodes on which they have pods."""
    found: dict[str, list[str]] = {person.name: [] for person in people}
    for pod in cluster.admin.items("/api/v1/pods", labelSelector="component=singleuser-server"):
        name = pod["metadata"]["annotations"]["hub.jupyter.org/username"]
        if name in found:
            found[name].append(pod["spec"].get("nodeName", ""))
    return found


def cordon(cluster: Cluster, *nodes: str, closed: bool = True) -> None:
    for node in nodes:
        cluster.admin.patch(f"/api/v1/nodes/{node}", {"spec": {"unschedulable": closed}})


def wait_given_back(person: Person) -> None:
    """The booking ends later by what was lost."""
    wait_until(lambda: person.booking.outage is None, PATIENCE, saying=f"{person.name} is given time back")
    found = person.booking
    assert found.reason.startswith("Without a lab for"), found
    assert found.lost != "PT0S"


def all_adds_up(product: Product, cluster: Cluster, *people: Person) -> None:
    """The ledger verifies, and who has a server has one pod and a booking for it; who has none has no pod."""
    done = run("ledger", "verify", AGLAIS_STATE=str(product.state))
    assert done.returncode == 0, done.stdout + done.stderr

    def agrees() -> bool:
        nodes = nodes_of(cluster, *people)
        return all(
            (bool(product.server(one.name)), one.booking.phase == Phase.RUNNING) == (len(nodes[one.name]) == 1,) * 2
            for one in people
        )

    wait_until(agrees, PATIENCE, every=0.5, saying="servers, pods and bookings agree")


def test_a_node_goes(product: Product, own_cluster: Cluster, witness: Witness) -> None:
    works, beside, starts = Person(product, "lab"), Person(product), Person(product, "hasty")
    for one, other in ((works, "two"), (beside, "one")):
        cordon(own_cluster, other)
        one.book()
        one.works()
        cordon(own_cluster, other, closed=False)
    assert nodes_of(own_cluster, works, beside) == {works.name: ["one"], beside.name: ["two"]}
    cordon(own_cluster, "two")
    own_cluster.kill_node("one")
    witness.begin("a node")
    try:
        with ThreadPoolExecutor(1) as pool:
            starting = pool.submit(starts.starts)
            wait_until(lambda: nodes_of(own_cluster, starts)[starts.name] == ["one"], saying="its pod is bound there")
            cordon(own_cluster, "two", closed=False)
            witness.sees("starts on it", starts.is_told)
            witness.sees("works on it", works.page, works.page)
            assert beside.opens("api/status").status_code == 200
            witness.keeps("works on another", "goes on")
            assert "Your booking stays yours until" in works.page()
            works.works()
            wait_given_back(works)
            witness.keeps("works on it", "longer once there is a lab again")
            witness.sees("starts on it", starts.is_told)
            assert starting.result().status_code == 202
        wait_until(lambda: starts.booking.phase == Phase.COMPLETED, saying="its time is given back")
        witness.keeps("starts on it", "is ended")
    finally:
        cordon(own_cluster, "two", closed=False)
        own_cluster.start_node("one")
    all_adds_up(product, own_cluster, works, beside, starts)


def test_the_api_server_goes(product: Product, own_cluster: Cluster, witness: Witness) -> None:
    works, starts, waits, stops = Person(product, "lab"), Person(product), Person(product), Person(product)
    for one in (works, starts, stops):
        one.book()
    works.works()
    stops.works()
    cordon(own_cluster, "one", "two")
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(waits.starts)
        wait_until(lambda: "room for your lab" in waits.is_told(), saying="it waits for a machine")
        own_cluster.control_plane.kill_api_server()
        witness.begin("the API server")
        try:
            refused = starts.starts()
            assert refused.status_code == 503
            witness.sees("starts", lambda: refused.json()["message"])
            stops.stops()
            witness.sees("stops", stops.page)
            witness.sees("waits for a machine", waits.is_told)
            wait_until(lambda: witness.seconds > SILENCE, SILENCE + 60, saying="it was away for long")
            assert works.opens("api/status").status_code == 200
            session = works.opens("aglais/session", "application/json").json()
            assert session["booking"]["phase"] == "RUNNING"
            witness.keeps("works", "goes on")
        finally:
            own_cluster.control_plane.start_api_server()
        cordon(own_cluster, "one", "two", closed=False)
        assert waiting.result().status_code == 202
    waits.wait_ready()
    witness.keeps("waits for a machine", "goes on")
    wait_until(lambda: not nodes_of(own_cluster, stops)[stops.name], PATIENCE, saying="the pod is gone")
    witness.keeps("stops", "the pod goes with the first answer")
    starts.works()
    wait_given_back(starts)
    witness.keeps("starts", "longer once there is a lab")
    assert works.opens("api/status").status_code == 200
    assert (stops.booking.outage, stops.booking.lost) == (None, "PT0S"), "it was asked to stop"
    all_adds_up(product, own_cluster, works, starts, waits, stops)


def test_the_hub_goes_while_ten_start(product: Product, own_cluster: Cluster, witness: Witness) -> None:
    works, *starts = (Person(product) for _ in range(1 + STARTS))
    works.works()
    with ThreadPoolExecutor(STARTS) as pool:
        asked = [pool.submit(_answer, one) for one in starts]
        wait_until(lambda: sum(map(len, nodes_of(own_cluster, *starts).values())) > 2, saying="some pods are made")
        old = product.kill("hub")
        witness.begin("the hub")
        assert works.opens("api/status").status_code == 200
        witness.keeps("works", "goes on")
        # Who was quick has been answered before: the hub says of a start that takes long only that it goes on.
        assert all("No answer" in answer.result() for answer in asked if answer.result())
    product.wait_back("hub", old)
    wait_until(lambda: not any(product.server(one.name).get("pending") for one in starts), PATIENCE)
    got_through = [one for one in starts if product.server(one.name)]
    for one in got_through:
        assert one.opens("api/status").status_code == 200
    if got_through:
        witness.note("starts", f"the lab, {len(got_through)} of {STARTS}")
        witness.keeps("starts", "goes on")
    others = [one for one in starts if one not in got_through]
    for one in others:
        if product.client().bookings(account=one.name).rows:  # so far it came
            wait_until(
                lambda one=one: "The platform was started again while" in one.page(), PATIENCE, saying="it is told"
            )
    with ThreadPoolExecutor(STARTS) as pool:
        list(pool.map(Person.works, others))
    for one in others:
        if one.booking.outage:
            wait_given_back(one)
    witness.keeps("starts, and is not so far", "longer once there is a lab")
    all_adds_up(product, own_cluster, works, *starts)


def _answer(person: Person) -> str:
    return person.starts().text

"""One cluster for all of them, and the platform on it.

Where ``KUBECONFIG`` names a cluster, that is used. If its nodes aren't those of ``tests.support.kubernetes``, which run
any command of this host, ``AGLAIS_TEST_HUB_CONFIG`` names what the hub needs there beside: an image, and addresses of
the hub that pods reach.
"""

from __future__ import annotations

import contextlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.kubernetes.nodes import Nodes, follow
from tests.kubernetes.sessions import Sessions
from tests.support.kubernetes.cluster import Cluster
from tests.support.kubernetes.connection import Connection
from tests.support.kubernetes.nodes import PROCESSES
from tests.support.platform import Platform
from tests.support.ports import TLS
from tests.support.product import ADMIN_TOKEN, Product

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aglais_hub.settings import Settings
    from aglais_hub.web.hub import Hub
    from tests.support.hub import RealHub
    from tests.support.platform import Stage

HUB_CONFIG = f"""
c = get_config()
c.JupyterHub.spawner_class = "aglais_spawner.KubeBookingSpawner"
c.KubeSpawner.delete_grace_period = 5
c.Spawner.start_timeout = 120
c.KubeBookingSpawner.node_lost_seconds = 5
c.KubeBookingSpawner.executors = True
# There are no images here: a pod is a command of this host.
c.KubeSpawner.image = "none"
c.KubeSpawner.cmd = [{sys.executable!r}, "-m", "aglais_lab.server", "--allow-root"]
c.KubeSpawner.notebook_dir = "/mnt/home"
c.KubeSpawner.environment = {{"HOME": "/mnt/home", "TMPDIR": "/mnt/scratch"}}
c.KubeBookingSpawner.home_path = "/mnt/home"
c.KubeBookingSpawner.scratch_path = "/mnt/scratch"
c.KubeBookingSpawner.images = {{"unfetched": "missing.test/lab"}}
c.KubeBookingSpawner.queue_class = "yunikorn"
c.KubeBookingSpawner.queues = {{"queued": "root.batch", "kueued": "batch"}}


def choose(spawner):
    package = spawner.user_options.get("package")
    if package == "kueued":
        spawner.queue_class = "kueue"
    if package in ("unfetched", "with-disk"):
        # These are given up in the end: that is not to be waited for as long as for a lab on a busy machine.
        spawner.start_timeout = 45


c.Spawner.pre_spawn_hook = choose
"""


@dataclass(frozen=True)
class Given:
    """The cluster of the tests. ``own`` is there where the tests have started it."""

    admin: Connection
    hub_kubeconfig: Path
    own: Cluster | None = None


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Given]:
    """A cluster with three nodes, one of which is set apart; or the one that is given."""
    if "KUBECONFIG" in os.environ:
        kubeconfig = Path(os.environ["KUBECONFIG"])
        with contextlib.closing(Connection(kubeconfig)) as admin:
            yield Given(admin, kubeconfig)
        return
    with Cluster(tmp_path_factory.mktemp("cluster")) as running:
        yield Given(running.admin, running.hub_kubeconfig, running)


@pytest.fixture
def own_cluster(cluster: Given) -> Cluster:
    """The cluster, for tests that break its nodes."""
    if cluster.own is None:
        pytest.skip("The cluster of KUBECONFIG is not ours to break.")
    return cluster.own


@pytest.fixture(scope="session")
def product(cluster: Given, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """The platform, whose hub starts labs on the cluster."""
    folder = tmp_path_factory.mktemp("kubernetes")
    config = folder / "hub.py"
    config.write_text(_hub_config(cluster.admin, folder / "data"))
    environment = {"AGLAIS_HUB_CONFIG": str(config), "KUBECONFIG": str(cluster.hub_kubeconfig)}
    with Product(folder / "state", environment) as running:
        # Room for a server and two executors, small enough for a host of two cores.
        divided = {"notebook_cores": 0.3, "notebook_memory": 1536, "worker_count": 2, "worker_cores": 0.2}
        for name in ("divided", "queued", "kueued"):
            _make_package(running, name, **divided, worker_memory=1200)
        _make_package(running, "unfetched", notebook_cores=0.1, notebook_memory=512)
        _make_package(running, "bounded", notebook_cores=0.2, notebook_memory=512, temporary=64)
        _make_package(running, "with-disk", notebook_cores=0.1, notebook_memory=512, user=10)
        # This host's disks are not for homes, those of the cluster are.
        decade = {"cluster": "local", "startdate": "2026-01-01", "enddate": "2036-01-01"}
        _make(running, "resources", {**decade, "user": 100, "temporary": 1000})
        yield running


def _hub_config(admin: Connection, data: Path) -> str:
    """The hub's; data sets are in the folder ``data``, which all pods of these nodes see."""
    if any(PROCESSES in node["metadata"]["labels"] for node in admin.items("/api/v1/nodes")):
        return f'{HUB_CONFIG}c.KubeSpawner.environment["AGLAIS_DATA"] = {str(data)!r}\n'
    return Path(os.environ["AGLAIS_TEST_HUB_CONFIG"]).read_text()


def _make_package(product: Product, name: str, **size: float) -> None:
    _make(product, "packages", {"name": name, **size})


def _make(product: Product, what: str, body: dict[str, Any]) -> None:
    url, headers = f"{product.url}services/aglais/api/{what}/create", {"Authorization": f"token {ADMIN_TOKEN}"}
    made = httpx.post(url, headers=headers, json=body, timeout=60, verify=TLS)
    assert made.status_code == 201, made.text


@pytest.fixture
def sessions(product: Product, cluster: Given) -> Iterator[Sessions]:
    """Sessions of new accounts, stopped in the end."""
    with Sessions(product, cluster.admin) as made:
        yield made


@pytest.fixture
def nodes(cluster: Given) -> Iterator[Nodes]:
    """Nodes as objects, beside those that the cluster has."""
    with Nodes(cluster.admin) as made:
        yield made


@pytest.fixture
def followed(
    cluster: Given, sqlite_settings: Settings, hub: RealHub, hub_client: Hub, stage: Stage, tmp_path: Path
) -> Iterator[Platform]:
    """The services around a clock that stands still, which follow the cluster's nodes with the rights of the guide."""
    kubeconfig = cluster.own.control_plane.kubeconfig("services") if cluster.own else cluster.admin.kubeconfig
    made = Platform(follow(kubeconfig, sqlite_settings, tmp_path), hub, hub_client, stage)
    yield made
    made.parts.nodes.stop()
    made.close()

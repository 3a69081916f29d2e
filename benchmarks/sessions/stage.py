"""The platform on a cluster whose one node is this host, and holds every container to all of its limits."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.support.kubernetes.cluster import Cluster
from tests.support.kubernetes.connection import Connection
from tests.support.ports import TLS
from tests.support.product import Product, wait_until

__all__ = ["PACKAGE", "Stage", "on_stage"]

PACKAGE = "small"
"""Eight of it are all that can be booked on a host. Half of it is the notebook's, the other half an executor's."""

_HUB_CONFIG = f"""
c = get_config()
c.JupyterHub.spawner_class = "aglais_spawner.KubeBookingSpawner"
c.KubeSpawner.delete_grace_period = 2
c.Spawner.start_timeout = 300
c.Spawner.http_timeout = 300
c.KubeBookingSpawner.executors = True
# There are no images here: a pod is a command of this host.
c.KubeSpawner.image = "none"
c.KubeSpawner.cmd = [{sys.executable!r}, "-m", "aglais_lab.server", "--allow-root"]
c.KubeSpawner.notebook_dir = "/mnt/home"
c.KubeSpawner.environment = {{"HOME": "/mnt/home", "TMPDIR": "/mnt/scratch"}}
c.KubeBookingSpawner.home_path = "/mnt/home"
c.KubeBookingSpawner.scratch_path = "/mnt/scratch"
"""


@dataclass
class Stage:
    """What is there to be measured: the product, and its cluster as an admin sees it."""

    product: Product
    admin: Connection
    _tokens: dict[str, str] = field(default_factory=dict)

    def token(self, account: str) -> str:
        """A token of an account, which is made where it is not there yet."""
        if account not in self._tokens:
            self._tokens[account] = self.product.user(account)
        return self._tokens[account]

    def stop(self, account: str) -> None:
        """Stop an account's server, if it runs, and give its time back; wait until nothing of it is left."""
        if self.product.server(account):
            self.product.stop_server(account)
        client = self.product.client()
        for booking in client.bookings(account=account, phase=["AVAILABLE", "WAITING"]).rows:
            client.cancel(booking.id)
        pods = f"/api/v1/namespaces/user-{account}/pods"
        wait_until(lambda: not self.admin.items(pods), 120, every=0.5, saying=f"the pods of {account} are gone")

    def page(self, account: str) -> str:
        """What an account sees where its lab has been."""
        headers = {"Authorization": f"token {self.token(account)}", "Accept": "text/html"}
        url = f"{self.product.url}user/{account}/lab"
        return httpx.get(url, headers=headers, verify=TLS, timeout=60, follow_redirects=True, trust_env=False).text


@contextmanager
def on_stage(folder: Path) -> Iterator[Stage]:
    """Start all of it in ``folder``."""
    size = {"cores": os.cpu_count() or 1, "memory": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20}
    config = folder / "hub.py"
    (folder / "cluster").mkdir()
    with Cluster(folder / "cluster", [{"name": "one", **size, "holds_cores": True}]) as cluster:
        config.write_text(f'{_HUB_CONFIG}c.KubeSpawner.environment["AGLAIS_DATA"] = {str(folder / "data")!r}\n')
        environment = {"AGLAIS_HUB_CONFIG": str(config), "KUBECONFIG": str(cluster.hub_kubeconfig)}
        with Product(folder / "state", environment) as product:
            yield Stage(product, cluster.admin)

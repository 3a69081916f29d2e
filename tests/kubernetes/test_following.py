"""The services follow a cluster by themselves: a real process, a real clock, and an API server that pauses."""

from __future__ import annotations

import contextlib
import os
import signal
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.kubernetes.nodes import GIB, follow
from tests.support.ports import TLS
from tests.support.product import wait_until
from tests.support.services import ServiceProcess

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from aglais_hub.settings import Settings
    from tests.kubernetes.nodes import Nodes
    from tests.support.hub import RealHub
    from tests.support.kubernetes.cluster import Cluster

pytestmark = pytest.mark.kubernetes

FOLLOWED = ("kubernetes_url", "kubernetes_token_file", "kubernetes_ca_file", "pool_label", "default_pool")


class Services:
    """The services as a process that looks every 0.3 s, and what they answer an admin."""

    def __init__(self, settings: Settings, hub: RealHub, folder: Path) -> None:
        told = {f"AGLAIS_{name}".upper(): str(getattr(settings, name)) for name in FOLLOWED}
        patient = {"AGLAIS_NODE_SECONDS": "0.3", "AGLAIS_VERIFY_WITHIN": "2"}
        self.process = ServiceProcess(settings, hub, folder, **told, **patient)
        self.process.wait()
        url = f"{self.process.url}services/aglais/api/"
        headers = {"Authorization": f"token {hub.token('root')}"}
        self.http = httpx.Client(base_url=url, headers=headers, trust_env=False, timeout=60, verify=TLS)

    def cores(self) -> float:
        """What is free tomorrow in the pool of the test."""
        day = f"{datetime.now(UTC) + timedelta(days=1):%F}"
        asked = self.http.get("available/select", params={"range": f"{day},{day}", "cluster": "pool"})
        return asked.json()["rows"][0]["resources"]["cores"] if asked.is_success else 0.0

    def rule(self) -> str:
        """What stands in the way of an hour tomorrow; where nothing does, it is booked and given back."""
        start = datetime.now(UTC) + timedelta(days=1)
        asked = {"package": "tiny", "cluster": "pool", "startdate": start.isoformat(), "duration": "PT1H"}
        answer = self.http.post("bookings/create", json=asked)
        if answer.is_success:
            self.http.delete(f"bookings/{answer.json()['id']}").raise_for_status()
            return ""
        rule: str = answer.json()["error"]["rule"]
        return rule


@pytest.fixture
def services(own_cluster: Cluster, sqlite_settings: Settings, hub: RealHub, tmp_path: Path) -> Iterator[Services]:
    kubeconfig = own_cluster.control_plane.kubeconfig("services")
    running = Services(follow(kubeconfig, sqlite_settings, tmp_path), hub, tmp_path)
    yield running
    running.http.close()
    running.process.stop()


@contextlib.contextmanager
def paused(cluster: Cluster) -> Iterator[None]:
    """The API server takes requests, and answers none."""
    pid = next(one.pid for one in cluster.control_plane.processes if "kube-apiserver" in str(one.args[0]))
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def test_nodes_are_followed_and_a_silent_cluster_takes_no_bookings_until_it_speaks(
    services: Services, own_cluster: Cluster, nodes: Nodes
) -> None:
    nodes.add("one", pool="pool", cores=4, memory=20 * GIB)
    wait_until(lambda: services.cores() == 4, saying="the node can be booked")
    nodes.add("two", pool="pool", cores=2, memory=8 * GIB)
    wait_until(lambda: services.cores() == 6, saying="the second node can be booked")
    wait_until(lambda: services.rule() == "", every=0.2, saying="it is booked")
    with paused(own_cluster):
        wait_until(lambda: services.rule() == "cluster_unverified", every=0.2, saying="nothing more is booked")
    wait_until(lambda: services.rule() == "", every=0.2, saying="bookings are taken again")
    nodes.cordon("two")
    wait_until(lambda: services.cores() <= 4, saying="the cordoned node is not booked any more")
    assert "Traceback" not in services.process.log.read_text()

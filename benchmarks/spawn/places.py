"""Where servers run: on a cluster, or on this host. Each has our hub, and the same with the spawner it is built on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from aglais_spawner.kube_objects import SESSION
from benchmarks.spawn.hubs import Hub
from tests.support.kubernetes.cluster import Cluster

__all__ = ["PLACES", "Place"]

_KUBERNETES = """
c.KubeSpawner.image = "none"
c.KubeSpawner.delete_grace_period = 1
c.KubeSpawner.notebook_dir = "/mnt"
c.KubeSpawner.environment = {"HOME": "/tmp", "TMPDIR": "/tmp"}
c.KubeBookingSpawner.home_path = "/mnt/home"
c.KubeBookingSpawner.scratch_path = "/mnt/scratch"
"""
_LOCAL = """
c.SimpleLocalProcessSpawner.home_dir_template = {homes!r}
"""
_NODES = tuple({"name": name, "cores": 64, "memory": 262_144} for name in ("one", "two", "three"))
"""Large, as only what they say counts; each has addresses for 80 pods."""

_SESSION_OBJECTS = {
    "/api/v1": ("pods", "serviceaccounts", "resourcequotas", "limitranges"),
    "/apis/networking.k8s.io/v1": ("networkpolicies",),
    "/apis/rbac.authorization.k8s.io/v1": ("roles", "rolebindings"),
}


@dataclass(frozen=True)
class Place:
    """``plain`` is the spawner that ours is compared with; ``left`` tells what is left of servers that were stopped."""

    title: str
    plain: str
    hubs: dict[str, Hub]
    left: Callable[[], list[str]]


@contextmanager
def _on_kubernetes(folder: Path) -> Iterator[Place]:
    (folder / "cluster").mkdir(parents=True)
    with ExitStack() as stack:
        cluster = stack.enter_context(Cluster(folder / "cluster", _NODES))
        environment = {"KUBECONFIG": str(cluster.control_plane.kubeconfig())}
        classes = {"plain": "kubespawner.KubeSpawner", "ours": "aglais_spawner.KubeBookingSpawner"}
        hubs = {
            name: stack.enter_context(Hub(folder / name, spawner, _KUBERNETES, environment, books=name == "ours"))
            for name, spawner in classes.items()
        }

        def left() -> list[str]:
            return [
                f"{kind}/{one['metadata']['name']}"
                for group, kinds in _SESSION_OBJECTS.items()
                for kind in kinds
                for one in cluster.admin.items(f"{group}/{kind}", labelSelector=SESSION)
            ]

        yield Place("Kubernetes", "KubeSpawner", hubs, left)


@contextmanager
def _on_this_host(folder: Path) -> Iterator[Place]:
    folder.mkdir()
    plain = "SimpleLocalProcessSpawner"
    classes = {"plain": f"jupyterhub.spawner.{plain}", "ours": "aglais_spawner.LocalBookingSpawner"}
    more = _LOCAL.format(homes=str(folder / "homes" / "{username}"))
    with ExitStack() as stack:
        hubs = {
            name: stack.enter_context(Hub(folder / name, spawner, more, books=name == "ours"))
            for name, spawner in classes.items()
        }
        own = {process.pid for process in hubs["ours"].product.processes()}

        def left() -> list[str]:
            found = hubs["ours"].product.processes()
            return [" ".join(process.cmdline()) for process in found if process.pid not in own]

        yield Place("This host", plain, hubs, left)


PLACES = {"kubernetes": _on_kubernetes, "local": _on_this_host}

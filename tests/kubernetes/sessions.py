"""Sessions on the cluster, as its API server sees them."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from aglais_hub.wire.bookings import Phase
from aglais_spawner.kube_objects import SESSION
from tests.support.product import wait_until

if TYPE_CHECKING:
    from tests.support.kubernetes.connection import Connection
    from tests.support.product import Product

__all__ = ["OBJECTS", "Session", "Sessions", "amounts", "pod_manifest"]

OBJECTS = {
    "resourcequotas": "/api/v1",
    "limitranges": "/api/v1",
    "serviceaccounts": "/api/v1",
    "networkpolicies": "/apis/networking.k8s.io/v1",
    "roles": "/apis/rbac.authorization.k8s.io/v1",
    "rolebindings": "/apis/rbac.authorization.k8s.io/v1",
}
"""The kinds of objects that a session brings, and their API groups."""

_numbers = itertools.count()


@dataclass
class Session:
    """A server's pod, and what is around it."""

    account: str
    pod: dict[str, Any]
    admin: Connection

    @property
    def namespace(self) -> str:
        name: str = self.pod["metadata"]["namespace"]
        return name

    @property
    def path(self) -> str:
        """Where the API server has the namespace."""
        return f"/api/v1/namespaces/{self.namespace}"

    @property
    def pod_path(self) -> str:
        """Where the API server has the pod."""
        return f"{self.path}/pods/{self.pod['metadata']['name']}"

    def objects(self) -> dict[str, list[dict[str, Any]]]:
        """What there is of the kinds that a session brings, by kind."""
        return {
            kind: self.admin.items(f"{group}/namespaces/{self.namespace}/{kind}", labelSelector=SESSION)
            for kind, group in OBJECTS.items()
        }

    def names(self, kind: str) -> list[str]:
        """What there is of a core kind in the namespace."""
        return [one["metadata"]["name"] for one in self.admin.items(f"{self.path}/{kind}")]

    def token(self) -> str:
        """A token as the pod has it: its service account's, for as long as the pod is there."""
        metadata = self.pod["metadata"]
        of_pod = {"apiVersion": "v1", "kind": "Pod", "name": metadata["name"], "uid": metadata["uid"]}
        made = self.admin.post(
            f"{self.path}/serviceaccounts/{self.pod['spec']['serviceAccountName']}/token",
            {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"boundObjectRef": of_pod}},
        )
        token: str = made["status"]["token"]
        return token


@dataclass
class Sessions:
    """Accounts with servers, which are stopped in the end, and their time given back."""

    product: Product
    admin: Connection
    _accounts: list[str] = field(default_factory=list)

    def account(self) -> str:
        """A new account of the hub's."""
        name = f"ann-{next(_numbers)}"
        self.product.user(name)
        self._accounts.append(name)
        return name

    def start(self, package: str = "divided", account: str | None = None) -> Session:
        """Start a server, and wait until it is ready."""
        account = account or self.account()
        answer = self.product.start_server(account, package=package)
        assert answer.status_code in (201, 202), answer.text
        return self.find(account)

    def find(self, account: str) -> Session:
        """The session of an account whose server has a pod."""

        def pods() -> list[dict[str, Any]]:
            every = self.admin.items("/api/v1/pods", labelSelector="component=singleuser-server")
            return [pod for pod in every if pod["metadata"]["annotations"]["hub.jupyter.org/username"] == account]

        (pod,) = wait_until(pods, saying=f"{account} has a pod")
        return Session(account, pod, self.admin)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        for name in self._accounts:
            if self.product.server(name):
                self.product.stop_server(name)
            client = self.product.client()
            for booking in client.bookings(account=name, phase=[Phase.AVAILABLE]).rows:
                client.cancel(booking.id)


def pod_manifest(**spec: Any) -> dict[str, Any]:
    """A pod that sleeps, with ``spec`` and, in it, a ``container`` of its own."""
    container = {"name": "c", "image": "none", "command": ["sleep", "600"], **spec.pop("container", {})}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"generateName": "own-"},
        "spec": {"containers": [container], "restartPolicy": "Never", "terminationGracePeriodSeconds": 0, **spec},
    }


def amounts(cpu: str, memory: str) -> dict[str, Any]:
    """Resources of a container, guaranteed in full."""
    some = {"cpu": cpu, "memory": memory, "ephemeral-storage": "10Mi"}
    return {"resources": {"requests": some, "limits": some}}

"""What of Kueue can be had without Kueue: its local queues as objects, and its visibility API as it documents it.

Nothing is held back by it. It is behind the API server, which passes on to it what is asked of Kueue's two groups, with
its own authentication and authorisation before.
"""

from __future__ import annotations

import json
import re
import ssl
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from tests.support.product import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.kubernetes.cluster import Cluster

__all__ = ["Kueue", "kueue_beside"]

_VERSION = "v1beta1"
_GROUP, _VISIBILITY = "kueue.x-k8s.io", "visibility.kueue.x-k8s.io"
_QUEUES = re.compile(rf"/apis/{_GROUP}/{_VERSION}/namespaces/([^/]+)/localqueues")
_PENDING = re.compile(rf"/apis/{_VISIBILITY}/{_VERSION}/namespaces/([^/]+)/localqueues/([^/]+)/pendingworkloads")
_REGISTERED = "/apis/apiregistration.k8s.io/v1/apiservices"
_SERVICES = "/api/v1/namespaces/default/services"


@dataclass
class Kueue:
    """The local queues that were made, and who waits in the one cluster queue, the first first.

    Who waits is ``(namespace, local queue)``.
    """

    queues: list[dict[str, Any]] = field(default_factory=list)
    waiting: list[tuple[str, str]] = field(default_factory=list)

    def summary(self, namespace: str, queue: str, limit: int) -> dict[str, Any]:
        """What waits in one local queue, with the place of each in the cluster queue."""
        places = [place for place, one in enumerate(self.waiting) if one == (namespace, queue)]
        items = [
            {
                "metadata": {"name": f"pod-{place}", "namespace": namespace, "creationTimestamp": None},
                "priority": 0,
                "localQueueName": queue,
                "positionInClusterQueue": place,
                "positionInLocalQueue": number,
            }
            for number, place in enumerate(places)
        ]
        kind = {"kind": "PendingWorkloadsSummary", "apiVersion": f"{_VISIBILITY}/{_VERSION}"}
        return {**kind, "metadata": {"creationTimestamp": None}, "items": items[:limit]}

    def answer(self, method: str, path: str, query: str, body: Any) -> tuple[int, dict[str, Any]]:
        """A request that the API server has let through."""
        if found := _PENDING.fullmatch(path):
            limit = re.search(r"limit=(\d+)", query)
            return 200, self.summary(found[1], found[2], int(limit[1]) if limit else 1000)
        if (found := _QUEUES.fullmatch(path)) and method == "POST":
            body["metadata"]["namespace"] = found[1]
            self.queues.append(body)
            return 201, body
        for group in (_GROUP, _VISIBILITY):
            if path.rstrip("/") == f"/apis/{group}/{_VERSION}":
                return 200, {"kind": "APIResourceList", "groupVersion": f"{group}/{_VERSION}", "resources": []}
        return 404, {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 404}


@contextmanager
def kueue_beside(cluster: Cluster) -> Iterator[Kueue]:
    """Put it into the cluster, and take it out again."""
    kueue = Kueue()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(kueue))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(cluster.folder / "server.crt", cluster.folder / "server.key")
    server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    made = [(_SERVICES, _service(server.server_port))]
    made += [(_REGISTERED, _api_service(group, server.server_port)) for group in (_GROUP, _VISIBILITY)]
    try:
        for path, one in made:
            cluster.admin.post(path, one)
        for group in (_GROUP, _VISIBILITY):
            where = f"/apis/{group}/{_VERSION}"
            wait_until(lambda where=where: cluster.admin.get(where).is_success, 180, saying=f"there is {where}")
        yield kueue
    finally:
        for path, one in reversed(made):
            cluster.admin.send("DELETE", f"{path}/{one['metadata']['name']}")
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(kueue: Kueue) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            path, _, query = self.path.partition("?")
            status, answer = kueue.answer(self.command, path, query, body)
            content = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *_: object) -> None:
            """Nothing is to be said."""

    return Handler


def _service(port: int) -> dict[str, Any]:
    """A name in the cluster for what is on this host."""
    spec = {"type": "ExternalName", "externalName": "localhost", "ports": [{"port": port}]}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "kueue"}, "spec": spec}


def _api_service(group: str, port: int) -> dict[str, Any]:
    return {
        "apiVersion": "apiregistration.k8s.io/v1",
        "kind": "APIService",
        "metadata": {"name": f"{_VERSION}.{group}"},
        "spec": {
            "group": group,
            "version": _VERSION,
            "service": {"name": "kueue", "namespace": "default", "port": port},
            "insecureSkipTLSVerify": True,
            "groupPriorityMinimum": 100,
            "versionPriority": 100,
        },
    }

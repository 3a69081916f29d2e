"""The only code of the services that calls a Kubernetes API server."""

from __future__ import annotations

import os
import ssl
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from aglais_hub.errors import InvalidValueError, ServiceDownError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["IN_CLUSTER", "Kubernetes"]

IN_CLUSTER = "in-cluster"
"""Instead of an address: the cluster that we run in."""

ACCOUNT_FOLDER = Path("/var/run/secrets/kubernetes.io/serviceaccount")
"""Where a cluster puts a pod's own token and the certificate to know it by."""

TIMEOUT_SECONDS = 10
PAGE = 500

Object = dict[str, Any]


class Kubernetes:
    """A cluster's API. Every method raises ``ServiceDownError`` where it does not answer, or does not let us.

    ``token_file`` is read at each call, since a cluster renews it; without it no token is sent.
    """

    def __init__(self, url: str, *, token_file: Path | None = None, ca_file: Path | None = None) -> None:
        if url == IN_CLUSTER:
            url = _in_cluster()
            token_file, ca_file = token_file or ACCOUNT_FOLDER / "token", ca_file or ACCOUNT_FOLDER / "ca.crt"
        self._token_file = token_file
        try:
            verify = ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
        except OSError as error:
            raise InvalidValueError(
                f"The cluster's certificate {ca_file} can't be read.", field="AGLAIS_KUBERNETES_CA_FILE"
            ) from error
        self._http = httpx.Client(
            base_url=url.rstrip("/") + "/", timeout=TIMEOUT_SECONDS, verify=verify, trust_env=False
        )

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def nodes(self) -> list[Object]:
        """All nodes."""
        return self._list("api/v1/nodes")

    def pods(self, namespace: str = "") -> list[Object]:
        """All pods, of one namespace or of all."""
        return self._list(f"api/v1/namespaces/{namespace}/pods" if namespace else "api/v1/pods")

    def namespaces(self) -> list[Object]:
        """All namespaces."""
        return self._list("api/v1/namespaces")

    def volumes(self) -> list[Object]:
        """The volume claims that are homes of accounts."""
        return self._list("api/v1/persistentvolumeclaims", labelSelector="component=singleuser-storage")

    def claims(self, labels: str, namespace: str = "") -> list[Object]:
        """The volume claims with these labels, of one namespace or of all."""
        path = f"api/v1/namespaces/{namespace}/" if namespace else "api/v1/"
        return self._list(f"{path}persistentvolumeclaims", labelSelector=labels)

    def lent_volumes(self, labels: str) -> list[Object]:
        """The volume objects with these labels."""
        return self._list("api/v1/persistentvolumes", labelSelector=labels)

    def read(self, path: str) -> Object | None:
        """The object at ``path`` below ``api/v1``; none where there is none."""
        answer = self._send("GET", f"api/v1/{path}", fine=(404,))
        return None if answer.status_code == 404 else answer.json()

    def make(self, path: str, manifest: Object) -> bool:
        """Make an object in the list at ``path`` below ``api/v1``; false where one of its name is there already."""
        return self._send("POST", f"api/v1/{path}", json=manifest, fine=(409,)).status_code != 409

    def remove(self, path: str, uid: str) -> None:
        """Remove the object at ``path`` below ``api/v1``; one that is gone, or another of its name, stays as it is."""
        self._delete(f"api/v1/{path}", uid)

    def delete_pod(self, namespace: str, name: str, uid: str) -> None:
        """End a pod; one that is gone, or another of its name, is left as it is."""
        self._delete(f"api/v1/namespaces/{namespace}/pods/{name}", uid)

    def delete_volume(self, namespace: str, name: str, uid: str) -> None:
        """Remove a volume claim, and with it what is on the volume."""
        self._delete(f"api/v1/namespaces/{namespace}/persistentvolumeclaims/{name}", uid)

    def delete_namespace(self, name: str, uid: str) -> None:
        """Remove a namespace and all that is in it."""
        self._delete(f"api/v1/namespaces/{name}", uid)

    def _list(self, path: str, **options: str) -> list[Object]:
        found: list[Object] = []
        following = ""
        while True:
            more = {"continue": following} if following else {}
            page = self._send("GET", path, params={"limit": str(PAGE), **options, **more}).json()
            found += page["items"]
            following = page["metadata"].get("continue", "")
            if not following:
                return found

    def _delete(self, path: str, uid: str) -> None:
        self._send("DELETE", path, json={"preconditions": {"uid": uid}}, fine=(404, 409))

    def _send(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        json: Any = None,
        fine: tuple[int, ...] = (),
    ) -> httpx.Response:
        headers = {}
        if self._token_file is not None:
            with suppress(OSError):
                headers["Authorization"] = f"Bearer {self._token_file.read_text(encoding='ascii').strip()}"
        try:
            answer = self._http.request(method, path, params=params, json=json, headers=headers)
        except httpx.TransportError as error:
            raise ServiceDownError("The cluster's API server does not answer.") from error
        if answer.is_success or answer.status_code in fine:
            return answer
        what = _kind(path)
        if answer.status_code in (401, 403):
            raise ServiceDownError(
                f"The cluster does not let us {method} {what}.", help="See docs/kubernetes.md for the role it needs."
            )
        raise ServiceDownError(f"The cluster's API server answered {answer.status_code}.")


def _kind(path: str) -> str:
    """What is asked for: of ``api/v1/namespaces/ann/pods/one``, pods."""
    parts = path.removeprefix("api/v1/").split("/")
    return parts[2] if len(parts) > 2 and parts[0] == "namespaces" else parts[0]


def _in_cluster() -> str:
    host, port = os.environ.get("KUBERNETES_SERVICE_HOST", ""), os.environ.get("KUBERNETES_SERVICE_PORT", "443")
    if not host:
        raise InvalidValueError(
            "This is not inside a cluster.", field="AGLAIS_KUBERNETES_URL", help="Give the API server's address."
        )
    return f"https://{f'[{host}]' if ':' in host else host}:{port}"

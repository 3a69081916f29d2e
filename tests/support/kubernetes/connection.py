"""How tests speak to an API server: requests, lists, and the kubeconfig that names it."""

from __future__ import annotations

import base64
import ssl
from pathlib import Path
from typing import Any

import httpx
import yaml

__all__ = ["Connection"]


class Connection:
    """An API server, with the rights of the user in ``kubeconfig``: the admin."""

    def __init__(self, kubeconfig: Path) -> None:
        self.kubeconfig = kubeconfig
        said = yaml.safe_load(kubeconfig.read_text())
        context = _named(said, "context", said["current-context"])
        cluster, user = _named(said, "cluster", context["cluster"]), _named(said, "user", context["user"])
        self.url: str = cluster["server"]
        self._token: str = user.get("token", "")
        self._tls = ssl.create_default_context(cadata=_content(cluster, "certificate-authority"))
        if "client-certificate" in user:
            self._tls.load_cert_chain(user["client-certificate"], user["client-key"])
        self._admin = self._client(self._token)

    def send(self, method: str, path: str, *, token: str | None = None, **options: Any) -> httpx.Response:
        """One request, as the admin or with another ``token``."""
        if token is None:
            return self._admin.request(method, path, **options)
        with self._client(token) as api:
            return api.request(method, path, **options)

    def get(self, path: str, *, token: str | None = None, **parameters: Any) -> httpx.Response:
        """What is there, as the admin or another ``token`` sees it."""
        return self.send("GET", path, token=token, params=parameters)

    def items(self, path: str, **parameters: Any) -> list[dict[str, Any]]:
        """The objects of a list."""
        found: list[dict[str, Any]] = self.get(path, **parameters).raise_for_status().json()["items"]
        return found

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Make an object; gives it as it is then."""
        made: dict[str, Any] = self.send("POST", path, json=body).raise_for_status().json()
        return made

    def patch(self, path: str, body: dict[str, Any]) -> None:
        """A merge patch: what ``body`` names is replaced."""
        headers = {"Content-Type": "application/merge-patch+json"}
        self.send("PATCH", path, json=body, headers=headers).raise_for_status()

    def close(self) -> None:
        self._admin.close()

    def _client(self, token: str) -> httpx.Client:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx.Client(base_url=self.url, headers=headers, verify=self._tls, trust_env=False, timeout=60)


def _named(kubeconfig: dict[str, Any], kind: str, name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one[kind] for one in kubeconfig[f"{kind}s"] if one["name"] == name)
    return found


def _content(holder: dict[str, Any], name: str) -> str | None:
    """What the file ``name`` holds, or the same in the kubeconfig itself."""
    if f"{name}-data" in holder:
        return base64.b64decode(holder[f"{name}-data"]).decode()
    return Path(holder[name]).read_text() if name in holder else None

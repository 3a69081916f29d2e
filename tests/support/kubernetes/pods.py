"""A pod as processes of this host: its files where it wants them, its environment, its command, its end.

Each pod has mounts and process numbers of its own, by ``unshare``, so its volumes are where the manifest says, nothing
of them is left on the host, and nothing that it started outlives it. The network is the host's: a pod has an address
of its own on loopback, and a server that would listen everywhere is told to listen there.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import re
import shlex
import signal
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.support.kubernetes.api import Api
    from tests.support.kubernetes.limits import Group

__all__ = ["CannotRunError", "PodProcess"]

_KEPT = ("LANG", "LC_ALL", "PATH", "JAVA_HOME", "PYTHONPATH", "LD_LIBRARY_PATH")
_TOKEN_SECONDS = 3600
_EVERYWHERE = "0.0.0.0"


class CannotRunError(Exception):
    """The pod can't start as it is; the message is what its status says."""


@dataclass
class PodProcess:
    """One pod, with one container. ``folder`` is its own, for volumes and ``log``; ``hosts`` is its ``/etc/hosts``.

    ``group`` is the container's, where it is held to its limits; ``evicted`` is why the node has put it out.
    """

    pod: dict[str, Any]
    address: str
    folder: Path
    api: Api
    hosts: Path
    group: Group | None = None
    process: asyncio.subprocess.Process | None = None
    evicted: str = ""
    is_over: bool = False
    _mounts: list[tuple[Path, str]] = field(default_factory=list)

    @property
    def is_running(self) -> bool:
        """Whether it has been started, and nothing has ended it."""
        return self.process is not None and self.process.returncode is None and not self.is_over

    @property
    def namespace(self) -> str:
        name: str = self.pod["metadata"]["namespace"]
        return name

    @property
    def container(self) -> dict[str, Any]:
        """The one that is run."""
        first: dict[str, Any] = self.pod["spec"]["containers"][0]
        return first

    async def start(self) -> None:
        """Start its process. Raises ``CannotRunError``; where it raises ``httpx.HTTPError``, it may be called again."""
        command = [*self.container.get("command", ()), *self.container.get("args", ())]
        if not command:
            raise CannotRunError("The pod names no command, and there are no images here.")
        self.folder.mkdir(parents=True, exist_ok=True)
        self._mounts.clear()
        environment = await self._environment()
        volumes = {volume["name"]: volume for volume in self.pod["spec"].get("volumes", ())}
        for mount in self.container.get("volumeMounts", ()):
            source = await self._volume(volumes[mount["name"]])
            inside = source / mount.get("subPath", "")
            if not inside.exists():
                # As kubelet does, and as wide open as the volume is.
                inside.mkdir(parents=True)
            self._mounts.append((inside, mount["mountPath"]))
        self._mounts.append((self.hosts, "/etc/hosts"))
        if self.group is not None:
            self.group.make()
        with (self.folder / "log").open("wb") as log:
            self.process = await asyncio.create_subprocess_exec(
                *_END_WITH_THE_NODE,
                *(self.group.enter() if self.group else ()),
                *_UNSHARE,
                "bash",
                "-ec",
                self._mount_script() + 'exec "$@"',
                "pod",
                *(_expanded(word, environment).replace(_EVERYWHERE, self.address) for word in command),
                env=environment,
                cwd="/",
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=asyncio.subprocess.STDOUT,
                start_new_session=True,
            )
        if self.is_over:
            # It was deleted meanwhile.
            await self.end(0)

    async def end(self, grace: float) -> None:
        """SIGTERM, and after ``grace`` seconds SIGKILL, to all of it."""
        self.is_over = True
        if self.process is None or self.process.returncode is not None:
            return
        for sign, seconds in ((signal.SIGTERM, grace), (signal.SIGKILL, 10.0)):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, sign)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.process.wait(), seconds)
                return

    # ---- its files

    def _mount_script(self) -> str:
        """Bash that puts every volume in its place. What is to be covered may hold what is still to be mounted: so
        volumes are opened before the first of them is mounted."""
        opened = [f"exec {10 + number}<{shlex.quote(str(source))}" for number, (source, _) in enumerate(self._mounts)]
        covered: set[Path] = set()
        lines = []
        for number, (source, target) in enumerate(self._mounts):
            place = Path(target).resolve()
            there = place
            while not there.exists():
                there = there.parent
            if there == Path("/") and place != there:
                raise CannotRunError(f"{target} has no folder above it that could be covered.")
            if there != place and there not in covered:
                covered.add(there)
                lines.append(f"mount -t tmpfs tmpfs {shlex.quote(str(there))}")
            make = "touch" if source.is_file() else "mkdir -p"
            if there != place:
                lines.append(f"mkdir -p {shlex.quote(str(place.parent))}; {make} {shlex.quote(str(place))}")
            lines.append(f"mount --no-canonicalize --bind /proc/self/fd/{10 + number} {shlex.quote(str(place))}")
        if self.container.get("securityContext", {}).get("readOnlyRootFilesystem"):
            # Last, since what is mounted from there would be read-only too.
            lines.append("mount -o remount,bind,ro /")
        closed = [f"exec {10 + number}<&-" for number in range(len(self._mounts))]
        return "\n".join([*opened, *lines, *closed, ""])

    async def _volume(self, volume: dict[str, Any]) -> Path:
        folder = self.folder / "volumes" / volume["name"]
        folder.mkdir(parents=True, exist_ok=True)
        kinds = set(volume) - {"name"}
        if kinds == {"emptyDir"}:
            return folder
        if kinds == {"hostPath"}:
            return Path(volume["hostPath"]["path"])
        if kinds == {"persistentVolumeClaim"}:
            return await self._claimed(volume["persistentVolumeClaim"]["claimName"])
        if kinds == {"projected"}:
            for source in volume["projected"]["sources"]:
                await self._project(source, folder)
            return folder
        if kinds in ({"configMap"}, {"secret"}):
            (kind,) = kinds
            name = volume[kind].get("name") or volume[kind]["secretName"]
            await self._project({kind: {"name": name, "items": volume[kind].get("items")}}, folder)
            return folder
        raise CannotRunError(f"Volumes of the kind {', '.join(kinds)} are not known here.")

    async def _claimed(self, claim: str) -> Path:
        found = await self.api.get(f"/api/v1/namespaces/{self.namespace}/persistentvolumeclaims/{claim}")
        name = found["spec"].get("volumeName")
        if not name:
            raise CannotRunError(f"The claim {claim} has no volume.")
        volume = await self.api.get(f"/api/v1/persistentvolumes/{name}")
        return _made(volume["spec"]["hostPath"]["path"])

    async def _project(self, source: dict[str, Any], folder: Path) -> None:
        if "serviceAccountToken" in source:
            asked = source["serviceAccountToken"]
            (folder / asked["path"]).write_text(await self._token(asked))
        elif "configMap" in source or "secret" in source:
            kind = "configMap" if "configMap" in source else "secret"
            decoded = await self._data(kind, source[kind]["name"])
            items = source[kind].get("items") or [{"key": key, "path": key} for key in decoded]
            for item in items:
                path = folder / item["path"]
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(decoded[item["key"]])
        elif "downwardAPI" in source:
            for item in source["downwardAPI"]["items"]:
                (folder / item["path"]).write_text(self._field(item["fieldRef"]["fieldPath"]))

    async def _data(self, kind: str, name: str) -> dict[str, str]:
        """What a ``configMap`` or a ``secret`` holds."""
        found = await self.api.get(f"/api/v1/namespaces/{self.namespace}/{kind.lower()}s/{name}")
        data: dict[str, str] = found.get("data", {})
        return data if kind == "configMap" else {key: base64.b64decode(one).decode() for key, one in data.items()}

    async def _token(self, asked: dict[str, Any]) -> str:
        account = self.pod["spec"]["serviceAccountName"]
        of_pod = self.pod["metadata"]
        bound = {"apiVersion": "v1", "kind": "Pod", "name": of_pod["name"], "uid": of_pod["uid"]}
        spec = {"expirationSeconds": max(_TOKEN_SECONDS, asked.get("expirationSeconds", 0)), "boundObjectRef": bound}
        if "audience" in asked:
            spec["audiences"] = [asked["audience"]]
        answer = await self.api.post(
            f"/api/v1/namespaces/{self.namespace}/serviceaccounts/{account}/token",
            {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec},
        )
        token: str = answer["status"]["token"]
        return token

    # ---- its environment

    async def _environment(self) -> dict[str, str]:
        host, port = self.api.url.removeprefix("https://").split(":")
        found = {name: os.environ[name] for name in _KEPT if name in os.environ} | {
            "HOSTNAME": self.pod["metadata"]["name"],
            "KUBERNETES_SERVICE_HOST": host,
            "KUBERNETES_SERVICE_PORT": port,
            "KUBERNETES_SERVICE_PORT_HTTPS": port,
        }
        for source in self.container.get("envFrom", ()):
            kind = "configMap" if "configMapRef" in source else "secret"
            found |= await self._data(kind, source[f"{kind}Ref"]["name"])
        for one in self.container.get("env", ()):
            found[one["name"]] = await self._value(one, found)
        service = found.get("JUPYTERHUB_SERVICE_URL", "")
        if service:
            found["JUPYTERHUB_SERVICE_URL"] = service.replace(f"//{_EVERYWHERE}:", f"//{self.address}:")
        return found

    async def _value(self, one: dict[str, Any], found: dict[str, str]) -> str:
        source = one.get("valueFrom")
        if source is None:
            return _expanded(one.get("value") or "", found)
        if "fieldRef" in source:
            return self._field(source["fieldRef"]["fieldPath"])
        for kind in ("secret", "configMap"):
            if (one_key := source.get(f"{kind}KeyRef")) is not None:
                return (await self._data(kind, one_key["name"]))[one_key["key"]]
        raise CannotRunError(f"The variable {one['name']} comes from where nothing is known of here.")

    def _field(self, path: str) -> str:
        if path in ("status.podIP", "status.podIPs"):
            return self.address
        if path == "status.hostIP":
            return "127.0.0.1"
        value: Any = self.pod
        for part in path.split("."):
            value = value.get(part, {})
        return str(value)


def _expanded(text: str, environment: dict[str, str]) -> str:
    """With ``$(NAME)`` filled in, where there is such a variable."""
    return re.sub(r"\$\(([A-Za-z_]\w*)\)", lambda match: environment.get(match[1], match[0]), text)


def _made(path: str) -> Path:
    Path(path).mkdir(parents=True, exist_ok=True)
    return Path(path)


# Whatever ends the node, nothing of the pod is left.
_END_WITH_THE_NODE = ["setpriv", "--pdeathsig", "KILL", "--"]
_UNSHARE = [
    "unshare",
    *(() if os.geteuid() == 0 else ("--user", "--map-root-user")),
    *("--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--"),
]

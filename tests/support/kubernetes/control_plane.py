"""etcd, API server, controllers and scheduler on loopback, each a process that ends with the tests."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import secrets
import signal
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from tests.support.kubernetes.certificates import write_certificates
from tests.support.kubernetes.connection import Connection
from tests.support.kubernetes.programs import find_programs
from tests.support.ports import TLS, free_port
from tests.support.product import wait_until

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["ControlPlane", "end_with_the_tests"]

_READY_SECONDS = 240
_libc = ctypes.CDLL(None)

_USERS = {
    "admin": "system:masters",
    "controllers": "system:masters",
    "nodes": "system:masters",
    "hub": "",
    "services": "",
    "system:kube-scheduler": "",
}
"""Who may speak to the API server with a token of their own, and the group that gives them rights."""


class ControlPlane:
    """A cluster without nodes. ``url`` and ``token(user)`` are the ways in; ``ca`` is whom to trust."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ca = folder / "ca.crt"
        self.url = f"https://127.0.0.1:{free_port()}"
        self._tokens = {user: secrets.token_hex(16) for user in _USERS}
        self._processes: list[subprocess.Popen[bytes]] = []

    @property
    def processes(self) -> Sequence[subprocess.Popen[bytes]]:
        """What runs: etcd, the API server, controllers and scheduler."""
        return self._processes

    def token(self, user: str = "admin") -> str:
        """The token of a user: ``admin``, ``nodes``, …."""
        return self._tokens[user]

    def kubeconfig(self, user: str = "admin") -> Path:
        """A kubeconfig of ``user``."""
        path = self.folder / f"{user.replace(':', '-')}.kubeconfig"
        named: dict[str, Any] = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "test", "cluster": {"server": self.url, "certificate-authority": str(self.ca)}}],
            "users": [{"name": user, "user": {"token": self.token(user)}}],
            "contexts": [{"name": "test", "context": {"cluster": "test", "user": user}}],
            "current-context": "test",
        }
        path.write_text(json.dumps(named))
        return path

    def start(self) -> None:
        """Start everything, and wait until the API server is ready and the namespace ``default`` is there."""
        programs = find_programs()
        write_certificates(self.folder)
        rows = [f'{self._tokens[user]},{user},{user},"{group}"' for user, group in _USERS.items()]
        (self.folder / "tokens.csv").write_text("\n".join(rows) + "\n")
        self._etcd = etcd = f"http://127.0.0.1:{free_port()}"
        peer = f"http://127.0.0.1:{free_port()}"
        self._run(
            programs / "etcd",
            f"--data-dir={self.folder / 'etcd'}",
            f"--listen-client-urls={etcd}",
            f"--advertise-client-urls={etcd}",
            f"--listen-peer-urls={peer}",
            f"--initial-advertise-peer-urls={peer}",
            f"--initial-cluster=default={peer}",
        )
        self.start_api_server()
        with contextlib.closing(Connection(self.kubeconfig())) as api:
            self._run(programs / "kube-controller-manager", *self._controllers())
            self._run(
                programs / "kube-scheduler",
                f"--kubeconfig={self.kubeconfig('system:kube-scheduler')}",
                "--leader-elect=false",
                "--port=0",
                "--secure-port=0",
            )
            self._wait(lambda: _answers(api, "/api/v1/namespaces/default"), "there is the namespace default")

    def start_scheduler(self, name: str) -> subprocess.Popen[bytes]:
        """Start one more scheduler, for pods that name it. It ends with the others, or before them."""
        config = {
            "apiVersion": "kubescheduler.config.k8s.io/v1beta1",
            "kind": "KubeSchedulerConfiguration",
            "clientConnection": {"kubeconfig": str(self.kubeconfig("controllers"))},
            "leaderElection": {"leaderElect": False},
            "healthzBindAddress": (address := f"127.0.0.1:{free_port()}"),
            "metricsBindAddress": address,
            "profiles": [{"schedulerName": name}],
        }
        path = self.folder / f"{name}.json"
        path.write_text(json.dumps(config))
        self._run(find_programs() / "kube-scheduler", f"--config={path}", "--secure-port=0", log=name)
        self._wait(lambda: _answers_plainly(f"http://{address}/healthz"), f"the scheduler {name} is ready")
        return self._processes[-1]

    def start_api_server(self) -> None:
        """Start the API server, once more where it was killed, and wait until it is ready."""
        self._run(find_programs() / "kube-apiserver", *self._api_server(self._etcd))
        with contextlib.closing(Connection(self.kubeconfig())) as api:
            self._wait(lambda: _answers(api, "/readyz"), "the API server is ready")

    def kill_api_server(self) -> None:
        """``kill -9`` it: nobody is told, and what was asked of it is not answered."""
        process = next(one for one in self._processes if Path(str(one.args[0])).name == "kube-apiserver")
        self._processes.remove(process)
        process.kill()
        process.wait()

    def stop(self) -> None:
        """End every process, the last one first."""
        while self._processes:
            process = self._processes.pop()
            process.terminate()
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def log(self, name: str) -> str:
        """The end of what ``etcd``, ``kube-apiserver``, … has said."""
        return (self.folder / f"{name}.log").read_text(errors="replace")[-4000:]

    def _api_server(self, etcd: str) -> list[str]:
        port = self.url.rsplit(":", 1)[1]
        accounts = self.folder / "accounts.key"
        return [
            f"--etcd-servers={etcd}",
            "--bind-address=127.0.0.1",
            "--advertise-address=127.0.0.1",
            f"--secure-port={port}",
            f"--tls-cert-file={self.folder / 'server.crt'}",
            f"--tls-private-key-file={self.folder / 'server.key'}",
            f"--client-ca-file={self.ca}",
            f"--token-auth-file={self.folder / 'tokens.csv'}",
            "--authorization-mode=RBAC",
            "--anonymous-auth=false",
            # In this release what newer ones do by Pod Security: see `furniture`.
            "--enable-admission-plugins=PodSecurityPolicy,PodTolerationRestriction",
            # As newer releases have it: a pod's token is its own, and ends with it.
            "--feature-gates=BoundServiceAccountTokenVolume=true",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-signing-key-file={accounts}",
            f"--service-account-key-file={accounts}",
            # etcd has its port to itself, so the cluster's services have these addresses to themselves.
            f"--service-cluster-ip-range=127.{'.'.join(map(str, divmod(int(etcd.rsplit(':', 1)[1]), 256)))}.0/24",
            "--endpoint-reconciler-type=none",
            "--allow-privileged=true",
        ]

    def _controllers(self) -> list[str]:
        return [
            f"--kubeconfig={self.kubeconfig('controllers')}",
            "--leader-elect=false",
            "--port=0",
            "--secure-port=0",
            f"--root-ca-file={self.ca}",
            f"--service-account-private-key-file={self.folder / 'accounts.key'}",
            "--feature-gates=BoundServiceAccountTokenVolume=true",
            # A node that is gone is noticed in seconds, not in minutes.
            "--node-monitor-period=1s",
            "--node-monitor-grace-period=15s",
            "--node-startup-grace-period=10s",
            "--pod-eviction-timeout=5s",
        ]

    def _run(self, program: Path, *arguments: str, log: str = "") -> None:
        with (self.folder / f"{log or program.name}.log").open("ab") as said:
            self._processes.append(
                subprocess.Popen(
                    [str(program), *arguments],
                    cwd=self.folder,
                    stdout=said,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                    preexec_fn=end_with_the_tests,
                    env={"PATH": os.environ["PATH"], "HOME": str(self.folder)},
                )
            )

    def _wait(self, what: Any, saying: str) -> None:
        def looked() -> bool:
            for process in self._processes:
                assert process.poll() is None, f"{process.args[0]} ended:\n{self.log(Path(process.args[0]).name)}"
            return bool(what())

        wait_until(looked, _READY_SECONDS, every=0.1, saying=saying)


def _answers(api: Connection, path: str) -> bool:
    with contextlib.suppress(httpx.TransportError):
        return api.get(path).status_code == 200
    return False


def _answers_plainly(url: str) -> bool:
    with contextlib.suppress(httpx.TransportError):
        return httpx.get(url, trust_env=False, verify=TLS).status_code == 200
    return False


def end_with_the_tests() -> None:
    """In the child: end when the tests are killed, so that nothing runs on."""
    _libc.prctl(1, signal.SIGKILL, 0, 0, 0)

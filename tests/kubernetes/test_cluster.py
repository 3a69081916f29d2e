"""The cluster of the tests leaves nothing behind, even where nobody could tell it to end."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.kubernetes.sessions import pod_manifest
from tests.support.kubernetes.connection import Connection
from tests.support.product import wait_until

pytestmark = [pytest.mark.kubernetes, pytest.mark.timeout(1800)]


def mentioning(folder: Path) -> list[str]:
    """Processes that have ``folder`` in their command, or run in a pod of it."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if str(folder) in " ".join([*process.cmdline(), *process.environ().values()]):
                found.append(process.name())
    return found


def test_a_cluster_that_is_killed_takes_its_pods_along(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.kubernetes"],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with process:
        try:
            assert process.stdout is not None
            # Nothing is to be read where the programs are still to be made; a test's time has room for that.
            kubeconfig = Path(process.stdout.readline().strip())
            with contextlib.closing(Connection(kubeconfig)) as admin:
                env = [{"name": "FOLDER", "value": str(tmp_path)}]
                command = ["bash", "-c", "trap '' TERM; sleep 600 & wait"]
                pods = "/api/v1/namespaces/default/pods"
                wait_until(
                    lambda: admin.get("/api/v1/namespaces/default/serviceaccounts/default").is_success,
                    saying="pods can be made",
                )
                admin.post(pods, pod_manifest(container={"command": command, "env": env}))
                wait_until(lambda: "sleep" in mentioning(tmp_path), saying="the pod runs")
            assert {"etcd", "kube-apiserver", "kube-scheduler"} <= set(mentioning(tmp_path))
        finally:
            os.kill(process.pid, signal.SIGKILL)
    wait_until(lambda: mentioning(tmp_path) == [], saying="no process is left")
    assert str(tmp_path) not in Path("/proc/self/mounts").read_text()

"""A cluster by hand: ``python -m tests.support.kubernetes`` prints the admin's kubeconfig, and runs until Ctrl-C.

``KUBECONFIG=… make test ARGS='-m kubernetes'`` then uses it, as it would any other.
"""

from __future__ import annotations

import contextlib
import signal
import tempfile
from pathlib import Path

from tests.support.kubernetes.cluster import Cluster

if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with (
        contextlib.suppress(KeyboardInterrupt),
        tempfile.TemporaryDirectory(prefix="cluster-") as folder,
        Cluster(Path(folder)) as cluster,
    ):
        print(cluster.admin.kubeconfig, flush=True)
        signal.pause()

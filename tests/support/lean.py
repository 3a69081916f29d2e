"""Jupyter's own programs, started with as little work as ours: the tests start many."""

from __future__ import annotations

import sys

__all__ = ["JUPYTERHUB", "JUPYTER_SERVER"]


def _started(module: str) -> list[str]:
    code = f"from aglais_hub.lean import start_lean; start_lean(); from {module} import main; main()"
    return [sys.executable, "-c", code]


JUPYTERHUB = _started("jupyterhub.app")
JUPYTER_SERVER = _started("jupyter_server.serverapp")

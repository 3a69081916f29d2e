"""Builds what npm makes before it goes into the wheel, and puts it where JupyterLab looks for it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

LAB_EXTENSION = "labextension/aglais_lab/labextension"
CONFIG = "labextension/jupyter-config"
WEB_BUNDLES = [f"aglais_hub/portal/static/{page}.js" for page in ("accounts", "bookings", "decisions", "capacity")]


class FrontendHook(BuildHookInterface[Any]):
    """Runs for the wheel; for an editable install ``make`` builds and links instead."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return
        root = Path(self.root)
        if not all((root / built).exists() for built in (LAB_EXTENSION, *WEB_BUNDLES)):
            self._build(root / "labextension")
        build_data["shared_data"] = {
            LAB_EXTENSION: "share/jupyter/labextensions/aglais-lab",
            f"{CONFIG}/server-config": "etc/jupyter/jupyter_server_config.d",
            f"{CONFIG}/labconfig": "etc/jupyter/labconfig",
        }
        build_data["force_include"] |= {
            "examples": "aglais_hub/examples",
            "jupyterhub_config.py": "aglais_hub/jupyterhub_config.py",
        }

    def _build(self, folder: Path) -> None:
        npm = shutil.which("npm")
        if npm is None:
            raise RuntimeError("Building Aglais Hub needs npm (Node.js 20 or newer). A wheel needs no building.")
        for arguments in (["ci", "--no-audit", "--no-fund"], ["run", "build"]):
            subprocess.run([npm, *arguments], cwd=folder, check=True)

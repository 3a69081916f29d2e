"""The command ``aglais-lab``: JupyterHub's server of one user, started with half of the work.

JupyterHub's own is the same in everything else.
"""

from __future__ import annotations

from aglais_hub.lean import start_lean

__all__ = ["build_nothing", "main"]


def main() -> None:
    """Start it, with JupyterHub's own arguments."""
    start_lean()
    build_nothing()
    from jupyterhub.singleuser import main as start  # noqa: PLC0415 - what it imports is the point

    start()


def build_nothing() -> None:
    """Tell JupyterLab where it would fetch what extensions are built from, for which it starts Node.js each time.

    Nothing is built in a lab.
    """
    from jupyterlab import commands  # noqa: PLC0415
    from traitlets import Unicode  # noqa: PLC0415

    class Options(commands.AppOptions):
        registry = Unicode(commands.YARN_DEFAULT_REGISTRY)

    commands.AppOptions = Options


if __name__ == "__main__":
    main()

"""The hub's process: JupyterHub as the platform has it, started with half of the work."""

from __future__ import annotations

from aglais_hub.lean import start_lean

__all__ = ["main"]


def main() -> None:
    """Start it, with JupyterHub's own arguments."""
    start_lean()
    from aglais_spawner.app import main as start  # noqa: PLC0415 - what it imports is the point

    start()


if __name__ == "__main__":
    main()

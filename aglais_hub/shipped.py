"""What ships beside the code: at the root of a checkout, inside the package once it is installed."""

from __future__ import annotations

from pathlib import Path

__all__ = ["shipped"]

_PACKAGE = Path(__file__).parent


def shipped(name: str) -> Path:
    """Where the file or folder ``name`` is; ``examples`` or ``jupyterhub_config.py``."""
    installed = _PACKAGE / name
    return installed if installed.exists() else _PACKAGE.parent / name

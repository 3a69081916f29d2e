"""Aglais in the lab: what a notebook uses, and the parts that Jupyter Server and JupyterLab load.

What a notebook uses is imported when it is asked for, so that the server does not carry it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aglais_lab.booked import resources
    from aglais_lab.requirement import requires
    from aglais_lab.results import result
    from aglais_lab.spark import spark_session
    from aglais_lab.temporary import temp

__all__ = ["requires", "resources", "result", "spark_session", "temp"]

_NOTEBOOK = {
    "requires": "requirement",
    "resources": "booked",
    "result": "results",
    "spark_session": "spark",
    "temp": "temporary",
}


def __getattr__(name: str) -> Any:
    if name not in _NOTEBOOK:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_NOTEBOOK[name]}"), name)


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    """Where JupyterLab finds the panel of a development install."""
    return [{"src": "labextension", "dest": "aglais-lab"}]


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    """The module that Jupyter Server loads."""
    return [{"module": "aglais_lab.extension"}]

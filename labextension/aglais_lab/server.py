"""The command ``aglais-lab``: JupyterHub's server of one user, started with two thirds of the work.

JupyterHub's own is the same in everything else.
"""

from __future__ import annotations

import sys

__all__ = ["main"]


def main() -> None:
    """Start it, with JupyterHub's own arguments."""
    # jsonschema makes a parser of IRIs as it is imported, which takes longer than all the rest of the start. Without
    # it no IRI in the description of an event is checked, and nobody describes any.
    sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]
    from jupyterhub.singleuser import main as start  # noqa: PLC0415 - what it imports is the point

    start()


if __name__ == "__main__":
    main()

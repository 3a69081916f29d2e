"""Notebooks written for a test."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["RESULT", "notebook", "write"]

RESULT = "from aglais_lab import result\nresult(count=3)"


def notebook(sources: Sequence[str], *, package: str = "tiny", **expected: Any) -> dict[str, Any]:
    """A notebook of code cells that declares what it expects."""
    cells = [
        {"cell_type": "code", "id": f"c{i}", "metadata": {}, "source": source, "outputs": [], "execution_count": None}
        for i, source in enumerate(sources)
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    metadata = {"kernelspec": kernel, "aglais": {"package": package, "version": 1, "result": expected}}
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def write(path: Path, sources: Sequence[str], *, package: str = "tiny", **expected: Any) -> Path:
    """The same as a file."""
    path.write_text(json.dumps(notebook(sources, package=package, **expected)))
    return path

"""What lets a process of ours start and end with less work. It imports next to nothing, and comes before all else."""

from __future__ import annotations

import atexit
import gc
import sys

__all__ = ["start_lean"]

_UNUSED = (
    # jsonschema makes a parser of IRIs as it is imported, in more time than all the rest takes; and it brings a parser
    # of durations. Without them neither is checked in the description of an event, and nobody describes any.
    "rfc3987_syntax",
    "isoduration",
    # httpx's command line, with all that colours its output.
    "httpx._main",
)
"""What libraries import where it is there, and none of our processes uses."""

_YOUNG = 50_000
"""How many new objects the garbage collector lets be before it looks at them. While modules are imported next to
nothing of them is garbage, and with Python's own 700 it looks a thousand times."""


def start_lean() -> None:
    """Leave out what is unused, and collect garbage less often, at the end not at all: the memory goes back anyway.

    Call it once, before the imports that are large. Nothing may rely on the garbage collector to close its files.
    """
    for name in _UNUSED:
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]
    gc.set_threshold(_YOUNG)
    # What is registered first is called last, after whatever others have to do at the end.
    atexit.register(gc.freeze)

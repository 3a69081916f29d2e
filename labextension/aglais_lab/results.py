"""The testable result of a notebook: said by its last cell, kept with the notebook's output."""

from __future__ import annotations

import math
from typing import Any

from IPython.display import display

__all__ = ["RESULT_MIME", "result"]

RESULT_MIME = "application/vnd.aglais.result+json"
"""The media type that a result is kept under in a notebook's output."""


def result(**values: float | str | bool) -> None:
    """Show the notebook's result, and keep it with the output for a run to be checked by.

    What is expected of it stands in the notebook's metadata, under ``aglais.result``: for each name a value, or
    ``{"value": …, "tolerance": …}`` for a number that may differ a little.
    """
    plain = {name: _plain(name, value) for name, value in values.items()}
    width = max((len(name) for name in plain), default=0)
    text = "\n".join(f"{name.replace('_', ' '):<{width}}  {_shown(value)}" for name, value in plain.items())
    bundle = {RESULT_MIME: {"version": 1, "values": plain}, "text/plain": text}
    display(bundle, raw=True)  # type: ignore[no-untyped-call]


def _plain(name: str, value: Any) -> float | str | bool:
    if hasattr(value, "item"):  # a number of NumPy's
        value = value.item()
    if not isinstance(value, int | float | str | bool):
        raise TypeError(f"The result {name} must be a number, a text or a truth value, not {type(value).__name__}")
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"The result {name} is {value}, which can't be compared with anything")
    return value


def _shown(value: float | str | bool) -> str:
    if isinstance(value, bool | str):
        return str(value)
    return f"{value:,}" if isinstance(value, int) else f"{value:.6g}"

"""What came of a run, and how far it is."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import computed_field

from aglais_hub.wire.base import Model

__all__ = ["RESULT_MIME", "VERSION", "Outcome", "Problem", "Progress", "Value"]

RESULT_MIME = "application/vnd.aglais.result+json"
"""The media type that a result is kept under in a notebook's output."""

VERSION = 1
"""The version of the standard that notebooks are checked by."""

Value = bool | int | float | str


class Problem(Model):
    """One thing that is not as declared.

    ``undeclared``: the metadata does not say what to expect, or not in a way that can be read. ``error``: a cell
    raised. ``missing``: the result, or one value of it, was never said. ``wrong``: a value is another.
    """

    kind: Literal["undeclared", "error", "missing", "wrong"]
    message: str
    cell: int | None = None


class Outcome(Model):
    """What came of a run: ``ok`` where there is no problem. ``cell`` in a problem is the number of a code cell."""

    package: str | None
    values: dict[str, Any]
    problems: list[Problem]
    seconds: float | None = None

    @computed_field  # type: ignore[prop-decorator]
    @property
    def ok(self) -> bool:
        """Whether everything is as declared."""
        return not self.problems


class Progress(Model):
    """How far a run is: the stage in words, and of the running of cells which of how many (from 1)."""

    stage: Literal["booking", "starting", "running", "ending", "checking"]
    message: str
    cell: int = 0
    cells: int = 0
    percent: int | None = None

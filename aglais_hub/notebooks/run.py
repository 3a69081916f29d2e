"""Run a notebook where this process is, with papermill: inside a booked session, within its limits."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import papermill
from nbclient.exceptions import DeadKernelError
from papermill.engines import NBClientEngine, papermill_engines
from papermill.exceptions import PapermillExecutionError

from aglais_hub.notebooks.check import check
from aglais_hub.notebooks.outcome import Outcome, Problem, Progress

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["run"]

START_SECONDS = 180
"""A kernel may take this long to start: a session may have a tenth of a core."""


class _TellingEngine(NBClientEngine):  # type: ignore[misc]
    """Papermill's own engine, and says before each code cell which of how many it is."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **options: Any) -> Any:
        tell: Callable[[Progress], None] = options.pop("tell")
        code = [index for index, cell in enumerate(nb_man.nb.cells) if cell.cell_type == "code"]
        start = nb_man.cell_start

        def cell_start(cell: Any, cell_index: int | None = None, **more: Any) -> None:
            start(cell, cell_index, **more)
            if cell_index in code:
                number = code.index(cell_index) + 1
                message = f"cell {number} of {len(code)}"
                tell(Progress(stage="running", message=message, cell=number, cells=len(code)))

        nb_man.cell_start = cell_start
        return super().execute_managed_notebook(nb_man, kernel_name, **options)


papermill_engines.register("aglais", _TellingEngine)


def run(
    path: Path,
    output: Path,
    *,
    progress: Callable[[Progress], None] | None = None,
    folder: Path | None = None,
) -> Outcome:
    """Run the notebook at ``path`` in ``folder`` (its own by default), keep it with its output, and check it.

    ``output`` is written after each cell, so that it holds what there is if the run is cut short. A cell that raises
    ends the run and is a problem of the outcome, not an exception.
    """
    try:
        papermill.execute_notebook(
            str(path),
            str(output),
            engine_name="aglais",
            progress_bar=False,
            start_timeout=START_SECONDS,
            cwd=str(folder or path.parent),
            tell=progress or (lambda _: None),
        )
    except PapermillExecutionError:
        pass  # the notebook holds the error, and `check` names it
    except DeadKernelError:
        return _with_dead_kernel(_checked(output))
    return _checked(output)


def _checked(output: Path) -> Outcome:
    return check(json.loads(output.read_text(encoding="utf-8")))


def _with_dead_kernel(outcome: Outcome) -> Outcome:
    died = Problem(kind="error", message="The kernel ended in the middle: stopped from outside, or out of memory.")
    return outcome.model_copy(update={"problems": [died, *outcome.problems]})

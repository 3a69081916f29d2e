"""What is told of a run while it goes on elsewhere: the lab answers as the test says, however quick its cells are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from aglais_hub.notebooks import remote

if TYPE_CHECKING:
    from aglais_hub.notebooks import Progress


class Lab:
    """One whose run is seen at these cells of three, one after the other, and has ended at the last."""

    def __init__(self, *cells: int) -> None:
        *going, last = [{"id": "r", "status": "running", "cell": cell, "cells": cell and 3} for cell in cells]
        self._answers = [*going, {**last, "status": "passed", "outcome": {"ok": True}}, {"cells": []}]

    def ask(self, method: str, path: str, **_: Any) -> dict[str, Any]:
        return self._answers.pop(0)


@pytest.mark.parametrize("cells", [(0, 1, 2, 3, 3), (0, 0, 3), (1, 2, 3), (0, 3)])
def test_the_last_cell_is_told_of_however_soon_the_run_is_over(
    cells: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "POLL_SECONDS", 0)
    told: list[Progress] = []
    lab: Any = Lab(*cells)
    remote._run_there(lab, "/user/ada/", "a.ipynb", {"cells": []}, told.append)
    assert told[0].message == "starting the kernel"
    assert [line.cell for line in told[1:]] == sorted(set(cells) - {0})
    assert (told[-1].message, told[-1].percent) == ("cell 3 of 3", 66)

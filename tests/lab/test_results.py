from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from aglais_lab import result, results


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    found: list[Any] = []
    monkeypatch.setattr(results, "display", lambda bundle, raw: found.append((bundle, raw)))
    return found


def test_a_result_is_kept_as_data_and_shown_as_text(shown: list[Any]) -> None:
    result(stars=np.int64(482106), slope=np.float64(0.4683951), name="Pleiades", found=np.bool_(True))
    [(bundle, raw)] = shown
    assert raw
    values = {"stars": 482106, "slope": 0.4683951, "name": "Pleiades", "found": True}
    assert bundle[results.RESULT_MIME] == {"version": 1, "values": values}
    assert [type(value) for value in bundle[results.RESULT_MIME]["values"].values()] == [int, float, str, bool]
    assert bundle["text/plain"].splitlines() == [
        "stars  482,106",
        "slope  0.468395",
        "name   Pleiades",
        "found  True",
    ]


@pytest.mark.parametrize("value", [[1], None, np.arange(3)])
def test_what_can_not_be_compared_is_refused(value: Any, shown: list[Any]) -> None:
    with pytest.raises((TypeError, ValueError)):
        result(value=value)
    assert not shown


@pytest.mark.parametrize("value", [float("nan"), float("inf"), np.float32("nan")])
def test_a_value_that_is_no_number_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="can't be compared"):
        result(value=value)

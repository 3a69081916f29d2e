from __future__ import annotations

from typing import Any

import pytest

from aglais_hub.notebooks import RESULT_MIME, check


def code(*outputs: dict[str, Any]) -> dict[str, Any]:
    return {"cell_type": "code", "execution_count": 1, "metadata": {}, "source": "", "outputs": list(outputs)}


def said(**values: Any) -> dict[str, Any]:
    data = {RESULT_MIME: {"version": 1, "values": values}, "text/plain": ""}
    return {"output_type": "display_data", "metadata": {}, "data": data}


def raised(name: str = "ValueError", value: str = "no") -> dict[str, Any]:
    return {"output_type": "error", "ename": name, "evalue": value, "traceback": []}


TEXT = {"cell_type": "markdown", "metadata": {}, "source": "# Title"}


def notebook(*cells: dict[str, Any], **expected: Any) -> dict[str, Any]:
    declared = {"package": "tiny", "version": 1, "result": expected}
    metadata = {"aglais": declared, "papermill": {"duration": 12.5}}
    return {"cells": list(cells), "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def kinds(found: dict[str, Any]) -> list[str]:
    return [problem.kind for problem in check(found).problems]


def test_all_as_declared() -> None:
    outcome = check(notebook(TEXT, code(), code(said(count=3, name="x", yes=True)), count=3, name="x", yes=True))
    assert outcome.ok
    assert outcome.problems == []
    assert outcome.values == {"count": 3, "name": "x", "yes": True}
    assert (outcome.package, outcome.seconds) == ("tiny", 12.5)
    assert outcome.model_dump(mode="json")["ok"] is True


@pytest.mark.parametrize(
    ("expected", "actual", "agree"),
    [
        (3, 3, True),
        (3, 4, False),
        (3, 3.0, True),
        (3, "3", False),
        (1, True, False),
        (True, 1, False),
        (True, True, True),
        (True, False, False),
        ("a", "a", True),
        ("a", "b", False),
        (0.5, 0.5000001, False),
        ({"value": 0.5, "tolerance": 0.001}, 0.5009, True),
        ({"value": 0.5, "tolerance": 0.001}, 0.4991, True),
        ({"value": 0.5, "tolerance": 0.001}, 0.5011, False),
        ({"value": 0.5}, 0.5, True),
        ({"value": 0.5, "tolerance": 1}, "0.5", False),
    ],
)
def test_a_value_agrees_or_is_wrong(expected: Any, actual: Any, agree: bool) -> None:
    assert kinds(notebook(code(said(it=actual)), it=expected)) == ([] if agree else ["wrong"])


def test_a_wrong_value_is_named_with_both() -> None:
    [problem] = check(notebook(code(said(stars=5)), stars=7)).problems
    assert problem.message == "`stars` is 5; 7 is expected."
    [problem] = check(notebook(code(said(slope=5.0)), slope={"value": 7, "tolerance": 1})).problems
    assert problem.message == "`slope` is 5.0; 7 ± 1 is expected."


def test_a_result_that_was_never_said_is_missing() -> None:
    outcome = check(notebook(TEXT, code(), count=3))
    assert [(problem.kind, problem.message) for problem in outcome.problems] == [("missing", "No cell said a result.")]
    assert not outcome.ok


def test_a_value_that_was_never_said_is_missing() -> None:
    [problem] = check(notebook(code(said(count=3)), count=3, slope=1)).problems
    assert problem.kind == "missing"
    assert "`slope`" in problem.message


def test_a_cell_that_raised_is_an_error_with_its_number() -> None:
    outcome = check(notebook(TEXT, code(), TEXT, code(raised("PackageTooSmallError", "too small")), count=3))
    [problem] = outcome.problems
    assert (problem.kind, problem.cell) == ("error", 2)
    assert problem.message == "Code cell 2 raised PackageTooSmallError: too small"


def test_an_error_counts_though_the_result_is_right() -> None:
    assert kinds(notebook(code(raised()), code(said(count=3)), count=3)) == ["error"]


def test_the_last_result_counts() -> None:
    assert check(notebook(code(said(count=1), said(count=2)), code(said(count=3)), count=3)).ok


def test_more_than_was_declared_is_no_problem() -> None:
    assert check(notebook(code(said(count=3, extra=1)), count=3)).ok


@pytest.mark.parametrize(
    "metadata",
    [
        {},
        {"aglais": None},
        {"aglais": {"package": "tiny", "result": {"count": 3}}},
        {"aglais": {"package": "tiny", "version": 2, "result": {"count": 3}}},
        {"aglais": {"package": "tiny", "version": 1}},
        {"aglais": {"package": "tiny", "version": 1, "result": {}}},
        {"aglais": {"package": "tiny", "version": 1, "result": {"count": [3]}}},
        {"aglais": {"package": "tiny", "version": 1, "result": {"count": {"tolerance": 1}}}},
        {"aglais": {"package": "tiny", "version": 1, "result": {"count": {"value": 3, "tolerance": "much"}}}},
        {"aglais": {"package": "tiny", "version": 1, "result": {"count": {"value": 3, "tolerance": -1}}}},
    ],
)
def test_what_declares_nothing_can_not_pass(metadata: dict[str, Any]) -> None:
    assert kinds(notebook(code(said(count=3))) | {"metadata": metadata}) == ["undeclared"]


def test_a_result_of_another_standard_is_none() -> None:
    other = {"output_type": "display_data", "data": {RESULT_MIME: {"version": 2, "values": {"count": 3}}}}
    assert kinds(notebook(code(other), count=3)) == ["missing"]

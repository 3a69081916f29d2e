"""Compare the result that a notebook declares with the one it has. Pure: a notebook in, an outcome out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aglais_hub.notebooks.outcome import RESULT_MIME, VERSION, Outcome, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["check", "required_package"]


def check(notebook: Mapping[str, Any]) -> Outcome:
    """What came of the run that ``notebook`` (format 4, as JSON) holds; every problem is named, errors first."""
    metadata = notebook.get("metadata", {})
    declared = metadata.get("aglais")
    problems = list(_errors(notebook))
    values = _last_result(notebook)
    if not isinstance(declared, dict) or declared.get("version") != VERSION:
        problems.append(_undeclared(f"its metadata has no `aglais` of version {VERSION}"))
    elif not isinstance(declared.get("result"), dict) or not declared["result"]:
        problems.append(_undeclared("its metadata does not say what result to expect"))
    elif values is None:
        if not problems:
            problems.append(Problem(kind="missing", message="No cell said a result."))
    else:
        problems.extend(_differences(declared["result"], values))
    seconds = metadata.get("papermill", {}).get("duration")
    return Outcome(package=required_package(notebook), values=values or {}, problems=problems, seconds=seconds)


def required_package(notebook: Mapping[str, Any]) -> str | None:
    """The package that the notebook declares it needs."""
    declared = notebook.get("metadata", {}).get("aglais")
    package = declared.get("package") if isinstance(declared, dict) else None
    return package if isinstance(package, str) and package else None


def _undeclared(why: str) -> Problem:
    return Problem(kind="undeclared", message=f"The notebook can't be checked: {why}.")


def _code_cells(notebook: Mapping[str, Any]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    cells = (cell for cell in notebook.get("cells", []) if cell.get("cell_type") == "code")
    return enumerate(cells, start=1)


def _errors(notebook: Mapping[str, Any]) -> Iterator[Problem]:
    for number, cell in _code_cells(notebook):
        for output in cell.get("outputs", []):
            if output.get("output_type") == "error":
                said = f"{output.get('ename', 'Error')}: {output.get('evalue', '')}"
                yield Problem(kind="error", message=f"Code cell {number} raised {said}", cell=number)


def _last_result(notebook: Mapping[str, Any]) -> dict[str, Any] | None:
    found = None
    for _, cell in _code_cells(notebook):
        for output in cell.get("outputs", []):
            said = output.get("data", {}).get(RESULT_MIME)
            if isinstance(said, dict) and said.get("version") == VERSION and isinstance(said.get("values"), dict):
                found = dict(said["values"])
    return found


def _differences(declared: Mapping[str, Any], values: Mapping[str, Any]) -> Iterator[Problem]:
    for name, expected in declared.items():
        value, tolerance = expected, 0.0
        if isinstance(expected, dict):
            value, tolerance = expected.get("value"), expected.get("tolerance", 0.0)
        if not isinstance(value, bool | int | float | str) or not _is_number(tolerance) or tolerance < 0:
            yield _undeclared(f"what it expects of `{name}` is not a value, nor a value with a tolerance")
        elif name not in values:
            yield Problem(
                kind="missing", message=f"The result says nothing of `{name}`; {_shown(expected)} is expected."
            )
        elif not _agree(value, values[name], tolerance):
            message = f"`{name}` is {_shown(values[name])}; {_shown(expected)} is expected."
            yield Problem(kind="wrong", message=message)


def _agree(expected: Any, actual: Any, tolerance: float) -> bool:
    if _is_number(expected) and _is_number(actual):
        return bool(abs(expected - actual) <= tolerance)
    return type(expected) is type(actual) and bool(expected == actual)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return f"{value.get('value')} ± {value.get('tolerance', 0)}"
    return repr(value) if isinstance(value, str) else str(value)

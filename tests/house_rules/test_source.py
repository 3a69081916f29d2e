"""The source keeps to the house: who imports whom, how long files and functions get, and what is never written down."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MOST_LINES, MOST_LINES_OF_A_FUNCTION = 400, 50
# Made from the OpenAPI document, not written.
GENERATED = ("types.gen.ts",)


@cache
def tracked(*endings: str) -> list[Path]:
    """The files in git with one of these endings; all without."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    names = [name for name in listed.stdout.split("\0") if name and name.endswith(endings or ("",))]
    return [ROOT / name for name in names if (ROOT / name).is_file() and not name.endswith(GENERATED)]


def test_the_import_contracts_hold():
    linter = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "0 broken" in done.stdout


def test_no_source_file_is_too_long():
    lengths = {path: len(path.read_text().splitlines()) for path in tracked(".py", ".ts", ".tsx", ".mjs", ".js")}
    assert len(lengths) > 50
    long = {str(path.relative_to(ROOT)): lines for path, lines in lengths.items() if lines > MOST_LINES}
    assert not long, f"more than {MOST_LINES} lines: {long}"


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Its lines without its docstring, which for a command is its help."""
    lines = (function.end_lineno or 0) - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function):
        lines -= (first.end_lineno or 0) - first.lineno + 1
    return lines


def test_no_function_is_too_long():
    # A test may be a long story, a migration a long list of columns.
    ours = [path for path in tracked(".py") if not {"tests", "migrations"} & set(path.relative_to(ROOT).parts)]
    long = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}: {length(node)} lines"
        for path in ours
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and length(node) > MOST_LINES_OF_A_FUNCTION
    ]
    assert not long, long


# Written in two pieces, so that this file does not find itself.
NEVER = {
    "the address of a package registry": [
        "registry." + "npmjs",
        "files." + "pythonhosted",
        "pypi." + "org/simple",
        r"deb\." + r"debian\.org",
    ],
    "a path of somebody's machine": ["/" + "work/", "/" + r"root/\w", "/" + r"home/\w+/\w", r"/Us" + r"ers/\w+/\w"],
}


@pytest.mark.parametrize("what", NEVER)
def test_nothing_of_one_machine_is_committed(what):
    pattern = re.compile("|".join(NEVER[what]))
    found = []
    for path in tracked():
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue
        found += [f"{path.relative_to(ROOT)}: {match.group()}" for match in pattern.finditer(text)]
    assert not found, f"{what}: {found[:10]}"


def test_every_package_has_a_docstring_that_says_what_it_is_for():
    missing = [
        str(path.relative_to(ROOT))
        for path in tracked(".py")
        if path.is_relative_to(ROOT / "aglais_hub") or path.is_relative_to(ROOT / "spawner")
        if path.read_text().strip() and not ast.get_docstring(ast.parse(path.read_text()))
    ]
    assert [name for name in missing if not name.endswith("__main__.py")] == []

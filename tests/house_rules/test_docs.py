"""The guide says what the code does: generated passages are fresh, links lead somewhere, commands and settings exist.

``python -m tests.house_rules.test_docs`` writes the generated passages anew. A passage stands between
``<!-- NAME: begin -->`` and ``<!-- NAME: end -->``.
"""

from __future__ import annotations

import inspect
import os
import re
from contextlib import redirect_stdout, suppress
from functools import partial
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest
from pydantic import SecretStr

from aglais_hub import errors
from aglais_hub.app import API, make_app
from aglais_hub.bookings.lifecycle import COUNTED, TRANSITIONS
from aglais_hub.cli import main
from aglais_hub.cli.app import GROUPS, SECTIONS
from aglais_hub.client import Client, calls
from aglais_hub.policy import SHIPPED
from aglais_hub.providers import Provider
from aglais_hub.settings import NOT_SETTINGS, NOT_SETTINGS_PREFIXES, PREFIX, Settings
from aglais_hub.web.hub import Hub
from aglais_hub.web.routing import describe
from aglais_hub.web.scopes import SCOPE, SCOPES, USER_SCOPES
from aglais_hub.wire.bookings import Phase
from aglais_hub.wire.policy import SPACES, Space
from aglais_hub.wiring import wire
from aglais_spawner.kube import KubeBookingSpawner
from benchmarks.page import tables
from benchmarks.parts import PARTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *DOCS.glob("*.md")])


def table(heads: list[str], rows: Iterable[list[str]]) -> str:
    lines = ["| " + " | ".join(row) + " |" for row in [heads, *rows]]
    return "\n".join([lines[0], "|---" * len(heads) + "|", *lines[1:]])


def sentence(text: str | None) -> str:
    """The first sentence of a docstring, as Markdown."""
    first = " ".join((text or "").split("\n\n", maxsplit=1)[0].split())
    return first.replace("``", "`").replace("|", "\\|")


def settings_table() -> str:
    def shown(value: Any) -> str:
        if value in ("", None, ()):
            return "–"
        assert not isinstance(value, SecretStr)
        return f"`{str(value).lower() if isinstance(value, bool) else value}`"

    fields = Settings.model_fields.items()
    assert all(field.description for _, field in fields)
    rows = [(f"`{PREFIX}{name.upper()}`", shown(field.default), str(field.description)) for name, field in fields]
    return table(["variable", "default", "what it is"], rows)


def providers_table() -> str:
    fields = [(name, field) for name, field in Provider.model_fields.items() if field.description]
    return table(["field", "what it is"], [[f"`{name}`", str(field.description)] for name, field in fields])


def policy_table() -> str:
    def amount(number: int | None, unit: str) -> str:
        if number is None:
            return "any number"
        return f"{number:,} {unit}" if number else "none"

    rows = []
    for level, allowed in SHIPPED.levels.items():
        for name in SPACES:
            space: Space = getattr(allowed, name)
            kept = f"`{space.kept}`" if space.kept else "as long as the account"
            held = [amount(space.files, "files"), amount(space.size, "MiB")]
            rows.append([str(level), f"`{name}`", *held, kept, f"`{space.keep}`"])
    return table(["level", "space", "files", "size", "kept", "keep"], rows)


def transitions_table() -> str:
    def row(phase: Phase) -> list[str]:
        following = ", ".join(other for other in TRANSITIONS if other in TRANSITIONS[phase])
        return [phase, "yes" if phase in COUNTED else "no", following or "nothing: it is over"]

    return table(["phase", "holds its place", "may become"], map(row, TRANSITIONS))


def errors_table() -> str:
    found = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.AglaisError)]
    ordered = sorted(found, key=lambda kind: (kind.status, kind.code))
    rows = [[str(kind.status), f"`{kind.code}`", f"`{kind.__name__}`", sentence(kind.__doc__)] for kind in ordered]
    rows = [row[:3] + (["A defect of ours."] if row[1] == "`internal`" else row[3:]) for row in rows]
    return table(["status", "`error.code`", "class in Python", "what it means"], rows)


def scopes_table() -> str:
    rows = [
        [f"`{SCOPE}{name}`", sentence(text), "everyone, and every lab" if name in USER_SCOPES else "admins"]
        for name, text in SCOPES.items()
        if name not in ("accounts:login", "sessions:write")
    ]
    rows += [
        [f"`{SCOPE}{name}`", sentence(SCOPES[name]), "the hub itself"] for name in ("accounts:login", "sessions:write")
    ]
    return table(["scope", "what it allows", "who has it"], rows)


def routes_table() -> str:
    with TemporaryDirectory() as folder:
        parts = wire(Settings(state=Path(folder)), hub=Hub("http://127.0.0.1:9/hub/api", "none"))
        document = describe(make_app(parts), prefix=API)
        parts.hub.close()
        for database in parts.databases:
            database.dispose()
    rows = [
        [f"`{method.upper()}`", f"`{path.removeprefix(API + '/')}`", sentence(operation.get("description"))]
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    ]
    return table(["", "under `/services/aglais/api/`", ""], sorted(rows, key=lambda row: row[1].strip("`").split("/")))


def calls_table() -> str:
    names = [name for name, call in vars(calls).items() if inspect.isfunction(call) and hasattr(Client, name)]
    rows = []
    for name in names:
        parameters = inspect.signature(getattr(calls, name)).parameters.values()
        shown = [
            f"{'**' if one.kind is one.VAR_KEYWORD else ''}{one.name}{'=' if one.kind is one.KEYWORD_ONLY else ''}"
            for one in parameters
        ]
        rows.append([f"`{name}({', '.join(shown)})`", sentence(getattr(calls, name).__doc__)])
    return table(["method", "what it does"], rows)


def help_of(*arguments: str) -> str:
    out = StringIO()
    with patch.dict(os.environ, {"COLUMNS": "80", "NO_COLOR": "1"}), redirect_stdout(out), suppress(SystemExit):
        main([*arguments, "--help"])
    return f"```text\n{out.getvalue().strip()}\n```"


def commands_help() -> str:
    parts = [help_of()]
    for title, functions in SECTIONS.items():
        parts.append(f"## {title}")
        for function in functions:
            parts += [f"### aglais {function.__name__}", help_of(function.__name__)]
            for inner in GROUPS.get(function, ()):
                names = function.__name__, inner.__name__.rstrip("_")
                parts += [f"#### aglais {' '.join(names)}", help_of(*names)]
    return "\n\n".join(parts)


def spawner_table() -> str:
    traits = KubeBookingSpawner.class_own_traits(config=True).items()
    shown = {name: trait.default_value_repr() for name, trait in traits}
    rows = [
        [f"`{name}`", "–" if shown[name] in ("''", "{}") else f"`{shown[name]}`", trait.help] for name, trait in traits
    ]
    return table(["setting", "default", "what it is"], rows)


def results_tables(part: str) -> str:
    return tables(ROOT / "benchmarks" / "results.json", part)


PASSAGES: dict[tuple[str, str], Callable[[], str]] = {
    ("settings.md", "settings"): settings_table,
    ("login.md", "providers"): providers_table,
    ("login.md", "policy"): policy_table,
    ("api.md", "transitions"): transitions_table,
    ("api.md", "errors"): errors_table,
    ("api.md", "scopes"): scopes_table,
    ("api.md", "routes"): routes_table,
    ("client.md", "calls"): calls_table,
    ("cli.md", "help"): commands_help,
    ("kubernetes.md", "kubernetes"): spawner_table,
    **{("benchmarks.md", part): partial(results_tables, part) for part in PARTS},
}


def cut(text: str, name: str) -> tuple[str, str, str]:
    """The text before the passage, the passage, and the text after it."""
    before, begin, rest = text.partition(f"<!-- {name}: begin -->")
    passage, end, after = rest.partition(f"<!-- {name}: end -->")
    assert begin, f"there is no passage {name}"
    assert end, f"the passage {name} has no end"
    return before + begin, passage, end + after


@pytest.mark.parametrize(("page", "name"), PASSAGES)
def test_a_generated_passage_is_fresh(page: str, name: str) -> None:
    _, passage, _ = cut((DOCS / page).read_text(), name)
    assert passage.strip() == PASSAGES[page, name](), "to refresh: python -m tests.house_rules.test_docs"


def test_every_generated_passage_is_known() -> None:
    marked = {(page.name, name) for page in PAGES for name in re.findall(r"<!-- ([a-z]+): begin -->", page.read_text())}
    assert marked == set(PASSAGES)


def anchors(page: Path) -> set[str]:
    """The names of a page's headings, as they are linked to."""
    heads = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", head).strip().lower().replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    dead = []
    text = page.read_text()
    for target in re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r' src(?:set)?="([^"]+)"', text):
        if target.startswith(("http://", "https://", "mailto:")):
            continue
        name, _, anchor = target.partition("#")
        there = page.parent / name if name else page
        if not there.exists() or (anchor and anchor not in anchors(there)):
            dead.append(target)
    assert not dead


def test_every_page_is_reached_from_the_index() -> None:
    linked = set(re.findall(r"\]\(([\w-]+\.md)", (DOCS / "index.md").read_text()))
    assert linked == {page.name for page in DOCS.glob("*.md")} - {"index.md"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_and_settings_that_are_mentioned_exist(page: Path) -> None:
    text = page.read_text()
    commands = {function.__name__ for functions in SECTIONS.values() for function in functions}
    assert set(re.findall(r"(?:`|^ *|&& )aglais ([a-z]+)", text, re.MULTILINE)) <= commands
    known = {name.upper() for name in Settings.model_fields} | NOT_SETTINGS
    said = set(re.findall(rf"\b{PREFIX}([A-Z][A-Z_]*[A-Z])\b", text))
    assert {name for name in said - known if not name.startswith(NOT_SETTINGS_PREFIXES)} == set()


if __name__ == "__main__":
    for (page_name, passage_name), make in PASSAGES.items():
        path = DOCS / page_name
        before, _, after = cut(path.read_text(), passage_name)
        path.write_text(f"{before}\n\n{make()}\n\n{after}")

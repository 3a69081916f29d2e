"""``docs/settings.md`` says what ``settings.py`` does; ``python tests/house_rules/test_settings.py`` writes it anew."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import SecretStr

from aglais_hub.settings import PREFIX, Settings

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"
BEGIN, END = "<!-- settings: begin -->", "<!-- settings: end -->"


def shown(value: Any) -> str:
    if value in ("", None, ()):
        return "–"
    assert not isinstance(value, SecretStr)
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def table() -> str:
    rows = ["| variable | default | what it is |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        assert field.description, f"{name} has no description"
        rows.append(f"| `{PREFIX}{name.upper()}` | {shown(field.default)} | {field.description} |")
    return "\n".join(rows)


def test_every_setting_is_documented_as_it_is():
    text = PAGE.read_text()
    assert text[text.index(BEGIN) + len(BEGIN) : text.index(END)].strip() == table()


if __name__ == "__main__":
    before, _, rest = PAGE.read_text().partition(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}\n\n{table()}\n\n{END}{rest.partition(END)[2]}")

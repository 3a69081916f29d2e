"""The hub of these tests has the rights that the guide says it needs, so what works here works with those."""

from __future__ import annotations

import re
from pathlib import Path

from tests.support.kubernetes.furniture import HUB_RULES

GUIDE = Path(__file__).parents[2] / "docs" / "kubernetes.md"


def test_the_hub_may_here_what_the_guide_says_it_needs() -> None:
    _, _, section = GUIDE.read_text().partition("## What the hub needs")
    rows = re.findall(r"^\| (`.*`) \| ([a-z, ]+) \|$", section, re.MULTILINE)
    said = {kind: verbs.split(", ") for kinds, verbs in rows for kind in re.findall(r"`([a-z/]+)`", kinds)}
    assert said == {kind: verbs for (_, kind), verbs in HUB_RULES.items()}

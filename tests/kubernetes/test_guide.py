"""The guide lists the rights that an installation gives, which are those of the hub and the services of these tests."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.kubernetes.furniture import cluster_roles

GUIDE = Path(__file__).parents[2] / "docs" / "kubernetes.md"


@pytest.mark.parametrize(
    ("role", "heading"),
    [("aglais-hub", "## What the hub needs"), ("aglais-services", "## Capacity from the nodes")],
)
def test_the_guide_lists_the_rights_of_a_role(role: str, heading: str) -> None:
    _, _, section = GUIDE.read_text().partition(heading)
    rows = re.findall(r"^\| (`.*`) \| ([a-z, ]+) \|", section.partition("\n## ")[0], re.MULTILINE)
    said = {kind: verbs.split(", ") for kinds, verbs in rows for kind in re.findall(r"`([a-z/]+)`", kinds)}
    rules = cluster_roles()[role]["rules"]
    assert said == {kind: rule["verbs"] for rule in rules for kind in rule["resources"]}

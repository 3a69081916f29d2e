"""What axe-core has to say of a page: names of what can be used, contrast, landmarks, the order of headings."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

__all__ = ["is_for_everyone"]

AXE = Path(__file__).parents[2] / "labextension" / "node_modules" / "axe-core" / "axe.min.js"

ALSO = ["page-has-heading-one", "landmark-one-main", "region", "meta-viewport"]
"""Rules that count although axe-core calls a breach of them moderate."""

SETTLED = """() => Promise.all(document.getAnimations()
  .filter(one => one instanceof CSSTransition).map(one => one.finished.catch(() => null)))"""
"""While a page goes over to dark its colours are somewhere between."""

RUN = """([only, also]) => axe.run(document, {
  preload: false, resultTypes: ['violations'], ...(only ? {runOnly: only} : {})
}).then(found => found.violations.filter(
  rule => ['serious', 'critical'].includes(rule.impact) || also.includes(rule.id)
).flatMap(rule => rule.nodes.map(
  node => `${rule.impact} ${rule.id} at ${node.target.join(' ')}: ${node.failureSummary}`
)))"""


def is_for_everyone(page: Page, name: str, only: list[str] | None = None) -> None:
    """Nothing on the page, as it is now, keeps anybody out; ``only`` names the rules to ask for."""
    # Half of a page has no heading yet, and its scripts have still to choose between light and dark.
    page.wait_for_load_state()
    # Run from here, as a debugger would: the page's own policy allows no script but its own.
    page.evaluate(_axe())
    page.evaluate(SETTLED)
    found: list[str] = page.evaluate(RUN, [only, ALSO])
    assert not found, "\n".join([f"{name}, {page.url}:", *found])


@cache
def _axe() -> str:
    return AXE.read_text()

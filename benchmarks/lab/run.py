"""The same JupyterLab with our panels and without, loaded in turn by a browser that has nothing of either."""

from __future__ import annotations

import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from benchmarks.measure import Figure, Timing
from benchmarks.results import Results, machine
from benchmarks.spawn.hubs import Hub
from tests.support.browser import open_browser
from tests.support.steps import wait_for_lab

if TYPE_CHECKING:
    from playwright.sync_api import Browser, StorageState

    from benchmarks.options import Options

__all__ = ["OURS", "PANEL", "PLAIN", "USABLE", "run"]

TURNS, QUICK_TURNS = 20, 1
LIMIT = 1.05

GROUP = "this host"
PLAIN, OURS = "JupyterLab", "with our panels"
USABLE, PANEL = "until the lab can be used", "until the panel says what one has"

_WITHOUT_OURS = """
c.Spawner.args = ["--allow-root", "--ServerApp.jpserver_extensions=aglais_lab=False", {others!r}]
"""
_PATIENCE = 60_000


class Person:
    """Somebody whose lab runs; each ``load`` is by another browser, in a workspace that is new."""

    def __init__(self, browser: Browser, hub: Hub, *, has_panel: bool) -> None:
        self._browser = browser
        self._has_panel = has_panel
        context = browser.new_context()
        page = context.new_page()
        page.goto(hub.product.url)
        page.get_by_role("button", name="Give it a try").click()
        wait_for_lab(page)
        self._lab = page.url.split("/lab")[0] + "/lab"
        self._logged_in: StorageState = context.storage_state()
        context.close()

    def load(self, turn: int) -> tuple[float, float]:
        """The seconds until the lab can be used, and until its panel says what one has (0 where there is none)."""
        context = self._browser.new_context(storage_state=self._logged_in, viewport={"width": 1280, "height": 860})
        page = context.new_page()
        begun = time.perf_counter()
        page.goto(f"{self._lab}/workspaces/turn-{turn}", wait_until="commit")
        page.locator(".jp-LauncherCard[data-category=Notebook]").first.wait_for(timeout=_PATIENCE)
        page.locator("#jupyterlab-splash").wait_for(state="detached", timeout=_PATIENCE)
        usable = time.perf_counter() - begun
        panel = page.get_by_role("region", name="Booking", exact=True)
        if self._has_panel:
            expect(panel.get_by_role("heading").first).to_be_visible(timeout=_PATIENCE)
        told = time.perf_counter() - begun
        assert panel.count() == self._has_panel
        context.close()
        return usable, told if self._has_panel else 0


def run(options: Options) -> Results:
    """On this host, over hub and proxy."""
    begun = time.perf_counter()
    turns = QUICK_TURNS if options.quick else TURNS
    measured = machine(jupyterhub=version("jupyterhub"), jupyterlab=version("jupyterlab"))
    results = Results(measured, not options.quick, {"turns": turns})
    options.say("starting two hubs")
    with _hub(options.folder, PLAIN) as plain, _hub(options.folder, OURS) as ours, open_browser() as browser:
        people = {
            PLAIN: Person(browser, plain, has_panel=False),
            OURS: Person(browser, ours, has_panel=True),
        }
        options.say(f"{turns} loads of each, in turn")
        _in_turn(people, results, turns)
    results.checks.append("the panel is there each time, and never in the plain lab")
    results.seconds = time.perf_counter() - begun
    return results


def _hub(folder: Path, case: str) -> Hub:
    more = ""
    if case == PLAIN:
        more = _WITHOUT_OURS.format(others=f"--LabApp.labextensions_path={_other_extensions(folder / 'others')}")
    return Hub(folder / case.replace(" ", "-"), "aglais_spawner.LocalBookingSpawner", more, books=True)


def _other_extensions(folder: Path) -> Path:
    """A folder of all that JupyterLab has beside ours."""
    folder.mkdir()
    for one in Path(sys.prefix, "share", "jupyter", "labextensions").iterdir():
        if one.name != "aglais-lab":
            (folder / one.name).symlink_to(one)
    return folder


def _in_turn(people: dict[str, Person], results: Results, turns: int) -> None:
    """Where there are several, the first load of each lab does not count: its server has read nothing yet."""
    usable: dict[str, list[float]] = {case: [] for case in people}
    told: dict[str, list[float]] = {case: [] for case in people}
    first = 0 if turns > 1 else 1
    for turn in range(first, turns + 1):
        for case in list(people) if turn % 2 else reversed(people):
            taken = people[case].load(turn)
            usable[case].append(taken[0])
            told[case].append(taken[1])
    for case in people:
        results.figures.append(Figure(USABLE, GROUP, case, Timing.of(usable[case][1 - first :])))
    results.figures.append(Figure(PANEL, GROUP, OURS, Timing.of(told[OURS][1 - first :])))
    ratio = results.median(USABLE, GROUP, OURS) / results.median(USABLE, GROUP, PLAIN)
    results.judge("a lab with our panels takes at most so many times what it takes without", GROUP, OURS, ratio, LIMIT)

"""One start after the other, ours and the plain spawner's in turn; then many at once."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version

import httpx

from benchmarks.measure import Figure, Timing
from benchmarks.options import Options
from benchmarks.results import Results, machine
from benchmarks.spawn.hubs import BARE, LAB, Hub
from benchmarks.spawn.places import PLACES, Place
from tests.support.product import wait_until

__all__ = ["OURS", "READY", "WAVE", "run"]

TURNS, WAVES, AT_ONCE = 20, 4, 25
QUICK_TURNS, QUICK_WAVES, QUICK_AT_ONCE = 1, 2, 3

READY = {LAB: "JupyterLab, until it is ready", BARE: "a server that does nothing, until it is ready"}
WAVE = "one of a wave of those"
OURS = "Aglais Hub"

_LIMIT = 1.05
_GONE_SECONDS = 60


def run(options: Options) -> Results:
    """On a cluster and on this host."""
    begun = time.perf_counter()
    measured = machine(jupyterhub=version("jupyterhub"), kubespawner=version("jupyterhub-kubespawner"))
    turns = QUICK_TURNS if options.quick else TURNS
    waves, at_once = (QUICK_WAVES, QUICK_AT_ONCE) if options.quick else (WAVES, AT_ONCE)
    results = Results(measured, not options.quick, {"turns": turns, "waves": waves, "at_once": at_once})
    for name, start in PLACES.items():
        options.say(f"{name}: starting two hubs")
        with start(options.folder / name) as place:
            for kind in (LAB, BARE):
                options.say(f"{name}: {turns} starts of each, in turn: {READY[kind]}")
                _in_turn(place, results, kind, turns)
            options.say(f"{name}: {waves} waves of {at_once} servers")
            _in_waves(place, results, waves, at_once)
    results.seconds = time.perf_counter() - begun
    return results


def _in_turn(place: Place, results: Results, kind: str, turns: int) -> None:
    """Each start is that of a new account. Where there are several, the first of each hub does not count."""
    taken: dict[str, list[float]] = {name: [] for name in place.hubs}
    first = 0 if turns > 1 else 1
    for turn in range(first, turns + 1):
        names = list(place.hubs)
        for name in names if turn % 2 else reversed(names):
            hub, account = place.hubs[name], f"{kind}-turn-{turn}"
            hub.know([account])
            taken[name].append(hub.start(account))
            hub.stop(account)
    medians = {}
    for name, case in (("plain", place.plain), ("ours", OURS)):
        timing = Timing.of(taken[name][1 - first :])
        results.figures.append(Figure(READY[kind], place.title, case, timing))
        medians[name] = timing.median
    if kind == LAB:
        claim = f"a JupyterLab takes at most so many times what it takes with {place.plain}"
        results.judge(claim, place.title, OURS, medians["ours"] / medians["plain"], _LIMIT)


def _in_waves(place: Place, results: Results, waves: int, at_once: int) -> None:
    """Wave after wave until all of them run; then all of them end."""
    hub, count = place.hubs["ours"], waves * at_once
    accounts = [f"{BARE}-wave-{number}" for number in range(count)]
    hub.know(accounts)
    taken: list[float] = []
    with ThreadPoolExecutor(at_once) as threads:
        for first in range(0, count, at_once):
            started = threads.map(lambda name: _started(hub, name), accounts[first : first + at_once])
            taken += [seconds for seconds in started if seconds is not None]
        run = sum(threads.map(hub.answers, accounts))
        for _ in threads.map(hub.stop, accounts):
            pass
    results.figures.append(Figure(WAVE, place.title, OURS, Timing.of(taken)))
    claim = f"of {count} servers, {at_once} at once, so many fail"
    results.judge(claim, place.title, OURS, count - min(run, len(taken)), 0)
    wait_until(lambda: not place.left(), _GONE_SECONDS, saying="nothing of them is left")
    hub.verify()
    results.checks.append(
        f"{place.title}: nothing is left of {count} servers that were stopped, and the ledger verifies"
    )


def _started(hub: Hub, name: str) -> float | None:
    """The seconds it took; ``None`` where it failed."""
    try:
        return hub.start(name)
    except (AssertionError, httpx.HTTPError) as error:
        print(f"{name}: {error}")
        return None

"""Spark in a session alone, in eight at once, and in seven beside one that runs wild."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib.metadata import version

from benchmarks.measure import Figure, Timing
from benchmarks.options import Options
from benchmarks.results import Results, machine
from benchmarks.sessions.person import Times, work
from benchmarks.sessions.stage import Stage, on_stage
from benchmarks.sessions.wild import Wild
from tests.support.kubernetes.limits import CAN_HOLD
from tests.support.kubernetes.programs import VERSION

__all__ = ["ALONE", "BESIDE", "TOGETHER", "WHAT", "run"]

PEOPLE = 8
GROUP = "Kubernetes"
WHAT = {
    "ready": "from the click until the lab is ready",
    "cell": "… until the first cell with Spark starts",
    "result": "… until it has its result",
}
ALONE, TOGETHER, BESIDE = "alone", "the last of eight at once", "the last of seven beside a wild one"
BAR = 1.5
BEFORE = "large"
"""The package of who comes first and is not counted: it has Spark sooner."""


def run(options: Options) -> Results:
    """All three, on one cluster. ``quick`` has two people where there are eight else."""
    if not CAN_HOLD:
        raise RuntimeError("Sessions can't be held to their limits here: it takes root, and control groups, version 1.")
    begun = time.perf_counter()
    people = 2 if options.quick else PEOPLE
    measured = machine(
        kubernetes=VERSION,
        spark=version("pyspark"),
        jupyterhub=version("jupyterhub"),
        kubespawner=version("jupyterhub-kubespawner"),
    )
    results = Results(measured, not options.quick, {"people": people})
    with on_stage(options.folder) as stage:
        accounts = [f"person-{number}" for number in range(people)]
        for account in accounts:
            stage.token(account)
        # The first of all reads from the disk what the others find in memory.
        options.say("somebody before")
        work(stage, accounts[0], BEFORE)
        _stop(stage, accounts[:1])
        options.say("one alone")
        alone = _together(stage, accounts[:1], options)
        _stop(stage, accounts[:1])
        options.say(f"{people} at once")
        together = _together(stage, accounts, options)
        *others, last = accounts
        _stop(stage, others)
        options.say(f"{people - 1} at once beside one who runs wild")
        with Wild(stage, last) as wild:
            beside = _together(stage, others, options)
            meanwhile = ", ".join(wild.told)
    _add(results, ALONE, alone)
    for case, found in ((TOGETHER, together), (BESIDE, beside)):
        _add(results, case, [_last(found)])
    for what in ("cell", "result"):
        for case in (TOGETHER, BESIDE):
            ratio = results.median(WHAT[what], GROUP, case) / results.median(WHAT[what], GROUP, ALONE)
            results.judge(f"{case}: {WHAT[what].removeprefix('… ')}, in times of one alone", GROUP, case, ratio, BAR)
    results.checks.append(f"while the others worked, the wild one had done with: {meanwhile}")
    results.checks += [f"who ran wild was told of {deed}: … {words} …" for deed, words in wild.told.items()]
    results.seconds = time.perf_counter() - begun
    return results


def _together(stage: Stage, accounts: list[str], options: Options) -> list[Times]:
    """They click at one moment, and work; their labs go on."""
    with ThreadPoolExecutor(len(accounts)) as people:
        found = list(people.map(partial(work, stage), accounts))
    for what, words in WHAT.items():
        options.say(
            f"  {words}: {', '.join(f'{seconds:.0f}' for seconds in sorted(getattr(t, what) for t in found))} s"
        )
    return found


def _stop(stage: Stage, accounts: list[str]) -> None:
    with ThreadPoolExecutor(len(accounts)) as people:
        list(people.map(stage.stop, accounts))


def _last(found: list[Times]) -> Times:
    """The last of each, whoever that is."""
    return Times(*(max(getattr(times, what) for times in found) for what in WHAT))


def _add(results: Results, case: str, found: list[Times]) -> None:
    for what, words in WHAT.items():
        timing = Timing.of([getattr(times, what) for times in found])
        results.figures.append(Figure(words, GROUP, case, timing))

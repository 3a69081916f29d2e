"""Puts bookings on record that were never asked for one by one: the tables as they would be by now."""

from __future__ import annotations

import itertools

import numpy as np

from aglais_hub.bookings.tables import BookingsBase
from aglais_hub.bookings.tree import TOP, WIDTHS
from aglais_hub.database import Database
from benchmarks.engine.bulk import Constant, fill
from benchmarks.engine.rows import DAY, GIB_PER_CORE, NOW, PACKAGES, Rows, micros

__all__ = ["fill_timeline"]

UNUSED = dict.fromkeys(("temporary", "user", "data", "servers", "gpus"), Constant(0))


def fill_timeline(database: Database, cluster: str, rows: Rows) -> None:
    """Bookings, their spans, entries and timers, in the phases that they have by now; not the tree over the entries."""
    count, tables, random = len(rows), BookingsBase.metadata.tables, np.random.default_rng(len(rows))
    ids = _ids(random.bytes(16 * count).hex())
    start, end, cores = rows.start.tolist(), rows.end.tolist(), rows.cores.tolist()
    level, node = _smallest_nodes(rows)
    spans = {"start": start, "end": end, "level": level, "bin": node}
    fill(database, tables["bookings"], count, _bookings(rows, random) | {"id": ids, "cluster": Constant(cluster)})
    fill(database, tables["spans"], count, {"booking_id": ids} | spans)
    claims = {
        "source": ids,
        "cores": [-size * 1000 for size in cores],
        "memory": [-size * GIB_PER_CORE * 1024 for size in cores],
        "cluster": Constant(cluster),
        "is_grant": Constant(False),
        "entered": Constant(1),
    }
    fill(database, tables["entries"], count, spans | claims | UNUSED)
    # What is still to come: the starts of those that wait, and the ends of those that have begun.
    waits = rows.start > micros(NOW)
    for kind, rank, due, which in (
        ("end", 0, rows.end, ~waits & (rows.end > micros(NOW))), ("start", 2, rows.start, waits)
    ):  # fmt: skip
        ahead = np.flatnonzero(which)
        columns = {"booking_id": [ids[number] for number in ahead], "due": due[ahead].tolist()}
        fill(database, tables["timers"], len(ahead), columns | {"kind": Constant(kind), "rank": Constant(rank)})


def _bookings(rows: Rows, random: np.random.Generator) -> dict[str, list[object] | Constant]:
    now = micros(NOW)
    names = {size: name for name, size in PACKAGES.items()}
    cores = rows.cores.tolist()
    # Made up to four weeks before, and never in the future.
    made = np.minimum(rows.start - random.integers(0, 28 * DAY, len(rows)), now - 1).tolist()
    return {
        "account": [f"account-{number}" for number in rows.account.tolist()],
        "phase": np.select([rows.end <= now, rows.start <= now], ["COMPLETED", "AVAILABLE"], "WAITING").tolist(),
        "package": [names[size] for size in cores],
        "start": rows.start.tolist(),
        "end": rows.end.tolist(),
        "created": made,
        "modified": made,
        "cores": [size * 1000 for size in cores],
        "memory": [size * GIB_PER_CORE * 1024 for size in cores],
        "version": Constant(1),
        "package_version": Constant(1),
        "sharing": Constant("managed"),
        "overcommit": Constant(1000),
        "buffer": Constant(0),
        "reason": Constant(""),
        "note": Constant(""),
        **UNUSED,
    }


def _ids(digits: str) -> list[str]:
    """Texts that look like a UUID and lie as far apart, 32 of the digits to each."""
    cuts = (0, 8, 12, 16, 20, 32)
    pairs = list(itertools.pairwise(cuts))
    return ["-".join([digits[at + a : at + b] for a, b in pairs]) for at in range(0, len(digits), 32)]


def _smallest_nodes(rows: Rows) -> tuple[list[int], list[int]]:
    """The level and start of the smallest node of the tree that holds each booking."""
    level = np.full(len(rows), TOP + 1)
    node = np.zeros(len(rows), dtype=np.int64)
    last = np.maximum(rows.end - 1, rows.start)
    for at in range(TOP, 0, -1):
        floor = rows.start - rows.start % WIDTHS[at]
        inside = floor == last - last % WIDTHS[at]
        level[inside], node[inside] = at, floor[inside]
    return level.tolist(), node.tolist()

"""The tree by itself: whatever is added and taken off again, its nodes and what is left are as counted one by one."""

from __future__ import annotations

import random
from operator import add

from aglais_hub.bookings.amounts import ZERO, Amount
from aglais_hub.bookings.tree import HOUR, WIDTHS, Node, Tree, combine, floor

UNIT = WIDTHS[HOUR] // 4
"""A quarter of an hour."""

ENTRIES = 120
DAYS = 40


def left(entries: list[tuple[int, int, Amount]], start: int, end: int) -> Amount:
    """The least of each resource during ``[start, end)``, by brute force."""
    instants = {start, *(at for first, last, _ in entries for at in (first, last) if start < at < end)}
    sums = [[amount for first, last, amount in entries if first <= at < last] for at in instants]
    each = [tuple(map(sum, zip(ZERO, *found, strict=True))) for found in sums]
    return Amount(*map(min, zip(*each, strict=True)))


def some(chance: random.Random) -> Amount:
    """A little of one resource or of several, more or less of it."""
    return Amount(*(chance.choice([0, 0, -2, -1, 1, 3]) for _ in Amount._fields))


def test_what_is_left_and_the_nodes_follow_from_what_was_added() -> None:
    chance, tree = random.Random(7), Tree()
    entries: list[tuple[int, int, Amount]] = []
    nodes: dict[tuple[int, int], Node | None] = {}
    for number in range(ENTRIES):
        start = chance.randrange(DAYS * 96) * UNIT + chance.choice([0, 0, 7])
        end = start + chance.choice([1, 4, 9, 96, 300]) * UNIT
        if entries and chance.random() < 0.3:
            gone, last, amount = entries.pop(chance.randrange(len(entries)))
            tree.add(gone, last, Amount(*(-one for one in amount)))
        tree.missing((start, end))  # the database would have nothing
        assert tree.low(start, end) == left(entries, start, end)
        amount = some(chance)
        tree.add(start, end, amount)
        entries.append((start, end, amount))
        assert tree.low(start, end) == left(entries, start, end)
        if number % 8 == 0:
            nodes |= {(level, at): node for level, at, node in tree.changed()}
            tree.written()
    nodes |= {(level, at): node for level, at, node in tree.changed()}
    check({key: node for key, node in nodes.items() if node is not None}, entries)


def check(nodes: dict[tuple[int, int], Node], entries: list[tuple[int, int, Amount]]) -> None:
    """Every node is what the finer ones make, and the finest are the edges."""
    edges: dict[int, tuple[int, ...]] = {}
    for start, end, amount in entries:
        for at, more in ((start, amount), (end, ZERO.minus(amount))):
            edges[at] = tuple(map(add, edges.get(at, ZERO), more))
    due: dict[int, Node] = {at: delta * 2 for at, delta in edges.items() if any(delta)}
    for level in range(len(WIDTHS) - 1):
        assert {at: node for (one, at), node in nodes.items() if one == level} == due, level
        families: dict[int, list[tuple[int, Node]]] = {}
        for at, node in sorted(due.items()):
            families.setdefault(floor(at, level + 1), []).append((at, node))
        due = {at: combine(family, at) for at, family in families.items()}

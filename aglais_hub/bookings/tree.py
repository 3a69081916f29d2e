"""The tree that makes the timeline fast: what changes, and how low it gets, in each stretch of time. Pure.

Every grant and claim makes two edges: at its start its amount is added, at its end it is taken off again. A node stands
for an aligned stretch of time and holds two amounts: ``delta``, the sum of all edges in it, and ``low``, the least that
the running sum of its edges has throughout it. Two neighbours combine into what their union would hold,

    delta = delta₁ + delta₂        low = min(low₁, delta₁ + low₂)

so a coarse node follows from its finer ones, an entry of any length changes only the nodes around its two ends, and
what is left in any stretch follows from few nodes. Where there is no edge, there is no node.

The reason for this structure, and not another: counters per slot cost a write for every slot that a booking covers, and
sums over rows cost a read for every booking on record. Here both follow from the depth of the tree.

Times are whole microseconds since 1970 (UTC), as in the database. The levels are

    0 an instant    1 a quarter of an hour    2 an hour    3 a day    4 32 days    5 1024 days

Quarters are there for the zones whose hours begin at the half or the quarter of ours.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import accumulate, islice
from operator import add
from typing import TYPE_CHECKING, NamedTuple

from aglais_hub.bookings.amounts import ZERO, Amount

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

__all__ = [
    "BLOCK",
    "DAY",
    "HOUR",
    "INSTANT",
    "QUARTER",
    "TOP",
    "WIDTHS",
    "Node",
    "Profile",
    "Stretch",
    "Tree",
    "combine",
    "floor",
    "stretches",
]

SECOND = 1_000_000
END = 2**62
"""Later than every instant."""

WIDTHS = (1, 900 * SECOND, 3600 * SECOND, 86_400 * SECOND, 32 * 86_400 * SECOND, 1024 * 86_400 * SECOND, END)
"""How long a node of each level is, in microseconds; at last that of the one above the top, which holds everything."""

LEVELS = INSTANT, QUARTER, HOUR, DAY, BLOCK, TOP = range(6)

COUNT = len(Amount._fields)


Node = tuple[int, ...]
"""What the edges in a stretch of time do: their sum, and then the least of their running sum, of each resource.

One flat row of numbers, as the database has it: a booking looks at a hundred of them.
"""


NOTHING: Node = (0,) * 2 * COUNT
ALL = range(COUNT)


class Stretch(NamedTuple):
    """The nodes of one level that begin in ``[start, end)``."""

    level: int
    start: int
    end: int


def floor(at: int, level: int) -> int:
    """The start of the node of ``level`` that holds ``at``; everything lies in the one above the top."""
    return at - at % WIDTHS[level]


def ceiling(at: int, level: int) -> int:
    """The first node of ``level`` that does not begin before ``at``."""
    return floor(at + WIDTHS[level] - 1, level)


def combine(
    nodes: Sequence[tuple[int, Node]], start: int, resources: Iterable[int] = ALL, there: Node = NOTHING
) -> Node:
    """The node that begins at ``start``, from those that it consists of, in order, of which there is one at least.

    In a gap the sum so far holds. Before the first node that is nothing; after another it is no less than that node's
    low, which holds at its end too. By resource, since this is done for each level of every change: of others than the
    ``resources`` nothing has changed, and all is as ``there``.
    """
    gap = nodes[0][0] > start
    if len(nodes) == 1 and not gap:
        return nodes[0][1]
    columns = list(zip(*[node for _, node in nodes], strict=True))
    found = list(there)
    for delta in resources:
        changes, depths = columns[delta], columns[delta + COUNT]
        if any(changes):
            *sums, found[delta] = accumulate(changes, initial=0)
            least = min(map(add, sums, depths))
        else:
            found[delta], least = 0, min(depths)
        found[delta + COUNT] = min(least, 0) if gap else least
    return tuple(found)


def before(at: int) -> list[Stretch]:
    """The nodes whose deltas add up to what is left just before ``at``."""
    edges = [0, *(floor(at, level) for level in range(TOP, -1, -1))]
    return [Stretch(level, edges[TOP - level], edges[TOP - level + 1]) for level in range(TOP, -1, -1)]


def stretches(start: int, end: int, level: int) -> list[Stretch]:
    """The nodes that a ``Profile`` of ``[start, end)`` in pieces of ``level`` is made of."""
    first = min(ceiling(start, level), end)
    last = max(floor(end, level), first)
    edges = [Stretch(INSTANT, start, first), Stretch(level, first, last), Stretch(INSTANT, last, end)]
    return before(start) + [stretch for stretch in edges if stretch.start < stretch.end]


class Profile:
    """What is left of a cluster over time, in pieces that follow each other without a gap.

    ``edges`` are the starts of the pieces and the end of the last one; ``left[r][i]`` is the least that is left of
    resource ``r`` anywhere in piece ``i``. Columns, since thousands of pieces are asked for at once.
    """

    def __init__(self, edges: list[int], left: list[list[int]]) -> None:
        self.edges = edges
        self.left = left

    @classmethod
    def build(
        cls,
        start: int,
        end: int,
        level: int,
        rows: Collection[Sequence[int]],
        resources: Sequence[int] = range(COUNT),
    ) -> Profile:
        """From the rows ``(level, at, *delta, *low, …)`` of ``stretches(start, end, level)``, in any order.

        They may have the amounts of only some ``resources``, by number, where nothing is counted of the others.
        """
        nodes = {row[1]: row for row in rows if row[1] >= start}
        edges = _pieces(start, end, level, nodes)
        empty = [0] * (2 + 2 * len(resources))
        earlier = list(zip(empty, *[row for row in rows if row[1] < start], strict=False))
        within = list(zip(*[nodes.get(at, empty) for at in edges[:-1]], strict=False))
        left = [[0] * (len(edges) - 1)] * COUNT
        for column, resource in enumerate(resources, 2):
            deltas = accumulate(within[column], initial=sum(earlier[column]))
            left[resource] = list(map(add, deltas, within[column + len(resources)]))
        return cls(edges, left)

    def least(self, edges: Sequence[int]) -> list[list[int]]:
        """The least of each resource in each row; ``edges`` are the rows' starts and the last one's end.

        An edge within a piece makes sense only where pieces are exact, those of the level ``INSTANT``.
        """
        if list(edges) == self.edges:
            return self.left
        firsts = [bisect_right(self.edges, edge) - 1 for edge in edges[:-1]]
        lasts = [bisect_left(self.edges, edge) for edge in edges[1:]]
        rows = list(zip(firsts, lasts, strict=True))
        return [[min(column[first:last]) for first, last in rows] for column in self.left]

    def amounts(self) -> Iterable[Amount]:
        """What is left in each piece."""
        return map(Amount._make, zip(*self.left, strict=True))


def _pieces(start: int, end: int, level: int, nodes: Iterable[int]) -> list[int]:
    width = WIDTHS[level]
    first = min(ceiling(start, level), end)
    last = max(floor(end, level), first)
    if level == INSTANT:
        return sorted({start, end, *nodes})
    if (first, last) == (start, end):
        return [*range(start, end, width), end]
    cuts = [at for at in nodes if at < first or at >= last]  # the edges within the two ends, that fill no whole node
    return sorted({start, *cuts, *range(first, last, width), last, end})


class Tree:
    """The part of one cluster's tree that a transaction has read, and what it changes in it.

    What it needs is named by ``missing`` and brought by ``take``; ``changed`` is what is to be written back.
    """

    def __init__(self) -> None:
        # The nodes of a level that have one parent are a family: they are read together, and make their parent.
        self._families: dict[tuple[int, int], dict[int, Node]] = {}
        self._asked: set[int] = set()
        # The starts of the nodes of each level whose children have changed.
        self._stale: list[set[int]] = [set() for _ in LEVELS]
        self._changed: set[tuple[int, int]] = set()
        # The resources of which anything has changed in them.
        self._moved: set[int] = set()

    def missing(self, instants: Iterable[int]) -> list[Stretch]:
        """What must be read before something is asked or changed at ``instants``: the families of their ancestors."""
        new = [at for at in instants if at not in self._asked]
        if not new:
            return []
        self._asked.update(new)
        wanted = {(level, at - at % width) for level, width in enumerate(WIDTHS[1:]) for at in new}
        found: list[Stretch] = []
        for level, parent in sorted(wanted.difference(self._families)):
            self._families[level, parent] = {}
            found.append(Stretch(level, parent, parent + WIDTHS[level + 1]))
        return found

    def take(self, rows: Iterable[Sequence[int]]) -> None:
        """Put in rows ``(level, at, *delta, *low)`` that were read for ``missing``."""
        families = self._families
        for row in rows:
            level, at, *node = row
            families[level, at - at % WIDTHS[level + 1]][at] = tuple(node)

    def low(self, start: int, end: int) -> Amount:
        """The least that is left anywhere in ``[start, end)``."""
        self._renew()
        earlier: list[Node] = []
        for level in LEVELS:
            edge = floor(start, level)
            earlier += [node for at, node in self._families[level, floor(start, level + 1)].items() if at < edge]
        before = Amount(*map(sum, islice(zip(*earlier, strict=True), COUNT)))
        level = next(level for level in LEVELS if floor(start, level + 1) == floor(end - 1, level + 1))
        cover = list(self._cover(level, floor(start, level + 1), start, end))
        return Amount._make(map(add, before, combine(cover, start)[COUNT:])) if cover else before

    def add(self, start: int, end: int, amount: Amount) -> None:
        """Let ``amount`` more be there during ``[start, end)``."""
        self._moved.update(resource for resource, more in enumerate(amount) if more)
        for at, delta in ((start, amount), (end, ZERO.minus(amount))):
            there = self._families[INSTANT, floor(at, 1)].get(at)
            total = tuple(map(add, there, delta)) if there else tuple(delta)
            self._put(INSTANT, at, total * 2 if any(total) else None)
            self._stale[1].add(floor(at, 1))

    def __len__(self) -> int:
        """How many families have been read."""
        return len(self._families)

    def changed(self) -> list[tuple[int, int, Node | None]]:
        """The nodes that differ from what was read: ``(level, at, node)``, ``None`` where there is none any more."""
        self._renew()
        return [(level, at, self._families[level, floor(at, level + 1)].get(at)) for level, at in sorted(self._changed)]

    def written(self) -> None:
        """What has changed so far is in the database."""
        self._changed.clear()

    def _put(self, level: int, at: int, node: Node | None) -> None:
        family = self._families[level, floor(at, level + 1)]
        if node is None:
            family.pop(at, None)
        else:
            family[at] = node
        self._changed.add((level, at))

    def _renew(self) -> None:
        """Make the nodes above changed ones anew, from the finest up, as far as that changes anything."""
        for level in range(1, TOP + 1):
            for at in self._stale[level]:
                family, parent = self._families[level - 1, at], floor(at, level + 1)
                there = self._families[level, parent].get(at)
                node = combine(sorted(family.items()), at, self._moved, there or NOTHING) if family else None
                if node != there:
                    self._put(level, at, node)
                    if level < TOP:
                        self._stale[level + 1].add(parent)
            self._stale[level].clear()
        self._moved.clear()

    def _cover(self, level: int, parent: int, start: int, end: int) -> Iterator[tuple[int, Node]]:
        """The fewest nodes of one family that make up ``[start, end)``, in order, or of those within them.

        Where there is none, nothing changes.
        """
        width = WIDTHS[level]
        found = [item for item in self._families[level, parent].items() if start - width < item[0] < end]
        for at, node in sorted(found):
            if start <= at and at + width <= end:
                yield at, node
            else:
                yield from self._cover(level - 1, at, start, end)

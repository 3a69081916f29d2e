"""The ledger as one transaction sees and changes it: what is left, what is entered, what is taken off again.

Every change is made under the one lock, so what was seen before it is still so when it is written. The nodes that
changes touch are kept until ``flush`` writes each of them once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from aglais_hub.bookings.amounts import Amount
from aglais_hub.bookings.balance import Balance
from aglais_hub.bookings.rules import Piece, Step, Terms, joined, pieces_of, steps, ways_of
from aglais_hub.bookings.store import BookingStore, amount_of, bin_of
from aglais_hub.bookings.tree import INSTANT, Profile, Tree, stretches
from aglais_hub.database.types import from_microseconds, to_microseconds
from aglais_hub.errors import InvalidValueError
from aglais_hub.wire.bookings import Span

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from aglais_hub.bookings.rules import Need
    from aglais_hub.bookings.service.readers import Standing
    from aglais_hub.bookings.tree import Stretch
    from aglais_hub.clock import Clock

__all__ = ["Hint", "Kept", "Ledger"]

MOST = 2**62
"""The largest sum of anything: what a signed 64-bit integer holds, with room for one more."""


MOST_KEPT = 20_000
"""Families of nodes that are kept in memory at most: some ten MiB."""


class Hint(NamedTuple):
    """What a task is about to look at: the account, the cluster where it is named, and the spans."""

    account: str
    cluster: str | None
    spans: Sequence[Span]


class Kept(NamedTuple):
    """The trees and clusters as a transaction left them, and its last change: true until there is a later one."""

    change: int | None
    trees: dict[str, Tree]
    terms: list[Terms] | None


class Ledger:
    """The entries of every cluster and the trees over them, within one transaction.

    It waits for the lock, and only then reads the time. Without the lock it may only be read. ``levels`` are those of
    the accounts that were hinted at, with their default packages. Of what is ``kept`` from an earlier transaction,
    nothing is read again where nobody has changed the timeline since.
    """

    def __init__(
        self,
        session: Session,
        clock: Clock,
        levels: Mapping[str, Standing] | None = None,
        kept: Kept | None = None,
        *,
        lock: bool = True,
    ) -> None:
        self.store = BookingStore(session)
        self.balance = Balance(session)
        self._change = self.store.lock() if lock else None
        self._written = self._change
        self.now = clock.now()
        self.levels = levels or {}
        self._trees: dict[str, Tree] = {}
        if kept and kept.change == self._change:
            self._trees, self.store.known_terms = kept.trees, kept.terms

    @property
    def change(self) -> int:
        """The number of the last change that this transaction has seen or made."""
        return self.store.change() if self._change is None else self._change

    def next_change(self) -> int:
        """A number for a change that is about to be made; only under the lock."""
        if self._change is None:
            raise RuntimeError("the timeline is changed without its lock")
        self._change += 1
        return self._change

    def prepare(self, hints: Iterable[Hint]) -> bool:
        """Read at once what many bookings will be looked up for, where they are on the first cluster they may be on.

        Says whether an offer has expired and is still counted.
        """
        instants: dict[str, set[int]] = {}
        ends: set[tuple[str, datetime]] = set()
        terms = self.store.terms()
        for account, cluster, spans in hints:
            ends.add((account, spans[-1].end))
            name = cluster or (terms[0].name if terms else "")
            for span in spans:
                instants.setdefault(name, set()).update((to_microseconds(span.start), to_microseconds(span.end)))
        is_due = self.store.prepare(ends, self.now)
        for name, edges in instants.items():
            tree = self._trees.setdefault(name, Tree())
            if missing := tree.missing(edges):
                tree.take(self.store.nodes(name, missing))
        return is_due

    # ---- what is left

    def low(self, cluster: str, span: Span | Piece) -> Amount:
        """The least that is left of a cluster anywhere in ``span``."""
        start, end = to_microseconds(span.start), to_microseconds(span.end)
        return self._tree(cluster, (start, end)).low(start, end)

    def fits(self, cluster: str, needs: Sequence[Piece]) -> bool:
        """Whether the cluster has room for all the needs, each on its own time, and any of them needs anything."""
        return any(any(need.amount) for need in needs) and all(
            self.low(cluster, need).holds(need.amount) for need in needs
        )

    def steps(self, cluster: str, span: Span, level: int = INSTANT) -> list[Step]:
        """What is left during ``span``, exactly or as the least of each piece of a coarser ``level``."""
        profile = self.profile(cluster, to_microseconds(span.start), to_microseconds(span.end), level)
        edges = [span.start, *map(from_microseconds, profile.edges[1:-1]), span.end]
        return [
            Step(start, end, left)
            for start, end, left in zip(edges, edges[1:], profile.amounts(), strict=False)
        ]  # fmt: skip

    def profile(self, cluster: str, start: int, end: int, level: int) -> Profile:
        """What is left during ``[start, end)`` (microseconds) in pieces of ``level``."""
        self._put_nodes()
        self.store.flush()
        return Profile.build(start, end, level, self.store.nodes(cluster, stretches(start, end, level)))

    def granted(self, cluster: str, span: Span, *, without: Collection[str] = ()) -> list[Step]:
        """What the cluster has during ``span``, whoever claims it; not counting the grants ``without``."""
        entries = self.store.overlapping(cluster, span, is_grant=True)
        pieces = [Piece(entry.start, entry.end, amount_of(entry)) for entry in entries if entry.source not in without]
        return steps(pieces, span)

    def claims(self, need: Need, spans: Iterable[Span], terms: Terms, *, rest: bool = True) -> list[Piece]:
        """What ``need`` claims of a cluster in some spans; with ``rest``, also while its servers rest afterwards."""
        found: list[Piece] = []
        if rest and (tail := need.rest(terms)):
            spans = [Span(start=span.start, end=span.end + tail) for span in spans]
        for span in joined(spans):
            granted = self.granted(terms.name, span) if need.follows_grants else []
            found += pieces_of(need, span, terms, granted)
        return found

    def ways(self, need: Need, span: Span, terms: Terms) -> list[list[Piece]]:
        """The ways in which ``need`` may be met within ``span``; see ``ways_of``."""
        return ways_of(need, span, terms, self.granted(terms.name, span) if need.follows_grants else [])

    def claimed(self, sources: Collection[str], since: datetime) -> list[Piece]:
        """What some bookings claim from ``since`` on, as it is entered."""
        entries = self.store.entries(sources, since)
        return [Piece(max(entry.start, since), entry.end, amount_of(entry).minus_all()) for entry in entries]

    # ---- what changes

    def enter(
        self, source: str, cluster: str, pieces: Iterable[Piece], *, is_grant: bool = False, group: str | None = None
    ) -> None:
        """Enter a grant's or booking's pieces, signed as they count, and charge them to ``group``."""
        change = self.next_change()
        for start, end, amount in pieces:
            if start >= end or not any(amount):
                continue
            edges = to_microseconds(start), to_microseconds(end)
            self._tree(cluster, edges).add(*edges, amount)
            self.balance.charge(group, start, end, -amount.cores)
            self.store.enter(_entry(source, cluster, edges, amount, is_grant=is_grant, change=change, group=group))

    def withdraw(self, source: str, since: datetime | None = None) -> None:
        """Take off what a grant or booking still has, or what it has from ``since`` on."""
        self.withdraw_all([source], since)

    def withdraw_all(self, sources: Collection[str], since: datetime | None = None) -> None:
        """The same, for several at once."""
        rows = self.store.entries(sources, since) if sources else []
        if not rows:
            return
        self.store.retire([row.id for row in rows], self.next_change())
        for row in rows:
            start = row.start if since is None else max(row.start, since)
            edges = to_microseconds(start), to_microseconds(row.end)
            self._tree(row.cluster, edges).add(*edges, amount_of(row).minus_all())
            self.balance.charge(row.group, row.start, row.end, row.cores)
            if start > row.start:
                # What was used before stays on record; the tree has it already.
                self.balance.charge(row.group, row.start, start, -row.cores)
                amount, edges = amount_of(row), (to_microseconds(row.start), to_microseconds(start))
                kept = _entry(
                    row.source, row.cluster, edges, amount, is_grant=row.is_grant, change=self.change, group=row.group
                )
                self.store.enter(kept)

    def send(self) -> None:
        """Let the database begin to write what has changed so far."""
        self._put_nodes()
        self.store.send()

    def flush(self) -> None:
        """Write all that has changed."""
        self._put_nodes()
        if self._change is not None and self._change != self._written:
            self.store.set_change(self._change)
            self._written = self._change
        self.store.flush()

    def keep(self) -> Kept | None:
        """What a later transaction need not read again, once all of this one is written and committed."""
        if sum(map(len, self._trees.values())) > MOST_KEPT:
            return None
        return Kept(self._written, self._trees, self.store.known_terms)

    # ---- inside

    def _tree(self, cluster: str, instants: Sequence[int]) -> Tree:
        tree = self._trees.setdefault(cluster, Tree())
        missing: list[Stretch] = tree.missing(instants)
        if missing:
            tree.take(self.store.nodes(cluster, missing))
        return tree

    def _put_nodes(self) -> None:
        for cluster, tree in self._trees.items():
            changed = tree.changed()
            for _, _, node in changed:
                if node is not None and (max(node) > MOST or min(node) < -MOST):
                    raise InvalidValueError(
                        "All of it together is more than can be counted.", field="cores", help="Grant less."
                    )
            self.store.put_nodes(cluster, changed)
            tree.written()


def _entry(
    source: str,
    cluster: str,
    edges: tuple[int, int],
    amount: Amount,
    *,
    is_grant: bool,
    change: int,
    group: str | None,
) -> dict[str, Any]:
    start, end = edges
    level, stretch = bin_of(start, end)
    return {
        "cluster": cluster,
        "source": source,
        "is_grant": is_grant,
        "start": start,
        "end": end,
        "level": level,
        "bin": stretch,
        "entered": change,
        "group": group,
        **amount._asdict(),
    }

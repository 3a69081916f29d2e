"""Recomputes the timeline from what it is made of, compares, and mends what does not agree; while writers work.

Each stretch of 32 days is compared within one view of the database, so a change that is made meanwhile is seen whole or
not at all. Only mending takes the lock, a stretch at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, literal, select, type_coerce

from aglais_hub.bookings.amounts import ZERO, Amount
from aglais_hub.bookings.balance import Balance
from aglais_hub.bookings.lifecycle import COUNTED
from aglais_hub.bookings.rules import Piece, Step, steps
from aglais_hub.bookings.service.ledger import Ledger
from aglais_hub.bookings.service.shortage import over_claimed
from aglais_hub.bookings.service.timeline import CLOCK, Timeline
from aglais_hub.bookings.store import BookingStore, amount_of
from aglais_hub.bookings.tables import BookingRow, EntryRow, NodeRow
from aglais_hub.bookings.tree import BLOCK, TOP, WIDTHS, Node, combine, floor
from aglais_hub.clock import Clock, SystemClock
from aglais_hub.database.types import from_microseconds
from aglais_hub.wire.bookings import Phase, Span

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from aglais_hub.database import Database

__all__ = ["Report", "plant", "verify"]

Key = tuple[int, int]
Progress = Callable[[int, int], None]

PAGE = 500
"""Bookings that are compared within one view of the database."""


@dataclass
class Report:
    """What was looked at, what did not agree, and how many rows were put right."""

    entries: int = 0
    nodes: int = 0
    faults: list[str] = field(default_factory=list)
    repaired: int = 0


def verify(
    database: Database, *, repair: bool = False, progress: Progress | None = None, clock: Clock | None = None
) -> Report:
    """Compare the tree with the entries, the entries with the bookings, and all of it with what was granted.

    So are the budgets of groups with what their bookings have.

    With ``repair``, nodes are made anew from the entries, and the claims of bookings that do not agree from the
    bookings. ``progress`` is called with the steps done and all of them.
    """
    return _Verification(database, clock or SystemClock(), repair, progress or (lambda _done, _all: None)).run()


def plant(database: Database, clock: Clock) -> None:
    """Make the tree where there are entries and no node, as after an upgrade from before there was a tree."""
    with database.read() as session:
        has_tree = BookingStore(session).has_tree()
    if not has_tree:
        verify(database, repair=True, clock=clock)


class _Verification:
    def __init__(self, database: Database, clock: Clock, repair: bool, progress: Progress) -> None:
        self._database = database
        self._clock = clock
        self._repair = repair
        self._progress = progress
        self._report = Report()

    def run(self) -> Report:
        blocks = self._blocks()
        live = self._live()
        pages = [live[at : at + PAGE] for at in range(0, len(live), PAGE)]
        total, done = len(blocks) + len(pages) + 1, 0
        for cluster, start in blocks:
            self._check_block(cluster, start)
            done += 1
            self._progress(done, total)
        for page in pages:
            self._check_bookings(page)
            done += 1
            self._progress(done, total)
        self._check_granted()
        self._check_budgets()
        self._progress(total, total)
        return self._report

    # ---- the tree

    def _blocks(self) -> list[tuple[str, int]]:
        """The stretches of 32 days of each cluster in which an entry or a node begins or ends."""
        with self._database.read() as session:
            self._report.entries = BookingStore(session).count(EntryRow)
            self._report.nodes = BookingStore(session).count(NodeRow)
            found = set()
            # What is gone may have left a node behind, so every entry counts, and every node.
            for table, at in ((EntryRow, EntryRow.start), (EntryRow, EntryRow.end), (NodeRow, NodeRow.at)):
                block = type_coerce(at, BigInteger) // literal(WIDTHS[BLOCK], BigInteger)
                rows = session.execute(select(table.cluster, block.label("number")).distinct())
                found |= {(cluster, number * WIDTHS[BLOCK]) for cluster, number in rows}
        return sorted(found)

    def _check_block(self, cluster: str, start: int) -> None:
        with self._database.snapshot() as session:
            wrong = _differences(session, cluster, start)
        if not wrong:
            return
        if self._repair:
            with self._database.write() as session:
                ledger = Ledger(session, self._clock)
                wrong = _differences(session, cluster, start)
                if wrong:
                    ledger.store.put_nodes(cluster, [(level, at, node) for (level, at), node in wrong.items()])
                    ledger.next_change()
                    ledger.flush()
                self._report.repaired += len(wrong)
        first, last = (from_microseconds(at) for at in (start, start + WIDTHS[BLOCK]))
        self._report.faults.append(
            f"{cluster}: {len(wrong)} nodes from {first:%Y-%m-%d} to {last:%Y-%m-%d} are not what the entries give"
        )

    # ---- the bookings

    def _live(self) -> list[str]:
        with self._database.read() as session:
            rows = select(BookingRow.id).where(BookingRow.phase.in_(COUNTED)).order_by(BookingRow.id)
            return list(session.scalars(rows))

    def _check_bookings(self, ids: list[str]) -> None:
        with self._database.snapshot() as session:
            faults = _faults(Ledger(session, self._clock, lock=False), ids)
        for booking_id, said in faults.items():
            self._mend_booking(booking_id, said)

    def _mend_booking(self, booking_id: str, said: str) -> None:
        if self._repair:
            with self._database.write() as session:
                ledger = Ledger(session, self._clock)
                row = ledger.store.booking(booking_id)
                said = _faults(ledger, [booking_id]).get(booking_id, said)
                if row is not None and row.phase in COUNTED:
                    timeline = Timeline(ledger, CLOCK)
                    timeline.renew(row)
                    timeline.set_timers(row, came=True)
                    ledger.flush()
                    self._report.repaired += 1
        self._report.faults.append(said)

    def _check_granted(self) -> None:
        """From now on, nothing is claimed that is not granted, and nothing by a booking that is over."""
        with self._database.snapshot() as session:
            ledger = Ledger(session, self._clock, lock=False)
            for terms in ledger.store.terms():
                ahead = Span(start=ledger.now, end=ledger.now + timedelta(days=365_00))
                for short, _ in islice(over_claimed(ledger, terms.name, ahead), 1):
                    names = [name for name, left in zip(Amount._fields, short.left, strict=True) if left < 0]
                    self._report.faults.append(f"{terms.name}: more {' and '.join(names)} is claimed than granted")

    def _check_budgets(self) -> None:
        """What each budget says is used is the sum of all that its group's bookings have and had."""
        with self._database.snapshot() as session:
            balance = Balance(session)
            wrong = [row.group for row in balance.all() if row.used != balance.counted(row)]
        for group in wrong:
            if self._repair:
                with self._database.write() as session:
                    ledger = Ledger(session, self._clock)
                    row = ledger.balance.of(group)
                    if row is not None:
                        row.used = ledger.balance.counted(row)
                        ledger.next_change()
                        ledger.flush()
                        self._report.repaired += 1
            self._report.faults.append(f"the budget of {group} is not charged what its bookings have")


def _differences(session: Session, cluster: str, start: int) -> dict[Key, Node | None]:
    """The nodes of one block and of what lies above it that must be other than they are."""
    end = start + WIDTHS[BLOCK]
    due = _expected(session, cluster, start, end)
    there = _nodes(session, cluster, start, end, NodeRow.level.in_(range(BLOCK + 1)))
    above = floor(start, TOP)
    family = {at: node for (_, at), node in _nodes(
        session, cluster, above, above + WIDTHS[TOP], (NodeRow.level == BLOCK)
    ).items()}  # fmt: skip
    if (BLOCK, start) in due:
        family[start] = due[BLOCK, start]
    else:
        family.pop(start, None)
    if family:
        due[TOP, above] = combine(sorted(family.items()), above)
    there |= _nodes(session, cluster, above, above + 1, (NodeRow.level == TOP))
    return {key: due.get(key) for key in due.keys() | there.keys() if due.get(key) != there.get(key)}


def _expected(session: Session, cluster: str, start: int, end: int) -> dict[Key, Node]:
    """The nodes up to the block, from the entries that count."""
    store = BookingStore(session)
    edges: dict[int, Amount] = {}
    for first, last, amount in store.edges(cluster, start, end):
        for at, delta in ((first, amount), (last, amount.minus_all())):
            if start <= at < end:
                edges[at] = edges.get(at, ZERO).plus(delta)
    level_nodes: dict[int, Node] = {at: (*delta, *delta) for at, delta in sorted(edges.items()) if any(delta)}
    found: dict[Key, Node] = {(0, at): node for at, node in level_nodes.items()}
    for level in range(1, BLOCK + 1):
        families: dict[int, list[tuple[int, Node]]] = {}
        for at, node in level_nodes.items():
            families.setdefault(floor(at, level), []).append((at, node))
        level_nodes = {}
        for at, family in families.items():
            level_nodes[at] = combine(family, at)
        found |= {(level, at): node for at, node in level_nodes.items()}
    return found


def _nodes(session: Session, cluster: str, start: int, end: int, which: ColumnElement[bool]) -> dict[Key, Node]:
    columns = [NodeRow.level, NodeRow.at]
    columns += [getattr(NodeRow, name) for name in Amount._fields]
    columns += [getattr(NodeRow, f"low_{name}") for name in Amount._fields]
    rows = select(*columns).where(NodeRow.cluster == cluster, NodeRow.at >= start, NodeRow.at < end, which)
    return {(level, at): tuple(values) for level, at, *values in session.execute(rows)}


def _faults(ledger: Ledger, ids: Collection[str]) -> dict[str, str]:
    """What is wrong with those bookings that count: what they claim from now on, or their timers."""
    timeline = Timeline(ledger, CLOCK)
    claimed: dict[str, list[Piece]] = {}
    for entry in ledger.store.entries(ids, ledger.now):
        piece = Piece(entry.start, entry.end, amount_of(entry).minus_all())
        claimed.setdefault(entry.source, []).append(piece)
    due = ledger.store.due_of(ids)
    held: dict[str, list[Piece]] = {}
    found: dict[str, str] = {}
    for row in ledger.store.bookings(ids):
        if row.phase not in COUNTED or row.end <= ledger.now:
            continue
        if row.phase == Phase.OFFERED and row.id not in held:
            siblings = ledger.store.offers_of(row.account)
            held |= {offer.id: pieces for offer, pieces in timeline.holds.claims(siblings)}
        expected = held[row.id] if row.phase == Phase.OFFERED else timeline.claims_of(row)
        span = Span(start=max(min(row.start, row.prepared or row.start), ledger.now), end=row.end)
        if _shape(steps(expected, span)) != _shape(steps(claimed.get(row.id, []), span)):
            found[row.id] = f"booking {row.id} of {row.account} does not claim what it is for"
        elif timeline.needs_timer(row) and row.id not in due:
            found[row.id] = f"booking {row.id} of {row.account} has nothing due"
    return found


def _shape(found: list[Step]) -> list[Step]:
    """Steps without those edges at which nothing changes."""
    shape: list[Step] = []
    for step in found:
        if shape and shape[-1].left == step.left:
            shape[-1] = Step(shape[-1].start, step.end, step.left)
        else:
            shape.append(step)
    return shape

"""SQL of the timeline. Never commits. Every write is made under the lock."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from sqlalchemy import and_, bindparam, delete, exists, func, insert, or_, select, text, tuple_, union_all, update
from sqlalchemy.dialects import postgresql, sqlite

from aglais_hub.bookings.amounts import Amount
from aglais_hub.bookings.rules import Terms
from aglais_hub.bookings.tables import (
    BookingRow,
    BookingsBase,
    ChangeRow,
    ClusterRow,
    DecisionRow,
    EntryRow,
    GrantRow,
    NodeRow,
    SpanRow,
    TimelineRow,
    TimerRow,
)
from aglais_hub.bookings.tree import TOP, Node, Stretch, floor
from aglais_hub.database.types import from_microseconds, to_microseconds
from aglais_hub.wire.bookings import Phase, Span

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import ColumnElement, Select, TextClause
    from sqlalchemy.orm import Session

__all__ = ["LIVE", "BookingStore", "Page", "amount_of", "bin_of"]

DUE = 200
"""Due timers that one look takes; the next look takes the next."""

LIVE = (Phase.WAITING, Phase.AVAILABLE, Phase.RUNNING)
"""The phases in which a booking is its account's to use."""

DUE_HOLD = -1
"""The level of the row that says that an offer has expired and is still counted."""

DELTAS = ", ".join(f'"{name}"' for name in Amount._fields)
LOWS = ", ".join(f"low_{name}" for name in Amount._fields)

R = TypeVar("R", GrantRow, BookingRow)


class Page(NamedTuple):
    """Which rows of a long list: ``limit`` of them, after the row with that start and id."""

    limit: int
    after: tuple[datetime, str] | None = None

    def of(self, rows: Select[R], table: type[R]) -> Select[R]:
        """One row more than the limit, so that the reader knows whether there is a next page."""
        if self.after is not None:
            start, row_id = self.after
            rows = rows.where(or_(table.start > start, and_(table.start == start, table.id > row_id)))
        return rows.order_by(table.start, table.id).limit(self.limit + 1)


def amount_of(row: GrantRow | BookingRow | EntryRow) -> Amount:
    """The amount that a row holds."""
    return Amount(row.cores, row.memory, row.temporary, row.user, row.data, row.servers, row.gpus)


def bin_of(start: datetime, end: datetime) -> tuple[int, int]:
    """The level and start of the smallest node that holds ``[start, end)``; the columns ``level`` and ``bin``."""
    first, last = to_microseconds(start), max(to_microseconds(end) - 1, to_microseconds(start))
    for level in range(1, TOP + 1):
        if floor(first, level) == floor(last, level):
            return level, floor(first, level)
    return TOP + 1, 0


def _overlapping(table: type[EntryRow | SpanRow], span: Span) -> ColumnElement[bool]:
    """The rows that overlap ``span``, found by the nodes that can hold them."""
    first, last = to_microseconds(span.start), to_microseconds(span.end)
    bins = [
        and_(table.level == level, table.bin >= floor(first, level), table.bin < last) for level in range(1, TOP + 1)
    ]
    return and_(or_(table.level == TOP + 1, *bins), table.end > span.start, table.start < span.end)


@lru_cache(maxsize=64)
def _nodes_statement(count: int) -> TextClause:
    """Reads ``count`` stretches of nodes of some clusters, and whether an expired offer is still counted."""
    parts = [
        f"SELECT cluster, level, at, {DELTAS}, {LOWS} FROM nodes "  # noqa: S608 - names of ours and bound values
        f"WHERE cluster IN :clusters AND level = :level{n} AND at >= :start{n} AND at < :end{n}"
        for n in range(count)
    ]
    nothing = ", ".join(["0"] * 2 * len(Amount._fields))
    is_due = "EXISTS (SELECT 1 FROM timers WHERE kind = 'expire' AND due <= :now)"
    parts.append(f"SELECT '', {DUE_HOLD}, 0, {nothing} WHERE {is_due}")
    return text(" UNION ALL ".join(parts)).bindparams(bindparam("clusters", expanding=True))


class BookingStore:
    """The tables of the timeline, within one transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    # ---- the lock

    def lock(self) -> int:
        """Wait until no one else changes the timeline; gives the number of the last change.

        On SQLite the transaction has the one write lock already.
        """
        rows = select(TimelineRow.change).where(TimelineRow.id == 1).with_for_update()
        return self._session.execute(rows).scalar_one()

    def set_change(self, change: int) -> None:
        self._session.execute(update(TimelineRow).where(TimelineRow.id == 1).values(change=change))

    def change(self) -> int:
        """The number of the last change."""
        return self._session.execute(select(TimelineRow.change)).scalar_one()

    def swept(self) -> datetime | None:
        """When timers were last looked at."""
        return self._session.execute(select(TimelineRow.swept)).scalar_one()

    def set_swept(self, now: datetime) -> None:
        self._session.execute(update(TimelineRow).where(TimelineRow.id == 1).values(swept=now))

    # ---- clusters

    def clusters(self) -> list[ClusterRow]:
        """The clusters, by name."""
        return list(self._session.scalars(select(ClusterRow).order_by(ClusterRow.name)))

    def terms(self) -> list[Terms]:
        """How each cluster counts, by name."""
        rows = select(ClusterRow.name, ClusterRow.overcommit, ClusterRow.buffer).order_by(ClusterRow.name)
        return [Terms.of(*row) for row in self._session.execute(rows)]

    def cluster(self, name: str) -> ClusterRow | None:
        return self._session.get(ClusterRow, name)

    def is_used(self, cluster: str) -> bool:
        """Whether a grant or a booking, past ones too, names the cluster."""
        rows = union_all(
            select(GrantRow.id).where(GrantRow.cluster == cluster),
            select(BookingRow.id).where(BookingRow.cluster == cluster),
        )
        return self._session.execute(rows.limit(1)).first() is not None

    # ---- the tree

    def nodes(self, clusters: Sequence[str], stretches: Sequence[Stretch], now: datetime) -> list[Sequence[Any]]:
        """The nodes ``(cluster, level, at, *delta, *low)`` in the stretches, in no order, in one statement.

        A row of the level ``DUE_HOLD`` says that an offer has expired by ``now`` and is still counted.
        """
        if not clusters:
            return []
        values: dict[str, Any] = {"clusters": list(clusters), "now": to_microseconds(now)}
        for n, (level, start, end) in enumerate(stretches):
            values |= {f"level{n}": level, f"start{n}": start, f"end{n}": end}
        return list(self._session.connection().execute(_nodes_statement(len(stretches)), values).all())

    def put_nodes(self, cluster: str, nodes: Iterable[tuple[int, int, Node | None]]) -> None:
        """Write nodes ``(level, at, node)``; where there is none any more, take it out."""
        put, gone = [], []
        for level, at, node in nodes:
            key = {"cluster": cluster, "level": level, "at": at}
            if node is None:
                gone.append((level, at))
            else:
                put.append(key | node.delta._asdict() | {f"low_{k}": v for k, v in node.low._asdict().items()})
        if put:
            self._session.connection().execute(self._upsert(), put)
        if gone:
            self._session.execute(
                delete(NodeRow).where(NodeRow.cluster == cluster, tuple_(NodeRow.level, NodeRow.at).in_(gone)),
                execution_options={"synchronize_session": False},
            )

    def _upsert(self) -> Any:
        table = NodeRow.__table__
        dialect = sqlite if self._session.get_bind().dialect.name == "sqlite" else postgresql
        row = dialect.insert(table)
        keys = ("cluster", "level", "at")
        return row.on_conflict_do_update(
            index_elements=keys, set_={c.name: row.excluded[c.name] for c in table.columns if c.name not in keys}
        )

    def has_tree(self) -> bool:
        """Whether there is a node, or nothing to make one of."""
        nodes, entries = exists().select_from(NodeRow), exists().select_from(EntryRow)
        return bool(self._session.execute(select(or_(nodes, ~entries))).scalar_one())

    # ---- the entries

    def enter(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Add entries."""
        if rows:
            self._session.execute(insert(EntryRow), rows)

    def entries(self, source: str, since: datetime | None = None) -> list[EntryRow]:
        """What counts of a grant or booking; with ``since``, what reaches beyond it."""
        rows = select(EntryRow).where(EntryRow.source == source, EntryRow.gone.is_(None))
        if since is not None:
            rows = rows.where(EntryRow.end > since)
        return list(self._session.scalars(rows.order_by(EntryRow.start)))

    def retire(self, ids: Collection[int], change: int) -> None:
        """Let entries count no longer from ``change`` on."""
        self._session.execute(
            update(EntryRow).where(EntryRow.id.in_(ids)).values(gone=change),
            execution_options={"synchronize_session": False},
        )

    def overlapping(
        self, cluster: str, span: Span, *, change: int | None = None, is_grant: bool | None = None
    ) -> list[EntryRow]:
        """The entries that overlap ``span``, that count now or counted after ``change``, by start."""
        rows = select(EntryRow).where(EntryRow.cluster == cluster, _overlapping(EntryRow, span))
        if change is None:
            rows = rows.where(EntryRow.gone.is_(None))
        else:
            rows = rows.where(EntryRow.entered <= change, or_(EntryRow.gone.is_(None), EntryRow.gone > change))
        if is_grant is not None:
            rows = rows.where(EntryRow.is_grant.is_(is_grant))
        return list(self._session.scalars(rows.order_by(EntryRow.start, EntryRow.id)))

    def edges(self, cluster: str, start: int, end: int) -> Iterator[tuple[int, int, Amount]]:
        """The start, end (microseconds) and amount of what counts now and begins or ends in ``[start, end)``."""
        table = EntryRow.__table__
        columns = [table.c.start, table.c.end, *(table.c[name] for name in Amount._fields)]
        span = Span(start=from_microseconds(max(0, start - 1)), end=from_microseconds(end))
        rows = select(*columns).where(
            EntryRow.cluster == cluster, EntryRow.gone.is_(None), _overlapping(EntryRow, span)
        )
        for first, last, *amounts in self._session.execute(rows):
            yield to_microseconds(first), to_microseconds(last), Amount(*amounts)

    # ---- grants

    def grant(self, grant_id: str) -> GrantRow | None:
        return self._session.get(GrantRow, grant_id)

    def grants(self, span: Span, cluster: str | None, page: Page) -> list[GrantRow]:
        """A page of the grants that overlap ``span``, by start."""
        rows = select(GrantRow).where(GrantRow.end > span.start, GrantRow.start < span.end)
        if cluster is not None:
            rows = rows.where(GrantRow.cluster == cluster)
        return list(self._session.scalars(page.of(rows, GrantRow)))

    def blackouts(self, cluster: str, span: Span) -> list[GrantRow]:
        """The grants of a share, which follow the others, that overlap ``span``."""
        rows = select(GrantRow).where(
            GrantRow.cluster == cluster,
            GrantRow.share.is_not(None),
            GrantRow.end > span.start,
            GrantRow.start < span.end,
        )
        return list(self._session.scalars(rows.order_by(GrantRow.created)))

    # ---- bookings

    def add(self, row: BookingsBase) -> None:
        self._session.add(row)

    def remove(self, row: GrantRow | ClusterRow) -> None:
        self._session.delete(row)

    def flush(self) -> None:
        """Send what is still to be written."""
        self._session.flush()

    def booking(self, booking_id: str) -> BookingRow | None:
        return self._session.get(BookingRow, booking_id)

    def booking_of_key(self, account: str, key: str) -> BookingRow | None:
        """The booking that an account's idempotency key has made."""
        rows = select(BookingRow).where(BookingRow.account == account, BookingRow.key == key)
        return self._session.scalar(rows)

    def bookings_in(self, span: Span, page: Page, account: str | None, *more: ColumnElement[bool]) -> list[BookingRow]:
        """A page of the bookings of which a span overlaps ``span``, of one account or all, by start."""
        if account is None:
            found = select(SpanRow.booking_id).where(_overlapping(SpanRow, span))
            rows = select(BookingRow).where(BookingRow.id.in_(found), *more)
        else:
            within = exists().where(
                SpanRow.booking_id == BookingRow.id, SpanRow.end > span.start, SpanRow.start < span.end
            )
            rows = select(BookingRow).where(
                BookingRow.account == account, BookingRow.start < span.end, BookingRow.end > span.start, within, *more
            )
        return list(self._session.scalars(page.of(rows, BookingRow)))

    def of_account(self, account: str, phases: Collection[Phase]) -> list[BookingRow]:
        """The account's bookings in some phases, in the order of their ids."""
        rows = select(BookingRow).where(BookingRow.account == account, BookingRow.phase.in_(phases))
        return list(self._session.scalars(rows.order_by(BookingRow.id)))

    def live(self, accounts: Collection[str]) -> list[BookingRow]:
        """The bookings that are these accounts' to use, now or later."""
        rows = select(BookingRow).where(BookingRow.account.in_(accounts), BookingRow.phase.in_(LIVE))
        return list(self._session.scalars(rows.order_by(BookingRow.start, BookingRow.id)))

    def in_phase(self, phases: Collection[Phase]) -> list[BookingRow]:
        """All bookings in one of ``phases``."""
        return list(self._session.scalars(select(BookingRow).where(BookingRow.phase.in_(phases))))

    def following_grants(self, cluster: str, span: Span) -> list[BookingRow]:
        """The bookings whose claims depend on what the cluster has during ``span``."""
        found = select(EntryRow.source).where(
            EntryRow.cluster == cluster, EntryRow.gone.is_(None), EntryRow.is_grant.is_(False),
            _overlapping(EntryRow, span),
        )  # fmt: skip
        rows = select(BookingRow).where(
            BookingRow.id.in_(found), or_(BookingRow.share.is_not(None), BookingRow.sharing == "reserved")
        )
        return list(self._session.scalars(rows.order_by(BookingRow.created)))

    def made_by(self, decision: str) -> list[BookingRow]:
        """The bookings and offers that a decision made."""
        rows = select(BookingRow).where(BookingRow.decision == decision).order_by(BookingRow.start, BookingRow.id)
        return list(self._session.scalars(rows))

    # ---- timers

    def set_timer(self, booking_id: str, kind: str, due: datetime | None, rank: int) -> None:
        """Set, move or remove what is due for a booking."""
        row = self._session.get(TimerRow, (booking_id, kind))
        if due is None and row is not None:
            self._session.delete(row)
        elif due is not None and row is None:
            self._session.add(TimerRow(booking_id=booking_id, kind=kind, due=due, rank=rank))
        elif due is not None and row is not None:
            row.due = due

    def due(self, now: datetime, kinds: Collection[str] = ()) -> list[TimerRow]:
        """The timers that have come, the longest due first and ends before starts."""
        rows = select(TimerRow).where(TimerRow.due <= now)
        if kinds:
            rows = rows.where(TimerRow.kind.in_(kinds))
        rows = rows.order_by(TimerRow.due, TimerRow.rank, TimerRow.booking_id).limit(DUE)
        return list(self._session.scalars(rows))

    def is_due(self, booking_id: str) -> bool:
        """Whether a booking has a timer."""
        rows = select(TimerRow.kind).where(TimerRow.booking_id == booking_id)
        return self._session.execute(rows.limit(1)).first() is not None

    def timers(self, kind: str) -> list[TimerRow]:
        """All timers of a kind."""
        return list(self._session.scalars(select(TimerRow).where(TimerRow.kind == kind)))

    # ---- decisions and changes

    def decision(self, decision_id: str) -> DecisionRow | None:
        return self._session.get(DecisionRow, decision_id)

    def decisions(self, page: Page, account: str | None, outcome: str | None) -> list[DecisionRow]:
        """A page of the decisions, the latest first."""
        rows = select(DecisionRow)
        if account is not None:
            rows = rows.where(DecisionRow.account == account)
        if outcome is not None:
            rows = rows.where(DecisionRow.outcome == outcome)
        if page.after is not None:
            made, row_id = page.after
            rows = rows.where(or_(DecisionRow.made < made, and_(DecisionRow.made == made, DecisionRow.id < row_id)))
        rows = rows.order_by(DecisionRow.made.desc(), DecisionRow.id.desc()).limit(page.limit + 1)
        return list(self._session.scalars(rows))

    def changes(self, booking_id: str, since: int = 0) -> list[ChangeRow]:
        """The changes of a booking that are newer than version ``since``, in order."""
        rows = select(ChangeRow).where(ChangeRow.booking_id == booking_id, ChangeRow.version > since)
        return list(self._session.scalars(rows.order_by(ChangeRow.version)))

    def count(self, table: type[EntryRow | NodeRow]) -> int:
        """How many rows a table has."""
        return self._session.execute(select(func.count()).select_from(table)).scalar_one()

"""SQL of the timeline. Never commits. Every write is made under the lock."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, exists, func, or_, select, union_all, update

from aglais_hub.bookings.amounts import Amount
from aglais_hub.bookings.lifecycle import COUNTED
from aglais_hub.bookings.look import Look, read_look
from aglais_hub.bookings.neighbours import read_neighbours, read_starting
from aglais_hub.bookings.nodes import read_nodes
from aglais_hub.bookings.rows import LIVE, NewBooking, Page, amount_of, bin_of, columns_of, overlapping
from aglais_hub.bookings.rules import Terms
from aglais_hub.bookings.tables import (
    BookingRow,
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
from aglais_hub.bookings.tree import Node, Stretch
from aglais_hub.bookings.unwritten import Unwritten
from aglais_hub.database import sent_ahead
from aglais_hub.database.types import from_microseconds, to_microseconds
from aglais_hub.wire.bookings import Phase, Span

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from sqlalchemy import ColumnElement, Connection, Row
    from sqlalchemy.orm import Session

__all__ = ["LIVE", "BookingStore", "Page", "amount_of", "bin_of"]

LOCK = select(TimelineRow.change).where(TimelineRow.id == 1).with_for_update()

DUE = 200
"""Due timers that one look takes; the next look takes the next."""


class BookingStore:
    """The tables of the timeline, within one transaction.

    What is new is kept, and written when anything is read, or at the end: mostly once for many bookings.
    """

    def __init__(self, session: Session) -> None:
        self._behind = session
        self._new = Unwritten()
        self.known_terms: list[Terms] | None = None
        # What a look before has shown not to be there, and nothing has been added since: it need not be asked again.
        self._without_offers: set[str] = set()
        self._unfollowed: set[tuple[str, datetime]] = set()

    @property
    def _session(self) -> Session:
        """The session, with all that is new in it."""
        if self._new:
            self._behind.flush()
            self._new.write(self._bare)
        return self._behind

    @property
    def _connection(self) -> Connection:
        """The connection, for statements that are not about objects, with all that is new or changed in it."""
        self._session.flush()
        return self._bare

    @cached_property
    def _bare(self) -> Connection:
        """The same without what is new."""
        return self._behind.connection()

    # ---- the lock

    def lock(self) -> int:
        """Wait until no one else changes the timeline; gives the number of the last change.

        On SQLite the transaction has the one write lock already.
        """
        return self._connection.execute(LOCK).scalar_one()

    def set_change(self, change: int) -> None:
        self._new.set_change(change)

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
        if self.known_terms is None:
            rows = select(ClusterRow.name, ClusterRow.overcommit, ClusterRow.buffer).order_by(ClusterRow.name)
            self.known_terms = [Terms.of(*row) for row in self._connection.execute(rows)]
        return self.known_terms

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

    def look(self, cluster: str | None, stretches: Sequence[Stretch], resources: Sequence[str], now: datetime) -> Look:
        """How one cluster or each counts, and the nodes of some ``resources`` in the stretches, in one statement."""
        return read_look(self._bare, cluster, stretches, resources, now)

    def nodes(self, cluster: str, stretches: Sequence[Stretch]) -> list[Sequence[Any]]:
        """The nodes ``(level, at, *delta, *low)`` of one cluster in any number of stretches, in one statement."""
        return read_nodes(self._bare, cluster, stretches)

    def put_nodes(self, cluster: str, nodes: Iterable[tuple[int, int, Node | None]]) -> None:
        """Write nodes ``(level, at, node)``; where there is none any more, take it out."""
        self._new.put_nodes(cluster, nodes)

    def has_tree(self) -> bool:
        """Whether there is a node, or nothing to make one of."""
        nodes, entries = exists().select_from(NodeRow), exists().select_from(EntryRow)
        return bool(self._session.execute(select(or_(nodes, ~entries))).scalar_one())

    # ---- the entries

    def enter(self, row: dict[str, Any]) -> None:
        """Add an entry, with instants in microseconds."""
        self._new.add(EntryRow, row)

    def entries(self, sources: Collection[str], since: datetime | None = None) -> list[EntryRow]:
        """What counts of some grants and bookings; with ``since``, what reaches beyond it."""
        rows = select(EntryRow).where(EntryRow.source.in_(sources), EntryRow.gone.is_(None))
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
        rows = select(EntryRow).where(EntryRow.cluster == cluster, overlapping(EntryRow, span))
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
        rows = select(*columns).where(EntryRow.cluster == cluster, EntryRow.gone.is_(None), overlapping(EntryRow, span))
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

    def prepare(self, ends: Collection[tuple[str, datetime]], now: datetime) -> bool:
        """Look up at once, for many bookings to be made, what is looked up for each of them otherwise.

        That is whether their accounts have open offers, and have bookings that start at their ends. Says, too, whether
        an offer has expired and is still counted.
        """
        offering, following, is_due = read_neighbours(self._connection, ends, now)
        self._without_offers.update({account for account, _ in ends} - offering)
        self._unfollowed.update(set(ends) - following)
        return is_due

    def forget(self, account: str) -> None:
        """A booking of the account has changed: what was looked up of them is asked again."""
        self._without_offers.discard(account)
        self._unfollowed = {key for key in self._unfollowed if key[0] != account}

    def offers_of(self, account: str) -> list[BookingRow]:
        """The account's open offers."""
        return [] if account in self._without_offers else self.of_account(account, [Phase.OFFERED])

    def starting(self, keys: Collection[tuple[str, datetime]]) -> list[BookingRow]:
        """The bookings, of an account each, that are its to use and start at an instant."""
        asked = set(keys) - self._unfollowed
        return read_starting(self._session, asked) if asked else []

    def add_booking(self, new: NewBooking) -> None:
        """Add a booking with its spans; whoever wants to change it reads it."""
        # Only what the new one makes untrue is asked again.
        self._unfollowed.discard((new.account, new.start))
        if new.phase == Phase.OFFERED:
            self._without_offers.discard(new.account)
        self._new.add(BookingRow, new.columns())
        self._new.add(SpanRow, *(columns_of(new.id, span) for span in new.spans))

    def add(self, row: GrantRow | ClusterRow) -> None:
        if isinstance(row, ClusterRow):
            self.known_terms = None
        self._session.add(row)

    def remove(self, row: GrantRow | ClusterRow) -> None:
        if isinstance(row, ClusterRow):
            self.known_terms = None
        self._session.delete(row)

    def send(self) -> None:
        """Send what is new; whatever is done next waits for it."""
        self._behind.flush()
        with sent_ahead(self._bare):
            self._new.write(self._bare)

    def flush(self) -> None:
        """Send what is still to be written."""
        self._session.flush()

    def booking(self, booking_id: str) -> BookingRow | None:
        return self._session.get(BookingRow, booking_id)

    def bookings(self, ids: Collection[str]) -> list[BookingRow]:
        """Those of the bookings that there are."""
        return list(self._session.scalars(select(BookingRow).where(BookingRow.id.in_(ids))))

    def booking_of_key(self, account: str, key: str) -> BookingRow | None:
        """The booking that an account's idempotency key has made."""
        rows = select(BookingRow).where(BookingRow.account == account, BookingRow.key == key)
        return self._session.scalar(rows)

    def bookings_in(self, span: Span, page: Page, account: str | None, *more: ColumnElement[bool]) -> list[BookingRow]:
        """A page of the bookings of which a span overlaps ``span``, of one account or all, by start."""
        if account is None:
            found = select(SpanRow.booking_id).where(overlapping(SpanRow, span))
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

    def in_phase(self, phases: Collection[Phase], *more: ColumnElement[bool]) -> list[BookingRow]:
        """All bookings in one of ``phases``."""
        return list(self._session.scalars(select(BookingRow).where(BookingRow.phase.in_(phases), *more)))

    def left_behind(self) -> list[BookingRow]:
        """The bookings that may have a server which was started for them, and are not to have one any more."""
        over = BookingRow.phase.not_in([Phase.PREPARING, Phase.AVAILABLE, Phase.RUNNING, Phase.RELEASING])
        return list(self._session.scalars(select(BookingRow).where(BookingRow.served.is_not(None), over)))

    def following_grants(self, cluster: str, span: Span) -> list[BookingRow]:
        """The bookings whose claims depend on what the cluster has during ``span``."""
        claiming = select(EntryRow.source).where(
            EntryRow.cluster == cluster, EntryRow.gone.is_(None), EntryRow.is_grant.is_(False),
            overlapping(EntryRow, span),
        )  # fmt: skip
        # A share of nothing has no entry, nor has an offer for which its siblings hold enough: yet they follow grants.
        for_nothing = select(SpanRow.booking_id).where(overlapping(SpanRow, span))
        counted = and_(BookingRow.id.in_(for_nothing), BookingRow.cluster == cluster, BookingRow.phase.in_(COUNTED))
        without = or_(BookingRow.share.is_not(None), BookingRow.phase == Phase.OFFERED)
        found = or_(BookingRow.id.in_(claiming), and_(counted, without))
        rows = select(BookingRow).where(found, or_(BookingRow.share.is_not(None), BookingRow.sharing == "reserved"))
        return list(self._session.scalars(rows.order_by(BookingRow.created)))

    def made_by(self, decision: str) -> list[BookingRow]:
        """The bookings and offers that a decision made."""
        rows = select(BookingRow).where(BookingRow.decision == decision).order_by(BookingRow.start, BookingRow.id)
        return list(self._session.scalars(rows))

    # ---- timers

    def add_timer(self, booking_id: str, kind: str, due: datetime, rank: int) -> None:
        """Set what is due for a booking that is new."""
        self._new.add(TimerRow, {"booking_id": booking_id, "kind": kind, "due": to_microseconds(due), "rank": rank})

    def add_decision(self, *, made: datetime, **columns: Any) -> None:
        """Add a decision."""
        self._new.add(DecisionRow, columns | {"made": to_microseconds(made)})

    def add_change(self, *, at: datetime, **columns: Any) -> None:
        """Add what one version of a booking changed."""
        self._new.add(ChangeRow, columns | {"at": to_microseconds(at)})

    def set_timer(self, booking_id: str, kind: str, due: datetime | None, rank: int) -> None:
        """Set, move or remove what is due for a booking."""
        row = self._session.get(TimerRow, (booking_id, kind))
        if due is None and row is not None:
            self._session.delete(row)
        elif due is not None and row is None:
            self._session.add(TimerRow(booking_id=booking_id, kind=kind, due=due, rank=rank))
        elif due is not None and row is not None:
            row.due = due

    def due(self, now: datetime, kind: str | None = None) -> list[Row[tuple[str, str]]]:
        """The ``booking_id`` and ``kind`` of the timers that have come, the longest due first, ends before starts."""
        rows = select(TimerRow.booking_id, TimerRow.kind).where(TimerRow.due <= now)
        if kind is not None:
            rows = rows.where(TimerRow.kind == kind)
        rows = rows.order_by(TimerRow.due, TimerRow.rank, TimerRow.booking_id).limit(DUE)
        return list(self._connection.execute(rows))

    def due_of(self, ids: Collection[str]) -> set[str]:
        """Those of the bookings that have a timer."""
        return set(self._session.scalars(select(TimerRow.booking_id).where(TimerRow.booking_id.in_(ids))))

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

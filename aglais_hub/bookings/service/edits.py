"""Changes of a booking: longer, shorter, at another time, in another phase."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from aglais_hub.bookings.lifecycle import ENDED, Who
from aglais_hub.bookings.rules import joined
from aglais_hub.bookings.service.ends import outlasts
from aglais_hub.bookings.service.outages import close_outage
from aglais_hub.bookings.service.requests import FARTHEST, LATE
from aglais_hub.bookings.service.search import Search
from aglais_hub.bookings.service.timeline import Timeline, current_span, need_of, terms_of
from aglais_hub.bookings.service.wanted import Wanted
from aglais_hub.bookings.store import LIVE
from aglais_hub.bookings.times import LATEST, parse_duration, parse_end, parse_instant, parse_zone
from aglais_hub.errors import ConflictError, ForbiddenError, InvalidValueError, NotFoundError, RefusedError
from aglais_hub.wire.base import isoformat
from aglais_hub.wire.bookings import BookingEdit, BookingRequest, Extension, Phase, Span

if TYPE_CHECKING:
    from aglais_hub.bookings.service.requests import Requests
    from aglais_hub.bookings.tables import BookingRow
    from aglais_hub.wire.packages import Package

__all__ = ["Edits"]

SETTABLE = (Phase.ACCEPTED, Phase.REJECTED, Phase.CANCELLED, Phase.COMPLETED)
NO_GROUP = "-"
ACCOUNT_ENDS = "the account ends then"
UNCHARGED = "It stays as it is. Charge it to yourself or another group, book less, or ask an admin for a larger budget."
TIMES = ("extend", "shorten", "startdate", "enddate")


class Edits:
    """Changes one booking within a transaction; whoever calls has made sure that they may."""

    def __init__(self, requests: Requests) -> None:
        self._requests = requests

    @staticmethod
    def check(edit: BookingEdit) -> None:
        """Raise ``InvalidValueError`` for an edit that asks for nothing, or for two things at once."""
        changes = [name for name in ("phase", "group", *TIMES) if getattr(edit, name) is not None]
        if len(changes) > 1 and changes != ["startdate", "enddate"]:
            raise InvalidValueError("Change one thing at a time.", field=changes[1], help="Send two requests.")
        if not changes and edit.note is None and edit.prepare is None:
            raise InvalidValueError(
                "It changes nothing.",
                field="phase",
                help="Give startdate, enddate, extend, shorten, phase, group, prepare or note.",
            )

    def apply(self, timeline: Timeline, row: BookingRow, edit: BookingEdit) -> RefusedError | None:
        """Make the change; gives the refusal, with offers that are held, where it does not fit."""
        refusal = None
        if edit.phase is not None:
            self._set_phase(timeline, row, edit.phase)
        elif any(getattr(edit, name) is not None for name in TIMES):
            refusal = self._set_times(timeline, row, edit)
        elif edit.group is not None:
            refusal = self._set_group(timeline, row, None if edit.group in (NO_GROUP, "") else edit.group)
        if edit.note is not None and refusal is None:
            timeline.record(row, note=(row.note, edit.note))
            row.note = edit.note
        if edit.prepare is not None and refusal is None:
            self._set_lead(timeline, row, edit.prepare)
        return refusal

    def _set_group(self, timeline: Timeline, row: BookingRow, group: str | None) -> RefusedError | None:
        """Charge what is ahead of a booking to another group, or to none; what it has had stays where it is charged."""
        _check_live(row)
        if group == row.group:
            return None
        self._requests.check_group(group, row.account)
        timeline.holds.drop(row.account)
        pieces = timeline.ahead(timeline.claims_of(row))
        ahead = [
            Span(start=max(span.start, timeline.now), end=span.end) for span in row.spans if span.end > timeline.now
        ]
        if short := timeline.shortage(group, ahead, pieces):
            return RefusedError(
                f"It can't be charged to {group}: {short}.", rule="group_budget", field="group", help=UNCHARGED
            )
        timeline.record(row, group=(row.group, group))
        row.group = group
        timeline.renew(row)
        return None

    def _set_lead(self, timeline: Timeline, row: BookingRow, prepare: bool) -> None:
        if row.phase in ENDED:
            raise ConflictError("The booking is over.", field="prepare", help="Make a new one.")
        if prepare == (row.lead is not None):
            return
        timeline.record(row, prepare=(not prepare, prepare))
        row.lead = int(self._requests.lead.total_seconds()) if prepare else None
        if row.phase == Phase.PREPARING:
            timeline.leads.drop(row)
        elif row.phase == Phase.WAITING:
            timeline.set_timers(row, came=False)

    def end(self, timeline: Timeline, row: BookingRow) -> None:
        """Cancel a booking that has not begun, decline an offer, or end what has begun."""
        if row.phase == Phase.OFFERED:
            timeline.move(row, Phase.REJECTED, "declined")
        elif row.start > timeline.now:
            self._set_phase(timeline, row, Phase.CANCELLED)
        else:
            self._set_phase(timeline, row, Phase.COMPLETED)

    def extension(self, timeline: Timeline, row: BookingRow, by: timedelta) -> Extension:
        """How far a booking's span could be extended, by at most ``by``; leaves its claim without its servers' rest."""
        if not self._may_charge(row):
            return Extension(until=None, because=f"nothing more can be charged to {row.group}")
        timeline.holds.drop(row.account)
        span = self._edited_span(timeline, row)
        ends = self._ends(row)[1] or LATEST
        if ends <= span.end:
            return Extension(until=None, because=ACCOUNT_ENDS)
        wanted = Span(start=span.end, end=min(span.end + by, LATEST, ends))
        timeline.ledger.withdraw(row.id, span.end)
        until = Search(timeline.ledger, terms_of(row), need_of(row)).until(wanted)
        pieces = timeline.ledger.claims(need_of(row), [wanted], terms_of(row))
        balance, held = timeline.ledger.balance, timeline.holds.hours(row.group)
        paid = balance.until(row.group, pieces, wanted.end, held=held)
        if until is not None and paid < until:
            because = f"the budget of {row.group} {'ends' if balance.is_over(row.group, paid) else 'is used up'} then"
            return Extension(until=paid if paid > span.end else None, because=because)
        if until == wanted.end:
            return Extension(until=until, because=ACCOUNT_ENDS if until == ends else "")
        return Extension(until=until, because="the next booking needs the place then")

    # ---- when it is

    @staticmethod
    def _edited_span(timeline: Timeline, row: BookingRow) -> Span:
        """The span whose end an edit means: the one that has begun, else the last."""
        now = current_span(row, timeline.now)
        chosen = now if now.start <= timeline.now else row.spans[-1]
        return Span(start=chosen.start, end=chosen.end)

    def _set_times(self, timeline: Timeline, row: BookingRow, edit: BookingEdit) -> RefusedError | None:
        _check_live(row)
        old = [Span(start=span.start, end=span.end) for span in row.spans]
        timeline.holds.drop(row.account)  # what is held beside the booking must not stand in its way
        if edit.startdate is not None:
            return self._move(timeline, row, self._moved(timeline, row, old, edit))
        span = self._edited_span(timeline, row)
        end = self._new_end(span, edit)
        if end > timeline.now + FARTHEST:
            raise InvalidValueError(
                "It would end more than ten years from now.",
                field="enddate" if edit.enddate is not None else "extend",
                help="Give an earlier end.",
            )
        level, ends = self._ends(row)
        if ends is not None and end > max(ends, span.end):
            return outlasts(level, ends, timeline.now, "enddate" if edit.enddate is not None else "extend")
        if end <= max(span.start, timeline.now):
            raise InvalidValueError(
                "It would end before now." if span.start <= timeline.now else "It would end before it starts.",
                field=next(name for name in TIMES if getattr(edit, name) is not None),
                help="To end it, DELETE it.",
            )
        spans = joined([Span(start=span.start, end=end) if one.start == span.start else one for one in old])
        if end > span.end:
            self._check_charge(row)
        if end > span.end and (stopped := self._requests.stopped(row.cluster)):
            return self._refusal(timeline, row, [Span(start=span.end, end=end)], Extension(until=None, because=stopped))
        if timeline.fit_spans(row, spans):
            return None
        found = self.extension(timeline, row, end - span.end)
        timeline.renew(row)
        if edit.partial and found.until is not None:
            longer = Span(start=span.start, end=found.until)
            partly = joined([longer if one.start == span.start else one for one in old])
            if timeline.fit_spans(row, partly):
                return None
        return self._refusal(timeline, row, [Span(start=span.end, end=end)], found)

    @staticmethod
    def _new_end(span: Span, edit: BookingEdit) -> datetime:
        if edit.enddate is not None:
            return parse_end(edit.enddate, parse_zone(edit.tz))
        if edit.shorten is not None:
            return span.end - parse_duration(edit.shorten, "shorten")
        end = span.end + parse_duration(edit.extend or "", "extend")
        if end > LATEST:
            raise InvalidValueError("It would end after the year 2299.", field="extend", help="Extend by less.")
        return end

    @staticmethod
    def _moved(timeline: Timeline, row: BookingRow, old: list[Span], edit: BookingEdit) -> list[Span]:
        zone = parse_zone(edit.tz)
        start = parse_instant(edit.startdate or "", zone, "startdate")
        if row.start <= timeline.now:
            raise ConflictError(
                "It has begun, so its start is what it is.", field="startdate", help="Change its end, or book another."
            )
        if start < timeline.now - LATE:
            raise InvalidValueError("It would start in the past.", field="startdate", help="Give a later start.")
        start = max(start, timeline.now)
        if edit.enddate is not None:
            end = parse_end(edit.enddate, zone)
            if len(old) > 1:
                raise InvalidValueError(
                    "It has several spans.", field="enddate", help="Move all of it by its startdate alone."
                )
            if end <= start:
                raise InvalidValueError("It would end before it starts.", field="enddate", help="Give a later end.")
            return [Span(start=start, end=end)]
        by = start - old[0].start
        if old[-1].end + by > timeline.now + FARTHEST:
            raise InvalidValueError(
                "It would end more than ten years from now.", field="startdate", help="Move it by less."
            )
        return [Span(start=span.start + by, end=span.end + by) for span in old]

    def _move(self, timeline: Timeline, row: BookingRow, spans: list[Span]) -> RefusedError | None:
        self._check_charge(row)
        level, ends = self._ends(row)
        if ends is not None and spans[-1].end > ends:
            return outlasts(level, ends, timeline.now, "startdate")
        if self._requests.stopped(row.cluster):
            return self._refusal(timeline, row, spans, None)
        if timeline.fit_spans(row, spans):
            if row.phase == Phase.PREPARING and row.prepared is None:
                timeline.leads.drop(row)
            if row.phase == Phase.WAITING and row.start <= timeline.now:
                timeline.move(row, Phase.AVAILABLE, who=Who.CLOCK)
            return None
        return self._refusal(timeline, row, spans, None)

    def _refusal(
        self, timeline: Timeline, row: BookingRow, spans: list[Span], extension: Extension | None
    ) -> RefusedError:
        until = extension.until if extension else None
        stopped = self._requests.stopped(row.cluster)
        short = "" if stopped else self._shortage(timeline, row, spans, is_more=extension is not None)
        if extension is None and stopped:
            message = f"It can't be moved: {stopped}."
        elif extension is None and short:
            message = f"It can't be moved: {short}."
        elif extension is None:
            message = "It does not fit at that time: the capacity is taken by other bookings."
        else:
            message = f"The booking can't be extended that far: {short or extension.because}."
        refusal = RefusedError(
            message,
            rule="cluster_unverified" if stopped else "group_budget" if short else "capacity",
            field="startdate" if extension is None else "enddate",
            until=until,
            help=f"It can be extended until {isoformat(until)}."
            if until
            else "It stays as it is. Take one of the offers beside it, or choose another time.",
        )
        wanted = Wanted(row.account, self._package(row), need_of(row), spans, None, group=row.group)
        asked = BookingRequest(
            package=row.package,
            spans=[{"start": isoformat(span.start), "end": isoformat(span.end)} for span in spans],
            note=f"instead of booking {row.id}",
            group=row.group,
        )
        self._requests.offers_for(timeline, wanted, asked, refusal)
        return refusal

    @staticmethod
    def _shortage(timeline: Timeline, row: BookingRow, spans: list[Span], *, is_more: bool) -> str:
        """Why the budget has no room for further ``spans``, or for these instead of those that it has."""
        ledger, had = timeline.ledger, Span(start=row.start, end=row.end)
        pieces = timeline.ahead(ledger.claims(need_of(row), spans, terms_of(row)))
        spent = ledger.balance.used(row.group)
        if not is_more:
            ledger.withdraw(row.id, timeline.now)
        short = timeline.shortage(row.group, spans, pieces, had=had, spent=0 if is_more else spent)
        if not is_more:
            timeline.enter_again(row)
        return short

    def _ends(self, row: BookingRow) -> tuple[int, datetime | None]:
        """The level of a booking's account, and when it ends."""
        level, _, ends = self._requests.accounts.standings([row.account])[row.account]
        return level, ends

    def _package(self, row: BookingRow) -> Package | None:
        try:
            return self._requests.packages.get(row.package) if row.package else None
        except NotFoundError:
            return None

    # ---- which phase it is in

    def _set_phase(self, timeline: Timeline, row: BookingRow, phase: Phase) -> None:
        if phase not in SETTABLE:
            raise InvalidValueError(
                f"A booking can't be set to {phase}.", field="phase", help=f"Choose {', '.join(SETTABLE)}."
            )
        if phase is not Phase.ACCEPTED:
            close_outage(timeline, row)
        if phase is Phase.ACCEPTED:
            self._accept(timeline, row)
        elif phase is Phase.COMPLETED and row.phase == Phase.RUNNING:
            # The sweeper saves, stops the server and completes; its time is free from now on.
            timeline.cut(row)
            timeline.move(row, Phase.RELEASING, "ended early")
        elif phase is Phase.COMPLETED and row.phase == Phase.RELEASING:
            pass  # on its way there
        elif phase is Phase.COMPLETED and row.start > timeline.now:
            raise ConflictError("It has not begun.", field="phase", help="Cancel it: set its phase to CANCELLED.")
        elif phase is Phase.COMPLETED and Phase(row.phase) in LIVE and row.end > timeline.now:
            timeline.cut(row)
            timeline.move(row, Phase.COMPLETED, "ended early")
        elif phase is Phase.CANCELLED and row.phase == Phase.RUNNING:
            raise ConflictError("It is running.", field="phase", help="End it: set its phase to COMPLETED.")
        else:
            timeline.move(row, phase, "cancelled" if phase is Phase.CANCELLED else "declined")

    def _accept(self, timeline: Timeline, row: BookingRow) -> None:
        if row.phase == Phase.EXPIRED:
            raise ConflictError("The offer has expired.", field="phase", help="Ask again: it may still be free.")
        if row.phase == Phase.OFFERED:
            # What it costs has been held for it, as its place has.
            self._requests.check_group(row.group, row.account)
        timeline.holds.take(row)

    def _check_charge(self, row: BookingRow) -> None:
        """Raise ``ForbiddenError`` where its holder is in the group no more that more of it would be charged to."""
        if not self._may_charge(row):
            raise ForbiddenError(
                f"Nothing more can be charged to {row.group}: there is no such group any more, or its holder left it.",
                field="group",
                help="Charge what is ahead of it to somebody else first; then change it.",
            )

    def _may_charge(self, row: BookingRow) -> bool:
        """Whether more of a booking may be charged to whom it is charged to now."""
        return row.group is None or self._requests.groups.role(row.group, row.account) is not None


def _check_live(row: BookingRow) -> None:
    if Phase(row.phase) not in LIVE:
        over = row.phase != Phase.OFFERED
        raise ConflictError(
            "The booking is over." if over else "It is an offer.",
            field="phase",
            help="Make a new one." if over else "Take it first, then change it.",
        )

"""Decisions about workshops, and the transactions around them.

The account is what counts: it ends by itself, whatever becomes of its workshop, which says when its accounts end
together. One whose end an admin has set by itself is left as it is.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from aglais_hub.accounts import rules
from aglais_hub.accounts.admin.rules import check_manager
from aglais_hub.accounts.links import link_to, put_token
from aglais_hub.accounts.rules import digest
from aglais_hub.accounts.store import AccountStore
from aglais_hub.accounts.tables import NEVER, AccountRow
from aglais_hub.accounts.workshops.looking import WorkshopList, there, together
from aglais_hub.accounts.workshops.store import WorkshopStore
from aglais_hub.database.ids import new_id
from aglais_hub.errors import ConflictError, InvalidValueError
from aglais_hub.wire.accounts import Card
from aglais_hub.wire.base import isoformat
from aglais_hub.wire.workshops import Workshop, WorkshopCards

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from aglais_hub.accounts.admin.rules import Manager
    from aglais_hub.accounts.workshops.tables import WorkshopRow
    from aglais_hub.wire.accounts import BatchRequest
    from aglais_hub.wire.workshops import LinksRequest, WorkshopEdit

__all__ = ["WorkshopService"]

MOST = 500
"""Accounts of one workshop."""

AGAIN = timedelta(hours=1)
"""For so long a request that is sent again, with its key, is taken for one whose answer got lost."""


class WorkshopService(WorkshopList):
    """Opens workshops, looks after their accounts and links, and ends them."""

    # ---- opening

    def open(self, request: BatchRequest, by: str, key: str | None = None) -> WorkshopCards:
        """Open accounts that end together, each with a link that logs in until then, as often as it is wanted.

        Sent again with the same ``key`` it is the same workshop, whose links are new: the answer that told the first
        ones got lost. Raises ``InvalidValueError`` for a date that has been and for a name like a visitor's,
        ``ConflictError`` for a workshop that there is.
        """
        now = self._clock.now()
        self._check(request, now)
        mark = digest(by, key) if key else None
        with self._database.write() as session:
            store, shops = AccountStore(session), WorkshopStore(session)
            columns = {"level": request.level, "until": request.until, "erase": request.erase, "by": by, "key": mark}
            is_new = shops.open(id=new_id(now), name=request.name, created=now, opened=0, version=1, **columns)
            row = shops.lock(request.name) if is_new else (mark and shops.lock_key(mark)) or None
            if row is None:
                raise _there_is(shops.workshop(request.name))
            if not is_new:
                _check_same(row, request)
                return self._again(store, row, request.number, mark)
            told = {"name": row.name, "number": request.number, **_told(row)}
            store.record(now, "", "workshop opened", after=told)
            return self._open(store, row, request.number, mark)

    def add(self, name: str, number: int, by: str, key: str | None = None) -> WorkshopCards:
        """Open more accounts of a workshop; sent again with the same ``key`` as ``open`` is.

        Raises ``NotFoundError``, and ``ConflictError`` for a workshop that is over or has too many.
        """
        now = self._clock.now()
        mark = digest(by, key) if key else None
        with self._database.write() as session:
            store, shops = AccountStore(session), WorkshopStore(session)
            row = there(shops.lock(name))
            if mark and shops.lock_accounts(row.id, key=mark):
                return self._again(store, row, number, mark)
            _check_open(row, now)
            has = shops.counts([row.id])[row.id].accounts
            if has + number > MOST:
                raise ConflictError(
                    f"A workshop has at most {MOST} accounts, and {name} has {has}.",
                    rule="workshop_full",
                    field="number",
                    help="Open another workshop for the others.",
                )
            store.record(now, "", "workshop extended", after={"name": name, "number": number})
            return self._open(store, row, number, mark)

    # ---- links

    def renew(self, name: str, request: LinksRequest, manager: Manager) -> WorkshopCards:
        """Give accounts new links; the old ones lead nowhere, also where a later step fails.

        Raises ``NotFoundError``, ``InvalidValueError`` for an account of another workshop, ``ConflictError`` for one
        that has ended, ``ForbiddenError`` for an admin's, and ``ServiceDownError``.
        """
        now = self._clock.now()
        with self._database.write() as session:
            store, shops = AccountStore(session), WorkshopStore(session)
            row = there(shops.lock(name))
            names = self._to_renew(store, row, request, manager)
            shops.drop_links(names)
            for one in names:
                store.record(now, one, "link withdrawn")
        if request.log_out:
            # Between the links: nobody comes back by the old one, and nobody who has the new one is put out.
            for one in names:
                self._reach.log_out(one)
                self._reach.forget(one)
        with self._database.write() as session:
            store, shops = AccountStore(session), WorkshopStore(session)
            row = there(shops.lock(name))
            chosen = [one for one in self._ways_in(shops, row) if one.name in set(names)]
            for account in chosen:
                store.record(now, account.name, "link made")
            return WorkshopCards(rows=self._cards(store, chosen), workshop=self.shown(shops, row))

    # ---- changing and ending

    def edit(self, name: str, edit: WorkshopEdit, manager: Manager) -> Workshop:
        """Change when a workshop ends, or what becomes of its accounts then.

        Raises ``NotFoundError``, ``InvalidValueError`` for a date that has been, ``ConflictError`` for an older version
        and for a workshop of which nothing is left, and ``ForbiddenError`` where an admin's account is in it.
        """
        now = self._clock.now()
        if edit.until is not None and edit.until <= now:
            raise InvalidValueError(
                "This time has been.", field="until", help="Give one that is to come, or end the workshop."
            )
        with self._database.write() as session:
            store, shops = AccountStore(session), WorkshopStore(session)
            row = there(shops.lock(name))
            if edit.version is not None and edit.version != row.version:
                raise ConflictError(
                    f"Somebody else has changed {name} since you looked at it.",
                    rule="version",
                    help="Look at it again, and change what is still to be changed.",
                )
            until = edit.until or row.until
            if until <= now:
                raise _is_over(row)
            self._set(store, row, until, row.erase if edit.erase is None else edit.erase, manager)
            return self.shown(shops, row)

    def end(self, name: str, erase: bool | None, manager: Manager) -> Workshop:
        """End a workshop now; of one that is over, with ``erase``, delete what was kept.

        Raises ``NotFoundError``, ``ConflictError`` for one of which nothing is left to end, and ``ForbiddenError``
        where an admin's account is in it.
        """
        now = self._clock.now()
        with self._database.write() as session:
            store, shops = AccountStore(session), WorkshopStore(session)
            row = there(shops.lock(name))
            if row.until <= now and not erase:
                raise _is_over(row)
            until = min(row.until, now)
            names = self._set(store, row, until, row.erase if erase is None else erase, manager)
            shown = self.shown(shops, row)
        for one in names:
            self._reach.forget(one)
        return shown

    # ---- within

    @staticmethod
    def _check(request: BatchRequest, now: datetime) -> None:
        if request.until <= now:
            raise InvalidValueError("This time has been.", field="until", help="Give one that is to come.")
        if rules.is_kept_back(f"{request.name}-"):
            raise InvalidValueError("Nobody may be called so.", field="name", help="Choose another name.")

    def _open(self, store: AccountStore, row: WorkshopRow, number: int, mark: str | None) -> WorkshopCards:
        """Open so many accounts of a workshop that is locked."""
        shops, now, last = WorkshopStore(store.session), self._clock.now(), row.opened
        made: list[AccountRow] = []
        while len(made) < number:
            last += 1
            name = f"{row.name}-{last:02}"
            if not store.take_name(digest(name)):
                continue
            account = AccountRow(
                name=name, level=row.level, display=name, created=now, expires=row.until, erase=row.erase
            )
            store.add(account)
            shops.add_card(row.id, name, mark)
            store.record(now, name, "opened for a workshop", after={"workshop": row.name, **_told(row)})
            made.append(account)
        row.opened += number
        store.session.flush()
        return WorkshopCards(rows=self._cards(store, made), workshop=self.shown(shops, row))

    def _again(self, store: AccountStore, row: WorkshopRow, number: int, mark: str | None) -> WorkshopCards:
        """What a key has opened already, with new links."""
        shops, now = WorkshopStore(store.session), self._clock.now()
        made = [one for one in shops.lock_accounts(row.id, key=mark) if one.ending is None]
        is_lost = all(now - one.created <= AGAIN and one.seen == NEVER for one in made)
        if len(made) != number or not is_lost or row.until <= now:
            raise ConflictError(
                f"This Idempotency-Key was used already, for {row.name}.",
                rule="workshop",
                field="Idempotency-Key",
                help="Where links of it got lost, give those accounts new ones.",
            )
        names = [one.name for one in made]
        shops.drop_links(names)
        store.record(now, "", "workshop links told again", after={"name": row.name, "number": number})
        return WorkshopCards(rows=self._cards(store, made), workshop=self.shown(shops, row))

    def _cards(self, store: AccountStore, rows: Sequence[AccountRow]) -> list[Card]:
        now, cards = self._clock.now(), []
        for row in rows:
            token = put_token(store, row.name, now, row.expires or now, is_once=False)
            cards.append(Card(account=row.name, url=link_to(self._settings.url, token)))
        return cards

    def _ways_in(self, shops: WorkshopStore, row: WorkshopRow) -> list[AccountRow]:
        """The accounts of a workshop that a link can lead into."""
        now = self._clock.now()
        return [
            one
            for one in shops.lock_accounts(row.id)
            if one.ending is None and one.expires is not None and one.expires > now
        ]

    def _to_renew(
        self, store: AccountStore, row: WorkshopRow, request: LinksRequest, manager: Manager
    ) -> Sequence[str]:
        shops = WorkshopStore(store.session)
        known = {one.name for one in shops.lock_accounts(row.id)}
        ways_in = {one.name: one for one in self._ways_in(shops, row)}
        wanted = list(ways_in) if request.accounts is None else list(dict.fromkeys(request.accounts))
        for name in wanted:
            if name not in known:
                raise InvalidValueError(f"{name} is no account of {row.name}.", field="accounts", help="See its list.")
            if name not in ways_in:
                raise ConflictError(
                    f"{name} has ended, or ends by no date: no link leads into it.", rule="ended", field="accounts"
                )
        if not wanted:
            raise _is_over(row)
        # Whoever has the link is the account.
        self._check_whose(store, [ways_in[name] for name in wanted], manager)
        return wanted

    def _check_whose(self, store: AccountStore, rows: Sequence[AccountRow], manager: Manager) -> None:
        for account in self._accounts.views(store, rows):
            check_manager(manager, account)

    def _set(
        self, store: AccountStore, row: WorkshopRow, until: datetime, erase: bool, manager: Manager
    ) -> Sequence[str]:
        """Let a workshop end then, with its accounts; gives their names."""
        shops, now = WorkshopStore(store.session), self._clock.now()
        mine = together(row, shops.lock_accounts(row.id))
        if not mine:
            raise ConflictError(f"Of {row.name} nothing is left.", rule="over", help="Open another workshop.")
        before, after = _told(row), {"expires": isoformat(until), "erase": erase}
        changed = {name: after[name] for name in after if before[name] != after[name]}
        if not changed:
            return []
        self._check_whose(store, mine, manager)
        was, names = {name: before[name] for name in changed}, [one.name for one in mine]
        for one in mine:
            if one.expires != until:
                one.expires, one.closed = until, None
            one.erase = erase
            one.version += 1
            store.record(
                now, one.name, "workshop ended" if until <= now else "workshop changed", before=was, after=changed
            )
        shops.move_links(names, until)
        row.until, row.erase = until, erase
        row.version += 1
        what = "workshop ended" if until <= now else "workshop changed"
        store.record(now, "", what, before={"name": row.name, **was}, after={"name": row.name, **changed})
        store.session.flush()
        return names


def _told(row: WorkshopRow) -> dict[str, object]:
    return {"level": row.level, "expires": isoformat(row.until), "erase": row.erase}


def _check_open(row: WorkshopRow, now: datetime) -> None:
    if row.until <= now:
        raise ConflictError(f"{row.name} is over.", rule="over", help="Move its end first, or open another workshop.")


def _is_over(row: WorkshopRow) -> ConflictError:
    return ConflictError(f"{row.name} is over.", rule="over", help="Move its end, or delete what is left of it.")


def _check_same(row: WorkshopRow, request: BatchRequest) -> None:
    asked = (request.name, request.level, request.until, request.erase)
    if asked != (row.name, row.level, row.until, row.erase):
        raise ConflictError("This Idempotency-Key was used for another request.", field="Idempotency-Key")


def _there_is(row: WorkshopRow | None) -> ConflictError:
    name = row.name if row else "this name"
    return ConflictError(
        f"There is a workshop {name} already.",
        rule="workshop",
        field="name",
        help="Add accounts to it, or choose another name: the names of accounts are given once.",
    )

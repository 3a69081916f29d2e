"""Accounts to and from a document: what is there already is left as it is, and one bad row stops no other."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy.exc import IntegrityError

from aglais_hub.accounts.admin.rules import Manager, is_name
from aglais_hub.accounts.admin.search import Search
from aglais_hub.accounts.admin.sheets import Bad, Sheet, Way, read, write
from aglais_hub.accounts.admin.store import AdminStore
from aglais_hub.accounts.admin.trail import way
from aglais_hub.accounts.email.mail import check_address
from aglais_hub.accounts.rules import ANONYMOUS, BASIC, EMAIL, digest, normal_address
from aglais_hub.accounts.store import AccountStore
from aglais_hub.accounts.tables import AccountRow, IdentityRow
from aglais_hub.errors import AglaisError, ConflictError, ForbiddenError, InvalidValueError, ServiceDownError
from aglais_hub.wire.admin import AccountSettings, Imported, ImportRow

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aglais_hub.accounts.admin.service import AdminService
    from aglais_hub.accounts.email.outbox import Outbox
    from aglais_hub.accounts.service import AccountService
    from aglais_hub.clock import Clock
    from aglais_hub.database import Database
    from aglais_hub.settings import Settings
    from aglais_hub.wire.accounts import Account
    from aglais_hub.wire.admin import Import

__all__ = ["TransferService"]

AT_ONCE = 50
"""Rows of one transaction: others can write between."""

PATIENCE = timedelta(seconds=3)
"""After so long who asks for some rows is told of those that are done: pages and programs wait no minute."""

PAGE = 500


class _JustNowError(Exception):
    """Somebody else has taken the name, an address or an identity meanwhile."""


class _DryRunError(Exception):
    """Takes back what a dry run has tried."""


class TransferService:
    """Imports accounts, and exports them."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        settings: Settings,
        accounts: AccountService,
        admin: AdminService,
        outbox: Outbox,
    ) -> None:
        self._database = database
        self._clock = clock
        self._settings = settings
        self._accounts = accounts
        self._admin = admin
        self._outbox = outbox

    def export(self, format: str) -> str:
        """Every member's account, as a document that ``load`` reads and changes nothing by."""
        return write(self._members(), format)

    def load(
        self, asked: Import, manager: Manager, *, dry_run: bool, start: int = 1, most: int | None = None
    ) -> Imported:
        """Make accounts what a document says, row by row; with ``dry_run`` say what would become of each.

        Of a long document so many rows at ``most``, from the row ``start`` on; fewer where they take long. Raises
        ``InvalidValueError`` for what is no such document.
        """
        begun = self._clock.passed()
        rows = list(enumerate(read(asked.document, asked.format), start=1))
        task = _Task(asked, manager, rows)
        end = len(rows) if most is None else start - 1 + most
        told: list[ImportRow] = []
        for at in range(start - 1, min(end, len(rows)), AT_ONCE):
            told += self._some(task, rows[at : min(at + AT_ONCE, end)], dry_run=dry_run)
            if most is not None and self._clock.passed() - begun > PATIENCE:
                break
        return Imported(dry_run=dry_run, rows=told, of=len(rows))

    # ---- within

    def _members(self) -> Iterator[Account]:
        wanted, place = Search(), None
        while True:
            with self._database.read() as session:
                rows = AdminStore(session).search(wanted, place=place, limit=PAGE, now=self._clock.now())
                found = self._accounts.views(AccountStore(session), rows)
            yield from (account for account in found if account.level > 0 and account.ending is None)
            if len(rows) < PAGE:
                return
            place = rows[-1].name, rows[-1].name

    def _some(self, task: _Task, rows: Sequence[tuple[int, Sheet | Bad]], *, dry_run: bool) -> list[ImportRow]:
        told: list[ImportRow] = []
        try:
            with self._database.write() as session:
                store = AccountStore(session)
                # In one order, so that of two imports at once neither waits for what the other holds.
                for number, row in sorted(rows, key=lambda one: _whose(one[1])):
                    told.append(self._told(store, task, number, row))
                if dry_run:
                    raise _DryRunError
        except _DryRunError:
            pass
        return sorted(told, key=lambda one: one.row)

    def _told(self, store: AccountStore, task: _Task, number: int, row: Sheet | Bad) -> ImportRow:
        why = "Somebody else took the name or a way in just now."
        for _ in range(2):
            try:
                with store.session.begin_nested():
                    return self._one(store, task, number, row)
            except (IntegrityError, _JustNowError):
                # The other was first: what is there now is what the row is about.
                continue
            except ServiceDownError:
                raise
            except AglaisError as error:
                why = f"{error.message} {error.help or ''}".strip()
                break
        return ImportRow(row=number, name=_whose(row), action="refused", error=why)

    def _one(self, store: AccountStore, task: _Task, number: int, row: Sheet | Bad) -> ImportRow:
        if isinstance(row, Bad):
            raise InvalidValueError(row.why)
        task.check_first(number, row)
        ways = _ways(row)
        account = self._known(store, row, ways)
        if account is None:
            name = self._open(store, task, row, ways)
            return ImportRow(row=number, name=name, action="created")
        fields = self._admin.apply(store, account, _settings(row), task.manager, what="imported")
        if self._link(store, task.manager, account, ways):
            fields.append("identities")
        return ImportRow(row=number, name=account, action="changed" if fields else "unchanged", fields=fields)

    @staticmethod
    def _known(store: AccountStore, row: Sheet, ways: Sequence[Way]) -> str | None:
        """Whose row it is: the account of its name, or else of its first way in that there is."""
        if row.name:
            return row.name if store.account(row.name) is not None else None
        found = (store.identity(one.kind, one.subject) for one in ways)
        return next((one.account for one in found if one is not None), None)

    def _link(self, store: AccountStore, manager: Manager, account: str, ways: Sequence[Way]) -> bool:
        """Add the ways in that an account does not have; says whether there were any. None is taken away."""
        there = {(one.kind, one.subject) for one in store.identities([account])[account]}
        missing = [one for one in ways if (one.kind, one.subject) not in there]
        if any(one.kind == EMAIL for one in missing):
            raise ConflictError(
                f"The address of {account} is another.", help="Its owner changes it; leave it out, or as it is."
            )
        if missing and not manager.is_admin:
            raise ForbiddenError("Only an admin gives an account further ways in.", help="Leave them out.")
        row = store.account(account)
        if missing and row is not None and row.level == ANONYMOUS:
            raise ForbiddenError("A visitor has no ways in.", help="A visitor becomes a member by registering.")
        _check_free(store, missing)
        for one in missing:
            self._add_way(store, account, one)
            store.record(self._clock.now(), account, "way in linked", after=way(one.kind, one.label or one.subject))
        return bool(missing)

    def _add_way(self, store: AccountStore, account: str, one: Way) -> None:
        now = self._clock.now()
        # An admin's word is as good as a mail: a password is chosen by the link that is mailed to whoever forgot it.
        row = IdentityRow(
            account=account,
            kind=one.kind,
            subject=one.subject,
            secret=None,
            label=one.label,
            email=normal_address(one.email) if one.email else None,
            verified=now,
            created=now,
        )
        store.add(row)

    def _open(self, store: AccountStore, task: _Task, row: Sheet, ways: Sequence[Way]) -> str:
        now, manager = self._clock.now(), task.manager
        addresses = [one.subject for one in ways if one.kind == EMAIL]
        if not ways and not (row.name and row.identities is not None):
            raise InvalidValueError(
                "There is no such account, and no way in to open one for.",
                help="Give its email or identities; for an account without any, a name, and [] as identities.",
            )
        _check_free(store, ways)
        for address in addresses:
            check_address(address, now)
            others = AdminStore(store.session).known_by(address) - task.names
            if others:
                raise ConflictError(f"Another account has this address: {min(others)}.")
            if self._accounts.is_admins(address) and not manager.is_admin:
                raise ForbiddenError("This is an admin's address.")
        said = next(iter(addresses), "") or next((one.label or one.subject for one in ways), row.name)
        account = AccountRow(
            name=self._name(store, row.name, said),
            level=row.level or BASIC,
            display=row.display.strip() or said.partition("@")[0][:120],
            created=now,
            expires=row.expires,
            suspended=now if row.suspended else None,
            reason=row.suspended.strip(),
        )
        store.add(account)
        for one in ways:
            self._add_way(store, account.name, one)
        told = {"level": account.level, "ways": [f"{one.kind} {one.label or one.subject}" for one in ways]}
        suspended = {"suspended": account.reason} if row.suspended else {}
        store.record(now, account.name, "opened by import", after=told | suspended)
        self._admin.apply(store, account.name, _settings(row), manager, what="imported")
        if task.asked.mail and addresses and not store.has_ended(account.name, now):
            self._outbox.put(store, "opened", addresses[0], account=account.name)
        return account.name

    def _name(self, store: AccountStore, name: str, email: str) -> str:
        if not name:
            return self._accounts.take_name(store, email)
        if not is_name(name):
            raise InvalidValueError(
                f"{name!r} can't be a name.", help="Use lower-case letters, digits and single dashes, at most 30."
            )
        if not store.take_name(digest(name)):
            if store.account(name) is not None:
                raise _JustNowError
            raise ConflictError(f"The name {name} was somebody's.", help="A name is never given twice; choose another.")
        return name


class _Task:
    """A document that is imported, and for whom."""

    def __init__(self, asked: Import, manager: Manager, rows: Sequence[tuple[int, Sheet | Bad]]) -> None:
        self.asked = asked
        self.manager = manager
        self.names = {row.name for _, row in rows if isinstance(row, Sheet)}
        """The accounts that the document names."""
        self._first: dict[tuple[str, str], int] = {}
        for number, row in rows:
            for key in _keys(row) if isinstance(row, Sheet) else ():
                self._first.setdefault(key, number)

    def check_first(self, number: int, row: Sheet) -> None:
        """Raise ``ConflictError`` where an earlier row is about the same account."""
        first = min((self._first[key] for key in _keys(row)), default=number)
        if first != number:
            raise ConflictError(f"Row {first} is about the same account.", help="Keep one of them.")


def _keys(row: Sheet) -> list[tuple[str, str]]:
    """What an account is told apart by."""
    named = [("", row.name)] if row.name else []
    return named + [(one.kind, one.subject) for one in _ways(row)]


def _ways(row: Sheet) -> list[Way]:
    """The ways in that a row tells of, its email first."""
    found = [Way(kind=EMAIL, subject=row.email), *(row.identities or ())] if row.email else row.identities or []
    return [
        one.model_copy(update={"subject": normal_address(one.subject)}) if one.kind == EMAIL else one for one in found
    ]


def _check_free(store: AccountStore, ways: Sequence[Way]) -> None:
    for one in ways:
        known = store.identity(one.kind, one.subject)
        if known is not None:
            raise ConflictError(f"{one.label or one.subject} is a way into another account, {known.account}.")


def _whose(row: Sheet | Bad) -> str:
    return row.whose if isinstance(row, Bad) else row.name or row.email or ""


def _settings(row: Sheet) -> AccountSettings:
    given = row.model_fields_set & {"level", "attributes", "expires", "affiliation"}
    said = {name: getattr(row, name) for name in given}
    return AccountSettings(**said, **({"display": row.display} if row.display.strip() else {}))

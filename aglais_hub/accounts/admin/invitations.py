"""Invitations: an address is mailed a link, and the account that comes of it is what its admin had in mind.

It counts for whoever registers with the invited address, by any way in that proves it, and for whoever registers by
the link, with any address: the mail is the proof.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from aglais_hub.accounts import rules
from aglais_hub.accounts.admin.store import AdminStore
from aglais_hub.accounts.admin.tables import InvitationRow
from aglais_hub.accounts.email.mail import check_address
from aglais_hub.accounts.email.outbox import INVITATION_LIFETIME
from aglais_hub.accounts.email.service import find_code
from aglais_hub.accounts.groups.store import GroupStore
from aglais_hub.accounts.rules import Limit, digest, normal_address, normal_code
from aglais_hub.accounts.store import AccountStore
from aglais_hub.database.ids import new_id
from aglais_hub.errors import ConflictError, InvalidValueError, NotFoundError
from aglais_hub.wire.admin import Invitation, InvitationRows
from aglais_hub.wire.base import isoformat

if TYPE_CHECKING:
    from aglais_hub.accounts.attempts import Attempts
    from aglais_hub.accounts.email.outbox import Outbox
    from aglais_hub.clock import Clock
    from aglais_hub.database import Database
    from aglais_hub.wire.accounts import Confirmation
    from aglais_hub.wire.admin import InvitationRequest

__all__ = ["InvitationService"]

BY_INVITER = Limit(500, timedelta(hours=1))
"""Invitations by one admin: a summer school is invited at once, the world is not."""


class InvitationService:
    """Invites, and takes back."""

    def __init__(self, *, database: Database, clock: Clock, attempts: Attempts, outbox: Outbox, url: str) -> None:
        self._database = database
        self._clock = clock
        self._attempts = attempts
        self._outbox = outbox
        self._url = url

    def invite(self, request: InvitationRequest, by: str) -> Invitation:
        """Mail an invitation.

        Raises ``InvalidValueError``, ``TooManyError``, and ``ConflictError`` for an address that has an account or an
        invitation.
        """
        now, email = self._clock.now(), normal_address(request.email)
        check_address(email, now)
        if request.expires is not None and request.expires <= now:
            raise InvalidValueError("This time has been.", field="expires", help="Give one that is to come.")
        self._count(email, by)
        with self._database.write() as session:
            store, invitations = AccountStore(session), AdminStore(session)
            if request.group and GroupStore(session).group(request.group) is None:
                raise InvalidValueError("There is no such group.", field="group", help="See groups/select.")
            if store.has_email(email):
                raise ConflictError(
                    "There is an account with this address.",
                    rule="has_account",
                    field="email",
                    help="Look for it, and set its level.",
                )
            if invitations.open_invitation(email, now) is not None:
                raise ConflictError(
                    "This address is invited already.",
                    rule="invited",
                    field="email",
                    help="Resend the invitation, or withdraw it first.",
                )
            row = InvitationRow(
                id=new_id(now),
                email=email,
                level=request.level,
                expires=request.expires,
                team=request.group,
                note=request.note,
                by=by,
                created=now,
                until=now + INVITATION_LIFETIME,
                mailed=now,
            )
            invitations.add(row)
            self._mail(store, row)
            store.record(now, "", "invited", after=_told(row))
            return self._view(row)

    def resend(self, id: str, by: str) -> Invitation:
        """Mail an invitation again, which counts anew; its older links count no more.

        Raises ``NotFoundError``, ``TooManyError``, and ``ConflictError`` for one that is over.
        """
        with self._database.read() as session:
            email = self._find(AdminStore(session), id).email
        self._count(email, by)
        now = self._clock.now()
        with self._database.write() as session:
            store, invitations = AccountStore(session), AdminStore(session)
            row = self._find(invitations, id)
            _check_waiting(row)
            row.until, row.mailed = now + INVITATION_LIFETIME, now
            invitations.drop_codes(id)
            self._mail(store, row)
            store.record(now, "", "invited again", after=_told(row))
            return self._view(row)

    def withdraw(self, id: str) -> Invitation:
        """Take an invitation back; raises ``NotFoundError``, and ``ConflictError`` for one that is over."""
        now = self._clock.now()
        with self._database.write() as session:
            store, invitations = AccountStore(session), AdminStore(session)
            row = self._find(invitations, id)
            _check_waiting(row)
            row.over = now
            invitations.drop_codes(id)
            store.record(now, "", "invitation withdrawn", before=_told(row))
            session.flush()
            return self._view(row)

    def get(self, id: str) -> Invitation:
        """One invitation; raises ``NotFoundError``."""
        with self._database.read() as session:
            return self._view(self._find(AdminStore(session), id))

    def select(self, *, email: str | None, after: str | None, limit: int) -> InvitationRows:
        """A page of invitations, the latest first."""
        email = normal_address(email) if email else None
        with self._database.read() as session:
            rows = AdminStore(session).invitations(email=email, before=after, limit=limit + 1)
        told = {"limit": limit, **({"email": email} if email else {})}
        more = None
        if len(rows) > limit:
            more = f"{self._url}invitations/select?{urlencode({**told, 'after': rows[limit - 1].id})}"
        return InvitationRows(rows=[self._view(row) for row in rows[:limit]], next=more)

    def look(self, given: Confirmation) -> Invitation:
        """The invitation that a link stands for.

        Raises ``NotFoundError`` for an unknown one, ``InvalidValueError`` for one that has expired, ``TooManyError``.
        """
        place = rules.network(given.address)
        self._attempts.count("code", [(place, rules.CODES_BY_NETWORK)], "Too many codes were tried.")
        key = digest(normal_code(given.code))
        with self._database.write() as session:
            store = AccountStore(session)
            code = find_code(store, key, ("invite",), self._clock.now())
            row = AdminStore(session).invitation(code.invitation or "")
            if row is None or row.over is not None:
                raise _unknown()
            store.uncount(digest("code", place))
            return self._view(row)

    # ---- within

    def _count(self, email: str, by: str) -> None:
        self._attempts.count("invite", [(by, BY_INVITER)], "You have invited many people.")
        self._attempts.count("mail", [(email, rules.MAILS_BY_SUBJECT)], "This address was mailed often.")

    def _mail(self, store: AccountStore, row: InvitationRow) -> None:
        self._outbox.put(store, "invited", row.email, display=row.note, invitation=row.id)

    @staticmethod
    def _find(invitations: AdminStore, id: str) -> InvitationRow:
        row = invitations.invitation(id)
        if row is None:
            raise NotFoundError("There is no such invitation.", help="See invitations/select.")
        return row

    def _view(self, row: InvitationRow) -> Invitation:
        accepted = "accepted" if row.account is not None else "withdrawn"
        waiting = "waiting" if row.until > self._clock.now() else "expired"
        return Invitation(
            id=row.id,
            url=f"{self._url}invitations/{row.id}",
            email=row.email,
            level=row.level,
            expires=row.expires,
            group=row.team,
            note=row.note,
            by=row.by,
            created=row.created,
            until=row.until,
            mailed=row.mailed,
            state=accepted if row.over is not None else waiting,
            account=row.account,
        )


def _told(row: InvitationRow) -> dict[str, object]:
    expires = {"expires": isoformat(row.expires)} if row.expires else {}
    return {"email": row.email, "level": row.level, **expires, **({"group": row.team} if row.team else {})}


def _check_waiting(row: InvitationRow) -> None:
    if row.over is not None:
        said = f"It was accepted by {row.account}." if row.account else "It was withdrawn."
        raise ConflictError(said, rule="over", help="Invite the address anew, if that is what is wanted.")


def _unknown() -> NotFoundError:
    return NotFoundError(
        "This invitation does not count any more.", field="code", help="Register without it, or ask for another."
    )

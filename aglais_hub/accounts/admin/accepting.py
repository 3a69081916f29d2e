"""An invitation that is accepted, in the transaction that opens its account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aglais_hub.accounts.admin.store import AdminStore
from aglais_hub.accounts.groups.store import GroupStore
from aglais_hub.accounts.groups.tables import MembershipRow
from aglais_hub.accounts.rules import digest, normal_code
from aglais_hub.wire.base import isoformat

if TYPE_CHECKING:
    from datetime import datetime

    from aglais_hub.accounts.admin.tables import InvitationRow
    from aglais_hub.accounts.store import AccountStore
    from aglais_hub.accounts.tables import AccountRow

__all__ = ["accept", "invitation_of"]


def invitation_of(store: AccountStore, code: str) -> str | None:
    """The id of the invitation that a link's code stands for, where it is one."""
    found = store.code(digest(normal_code(code))) if code else None
    return found.invitation if found is not None and found.kind == "invite" else None


def accept(store: AccountStore, row: AccountRow, now: datetime, *, email: str | None, invitation: str | None) -> None:
    """Give an account that is being opened what it was invited to, where it was.

    ``invitation`` is the one that its owner came by; else that of ``email`` counts, which has to be verified.
    """
    invitations = AdminStore(store.session)
    found = invitations.invitation(invitation) if invitation else None
    if found is None or found.over is not None or found.until <= now:
        found = invitations.open_invitation(email, now) if email else None
    if found is None:
        return
    row.level = max(row.level, found.level)
    row.expires = found.expires
    found.over, found.account = now, row.name
    invitations.drop_codes(found.id)
    told = {"level": row.level, "invited by": found.by}
    if found.expires:
        told["expires"] = isoformat(found.expires)
    store.record(now, row.name, "invitation accepted", after=told)
    if found.team:
        _join(GroupStore(store.session), row.name, found, now)
    store.session.flush()


def _join(groups: GroupStore, account: str, invitation: InvitationRow, now: datetime) -> None:
    """Let whoever was invited be in the group, if it still is."""
    team = invitation.team
    if groups.lock_group(team) is None or groups.membership(team, account) is not None:
        return
    groups.add(MembershipRow(group=team, account=account, role="member", since=now, by=invitation.by))
    groups.record(now, account, "group joined", after={"group": team, "role": "member"})

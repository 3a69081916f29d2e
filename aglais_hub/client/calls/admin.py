"""Calls of those who manage accounts: admins, and a helpdesk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from aglais_hub.client.calls.base import Call, body, part, query, text
from aglais_hub.wire.accounts import Account, AccountRows
from aglais_hub.wire.admin import AccountChangeRows, Holdings, Imported, Invitation, InvitationRows
from aglais_hub.wire.base import Text

if TYPE_CHECKING:
    from datetime import datetime

__all__ = [
    "account_changes",
    "accounts",
    "changes_of_accounts",
    "export_accounts",
    "holdings",
    "import_accounts",
    "invitation",
    "invitations",
    "invite",
    "look_at_invitation",
    "resend_invitation",
    "resume",
    "set_account",
    "suspend",
    "withdraw_invitation",
]


def accounts(
    *,
    q: str | None = None,
    level: int | None = None,
    state: Literal["active", "suspended", "ended", "visitor"] | None = None,
    sort: Literal["name", "created", "last", "level"] | None = None,
    limit: int | None = None,
    after: str | None = None,
    count: bool | None = None,
) -> Call[AccountRows]:
    """A page of the accounts of whose name, person, ways in or affiliation words begin as those of ``q``."""
    said = query(q=q, level=level, state=state, sort=sort, limit=limit, after=after, count=count)
    return Call(AccountRows, "GET", "accounts/select", said)


def set_account(name: str, **settings: Any) -> Call[Account]:
    """Set ``level``, ``attributes``, ``expires``, ``display`` or ``affiliation`` of an account.

    ``None`` takes attributes or an end away. With ``version`` only where nobody else has changed it since; ``note``
    goes into the trail.
    """
    plain = (int, float, str, dict, type(None))
    said = {key: value if isinstance(value, plain) else text(value) for key, value in settings.items()}
    return Call(Account, "POST", f"accounts/{part(name)}/settings", body=said)


def suspend(
    name: str, reason: str, *, bookings: Literal["keep", "release"] | None = None, note: str | None = None
) -> Call[Account]:
    """Suspend an account: no way in, its server stops, and its owner is told the reason."""
    said = body(reason=reason, bookings=bookings, note=note)
    return Call(Account, "POST", f"accounts/{part(name)}/suspend", body=said)


def resume(name: str, *, note: str | None = None) -> Call[Account]:
    """Let a suspended account in again."""
    return Call(Account, "POST", f"accounts/{part(name)}/resume", body=body(note=note))


def holdings(name: str) -> Call[Holdings]:
    """What an account has, and would lose where it is deleted."""
    return Call(Holdings, "GET", f"accounts/{part(name)}/holdings")


def account_changes(name: str, *, limit: int | None = None, after: str | None = None) -> Call[AccountChangeRows]:
    """The changes to an account, the latest first."""
    return Call(AccountChangeRows, "GET", f"accounts/{part(name)}/changes", query(limit=limit, after=after))


def changes_of_accounts(
    *,
    account: str | None = None,
    by: str | None = None,
    what: str | None = None,
    limit: int | None = None,
    after: str | None = None,
) -> Call[AccountChangeRows]:
    """The changes to all accounts, the latest first."""
    said = query(account=account, by=by, what=what, limit=limit, after=after)
    return Call(AccountChangeRows, "GET", "changes/select", said)


def invite(
    email: str,
    *,
    level: int | None = None,
    expires: datetime | None = None,
    group: str | None = None,
    note: str | None = None,
) -> Call[Invitation]:
    """Invite an address to open an account of a level."""
    said = body(email=email, level=level, expires=expires, group=group, note=note)
    return Call(Invitation, "POST", "invitations/create", body=said)


def invitations(
    *, email: str | None = None, limit: int | None = None, after: str | None = None
) -> Call[InvitationRows]:
    """A page of invitations, the latest first."""
    return Call(InvitationRows, "GET", "invitations/select", query(email=email, limit=limit, after=after))


def invitation(id: str) -> Call[Invitation]:
    """One invitation."""
    return Call(Invitation, "GET", f"invitations/{part(id)}")


def resend_invitation(id: str) -> Call[Invitation]:
    """Mail an invitation again; it counts anew."""
    return Call(Invitation, "POST", f"invitations/{part(id)}/resend")


def withdraw_invitation(id: str) -> Call[Invitation]:
    """Take an invitation back."""
    return Call(Invitation, "DELETE", f"invitations/{part(id)}")


def look_at_invitation(code: str, *, address: str = "") -> Call[Invitation]:
    """The invitation that a link stands for. For the authenticator."""
    return Call(Invitation, "POST", "invitations/look", body=body(code=code, address=address))


def export_accounts(format: Literal["csv", "yaml"] = "csv") -> Call[Text]:
    """Every member's account as a document, which the import takes."""
    return Call(Text, "GET", "accounts/export", query(format=format))


def import_accounts(
    document: str,
    format: Literal["csv", "yaml"] = "csv",
    *,
    dry_run: bool = False,
    mail: bool | None = None,
    start: int | None = None,
    most: int | None = None,
) -> Call[Imported]:
    """Make accounts what a document says; with ``dry_run`` say what would become of each row.

    With ``mail`` whoever is new is mailed a link to choose a password. A long document is sent several times, each for
    so many rows at ``most`` from the row ``start`` on: a thousand take some seconds.
    """
    said = body(document=document, format=format, mail=mail)
    return Call(Imported, "POST", "accounts/import", query(dry_run=dry_run, start=start, most=most), said)

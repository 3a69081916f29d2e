"""Accounts, invitations and changes as people read them on a terminal."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from aglais_hub.cli.words import plain, when

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from aglais_hub.cli.screen import Desk
    from aglais_hub.wire.accounts import Account
    from aglais_hub.wire.admin import AccountChange, Holdings, ImportRow, Invitation
    from aglais_hub.wire.policy import Space

__all__ = [
    "account_lines",
    "accounts_table",
    "changes_table",
    "imported_table",
    "invitations_table",
    "lost",
    "state_of",
]

LEVELS = {0: "visitor", 1: "basic"}


def table(*names: str) -> Table:
    """A table without lines."""
    made = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="dim")
    for number, name in enumerate(names):
        made.add_column(name, overflow="fold", no_wrap=number == 0)
    return made


def state_of(account: Account, now: datetime) -> str:
    """Whether it is a way in: ``active``, ``suspended``, ``ended``."""
    if account.suspended is not None:
        return "suspended"
    return "ended" if account.expires is not None and account.expires <= now else "active"


def level_of(account: Account) -> str:
    """Its level in words."""
    level = LEVELS.get(account.level, f"level {account.level}")
    return f"{level}, admin" if account.admin else level


def known_by(account: Account) -> str:
    """Its ways in."""
    return ", ".join(plain(one.label) if one.kind == "email" else one.kind for one in account.identities) or "–"


def accounts_table(accounts: Sequence[Account], zone: ZoneInfo, now: datetime) -> RenderableType:
    """An account to a row."""
    made = table("name", "person", "level", "known by", "state")
    for account in accounts:
        state = state_of(account, now)
        if state == "active" and account.expires:
            state = f"until {when(account.expires, zone, now)}"
        made.add_row(account.name, plain(account.display), level_of(account), known_by(account), state)
    return Group(made, Text(), Text(f"Times in {zone.key}.", style="dim"))


def account_lines(account: Account, held: Holdings | None, desk: Desk) -> RenderableType:
    """All that there is to say of one account."""
    zone, now = desk.zone, desk.now
    made = Table.grid(padding=(0, 3, 0, 0))
    made.add_column(style="dim")
    made.add_column(overflow="fold")
    state = state_of(account, now)
    rows = [
        ("name", account.name),
        ("person", plain(account.display)),
        ("where", plain(account.affiliation)),
        ("level", level_of(account)),
        ("state", f"suspended: {plain(account.reason)}" if state == "suspended" else state),
        ("ends", when(account.expires, zone, now) if account.expires else ""),
        ("known by", known_by(account)),
        ("since", when(account.created, zone, now)),
        ("last seen", when(account.seen, zone, now) if account.seen else "never"),
        ("package", account.package),
        *((name, _space(getattr(account.allowance, name))) for name in ("notebooks", "saved", "temporary")),
        ("by hand", ", ".join(account.attributes.model_dump(exclude_none=True)) if account.attributes else ""),
    ]
    if held is not None:
        rows += [("has now", lost(held) or "nothing")]
    for name, text in rows:
        if text:
            made.add_row(name, text)
    return made


def lost(held: Holdings) -> str:
    """What an account has, in words."""
    parts = ["a server that runs"] if held.server else []
    parts += [_counted(held.bookings, "booking")] if held.bookings else []
    files = sum(space.files for space in held.spaces)
    parts += [f"{_counted(files, 'file')} of {sum(space.size for space in held.spaces):,} MiB"] if files else []
    parts += [_counted(held.keys, "key")] if held.keys else []
    parts += [f"membership of {', '.join(held.groups)}"] if held.groups else []
    return ", ".join(parts)


def changes_table(changes: Sequence[AccountChange], zone: ZoneInfo, now: datetime) -> RenderableType:
    """A change to a row, the latest first."""
    made = table("when", "account", "what", "by", "through", "before", "after")
    for one in changes:
        what = f"{one.what} ({plain(one.note)})" if one.note else one.what
        made.add_row(
            when(one.at, zone, now),
            one.account or "–",
            what,
            plain(one.by) or "the platform",
            one.through,
            _told(one.before),
            _told(one.after),
        )
    return Group(made, Text(), Text(f"Times in {zone.key}.", style="dim"))


def invitations_table(rows: Sequence[Invitation], zone: ZoneInfo, now: datetime) -> RenderableType:
    """An invitation to a row."""
    made = table("address", "level", "state", "until", "account")
    for one in rows:
        made.add_row(
            plain(one.email),
            str(one.level),
            one.state,
            when(one.until, zone, now) if one.state == "waiting" else "–",
            one.account or "–",
        )
    return Group(made, Text(), Text(f"Times in {zone.key}.", style="dim"))


def imported_table(rows: Sequence[ImportRow]) -> RenderableType:
    """What became of each row that was not left as it is, and how many there are of each kind."""
    made = table("row", "account", "what", "more")
    for one in rows:
        if one.action != "unchanged":
            made.add_row(str(one.row), plain(one.name) or "–", one.action, plain(one.error or ", ".join(one.fields)))
    kinds = ("created", "changed", "unchanged", "refused")
    counts = {kind: sum(one.action == kind for one in rows) for kind in kinds}
    said = ", ".join(f"{number} {kind}" for kind, number in counts.items() if number) or "There are no rows"
    return Group(made, Text(), Text(f"{said}.")) if len(rows) > counts["unchanged"] else Text(f"{said}.")


def _space(space: Space) -> str:
    size = "any size" if space.size is None else f"{space.size:,} MiB"
    files = "any number of files" if space.files is None else f"{space.files:,} files"
    return f"{size}, {files}, {f'kept for {space.kept}' if space.kept else 'kept for good'}"


def _counted(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def _told(state: dict[str, Any] | None) -> str:
    def text(value: Any) -> str:
        return plain(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

    return ", ".join(f"{plain(name)} {text(value)}" for name, value in (state or {}).items())

"""The groups that one is in: who is in them, what is left of their budgets, and leaving them."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

from jupyterhub.utils import url_path_join
from tornado import web

from aglais_hub.authenticators.account import OwnPage
from aglais_hub.authenticators.page_errors import PageError, said
from aglais_hub.errors import AglaisError, NotFoundError
from aglais_hub.homes.words import count_words, size_words
from aglais_hub.wire.base import isoformat
from aglais_hub.wire.groups import ROLES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from aglais_hub.wire.groups import Budget, Files, Group, MemberUse, Role, Shared

__all__ = ["DeleteGroupPage", "GroupsPage", "RemoveMemberPage"]

MIB = 2**20

NOTICES = {
    "added": "Added, if there is such an account.",
    "removed": "Removed.",
    "left": "You are not in the group any more.",
    "deleted": "Deleted.",
}


class _GroupsPage(OwnPage):
    """What the pages about groups share. Whatever is asked is asked as whoever is logged in."""

    async def group(self, name: str) -> Group:
        """A group that the person is in."""
        try:
            found: Group = await self.client.group(name, by=self.current_user.name)
        except AglaisError as error:
            raise PageError(error) from error
        return found

    def back_to_groups(self, notice: str) -> None:
        """To the list, with a word on what was done."""
        self.redirect(f"{url_path_join(self.hub.base_url, 'groups')}?notice={notice}", status=303)


class GroupsPage(_GroupsPage):
    """``/hub/groups``: see one's groups, and as an owner add members and say what they are."""

    @web.authenticated
    async def get(self) -> None:
        await self._show()

    @web.authenticated
    async def post(self) -> None:
        group, account, role = (self.get_argument(name, "") for name in ("group", "account", "role"))
        if role not in ROLES:
            raise web.HTTPError(400, "Unknown role")
        try:
            await self.client.add_member(group, account[:255], role=cast("Role", role), by=self.current_user.name)
        except AglaisError as error:
            await self._show(error, group)
            return
        self.back_to_groups("added")

    async def _show(self, error: AglaisError | None = None, group: str = "") -> None:
        account = await self.account()
        try:
            rows = (await self.client.groups(self.current_user.name)).rows if account else []
            uses = await asyncio.gather(*(self._use(row) for row in rows))
        except AglaisError as down:
            raise PageError(down) from down
        await self.page(
            "groups.html",
            status=error.status if error else 200,
            account=account,
            groups=[shown(row, use, self.current_user.name) for row, use in zip(rows, uses, strict=True)],
            failed=group,
            typed=self.get_argument("account", ""),
            whom=self.authenticator.contact or "whoever runs this platform",
            notice=NOTICES.get(self.get_argument("notice", ""), ""),
            error=said(error) if error else None,
        )

    async def _use(self, group: Group) -> list[MemberUse]:
        """Who has what of a group's budget; nobody where the person left it a moment ago."""
        if group.budget is None:
            return []
        try:
            return (await self.client.group_use(group.name, by=self.current_user.name)).rows
        except NotFoundError:
            return []


class RemoveMemberPage(_GroupsPage):
    """``/hub/groups/NAME/members/ACCOUNT``: take somebody out of a group, or leave it, once what is lost is read."""

    @web.authenticated
    async def get(self, name: str, account: str) -> None:
        group = await self.group(name)
        member = next((one for one in group.members if one.account == account), None)
        if member is None:
            raise PageError(NotFoundError("This account is not in the group any more.", help="Look at your groups."))
        alone = member.role == "owner" and [one.role for one in group.members].count("owner") == 1
        await self.page(
            "group_removal.html",
            group=group,
            member=member,
            is_oneself=account == self.current_user.name,
            alone=alone,
        )

    @web.authenticated
    async def post(self, name: str, account: str) -> None:
        try:
            await self.client.remove_member(name, account, by=self.current_user.name)
        except AglaisError as error:
            raise PageError(error) from error
        self.back_to_groups("left" if account == self.current_user.name else "removed")


class DeleteGroupPage(_GroupsPage):
    """``/hub/groups/NAME/delete``: delete a group, and say what becomes of its files."""

    @web.authenticated
    async def get(self, name: str) -> None:
        await self.page("group_removal.html", group=await self.group(name), member=None)

    @web.authenticated
    async def post(self, name: str) -> None:
        files = self.get_argument("files", "")
        if files not in ("keep", "delete"):
            raise web.HTTPError(400, "Say what becomes of the files")
        try:
            await self.client.delete_group(name, cast("Files", files), by=self.current_user.name)
        except AglaisError as error:
            raise PageError(error) from error
        self.back_to_groups("deleted")


def shown(group: Group, use: Sequence[MemberUse], viewer: str) -> dict[str, Any]:
    """A group as the page shows it, with what each member, and those who have left, had of its budget."""
    had = {one.account: _use_words(one.used, one.ahead) for one in use if one.role}
    gone = [one for one in use if not one.role]
    return {
        "name": group.name,
        "display": group.display,
        "note": group.note,
        "is_owner": group.role == "owner",
        "is_led": group.led,
        "shared": _shared_words(group.shared) if group.shared else "",
        "budget": _budget(group.budget) if group.budget else None,
        "others": _use_words(sum(one.used for one in gone), sum(one.ahead for one in gone)) if gone else "",
        "members": [
            {
                "account": one.account,
                "display": one.display or one.account,
                "role": one.role,
                "since": isoformat(one.since),
                "had": had.get(one.account, ""),
                "is_oneself": one.account == viewer,
            }
            for one in group.members
        ],
    }


def _budget(budget: Budget) -> dict[str, Any]:
    taken = budget.used + budget.ahead + budget.held
    return {
        "hours": _core_hours(budget.hours),
        "used": _plain(budget.used),
        "ahead": _plain(budget.ahead),
        "held": _plain(budget.held) if budget.held else "",
        "left": _core_hours(budget.left),
        "part": float(taken / budget.hours) if budget.hours else 1.0,
        "state": "full" if not budget.left else "near" if budget.left * 10 < budget.hours else "",
        "start": isoformat(budget.start),
        # Its last day, where it ends with one.
        "end": isoformat(budget.end - timedelta(seconds=1)),
    }


def _use_words(used: Decimal | int, ahead: Decimal | int) -> str:
    """``core-hours: 12.5 used, 4 booked ahead``; nothing where there are none."""
    parts = [f"{_plain(hours)} {what}" for hours, what in ((used, "used"), (ahead, "booked ahead")) if hours]
    return f"core-hours: {', '.join(parts)}" if parts else ""


def _shared_words(shared: Shared) -> str:
    """What is in the shared folder, as the end of a sentence."""
    if shared.measured is None:
        # New, or on a disk that only labs see.
        return f"it has room for {size_words(shared.size * MIB)}." if shared.size else "it is not counted yet."
    room = f" of {size_words(shared.size * MIB)}" if shared.size is not None else ""
    over = " It is over its limit: delete what nobody needs." if shared.size and shared.has_size > shared.size else ""
    return f"it holds {count_words(shared.has_files)}, {size_words(shared.has_size * MIB)}{room}.{over}"


def _core_hours(hours: Decimal) -> str:
    return f"{_plain(hours)} core-hour{'' if hours == 1 else 's'}"


def _plain(hours: Any) -> str:
    """``12.5``, and not ``12.50``; ``4,000``."""
    return f"{hours.normalize():,f}"

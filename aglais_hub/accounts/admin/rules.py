"""Who may do what to which account, and what has changed in one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from aglais_hub.accounts.rules import NAME_LENGTH, RESERVED, is_kept_back
from aglais_hub.errors import ConflictError, ForbiddenError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aglais_hub.wire.accounts import Account

__all__ = ["Manager", "check_manager", "check_not_own", "differing", "is_name"]


class Manager(NamedTuple):
    """Whoever manages accounts: an admin, or a helpdesk, whose business admins' accounts are not."""

    name: str
    is_admin: bool


def check_manager(manager: Manager, account: Account) -> None:
    """Raise ``ForbiddenError`` where a helpdesk would change an admin's account."""
    if account.admin and not manager.is_admin:
        raise ForbiddenError(
            "This is an admin's account.", rule="admins_account", help="Only another admin can change it."
        )


def check_not_own(manager: Manager, name: str, what: str) -> None:
    """Raise ``ConflictError`` where somebody would shut themselves out."""
    if manager.name == name:
        raise ConflictError(f"You can't {what} yourself.", rule="own_account", help="Ask another admin to do it.")


def differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What of two states of one thing differs, as each has it."""
    names = [name for name in after if before.get(name) != after[name]]
    return {name: before.get(name) for name in names}, {name: after[name] for name in names}


def is_name(name: str) -> bool:
    """Whether an account may be given this name: as we give them, and none that is kept back."""
    is_plain = re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name) is not None
    return is_plain and len(name) <= NAME_LENGTH and name not in RESERVED and not is_kept_back(name)

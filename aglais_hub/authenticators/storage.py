"""What one has stored: how full each space is, when things go, and keeping them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

from jupyterhub.utils import url_path_join
from tornado import web

from aglais_hub.authenticators.account import OwnPage
from aglais_hub.authenticators.page_errors import PageError, said
from aglais_hub.clock import SystemClock
from aglais_hub.errors import AglaisError, ConflictError, NotFoundError
from aglais_hub.homes.words import count_words, size_words
from aglais_hub.policy import lasting_words
from aglais_hub.wire.base import isoformat
from aglais_hub.wire.policy import SPACES, SpaceName

if TYPE_CHECKING:
    from datetime import datetime

    from aglais_hub.wire.policy import Keep
    from aglais_hub.wire.storage import Storage, StoredItem, Usage

__all__ = ["StoragePage"]

MIB = 2**20
SHOWN = 50
"""So many items of a space are shown: those that go next, then the largest."""

KEEP_AHEAD = timedelta(days=60)
"""Keeping something once more is offered so long before it would go; what was changed today gains nothing by it."""

TITLES: dict[SpaceName, tuple[str, str]] = {
    "notebooks": ("Notebooks", "The .ipynb files of your home, but for those in temp/."),
    "saved": ("Saved data", "All other files of your home."),
    "temporary": ("Temporary data", "What is in temp/: the most room, for the shortest time."),
}

NOTICES = {"again": "Kept.", "always": "Kept for good.", "no": "It is not kept any longer than others."}


class StoragePage(OwnPage):
    """``/hub/storage``: see what is stored, and have it kept."""

    @web.authenticated
    async def get(self) -> None:
        await self._show()

    @web.authenticated
    async def post(self) -> None:
        space, path, keep = (self.get_argument(name, "", strip=False) for name in ("space", "path", "keep"))
        if space not in SPACES or keep not in NOTICES:
            raise web.HTTPError(400, "Unknown space or wish")
        try:
            await self.client.keep(self.current_user.name, cast("SpaceName", space), path, keep=cast("Keep", keep))
        except (ConflictError, NotFoundError) as error:
            await self._show(error)
            return
        except AglaisError as error:
            raise PageError(error) from error
        self.redirect(f"{url_path_join(self.hub.base_url, 'storage')}?notice={keep}", status=303)

    async def _show(self, error: AglaisError | None = None) -> None:
        account = await self.account()
        stored = await self._stored() if account is not None else None
        await self.page(
            "storage.html",
            status=error.status if error else 200,
            account=account,
            stored=stored,
            spaces=[_space(stored, name) for name in SPACES if _is_shown(stored, name)] if stored else [],
            deleted=[_row(item) | {"deleted": _iso(item.deleted)} for item in stored.deleted[:SHOWN]] if stored else [],
            measured=_iso(stored.measured) if stored and stored.measured else None,
            notice=NOTICES.get(self.get_argument("notice", ""), "") if error is None else "",
            error=said(error) if error else None,
        )

    async def _stored(self) -> Storage:
        try:
            found: Storage = await self.client.storage(self.current_user.name)
        except AglaisError as error:
            raise PageError(error) from error
        return found


def _is_shown(stored: Storage, space: SpaceName) -> bool:
    """Whether there is anything to say of a space: not where nothing may be, and nothing is."""
    usage = stored.spaces[space]
    return usage.files > 0 or 0 not in (usage.limits.files, usage.limits.size)


def _space(stored: Storage, name: SpaceName) -> dict[str, Any]:
    usage = stored.spaces[name]
    items = [item for item in stored.items if item.space == name]
    items.sort(key=lambda item: (item.until is None, item.until or item.changed, -item.size))
    title, about = TITLES[name]
    return {
        "name": name,
        "title": title,
        "about": about,
        "words": _use_words(usage),
        "part": round(_part(usage), 3),
        "state": "full" if usage.full else "near" if usage.near else "",
        "kept": lasting_words(usage.limits.kept) if usage.limits.kept else "",
        "rows": [_item(item) for item in items[:SHOWN]],
        "more": max(0, len(items) - SHOWN),
    }


def _item(item: StoredItem) -> dict[str, Any]:
    now = SystemClock().now()
    may: Keep = item.may if item.path and item.until else "no"
    return _row(item) | {
        "space": item.space,
        "is_rest": not item.path,
        "changed": _iso(item.changed),
        "until": _iso(item.until) if item.until and item.until > now else None,
        "is_due": item.until is not None and item.until <= now,
        "kept": item.kept is not None and item.kept > now,
        "always": item.always,
        "may_again": may != "no" and item.until is not None and item.until < now + KEEP_AHEAD,
        "may_always": may == "always",
    }


def _row(item: Any) -> dict[str, Any]:
    return {"path": item.path, "size": size_words(item.size), "files": count_words(item.files)}


def _use_words(usage: Usage) -> str:
    """``12 MiB of 500 MiB · 34 of 500 files``."""
    size, files = size_words(usage.size), count_words(usage.files)
    if usage.limits.size is not None:
        size = f"{size} of {size_words(usage.limits.size * MIB)}"
    if usage.limits.files is not None:
        files = f"{usage.files:,} of {count_words(usage.limits.files)}"
    return f"{size} · {files}"


def _part(usage: Usage) -> float:
    """How full a space is; 1 is full."""
    most = [(usage.files, usage.limits.files), (usage.size, usage.limits.size and usage.limits.size * MIB)]
    return max((min(1.0, used / limit) if limit else 1.0 for used, limit in most if limit is not None), default=0.0)


def _iso(instant: datetime) -> str:
    return isoformat(instant.replace(microsecond=0))

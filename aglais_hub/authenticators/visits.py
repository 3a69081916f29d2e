"""Somebody came as a visitor and has an account: are the files of the visit to come along?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tornado import web

from aglais_hub.authenticators.doors import VISIT_COOKIE, VISIT_DAYS, Door
from aglais_hub.authenticators.page_errors import PageError, said
from aglais_hub.errors import AglaisError, ConflictError, NotFoundError

if TYPE_CHECKING:
    from aglais_hub.wire.accounts import Account

__all__ = ["VisitPage"]


class VisitPage(Door):
    """``/hub/visit``: take what the visit holds along, or delete it."""

    @web.authenticated
    async def get(self) -> None:
        visit = await self._visit()
        if visit is None:
            self._go_on()
        else:
            await self._show(visit)

    @web.authenticated
    async def post(self) -> None:
        act = self.get_argument("act", "")
        visit = await self._visit()
        try:
            if visit is None:
                raise NotFoundError("The visit is over.", help="What it held is gone, or with your account already.")
            if act in ("take", "bookings"):
                await self.client.merge_accounts(visit.name, self.current_user.name, files=act == "take")
            elif act == "delete":
                await self.client.delete_account(visit.name)
            else:
                raise web.HTTPError(400, "Unknown act")
        except ConflictError as error:
            if visit is None or error.rule != "files":
                raise PageError(error) from error
            # On this platform files can't move: it is said, and what else can be done.
            await self._show(visit, error)
            return
        except AglaisError as error:
            raise PageError(error) from error
        self._forget()
        following = self.get_next_url(self.current_user)
        await self.page("visit_done.html", act=act, following=following, created=visit.created)

    async def _show(self, visit: Account, error: AglaisError | None = None) -> None:
        await self.page(
            "visit.html",
            status=error.status if error else 200,
            visit=visit,
            # Only an address of this platform: it stands in a link.
            following=self.get_next_url(self.current_user),
            error=said(error) if error else None,
        )

    async def _visit(self) -> Account | None:
        """The visit that this browser was, as long as it lasts."""
        name = (self.get_secure_cookie(VISIT_COOKIE, max_age_days=VISIT_DAYS) or b"").decode()
        if not name or name == self.current_user.name:
            return None
        try:
            found: Account = await self.client.account(name)
        except NotFoundError:
            return None
        except AglaisError as error:
            raise PageError(error) from error
        # It may be a member's by now, who registered elsewhere.
        return found if found.level == 0 and found.suspended is None else None

    def _forget(self) -> None:
        self.clear_cookie(VISIT_COOKIE, path=self.hub.base_url)

    def _go_on(self) -> None:
        self._forget()
        self.redirect(self.get_next_url(self.current_user), status=303)

"""The step between a provider and an account: open one, or link; and what is asked before the first lab."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jupyterhub.utils import url_path_join
from tornado import web
from tornado.escape import url_escape

from aglais_hub.authenticators.doors import Door
from aglais_hub.authenticators.mail_doors import forget_invitation, invitation_of
from aglais_hub.authenticators.oauth.pages import ARRIVAL_COOKIE
from aglais_hub.authenticators.page_errors import PageError, said
from aglais_hub.errors import AglaisError, ConflictError, InvalidValueError, NotFoundError, UnauthenticatedError
from aglais_hub.wire.accounts import UNANSWERED

if TYPE_CHECKING:
    from aglais_hub.wire.accounts import Account, Arrived

__all__ = ["AskFirst", "WelcomePage"]

MINUTES = 30 / 1440


class AskFirst:
    """For the pages that lead to a lab: what has to be answered first is asked first."""

    current_user: Any

    async def prepare(self) -> None:
        page: Any = self
        await super().prepare()  # type: ignore[misc]
        if page.request.method != "GET" or self.current_user is None:
            return
        # What counts is what is asked by now, as by new terms, not what was when the hub last looked.
        user = page._jupyterhub_user = await page.refresh_auth(self.current_user, force=True)  # noqa: SLF001
        if user is not None and (user.user_info or {}).get("asks"):
            page.redirect(url_path_join(page.hub.base_url, "welcome") + f"?next={url_escape(page.request.uri)}")


class WelcomePage(Door):
    """``/hub/welcome``: for somebody whom a provider has proven, or who has something to answer."""

    _came_by = ""

    async def get(self) -> None:
        try:
            await self._show()
        except AglaisError as error:
            raise PageError(error) from error

    async def post(self) -> None:
        acts = {"open": self._open, "link": self._link, "answer": self._answer, "leave": self._leave}
        act = acts.get(self.get_argument("act", ""))
        if act is None:
            raise web.HTTPError(400, "Unknown act")
        try:
            await act()
        except (ConflictError, NotFoundError) as error:
            # What was proven counts no more.
            self.clear_cookie(ARRIVAL_COOKIE, path=self.hub.base_url)
            await self.page("welcome_over.html", status=error.status, error=said(error), following=self._following)
        except AglaisError as error:
            try:
                await self._show(error)
            except AglaisError as other:
                raise PageError(other) from other

    # ---- what is shown

    async def _show(self, error: AglaisError | None = None) -> None:
        arrived = await self._arrived()
        member = self._member()
        told: dict[str, Any] = {"error": said(error) if error else None, "following": self._following}
        if arrived is None and member is None:
            # Nobody to welcome: the proof was used, or is too old.
            self.redirect(self.settings["login_url"])
        elif arrived is None:
            account = await self.client.account(member.name)
            if not account.asks:
                await self._go_on(account)
                return
            told |= {"asks": account.asks, "display": self.get_argument("display", account.display)}
            told |= {"affiliation": self.get_argument("affiliation", account.affiliation)}
            told |= {"are_new_terms": bool(account.terms) and account.asks == ["terms"], "is_running": member.running}
            await self.page("welcome.html", status=error.status if error else 200, act="answer", **told, **self._terms)
        else:
            door = self.authenticator.doors.get(arrived.kind)
            told |= {"arrived": arrived, "provider": door.label if door else arrived.kind, "asks": arrived.asks}
            told |= {"display": self.get_argument("display", arrived.display)}
            told |= {"affiliation": self.get_argument("affiliation", "")}
            told |= {"act": "open" if member is None else "link", "visitor": self.visitor}
            await self.page("welcome.html", status=error.status if error else 200, **told, **self._terms)

    @property
    def _terms(self) -> dict[str, Any]:
        settings = self.authenticator
        return {"terms_url": settings.terms_url, "terms_version": settings.terms_version}

    @property
    def _following(self) -> str:
        return str(self.get_argument("next", ""))

    @property
    def _pending(self) -> str:
        return (self.get_secure_cookie(ARRIVAL_COOKIE, max_age_days=MINUTES) or b"").decode()

    async def _arrived(self) -> Arrived | None:
        if not self._pending:
            return None
        try:
            found: Arrived = await self.client.arrival(self._pending)
        except NotFoundError:
            self.clear_cookie(ARRIVAL_COOKIE, path=self.hub.base_url)
            return None
        return found

    def _member(self) -> Any:
        """Whoever is logged in with an account; a visitor has none."""
        user = self.current_user
        return user if user is not None and (user.user_info or {}).get("level") else None

    # ---- what is done

    async def _open(self) -> None:
        self._came_by = (await self.client.arrival(self._pending)).kind
        account = await self.client.open_account(
            self._pending,
            display=self.get_argument("display", "")[:120],
            affiliation=self.get_argument("affiliation", "")[:200],
            terms=self.get_argument("terms", "")[:40],
            visitor=self.visitor,
            invitation=invitation_of(self),
            address=self.address,
        )
        forget_invitation(self)
        is_joined = account.name == self.visitor
        await self._go_on(account, "account?notice=joined" if is_joined else "")

    async def _link(self) -> None:
        member = self._member()
        if member is None:
            raise UnauthenticatedError("You have logged out meanwhile.", help="Log in, and link it again.")
        await self._go_on(await self.client.link_identity(member.name, self._pending))

    async def _answer(self) -> None:
        member = self._member()
        if member is None:
            raise UnauthenticatedError("You have logged out meanwhile.", help="Log in once more.")
        account = await self.client.edit_account(
            member.name,
            display=self.get_argument("display", "")[:120] or None,
            affiliation=self.get_argument("affiliation", "")[:200] or None,
            terms=self.get_argument("terms", "")[:40] or None,
        )
        if account.asks:
            raise InvalidValueError(UNANSWERED[account.asks[0]], field=account.asks[0])
        await self._go_on(account)

    async def _leave(self) -> None:
        """Forget who has come from the provider."""
        self.clear_cookie(ARRIVAL_COOKIE, path=self.hub.base_url)
        self.redirect(url_path_join(self.hub.base_url, "home"), status=303)

    async def _go_on(self, account: Account, page: str = "") -> None:
        self.clear_cookie(ARRIVAL_COOKIE, path=self.hub.base_url)
        user = await self.login_user({"username": account.name, "account": account})
        if user is None:
            raise web.HTTPError(500, "The account was not let in")
        self._jupyterhub_user = user
        if self._came_by:
            self.note_provider(self._came_by)
        where = url_path_join(self.hub.base_url, page) if page and not self._following else self.get_next_url(user)
        self.redirect(where, status=303)

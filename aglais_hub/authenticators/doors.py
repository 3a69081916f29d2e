"""The pages at the door: log in, give it a try, leave."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jupyterhub.handlers.base import BaseHandler
from jupyterhub.handlers.login import LoginHandler
from jupyterhub.utils import url_path_join
from tornado import web
from tornado.httputil import url_concat

from aglais_hub.authenticators.logs import without_secrets
from aglais_hub.authenticators.looks import find_free
from aglais_hub.authenticators.page_errors import PageError, headers_of, said
from aglais_hub.errors import AglaisError, InvalidValueError, ServiceDownError

if TYPE_CHECKING:
    from aglais_hub.client import AsyncClient

__all__ = ["Door", "Guarded", "LeavePage", "LoginPage", "TokenPage", "TryPage"]

NOTICES = {
    "confirmed": ("Your address is confirmed.", "Log in with the password that you chose."),
    "already": (
        "Your address is confirmed already.",
        "Log in with the password that you chose. If it is not taken, choose another by “Forgotten password?”.",
    ),
    "password": ("Your password is a new one.", "Log in with it. Every other browser is logged out."),
    "joined": ("Your address is confirmed, and your visit is an account now.", "Its lab and files are as they were."),
    "over": (
        "Your address is confirmed.",
        "The visit that you registered from was over by then, and its files are gone. Log in with your password.",
    ),
}


VISIT_COOKIE = "aglais-visit"
"""Signed, so it proves that this browser was that visitor."""

VISIT_DAYS = 1.0

AHEAD = ("Sec-Purpose", "Purpose", "X-Moz")
"""Where a browser says that it fetches a page that nobody has opened yet."""

PROVIDER_COOKIE = "aglais-provider"
PROVIDER_DAYS = 1.0
"""For so long somebody who logged in with a provider may well be logged in there."""


class Guarded:
    """A page for somebody who is not, or not only, logged in; before a class of JupyterHub's."""

    def render_template(self, name: str, sync: bool = False, **ns: Any) -> Any:
        """Every page of these, one about an error too, leads to itself and not to the log-in page."""
        return super().render_template(name, sync=sync, **{**ns, "ag_is_door": True})  # type: ignore[misc]

    def append_query_parameters(self, url: str, exclude: Any = None) -> str:
        """Nothing of this address goes on to the next page, as JupyterHub has it.

        It may hold a token or a code; and whatever stands behind the address of the form that starts a lab starts one.
        """
        return url

    def get_next_url(self, *args: Any, **more: Any) -> str:
        """Where to go from here: JupyterHub sees that it is of this site, and this that a header can hold it."""
        found: str = super().get_next_url(*args, **more)  # type: ignore[misc]
        return found if found.isprintable() else url_path_join(self.hub.base_url, "home")  # type: ignore[attr-defined]

    def decode_argument(self, value: bytes, name: str | None = None) -> str:
        """A part of what was sent, as text; what can't be read is not repeated, since it may be a password."""
        try:
            return value.decode()
        except UnicodeDecodeError:
            error = InvalidValueError("What was sent can't be read.", field=name, help="Type it once more.")
        raise PageError(error)

    def log_exception(self, *what: Any) -> None:
        """Log what went wrong, and of the address only what is no secret."""
        page: Any = self
        sent = page.request.uri
        page.request.uri = without_secrets(sent)
        try:
            super().log_exception(*what)  # type: ignore[misc]
        finally:
            page.request.uri = sent

    @property
    def visitor(self) -> str:
        """The name of whoever is here as a visitor; empty for everyone else."""
        user = self.current_user  # type: ignore[attr-defined]
        is_visitor = user is not None and (user.user_info or {}).get("level") == 0
        return str(user.name) if is_visitor else ""

    def note_provider(self, name: str) -> None:
        """Remember that somebody has logged in with a provider: here they log out of this platform alone."""
        page: Any = self
        page._set_cookie(PROVIDER_COOKIE, name, path=page.hub.base_url, expires_days=PROVIDER_DAYS, samesite="Lax")  # noqa: SLF001

    def after_visit(self, visitor: str, following: str) -> str:
        """Where somebody goes who was ``visitor`` before they logged in: asked about that, or to ``following``."""
        page: Any = self
        if not visitor or page.current_user is None or page.current_user.name == visitor:
            return following
        page._set_cookie(VISIT_COOKIE, visitor, path=page.hub.base_url, expires_days=VISIT_DAYS, samesite="Lax")  # noqa: SLF001
        return url_concat(url_path_join(page.hub.base_url, "visit"), {"next": following})


class Door(Guarded, BaseHandler):
    """What the pages at the door share."""

    @property
    def client(self) -> AsyncClient:
        found: AsyncClient = self.authenticator.client
        return found

    @property
    def address(self) -> str:
        """The network address of whoever asks."""
        found: str = self.authenticator.address_of(self.request)
        return found

    async def page(self, name: str, *, status: int = 200, wait: AglaisError | None = None, **more: Any) -> None:
        """Answer with a page; ``wait`` is the error that it tells of, where that says when to try again."""
        self.set_status(status)
        for header, value in (headers_of(wait) if wait else {}).items():
            self.set_header(header, value)
        more.setdefault("doors", list(self.authenticator.doors.values()))
        self.finish(await self.render_template(name, **more))


class LoginPage(Guarded, LoginHandler):
    """``/hub/login``: give it a try, or log in."""

    def decode_argument(self, value: bytes, name: str | None = None) -> str:
        """A part of what was sent, as text: what can't be read is a wrong address, or a wrong password."""
        return value.decode(errors="replace")

    async def _show(self, **more: Any) -> None:
        self._free = await find_free(self.authenticator.client)
        self.finish(await self._render(**more))

    async def get(self) -> None:
        if self.visitor:
            # They may have an account, and log in to it.
            await self._show()
            return
        if self.current_user:
            await super().get()
            return
        self._free = await find_free(self.authenticator.client)
        if self._free is None:
            self.set_status(503)
        await super().get()

    async def post(self) -> None:
        email = self.get_argument("username", "") or self.get_argument("email", "")
        data = {"username": email, "password": self.get_argument("password", "", strip=False)}
        visitor = self.visitor
        try:
            user = await self.login_user(data)
        except PageError as trouble:
            self.set_status(trouble.status_code)
            for name, value in trouble.headers.items():
                self.set_header(name, value)
            await self._show(
                login_error=trouble.aglais_error["message"], login_help=trouble.aglais_error["help"], username=email
            )
            return
        if user is None:
            self.set_status(403)
            await self._show(
                login_error="Wrong email or password.", login_help="Check both, or register.", username=email
            )
            return
        self._jupyterhub_user = user
        self.clear_cookie(PROVIDER_COOKIE, path=self.hub.base_url)
        self.redirect(self.after_visit(visitor, self.get_next_url(user)))

    def _render(self, login_error: str | None = None, username: str | None = None, **more: Any) -> Any:
        notice, notice_more = NOTICES.get(self.get_argument("notice", ""), ("", ""))
        free = getattr(self, "_free", None)
        more = {"free": free, "services_down": free is None and hasattr(self, "_free"), **more}
        more.setdefault("doors", list(self.authenticator.doors.values()))
        more.setdefault("visitor", self.visitor)
        more.setdefault("still_at", None if self.current_user else self._provider())
        more.setdefault("following", self.get_argument("next", ""))
        more.setdefault("notice", notice)
        more.setdefault("notice_more", notice_more)
        return super()._render(login_error=login_error, username=username, **more)

    def _provider(self) -> Any:
        """The provider that this browser may still be logged in at."""
        name = (self.get_secure_cookie(PROVIDER_COOKIE, max_age_days=PROVIDER_DAYS) or b"").decode()
        return self.authenticator.doors.get(name)


class TryPage(Door):
    """``POST /hub/try``: a visitor's account, and straight on to a lab."""

    async def get(self) -> None:
        """Somebody who came back to this address: the button is on the log-in page."""
        self.redirect(self.settings["login_url"])

    async def post(self) -> None:
        user = self.current_user
        if user is None:
            try:
                account = await self.client.try_account(self.address)
                user = await self.login_user({"username": "visitor", "account": account})
            except AglaisError as error:
                await self._refuse(error)
                return
            except PageError as trouble:
                await self._refuse(trouble.error)
                return
            if user is None:
                raise web.HTTPError(500, "The new account was not let in")
            self._jupyterhub_user = user
        package = (user.user_info or {}).get("package", "tiny")
        url = url_path_join(self.hub.base_url, "spawn", user.escaped_name)
        # With an option given, the hub starts the lab at once; with a place to go to, it forgets the option.
        self.redirect(url_concat(url, {"opt-package": package, "next": user.server_url("")}), status=303)

    async def _refuse(self, error: AglaisError) -> None:
        is_down = isinstance(error, ServiceDownError)
        await self.page(
            "login.html",
            status=error.status,
            wait=error,
            try_error=None if is_down else said(error),
            services_down=is_down,
            free=None if is_down else await find_free(self.client),
            authenticator_login_url=self.authenticator.login_url(self.hub.base_url),
        )


class TokenPage(Door):
    """``/hub/token-login?token=``: a link of another front end, or of a workshop's card."""

    async def get(self) -> None:
        if any("prefetch" in self.request.headers.get(name, "") for name in AHEAD):
            # Whoever then opens it is to find it unused.
            self.set_status(503)
            return
        try:
            token = self.get_query_argument("token", "")
            if not 1 <= len(token) <= 100:
                raise InvalidValueError("This link is not complete.", field="token", help="Copy all of it.")
            visitor = self.visitor
            account = await self.client.token_login(token, address=self.address)
            user = await self.login_user({"username": account.name, "account": account})
        except AglaisError as error:
            await self.page("token_failed.html", status=error.status, wait=error, error=said(error))
            return
        except PageError as trouble:
            await self.page("token_failed.html", status=trouble.status_code, error=trouble.aglais_error)
            return
        if user is None:
            raise web.HTTPError(500, "The account of the link was not let in")
        self._jupyterhub_user = user
        # Browsers keep a 301 for good, and would go on without asking again.
        self.redirect(self.after_visit(visitor, self.get_next_url(user)), status=303)


class LeavePage(Door):
    """``/hub/leave``: a visitor is told what logging out deletes; for everyone else it is logging out."""

    @web.authenticated
    async def get(self) -> None:
        if (self.current_user.user_info or {}).get("level") != 0:
            self.redirect(self.settings["logout_url"])
            return
        await self.page("logout.html")

"""The pages about one's lab: home, start, and taking an offer."""

from __future__ import annotations

from typing import Any

from jupyterhub.handlers.base import BaseHandler, UserUrlHandler
from jupyterhub.handlers.pages import HomeHandler, SpawnHandler, SpawnPendingHandler
from jupyterhub.spawner import SpawnException
from jupyterhub.utils import url_path_join
from tornado import web
from tornado.escape import url_escape
from tornado.httputil import url_concat

from aglais_hub.authenticators.doors import VISIT_COOKIE, VISIT_DAYS
from aglais_hub.authenticators.looks import USUAL_PACKAGE, find_lab, find_more
from aglais_hub.authenticators.page_errors import PageError
from aglais_hub.authenticators.welcome import AskFirst
from aglais_hub.clock import SystemClock
from aglais_hub.errors import AglaisError, NotFoundError
from aglais_hub.wire.bookings import Booking

__all__ = ["HomePage", "LabAddress", "OfferPage", "PendingPage", "SpawnPage"]

BOOKINGS = "services/aglais/bookings"


class HomePage(AskFirst, HomeHandler):
    """``/hub/home``: what one has now, until when, and what comes."""

    def render_template(self, name: str, sync: bool = False, **ns: Any) -> Any:
        if name != "home.html":
            return super().render_template(name, sync=sync, **ns)
        return self._home(ns)

    async def _home(self, ns: dict[str, Any]) -> str:
        user, client = self.current_user, self.authenticator.client
        info = user.user_info or {}
        model = await find_lab(client, user.name, is_visitor=info.get("level") == 0)
        model = await find_more(client, model, info.get("package") or USUAL_PACKAGE)
        # Whoever came as a visitor and has not said what becomes of the visit's files.
        visit = (self.get_secure_cookie(VISIT_COOKIE, max_age_days=VISIT_DAYS) or b"").decode()
        has_visit = visit not in ("", user.name)
        html: str = await super().render_template("home.html", model=model, has_visit=has_visit, **ns)
        return html


class SpawnPage(AskFirst, SpawnHandler):
    """``/hub/spawn``: what is free now, and one's booking where there is one; refusals come with their offers."""

    _refusal: SpawnException | None = None

    async def spawn_single_user(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return await super().spawn_single_user(*args, **kwargs)
        except SpawnException as refusal:
            self._refusal = refusal
            raise

    async def _render_form(
        self, for_user: Any, spawner_options_form: Any, message: str = "", html_message: str = ""
    ) -> str:
        refusal = self._refusal
        if refusal is not None and refusal.status_code == 503:
            raise refusal
        if spawner_options_form.problem is not None:
            raise PageError(spawner_options_form.problem)
        form = await self.render_template("spawn_form.html", model=spawner_options_form.model)
        reason = getattr(refusal, "aglais_error", None)
        html: str = await self.render_template(
            "spawn.html",
            for_user=for_user,
            spawner_options_form=form,
            error_message="" if reason else message,
            refusal={"error": reason, "offers": getattr(refusal, "offers", [])} if reason else None,
            # A second try must not start what the address asks for, but what the form says.
            url=self._form_url(for_user),
            spawner=for_user.spawner,
        )
        return html

    def _form_url(self, for_user: Any) -> str:
        url = url_path_join(self.hub.base_url, "spawn", for_user.escaped_name)
        following = self.get_argument("next", "")
        token = f"?_xsrf={url_escape(self.xsrf_token)}"
        return f"{url}{token}&next={url_escape(following)}" if following else f"{url}{token}"


class _LabOfSomebody:
    """Before a handler of JupyterHub's, which gives its page the lab's owner as the user: whoever looks, beside."""

    def render_template(self, name: str, sync: bool = False, **ns: Any) -> Any:
        viewer = self.current_user  # type: ignore[attr-defined]
        return super().render_template(name, sync=sync, viewer=viewer, **ns)  # type: ignore[misc]


class LabAddress(_LabOfSomebody, UserUrlHandler):
    """``/user/NAME/…`` while no lab answers there."""


class PendingPage(_LabOfSomebody, SpawnPendingHandler):
    """``/hub/spawn-pending/NAME``: a lab that starts or stops."""


class OfferPage(BaseHandler):
    """``POST /hub/offer/ID``: take an offer; what starts now starts, what starts later is in one's bookings."""

    @web.authenticated
    async def get(self, _offer: str) -> None:
        """Somebody who came back to this address."""
        self.redirect(url_path_join(self.base_url, BOOKINGS))

    @web.authenticated
    async def post(self, offer: str) -> None:
        user = self.current_user
        try:
            taken = await self._take(offer, user.name)
        except AglaisError as error:
            raise PageError(error) from error
        if taken.start > SystemClock().now():
            self.redirect(url_path_join(self.base_url, BOOKINGS), status=303)
            return
        url = url_path_join(self.hub.base_url, "spawn", user.escaped_name)
        # With an option given, the hub starts the lab at once; with a place to go to, it forgets the option.
        query = {"opt-package": taken.package, "next": user.server_url("")} if taken.package else {}
        self.redirect(url_concat(url, query), status=303)

    async def _take(self, offer: str, account: str) -> Booking:
        client = self.authenticator.client
        found: Booking = await client.booking(offer)
        if found.account != account:
            # The hub may see everyone's bookings; this person may not.
            raise NotFoundError("There is no such offer.", help="Look at what is free, and choose again.")
        taken: Booking = await client.accept(offer)
        return taken

"""The addresses of a provider: off to it, back from it, and the start of linking it."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

from jupyterhub.utils import url_path_join
from oauthenticator.oauth2 import OAuthLoginHandler
from tornado import web
from tornado.escape import url_escape

from aglais_hub.authenticators.doors import Door
from aglais_hub.authenticators.oauth.door import ProviderDoor
from aglais_hub.authenticators.page_errors import PageError, said
from aglais_hub.errors import AglaisError, ConflictError, ForbiddenError, InvalidValueError, ServiceDownError

__all__ = ["ARRIVAL_COOKIE", "pages_of"]

ARRIVAL_COOKIE = "aglais-arrival"
ARRIVAL_DAYS = 0.5 / 24

STATE_COOKIE = "aglais-oauth-"
"""With the first letters of the state, so that two windows don't take each other's."""

STATE_DAYS = 1 / 24
LINK = "aglais-link"
LINK_DAYS = 10 / 1440


class ProviderPage(Door):
    """What the pages of one provider share."""

    door: ProviderDoor

    @property
    def following(self) -> str:
        """Where somebody was on the way to; the next try leads there too."""
        return str(self.get_argument("next", ""))

    async def say(self, error: AglaisError) -> None:
        """What went wrong, with ways on."""
        more = {"error": said(error), "provider": self.door, "following": self.following}
        await self.page("provider_trouble.html", status=error.status, wait=error, **more)

    @property
    def path(self) -> str:
        """The part of the site that this provider's cookies are for."""
        return f"{self.hub.base_url}oauth/{self.door.name}/"


class ProviderLogin(ProviderPage, OAuthLoginHandler):
    """``/hub/oauth/NAME/login``: off to the provider, with a state that this browser alone can bring back."""

    _is_leaving = False
    _linking = ""

    @property
    def authenticator(self) -> Any:
        """What ``oauthenticator``'s handler takes from *its* authenticator, while it makes the way to the provider."""
        return self.door.authenticator if self._is_leaving else super().authenticator

    async def get(self) -> None:
        try:
            self._linking = self._account_to_link()
            await self.door.find()
        except AglaisError as error:
            await self.say(error)
            return
        self._is_leaving = True
        super().get()

    def set_state_cookie(self, state_cookie_value: str) -> None:
        name = STATE_COOKIE + read_state(state_cookie_value)["state_id"][:8]
        value = f"{self._linking}|{state_cookie_value}"
        self._set_cookie(name, value, path=self.path, expires_days=STATE_DAYS, samesite="Lax")

    def _account_to_link(self) -> str:
        """The account that ``LinkPage`` has begun for; nobody else can sign its name."""
        given = self.get_argument("link", "")
        if not given:
            return ""
        signed = self.get_secure_cookie(LINK, given, max_age_days=LINK_DAYS)
        if signed is None or self.current_user is None or self.current_user.name != signed.decode():
            raise _not_begun()
        return str(self.current_user.name)


class ProviderCallback(ProviderPage):
    """``/hub/oauth/NAME/callback``: back from the provider, with a code that says who it was."""

    _state = ""

    @property
    def following(self) -> str:
        return str(read_state(self._state).get("next_url") or "")

    def get_state_cookie(self) -> str:
        """The state, as ``oauthenticator`` asks for it."""
        return self._state

    async def get(self) -> None:
        # Nobody else learns the code from this page's address.
        self.set_header("Referrer-Policy", "no-referrer")
        try:
            await self._come_in(self._take_state())
        except AglaisError as error:
            await self.say(error)
        except PageError as trouble:
            await self.say(trouble.error)

    async def _come_in(self, linking: str) -> None:
        self._check_answer()
        proven = await self.door.prove(self)
        if linking and (self.current_user is None or self.current_user.name != linking):
            raise ConflictError("You have logged out meanwhile.", help="Log in, and link it again.")
        arrived = await self.client.arrive(
            self.door.name,
            proven.subject,
            label=proven.label,
            display=proven.display,
            email=proven.email,
            link=linking,
        )
        following = self.following
        if linking:
            self.redirect(url_path_join(self.hub.base_url, "account") + "?notice=linked")
        elif arrived.account is not None:
            visitor = self.visitor
            user = await self.login_user({"username": arrived.account.name, "account": arrived.account})
            if user is None:
                raise ForbiddenError("This account can't log in here.", help="Ask an admin.")
            self._jupyterhub_user = user
            self.note_provider(self.door.name)
            self.redirect(self.after_visit(visitor, following or self.get_next_url(user)))
        else:
            self._set_cookie(
                ARRIVAL_COOKIE,
                arrived.pending,
                path=self.hub.base_url,
                expires_days=ARRIVAL_DAYS,
                samesite="Lax",
            )
            self.redirect(url_path_join(self.hub.base_url, "welcome") + f"?next={url_escape(following)}")

    def _take_state(self) -> str:
        """The account to link, or nothing; the state counts once. Raises ``InvalidValueError``."""
        given = read_state(self.get_argument("state", "")).get("state_id", "")
        if not isinstance(given, str) or not re.fullmatch(r"\w{8,100}", given, re.ASCII):
            raise _not_begun()
        name = STATE_COOKIE + given[:8]
        kept = (self.get_secure_cookie(name, max_age_days=STATE_DAYS) or b"").decode()
        self.clear_cookie(name, path=self.path)
        linking, _, self._state = kept.partition("|")
        if read_state(self._state).get("state_id") != given:
            raise _not_begun()
        return linking

    def _check_answer(self) -> None:
        error = self.get_argument("error", "")
        if error == "access_denied":
            raise ForbiddenError(
                f"You did not let {self.door.label} tell us who you are.", help="Log in once more, or another way."
            )
        if error in ("server_error", "temporarily_unavailable"):
            raise ServiceDownError(f"{self.door.label} can't log you in right now.", help="Try again in a minute.")
        issuer = self.get_argument("iss", "")
        is_others = bool(issuer and self.door.issuer) and issuer.rstrip("/") != self.door.issuer.rstrip("/")
        if error or is_others or not self.get_argument("code", ""):
            raise InvalidValueError(f"{self.door.label} did not confirm this log-in.", help="Log in once more.")


class LinkPage(ProviderPage):
    """``POST /hub/oauth/NAME/link``: link the provider to the account that is logged in.

    It takes a form of ours to begin. Else another site could make somebody's browser link, to their account here, the
    identity of whoever made that site.
    """

    @web.authenticated
    async def get(self) -> None:
        """Somebody who came back to this address."""
        self.redirect(url_path_join(self.hub.base_url, "account"))

    @web.authenticated
    async def post(self) -> None:
        signed = self.create_signed_value(LINK, self.current_user.name).decode()
        following = f"{self.path}login?link={url_escape(signed)}"
        # Not a redirect: what a form of ours leads to stays here, says the pages' policy, and this leads elsewhere.
        self.set_header("Refresh", f"0; url={following}")
        await self.page("provider_leaving.html", provider=self.door, following=following)


def pages_of(door: ProviderDoor) -> list[tuple[str, type[Door]]]:
    """The pages of one provider, for JupyterHub."""
    # CILogon has a handler of its own.
    own = door.authenticator.login_handler
    bases = (ProviderLogin,) if own is OAuthLoginHandler else (ProviderLogin, own)
    address = rf"/oauth/{door.name}"
    return [
        (f"{address}/login", type("Login", bases, {"door": door})),
        (f"{address}/callback", type("Callback", (ProviderCallback,), {"door": door})),
        (f"{address}/link", type("Link", (LinkPage,), {"door": door})),
    ]


def read_state(text: str) -> dict[str, Any]:
    """A state as ``oauthenticator`` writes it; empty where it is none."""
    try:
        found = json.loads(base64.urlsafe_b64decode(text.encode()))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _not_begun() -> InvalidValueError:
    return InvalidValueError(
        "This log-in was not begun in this browser, was used already, or is too old.",
        field="state",
        help="Log in once more.",
    )

"""The pages about email and password: register, confirm, a forgotten password, and changes of either."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from jupyterhub import orm
from jupyterhub.utils import new_token
from pydantic import ValidationError
from tornado import web
from tornado.httputil import url_concat

from aglais_hub.authenticators.doors import Door
from aglais_hub.authenticators.page_errors import said
from aglais_hub.errors import AglaisError, InvalidValueError, UnauthenticatedError
from aglais_hub.wire.accounts import AddressChange, Confirmation, MailRequest, NewPassword, PasswordChange, Registration

if TYPE_CHECKING:
    from aglais_hub.wire.accounts import LoggedIn, Registered
    from aglais_hub.wire.base import RequestModel

__all__ = [
    "AddressPage",
    "ConfirmPage",
    "PasswordPage",
    "RegisterPage",
    "ResendPage",
    "ResetPage",
    "StopPage",
    "device_of",
    "end_sessions",
    "forget_invitation",
    "invitation_of",
    "keep_device",
]

DEVICE = "aglais-device"
DEVICE_DAYS = 180

FOLLOWING = "aglais-following"
FOLLOWING_DAYS = 1
"""For so long a browser keeps where its owner was on the way to: a mail comes in between."""

REGISTERED = "aglais-registered"
REGISTERED_DAYS = 1
"""For so long a browser keeps the address that it has registered with: a link that it opens was opened by a person."""

INVITATION = "aglais-invitation"
INVITATION_DAYS = 1

TYPING_ERRORS = {
    "email": ("This is not an email address.", "It looks like ann@example.org."),
    "code": ("This link or code is not complete.", "Copy all of it from the mail."),
    "password": ("The password is too short or too long.", "Use 10 to 200 characters; a sentence is fine."),
    "old": ("This is not your password.", "Give the one you log in with."),
}


def device_of(handler: Any) -> str:
    """What this browser keeps since its owner logged in last, to be known by."""
    found: str = handler.get_cookie(DEVICE, "")
    return found[:100]


def keep_device(handler: Any, found: LoggedIn) -> None:
    """Have the browser keep what it is known by from now on."""
    if found.device:
        path, days = handler.hub.base_url, DEVICE_DAYS
        handler._set_cookie(DEVICE, found.device, encrypted=False, path=path, expires_days=days, samesite="Lax")  # noqa: SLF001


def keep_invitation(handler: Any, code: str) -> None:
    """Have the browser keep the code of the invitation that brought it."""
    handler._set_cookie(INVITATION, code, path=handler.hub.base_url, expires_days=INVITATION_DAYS, samesite="Lax")  # noqa: SLF001


def invitation_of(handler: Any) -> str:
    """The code of the invitation that brought this browser; empty where none did."""
    found = handler.get_secure_cookie(INVITATION, max_age_days=INVITATION_DAYS)
    return found.decode() if found else ""


def forget_invitation(handler: Any) -> None:
    """Have the browser forget the invitation: it was accepted, or counts no more."""
    handler.clear_cookie(INVITATION, path=handler.hub.base_url)


def end_sessions(handler: Any, name: str) -> None:
    """Log an account out in every browser: of the hub, and of what was entered through it.

    Its labs go on running, and tokens that it made for programs count on.
    """
    user = handler.find_user(name)
    if user is None:
        return
    for token in handler.db.query(orm.APIToken).filter_by(user_id=user.id):
        if token.session_id:
            handler.db.delete(token)
    user.orm_user.cookie_id = new_token()
    handler.db.commit()


class MailDoor(Door):
    """What these pages share."""

    def read(self, model: type[RequestModel], **fields: str) -> Any:
        """What was typed, as the services take it; raises ``InvalidValueError``."""
        try:
            return model(**fields)
        except ValidationError as error:
            field = str(error.errors()[0]["loc"][0])
        message, advice = TYPING_ERRORS[field]
        raise InvalidValueError(message, field=field, help=advice)

    @property
    def following(self) -> str:
        """Where somebody wants to go once they are logged in; the log-in page sees that it is of this site."""
        kept = self.get_secure_cookie(FOLLOWING, max_age_days=FOLLOWING_DAYS) or b""
        return str(self.get_argument("next", "")[:500] or kept.decode())

    async def page(self, name: str, *, status: int = 200, wait: AglaisError | None = None, **more: Any) -> None:
        if self.get_argument("next", ""):
            self._set_cookie(
                FOLLOWING, self.following, path=self.hub.base_url, expires_days=FOLLOWING_DAYS, samesite="Lax"
            )
        await super().page(name, status=status, wait=wait, **{"following": self.following, **more})

    def to_login(self, notice: str) -> None:
        """To the log-in page with a word on what was done, and from there on to where they wanted."""
        told = {"notice": notice, **({"next": self.following} if self.following else {})}
        self.clear_cookie(FOLLOWING, path=self.hub.base_url)
        self.redirect(url_concat(self.settings["login_url"], told), status=303)

    def secret(self, name: str) -> str:
        """A password as it was typed."""
        found: str = self.get_argument(name, "", strip=False)
        return found

    def note_registered(self, email: str) -> None:
        """Have the browser keep the address that it has registered with."""
        self._set_cookie(REGISTERED, email, path=self.hub.base_url, expires_days=REGISTERED_DAYS, samesite="Lax")

    async def mailed(self, template: str, told: Registered, email: str, **more: Any) -> None:
        """Say that a mail is on its way, and when it may take a while."""
        more |= {"email": email.strip(), "mail_folder": has_folder(), "late": told.late}
        await self.page(template, status=202, **more)

    async def ask(self, template: str, error: AglaisError, **more: Any) -> None:
        """Show a form again, with what was wrong."""
        await self.page(template, status=error.status, wait=error, error=said(error), **more)


class RegisterPage(MailDoor):
    """``/hub/register``: an email address and a password, then a mail with a link and a code.

    ``?invitation=CODE`` is the link of an invitation: this browser keeps the code until an account is opened.
    """

    async def get(self) -> None:
        if self.current_user and (self.current_user.user_info or {}).get("level"):
            self.redirect(self.get_next_url(self.current_user))
            return
        code = self.get_query_argument("invitation", "")[:100]
        if not code:
            await self.page("register.html", visitor=self.visitor)
            return
        try:
            asked = self.read(Confirmation, code=code)
            invitation = await self.client.look_at_invitation(asked.code, address=self.address)
        except AglaisError as error:
            forget_invitation(self)
            await self.ask("register.html", error, visitor=self.visitor)
            return
        keep_invitation(self, code)
        await self.page("register.html", visitor=self.visitor, invitation=invitation, email=invitation.email)

    async def post(self) -> None:
        email = self.get_argument("email", "")
        try:
            asked = self.read(Registration, email=email, password=self.secret("password"))
            # What this browser is a visitor with becomes the account; nobody can say so for another.
            told = await self.client.register(
                asked.email,
                asked.password,
                address=self.address,
                visitor=self.visitor,
                invitation=invitation_of(self),
            )
        except AglaisError as error:
            await self.ask("register.html", error, email=email, visitor=self.visitor)
            return
        self.note_registered(asked.email)
        await self.mailed("registered.html", told, email, visitor=self.visitor)


class ResendPage(MailDoor):
    """``/hub/resend``: the mail again."""

    async def get(self) -> None:
        """Somebody who came back to this address."""
        self.redirect(f"{self.hub.base_url}confirm")

    async def post(self) -> None:
        email = self.get_argument("email", "")
        try:
            asked = self.read(MailRequest, email=email)
            told = await self.client.resend(asked.email, address=self.address)
        except AglaisError as error:
            await self.ask("confirm.html", error, email=email)
            return
        await self.mailed("registered.html", told, email, visitor=self.visitor)


class ConfirmPage(MailDoor):
    """``/hub/confirm/CODE``: the link in the mail; ``/hub/confirm``: the code, typed."""

    async def get(self, code: str = "") -> None:
        if not code:
            await self.page("confirm.html")
            return
        registered = self.get_secure_cookie(REGISTERED, max_age_days=REGISTERED_DAYS) or b""
        await self._confirm(code, opened=registered.decode())

    async def post(self, _code: str = "") -> None:
        await self._confirm(self.get_argument("code", ""))

    async def _confirm(self, code: str, *, opened: str | None = None) -> None:
        try:
            asked = self.read(Confirmation, code=code)
            confirmed = await self.client.confirm(asked.code, address=self.address, opened=opened)
        except AglaisError as error:
            if error.rule == "by_hand":
                await self.page("confirm.html", code=code)
            elif error.rule == "confirmed" and self.current_user and not self.visitor:
                self.redirect(f"{self.hub.base_url}account", status=303)
            elif error.rule == "confirmed":
                self.to_login("already")
            else:
                await self.ask("confirm.html", error)
            return
        # Whichever browser this is, the visitor's own is a member's from its next request on.
        await self.authenticator.remember(self, confirmed)
        user = self.current_user
        notice = {"kept": "joined", "over": "over"}.get(confirmed.visit, "confirmed")
        if user and (user.name == confirmed.name or not self.visitor):
            shown = notice if confirmed.visit else "linked"
            self.redirect(url_concat(f"{self.hub.base_url}account", {"notice": shown}), status=303)
        else:
            self.to_login(notice)


class ResetPage(MailDoor):
    """``/hub/reset``: ask for a link; ``/hub/reset?code=``: choose a new password."""

    async def get(self) -> None:
        await self._show(self.get_query_argument("code", ""))

    async def post(self) -> None:
        code, email = self.get_body_argument("code", ""), self.get_argument("email", "")
        if code:
            await self._choose(code)
            return
        try:
            asked = self.read(MailRequest, email=email)
            told = await self.client.forgot_password(asked.email, address=self.address)
        except AglaisError as error:
            await self.ask("reset.html", error, email=email)
            return
        await self.mailed("reset_mailed.html", told, email)

    async def _choose(self, code: str) -> None:
        try:
            asked = self.read(NewPassword, code=code, password=self.secret("password"))
            found = await self.client.reset_password(asked.code, asked.password, address=self.address)
        except AglaisError as error:
            # A code that does not count is of no more use; a weak password can be typed anew.
            await self._show("" if error.field == "code" else code, error)
            return
        keep_device(self, found)
        end_sessions(self, found.name)
        self.to_login("password")

    async def _show(self, code: str, error: AglaisError | None = None) -> None:
        status, why = (error.status, said(error)) if error else (200, None)
        stopped = self.get_query_argument("stopped", "")
        name = "new_password.html" if code else "reset.html"
        await self.page(name, status=status, wait=error, code=code, error=why, stopped=stopped)


class PasswordPage(MailDoor):
    """``/hub/password``: change one's password."""

    @web.authenticated
    async def get(self) -> None:
        await self.page("password.html")

    @web.authenticated
    async def post(self) -> None:
        user = self.current_user
        try:
            asked = self.read(PasswordChange, old=self.secret("old"), password=self.secret("password"))
            found = await self.client.change_password(user.name, asked.old, asked.password)
        except AglaisError as error:
            await self.ask("password.html", error)
            return
        keep_device(self, found)
        end_sessions(self, user.name)
        # This browser alone stays in.
        self.set_hub_cookie(user)
        await self.page("changed.html", what="password")


class AddressPage(MailDoor):
    """``/hub/address``: ask for another address; ``/hub/address?code=``: the link in the mail to it."""

    async def get(self) -> None:
        code = self.get_query_argument("code", "")
        if code:
            # Whoever reads mails for viruses opens links too; only a person presses the button.
            await self.page("new_address.html", code=code)
        elif self.current_user:
            await self.page("address.html")
        else:
            self.redirect(url_concat(self.settings["login_url"], {"next": self.request.uri}))

    async def post(self) -> None:
        code = self.get_body_argument("code", "")
        try:
            if code:
                await self.client.confirm(self.read(Confirmation, code=code).code, address=self.address)
                await self.page("changed.html", what="address")
                return
            if self.current_user is None:
                raise UnauthenticatedError("You are not logged in any more.", help="Log in, then change it.")
            await self._ask()
        except AglaisError as error:
            email = self.get_argument("email", "")
            await self.ask("new_address.html" if code else "address.html", error, code="", email=email)

    async def _ask(self) -> None:
        email = self.get_argument("email", "")
        asked = self.read(AddressChange, email=email, password=self.secret("password"))
        told = await self.client.change_address(
            self.current_user.name, asked.email, asked.password, address=self.address
        )
        await self.mailed("address_mailed.html", told, email)


class StopPage(MailDoor):
    """``/hub/stop?code=``: stop a change of address, and choose a new password."""

    async def get(self) -> None:
        await self.page("stop.html", code=self.get_query_argument("code", ""))

    async def post(self) -> None:
        try:
            asked = self.read(Confirmation, code=self.get_body_argument("code", ""))
            stopped = await self.client.stop_change(asked.code, address=self.address)
        except AglaisError as error:
            await self.ask("stop.html", error, code="")
            return
        end_sessions(self, stopped.name)
        self.redirect(url_concat(f"{self.hub.base_url}reset", {"stopped": "yes", "code": stopped.code}), status=303)


def has_folder() -> bool:
    """Whether mails are written into a folder, for want of a mail server."""
    return not os.environ.get("AGLAIS_SMTP_HOST")

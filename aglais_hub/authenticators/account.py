"""One's account: the ways into it, and what one says of oneself."""

from __future__ import annotations

from typing import Any

from jupyterhub.utils import url_path_join
from tornado import web

from aglais_hub.authenticators.doors import Door
from aglais_hub.authenticators.mail_doors import MailDoor
from aglais_hub.authenticators.page_errors import PageError, said
from aglais_hub.errors import AglaisError, ConflictError, NotFoundError
from aglais_hub.wire.accounts import Account, Identity, Registration

__all__ = ["AccountPage", "EmailPage", "UnlinkPage"]

NOTICES = {
    "linked": "Linked. From now on you can log in with it too.",
    "gone": "This is no way into your account any more. Those that are left are below.",
    "unlinked": "Unlinked. You can't log in with it any more.",
    "saved": "Saved.",
    "joined": "You are a member now. Your lab, files and bookings are as they were.",
    "over": "Your address is confirmed. The visit that you registered from was over by then, and its files are gone.",
}


class OwnPage(Door):
    """What the pages about one's account share."""

    async def account(self) -> Account | None:
        """The account of whoever is logged in; ``None`` for somebody whom only the hub knows."""
        try:
            found: Account = await self.client.account(self.current_user.name)
        except NotFoundError:
            return None
        except AglaisError as error:
            raise PageError(error) from error
        return found

    def way(self, identity: Identity) -> dict[str, Any]:
        """A way in, as the pages show it."""
        door = self.authenticator.doors.get(identity.kind)
        is_email = identity.kind == "email"
        label = "Email" if is_email else door.label if door else identity.kind.title()
        return {
            "id": identity.id,
            "is_email": is_email,
            "label": label,
            "who": identity.label or identity.subject,
            "since": identity.verified,
            # A provider that the operator has taken away lets nobody in.
            "is_open": is_email or door is not None,
        }

    def back(self, notice: str) -> None:
        """To the account's page, with a word on what was done."""
        self.redirect(f"{url_path_join(self.hub.base_url, 'account')}?notice={notice}", status=303)


class AccountPage(OwnPage):
    """``/hub/account``: see and change one's account."""

    @web.authenticated
    async def get(self) -> None:
        await self._show()

    @web.authenticated
    async def post(self) -> None:
        try:
            await self.client.edit_account(
                self.current_user.name,
                display=self.get_argument("display", "")[:120] or None,
                affiliation=self.get_argument("affiliation", "")[:200],
            )
        except AglaisError as error:
            await self._show(error)
            return
        self.back("saved")

    async def _show(self, error: AglaisError | None = None) -> None:
        account = await self.account()
        ways = [self.way(identity) for identity in account.identities] if account else []
        linked = {identity.kind for identity in account.identities} if account else set()
        await self.page(
            "account.html",
            status=error.status if error else 200,
            account=account,
            ways=ways,
            can_unlink=sum(way["is_open"] for way in ways) > 1,
            has_email=any(way["is_email"] for way in ways),
            unlinked=[door for door in self.authenticator.doors.values() if door.name not in linked],
            terms_url=self.authenticator.terms_url,
            notice=NOTICES.get(self.get_argument("notice", ""), ""),
            error=said(error) if error else None,
        )


class UnlinkPage(OwnPage):
    """``/hub/unlink/ID``: take a way in away, once what is lost is read."""

    @web.authenticated
    async def get(self, identity: str) -> None:
        found = await self._found(identity)
        if found is None:
            self.back("gone")
            return
        way, rest = found
        await self.page("unlink.html", way=way, rest=rest)

    @web.authenticated
    async def post(self, identity: str) -> None:
        found = await self._found(identity)
        if found is None:
            self.back("gone")
            return
        way, rest = found
        if not rest:
            # The services don't know which providers are open.
            error = ConflictError(f"{way['label']} is the only way into your account.", help="Link another one first.")
            raise PageError(error)
        try:
            await self.client.unlink_identity(self.current_user.name, way["id"])
        except NotFoundError:
            self.back("gone")
            return
        except AglaisError as error:
            raise PageError(error) from error
        self.back("unlinked")

    async def _found(self, identity: str) -> tuple[dict[str, Any], list[dict[str, Any]]] | None:
        """A way into one's account, and the others that are open; none where it is no way in any more."""
        account = await self.account()
        ways = [self.way(one) for one in account.identities] if account else []
        found = next((way for way in ways if str(way["id"]) == identity), None)
        if found is None:
            return None
        return found, [way for way in ways if way["is_open"] and way is not found]


class EmailPage(OwnPage, MailDoor):
    """``/hub/email``: an address with a password as one more way in, for an account that has none."""

    @web.authenticated
    async def get(self) -> None:
        account = await self.account()
        if self.visitor:
            self.redirect(url_path_join(self.hub.base_url, "register"))
        elif account is None or any(one.kind == "email" for one in account.identities):
            self.redirect(url_path_join(self.hub.base_url, "account"))
        else:
            await self.page("email.html")

    @web.authenticated
    async def post(self) -> None:
        if self.visitor:
            # It becomes a member's, and so is not one that an address is added to.
            self.redirect(url_path_join(self.hub.base_url, "register"), status=303)
            return
        email = self.get_argument("email", "")
        try:
            asked = self.read(Registration, email=email, password=self.secret("password"))
            told = await self.client.register(
                asked.email, asked.password, address=self.address, account=self.current_user.name
            )
        except AglaisError as error:
            await self.ask("email.html", error, email=email)
            return
        self.note_registered(asked.email)
        await self.mailed("registered.html", told, email)

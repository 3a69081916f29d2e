"""One's account: the ways into it, and what one says of oneself."""

from __future__ import annotations

from typing import Any

from jupyterhub.utils import url_path_join
from tornado import web

from aglais_hub.authenticators.doors import Door
from aglais_hub.authenticators.page_errors import PageError, said
from aglais_hub.errors import AglaisError, NotFoundError
from aglais_hub.wire.accounts import Account, Identity

__all__ = ["AccountPage", "UnlinkPage"]

NOTICES = {
    "linked": "Linked. From now on you can log in with it too.",
    "unlinked": "Unlinked. You can't log in with it any more.",
    "saved": "Saved.",
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
            unlinked=[door for door in self.authenticator.doors.values() if door.name not in linked],
            terms_url=self.authenticator.terms_url,
            notice=NOTICES.get(self.get_argument("notice", ""), ""),
            error=said(error) if error else None,
        )


class UnlinkPage(OwnPage):
    """``/hub/unlink/ID``: take a way in away, once what is lost is read."""

    @web.authenticated
    async def get(self, identity: str) -> None:
        account = await self.account()
        found = [one for one in (account.identities if account else []) if str(one.id) == identity]
        if account is None or not found:
            raise PageError(NotFoundError("This is no way into your account any more.", help="Look at your account."))
        rest = [self.way(one) for one in account.identities if one.id != found[0].id]
        await self.page("unlink.html", way=self.way(found[0]), rest=[way for way in rest if way["is_open"]])

    @web.authenticated
    async def post(self, identity: str) -> None:
        try:
            await self.client.unlink_identity(self.current_user.name, int(identity))
        except AglaisError as error:
            raise PageError(error) from error
        self.back("unlinked")

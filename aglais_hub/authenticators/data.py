"""One's data: take it along, or delete it with the account."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from tornado import web

from aglais_hub.authenticators.account import OwnPage
from aglais_hub.authenticators.mail_doors import device_of
from aglais_hub.authenticators.page_errors import PageError, said
from aglais_hub.errors import AglaisError, BadCredentialsError, ConflictError, InvalidValueError, NotFoundError
from aglais_hub.homes.words import count_words, size_words

if TYPE_CHECKING:
    from aglais_hub.wire.accounts import Account
    from aglais_hub.wire.admin import Holdings

__all__ = ["DataPage", "DeletePage", "keep_fresh"]

FRESH = "aglais-fresh"
"""The cookie of a browser whose owner has just logged in."""

FRESH_DAYS = 10 / 1440
"""Ten minutes."""


def keep_fresh(handler: Any, account: str) -> None:
    """Have the browser know for some minutes that whoever owns the account has just logged in."""
    handler._set_cookie(FRESH, account, path=handler.hub.base_url, expires_days=1, samesite="Lax")  # noqa: SLF001


class _DataPage(OwnPage):
    """What the pages about one's data share."""

    async def known(self) -> Account:
        """The account of whoever is logged in; raises ``PageError`` for somebody whom only the hub knows."""
        account = await self.account()
        if account is None:
            raise PageError(NotFoundError("Only the hub knows you: there is no account with data."))
        return account

    async def held(self) -> dict[str, Any]:
        """What there is of the account: the files of its home, and what else would go with it."""
        name = self.current_user.name
        try:
            size, holdings = await self.client.archive_size(name), await self.client.holdings(name)
        except AglaisError as error:
            raise PageError(error) from error
        files = count_words(size.files) if size.files is not None else "all files"
        room = size_words(size.size) if size.size is not None else ""
        told = {"files": files, "size": room, "has_home": size.has_home, "is_empty": size.files == 0}
        return {"holdings": holdings, **told}


class DataPage(_DataPage):
    """``/hub/data``: the archive, and the way to delete the account."""

    @web.authenticated
    async def get(self) -> None:
        account = await self.known()
        await self.page("data.html", account=account, **await self.held())


class DeletePage(_DataPage):
    """``/hub/data/delete``: delete one's account, once what goes is read and it is proven who asks."""

    @web.authenticated
    async def get(self) -> None:
        await self._show()

    @web.authenticated
    async def post(self) -> None:
        account = await self.known()
        try:
            await self._check(account, (await self.held())["holdings"])
            await self.client.delete_account(account.name)
        except AglaisError as error:
            await self._show(error)
            return
        # No cookie of anybody's is good for the account any more, this browser's neither.
        self.current_user.orm_user.cookie_id = secrets.token_hex(16)
        self.db.commit()
        self.clear_login_cookie()
        self.clear_cookie(FRESH, path=self.hub.base_url)
        self._jupyterhub_user = None
        await self.page("deleted.html")

    async def _check(self, account: Account, holdings: Holdings) -> None:
        if holdings.alone:
            raise ConflictError(
                f"Nobody else owns {' and '.join(holdings.alone)}.", rule="alone", help="Make somebody else an owner."
            )
        if self.get_argument("name", "") != account.name:
            raise InvalidValueError(f"This is not {account.name}.", field="name", help="Type the name as it is shown.")
        address = address_of(account)
        if not address:
            self._check_fresh()
            return
        password = self.get_argument("password", "", strip=False)
        try:
            found = await self.client.login(address, password, address=self.address, device=device_of(self))
        except BadCredentialsError as error:
            raise InvalidValueError("The password is wrong.", field="password", rule="password") from error
        if found.name != account.name:
            raise InvalidValueError("The password is wrong.", field="password", rule="password")

    def _check_fresh(self) -> None:
        if not self._is_fresh():
            raise InvalidValueError("You have logged in too long ago.", rule="fresh", help="Log in once more, below.")

    def _is_fresh(self) -> bool:
        found = self.get_secure_cookie(FRESH, max_age_days=FRESH_DAYS)
        return bool(found and found.decode() == self.current_user.name)

    async def _show(self, error: AglaisError | None = None) -> None:
        account = await self.known()
        linked = {identity.kind for identity in account.identities}
        await self.page(
            "delete.html",
            status=error.status if error else 200,
            account=account,
            **await self.held(),
            has_password=bool(address_of(account)),
            is_fresh=self._is_fresh(),
            ways=[door for door in self.authenticator.doors.values() if door.name in linked],
            typed=self.get_argument("name", "")[:63],
            error=said(error) if error else None,
        )


def address_of(account: Account) -> str:
    """The address that the account logs in with; empty where it has no password."""
    return next((one.subject for one in account.identities if one.kind == "email" and one.verified), "")

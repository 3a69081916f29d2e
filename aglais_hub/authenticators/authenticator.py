"""The hub's authenticator: asks the account service who somebody is, and tells the hub."""

from __future__ import annotations

import os
from datetime import datetime
from typing import TYPE_CHECKING, Any

from jupyterhub.auth import Authenticator
from traitlets import Instance, Integer, List, Unicode, default

from aglais_hub.authenticators.account import AccountPage, EmailPage, UnlinkPage
from aglais_hub.authenticators.data import DataPage, DeletePage, keep_fresh
from aglais_hub.authenticators.doors import LeavePage, LoginPage, TokenPage, TryPage
from aglais_hub.authenticators.groups import DeleteGroupPage, GroupsPage, RemoveMemberPage
from aglais_hub.authenticators.jupyterhubs import PAGES, StaticFiles
from aglais_hub.authenticators.keys import KeysPage, RemoveKeyPage
from aglais_hub.authenticators.labs import HomePage, LabAddress, OfferPage, PendingPage, SpawnPage
from aglais_hub.authenticators.mail_doors import (
    AddressPage,
    ConfirmPage,
    PasswordPage,
    RegisterPage,
    ResendPage,
    ResetPage,
    StopPage,
    device_of,
    keep_device,
)
from aglais_hub.authenticators.oauth import ProviderDoor, pages_of
from aglais_hub.authenticators.page_errors import PageError
from aglais_hub.authenticators.sessions import SessionsHandler
from aglais_hub.authenticators.storage import StoragePage
from aglais_hub.authenticators.visits import VisitPage
from aglais_hub.authenticators.welcome import WelcomePage
from aglais_hub.client import AsyncClient
from aglais_hub.clock import SystemClock
from aglais_hub.errors import AglaisError, BadCredentialsError, ForbiddenError, InvalidValueError, NotFoundError
from aglais_hub.portal import STATIC
from aglais_hub.providers import Provider
from aglais_hub.wire.accounts import Account
from aglais_hub.wire.base import isoformat

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ADMIN_GROUP", "AglaisAuthenticator"]

ADMIN_GROUP = "aglais-admins"

TIMEOUT_SECONDS = 20.0
"""A mail server may take its time; a person waits no longer than this."""


class AglaisAuthenticator(Authenticator):
    """Visitors, and people with an email address or a provider, as the account service knows them."""

    services_url = Unicode(help="Address of the services' API.").tag(config=True)
    services_token = Unicode(help="Token with the scopes custom:aglais:accounts:login and admin.").tag(config=True)

    proxies = Integer(help="Reverse proxies before the hub's own; their last words on a visitor's address count.").tag(
        config=True
    )

    providers = List(Instance(Provider), help="The providers that people may log in with.").tag(config=True)
    public_url = Unicode(help="Where people find the platform; providers send them back there.").tag(config=True)
    terms_url = Unicode(help="Address of the terms of use; without it there are none.").tag(config=True)
    contact = Unicode(help="Whom people ask who are kept out.").tag(config=True)
    terms_version = Unicode(help="The version of them that counts now.").tag(config=True)

    _client: AsyncClient | None = None
    _doors: dict[str, ProviderDoor] | None = None

    @default("services_url")
    def _services_url_default(self) -> str:
        return os.environ.get("AGLAIS_API_URL", "")

    @default("services_token")
    def _services_token_default(self) -> str:
        return os.environ.get("AGLAIS_API_TOKEN", "")

    @default("proxies")
    def _proxies_default(self) -> int:
        return int(os.environ.get("AGLAIS_PROXIES") or 0)

    @default("allow_all")
    def _allow_all_default(self) -> bool:
        return True

    @default("manage_groups")
    def _manage_groups_default(self) -> bool:
        return True

    @property
    def client(self) -> AsyncClient:
        """The hub's connection to the services."""
        if self._client is None:
            self._client = AsyncClient(self.services_url, self.services_token, timeout=TIMEOUT_SECONDS)
        return self._client

    @property
    def doors(self) -> dict[str, ProviderDoor]:
        """The providers by name, in the operator's order."""
        if self._doors is None:
            made = [ProviderDoor(provider, public_url=self.public_url) for provider in self.providers]
            self._doors = {door.name: door for door in made}
        return self._doors

    async def authenticate(self, handler: Any, data: Mapping[str, Any]) -> dict[str, Any] | None:
        """The hub's model of whoever is at the door; ``None`` for a wrong email or password.

        ``data`` is the log-in form, or ``{"account": Account}`` for one that was just opened: a form holds only text.
        Raises ``PageError`` for everything else that keeps somebody out.
        """
        account = data.get("account")
        if isinstance(account, Account):
            self.check_open(account)
            keep_fresh(handler, account.name)
            return model_of(account)
        email, password = data.get("username") or data.get("email") or "", data.get("password") or ""
        try:
            found = await self.client.login(
                email, password, address=self.address_of(handler.request), device=device_of(handler)
            )
        except (BadCredentialsError, InvalidValueError):
            # What is too long to be one is a wrong one too.
            return None
        except AglaisError as error:
            raise PageError(error) from error
        self.check_open(found)
        keep_device(handler, found)
        keep_fresh(handler, found.name)
        return model_of(found)

    def address_of(self, request: Any) -> str:
        """The network address that a request comes from, as the nearest proxy that is ours has seen it.

        Every proxy adds what it saw at the end of ``X-Forwarded-For``; whatever stands before that, and other headers
        of the kind, anybody may have made up.
        """
        seen = [part.strip() for part in ",".join(request.headers.get_list("X-Forwarded-For")).split(",")]
        address = seen[-1 - self.proxies] if len(seen) > self.proxies else seen[0]
        return address[:64]

    async def refresh_user(self, user: Any, handler: Any = None) -> bool | dict[str, Any]:
        """Look again, every few minutes: an admin may be one no longer, an account may be gone."""
        try:
            account = await self.client.account(user.name)
            self.check_open(account)
            return model_of(account)
        except (NotFoundError, PageError):
            return False
        except AglaisError as error:
            # Whoever is in stays in while the services are down.
            self.log.warning("Could not look at the account of %s again: %s", user.name, error.message)
            return True

    async def remember(self, handler: Any, account: Account) -> None:
        """Have the hub know at once what has changed of an account that it knows."""
        user = handler.find_user(account.name)
        if user is not None:
            await handler.auth_to_user(model_of(account), user)

    def check_open(self, account: Account) -> None:
        """Raise ``PageError`` for an account that is no way in: it is being deleted, suspended, or its time is over."""
        if account.suspended is not None:
            whom = self.contact or "whoever runs this platform"
            said = f"This account is suspended: {account.reason.rstrip('.')}."
            raise PageError(ForbiddenError(said, rule="suspended", help=f"Ask {whom}."))
        if account.ending is not None:
            raise PageError(ForbiddenError("This account is deleted.", help="You can open another."))
        check_time(account.expires)

    async def pre_spawn_start(self, user: Any, spawner: Any) -> None:
        """No lab before what is asked by now is answered, nor for who may not come in; raises ``PageError``."""
        try:
            account = await self.client.account(user.name)
        except AglaisError:
            # Only the hub knows it, or the services are down: then no lab starts anyway.
            return
        self.check_open(account)
        if account.asks:
            error = ForbiddenError("Something has to be answered before your lab can start.", help="Open /hub/welcome.")
            raise PageError(error)

    def get_handlers(self, app: Any) -> list[tuple[Any, ...]]:
        """Our pages; they come before JupyterHub's own."""
        static = {"path": str(STATIC)}
        return [
            (r"/login", LoginPage),
            (r"/try", TryPage),
            (r"/token-login", TokenPage),
            (r"/register", RegisterPage),
            (r"/confirm", ConfirmPage),
            (r"/confirm/([^/]+)", ConfirmPage),
            (r"/resend", ResendPage),
            (r"/reset", ResetPage),
            (r"/password", PasswordPage),
            (r"/address", AddressPage),
            (r"/email", EmailPage),
            (r"/stop", StopPage),
            (r"/leave", LeavePage),
            (r"/visit", VisitPage),
            (r"/welcome", WelcomePage),
            (r"/account", AccountPage),
            (r"/keys", KeysPage),
            (r"/keys/(\d{1,15})", RemoveKeyPage),
            (r"/data", DataPage),
            (r"/data/delete", DeletePage),
            (r"/unlink/(\d{1,15})", UnlinkPage),
            (r"/storage", StoragePage),
            (r"/groups", GroupsPage),
            (r"/groups/([a-z0-9-]{1,40})/delete", DeleteGroupPage),
            (r"/groups/([a-z0-9-]{1,40})/members/([^/]+)", RemoveMemberPage),
            *(page for door in self.doors.values() for page in pages_of(door)),
            (r"/home", HomePage),
            (r"/spawn", SpawnPage),
            (r"/spawn/([^/]+)", SpawnPage),
            (r"/spawn-pending/([^/]+)", PendingPage),
            (r"/user/([^/]+)(/.*)?", LabAddress),
            (r"/offer/([^/]+)", OfferPage),
            (r"/api/users/([^/]+)/sessions", SessionsHandler),
            *PAGES,
            (r"/aglais/static/(aglais\.css|admin\.js|lab\.js|pages\.js|theme\.js|logo\.svg)", StaticFiles, static),
        ]


def check_time(expires: datetime | None) -> None:
    """Raise ``PageError`` for an account whose time is over."""
    if expires is not None and expires <= SystemClock().now():
        raise PageError(ForbiddenError("This account has ended.", help="Ask whoever gave it to you for another."))


def model_of(account: Account) -> dict[str, Any]:
    """An account as the hub keeps it; the pages read ``user_info``."""
    return {
        "name": account.name,
        "admin": account.admin,
        "groups": [ADMIN_GROUP] if account.admin else [],
        "user_info": {
            "level": account.level,
            "display": account.display,
            "package": account.package,
            "asks": account.asks,
            "expires": isoformat(account.expires) if account.expires else None,
        },
    }

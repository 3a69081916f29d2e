"""One provider: ``oauthenticator``'s class for it, where its endpoints are, and what it proves."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from oauthenticator.azuread import AzureAdOAuthenticator
from oauthenticator.cilogon import CILogonOAuthenticator
from oauthenticator.generic import GenericOAuthenticator
from oauthenticator.github import GitHubOAuthenticator
from oauthenticator.gitlab import GitLabOAuthenticator
from oauthenticator.globus import GlobusOAuthenticator
from oauthenticator.google import GoogleOAuthenticator
from tornado.httpclient import HTTPClientError
from tornado.httputil import url_concat
from tornado.web import HTTPError

from aglais_hub.authenticators.oauth.claims import Proven, proven
from aglais_hub.errors import AglaisError, ForbiddenError, InvalidValueError, ServiceDownError

if TYPE_CHECKING:
    from oauthenticator.oauth2 import OAuthenticator

    from aglais_hub.providers import Provider

__all__ = ["ProviderDoor"]

log = logging.getLogger(__name__)

CLASSES: dict[str, type[OAuthenticator]] = {
    "github": GitHubOAuthenticator,
    "gitlab": GitLabOAuthenticator,
    "google": GoogleOAuthenticator,
    "globus": GlobusOAuthenticator,
    "cilogon": CILogonOAuthenticator,
    "azure": AzureAdOAuthenticator,
    "openid": GenericOAuthenticator,
}

PROFILE = ["openid", "profile", "email"]
SCOPES = {"github": ["read:user", "user:email"], "gitlab": ["read_user"], "cilogon": [*PROFILE, "org.cilogon.userinfo"]}

MEMBERSHIPS = {"github": "read:org", "gitlab": "read_api"}
"""What has to be asked for, too, where an option lets in the members of something: not all memberships are public."""

LOGOUTS = {
    "github": "https://github.com/logout",
    "google": "https://accounts.google.com/Logout",
    "globus": "https://auth.globus.org/v2/web/logout",
    "cilogon": "https://cilogon.org/logout",
}

CHOOSY = ("google", "globus", "cilogon")
"""Their classes say 403 of an institution or a domain that they don't let in; the others do of a code gone wrong."""

PATIENCE = {"connect_timeout": 5.0, "request_timeout": 10.0}
"""Seconds for which a person waits for a provider."""


class ProviderDoor:
    """A provider that people may log in with. ``authenticator`` is never asked for a user name that counts here."""

    def __init__(self, provider: Provider, *, public_url: str) -> None:
        self.name = provider.name
        self.label = provider.label
        self.kind = provider.kind
        self._client_id = provider.client_id
        self.issuer = provider.url if provider.kind == "openid" else ""
        self._logout_url = _logout_url(provider)
        self.authenticator = _authenticator(provider, f"{public_url}hub/oauth/{provider.name}/callback")

    @property
    def logout_url(self) -> str:
        """Where somebody logs out of the provider itself; empty where it does not say."""
        return url_concat(self._logout_url, {"client_id": self._client_id}) if self._logout_url else ""

    async def find(self) -> None:
        """Where an OpenID provider has its endpoints, asked once; raises ``ServiceDownError``."""
        if not self.issuer or self.authenticator.authorize_url:
            return
        address = self.issuer.rstrip("/") + "/.well-known/openid-configuration"
        try:
            told = await self.authenticator.httpfetch(address, "asking for the provider's endpoints")
            if told["issuer"].rstrip("/") != self.issuer.rstrip("/"):
                raise ValueError("another issuer answers there")
            methods = told.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
            self.authenticator.basic_auth = "client_secret_post" not in methods
            self.authenticator.token_url = told["token_endpoint"]
            self.authenticator.userdata_url = told["userinfo_endpoint"]
            self._logout_url = str(told.get("end_session_endpoint") or "")
            self.authenticator.authorize_url = told["authorization_endpoint"]
        except (HTTPClientError, OSError, KeyError, ValueError, TypeError) as error:
            log.warning("%s can't be used: %s: %s", self.name, address, error)
            raise self._down() from None

    async def prove(self, handler: Any) -> Proven:
        """Who has come back from the provider with a code.

        Raises ``ForbiddenError`` for somebody whom the operator's options keep out, ``InvalidValueError`` for a code
        that the provider does not take, and ``ServiceDownError``.
        """
        await self.find()
        try:
            model = await self.authenticator.get_authenticated_user(handler, None)
            if model is None:
                raise self._kept_out()
            told = dict(model["auth_state"][self.authenticator.user_auth_state_key])
            if self.kind == "github":
                told |= await self._github_email(model["auth_state"])
        except AglaisError:
            raise
        except HTTPClientError as error:
            # 599 stands for no answer at all.
            raise self._down() if error.code >= 500 else self._not_taken() from None
        except OSError:
            raise self._down() from None
        except HTTPError as error:
            log.warning("%s: %s", self.name, error.log_message)
            is_kept_out = error.status_code == 403 and self.kind in CHOOSY
            raise self._kept_out() if is_kept_out else self._not_taken() from None
        except Exception as error:
            # The classes take the shape of an answer for granted, and each fails over another in its own way. The kind
            # of error is enough: its words may hold what the provider has told.
            log.warning("%s tells what we can't read: %s", self.name, type(error).__name__)
            raise self._not_taken() from None
        return proven(self.kind, told)

    async def _github_email(self, state: dict[str, Any]) -> dict[str, Any]:
        """The address of a GitHub account that GitHub has verified; its profile may show any of them, or none."""
        headers = self.authenticator.build_userdata_request_headers(state["access_token"], "bearer")
        url = f"{self.authenticator.github_api}/user/emails"
        for address in await self.authenticator.httpfetch(url, "fetching user emails", headers=headers):
            if address["primary"] and address["verified"]:
                return {"email": address["email"], "email_verified": True}
        return {"email": None}

    def _down(self) -> ServiceDownError:
        return ServiceDownError(f"{self.label} does not answer.", help="Try again in a minute, or log in another way.")

    def _kept_out(self) -> ForbiddenError:
        return ForbiddenError(f"This platform is not open to your {self.label} account.", help="Ask its admins.")

    def _not_taken(self) -> InvalidValueError:
        return InvalidValueError(f"{self.label} did not confirm this log-in.", field="code", help="Log in once more.")


def _logout_url(provider: Provider) -> str:
    """Where one logs out of a provider that does not say so itself."""
    match provider.kind:
        case "github" if provider.url:
            return f"{provider.url.rstrip('/')}/logout"
        case "gitlab":
            # It has a button for it, and no address.
            return ""
        case "azure":
            return f"https://login.microsoftonline.com/{provider.tenant}/oauth2/v2.0/logout"
    return LOGOUTS.get(provider.kind, "")


def _authenticator(provider: Provider, callback: str) -> OAuthenticator:
    is_open = not any(name.startswith("allowed_") for name in provider.options)
    usual = [*SCOPES.get(provider.kind, PROFILE)]
    if not is_open and provider.kind in MEMBERSHIPS:
        usual.append(MEMBERSHIPS[provider.kind])
    traits: dict[str, Any] = {
        "client_id": provider.client_id,
        "client_secret": provider.client_secret.get_secret_value(),
        "oauth_callback_url": callback,
        "scope": list(provider.scope) or usual,
        "http_request_kwargs": PATIENCE,
        # Whoever the provider knows may come, unless an option says who.
        "allow_all": is_open,
    }
    match provider.kind:
        case "github" | "gitlab" if provider.url:
            traits[f"{provider.kind}_url"] = provider.url.rstrip("/")
        case "azure":
            traits |= {"tenant_id": provider.tenant, "username_claim": "oid"}
        case "cilogon":
            one = {"username_derivation": {"username_claim": "sub"}, "allow_all": True}
            traits["idps"] = {entity: dict(one) for entity in provider.institutions}
        case "openid":
            traits["username_claim"] = "sub"
    found = CLASSES[provider.kind]
    for name in provider.options:
        if not found.class_traits(config=True).get(name):
            raise _wrong(provider, f"{found.__name__} has no option {name}")
    try:
        return found(**{**traits, **provider.options})
    except Exception as error:
        # Each class has its own way to say what it does not take; the first line says enough.
        raise _wrong(provider, str(error).partition("\n")[0]) from None


def _wrong(provider: Provider, what: str) -> InvalidValueError:
    said = f"AGLAIS_PROVIDERS: [{provider.name}] options: {what.rstrip('.')}."
    return InvalidValueError(said, field="AGLAIS_PROVIDERS", help="See oauthenticator's documentation.")

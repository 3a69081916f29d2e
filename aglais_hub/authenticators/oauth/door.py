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

PATIENCE = {"connect_timeout": 5.0, "request_timeout": 10.0}
"""Seconds for which a person waits for a provider."""


class ProviderDoor:
    """A provider that people may log in with. ``authenticator`` is never asked for a user name that counts here."""

    def __init__(self, provider: Provider, *, public_url: str) -> None:
        self.name = provider.name
        self.label = provider.label
        self.kind = provider.kind
        self.issuer = provider.url if provider.kind == "openid" else ""
        self.authenticator = _authenticator(provider, f"{public_url}hub/oauth/{provider.name}/callback")

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
                raise ForbiddenError(f"This platform is not open to your {self.label} account.", help="Ask its admins.")
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
            raise self._not_taken() from None
        except (KeyError, ValueError, TypeError) as error:
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

    def _not_taken(self) -> InvalidValueError:
        return InvalidValueError(f"{self.label} did not confirm this log-in.", field="code", help="Log in once more.")


def _authenticator(provider: Provider, callback: str) -> OAuthenticator:
    traits: dict[str, Any] = {
        "client_id": provider.client_id,
        "client_secret": provider.client_secret.get_secret_value(),
        "oauth_callback_url": callback,
        "scope": list(provider.scope) or SCOPES.get(provider.kind, PROFILE),
        "http_request_kwargs": PATIENCE,
        # Whoever the provider knows may come, unless an option says who.
        "allow_all": not any(name.startswith("allowed_") for name in provider.options),
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
            raise InvalidValueError(
                f"AGLAIS_PROVIDERS: [{provider.name}] options: {found.__name__} has no option {name}.",
                field="AGLAIS_PROVIDERS",
                help="See oauthenticator's documentation.",
            )
    return found(**{**traits, **provider.options})

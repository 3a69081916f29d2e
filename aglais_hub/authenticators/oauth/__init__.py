"""Logging in with providers, any number of them side by side, through ``oauthenticator``'s own classes."""

from aglais_hub.authenticators.oauth.door import ProviderDoor
from aglais_hub.authenticators.oauth.pages import ARRIVAL_COOKIE, pages_of

__all__ = ["ARRIVAL_COOKIE", "ProviderDoor", "pages_of"]

"""The ways into the hub, and the hub's pages. They translate; the services decide."""

from aglais_hub.authenticators.authenticator import AglaisAuthenticator

__all__ = ["AglaisAuthenticator"]

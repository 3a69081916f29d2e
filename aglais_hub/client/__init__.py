"""The typed client of the services, light enough for any process: ``Client`` and ``AsyncClient``.

Both have the same methods, one for each call in ``aglais_hub.client.calls``.
"""

from aglais_hub.client.clients import AsyncClient, Client

__all__ = ["AsyncClient", "Client"]

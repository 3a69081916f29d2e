"""The way to a lab stays open until its pages have saved: JupyterHub takes it away before it stops the server."""

from __future__ import annotations

from typing import Any

from jupyterhub.proxy import ConfigurableHTTPProxy

from aglais_spawner.booking import BookingSpawnerMixin

__all__ = ["SavingProxy"]


class SavingProxy(ConfigurableHTTPProxy):
    """JupyterHub's own, but that whoever stops a lab, and however, lets what is open in it be saved first."""

    async def delete_user(self, user: Any, server_name: str = "") -> None:
        spawner = user.spawners.get(server_name)
        if isinstance(spawner, BookingSpawnerMixin):
            await spawner.let_save()
        await super().delete_user(user, server_name)

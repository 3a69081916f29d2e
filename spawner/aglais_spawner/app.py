"""JupyterHub with offers in its API's refusals, a log-out that ends what is temporary, and no forgotten server.

Start it as ``python -m aglais_spawner.app``, with JupyterHub's own arguments. Spawners and rules are the same under
a plain ``jupyterhub``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyterhub.apihandlers.users import UserServerAPIHandler
from jupyterhub.app import JupyterHub
from jupyterhub.handlers.login import LogoutHandler

from aglais_hub.errors import AglaisError
from aglais_hub.wire.bookings import Phase
from aglais_spawner.booking import BookingSpawnerMixin
from aglais_spawner.homes import Homes
from aglais_spawner.local import LocalBookingSpawner
from aglais_spawner.processes import Session
from aglais_spawner.refusals import BookingRefused, ServerFailed, ServicesDown

if TYPE_CHECKING:
    from aglais_hub.client import AsyncClient

__all__ = ["AglaisHubApp", "main"]

_CLAIMING = (Phase.OFFERED, Phase.ACCEPTED, Phase.WAITING, Phase.PREPARING, Phase.AVAILABLE, Phase.RUNNING)
"""Phases in which a booking takes room from others."""


class OfferingServerAPIHandler(UserServerAPIHandler):
    """``/api/users/NAME/server``, whose refusals hold ``error`` and ``offers`` as the services' own API writes them."""

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        super().write_error(status_code, **kwargs)
        refusal = (kwargs.get("exc_info") or (None, None))[1]
        if isinstance(refusal, (BookingRefused, ServerFailed, ServicesDown)):
            answer = {
                "status": status_code,
                "message": refusal.message,
                "error": refusal.aglais_error,
                "offers": refusal.offers,
            }
            self._write_buffer = [json.dumps(answer).encode()]


class TemporaryLogoutHandler(LogoutHandler):
    """Logging out ends an anonymous account: its server, home, bookings and rows. Others' servers go on."""

    @property
    def shutdown_on_logout(self) -> bool:
        user = self.current_user
        if user is None or not isinstance(user.spawner, BookingSpawnerMixin):
            return False
        is_visitor = (user.user_info or {}).get("level") == 0
        return is_visitor or user.spawner.has_temporary_home()

    async def _shutdown_servers(self, user: Any) -> None:
        await super()._shutdown_servers(user)
        user.spawner.remove_home_if_temporary()
        await self._end_account(user.name, user.spawner.client)

    async def _end_account(self, name: str, client: AsyncClient) -> None:
        try:
            for booking in (await client.bookings(account=name, phase=_CLAIMING)).rows:
                await client.cancel(booking.id)
            await client.delete_account(name)
        except AglaisError as error:
            # Its time runs out by itself, and nobody can log in to it again.
            self.log.warning("The account %s could not be ended: %s", name, error.message)


class AglaisHubApp(JupyterHub):
    """The hub of the platform."""

    name = "jupyterhub"

    def init_handlers(self) -> None:
        super().init_handlers()
        ours = [
            (r"/logout", TemporaryLogoutHandler),
            (r"/api/users/([^/]+)/server", OfferingServerAPIHandler),
        ]
        self.handlers: list[Any] = [*self.add_url_prefix(self.hub_prefix, ours), *self.handlers]

    async def init_spawners(self) -> int:
        """Take up the servers that run, and end those that run and are not known."""
        count: int = await super().init_spawners()
        if issubclass(self.spawner_class, LocalBookingSpawner):
            await self._end_unknown_servers(Path(self.config.LocalBookingSpawner.state_folder))
        return count

    async def _end_unknown_servers(self, state: Path) -> None:
        known = {user.name for user in self.users.values() if user.active}
        for session in Session.load_all(state / "sessions"):
            if session.account not in known:
                self.log.warning("Ending the server of %s, which this hub does not know", session.account)
                await session.end()
                session.remove(state / "sessions")
        for name in Homes(state / "homes", None).remove_unused(known):
            self.log.info("Removed the temporary home %s", name)


main = AglaisHubApp.launch_instance

if __name__ == "__main__":
    main()

"""JupyterHub with offers in its API's refusals, a log-out that ends what is temporary, and no forgotten server.

Start it as ``python -m aglais_spawner.app``, with JupyterHub's own arguments. Spawners and rules are the same under
a plain ``jupyterhub``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jupyterhub.apihandlers.users import UserServerAPIHandler
from jupyterhub.app import JupyterHub
from jupyterhub.handlers.login import LogoutHandler

from aglais_spawner.homes import Homes
from aglais_spawner.local import LocalBookingSpawner
from aglais_spawner.processes import Session
from aglais_spawner.refusals import BookingRefused, ServicesDown

__all__ = ["AglaisHubApp", "main"]


class OfferingServerAPIHandler(UserServerAPIHandler):
    """``/api/users/NAME/server``, whose refusals hold ``error`` and ``offers`` as the services' own API writes them."""

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        super().write_error(status_code, **kwargs)
        refusal = (kwargs.get("exc_info") or (None, None))[1]
        if isinstance(refusal, (BookingRefused, ServicesDown)):
            answer = {
                "status": status_code,
                "message": refusal.message,
                "error": refusal.aglais_error,
                "offers": refusal.offers,
            }
            self._write_buffer = [json.dumps(answer).encode()]


class TemporaryLogoutHandler(LogoutHandler):
    """Logging out of an anonymous account stops its server and deletes its home. Others' servers go on."""

    @property
    def shutdown_on_logout(self) -> bool:
        user = self.current_user
        if user is None or not isinstance(user.spawner, LocalBookingSpawner):
            return False
        return bool(user.spawner.homes.is_temporary(user.name))

    async def _shutdown_servers(self, user: Any) -> None:
        await super()._shutdown_servers(user)
        user.spawner.remove_home_if_temporary()


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

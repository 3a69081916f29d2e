"""JupyterHub with offers in its API's refusals, a log-out that ends a visitor's account, and no forgotten server.

Start it as ``python -m aglais_hub.up.hub``, with JupyterHub's own arguments. Spawners and rules are the same under
a plain ``jupyterhub``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jupyterhub.apihandlers.users import UserServerAPIHandler
from jupyterhub.app import JupyterHub
from jupyterhub.handlers.login import LogoutHandler
from jupyterhub.orm import new_token

from aglais_hub.client import AsyncClient
from aglais_hub.errors import AglaisError
from aglais_spawner.homes import Homes
from aglais_spawner.local import LocalBookingSpawner
from aglais_spawner.processes import Session
from aglais_spawner.refusals import BookingRefused, ServerFailed, ServicesDown

__all__ = ["AglaisHubApp", "main"]


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


class LeavingLogoutHandler(LogoutHandler):
    """Logging out ends a visitor's account: whatever is of it goes within moments. Others' servers go on."""

    async def default_handle_logout(self) -> None:
        user = self.current_user
        if user is not None and await self._has_ended(user):
            # The browser's cookie, and any copy of it, is nobody's from now on.
            user.orm_user.cookie_id = new_token()
            self.db.commit()
        await super().default_handle_logout()

    async def _has_ended(self, user: Any) -> bool:
        client = getattr(self.authenticator, "client", None)
        if not isinstance(client, AsyncClient):
            return False
        try:
            return (await client.leave_account(user.name)).ended
        except AglaisError as error:
            # Its time runs out by itself.
            self.log.warning("It is not known whether the account %s is a visitor's: %s", user.name, error.message)
            return False


class AglaisHubApp(JupyterHub):
    """The hub of the platform."""

    name = "jupyterhub"

    def init_handlers(self) -> None:
        super().init_handlers()
        ours = [
            (r"/logout", LeavingLogoutHandler),
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
        Homes(state / "homes", None).remove_leftovers()


main = AglaisHubApp.launch_instance

if __name__ == "__main__":
    main()

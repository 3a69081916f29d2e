"""The hub's part in suspending an account: every browser that is logged in to it is so no more."""

from __future__ import annotations

from jupyterhub.apihandlers.base import APIHandler
from jupyterhub.scopes import needs_scope

from aglais_hub.authenticators.mail_doors import end_sessions

__all__ = ["SessionsHandler"]


class SessionsHandler(APIHandler):
    """``DELETE /hub/api/users/NAME/sessions``: for the services, which know first that an account is no way in."""

    @needs_scope("delete:servers")
    def delete(self, user_name: str) -> None:
        """Log an account out in every browser; also where there is none."""
        end_sessions(self, user_name)
        self.set_status(204)

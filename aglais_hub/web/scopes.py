"""The custom scopes of the platform. ``aglais_hub.deploy`` gives them to roles; ``needs`` asks for them."""

from __future__ import annotations

__all__ = ["ADMIN", "SCOPE", "SCOPES", "USER_SCOPES"]

SCOPE = "custom:aglais:"

SCOPES = {
    "bookings:read": "See one's bookings.",
    "bookings:write": "Book, change and cancel for oneself.",
    "resources:read": "See capacity and what is free.",
    "resources:write": "Grant capacity.",
    "packages:read": "See the packages.",
    "packages:write": "Make and change packages.",
    "accounts:read": "See one's account.",
    "accounts:write": "Change accounts.",
    "accounts:tokens": "Make login tokens for accounts, but admins': other front ends.",
    "accounts:login": "Open accounts and check passwords: the hub's authenticator.",
    "sessions:write": "Start and end sessions under a booking: the hub's spawner.",
    "admin": "Everything, for everyone's account.",
}

USER_SCOPES = ("bookings:read", "bookings:write", "resources:read", "packages:read", "accounts:read")
"""What every user and every lab may do."""

ADMIN = SCOPE + "admin"

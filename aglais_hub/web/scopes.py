"""The custom scopes of the platform. ``aglais_hub.deploy`` gives them to roles; ``needs`` asks for them."""

from __future__ import annotations

__all__ = ["ADMIN", "HELPDESK", "OWN_SCOPES", "SCOPE", "SCOPES", "USER_SCOPES"]

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
    "keys:read": "See which keys machines may let people in with: the machines.",
    "keys:write": "Add and remove one's keys.",
    "accounts:tokens": "Make login tokens for accounts, but admins': other front ends.",
    "accounts:login": "Open accounts and check passwords: the hub's authenticator.",
    "accounts:admin": "See, change, suspend, merge, invite, import and delete all accounts but admins': a helpdesk.",
    "storage:read": "See what one has stored.",
    "storage:write": "Measure and keep what one has stored.",
    "groups:read": "See the groups that one is in.",
    "groups:write": "Say who is in the groups that one owns, and leave groups.",
    "groups:create": "Make groups.",
    "sessions:write": "Start and end sessions under a booking: the hub's spawner.",
    "admin": "Everything, for everyone's account.",
}

USER_SCOPES = (
    "bookings:read",
    "bookings:write",
    "resources:read",
    "packages:read",
    "accounts:read",
    "storage:read",
    "storage:write",
    "groups:read",
    "groups:write",
)
"""What every user and every lab may do."""

OWN_SCOPES = ("keys:write",)
"""What every user may do beside that, and no lab: code that runs there must not open a way in for good."""

HELPDESK = SCOPE + "accounts:admin"

ADMIN = SCOPE + "admin"

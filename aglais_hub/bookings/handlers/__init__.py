"""HTTP of the timeline: bookings, sessions, capacity, and the decisions about them."""

from aglais_hub.bookings.handlers import bookings, capacity, decisions, sessions  # noqa: F401 - each adds its routes
from aglais_hub.bookings.handlers.asked import router

__all__ = ["router"]

"""Decisions about bookings and capacity, and the transactions around them."""

from aglais_hub.bookings.service.bookings import BookingService
from aglais_hub.bookings.service.capacity import CapacityService
from aglais_hub.bookings.service.requests import Requests
from aglais_hub.bookings.service.sessions import SessionService
from aglais_hub.bookings.service.sweep import Sweeper

__all__ = ["BookingService", "CapacityService", "Requests", "SessionService", "Sweeper"]

"""Decisions about bookings and capacity, and the transactions around them."""

from aglais_hub.bookings.service.availability import AvailabilityService
from aglais_hub.bookings.service.bookings import BookingService
from aglais_hub.bookings.service.budgets import BudgetService
from aglais_hub.bookings.service.capacity import CapacityService
from aglais_hub.bookings.service.clusters import ClusterService
from aglais_hub.bookings.service.decisions import DecisionService
from aglais_hub.bookings.service.prepare import Preparer
from aglais_hub.bookings.service.requests import Requests
from aglais_hub.bookings.service.sessions import SessionService
from aglais_hub.bookings.service.sweep import Sweeper

__all__ = [
    "AvailabilityService",
    "BookingService",
    "BudgetService",
    "CapacityService",
    "ClusterService",
    "DecisionService",
    "Preparer",
    "Requests",
    "SessionService",
    "Sweeper",
]

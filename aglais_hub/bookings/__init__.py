"""Bookings: grants and claims on one timeline, availability, the lifecycle, offers, sessions."""

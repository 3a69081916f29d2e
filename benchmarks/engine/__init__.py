"""What it costs to ask for capacity and to book it, with ever more bookings on record."""

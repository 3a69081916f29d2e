"""What accounts have stored: how much, until when, and what becomes of it."""

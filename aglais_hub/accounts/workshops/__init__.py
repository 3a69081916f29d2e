"""Workshops: accounts that are opened together, end together, and are handed out as cards with a link."""

"""Keys: what machines let people in with, and what the platform reaches others with in their name."""

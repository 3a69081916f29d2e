"""The archive of an account: all that the platform knows of it, and the files of its home."""

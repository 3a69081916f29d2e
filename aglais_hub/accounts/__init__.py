"""Accounts: who the user is, and the ways in."""

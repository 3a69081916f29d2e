"""Aglais Hub: the services behind a JupyterHub where compute is booked."""

__version__ = "0.1.0"

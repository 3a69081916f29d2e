"""The headers of every page of ours, of the services and of the hub."""

from __future__ import annotations

__all__ = ["HEADERS", "JUPYTERHUBS_OWN", "POLICY"]

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Everything is ours and from here; nothing is inline, framed, or sent elsewhere."""

JUPYTERHUBS_OWN = (
    "default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""The policy of the few pages that are as JupyterHub makes them: its own inline scripts run, known by a nonce.

Where a form of theirs leads to is not said: who lets an application in goes on to that application.
"""

HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    # Nobody else learns a code from the page's address.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}

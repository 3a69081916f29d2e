"""What the hub's log may know of an address: where somebody went, and nothing that lets others in."""

from __future__ import annotations

import re

__all__ = ["without_secrets"]

IN_PATH = re.compile(r"(/confirm/)[^/?]+")
IN_QUERY = re.compile(r"([?&][^=&]*(?:token|auth|key|code|state|invitation|_xsrf)[^=&]*=)[^&]*")
"""The names that JupyterHub hides, and invitations."""


def without_secrets(address: str) -> str:
    """The address of a request without the codes and tokens in it."""
    return IN_QUERY.sub(r"\1[secret]", IN_PATH.sub(r"\1[secret]", address))

"""Calls about keys."""

from __future__ import annotations

from aglais_hub.client.calls.base import Call, body, part
from aglais_hub.wire.keys import Key, KeyRows

__all__ = ["add_key", "generate_key", "key", "keys", "remove_key"]


def keys(account: str) -> Call[KeyRows]:
    """The keys of an account, oldest first."""
    return Call(KeyRows, "GET", f"accounts/{part(account)}/keys")


def key(account: str, key: int) -> Call[Key]:
    """One of the account's keys."""
    return Call(Key, "GET", f"accounts/{part(account)}/keys/{key}")


def add_key(account: str, public: str, *, name: str = "") -> Call[Key]:
    """Keep the public half of a key, in one line as OpenSSH writes it."""
    return Call(Key, "POST", f"accounts/{part(account)}/keys", body=body(name=name, public=public))


def generate_key(account: str, *, name: str = "") -> Call[Key]:
    """Generate an Ed25519 pair; the answer has its public half, the private one stays with the platform."""
    return Call(Key, "POST", f"accounts/{part(account)}/keys", body=body(name=name, generate=True))


def remove_key(account: str, key: int) -> Call[Key]:
    """Forget a key."""
    return Call(Key, "DELETE", f"accounts/{part(account)}/keys/{key}")

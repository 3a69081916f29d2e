"""Calls about visits, and about accounts that are merged."""

from __future__ import annotations

from aglais_hub.client.calls.base import Call, body, part
from aglais_hub.wire.visits import Merging

__all__ = ["merge_accounts"]


def merge_accounts(name: str, into: str, *, files: bool = True, only_files: bool = False) -> Call[Merging]:
    """Let all of an account become another's; then it ends. For admins.

    Without ``files`` its own are deleted; with ``only_files`` all the rest is.
    """
    asked = body(into=into, files=files, only_files=only_files)
    return Call(Merging, "POST", f"accounts/{part(name)}/merge", body=asked)

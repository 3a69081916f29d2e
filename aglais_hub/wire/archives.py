"""The archive of an account: what it holds, before it is made."""

from __future__ import annotations

from aglais_hub.wire.base import Model

__all__ = ["ArchiveSize"]


class ArchiveSize(Model):
    """The files of an account's home that its archive would hold now, and their ``size`` together in bytes.

    Without ``has_home`` there is no home that the platform reaches: its owner fetches the files from the lab. Where the
    home is a disk of a cluster, nobody counts before the archive is made, and both are ``None``.
    """

    has_home: bool
    files: int | None = None
    size: int | None = None

"""Storage: what is in the spaces of an account's home, when it goes, and what is kept."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from aglais_hub.wire.base import Instant, Model, RequestModel
from aglais_hub.wire.policy import Keep, Space, SpaceName

__all__ = [
    "Deleted",
    "Gone",
    "Item",
    "KeepRequest",
    "Measured",
    "Measurement",
    "Order",
    "Storage",
    "StorageRow",
    "StorageRows",
    "StoredItem",
    "Usage",
]

LARGEST = 2**50
"""A petabyte; as many as a measurement may have of them are still a number that every database keeps."""

Path = Annotated[str, Field(max_length=300)]
"""Of a top-level entry, relative to the home: ``user/notes.ipynb``, ``user/project``, ``temp/x``, ``own.txt``."""

Files = Annotated[int, Field(ge=0, le=LARGEST)]
Bytes = Annotated[int, Field(ge=0, le=LARGEST)]


class Item(RequestModel):
    """A top-level entry of a space: a file, or a folder with all that is in it. ``size`` is in bytes.

    A folder with notebooks and other files is two items of the same path, one in each space; both are as old as the
    newest file of the folder (``changed``). An item without a path is all that has none of its own, since a home has
    too many entries; it is never deleted.
    """

    space: SpaceName
    path: Path
    files: Files
    size: Bytes
    changed: Instant


class Measurement(RequestModel):
    """Everything that is in a home."""

    items: Annotated[list[Item], Field(max_length=2100)]


class Order(RequestModel):
    """An item to be deleted, if it is no newer than ``changed``."""

    space: SpaceName
    path: Annotated[Path, Field(min_length=1)]
    changed: Instant


class Gone(RequestModel):
    """Items that were deleted as ordered."""

    items: Annotated[list[Order], Field(max_length=2100)]


class KeepRequest(RequestModel):
    """Keep an item once more from now on (``again``), for good (``always``), or no longer than it is anyway (``no``).

    What the policy does not allow is refused with the rule ``keep``.
    """

    space: SpaceName
    path: Annotated[Path, Field(min_length=1)]
    keep: Keep = "again"


class Usage(Model):
    """What is in a space, and what may be: ``size`` in bytes, ``limits`` as the policy has them, in MiB.

    A space is ``near`` its limits from nine tenths of them on, and ``full`` when nothing new goes in.
    """

    files: int = 0
    size: int = 0
    limits: Space = Space()
    near: bool = False
    full: bool = False


class StoredItem(Model):
    """An item, and what becomes of it.

    It is deleted at ``until``, or never. ``kept`` is the instant until which its owner keeps it, ``always`` that they
    do so for good, ``may`` how they may put its end off. ``warned`` is when the first warning was given.
    """

    space: SpaceName
    path: str
    files: int
    size: int
    changed: Instant
    until: Instant | None = None
    kept: Instant | None = None
    always: bool = False
    may: Keep = "no"
    warned: Instant | None = None


class Deleted(Model):
    """An item that was deleted because its time was over."""

    space: SpaceName
    path: str
    files: int
    size: int
    deleted: Instant


Spaces = dict[SpaceName, Usage]


class Measured(Model):
    """What follows from a measurement: ``due`` is to be deleted now, and ``soon`` goes within two weeks, next first."""

    measured: Instant
    spaces: Spaces
    due: list[Order] = []
    soon: list[StoredItem] = []


class Storage(Model):
    """The spaces of an account as they were last measured, and what was deleted in the last thirty days, last first."""

    account: str
    measured: Instant | None = None
    spaces: Spaces
    items: list[StoredItem] = []
    deleted: list[Deleted] = []


class StorageRow(Model):
    """What an account has stored: files, and bytes."""

    account: str
    measured: Instant
    files: int
    size: int
    spaces: dict[SpaceName, tuple[int, int]]


class StorageRows(Model):
    """A page of accounts, those with most first; ``next`` is the address of the following page, where there is one."""

    rows: list[StorageRow]
    next: str | None = None

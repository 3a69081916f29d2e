"""Amounts of resources, as people say and type them. Pure."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

from aglais_hub.errors import InvalidValueError

if TYPE_CHECKING:
    from aglais_hub.wire.resources import Resources

__all__ = ["NAMES", "amount", "amounts", "counted", "mebibytes", "percent", "size"]

NAMES = {
    "cores": "cores",
    "memory": "memory",
    "temporary": "temporary disk",
    "user": "user disk",
    "data": "data disk",
    "servers": "servers",
    "gpus": "GPUs",
}
"""The resources, in the order in which they are told."""

DISKS = ("temporary", "user", "data")

_BYTES = re.compile(r"(\d+(?:\.\d+)?)\s*([mgt])(?:i?b)?\Z")
_MEBIBYTES = {"m": 1, "g": 1024, "t": 1024**2}
_PERCENT = re.compile(r"(\d{1,3}(?:\.\d{1,3})?)\s*%?\Z")


# ---- what people type


def mebibytes(text: str, field: str) -> int:
    """``8G``, ``8GiB``, ``512M`` or ``1.5T`` in MiB."""
    found = _BYTES.match(text.strip().lower())
    if not found:  # a bare number could mean anything
        raise InvalidValueError(f"{text!r} is not a size.", field=field, help="Write 512M, 8G, or 1.5T.")
    return round(float(found[1]) * _MEBIBYTES[found[2]])


def percent(text: str, *, sign: str = "") -> str:
    """``20%`` or ``20`` as the HTTP interface reads it."""
    found = _PERCENT.match(text.strip())
    if not found:
        raise InvalidValueError(f"{text!r} is not a share.", field="share", help="Write 20%.")
    return f"{sign}{found[1]}%"


# ---- what people read


def size(amount: Resources) -> str:
    """Cores and memory: ``2 cores, 8 GiB``."""
    cores = f"{float(amount.cores):g} core{'' if amount.cores == 1 else 's'}"
    gpus = f", {amount.gpus} GPU{'' if amount.gpus == 1 else 's'}" if amount.gpus else ""
    return f"{cores}, {_bytes(amount.memory)}{gpus}"


def amounts(found: Resources) -> str:
    """All that there is of anything: ``2 cores, 8 GiB, 20 GiB temporary disk``; ``nothing``."""
    return ", ".join(_counted(name, found) for name in NAMES if getattr(found, name)) or "nothing"


def amount(name: str, value: Decimal | int) -> str:
    """So much of one resource: ``2``, ``8 GiB``."""
    if name in ("memory", *DISKS):
        return _bytes(int(value))
    return f"{float(value):g}"


def counted(number: int, one: str, several: str | None = None) -> str:
    """So many things: ``1 booking``, ``1,200 entries``."""
    return f"{number:,} {one if number == 1 else several or one + 's'}"


def _counted(name: str, found: Resources) -> str:
    value = getattr(found, name)
    said = amount(name, value).replace("-", "−")
    if name == "memory":
        return said
    label = NAMES[name].removesuffix("s") if abs(value) == 1 else NAMES[name]
    return f"{said} {label}"


def _bytes(mebibytes: int) -> str:
    for unit, name in ((1024**2, "TiB"), (1024, "GiB")):
        if abs(mebibytes) >= unit:
            value = mebibytes / unit
            return f"{value:.3g} {name}" if abs(value) < 100 else f"{value:,.0f} {name}"
    return f"{mebibytes} MiB"

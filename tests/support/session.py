"""What a booked session has in its environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["booked"]


def booked(package: str = "tiny", *, cores: str = "0.109", memory: int = 1344, **more: str) -> dict[str, str]:
    """The variables of a booking until 2100; ``more`` are further ones of ``AGLAIS_…``."""
    return {
        "AGLAIS_PACKAGE": package,
        "AGLAIS_BOOKING": "b-1",
        "AGLAIS_BOOKING_END": "2100-01-01T00:00:00Z",
        "AGLAIS_RESOURCES_CORES": cores,
        "AGLAIS_RESOURCES_MEMORY": str(memory),
        **{f"AGLAIS_{name}": value for name, value in more.items()},
    }


def with_data(environment: dict[str, str], folder: Path) -> dict[str, str]:
    """The same with a folder for data sets."""
    return environment | {"AGLAIS_DATA": str(folder)}

"""The one place that builds services, stores, clients and the clock."""

from aglais_hub.wiring.building import wire
from aglais_hub.wiring.parts import Parts

__all__ = ["Parts", "wire"]

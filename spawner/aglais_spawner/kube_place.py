"""On which nodes a session runs: those of the cluster that its booking is counted in. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Term", "pool_terms"]

Term = dict[str, Any]
"""A node selector term, as a manifest has it: a node has to agree with all of it."""


def pool_terms(own: Sequence[Mapping[str, Any]], label: str, pool: str, default: str) -> list[Term]:
    """The terms of what is in ``pool``, beside the operator's ``own``: a node has to agree with one of them.

    ``label`` names a node's pool; nodes without it are in the ``default`` one.
    """
    places: list[Term] = [{"key": label, "operator": "In", "values": [pool]}]
    if pool == default:
        places.append({"key": label, "operator": "DoesNotExist"})
    return [
        {**term, "matchExpressions": [*(term.get("matchExpressions") or ()), place]}
        for term in (own or [{}])
        for place in places
    ]

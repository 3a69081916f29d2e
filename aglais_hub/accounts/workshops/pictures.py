"""Links as pictures that a phone reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import segno

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aglais_hub.wire.accounts import Card

__all__ = ["with_pictures"]


def with_pictures(cards: Sequence[Card]) -> list[Card]:
    """The cards with their links as QR codes: black on white in any theme, with the margin that readers need."""
    return [card.model_copy(update={"qr": _picture(card.url)}) for card in cards]


def _picture(text: str) -> str:
    return segno.make(text, error="m", micro=False).svg_data_uri(border=4, light="#fff", omitsize=True)

"""What the pages say of sizes, lengths and what is free."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from aglais_hub.authenticators.looks import find_packages, length_words, size_words, spans_free
from aglais_hub.wire.resources import AvailableRow, Resources

START = datetime(2026, 6, 8, 9, tzinfo=UTC)


def rows(*counts: int) -> list[AvailableRow]:
    hour = timedelta(hours=1)
    return [
        AvailableRow(
            start=START + number * hour,
            end=START + (number + 1) * hour,
            resources=Resources(),
            packages={"tiny": count},
        )
        for number, count in enumerate(counts)
    ]


@pytest.mark.parametrize(
    ("counts", "free", "until", "following"),
    [
        ((3, 2, 1), 3, None, None),
        ((1, 2, 0, 1), 1, "2026-06-08T11:00:00Z", None),
        ((0, 0, 4), 0, None, "2026-06-08T11:00:00Z"),
        ((-1, 0), 0, None, None),
        ((), 0, None, None),
    ],
)
def test_what_is_free_and_until_when(
    counts: tuple[int, ...], free: int, until: str | None, following: str | None
) -> None:
    assert spans_free(rows(*counts), "tiny") == {"free": free, "until": until, "next": following}


class Services:
    """One package, which is free for so many hours from the start on."""

    def __init__(self, hours: int) -> None:
        self._hours = hours

    async def packages(self) -> Any:
        return SimpleNamespace(rows=[SimpleNamespace(name="tiny", size=SimpleNamespace(resources=Resources()))])

    async def available(self, *_: Any, **__: Any) -> Any:
        return SimpleNamespace(rows=rows(*[1] * self._hours, *[0] * (24 - self._hours)))


@pytest.mark.parametrize(
    ("hours", "minutes", "offered"),
    [(24, 0, "PT2H"), (2, 0, "PT2H"), (2, 1, "PT1H"), (1, 0, "PT1H"), (1, 1, "PT30M"), (1, 50, "PT30M")],
)
def test_the_time_that_is_offered_first_ends_while_there_is_a_place(hours: int, minutes: int, offered: str) -> None:
    clock = SimpleNamespace(now=lambda: START + timedelta(minutes=minutes))
    found = asyncio.run(find_packages(Services(hours), "tiny", clock=clock))
    assert [one["value"] for one in found["durations"] if one["is_chosen"]] == [offered]


@pytest.mark.parametrize(
    ("cores", "memory", "words"),
    [
        ("2", 8192, "2 cores · 8 GiB"),
        ("1", 512, "1 core · 512 MiB"),
        ("0.109", 1331, "0.11 cores · 1.3 GiB"),
        ("16", 65536, "16 cores · 64 GiB"),
    ],
)
def test_sizes_in_words(cores: str, memory: int, words: str) -> None:
    assert size_words(Resources(cores=Decimal(cores), memory=memory)) == words


@pytest.mark.parametrize(
    ("minutes", "words"), [(45, "45 min"), (120, "2 h"), (150, "2 h 30 min"), (1440, "24 h"), (4320, "3 days")]
)
def test_lengths_in_words(minutes: int, words: str) -> None:
    assert length_words(timedelta(minutes=minutes)) == words

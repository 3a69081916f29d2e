"""Sizes, for people."""

from __future__ import annotations

import pytest

from aglais_hub.homes.words import count_words, size_words

MIB = 2**20


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (1023, "1023 bytes"),
        (1024, "1 KiB"),
        (1536, "1.5 KiB"),
        (10 * MIB, "10 MiB"),
        (MIB - 1, "1 MiB"),
        (12345 * MIB, "12 GiB"),
    ],
)
def test_sizes_are_told_in_the_unit_that_suits_them(size, words):
    assert size_words(size) == words


def test_numbers_of_files_are_told_in_thousands():
    assert [count_words(files) for files in (0, 1, 2, 12000)] == ["0 files", "1 file", "2 files", "12,000 files"]

"""The whole product, once for the tests of its doors, and people in front of it."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

from tests.authenticators.person import Person
from tests.support.product import Product

if TYPE_CHECKING:
    from collections.abc import Iterator

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    admins = "boss@example.org, chief@example.org, head@example.org"
    settings = {"AGLAIS_ADMINS": admins, "AGLAIS_CONTACT": "help@example.org"}
    with Product(tmp_path_factory.mktemp("doors") / "state", settings) as running:
        yield running


@pytest.fixture
def person(product: Product) -> Iterator[Person]:
    with Person(product) as somebody:
        yield somebody


@pytest.fixture
def address() -> str:
    """An address that nobody has registered yet."""
    return f"ann-{next(_numbers)}@example.org"

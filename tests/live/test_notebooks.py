"""Every example runs in a booked session through the real hub, and gives the result it declares."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from aglais_hub.errors import InvalidValueError, RefusedError
from aglais_hub.notebooks import Outcome, Progress, run_remote
from tests.support.notebooks import RESULT, write
from tests.support.product import ADMIN_TOKEN, Product, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.live, pytest.mark.timeout(1200)]

EXAMPLES = Path(__file__).parents[2] / "examples"
NOTEBOOKS = sorted(EXAMPLES.rglob("*.ipynb"))


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    with Product(tmp_path_factory.mktemp("notebooks") / "state") as running:
        yield running


def run(product: Product, path: Path, token: str, **options: object) -> tuple[Outcome, list[Progress]]:
    told: list[Progress] = []
    outcome = run_remote(path, product.client(token), product.url, token, progress=told.append, **options)  # type: ignore[arg-type]
    return outcome, told


@pytest.mark.spark
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_example_gives_its_result_in_its_package(path: Path, product: Product, tmp_path: Path) -> None:
    package = json.loads(path.read_text(encoding="utf-8"))["metadata"]["aglais"]["package"]
    account = f"astronomer-{package}"  # each keeps one server of that package for its notebooks
    token = product.user(account)
    output = tmp_path / "output.ipynb"
    outcome, told = run(product, path, token, keep=True, output=output)
    assert outcome.problems == []
    assert told[-1].stage == "checking"
    assert told[-2].cell == told[-2].cells
    drawn = [
        found
        for cell in json.loads(output.read_text(encoding="utf-8"))["cells"]
        for found in cell.get("outputs", [])
        if "image/png" in found.get("data", {})
    ]
    assert drawn or path.stem in {"count_rows", "basic_sql"}, "no picture"
    running = product.client().bookings(account=account, phase=["RUNNING"]).rows
    assert [booking.package for booking in running] == [package]


def test_a_run_books_starts_and_leaves_nothing_behind(product: Product, tmp_path: Path) -> None:
    token = product.user("visitor")
    notebook = write(tmp_path / "mine.ipynb", ["import os\nos.environ['AGLAIS_PACKAGE']", RESULT], count=3)
    outcome, told = run(product, notebook, token, output=tmp_path / "output.ipynb")
    assert outcome.ok
    assert list(dict.fromkeys(line.stage for line in told)) == [
        "booking",
        "starting",
        "running",
        "ending",
        "checking",
    ]
    cells = json.loads((tmp_path / "output.ipynb").read_text())["cells"]
    assert cells[0]["outputs"][0]["data"]["text/plain"] in ("'tiny'", ["'tiny'"])
    assert not product.server("visitor")

    def booked() -> list[tuple[str | None, str]]:
        return [(row.package, str(row.phase)) for row in product.client().bookings(account="visitor").rows]

    # Where the services have not yet heard of the server's end, the booking is over once they have.
    wait_until(lambda: booked() == [("tiny", "COMPLETED")], saying="what was booked is over")


def test_a_wrong_result_is_named_and_tidied_up_after(product: Product, tmp_path: Path) -> None:
    product.user("mistaken")
    notebook = write(tmp_path / "wrong.ipynb", [RESULT], count=4)
    outcome, _ = run(product, notebook, ADMIN_TOKEN, account="mistaken")
    assert [problem.message for problem in outcome.problems] == ["`count` is 3; 4 is expected."]
    assert not product.server("mistaken")


def test_no_room_is_refused_with_offers_and_nothing_starts(product: Product, tmp_path: Path) -> None:
    token = product.user("late")
    client = product.client()
    now = datetime.now(UTC)
    hours = client.available(range=(now, now + timedelta(hours=2)), grain="hour", package="large").rows
    left = min(row.packages["large"] for row in hours)
    taken = [client.book("large", duration="PT2H", account="early") for _ in range(left)]
    try:
        with pytest.raises(RefusedError) as caught:
            run(product, write(tmp_path / "large.ipynb", [RESULT], package="large", count=3), token)
        assert caught.value.offers
        assert not product.server("late")
    finally:
        for booking in taken:
            client.end(booking.id)


def test_what_says_no_package_is_refused_before_anything_is_booked(product: Product, tmp_path: Path) -> None:
    token = product.user("careless")
    notebook = tmp_path / "plain.ipynb"
    notebook.write_text('{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}')
    with pytest.raises(InvalidValueError, match="does not say which package it needs"):
        run(product, notebook, token)
    with pytest.raises(InvalidValueError, match="There is no notebook"):
        run(product, tmp_path / "none.ipynb", token)
    assert not product.client().bookings(account="careless").rows


def test_an_admins_token_is_told_to_name_an_account(product: Product, tmp_path: Path) -> None:
    with pytest.raises(InvalidValueError, match="name one to run as"):
        run(product, write(tmp_path / "mine.ipynb", [RESULT], count=3), ADMIN_TOKEN)

"""What the page that starts a server offers, and what it costs to find out."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from aglais_hub.errors import ServiceDownError
from aglais_hub.wire.resources import AvailableRow, Resources
from aglais_spawner.choices import Choices, find_choices
from tests.support.pods import booking, package

SIZES = {"tiny": package(cores="0.5", workers=0), "small": package(cores="1", workers=0), "large": package(cores="8")}
COUNTS = {"tiny": (3, 3, 3), "small": (1, 0, 2), "large": (0, 0, 1)}


class Services:
    """Answers as the services do, and writes down what it is asked. ``own`` are the account's bookings."""

    def __init__(self, *own: Any, down: bool = False) -> None:
        self.own, self.down, self.asked = own, down, []
        self.hours: list[datetime] = []

    async def bookings(self, *_: Any, **__: Any) -> Any:
        return self._answer("bookings", self.own)

    async def packages(self) -> Any:
        named = [SimpleNamespace(name=name, size=size) for name, size in SIZES.items()]
        return self._answer("packages", named)

    async def available(self, within: tuple[datetime, datetime], *, grain: str, package: str | None) -> Any:
        first = within[0].replace(minute=0, second=0, microsecond=0)
        self.hours = [first + timedelta(hours=number) for number in range(3)]
        counts = [{name: of[number] for name, of in COUNTS.items()} for number in range(3)]
        rows = [
            AvailableRow(start=start, end=start + timedelta(hours=1), resources=Resources(), packages=count)
            for start, count in zip(self.hours, counts, strict=True)
        ]
        return self._answer(f"available {grain} {package}", rows)

    def _answer(self, asked: str, rows: Any) -> Any:
        self.asked.append(asked)
        if self.down:
            raise ServiceDownError("The services do not answer.")
        return SimpleNamespace(rows=list(rows))


def choices(services: Services, **known: Any) -> Choices:
    return asyncio.run(find_choices(services, "ann", known))  # type: ignore[arg-type]


def own(start: timedelta, length: timedelta) -> Any:
    at = datetime.now(UTC) + start
    return booking(SIZES["large"], package="large").model_copy(update={"start": at, "end": at + length})


def test_each_package_says_how_many_are_free_and_until_when_at_the_cost_of_one_look_at_the_timeline() -> None:
    services = Services()
    model = choices(services, level=1, package="tiny").model
    _, hour, later = (f"{hour:%Y-%m-%dT%H:%M:%SZ}" for hour in services.hours)
    said = [(one["name"], one["free"], one["until"], one["next"]) for one in model["packages"]]
    assert said == [
        ("tiny", 3, None, None),
        ("small", 1, hour, None),
        ("large", 0, None, later),
    ]
    assert [one["name"] for one in model["packages"] if one["is_chosen"]] == ["tiny"]
    assert model["packages"][0]["size"] == "0.5 cores · 4 GiB"
    assert (model["now"], model["coming"], model["is_full"]) == (None, None, False)
    assert sorted(services.asked) == ["available hour None", "bookings", "packages"]


def test_a_visitor_is_offered_what_a_visitor_may_have() -> None:
    services = Services()
    model = choices(services, level=0, package="tiny").model
    assert [one["name"] for one in model["packages"]] == ["tiny"]
    assert "available hour tiny" in services.asked


def test_who_has_a_booking_now_is_offered_that_and_nobody_asks_further() -> None:
    services = Services(own(timedelta(minutes=-5), timedelta(hours=1)))
    found = choices(services, level=1)
    assert found.model["now"].package == "large"
    assert services.asked == ["bookings"]
    assert "large" in found.__html__()


def test_a_booking_for_later_is_told_beside_what_is_free() -> None:
    model = choices(Services(own(timedelta(hours=3), timedelta(hours=2))), level=1).model
    assert (model["coming"].package, model["coming"].length) == ("large", "2 h")


def test_services_that_are_down_are_a_problem_and_no_exception() -> None:
    found = choices(Services(down=True), level=1)
    assert isinstance(found.problem, ServiceDownError)
    assert "aglais-problem" in found.__html__()


def test_a_page_without_a_better_way_shows_the_same() -> None:
    html = choices(Services(), level=1, package="tiny").__html__()
    assert 'value="tiny" id="package-tiny" checked>' in html
    assert 'value="large" id="package-large" disabled>' in html
    assert "tiny: 0.5 cores · 4 GiB, 3 free<" in html
    assert "small: 1 core · 4 GiB, 1 free until " in html
    assert "full, free by " in html

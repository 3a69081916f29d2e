from __future__ import annotations

import pytest

from aglais_lab import requires
from aglais_lab.notebook_errors import NotBookedError, PackageTooSmallError
from tests.support.session import booked


def book(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize(("has", "needs"), [("tiny", "tiny"), ("small", "tiny"), ("large", "medium"), ("own", "own")])
def test_enough_says_what_you_have(
    has: str, needs: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    book(monkeypatch, booked(has))
    requires(needs)
    said = capsys.readouterr().out
    assert said.startswith(f"You have a {has} package: 0.109 cores, 1.3 GiB of memory, ")
    assert said.endswith(" left.\n")


@pytest.mark.parametrize(("has", "needs"), [("tiny", "small"), ("tiny", "large"), ("medium", "large")])
def test_too_little_says_which_package_and_where_to_book_it(
    has: str, needs: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    book(monkeypatch, booked(has) | {"JUPYTERHUB_BASE_URL": "/odd/"})
    with pytest.raises(PackageTooSmallError) as caught:
        requires(needs)
    assert caught.value.message == f"This notebook requires a {needs} package (you have {has})."
    assert "Booking panel" in caught.value.help
    assert "/odd/services/aglais/bookings" in caught.value.help


def test_no_booking_at_all_says_so() -> None:
    with pytest.raises(NotBookedError) as caught:
        requires("small")
    assert caught.value.message == "This notebook requires a small package."
    assert "does not run under a booking" in caught.value.help
    assert "/services/aglais/bookings" in caught.value.help


def test_a_package_nobody_can_be_asked_about_is_a_doubt_and_no_refusal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    book(monkeypatch, booked("huge"))
    requires("large")
    assert "a large package is not known" in capsys.readouterr().out


def test_a_platform_that_is_down_is_no_refusal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    book(monkeypatch, booked("small") | {"AGLAIS_API_URL": "http://127.0.0.1:9/services/aglais/api"})
    requires("tiny")
    assert "You have a small package" in capsys.readouterr().out

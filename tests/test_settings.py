"""Settings: each with a default, none misread, no secret shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from aglais_hub.errors import InvalidValueError
from aglais_hub.settings import NOT_SETTINGS, NOT_SETTINGS_PREFIXES, Settings, load_settings
from aglais_hub.wiring import wire


def test_every_setting_has_a_default_and_says_what_it_is() -> None:
    for name, field in Settings.model_fields.items():
        assert not field.is_required(), name
        assert field.description, name
        assert field.description.endswith("."), name
        assert name.upper() not in NOT_SETTINGS
        assert not name.upper().startswith(NOT_SETTINGS_PREFIXES)


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AGLAIS_PORT", "8123")
    monkeypatch.setenv("AGLAIS_STATE", str(tmp_path))
    monkeypatch.setenv("AGLAIS_ADMINS", " Boss@Example.org, ,two@example.org ")
    settings = load_settings()
    assert settings.port == 8123
    assert settings.url == "http://127.0.0.1:8123/"
    assert settings.admin_addresses == {"boss@example.org", "two@example.org"}
    assert settings.database_url("bookings") == f"sqlite:///{tmp_path}/bookings.db"


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("postgresql://u:p@db/bookings", "postgresql+psycopg://u:p@db/bookings"),
        ("postgres://db/bookings", "postgresql+psycopg://db/bookings"),
        ("postgresql+psycopg://db/bookings", "postgresql+psycopg://db/bookings"),
        ("sqlite:////tmp/x.db", "sqlite:////tmp/x.db"),
    ],
)
def test_database_addresses(monkeypatch: pytest.MonkeyPatch, url: str, address: str) -> None:
    monkeypatch.setenv("AGLAIS_BOOKINGS_URL", url)
    assert load_settings().database_url("bookings") == address


@pytest.mark.parametrize(
    ("variable", "hint"), [("AGLAIS_PROT", "AGLAIS_PORT"), ("AGLAIS_ADMIN", "AGLAIS_ADMINS"), ("AGLAIS_XYZZY", "docs")]
)
def test_an_unknown_name_is_refused_with_a_hint(monkeypatch: pytest.MonkeyPatch, variable: str, hint: str) -> None:
    monkeypatch.setenv(variable, "1")
    with pytest.raises(InvalidValueError) as raised:
        load_settings()
    assert variable in raised.value.message
    assert raised.value.field == variable
    assert hint in (raised.value.help or "")


def test_what_parts_hand_to_each_other_is_no_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AGLAIS_API_URL", "AGLAIS_TOKEN", "AGLAIS_RESOURCES_CORES", "AGLAIS_BOOKING_END"):
        monkeypatch.setenv(name, "anything")
    load_settings()


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("AGLAIS_PORT", "eighty"),
        ("AGLAIS_PORT", "70000"),
        ("AGLAIS_RESERVE_CORES", "-1"),
        ("AGLAIS_SWEEP_SECONDS", "0"),
        ("AGLAIS_OFFER_LIFETIME", "1"),
        ("AGLAIS_ADMIN_TOKEN", "fifteen-letters"),
    ],
)
def test_a_value_that_makes_no_sense_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(InvalidValueError) as raised:
        load_settings()
    assert variable in raised.value.message
    assert raised.value.field == variable
    assert "fifteen" not in f"{raised.value!r} {raised.value.message} {raised.value.help}"


def test_a_length_that_makes_no_sense_is_refused_at_the_start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AGLAIS_SESSION_DURATION", "two hours")
    monkeypatch.setenv("AGLAIS_STATE", str(tmp_path))
    monkeypatch.setenv("JUPYTERHUB_API_URL", "http://127.0.0.1:1/hub/api")
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", "token")
    with pytest.raises(InvalidValueError) as raised:
        wire(load_settings())
    assert raised.value.field == "AGLAIS_SESSION_DURATION"


def test_without_a_hub_to_ask_it_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AGLAIS_STATE", str(tmp_path))
    with pytest.raises(InvalidValueError) as raised:
        wire(load_settings())
    assert raised.value.field == "JUPYTERHUB_API_URL"


def test_no_secret_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGLAIS_ADMIN_TOKEN", "very-secret-admin-token")
    monkeypatch.setenv("AGLAIS_SMTP_PASSWORD", "very-secret-password")
    for feature in ("ACCOUNTS", "PACKAGES", "BOOKINGS"):
        monkeypatch.setenv(f"AGLAIS_{feature}_URL", "postgresql://user:very-secret@db/name")
    settings = load_settings()
    assert "very-secret" not in f"{settings!r} {settings!s}"
    assert settings.admin_token is not None
    assert settings.admin_token.get_secret_value() == "very-secret-admin-token"

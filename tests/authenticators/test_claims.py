"""What counts of what the providers say."""

from __future__ import annotations

from typing import Any

import pytest

from aglais_hub.authenticators.oauth.claims import Proven, proven
from aglais_hub.errors import InvalidValueError

ANN = "ann@example.org"


@pytest.mark.parametrize(
    ("kind", "told", "person"),
    [
        (
            "github",
            {"id": 42, "login": "ann", "name": "Ann A", "email": ANN, "email_verified": True},
            Proven("42", "ann", "Ann A", ANN),
        ),
        ("github", {"id": 42, "login": "ann", "name": None, "email": ANN}, Proven("42", "ann", "", None)),
        (
            "gitlab",
            {"id": 7, "username": "ann", "name": "Ann", "email": ANN, "confirmed_at": "2020-01-01T00:00:00Z"},
            Proven("7", "ann", "Ann", ANN),
        ),
        (
            "gitlab",
            {"id": 7, "username": "ann", "email": ANN, "confirmed_at": None},
            Proven("7", "ann", "", None),
        ),
        ("google", {"id": "1", "email": ANN, "verified_email": True, "name": "A"}, Proven("1", ANN, "A", ANN)),
        ("google", {"id": "1", "email": ANN, "verified_email": False}, Proven("1", ANN, "", None)),
        ("globus", {"sub": "g", "preferred_username": "ann@x", "email": ANN}, Proven("g", "ann@x", "", None)),
        ("cilogon", {"sub": "c", "eppn": "ann@uni", "email": ANN}, Proven("c", "ann@uni", "", None)),
        ("azure", {"oid": "o", "tid": "t", "upn": "ann@corp", "email": ANN}, Proven("t/o", "ann@corp", "", None)),
        ("openid", {"sub": "s", "email": ANN, "email_verified": True}, Proven("s", ANN, "", ANN)),
        ("openid", {"sub": "s", "email": ANN, "email_verified": "true"}, Proven("s", ANN, "", ANN)),
        ("openid", {"sub": "s", "email": ANN, "email_verified": "false"}, Proven("s", ANN, "", None)),
        ("openid", {"sub": "s", "email": ANN}, Proven("s", ANN, "", None)),
        ("openid", {"sub": "s", "email": "no address", "email_verified": True}, Proven("s", "no address", "", None)),
    ],
)
def test_the_subject_and_only_a_verified_address_count(kind: str, told: dict[str, Any], person: Proven) -> None:
    assert proven(kind, told) == person


@pytest.mark.parametrize("kind", ["github", "gitlab", "google", "globus", "cilogon", "azure", "openid"])
def test_nobody_comes_in_without_a_subject(kind: str) -> None:
    told = {"login": "ann", "name": "Ann", "email": ANN, "email_verified": True, "verified_email": True, "sub": ""}
    with pytest.raises(InvalidValueError):
        proven(kind, told)

"""What counts of what the providers say."""

from __future__ import annotations

from typing import Any

import pytest

from aglais_hub.authenticators.oauth.claims import Proven, proven
from aglais_hub.errors import InvalidValueError
from aglais_hub.wire.accounts import Arrival

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


@pytest.mark.parametrize(
    "email",
    [
        [ANN],
        {"value": ANN},
        7,
        f"Ann <{ANN}>",
        f"{ANN},{ANN}",
        f"{ANN}\nBcc: x@y.org",
        "a@b@c",
        "@",
        "a" * 250 + "@x.org",
    ],
)
def test_an_address_that_is_none_is_left_out(email: Any) -> None:
    person = proven("openid", {"sub": "s", "email": email, "email_verified": True})
    assert person.email is None
    # And what is left is what the services take.
    Arrival(kind="x", subject=person.subject, label=person.label, display=person.display, email=person.email)


def test_a_name_stays_on_its_line_and_in_its_place() -> None:
    told = {"preferred_username": "\u202egro.elpmaxe@nna", "name": "Ann\x00\n\x1b[31m \ud800\u2067Ünal\u200d "}
    assert proven("openid", {"sub": "s", **told}) == Proven("s", "gro.elpmaxe@nna", "Ann [31m Ünal\u200d", None)
    assert len(proven("openid", {"sub": "s", "name": "x" * 5000}).display) == 120
    assert proven("openid", {"sub": "s", "name": ["Ann"], "nickname": {"a": 1}}) == Proven("s", "", "", None)


def test_subjects_differ_by_case() -> None:
    assert proven("openid", {"sub": "Ann"}).subject != proven("openid", {"sub": "ann"}).subject


@pytest.mark.parametrize("subject", ["x" * 256, ["s"], {"s": 1}, True, None, "a\x00b", "a\nb", "\ud800"])
def test_a_subject_is_taken_as_it_is_or_not_at_all(subject: Any) -> None:
    """Cut, or made of something else, one person's could be another's."""
    with pytest.raises(InvalidValueError):
        proven("openid", {"sub": subject})


def test_an_object_id_of_no_tenant_is_nobodys() -> None:
    with pytest.raises(InvalidValueError):
        proven("azure", {"oid": "o"})


@pytest.mark.parametrize("kind", ["github", "gitlab", "google", "globus", "cilogon", "azure", "openid"])
def test_nobody_comes_in_without_a_subject(kind: str) -> None:
    told = {"login": "ann", "name": "Ann", "email": ANN, "email_verified": True, "verified_email": True, "sub": ""}
    with pytest.raises(InvalidValueError):
        proven(kind, told)

"""Names, network addresses, waits."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest

from aglais_hub.accounts.rules import (
    digest,
    guest_name,
    names_for,
    network,
    normal_address,
    normal_code,
    postal_address,
    when,
)
from aglais_hub.wire.base import one_line

NOW = datetime(2026, 6, 8, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("ann@example.org", "ann"),
        ("Ann.Smith@example.org", "ann-smith"),
        ("ann+test@example.org", "ann"),
        ("o'hara@example.org", "o-hara"),
        ("Åsa.Lindström@example.org", "asa-lindstrom"),
        ("孔@example.org", "user-2"),
        ("42@example.org", "u-42"),
        ("guest-amber-vega-7k2q@example.org", "u-guest-amber-vega-7k2q"),
        ("admin@example.org", "admin-2"),
        ("--__--@example.org", "user-2"),
        ("x" * 64 + "@example.org", "x" * 30),
    ],
)
def test_a_name_comes_from_the_address(address: str, name: str) -> None:
    assert next(names_for(address)) == name


@pytest.mark.parametrize(
    ("typed", "kept", "sent"),
    [
        (" Ann+Tag@Example.ORG ", "ann+tag@example.org", "ann+tag@example.org"),
        ("ann@BÜCHER.example", "ann@bücher.example", "ann@xn--bcher-kva.example"),
        ("ann@bu\u0308cher.example", "ann@bücher.example", "ann@xn--bcher-kva.example"),
        ("ann@XN--BCHER-KVA.example", "ann@bücher.example", "ann@xn--bcher-kva.example"),
        ("ann@straße.example", "ann@straße.example", "ann@xn--strae-oqa.example"),
        ("ann@exa\u200bmple\u3002org", "ann@example.org", "ann@example.org"),
        ("a\u0308nn@hub_1.local", "änn@hub_1.local", "änn@hub_1.local"),
    ],
)
def test_an_address_is_one_however_it_is_typed(typed: str, kept: str, sent: str) -> None:
    assert normal_address(typed) == kept
    assert normal_address(kept) == kept
    assert postal_address(kept) == sent


@pytest.mark.parametrize(
    "address",
    [
        *("", "@", "ann", "ann@", "@org", "ann@.org", "ann@a..b", "ann@-a.org", "ann@a-.org", "ann@org."),
        *("ann@a\u3002\u3002b", "an\u200bn@example.org", "\u202eann@example.org", "ann@\u2603\u200d.org"),
        "ann@" + "a" * 64,
    ],
)
def test_what_can_be_no_address_is_none(address: str) -> None:
    with pytest.raises(ValueError, match="no address"):
        postal_address(normal_address(address))


def test_names_are_numbered_then_drawn() -> None:
    names = list(islice(names_for("ann@example.org"), 60))
    assert names[:3] == ["ann", "ann-2", "ann-3"]
    assert len(set(names)) == 60


def test_names_are_safe_in_a_url_a_folder_and_a_host_name() -> None:
    names = [guest_name() for _ in range(500)] + list(islice(names_for("%2e%2e/é.ü@x.org"), 60))
    assert all(re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name) and len(name) <= 40 for name in names)
    # Of 500 that are drawn from 776 million two are the same in one run of six thousand; and four in one of a hundred
    # million.
    assert len(set(names)) >= 559


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:0db8:0001:0002::/64"),
        ("2001:db8:1:2::1", "2001:0db8:0001:0002::/64"),
        ("192.0.2.7:51234", "192.0.2.7"),
        ("[2001:db8:1:2::1]:51234", "2001:0db8:0001:0002::/64"),
        ("[2001:db8:1:2::1]", "2001:0db8:0001:0002::/64"),
        ("192.0.2.7:port", "unknown"),
        ("", "unknown"),
        ("nonsense", "unknown"),
    ],
)
def test_network_addresses_are_counted_by_household(address: str, counted: str) -> None:
    assert network(address) == counted


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.2, "in a second"), (40, "in 40 seconds"), (100, "in 2 minutes"), (3600, "in 60 minutes")]
)
def test_waits_are_told_in_words(seconds: float, words: str) -> None:
    assert when(NOW + timedelta(seconds=seconds), NOW) == words


def test_digests_of_different_splits_differ() -> None:
    assert digest("ab", "c") != digest("a", "bc")


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("\u202egro.elpmaxe@nna", "gro.elpmaxe@nna"),
        ("Ann\r\nBcc: everybody\u2028now", "Ann Bcc: everybody now"),
        ("A\u200bn\u2066n\u00ad \x1b[31m", "Ann [31m"),
        # What is not seen, and yet belongs to a name; and what people call themselves.
        ("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"),
        ("\U0001f469\u200d\U0001f52c Ann", "\U0001f469\u200d\U0001f52c Ann"),
        # Nothing of it is seen.
        *((nothing, "") for nothing in ("\u200b\u200d", "\u3164", "\u2800 \ufe0f", "\u202e", "\ud800")),
    ],
)
def test_a_name_is_one_line_of_what_is_seen(typed: str, shown: str) -> None:
    assert one_line(typed) == shown == one_line(shown)


@pytest.mark.parametrize(
    "typed", ["K7MQ 2vxd 9hpt", "k7mq2vxd9hpt\n", "k7mq\u20132vxd\u20139hpt", "\u201ck7mq-2vxd-9hpt.\u201d"]
)
def test_a_code_is_read_as_phones_and_mail_programs_write_it(typed: str) -> None:
    assert normal_code(typed) == "k7mq-2vxd-9hpt"

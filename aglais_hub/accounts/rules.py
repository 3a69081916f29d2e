"""What needs no database: names, levels, limits, digests."""

from __future__ import annotations

import hashlib
import re
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = [
    "ANONYMOUS",
    "BASIC",
    "EMAIL",
    "Limit",
    "asks",
    "default_package",
    "digest",
    "guest_name",
    "is_admin",
    "names_for",
    "network",
    "new_code",
    "normal_address",
    "normal_code",
    "when",
]

ANONYMOUS = 0
BASIC = 1

EMAIL = "email"
"""The kind of identity that is an address of mail with a password."""

NAME_LENGTH = 30

RESERVED = frozenset(
    "admin administrator aglais api arrival arrive batch confirm forgot guest hub jupyter jupyterhub login me "
    "nobody null open register resend reset root select server service services shared staff stop support system "
    "test try user users".split()
)
"""Names that would be taken for something else."""

COLOURS = (
    "amber azure bronze cobalt copper coral crimson golden indigo ivory jade lilac ochre olive opal pearl rose ruby "
    "russet saffron scarlet silver tawny violet"
).split()
THINGS = (
    "altair antares aurora bellatrix canopus capella castor comet corona deneb halley hydra io lyra mira nova orion "
    "phoenix pollux procyon pulsar regulus rigel saturn sirius spica titan triton vega vela vesta zenith"
).split()
LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
"""No characters that are read for one another."""


@dataclass(frozen=True)
class Limit:
    """At most ``count`` within ``window``."""

    count: int
    window: timedelta


LOGINS_BY_BOTH = Limit(10, timedelta(minutes=15))
"""Wrong passwords for one address of mail from one network address."""

LOGINS_BY_SUBJECT = Limit(50, timedelta(hours=1))
"""Wrong passwords for one address of mail from anywhere: slows a guess from many machines."""

LOGINS_BY_NETWORK = Limit(200, timedelta(hours=1))
"""Wrong passwords from one network address: a class in one room shares one."""

LOGINS_BY_DEVICE = Limit(10, timedelta(minutes=15))
"""Wrong passwords from a browser that its owner has logged in with before: nobody else's tries count against it."""

CODES_BY_NETWORK = Limit(60, timedelta(hours=1))
"""Codes from one network address that are not known or no longer count."""

PASSWORDS_BY_ACCOUNT = Limit(10, timedelta(minutes=15))
"""Wrong passwords of somebody who is logged in and changes something that asks for it."""

MAILS_BY_SUBJECT = Limit(5, timedelta(hours=1))
"""Mails to one address, so that nobody's mailbox is filled through us."""

MAILS_BY_NETWORK = Limit(100, timedelta(hours=1))
"""Mails that are asked for from one network address."""


def normal_address(email: str) -> str:
    """An address as it is compared and kept: trimmed, composed, in lower case."""
    return unicodedata.normalize("NFC", email.strip()).lower()


def default_package(level: int) -> str:
    """The package that a server gets when none is named."""
    return "tiny" if level == ANONYMOUS else "small"


def asks(
    *, level: int, affiliation: str | None, terms: str | None, asks_affiliation: bool, terms_version: str
) -> list[str]:
    """What has to be answered before the next lab: nothing by visitors, a new version of the terms by all others."""
    if level == ANONYMOUS:
        return []
    wanted = {"affiliation": asks_affiliation and not affiliation, "terms": terms != terms_version and terms_version}
    return [name for name, is_wanted in wanted.items() if is_wanted]


def is_admin(verified: Iterable[str], admins: frozenset[str]) -> bool:
    """Whether one of the ``verified`` addresses is an admin's."""
    return not admins.isdisjoint(verified)


def digest(*parts: str) -> str:
    """SHA-256 over the parts, as 64 hexadecimal digits; different splits give different digests."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def new_code() -> str:
    """A code as it is mailed and typed, as in ``k7mq-2vxd-9hpt``: 59 bits, none of which can be read for another."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(3))


def normal_code(typed: str) -> str:
    """A code as it was mailed, from what somebody typed: in any case, with blanks or dashes or none."""
    letters = re.sub(r"[\s-]", "", typed).lower()
    if len(letters) == 12 and set(letters) <= set(LETTERS):
        return "-".join(letters[at : at + 4] for at in (0, 4, 8))
    return typed.strip()


def guest_name() -> str:
    """A name for a visitor, as in ``guest-amber-vega-7k2q``: readable, and practically never drawn twice."""
    tail = "".join(secrets.choice(LETTERS) for _ in range(4))
    return f"guest-{secrets.choice(COLOURS)}-{secrets.choice(THINGS)}-{tail}"


def names_for(email: str) -> Iterator[str]:
    """Names to try for the owner of an address, best first: ``ann``, ``ann-2``, …, then with a random tail.

    A name is of lower-case letters, digits and single dashes, starts with a letter, and fits a host name and a folder.
    """
    stem = _stem(email)
    if stem not in RESERVED:
        yield stem
    for number in range(2, 50):
        yield f"{stem}-{number}"
    while True:
        yield f"{stem}-" + "".join(secrets.choice(LETTERS) for _ in range(6))


def _stem(email: str) -> str:
    local = email.partition("@")[0].partition("+")[0]
    plain = unicodedata.normalize("NFKD", local).encode("ascii", "ignore").decode().lower()
    stem = re.sub(r"[^a-z0-9]+", "-", plain)[:NAME_LENGTH].strip("-")
    if not stem:
        return "user"
    # A visitor's names are recognised at sight, so nobody else's may look like one.
    return stem if stem[0].isalpha() and not stem.startswith("guest-") else f"u-{stem}"


def network(address: str) -> str:
    """The part of a network address that stands for one household or host: IPv6 is counted by /64."""
    try:
        parsed = ip_address(address.strip())
    except ValueError:
        return "unknown"
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return parsed.exploded[:19] + "::/64"
    return str(parsed)


def when(until: datetime, now: datetime) -> str:
    """How long to wait, in words: ``in 40 seconds``, ``in 12 minutes``."""
    seconds = max(1, round((until - now).total_seconds()))
    if seconds < 90:
        return "in a second" if seconds == 1 else f"in {seconds} seconds"
    return f"in {-(-seconds // 60)} minutes"

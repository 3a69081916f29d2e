"""What needs no database: names, levels, limits, digests."""

from __future__ import annotations

import contextlib
import hashlib
import re
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING

import idna

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = [
    "ANONYMOUS",
    "BASIC",
    "EMAIL",
    "WORD_LENGTH",
    "Limit",
    "asks",
    "beginning",
    "digest",
    "guest_name",
    "is_admin",
    "is_kept_back",
    "names_for",
    "network",
    "new_code",
    "normal_address",
    "normal_code",
    "postal_address",
    "pseudonym",
    "when",
    "words_of",
]

ANONYMOUS = 0
BASIC = 1

EMAIL = "email"
"""The kind of identity that is an address of mail with a password."""

DOMAIN = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(\.(?!-)[a-z0-9_-]{1,63}(?<!-))*", re.ASCII | re.IGNORECASE)
"""A domain as mail servers know it."""

NAME_LENGTH = 30

RESERVED = frozenset(
    "admin administrator aglais aglais-admin aglais-hub-parts api arrival arrive batch confirm export forgot guest "
    "hub import jupyter jupyterhub leave login me nobody null open register resend reset root select server service "
    "services shared staff stop support system test try user users".split()
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
    """An address as it is compared and kept: trimmed, composed, in lower case, its domain as people write it.

    So ``ann@xn--bcher-kva.example`` is ``ann@bücher.example``. What is no domain stays as it is.
    """
    local, at, domain = unicodedata.normalize("NFC", email.strip()).lower().rpartition("@")
    if not domain.isascii() or "xn--" in domain:
        with contextlib.suppress(idna.IDNAError):
            domain = idna.decode(idna.encode(domain, uts46=True))
    return f"{local}{at}{domain}"


def postal_address(address: str) -> str:
    """A kept address as mail servers take it, its domain in ASCII; raises ``ValueError`` for one that can't be one."""
    local, _, domain = address.rpartition("@")
    try:
        plain = domain if domain.isascii() else idna.encode(domain).decode()
    except idna.IDNAError:
        plain = ""
    if not local or not address.isprintable() or not DOMAIN.fullmatch(plain):
        raise ValueError("no address of mail")
    return f"{local}@{plain}"


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
    """A code as it was mailed, from what somebody typed: in any case, whatever stands between and around it."""
    letters = re.sub(r"[\W_]", "", typed).lower()
    if len(letters) == 12 and set(letters) <= set(LETTERS):
        return "-".join(letters[at : at + 4] for at in (0, 4, 8))
    return typed.strip()


def guest_name() -> str:
    """A name for a visitor, as in ``guest-amber-vega-7k2q``: readable, and practically never drawn twice."""
    tail = "".join(secrets.choice(LETTERS) for _ in range(4))
    return f"guest-{secrets.choice(COLOURS)}-{secrets.choice(THINGS)}-{tail}"


def pseudonym() -> str:
    """What stays on record of an account that is gone: nobody's name, and nothing tells whose it was."""
    return "gone-" + "".join(secrets.choice(LETTERS) for _ in range(12))


def is_kept_back(name: str) -> bool:
    """Whether a name reads as a visitor's, or as that of somebody who is gone: nobody else may be called so."""
    return name.startswith(("guest-", "gone-"))


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
    return stem if stem[0].isalpha() and not is_kept_back(f"{stem}-") else f"u-{stem}"


def network(address: str) -> str:
    """The part of a network address that stands for one household or host: IPv6 is counted by /64."""
    # Some reverse proxies add the port.
    host = re.sub(r"^(?:\[(.*)\]|(\d+(?:\.\d+){3}))(?::\d+)?$", r"\1\2", address.strip())
    try:
        parsed = ip_address(host)
    except ValueError:
        return "unknown"
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return parsed.exploded[:19] + "::/64"
    return str(parsed)


WORD_LENGTH = 60
"""So much of a word is kept to look for it by."""

MOST_WORDS = 60
"""So many words of an account, and of a way into it, are kept to look for it by."""


def words_of(*texts: str | None) -> set[str]:
    """What somebody is found by who is called so: each text from each of its words on, as far as there is no blank.

    ``Ann O'Neill`` is found by how ``ann``, ``o'neill`` and ``neill`` begin, ``b@obs.example`` by ``b@obs.example``,
    ``obs.example`` and ``example``; in any case, and with accents or without.
    """
    chunks = [chunk for text in texts for chunk in _folded(text or "").split()]
    found = [chunk[word.start() :][:WORD_LENGTH] for chunk in chunks for word in _WORDS.finditer(chunk)]
    return set(found[:MOST_WORDS])


def beginning(typed: str) -> str:
    """How the words begin that are looked for, of what somebody has typed without a blank; empty where it has none."""
    folded = _folded(typed)
    first = _WORDS.search(folded)
    return folded[first.start() :][:WORD_LENGTH] if first else ""


_WORDS = re.compile(r"[^\W_]+")


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text)
    return "".join(one for one in plain if not unicodedata.combining(one)).casefold()


def when(until: datetime, now: datetime) -> str:
    """How long to wait, in words: ``in 40 seconds``, ``in 12 minutes``."""
    seconds = max(1, round((until - now).total_seconds()))
    if seconds < 90:
        return "in a second" if seconds == 1 else f"in {seconds} seconds"
    return f"in {-(-seconds // 60)} minutes"

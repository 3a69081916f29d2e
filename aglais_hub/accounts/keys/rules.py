"""What a key may be: pure functions on the text that people paste."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import unicodedata
from dataclasses import dataclass

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    load_ssh_public_key,
)

from aglais_hub.errors import InvalidValueError

__all__ = ["COMMAND_LINE_LEVEL", "LIMIT", "MEMBER_LEVEL", "Public", "clean", "generate", "parse"]

LIMIT = 20
"""Keys of an account."""

MEMBER_LEVEL = 1
"""From this level on an account may have keys."""

COMMAND_LINE_LEVEL = 2
"""From this level on machines let somebody in with an authorised key."""

LEAST_RSA, MOST_RSA = 3072, 16384

HARDWARE = ("sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com")
"""Keys on a token that is touched; their public half holds more than `cryptography` writes."""

TYPES = ("ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-rsa", *HARDWARE)

EXAMPLE = "It is one line, as in id_ed25519.pub: ssh-ed25519 AAAA… ada@laptop"

PRIVATE = "private_key"
"""The rule by which private halves are refused: nobody shows them again."""

_PRIVATE = ("PRIVATE KEY", "PuTTY-User-Key-File", "Private-Lines:", "b3BlbnNzaC1rZXktdjE")
"""What is in private halves alone; the last is how OpenSSH's begin, also without the line before it."""

_BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}\Z")


@dataclass(frozen=True)
class Public:
    """The public half of a key: OpenSSH's name of its algorithm, its ``blob`` in base64, and its owner's comment."""

    type: str
    blob: str
    bits: int
    comment: str

    @property
    def fingerprint(self) -> str:
        """What ``ssh-keygen -l`` shows."""
        found = hashlib.sha256(base64.b64decode(self.blob)).digest()
        return "SHA256:" + base64.b64encode(found).decode().rstrip("=")

    @property
    def line(self) -> str:
        """The line for an ``authorized_keys`` file."""
        return f"{self.type} {self.blob} {self.comment}".rstrip()


def parse(text: str) -> Public:
    """The key that was pasted, read and written anew; raises ``InvalidValueError`` that says what it is instead."""
    # Editors of some systems begin a file with a mark that nobody sees.
    text = text.strip().lstrip("\ufeff").strip()
    _refuse_other_formats(text)
    # What lies between may be tabs, as sshd reads them.
    type_, blob, comment = [*text.split(None, 2), "", "", ""][:3]
    if type_ not in TYPES:
        raise _refuse_type(type_, text)
    if not _BASE64.match(blob):
        raise _refused("The middle of this key can't be read.", "Copy all of the line, without a break in it.")
    try:
        key = load_ssh_public_key(f"{type_} {blob}".encode())
        raw = base64.b64decode(blob, validate=True)
    except (ValueError, TypeError, UnsupportedAlgorithm, binascii.Error):
        raise _refused("This key is damaged, or only a part of one.", "Copy all of the line, once more.") from None
    bits = 256
    if isinstance(key, RSAPublicKey | EllipticCurvePublicKey):
        bits = key.key_size
    if type_ == "ssh-rsa" and not LEAST_RSA <= bits <= MOST_RSA:
        raise _refused(
            f"This is an RSA key of {bits} bits.",
            f"It takes {LEAST_RSA} at least. Better make an Ed25519 key: ssh-keygen -t ed25519",
        )
    if type_ not in HARDWARE:
        # What goes into files of machines is of our writing, and not of whoever has pasted it.
        raw = base64.b64decode(key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).split()[1])
    return Public(type_, base64.b64encode(raw).decode(), bits, clean(comment, 100))


def generate(comment: str) -> tuple[Public, bytes]:
    """A new Ed25519 pair: its public half, and the private one as OpenSSH keeps it."""
    key = Ed25519PrivateKey.generate()
    blob = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).split()[1].decode()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    return Public("ssh-ed25519", blob, 256, clean(comment, 100)), private


def clean(text: str, longest: int) -> str:
    """A text of people's in one line, without signs that can't be seen."""
    seen = "".join(sign if unicodedata.category(sign)[0] not in "CZ" else " " for sign in text)
    return " ".join(seen.split())[:longest].strip()


def _refuse_other_formats(text: str) -> None:
    if any(mark in text for mark in _PRIVATE) or _is_private(text):
        raise _refused(
            "This is the private half of a key. It must never leave your machine.",
            "Paste the public half: the file that ends with .pub. Wherever else you have pasted this, make a new key.",
            rule=PRIVATE,
        )
    if text.startswith("----"):
        raise _refused("This key is not in OpenSSH's format.", "Turn it into one: ssh-keygen -i -f FILE")
    if len(text.splitlines()) > 1:
        raise _refused("These are several lines.", "Add one key at a time, without a break in its line.")


def _is_private(text: str) -> bool:
    """Whether this is the middle of a private half, without the lines that say so: in PEM's forms it has no mark."""
    try:
        load_der_private_key(base64.b64decode("".join(text.split()), validate=True), None)
    except TypeError:  # with a password
        return True
    except (ValueError, UnsupportedAlgorithm):
        return False
    return True


def _refuse_type(type_: str, text: str) -> InvalidValueError:
    if type_ == "ssh-dss":
        return _refused("DSA keys are no longer safe.", "Make another: ssh-keygen -t ed25519")
    if "-cert-v01@openssh.com" in type_:
        return _refused("This is a certificate.", "Paste the key that it was made for.")
    if any(f" {known} " in f" {text} " for known in TYPES):
        return _refused(
            "There are options before the key.", "Leave out what stands before ssh-… or ecdsa-…: it is not taken over."
        )
    if _BASE64.match(type_) and type_.startswith("AAAA"):
        return _refused("The beginning of the line is missing.", EXAMPLE)
    return _refused("This is no public key that machines accept.", EXAMPLE)


def _refused(message: str, help: str, *, rule: str | None = None) -> InvalidValueError:
    return InvalidValueError(message, field="public", rule=rule, help=help)

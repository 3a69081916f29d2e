"""Keys: what is taken, what is refused and how, and that no private half is ever seen."""

from __future__ import annotations

import base64
import subprocess
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.serialization import load_ssh_public_key

from aglais_hub.accounts.keys.rules import LIMIT, clean, parse
from aglais_hub.accounts.keys.service import KeyService
from aglais_hub.accounts.keys.tables import KeyRow
from aglais_hub.accounts.tables import AccountRow
from aglais_hub.errors import ConflictError, ForbiddenError, InvalidValueError, NotFoundError, ServiceDownError
from aglais_hub.wire.keys import KeyRequest
from tests.support.people import open_accounts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.platform import Platform

RSA = ("-t", "rsa", "-b")


def keygen(folder: Path, *how: str, comment: str = "ada@laptop") -> tuple[str, str]:
    """The public line and the fingerprint of a new key, by ssh-keygen itself."""
    file = folder / "key"
    for old in (file, file.with_suffix(".pub")):
        old.unlink(missing_ok=True)
    subprocess.run(["ssh-keygen", "-q", "-N", "", "-C", comment, "-f", file, *how], check=True)
    shown = subprocess.run(["ssh-keygen", "-lf", file], check=True, capture_output=True, text=True).stdout
    return file.with_suffix(".pub").read_text(), shown.split()[1]


@pytest.fixture
def keys(lite: Platform) -> Iterator[KeyService]:
    """The keys of ada, of level 2, ben, of level 1, and a visitor."""
    with lite.parts.databases[0].write() as session:
        for name, level in (("ada", 2), ("ben", 1), ("guest-1", 0)):
            session.add(AccountRow(name=name, level=level, display=name, created=lite.clock.now()))
    return lite.parts.keys


@pytest.mark.parametrize(
    "how", [("-t", "ed25519"), ("-t", "ecdsa", "-b", "256"), ("-t", "ecdsa", "-b", "521"), (*RSA, "3072")]
)
def test_keys_are_kept_as_ssh_keygen_knows_them(tmp_path: Path, how: tuple[str, ...]) -> None:
    line, fingerprint = keygen(tmp_path, *how)
    for pasted in (f"  {line}\n", f"\ufeff{line.strip()}\r\n", line.replace(" ", "   "), line.replace(" ", "\t")):
        found = parse(pasted)
        assert (found.line, found.fingerprint) == (line.strip(), fingerprint)


def test_keys_on_a_token_that_is_touched_are_kept_whole() -> None:
    def field(data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + data

    point = base64.b64decode("AAAAC3NzaC1lZDI1NTE5AAAAIJ5F5Yc7rRe7jDr3vY4G7Y2bH4O5t1zqk3Zp3k7t1v0a")[-32:]
    type_ = "sk-ssh-ed25519@openssh.com"
    blob = base64.b64encode(field(type_.encode()) + field(point) + field(b"ssh:")).decode()
    found = parse(f"{type_} {blob} ada@token")
    assert (found.type, found.blob, found.bits) == (type_, blob, 256)


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("short", "RSA key of 2048 bits"),
        ("options", "options before the key"),
        ("two", "several lines"),
        ("cut", "damaged, or only a part"),
        ("headless", "beginning of the line is missing"),
        ("renamed", "damaged"),
        ("private", "private half"),
        ("private without its first line", "private half"),
        ("private behind a mark", "private half"),
        ("private of another program", "private half"),
        ("ssh2", "not in OpenSSH's format"),
        ("dsa", "no longer safe"),
        ("certificate", "certificate"),
        ("words", "no public key"),
        ("nothing", "no public key"),
    ],
)
def test_what_is_no_good_key_is_refused_in_words(tmp_path: Path, how: str, said: str) -> None:
    line, _ = keygen(tmp_path, *((*RSA, "2048") if how == "short" else ("-t", "ed25519")))
    type_, blob, comment = line.split()
    text = {
        "short": line,
        "options": f'command="rm -rf ~",no-pty {line}',
        "two": line + line,
        "cut": f"{type_} {blob[:-12]}",
        "headless": f"{blob} {comment}",
        "renamed": f"ecdsa-sha2-nistp256 {blob}",
        "private": (private := (tmp_path / "key").read_text()),
        "private without its first line": "".join(private.splitlines()[1:-1]),
        "private behind a mark": "\ufeff" + private.replace("\n", "\r\n"),
        "private of another program": "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\nPrivate-Lines: 1\nAAAA",
        "ssh2": "---- BEGIN SSH2 PUBLIC KEY ----\nAAAA\n---- END SSH2 PUBLIC KEY ----",
        "dsa": f"ssh-dss {blob}",
        "certificate": f"ssh-ed25519-cert-v01@openssh.com {blob}",
        "words": "my key, please",
        "nothing": "",
    }[how]
    with pytest.raises(InvalidValueError, match=said) as refused:
        parse(text)
    assert (refused.value.field, refused.value.rule == "private_key") == ("public", how.startswith("private"))
    assert refused.value.help


@pytest.mark.parametrize("how", [("PEM", *RSA, "3072"), ("PEM", "-t", "ecdsa"), ("PKCS8", "-t", "ecdsa")])
def test_the_middle_of_a_private_half_is_known_in_other_forms_too(tmp_path: Path, how: tuple[str, ...]) -> None:
    form, *kind = how
    keygen(tmp_path, *kind, "-m", form)
    inside = (tmp_path / "key").read_text().splitlines()[1:-1]
    for pasted in ("\n".join(inside), "".join(inside)):
        with pytest.raises(InvalidValueError, match="private half") as refused:
            parse(pasted)
        assert refused.value.rule == "private_key"


def test_comments_hold_nothing_that_moves_a_terminal_or_begins_a_line() -> None:
    assert clean("ada\u202e\x1b[31m @\tlap\u2028top  ", 100) == "ada [31m @ lap top"
    assert clean("x" * 200, 80) == "x" * 80


def test_a_key_is_there_once_and_nobody_learns_whose_it_is(keys: KeyService, tmp_path: Path) -> None:
    line, fingerprint = keygen(tmp_path, "-t", "ed25519")
    kept = keys.add("ada", KeyRequest(public=line))
    assert (kept.name, kept.kind, kept.bits, kept.fingerprint) == ("ada@laptop", "authorised", 256, fingerprint)
    with pytest.raises(ConflictError, match="You have this key already, as “ada@laptop”"):
        keys.add("ada", KeyRequest(public=line.replace("ada@laptop", "other")))
    with pytest.raises(ConflictError, match="Another account has this key") as refused:
        keys.add("ben", KeyRequest(public=line))
    assert "ada" not in f"{refused.value.message}{refused.value.help}"
    keys.remove("ada", kept.id)
    assert keys.add("ben", KeyRequest(name="Mine", public=line)).name == "Mine"


def test_visitors_have_none_and_members_not_too_many(keys: KeyService) -> None:
    with pytest.raises(ForbiddenError, match="Visitors have no keys"):
        keys.add("guest-1", KeyRequest(generate=True))
    with pytest.raises(NotFoundError):
        keys.add("nobody", KeyRequest(generate=True))
    for _ in range(LIMIT):
        keys.add("ben", KeyRequest(generate=True))
    with pytest.raises(ConflictError, match="at most 20 keys"):
        keys.add("ben", KeyRequest(generate=True))
    assert len(keys.list("ben").rows) == LIMIT


def test_a_generated_key_signs_and_nobody_sees_its_private_half(keys: KeyService, lite: Platform) -> None:
    made = keys.add("ada", KeyRequest(name="git", generate=True))
    assert made.public.startswith("ssh-ed25519 ")
    assert made.public.endswith(" ada@127.0.0.1")
    load_ssh_public_key(made.public.encode()).verify(keys.sign("ada", made.id, b"text"), b"text")  # type: ignore[call-arg, union-attr]
    assert keys.list("ada").rows[0].used == lite.clock.now()
    with lite.parts.databases[0].read() as session:
        row = session.get_one(KeyRow, made.id)
    private = keys._private("ada", made.id)
    assert b"PRIVATE KEY" in private
    seen = f"{row.secret} {made!r} {made.model_dump_json()} {vars(keys)!r} {lite.settings!r}"
    assert "PRIVATE" not in seen
    assert base64.b64encode(private).decode()[40:80] not in seen
    assert "a-secret-of-the-tests" not in seen
    with pytest.raises(NotFoundError):
        keys.sign("ben", made.id, b"text")


def test_secrets_are_rotated(keys: KeyService, lite: Platform) -> None:
    old, new = "a-secret-of-the-tests-0123456789", "another-secret-of-the-tests-0123"

    def with_secrets(text: str | None) -> KeyService:
        settings = lite.settings.model_copy(
            update={"keys_secret": type(lite.settings)(keys_secret=text).keys_secret if text else None}
        )
        return KeyService(database=lite.parts.databases[0], clock=lite.clock, settings=settings, url="/")

    made = keys.add("ada", KeyRequest(generate=True))
    signature = keys.sign("ada", made.id, b"text")
    rotated = with_secrets(f"{new},{old}")
    assert rotated.sign("ada", made.id, b"text") == signature
    assert (rotated.renew(), rotated.renew()) == (1, 0)
    assert with_secrets(new).sign("ada", made.id, b"text") == signature
    with pytest.raises(ServiceDownError, match="can't be opened"):
        keys.sign("ada", made.id, b"text")
    assert keys.renew() == 0
    with pytest.raises(ServiceDownError, match="keeps no private keys"):
        with_secrets(None).add("ada", KeyRequest(generate=True))
    with pytest.raises(InvalidValueError, match="too short") as refused:
        with_secrets(f"{new},short")
    assert "short" not in str(refused.value.help)


def test_machines_let_in_by_level_and_by_nothing_else(keys: KeyService, lite: Platform, tmp_path: Path) -> None:
    line, fingerprint = keygen(tmp_path, "-t", "ed25519")
    bens, _ = keygen(tmp_path, "-t", "ed25519")
    keys.add("ada", KeyRequest(public=line))
    keys.add("ada", KeyRequest(generate=True))
    keys.add("ben", KeyRequest(public=bens))

    def asked(name: str, fingerprint: str = "", caller: str = "machine") -> Any:
        query = {"fingerprint": fingerprint} if fingerprint else {}
        return lite.call("GET", f"accounts/{name}/keys/authorized", caller, params=query)

    assert asked("ada").headers["content-type"].startswith("text/plain")
    # A generated key is for the platform to reach others with.
    assert (asked("ada").text, keys.list("ada").rows[0].used) == (line, None)
    assert asked("ada", fingerprint).text == line
    assert keys.list("ada").rows[0].used == lite.clock.now()
    assert asked("ada", "SHA256:" + "A" * 43).text == ""
    assert asked("ben").text == asked("nobody").text == ""
    assert (keys.list("ada").command_line, keys.list("ben").command_line) == (True, False)
    assert [asked("ada", caller=who).status_code for who in ("ada", "lab")] == [403, 403]
    assert asked("ada", "SHA256:nonsense").status_code == 400
    with lite.parts.databases[0].write() as session:
        session.get_one(AccountRow, "ada").suspended = lite.clock.now()
    assert asked("ada").text == ""


def test_over_http_keys_are_their_owners(keys: KeyService, lite: Platform) -> None:
    made = lite.call("POST", "accounts/ada/keys", "ada", json={"name": "git", "generate": True})
    assert made.status_code == 201
    path = made.json()["url"].removeprefix("/services/aglais/api/")
    assert lite.call("GET", path, "ada").json() == made.json()
    assert "PRIVATE" not in made.text
    # What runs in a lab sees them, and opens no way in for good.
    assert lite.call("POST", "accounts/lab/keys", "lab", json={"generate": True}).status_code == 403
    for method, at in (("GET", "accounts/ada/keys"), ("GET", path), ("DELETE", path)):
        assert lite.call(method, at, "ben").status_code == 403
    assert lite.call("POST", "accounts/ada/keys", "ben", json={"generate": True}).status_code == 403
    assert [row["name"] for row in lite.call("GET", "accounts/ada/keys", "root").json()["rows"]] == ["git"]
    both = lite.call("POST", "accounts/ada/keys", "ada", json={"generate": True, "public": "ssh-ed25519 AAAA"})
    assert (both.status_code, both.json()["error"]["code"]) == (400, "invalid_value")
    assert lite.call("DELETE", path, "ada").json() == made.json()
    assert lite.call("GET", "accounts/ada/keys", "ada").json()["rows"] == []
    trail = lite.call("GET", "accounts/ada/changes", "ada").json()["rows"]
    assert [(row["what"], row["by"]) for row in trail] == [("key removed", "ada"), ("key added", "ada")]
    told = {"name": "git", "kind": "generated", "fingerprint": made.json()["fingerprint"]}
    assert trail[0]["before"] == trail[1]["after"] == told


def test_what_is_done_twice_at_once_is_done_once(platform: Platform, tmp_path: Path) -> None:
    """The same key is added, generated keys reach the limit, and one is removed, by several at one moment."""
    open_accounts(platform, "ada", "ben", level=2)
    line, _ = keygen(tmp_path, "-t", "ed25519")

    def at_once(*calls: tuple[str, str, str, Any]) -> list[int]:
        with ThreadPoolExecutor(len(calls)) as pool:
            made = pool.map(lambda call: platform.call(call[0], call[1], call[2], json=call[3]).status_code, calls)
            return sorted(made)

    add = [("POST", f"accounts/{name}/keys", name, {"public": line}) for name in ("ada", "ben", "ada", "ben")]
    assert at_once(*add) == [201, 409, 409, 409]
    for name in ("ada", "ben"):
        for row in platform.call("GET", f"accounts/{name}/keys", name).json()["rows"]:
            gone = ("DELETE", f"accounts/{name}/keys/{row['id']}", name, None)
            assert at_once(gone, gone, gone) == [200, 404, 404]
    for _ in range(LIMIT - 1):
        platform.parts.keys.add("ada", KeyRequest(generate=True))
    assert at_once(*[("POST", "accounts/ada/keys", "ada", {"generate": True})] * 3) == [201, 409, 409]
    # Who is on the way out has no more keys made.
    with platform.parts.databases[0].write() as session:
        session.get_one(AccountRow, "ben").ending = platform.clock.now()
    assert at_once(("POST", "accounts/ben/keys", "ben", {"generate": True})) == [404]


def test_two_accounts_that_become_one_have_the_keys_of_both(keys: KeyService) -> None:
    keys.add("ben", KeyRequest(name="git", generate=True))
    keys.move("ben", "ada")
    assert [row.name for row in keys.list("ada").rows] == ["git"]
    assert keys.list("ben").rows == []

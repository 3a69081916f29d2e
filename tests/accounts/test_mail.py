"""Mail through a real server, and into a folder."""

from __future__ import annotations

import email
import re
import stat
from datetime import UTC, datetime
from email import policy
from typing import TYPE_CHECKING, Any

import pytest
from aiosmtpd.controller import Controller

from aglais_hub.accounts.email.mail import Mail, make_mailer
from aglais_hub.errors import InvalidValueError, ServiceDownError
from aglais_hub.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOW = datetime(2026, 6, 8, 9, tzinfo=UTC)
MAIL = Mail(subject="Confirm", paragraphs=["Hello <you>,", "bye."], link=("Confirm", "http://hub.example/c?a=1&b=2"))


class Mailbox:
    """Keeps what a real SMTP server receives; refuses what is sent to ``nobody``."""

    def __init__(self) -> None:
        self.received: list[tuple[list[str], bytes]] = []

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        if address.startswith("nobody@"):
            return "550 no such mailbox"
        if address.startswith("later@"):
            return "451 try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        self.received.append((envelope.rcpt_tos, envelope.content))
        return "250 OK"


class FreePortController(Controller):
    """A server on a port that the system chose; the base class would knock at port 0, and wait for five seconds."""

    def __init__(self, *known: Any, **more: Any) -> None:
        super().__init__(*known, ready_timeout=60, **more)

    def _trigger_server(self) -> None:
        assert self.server is not None
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, int]]:
    box = Mailbox()
    controller = FreePortController(box, hostname="127.0.0.1", port=0)
    controller.start()
    yield box, controller.port
    controller.stop()


def smtp(tmp_path: Path, port: int, **more: Any) -> Settings:
    return Settings(state=tmp_path, smtp_host="127.0.0.1", smtp_port=port, smtp_starttls=False, **more)


def test_a_mail_server_receives_text_and_html(mailbox: tuple[Mailbox, int], tmp_path: Path) -> None:
    box, port = mailbox
    make_mailer(smtp(tmp_path, port, mail_from="Aglais <hub@example.org>")).send(MAIL, to="ann@example.org", now=NOW)
    ((to, content),) = box.received
    assert to == ["ann@example.org"]
    message = email.message_from_bytes(content, policy=policy.default)
    assert (message["From"], message["To"], message["Subject"]) == (
        "Aglais <hub@example.org>",
        "ann@example.org",
        "Confirm",
    )
    text = message.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "http://hub.example/c?a=1&b=2" in text
    html = message.get_body(("html",)).get_content()  # type: ignore[union-attr]
    assert "Hello &lt;you&gt;," in html
    assert 'href="http://hub.example/c?a=1&amp;b=2"' in html


def test_what_a_mail_says_of_an_address_leads_there() -> None:
    said = Mail(subject="Changed", paragraphs=["Hello.", "<Not> you? Go to http://hub.example/r?a=1&b=2, now."])
    html = said.message(sender="hub@example.org", to="ann@example.org", now=NOW).get_body(("html",))
    assert html is not None
    there = re.escape("http://hub.example/r?a=1&amp;b=2")
    assert re.search(f'&lt;Not&gt; you[?] Go to <a [^>]*href="{there}"[^>]*>{there}</a>, now', html.get_content())


def test_an_address_that_the_server_refuses_is_the_callers_fault(mailbox: tuple[Mailbox, int], tmp_path: Path) -> None:
    mailer = make_mailer(smtp(tmp_path, mailbox[1]))
    with pytest.raises(InvalidValueError, match="does not take"):
        mailer.send(MAIL, to="nobody@example.org", now=NOW)
    with pytest.raises(ServiceDownError):
        mailer.send(MAIL, to="later@example.org", now=NOW)


def test_a_server_without_encryption_gets_nothing_where_encryption_is_asked_for(
    mailbox: tuple[Mailbox, int], tmp_path: Path
) -> None:
    settings = smtp(tmp_path, mailbox[1]).model_copy(update={"smtp_starttls": True})
    with pytest.raises(ServiceDownError):
        make_mailer(settings).send(MAIL, to="ann@example.org", now=NOW)
    assert mailbox[0].received == []


def test_no_mail_server_at_all_is_a_part_that_is_down(tmp_path: Path) -> None:
    with pytest.raises(ServiceDownError, match="can't be sent"):
        make_mailer(smtp(tmp_path, 1)).send(MAIL, to="ann@example.org", now=NOW)


def test_without_a_mail_server_the_mail_lies_in_a_folder_for_the_owner_only(tmp_path: Path) -> None:
    make_mailer(Settings(state=tmp_path)).send(MAIL, to="ann@example.org", now=NOW)
    (file,) = (tmp_path / "mail").iterdir()
    assert file.name.startswith("20260608T090000-ann@example.org-")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert b"http://hub.example/c?a=1&b=2" in file.read_bytes()


@pytest.mark.parametrize("address", ["a@b\nBcc: c@d", "a..b@example.org", "../../etc/passwd@x", "@", ".@.", "å@ü.org"])
def test_odd_addresses_never_leave_the_folder_or_the_header(tmp_path: Path, address: str) -> None:
    try:
        make_mailer(Settings(state=tmp_path)).send(MAIL, to=address, now=NOW)
    except InvalidValueError:
        return
    (file,) = (tmp_path / "mail").iterdir()
    message = email.message_from_bytes(file.read_bytes(), policy=policy.default)
    assert message["Bcc"] is None


def test_a_domain_of_any_letters_is_written_as_every_server_knows_it(
    mailbox: tuple[Mailbox, int], tmp_path: Path
) -> None:
    mailer = make_mailer(smtp(tmp_path, mailbox[1]))
    for domain in ("bücher.example", "straße.example", "例え.example"):
        mailer.send(MAIL, to=f"ann@{domain}", now=NOW)
    received = [(to, email.message_from_bytes(content)["To"]) for to, content in mailbox[0].received]
    plain = ["xn--bcher-kva.example", "xn--strae-oqa.example", "xn--r8jz45g.example"]
    assert received == [([f"ann@{domain}"], f"ann@{domain}") for domain in plain]


def test_an_address_of_letters_that_the_server_does_not_know_is_given_up(tmp_path: Path) -> None:
    """Tried again and again, it would be as foreign to it as at first."""
    box = Mailbox()
    controller = FreePortController(box, hostname="127.0.0.1", port=0, enable_SMTPUTF8=False)
    controller.start()
    try:
        with pytest.raises(InvalidValueError, match="does not take"):
            make_mailer(smtp(tmp_path, controller.port)).send(MAIL, to="jörg@example.org", now=NOW)
    finally:
        controller.stop()

"""Mail: through a mail server, or without one as ``.eml`` files in a folder."""

from __future__ import annotations

import logging
import os
import re
import secrets
import smtplib
import ssl
from dataclasses import dataclass, field
from email.errors import MessageError
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from html import escape
from typing import TYPE_CHECKING, Protocol

from aglais_hub.accounts.rules import postal_address
from aglais_hub.errors import InvalidValueError, ServiceDownError

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from aglais_hub.settings import Settings

__all__ = ["FolderMailer", "Letter", "Mail", "Mailer", "SmtpMailer", "check_address", "make_mailer", "new_reference"]

log = logging.getLogger(__name__)

TIMEOUT_SECONDS = 15

# What ends a sentence is no part of it.
ADDRESS = re.compile(r"""(https?://[^\s<>"]*[^\s<>".,;:!?)])""")

TYPED = "Or type this code where you were asked for it:"


# What an attribute can't say: colours for the dark. Mail readers that know no style sheets keep the light ones.
STYLE = """
:root { color-scheme: light dark }
@media (prefers-color-scheme: dark) {
  body { background: #17181b !important }
  .card { background: #1f2125 !important; border-color: #34363b !important; color: #e9e6e3 !important }
  .button { background: #86a6d8 !important; color: #12151b !important }
  .link { color: #86a6d8 !important }
  .code { background: #17181b !important; border-color: #34363b !important }
  .small { color: #a8a29d !important }
  .line { border-color: #34363b !important }
}
"""


@dataclass(frozen=True)
class Letter:
    """What somebody is to be told by mail: paragraphs, a table of ``rows`` and a ``link``, its label and its address.

    The table and the link stand behind the first paragraph.
    """

    subject: str
    paragraphs: list[str]
    rows: list[list[str]] = field(default_factory=list)
    link: list[str] = field(default_factory=list)


class Mail:
    """A mail of some paragraphs, a table, at most one link and one code to type, as text and as plain HTML."""

    def __init__(
        self,
        *,
        subject: str,
        paragraphs: list[str],
        rows: list[list[str]] | None = None,
        link: tuple[str, str] | None = None,
        code: str = "",
    ) -> None:
        """``link`` is its label and its address; after the first paragraph come ``rows``, the link and the code."""
        self.subject = subject
        self.paragraphs = paragraphs
        self.rows = rows or []
        self.link = link
        self.code = code
        self.reference = new_reference()
        """What tells this mail from all others, also where it is sent twice: the first part of its Message-ID."""

    def message(self, *, sender: str, to: str, now: datetime) -> EmailMessage:
        """The message that travels; raises ``InvalidValueError`` for an address that no header can hold."""
        message = EmailMessage()
        try:
            message["From"] = sender
            message["To"] = postal_address(to)
            message["Subject"] = self.subject
            message["Date"] = format_datetime(now)
            message["Message-ID"] = f"<{self.reference}@{parseaddr(sender)[1].partition('@')[2] or 'localhost'}>"
            # No answers from holiday robots.
            message["Auto-Submitted"] = "auto-generated"
            message.set_content(self._text())
            message.add_alternative(self._html(), subtype="html")
        except (ValueError, MessageError, IndexError) as error:
            raise InvalidValueError("This is no address that mail can be sent to.", field="email") from error
        return message

    def _text(self) -> str:
        first, *rest = self.paragraphs
        rows = ["\n".join(f"    {row[0]}\n        {', '.join(row[1:])}" for row in self.rows)] if self.rows else []
        link = [f"    {self.link[1]}"] if self.link else []
        code = [f"{TYPED}\n\n    {self.code}"] if self.code else []
        return "\n\n".join([first, *rows, *link, *code, *rest]) + "\n"

    def _html(self) -> str:
        first, *rest = (f'<p style="margin:0 0 14px">{_linked(text)}</p>' for text in self.paragraphs)
        button = code = ""
        rows = _table(self.rows) if self.rows else ""
        if self.link:
            label, address = map(escape, self.link)
            button = (
                f'<p style="margin:0 0 14px"><a class="button" href="{address}" style="display:inline-block;'
                "padding:10px 18px;border-radius:6px;background:#3b5b92;color:#ffffff;text-decoration:none;"
                f'font-weight:600">{label}</a></p>'
                '<p class="small" style="margin:0 0 14px;color:#6b645e;font-size:13px;word-break:break-all">'
                f"{address}</p>"
            )
        if self.code:
            code = (
                f'<p style="margin:0 0 14px">{escape(TYPED)}<br><span class="code" style="display:inline-block;'
                "margin-top:6px;padding:6px 12px;border:1px solid #e6e0db;border-radius:6px;background:#f7f5f3;"
                f'font:600 18px/1.4 ui-monospace,Menlo,Consolas,monospace">{escape(self.code)}</span></p>'
            )
        return (
            '<!doctype html><html lang="en"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">'
            f"<title>{escape(self.subject)}</title><style>{STYLE}</style></head>"
            '<body style="margin:0;padding:24px 12px;background:#f7f5f3">'
            '<div class="card" style="max-width:520px;margin:0 auto;padding:20px 24px 6px;background:#ffffff;'
            "border:1px solid #e6e0db;border-radius:8px;color:#28221f;word-break:break-word;"
            f"font:15px/1.5 system-ui,'Helvetica Neue',Arial,sans-serif\">{first}{rows}{button}{code}{''.join(rest)}"
            "</div></body></html>\n"
        )


def _linked(text: str) -> str:
    """A paragraph whose addresses can be followed."""
    parts = [escape(part) for part in ADDRESS.split(text)]
    parts[1::2] = [f'<a class="link" href="{part}" style="color:#3b5b92">{part}</a>' for part in parts[1::2]]
    return "".join(parts)


def _table(rows: list[list[str]]) -> str:
    """Rows of two lines: the first cell says most, and the others stand small under it. So a narrow screen has room."""
    line = "padding:6px 0;border-top:1px solid #e6e0db;word-break:break-word"
    lines = "".join(
        f'<div class="line" style="{line}"><strong>{escape(row[0])}</strong><br>'
        f'<span class="small" style="color:#6b645e;font-size:13px">{escape(", ".join(row[1:]))}</span></div>'
        for row in rows
    )
    return f'<div style="margin:0 0 14px">{lines}</div>'


def new_reference() -> str:
    """What tells a mail from all others."""
    return secrets.token_hex(16)


def check_address(address: str, now: datetime) -> None:
    """Raise ``InvalidValueError`` for an address that no header can hold."""
    Mail(subject="-", paragraphs=["-"]).message(sender="nobody@localhost", to=address, now=now)


class Mailer(Protocol):
    """Sends mail."""

    def send(self, mail: Mail, *, to: str, now: datetime) -> None:
        """Hand a mail over; raises ``ServiceDownError``, and ``InvalidValueError`` for an address that is refused."""
        ...


class SmtpMailer:
    """Sends through a mail server."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def send(self, mail: Mail, *, to: str, now: datetime) -> None:
        message = mail.message(sender=self._settings.mail_from, to=to, now=now)
        try:
            self._deliver(message)
        except smtplib.SMTPRecipientsRefused as refused:
            code = next(iter(refused.recipients.values()))[0]
            if 500 <= code < 600:
                raise _not_taken() from refused
            raise _not_sent() from refused
        except (smtplib.SMTPException, OSError) as error:
            # The class says enough; the text may hold what the server was told.
            log.warning("Mail can't be sent through %s: %s", self._settings.smtp_host, type(error).__name__)
            raise _not_sent() from error

    def _deliver(self, message: EmailMessage) -> None:
        settings = self._settings
        with smtplib.SMTP(settings.smtp_host, settings.smtp_port, timeout=TIMEOUT_SECONDS) as server:
            if settings.smtp_starttls:
                server.starttls(context=ssl.create_default_context())
            if settings.smtp_user:
                password = settings.smtp_password.get_secret_value() if settings.smtp_password else ""
                server.login(settings.smtp_user, password)
            try:
                server.send_message(message)
            except smtplib.SMTPNotSupportedError as error:
                # The address has other than ASCII letters, and the server knows only those.
                raise _not_taken() from error


class FolderMailer:
    """Writes each mail into a folder: for a platform without a mail server."""

    def __init__(self, folder: Path, sender: str) -> None:
        self._folder = folder
        self._sender = sender

    def send(self, mail: Mail, *, to: str, now: datetime) -> None:
        message = mail.message(sender=self._sender, to=to, now=now)
        stem = re.sub(r"[^A-Za-z0-9@._-]", "_", to)[:80]
        name = f"{now:%Y%m%dT%H%M%S}-{stem}-{secrets.token_hex(3)}.eml"
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Under another name first, so that whoever watches the folder never reads half a mail.
            draft = self._folder / f".{name}.part"
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(message.as_bytes())
            draft.rename(self._folder / name)
        except OSError as error:
            log.warning("Mail can't be written into %s: %s", self._folder, error.strerror)
            raise _not_sent() from error


def make_mailer(settings: Settings) -> Mailer:
    """The mailer that the settings ask for."""
    if settings.smtp_host:
        return SmtpMailer(settings)
    return FolderMailer(settings.state_folder / "mail", settings.mail_from)


def _not_taken() -> InvalidValueError:
    return InvalidValueError("The mail server does not take this address.", field="email")


def _not_sent() -> ServiceDownError:
    return ServiceDownError("The mail can't be sent right now.", help="Try again in a few minutes.")

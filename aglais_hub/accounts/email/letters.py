"""What the mails say. Each is short, says why it came, and what to do where it should not have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aglais_hub.accounts.email.mail import Letter, Mail

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta

    from aglais_hub.accounts.tables import MailRow

__all__ = ["LETTER", "compose"]

LETTER = "letter"
"""A mail that another feature has written."""


def compose(row: MailRow, *, url: str, code: str, lifetime: timedelta | None) -> Mail:
    """The mail that a row stands for; ``url`` is the platform's, ``code`` what it brings for ``lifetime``."""
    return _LETTERS[row.kind](row, url, code, _words(lifetime))


def _confirm(row: MailRow, url: str, code: str, lifetime: str) -> Mail:
    address = (row.link or f"{url}hub/confirm/CODE").replace("CODE", code)
    if row.account is not None:
        return Mail(
            subject="Confirm your address for Aglais",
            paragraphs=[
                f"Somebody, hopefully you, adds this address to the account {row.account} at Aglais. Confirm it:",
                f"Link and code count for {lifetime}.",
                "If it wasn't you, do nothing: the account is somebody else's, and without them it stays as it is.",
            ],
            link=("Confirm my address", address),
            code=code,
        )
    return Mail(
        subject="Confirm your address for Aglais",
        paragraphs=[
            "Somebody, hopefully you, registered at Aglais with this address. Confirm it to open your account:",
            f"Link and code count for {lifetime}.",
            "If it wasn't you, do nothing: without them there is no account.",
        ],
        link=("Confirm my address", address),
        code=code,
    )


def _known(_row: MailRow, url: str, _code: str, _lifetime: str) -> Mail:
    return Mail(
        subject="You have an account at Aglais already",
        paragraphs=[
            "Somebody, hopefully you, entered this address at Aglais. It has an account; log in to it as ever:",
            f"If you have forgotten its password, choose a new one at {url}hub/reset",
            "If it wasn't you, do nothing: your account and its password are as they were.",
        ],
        link=("Log in", f"{url}hub/login"),
    )


def _reset(_row: MailRow, url: str, code: str, lifetime: str) -> Mail:
    return Mail(
        subject="Choose a new password for Aglais",
        paragraphs=[
            "Somebody, hopefully you, has forgotten the password of your account at Aglais. Choose a new one:",
            f"The link counts once, for {lifetime}.",
            "If it wasn't you, do nothing: your password is as it was.",
        ],
        link=("Choose a new password", f"{url}hub/reset?code={code}"),
    )


def _changed(_row: MailRow, url: str, _code: str, _lifetime: str) -> Mail:
    return Mail(
        subject="Your password at Aglais was changed",
        paragraphs=[
            "The password of your account at Aglais is a new one, and every other browser is logged out.",
            f"If it wasn't you, take your account back with another password: {url}hub/reset",
        ],
    )


def _address(row: MailRow, url: str, code: str, lifetime: str) -> Mail:
    return Mail(
        subject="Confirm your new address for Aglais",
        paragraphs=[
            f"The account of {row.other} at Aglais is to have this address from now on. Confirm it:",
            f"The link counts for {lifetime}.",
            "If you don't know of it, do nothing: without the link the address stays as it is.",
        ],
        link=("Use this address", f"{url}hub/address?code={code}"),
    )


def _stop(row: MailRow, url: str, code: str, lifetime: str) -> Mail:
    return Mail(
        subject="Your address at Aglais is about to change",
        paragraphs=[
            f"Somebody who knows your password asked that your account has the address {row.other} instead.",
            "If it was you, do nothing. If it wasn't, stop it with the link above and choose a new password.",
            f"The link counts for {lifetime}, also when the address has changed already.",
        ],
        link=("Stop it", f"{url}hub/stop?code={code}"),
    )


def _farewell(row: MailRow, _url: str, _code: str, _lifetime: str) -> Mail:
    return Mail(
        subject="Your account at Aglais is deleted",
        paragraphs=[
            f"The account {row.other} is deleted, with its files, bookings and keys. None of it can be brought back.",
            "If you have pasted a key that was generated for it elsewhere, at GitHub for instance, remove it there.",
            "This is the last mail to this address. Thank you for having been there.",
        ],
    )


def _letter(row: MailRow, _url: str, _code: str, _lifetime: str) -> Mail:
    letter = Letter(**(row.letter or {}))
    return Mail(
        subject=letter.subject,
        paragraphs=letter.paragraphs,
        rows=letter.rows,
        link=(letter.link[0], letter.link[1]) if letter.link else None,
    )


def _invited(row: MailRow, url: str, code: str, lifetime: str) -> Mail:
    return Mail(
        subject="You are invited to Aglais",
        paragraphs=[
            "Whoever runs Aglais has invited you to open an account. Register with this link:",
            *([row.display] if row.display else []),
            f"The link counts for {lifetime}; register with this address or another, by any of the ways offered there.",
            "If you don't know of it, do nothing: without the link there is no account.",
        ],
        link=("Register", f"{url}hub/register?invitation={code}"),
    )


def _opened(_row: MailRow, url: str, code: str, lifetime: str) -> Mail:
    return Mail(
        subject="You have an account at Aglais",
        paragraphs=[
            "Whoever runs Aglais has opened an account for this address. Choose a password to log in with:",
            f"The link counts once, for {lifetime}; after that, ask for another at {url}hub/reset",
            "If you don't want it, do nothing.",
        ],
        link=("Choose a password", f"{url}hub/reset?code={code}"),
    )


_LETTERS: dict[str, Callable[[MailRow, str, str, str], Mail]] = {
    "confirm": _confirm,
    "known": _known,
    "reset": _reset,
    "changed": _changed,
    "address": _address,
    "stop": _stop,
    LETTER: _letter,
    "farewell": _farewell,
    "invited": _invited,
    "opened": _opened,
}


def _words(lifetime: timedelta | None) -> str:
    hours = max(1, round(lifetime.total_seconds() / 3600)) if lifetime else 0
    if hours >= 48:
        return f"{round(hours / 24)} days"
    return "an hour" if hours == 1 else f"{hours} hours"

"""What the mails say. Each is short, says why it came, and what to do where it should not have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aglais_hub.accounts.email.mail import Mail

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta

    from aglais_hub.accounts.tables import MailRow

__all__ = ["compose"]


def compose(row: MailRow, *, url: str, code: str, lifetime: timedelta | None) -> Mail:
    """The mail that a row stands for; ``url`` is the platform's, ``code`` what it brings for ``lifetime``."""
    return _LETTERS[row.kind](row, url, code, _words(lifetime))


def _confirm(row: MailRow, url: str, code: str, lifetime: str) -> Mail:
    address = (row.link or f"{url}hub/confirm/CODE").replace("CODE", code)
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


_LETTERS: dict[str, Callable[[MailRow, str, str, str], Mail]] = {
    "confirm": _confirm,
    "known": _known,
    "reset": _reset,
    "changed": _changed,
    "address": _address,
    "stop": _stop,
}


def _words(lifetime: timedelta | None) -> str:
    hours = max(1, round(lifetime.total_seconds() / 3600)) if lifetime else 0
    if hours >= 48:
        return f"{round(hours / 24)} days"
    return "an hour" if hours == 1 else f"{hours} hours"

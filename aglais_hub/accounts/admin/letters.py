"""What people are written when an admin keeps them out, and when they are let in again."""

from __future__ import annotations

from aglais_hub.accounts.email.mail import Letter

__all__ = ["resumed", "suspended"]


def suspended(name: str, *, reason: str, keeps_bookings: bool, contact: str) -> Letter:
    """A letter to the owner of an account that is suspended; ``contact`` is whom to ask, as far as that is known."""
    bookings = (
        "Your bookings stay, and can't be used meanwhile." if keeps_bookings else "What you had booked was given back."
    )
    return Letter(
        subject="Your account at Aglais is suspended",
        paragraphs=[
            f"Whoever runs Aglais has suspended your account {name}. The reason given:",
            "Until it is let in again nobody can log in. A lab that was running has saved what was open, and stopped.",
            f"{bookings} Your files stay as they are: nothing is deleted while your account is suspended.",
            f"Ask {contact or 'whoever runs this platform'} about it.",
        ],
        rows=[[reason]],
    )


def resumed(name: str, *, url: str) -> Letter:
    """A letter to the owner of an account that is let in again; ``url`` is the platform's."""
    return Letter(
        subject="Your account at Aglais is open again",
        paragraphs=[
            f"Your account {name} is no longer suspended. Log in as ever:",
            "Your files are as they were. Your next lab starts under a booking that you still have, or a new one.",
        ],
        link=["Log in", f"{url}hub/login"],
    )

"""The trail of changes: what was done to an account, by whom, and through what; in the change's own transaction.

One line does it, in whichever service makes a change::

    record(session, now, "ann", "key added", after={"name": "laptop", "fingerprint": "SHA256:…"})

Who acts is known of the request. ``before`` and ``after`` say what is told of the change, and never hold a secret.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aglais_hub.accounts.admin.tables import ChangeRow
from aglais_hub.web.acting import HUB_PARTS, acting

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

__all__ = ["record", "way"]


def way(kind: str, label: str) -> dict[str, str]:
    """A way into an account, as the trail tells of it."""
    return {"way": kind, "label": label}


def record(
    session: Session,
    now: datetime,
    account: str,
    what: str,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    note: str = "",
) -> None:
    """Enter a change into the trail of ``account``; ``what`` is some words of at most 40 characters.

    ``before`` and ``after`` are plain JSON. ``note`` is for admins alone.
    """
    actor = acting()
    through = "page" if actor.name == HUB_PARTS else actor.through
    by = actor.name if actor.name != HUB_PARTS else ""
    session.add(
        ChangeRow(
            at=now,
            account=account,
            by=by or (account if through != "platform" else ""),
            through=through,
            what=what,
            before=dict(before) if before else None,
            after=dict(after) if after else None,
            note=note,
        )
    )
    session.flush()

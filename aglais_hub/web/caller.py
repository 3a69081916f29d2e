"""Who is calling, and what their token allows.

Callers are JupyterHub tokens. The hub says whose a token is and which scopes it has; the answer is kept for a few
seconds, so a revoked token stops counting within that time.
"""

from __future__ import annotations

import hashlib
import re
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Depends, Request

from aglais_hub.errors import ForbiddenError, UnauthenticatedError
from aglais_hub.web.acting import Actor, acts
from aglais_hub.web.scopes import ADMIN, HELPDESK, OWN_SCOPES, SCOPE, USER_SCOPES

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from aglais_hub.web.acting import Through
    from aglais_hub.web.hub import Hub

__all__ = ["Caller", "Callers", "needs"]

KEPT_SECONDS = 10
KEPT_TOKENS = 10_000

_TOKEN = re.compile(r"[\x21-\x7e]{1,1000}\Z")
"""What may be a token of the hub's; anything else is not even sent there."""


@dataclass(frozen=True)
class Caller:
    """A user or a service of the hub, with the custom scopes of the token it came with."""

    name: str
    scopes: frozenset[str]

    @property
    def is_admin(self) -> bool:
        return ADMIN in self.scopes

    @property
    def runs_accounts(self) -> bool:
        """Whether everyone's account, but for admins', is the caller's business."""
        return self.is_admin or HELPDESK in self.scopes

    def may(self, scope: str) -> bool:
        """Whether the token has ``scope``, named without its ``custom:aglais:``."""
        is_of_helpdesk = scope in ("accounts:read", "accounts:write") and HELPDESK in self.scopes
        return self.is_admin or SCOPE + scope in self.scopes or is_of_helpdesk

    def check_owner(self, account: str) -> None:
        """Raise ``ForbiddenError`` unless the caller is ``account`` or an admin."""
        if self.name != account and not self.is_admin:
            raise _not_yours()

    def check_account(self, account: str) -> None:
        """Raise ``ForbiddenError`` unless the caller is ``account``, or one whose business all accounts are."""
        if self.name != account and not self.runs_accounts:
            raise _not_yours()


class Callers:
    """Finds the caller of a token, by asking the hub."""

    def __init__(self, hub: Hub, has_ended: Callable[[str], bool] = lambda _name: False) -> None:
        """``has_ended`` says whether an account's time is over: then its tokens are as unknown ones."""
        self._hub = hub
        self._has_ended = has_ended
        self._kept: OrderedDict[bytes, tuple[float, Caller | None]] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, token: str) -> Caller | None:
        """The caller, or ``None``; raises ``ServiceDownError`` when the hub does not answer."""
        key = hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
        with self._lock:
            until, caller = self._kept.get(key, (0.0, None))
        # The monotonic clock: this is the age of a copy, not a time that anything is decided by.
        if until > time.monotonic():
            return caller
        model = self._hub.whoami(token)
        # A service of the hub's may be called as somebody's account is, and has nothing to do with it.
        if model is not None and model.get("kind") != "service" and self._has_ended(model["name"]):
            model = None
        caller = None if model is None else Caller(name=model["name"], scopes=_custom(model["name"], model["scopes"]))
        with self._lock:
            self._kept[key] = (time.monotonic() + KEPT_SECONDS, caller)
            while len(self._kept) > KEPT_TOKENS:
                self._kept.popitem(last=False)
        return caller

    def forget(self, account: str) -> None:
        """Ask anew of every token of an account: it may be suspended now, or be let in again.

        Whose a token is that did not count is not known, so of these too. Other processes do so within seconds.
        """
        with self._lock:
            self._kept = OrderedDict(
                (key, kept) for key, kept in self._kept.items() if kept[1] is not None and kept[1].name != account
            )


def _custom(name: str, scopes: list[str]) -> frozenset[str]:
    """The custom scopes of a token. One that is narrowed (``!user=…``) counts only where it says what we say anyway."""
    found = set()
    for scope in scopes:
        plain, _, narrowed = scope.partition("!")
        own = narrowed == f"user={name}" or narrowed.startswith(f"server={name}/")
        said_anyway = own and plain.removeprefix(SCOPE) in (*USER_SCOPES, *OWN_SCOPES)
        if plain.startswith(SCOPE) and (not narrowed or said_anyway):
            found.add(plain)
    return frozenset(found)


def needs(scope: str) -> Callable[[Request, Caller], Coroutine[Any, Any, Caller]]:
    """A dependency that gives the ``Caller`` and makes sure that its token has ``scope``.

    Raises ``UnauthenticatedError`` (401), ``ForbiddenError`` (403) or ``ServiceDownError`` (503).
    """

    # Not in a thread of its own: what is said of the actor here is known to the handler.
    async def caller_with_scope(request: Request, caller: Annotated[Caller, Depends(_caller)]) -> Caller:
        if not caller.may(scope):
            raise ForbiddenError(
                f"This token lacks the scope {SCOPE}{scope}.", help="Use a token that has it, or ask an admin."
            )
        # Who opens accounts and checks passwords does it for the person at the page.
        acts(Actor("", "page") if scope == "accounts:login" else Actor(caller.name, _through(request)))
        return caller

    return caller_with_scope


def _caller(request: Request) -> Caller:
    token = _header_token(request) or request.app.state.cookie_token(request)
    caller = request.app.state.callers.find(token) if token else None
    if caller is None:
        raise UnauthenticatedError(
            "No token, or one that the hub does not know.",
            help="Log in, or send 'Authorization: token …' with a token from /hub/token.",
        )
    found: Caller = caller
    return found


def _through(request: Request) -> Through:
    if _header_token(request) is None:
        return "page"
    return "cli" if request.headers.get("aglais-through") == "cli" else "api"


def _not_yours() -> ForbiddenError:
    return ForbiddenError("This belongs to another account.", help="Ask an admin, or use your own.")


def _header_token(request: Request) -> str | None:
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if kind.lower() in ("token", "bearer") and _TOKEN.match(token.strip()) else None

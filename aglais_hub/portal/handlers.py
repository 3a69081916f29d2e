"""The web pages under ``/services/aglais/``, over the same REST API as everyone else's."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, FastAPI, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from aglais_hub.errors import AglaisError, ForbiddenError, NotFoundError
from aglais_hub.portal import STATIC
from aglais_hub.portal.headers import HEADERS
from aglais_hub.portal.pages import is_built, page, trouble_page
from aglais_hub.portal.session import PREFIX, PortalSession

if TYPE_CHECKING:
    from collections.abc import Callable

    from aglais_hub.web.caller import Caller

__all__ = ["add_pages", "router"]

router = APIRouter(prefix=PREFIX.rstrip("/"), include_in_schema=False)

API = f"{PREFIX}api/"

NOT_A_RUNNER = ForbiddenError(
    "Accounts are run by admins.", help="Your own is under your name, above. An admin can make you one of them."
)


@router.get("")
@router.get("/")
def home() -> RedirectResponse:
    """The pages begin with the bookings."""
    return _to(f"{PREFIX}bookings")


@router.get("/oauth_callback")
def oauth_callback(
    request: Request,
    code: Annotated[str, Query(max_length=200)] = "",
    state: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """Where the hub sends a browser that has logged in."""
    session = _session(request)
    token, following = session.finish_login(request, code=code, state=state)
    answer = _to(following)
    session.admit(request, answer, token=token, state=state)
    return answer


@router.get("/bookings")
@router.get("/bookings/{booking}")
def bookings(request: Request, booking: str = "") -> Response:
    """The calendar, one's bookings, and the editor of one of them."""
    return _drawn(request, "bookings")


@router.get("/account")
def account(request: Request) -> RedirectResponse:
    """One's account is a page of the hub's, which knows the ways in and the browser's sessions."""
    return _to(f"{_session(request).hub}account")


@router.get("/archive")
def archive(request: Request) -> Response:
    """The archive of whoever is logged in; others go and log in."""
    session = _session(request)
    token = session.token_from_cookie(request)
    caller = request.app.state.callers.find(token) if token else None
    if caller is None:
        return _to_login(request, session)
    return _to(f"{API}accounts/{quote(caller.name, safe='')}/archive")


@router.get("/decisions")
def decisions(request: Request) -> Response:
    """The latest decisions."""
    return _drawn(request, "decisions", title="Decisions")


@router.get("/decisions/{decision}")
def decision(request: Request, decision: str) -> Response:
    """Why a request was accepted or refused."""
    return _drawn(request, "decisions", title="Why?", of=decision)


@router.get("/capacity")
def capacity(request: Request) -> Response:
    """The clusters, and what is granted to them over time."""
    return _drawn(request, "capacity", title="Capacity", shows="capacity")


@router.get("/clusters/{name}")
def cluster(request: Request, name: str) -> Response:
    """A cluster, its grants, and its editor."""
    return _drawn(request, "capacity", title=name, shows="cluster", of=name)


@router.get("/resources/{grant}")
def grant(request: Request, grant: str) -> Response:
    """A grant or blackout, and its editor."""
    return _drawn(request, "capacity", title="Grant", shows="grant", of=grant)


@router.get("/accounts")
def accounts(request: Request) -> Response:
    """Everyone's accounts, for whoever runs them."""
    return _drawn(request, "accounts", title="Accounts", shows="accounts", for_runners=True)


@router.get("/accounts/{name}")
def one_account(request: Request, name: str) -> Response:
    """An account: what it has, its editor, and who changed what."""
    return _drawn(request, "accounts", title=name, shows="account", of=name, for_runners=True)


@router.get("/workshops")
def workshops(request: Request) -> Response:
    """Workshops: open, coming to their end, over."""
    return _drawn(request, "accounts", title="Workshops", shows="workshops", for_runners=True)


@router.get("/workshops/{name}")
def one_workshop(request: Request, name: str) -> Response:
    """A workshop: its accounts, who has come, and its cards."""
    return _drawn(request, "accounts", title=name, shows="workshop", of=name, for_runners=True)


@router.get("/invitations")
def invitations(request: Request) -> Response:
    """Who is invited."""
    return _drawn(request, "accounts", title="Invitations", shows="invitations", for_runners=True)


@router.get("/import")
def import_accounts(request: Request) -> Response:
    """Accounts from a document, tried before they are made."""
    return _drawn(request, "accounts", title="Import", shows="import", for_runners=True)


@router.get("/policy")
def policy(request: Request) -> Response:
    """What each level of accounts may have."""
    return _drawn(request, "accounts", title="What you may have", shows="policy")


def _to(address: str) -> RedirectResponse:
    return RedirectResponse(address, 302, headers=HEADERS)


def _to_login(request: Request, session: PortalSession) -> Response:
    answer = _to("")
    answer.headers["Location"] = session.login_url(request, answer, following=_address(request))
    return answer


def _drawn(request: Request, bundle: str, *, title: str = "", for_runners: bool = False, **told: str) -> Response:
    """The page that ``bundle`` draws for whoever is logged in, ``told`` what it is to show; others go and log in.

    One ``for_runners`` is for those alone whose business everyone's account is.
    """
    session = _session(request)
    token = session.token_from_cookie(request)
    caller = request.app.state.callers.find(token) if token else None
    if token is None or caller is None:
        return _to_login(request, session)
    standing = _standing(request, caller)
    if for_runners and not caller.runs_accounts:
        return trouble_page(hub=session.hub, status=403, error=NOT_A_RUNNER, user=caller.name, **standing)
    if not is_built(bundle):
        return page("unbuilt.html", hub=session.hub, status=503, user=caller.name, here=bundle, **standing)
    config = {
        "api": API,
        "user": caller.name,
        "account": standing,
        "grants": caller.may("resources:write"),
        "lab": f"{session.hub}spawn",
        "xsrf": session.xsrf(token),
        **told,
    }
    template = "bookings.html" if bundle == "bookings" else "drawn.html"
    return page(
        template,
        hub=session.hub,
        config=config,
        user=caller.name,
        here=bundle,
        bundle=bundle,
        title=title,
        shows=told.get("shows"),
        **standing,
    )


def add_pages(app: FastAPI) -> None:
    """Add the pages, their files, and errors in HTML for whoever asked for a page."""
    session = PortalSession.from_environment(os.environ, public_url=app.state.settings.url)
    app.state.portal_session = session
    app.state.cookie_token = session.token_from_cookie
    app.include_router(router)
    app.mount(f"{PREFIX}static", _CachedFiles(directory=STATIC), name="static")
    for kind in (AglaisError, HTTPException, Exception):
        app.exception_handlers[kind] = _in_html(session, app.exception_handlers.get(kind))


class _CachedFiles(StaticFiles):
    """Files that browsers keep for good where the address names their version."""

    def file_response(
        self, full_path: Any, stat_result: os.stat_result, scope: Any, status_code: int = 200
    ) -> Response:
        answer = super().file_response(full_path, stat_result, scope, status_code)
        is_versioned = b"v=" in scope.get("query_string", b"")
        answer.headers["Cache-Control"] = "public, max-age=31536000, immutable" if is_versioned else "no-cache"
        answer.headers["X-Content-Type-Options"] = "nosniff"
        return answer


def _in_html(session: PortalSession, in_json: Any) -> Callable[[Request, Exception], Any]:
    async def handle(request: Request, error: Exception) -> Response:
        if in_json is not None:
            answer = in_json(request, error)
            found: Response = await answer if hasattr(answer, "__await__") else answer
        else:
            found = Response(status_code=500)
        if not _wants_page(request):
            return found
        known = error if isinstance(error, AglaisError) else None
        return await run_in_threadpool(_trouble, request, session, found, known)

    return handle


def _trouble(request: Request, session: PortalSession, found: Response, error: AglaisError | None) -> HTMLResponse:
    answer = trouble_page(hub=session.hub, status=found.status_code, error=error, **_viewer(request, session))
    for name in ("allow", "retry-after"):
        if name in found.headers:
            answer.headers[name] = found.headers[name]
    return answer


def _viewer(request: Request, session: PortalSession) -> dict[str, Any]:
    """Who looks at a page, for the bar on top; nobody where that can't be told."""
    token = session.token_from_cookie(request)
    try:
        caller = request.app.state.callers.find(token) if token else None
        return {"user": caller.name, **_standing(request, caller)} if caller else {}
    except Exception:
        # It is about something that failed: what fails once more does not hide it.
        return {}


def _wants_page(request: Request) -> bool:
    path = request.url.path
    return path.startswith(PREFIX) and not path.startswith((API, f"{PREFIX}static/")) and request.method == "GET"


def _session(request: Request) -> PortalSession:
    session: PortalSession = request.app.state.portal_session
    return session


def _standing(request: Request, caller: Caller) -> dict[str, Any]:
    try:
        level = request.app.state.accounts.get(caller.name).level
    except NotFoundError:
        # Known to the hub only: an account that an admin made there.
        level = 1
    return {"level": level, "admin": caller.is_admin, "runs": caller.runs_accounts}


def _address(request: Request) -> str:
    # Only path and query: a page of ours, never another site.
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")

"""A spawner that starts no server without a booking. It asks the services, and translates what they answer.

What each method may raise: ``start`` raises ``BookingRefused`` or ``ServicesDown``, both of which JupyterHub takes
for refusals, or whatever the real spawner's ``start`` raises. ``stop`` raises what the real one raises. ``poll``,
``options_form`` and ``run_post_stop_hook`` never raise.
"""

from __future__ import annotations

import asyncio
import os
import time
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, TypeVar

from jupyterhub.spawner import Spawner
from jupyterhub.utils import maybe_future, url_path_join
from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from traitlets import Unicode, default

from aglais_hub.client import AsyncClient
from aglais_hub.errors import AglaisError, InvalidValueError, ServiceDownError
from aglais_hub.wire.bookings import Phase
from aglais_spawner.choices import find_choices
from aglais_spawner.environment import booking_environment, size_of
from aglais_spawner.listening import wait_until_listens
from aglais_spawner.refusals import BookingRefused, ServicesDown

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from aglais_hub.wire.bookings import Booking
    from aglais_hub.wire.packages import PackageSize
    from aglais_spawner.choices import Choices

__all__ = ["BookingSpawnerMixin"]

# Less than JupyterHub waits before it answers that a start is under way.
_ANSWER_SECONDS = 8.0
# Less than it waits before it looks whether a server has died that was started.
_EAGER_SECONDS = 8.0
_FIRST_RETRY_SECONDS = 1.0
_LAST_RETRY_SECONDS = 60.0
# A little more than a lab's pages are given to save.
_SAVING_SECONDS = 9.0
_CONNECT_SECONDS = 2.0

Answer = TypeVar("Answer")

_clients: dict[tuple[str, str], AsyncClient] = {}


class _Farewell(NamedTuple):
    """What the services are told of a server's end; ``since`` is when it was gone, where that was no one's doing."""

    booking_id: str
    fault: str = ""
    since: float = 0.0


class BookingSpawnerMixin(Spawner):
    """Put before a real spawner: ``class MySpawner(BookingSpawnerMixin, KubeSpawner)``.

    ``booking`` is the one the server runs under, and ``size`` how it is divided; ``refusal`` is why the last start was
    refused.
    """

    services_url = Unicode(help="Address of the services' API.").tag(config=True)
    services_token = Unicode(help="Token with the scope custom:aglais:sessions:write.").tag(config=True)

    booking: Booking | None = None
    booking_id = ""
    size: PackageSize
    refusal: BookingRefused | ServicesDown | None = None
    session_environment: dict[str, str]
    user_options: dict[str, Any]

    # One for each account whose server has ended by itself: why, in words.
    _notices: ClassVar[dict[str, str]] = {}
    # One for each account: the task that still has to tell the services of a server's end.
    _farewells: ClassVar[dict[str, asyncio.Task[None]]] = {}
    # False once the services have refused: then there is nothing to tell them at the end.
    _may_hold_a_session = True
    # Whether the booking was made for this start, and whether it is to end with it.
    made_for_this_start = False
    gives_time_back = False
    # Why the server is gone where that is not its holder's doing, and since when by the monotonic clock.
    _fault = ""
    _gone_since = _start_asked = 0.0

    def __init__(self, **kwargs: Any) -> None:
        self.session_environment = {}
        super().__init__(**kwargs)

    @default("services_url")
    def _services_url_default(self) -> str:
        return os.environ.get("AGLAIS_API_URL", "")

    @default("services_token")
    def _services_token_default(self) -> str:
        return os.environ.get("AGLAIS_API_TOKEN", "")

    @default("options_form")
    def _options_form_default(self) -> Any:
        return BookingSpawnerMixin.show_choices

    @default("options_from_form")
    def _options_from_form_default(self) -> Any:
        # What "simple" stands for in a configuration; a default is not translated.
        return self._simple_options_from_form

    @default("apply_user_options")
    def _apply_user_options_default(self) -> Any:
        # `start` looks at them; without this, JupyterHub warns that nobody does.
        return lambda spawner, options: None

    @property
    def client(self) -> AsyncClient:
        """The hub's connection to the services."""
        key = (self.services_url, self.services_token)
        if key not in _clients:
            _clients[key] = AsyncClient(*key, timeout=_ANSWER_SECONDS)
        return _clients[key]

    @property
    def account(self) -> str:
        """Whose server this is."""
        name: str = self.user.name
        return name

    @property
    def notice(self) -> str:
        """Why the account's last server has ended, where it was not asked to; empty otherwise."""
        return self._notices.get(self.account, "")

    @notice.setter
    def notice(self, words: str) -> None:
        self._notices[self.account] = words

    async def show_choices(self) -> Choices:
        """The form that starts a server: what it shows, or any page as HTML. Never raises."""
        return await find_choices(self.client, self.account, self.user.user_info)

    async def start(self) -> Any:
        """Start the server under the account's booking for now, or under one that is made for it."""
        self.refusal = None
        self.gives_time_back = self.made_for_this_start = False
        self._fault = ""
        self._notices.pop(self.account, None)
        await self._end_farewell()
        asked, self._start_asked = datetime.now(UTC), time.monotonic()
        eager_until = asyncio.get_running_loop().time() + _EAGER_SECONDS
        self.booking = await self._begin_session()
        self.booking_id = self.booking.id
        self.made_for_this_start = self.booking.created >= asked
        await self.prepare(self.booking)
        where = await super().start()
        await wait_until_listens(where, eager_until)
        return where

    async def prepare(self, booking: Booking) -> None:
        """Make ready what the server needs under ``booking``, before it starts."""
        package = await self._translated(self.client.package(booking.package)) if booking.package else None
        self.size = size_of(booking, package)
        self.session_environment = {
            **booking_environment(booking, self.size),
            "AGLAIS_API_URL": self.services_url,
        }

    async def overcommit(self, booking: Booking) -> Decimal:
        """By how much less is guaranteed than what is booked: the cluster's factor, where the booking is shared."""
        if booking.sharing != "shared":
            return Decimal(1)
        return (await self._translated(self.client.cluster(booking.cluster))).overcommit

    def get_env(self) -> dict[str, str]:
        return {**super().get_env(), **self.session_environment}

    async def poll(self) -> int | None:
        """As the real spawner says; where it can't say, the server is taken to run. Never raises."""
        try:
            status: int | None = await super().poll()
        except Exception:
            self.log.exception("Could not tell whether %s runs; taking it to run", self._log_name)
            return None
        return status

    def load_state(self, state: dict[str, Any]) -> None:
        super().load_state(state)
        self.booking_id = state.get("booking", "")

    def get_state(self) -> dict[str, Any]:
        state: dict[str, Any] = super().get_state()
        if self.booking_id:
            state["booking"] = self.booking_id
        return state

    async def stop(self, now: bool = False) -> None:
        await super().stop(now)

    async def let_save(self) -> None:
        """Have what is open in the lab's pages saved, within seconds; a lab that does not answer goes without.

        Never raises.
        """
        if self.server is None or not self.api_token:
            return
        request = HTTPRequest(
            url_path_join(self.server.url, "aglais/save"),
            method="POST",
            body="",
            headers={"Authorization": f"token {self.api_token}"},
            connect_timeout=_CONNECT_SECONDS,
            request_timeout=_SAVING_SECONDS,
        )
        try:
            await AsyncHTTPClient().fetch(request)
        except Exception as error:
            # It may have died, or never have got ready.
            self.log.info("The lab of %s could not be asked to save: %s", self._log_name, error)

    def blame_platform(self, why: str, since: float) -> None:
        """The server is gone ``since`` then, by the monotonic clock, and it is not its holder's doing."""
        if not self._fault:
            self._fault, self._gone_since = why, since

    async def run_post_stop_hook(self) -> None:
        """Tell the services that the server has ended, however it did; JupyterHub calls this after every end.

        Where they don't answer, go on telling them in the background. Never raises.
        """
        try:
            # JupyterHub gives what the hook gives: nothing, where there is no hook.
            await maybe_future(super().run_post_stop_hook())
        except Exception:
            self.log.exception("post_stop_hook of %s failed", self._log_name)
        if not self._may_hold_a_session:
            return
        farewell = _Farewell(self.booking_id, self._fault, self._gone_since)
        self.booking_id = self._fault = ""
        if not await self._farewell(farewell):
            await self._end_farewell()
            self._farewells[self.account] = asyncio.create_task(self._keep_saying_farewell(farewell))
        elif self.gives_time_back and farewell.booking_id:
            await self._give_time_back(farewell.booking_id)

    async def _begin_session(self) -> Booking:
        options, self.user_options = self.user_options or {}, {}
        # JupyterHub would use the options of this start for every later one that names none. Committed at once, as the
        # end of any other request takes back what is not.
        self.orm_spawner.user_options = {}
        self.db.commit()
        self._may_hold_a_session = True
        package, duration, booking = (options.get(name) or None for name in ("package", "duration", "booking"))
        for name, value in (("package", package), ("duration", duration), ("booking", booking)):
            if value is not None and not isinstance(value, str):
                error = InvalidValueError(f"The {name} is given as text.", field=name)
                raise self._refused(error)
        return await self._translated(
            self.client.start_session(self.account, package, duration=duration, booking=booking)
        )

    async def _translated(self, answer: Awaitable[Answer]) -> Answer:
        try:
            return await answer
        except AglaisError as error:
            if 400 <= error.status < 500 and error.status not in (401, 403):
                raise self._refused(error) from None
            # Among them 401 and 403: it is the hub that lacks a right, not the person.
            self.refusal = ServicesDown(error)
            raise self.refusal from None

    def _refused(self, error: AglaisError) -> BookingRefused:
        self._may_hold_a_session = bool(self.booking_id)
        token = getattr(self.handler, "xsrf_token", b"") or b""
        self.refusal = BookingRefused(
            error,
            offer_url=f"{self.hub.base_url}offer",
            xsrf=token.decode() if isinstance(token, bytes) else str(token),
        )
        return self.refusal

    async def _farewell(self, said: _Farewell) -> bool:
        """Tell the services once; says whether that is settled. Without an id, asks which booking was running."""
        gone = f"PT{max(0, int(time.monotonic() - said.since))}S" if said.fault else None
        try:
            ids = [said.booking_id] if said.booking_id else await self._running_bookings()
            for found in ids:
                await self.client.stop_session(found, fault=said.fault, gone=gone)
        except ServiceDownError:
            return False
        except AglaisError as error:
            # The services know better, as when the booking has ended by itself.
            self.log.info("The session of %s was over: %s", self._log_name, error.message)
        return True

    async def _give_time_back(self, booking_id: str) -> None:
        try:
            await self.client.cancel(booking_id)
        except AglaisError as error:
            # Nobody comes for it, so it ends by itself before long.
            self.log.warning("The booking of %s could not be ended: %s", self._log_name, error.message)

    async def _running_bookings(self) -> list[str]:
        page = await self.client.bookings(account=self.account, phase=[Phase.PREPARING, Phase.RUNNING])
        return [booking.id for booking in page.rows]

    async def _keep_saying_farewell(self, farewell: _Farewell) -> None:
        seconds = _FIRST_RETRY_SECONDS
        while True:
            await asyncio.sleep(seconds)
            attempt = asyncio.ensure_future(self._farewell(farewell))
            try:
                settled = await asyncio.shield(attempt)
            except asyncio.CancelledError:
                # A start waits for a farewell under way, so as not to be overtaken by it.
                await asyncio.wait([attempt])
                raise
            if settled:
                return
            seconds = min(2 * seconds, _LAST_RETRY_SECONDS)

    async def _end_farewell(self) -> None:
        task = self._farewells.pop(self.account, None)
        if task is not None:
            task.cancel()
            await asyncio.wait([task])

"""KubeSpawner where the API server may be away: it is waited for, and what could not be removed is removed later.

KubeSpawner's own way is to end the hub after a minute without an answer, and at once where there is none as it starts:
then nobody reaches a page, though all labs go on.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, ClassVar

from aiohttp import ClientError
from jupyterhub.utils import maybe_future
from kubernetes_asyncio.client.rest import ApiException
from kubespawner import KubeSpawner
from kubespawner.objects import make_namespace
from kubespawner.spawner import PodReflector

from aglais_spawner.kube_api import MADE_BY_SPARK, SESSION_KINDS
from aglais_spawner.kube_objects import SESSION

if TYPE_CHECKING:
    from aglais_spawner.kube_api import Namespace

__all__ = ["PatientKubeSpawner"]

# Kubernetes puts it into every namespace, and puts it back.
_NOT_OURS = "metadata.name!=kube-root-ca.crt"

_ANSWER_SECONDS = 30
_AGAIN_SECONDS = 1
_FIRST_SECONDS = 3
_LAST_AGAIN_SECONDS = 60


class PatientPods(PodReflector):
    """The pods as they were last heard of. ``silent_since`` is when the API server stopped answering, or 0."""

    silent_since = 0.0

    async def _list_and_update(self, resource_version: str | None = None) -> Any:
        while True:
            try:
                async with asyncio.timeout(_ANSWER_SECONDS):
                    found = await super()._list_and_update(resource_version)
            except (ApiException, ClientError, OSError, TimeoutError) as error:
                if isinstance(error, ApiException) and 0 < (error.status or 0) < 500:
                    raise  # it answers
                if not self.silent_since:
                    self.silent_since = time.monotonic()
                    self.log.warning("The API server does not answer: %r", error)
            else:
                if self.silent_since:
                    self.log.warning("The API server was silent for %i s", time.monotonic() - self.silent_since)
                self.silent_since = 0.0
                return found
            resource_version = "0"
            await asyncio.sleep(_AGAIN_SECONDS)


class PatientKubeSpawner(KubeSpawner):
    """Knows its pods as they were last heard of, and removes all of a session after it, even if that takes a while."""

    # One for each account: the task that has still to remove what its last session left.
    _removals: ClassVar[dict[str, asyncio.Task[None]]] = {}

    # The namespaces in which no session has left anything, and the one that was made ready for this start.
    _clean: ClassVar[set[str]] = set()
    _ready_namespace = ""

    # What makes the list of pods that all spawners share.
    _watching: ClassVar[asyncio.Future[Any] | None] = None
    _watching_since: ClassVar[float] = 0.0

    @property
    def _objects(self) -> Namespace:
        raise NotImplementedError

    def _pod(self) -> dict[str, Any] | None:
        """The server's pod as the cluster was last heard to have it."""
        reflector = self.pod_reflector
        return None if reflector is None else reflector.pods.get(f"{self.namespace}/{self.pod_name}")

    async def _ensure_namespace(self) -> None:
        """``prepare`` does it while it asks the services; KubeSpawner asks for it once more."""
        if self._ready_namespace == self.namespace:
            return
        said = self._expand_all(self.user_namespace_labels), self._expand_all(self.user_namespace_annotations)
        if await self._objects.make(make_namespace(self.namespace, *said)):
            self._clean.add(self.namespace)
        self._ready_namespace = self.namespace

    def _is_unheard_of(self) -> bool:
        """Whether the API server does not answer."""
        return bool(getattr(self.pod_reflector, "silent_since", 0.0))

    async def _start_watching_pods(self, replace: bool = False) -> Any:
        """Raises ``TimeoutError`` where the API server has not answered yet; it is waited for, and known of then."""
        watching = PatientKubeSpawner._watching
        if watching is None or watching.done() or replace:
            labels, everywhere = {"component": self.component_label}, self.enable_user_namespaces
            watching = PatientKubeSpawner._watching = asyncio.ensure_future(
                self._start_reflector(
                    kind="pods", reflector_class=PatientPods, labels=labels, omit_namespace=everywhere, replace=replace
                )
            )
            PatientKubeSpawner._watching_since = time.monotonic()
        patience = max(0.0, PatientKubeSpawner._watching_since + _FIRST_SECONDS - time.monotonic())
        if not (await asyncio.wait([watching], timeout=patience))[0]:
            raise TimeoutError("the API server has not answered since the hub was started")
        return watching.result()

    async def run_post_stop_hook(self) -> None:
        """Remove what the session left in the account's namespace; go on where that can't be done now. Never raises."""
        await self._end_removal()
        if not await self._remove_session():
            self._removals[self.user.name] = asyncio.create_task(self._keep_removing())
        # JupyterHub gives what the hook gives: nothing, where there is no hook.
        await maybe_future(super().run_post_stop_hook())

    async def _remove_session(self) -> bool:
        """Remove all of it, the server's pod too where it is still there; says whether that is settled."""
        try:
            await self._objects.remove(*MADE_BY_SPARK, fields=_NOT_OURS)
            await self._objects.remove(*SESSION_KINDS, labels=SESSION)
            self._clean.add(self.namespace)
        except Exception as error:
            self.log.warning("Could not remove all of the session of %s: %r", self._log_name, error)
            return isinstance(error, ApiException) and error.status == 404
        return True

    async def _keep_removing(self) -> None:
        seconds = _AGAIN_SECONDS
        while True:
            await asyncio.sleep(seconds)
            if await self._remove_session():
                del self._removals[self.user.name]
                return
            seconds = min(2 * seconds, _LAST_AGAIN_SECONDS)

    async def _end_removal(self) -> None:
        """From now on, remove no more of the last session."""
        task = self._removals.pop(self.user.name, None)
        if task is not None and not task.done():
            task.cancel()
            await asyncio.wait([task])

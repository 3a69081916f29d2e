"""Servers as pods of a Kubernetes cluster, each held to its booking by the cluster itself."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from aiohttp import ClientError
from kubernetes_asyncio.client.rest import ApiException
from kubespawner.slugs import is_valid_label, safe_slug
from traitlets import Bool, Dict, Enum, Integer, List, TraitError, Unicode, default

from aglais_hub.errors import AglaisError, InvalidValueError
from aglais_lab.spark_sizes import Amount
from aglais_spawner.booking import BookingSpawnerMixin
from aglais_spawner.environment import MIB
from aglais_spawner.kube_api import Namespace
from aglais_spawner.kube_fences import Fences
from aglais_spawner.kube_objects import HUB, SESSION, Identity, labels_of, namespace_annotations, toleration
from aglais_spawner.kube_patience import PatientKubeSpawner
from aglais_spawner.kube_place import pool_terms
from aglais_spawner.kube_plan import Plan, plan_session
from aglais_spawner.kube_pod import PodRules, keep_pod_to_plan
from aglais_spawner.kube_queue import QUEUE_CLASSES, Queue, queue_for, waiting_annotations
from aglais_spawner.kube_words import INTERRUPTED, NO_ANSWER, REMOVED, SILENT, Stage, Trouble, ended, refused, stage_of
from aglais_spawner.refusals import ServerFailed, time_in_words
from aglais_spawner.turns import Turns

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aglais_hub.wire.bookings import Booking

__all__ = ["KubeBookingSpawner"]

_LOOK_SECONDS = 0.5
_POD_SECONDS = 0.02
# More of them wait for each other. What the cluster is asked all at once, it answers too late.
_STARTS_AT_ONCE = 8
# A lab does not wait longer for a group's folder: it starts without.
_FOLDER_SECONDS = 10.0
# Before JupyterHub gives up by itself, and says no more than that.
_GIVE_UP_SECONDS = 3.0


class KubeBookingSpawner(BookingSpawnerMixin, PatientKubeSpawner):
    """Starts JupyterLab as a pod in a namespace of the account's own; everything else is KubeSpawner's.

    What the booking gives is put on the pod last, so no other setting makes it larger. ``start`` may also raise
    ``ServerFailed``, and ``stop`` what the cluster's API raises.
    """

    executors = Bool(
        False,
        help="Whether Spark's workers are pods of their own. Otherwise the server has all of the booking.",
    ).tag(config=True)
    node_cores = Integer(
        0, help="Thousandths of a core that one pod may have: what the smallest node can give. 0: not known."
    ).tag(config=True)
    node_memory = Integer(0, help="MiB that one pod may have: what the smallest node can give. 0: not known.").tag(
        config=True
    )
    images = Dict(help="Image for each package that has one of its own; others have KubeSpawner.image.").tag(
        config=True
    )
    priority_classes = Dict(help="Priority class for each of shared, managed and reserved, where there is one.").tag(
        config=True
    )
    queue_class = Enum(
        QUEUE_CLASSES,
        "",
        help="Whose queues executors wait in for their turn: `kueue`, `yunikorn`, or nobody's.",
    ).tag(config=True)
    queues = Dict(
        help="Queue for each package, or for managed and reserved, whose executors wait in one: a cluster queue of "
        "Kueue's, or a queue of YuniKorn's with its path, as `root.large`. A package's own comes first."
    ).tag(config=True)
    reserved_nodes = Unicode(
        "aglais.hub/nodes=reserved",
        help="Label and taint (NoSchedule and NoExecute) of the nodes that reserved bookings have to themselves. "
        "Empty: none are.",
    ).tag(config=True)
    pool_label = Unicode(
        help="Label of nodes that names their pool, where bookings are counted by pool: pods go to their booking's. "
        "With AGLAIS_KUBERNETES_URL it is AGLAIS_POOL_LABEL. Empty: they go anywhere."
    ).tag(config=True)
    default_pool = Unicode("kubernetes", help="The pool of nodes without that label: AGLAIS_DEFAULT_POOL.").tag(
        config=True
    )
    gpu_resource = Unicode("nvidia.com/gpu", help="What Kubernetes calls a GPU.").tag(config=True)
    home_path = Unicode("/home/jovyan", help="The home in the image; the account's disk is there.").tag(config=True)
    scratch_path = Unicode("/tmp", help="Where the temporary disk is.").tag(config=True)  # noqa: S108
    least_temporary = Integer(1024, help="MiB of temporary disk where the booking has none.").tag(config=True)
    node_lost_seconds = Integer(
        30,
        help="Seconds after which a node that the cluster does not hear of is given up, and its servers can be started "
        "elsewhere. It may come back until then, and everything goes on.",
    ).tag(config=True)
    hub_namespace = Unicode(help="The namespace that the hub and the proxy run in.").tag(config=True)
    blocked_addresses = List(
        ["169.254.169.254/32", "fd00:ec2::254/128"],
        help="Addresses that no session reaches, as networks: a cloud's own, by default.",
    ).tag(config=True)

    groups_path = Unicode(
        "/srv/groups", help="Where the shared folders of groups are; the home has links to them in `shared/`."
    ).tag(config=True)

    node_affinity_required: Any
    plan: Plan | None = None
    session = ""
    _silent_since = 0.0
    # When it was last seen to run, by the monotonic clock.
    _seen_well = 0.0
    _turns: ClassVar[Turns] = Turns(_STARTS_AT_ONCE)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not self.enable_user_namespaces:
            raise TraitError("Quotas count by namespace, so KubeSpawner.enable_user_namespaces has to stay True.")
        self._configured_nodes = self._sorted_dict_values(self.node_affinity_required)

    @default("events_enabled")
    def _events_enabled_default(self) -> bool:
        # A pod's own status says where it is; the cluster's events would be those of everybody.
        return False

    @default("enable_user_namespaces")
    def _enable_user_namespaces_default(self) -> bool:
        return True

    @default("k8s_api_request_timeout")
    def _k8s_api_request_timeout_default(self) -> int:
        # A request that is late may have been done all the same; to ask again undoes it.
        return 10

    @default("user_namespace_labels")
    def _user_namespace_labels_default(self) -> dict[str, str]:
        # No privileged pod and no path of the host's, whoever asks for it. And whose accounts these are, so that an
        # operator can remove them all.
        return {"pod-security.kubernetes.io/enforce": "baseline", HUB: self.hub_namespace}

    @default("container_security_context")
    def _container_security_context_default(self) -> dict[str, Any]:
        return {"capabilities": {"drop": ["ALL"]}}

    @default("pod_security_context")
    def _pod_security_context_default(self) -> dict[str, Any]:
        return {"seccompProfile": {"type": "RuntimeDefault"}}

    @default("hub_namespace")
    def _hub_namespace_default(self) -> str:
        name: str = self._namespace_default()
        return name

    async def start(self) -> Any:
        """Start the server. Where the cluster doesn't, say why as soon as it is known, or else in time."""
        clock = asyncio.get_running_loop().time
        give_up = clock() + self.start_timeout - _GIVE_UP_SECONDS
        # What is made from now on is not what the last session has left.
        await self._end_removal()
        self.session = self._ready_namespace = ""
        starting, fencing = asyncio.ensure_future(super().start()), asyncio.ensure_future(self._fence())
        both = asyncio.gather(starting, fencing)
        try:
            while not (await asyncio.wait([both], timeout=_LOOK_SECONDS))[0]:
                stage = self._stage()
                if stage.is_final or clock() > give_up:
                    raise self._server_failed(stage.trouble, self._raw_status())
            return (await both)[0]
        except ApiException as error:
            raise self._server_failed(refused(error.status, str(error.body)), str(error)) from error
        except (ClientError, TimeoutError) as error:
            raise self._server_failed(NO_ANSWER, f"{type(error).__name__}: {error}") from error
        finally:
            starting.cancel()
            fencing.cancel()
            self._turns.end(self.account)

    async def progress(self) -> AsyncIterator[dict[str, Any]]:
        """Where the start is, in words, as often as it changes."""
        told = ""
        while True:
            stage = self._stage()
            words = f"{stage.message} {self._if_it_lasts()}" if stage.may_last else stage.message
            if words != told:
                told = words
                yield {"progress": stage.progress, "message": words}
            await asyncio.sleep(_LOOK_SECONDS)

    async def poll(self) -> int | None:
        """Never raises. A server whose machine is silent for too long has ended; ``notice`` says why one has."""
        with suppress(Exception):  # what it is, KubeSpawner's own look says in a moment
            await self._start_watching_pods()
        pod = self._pod()
        status = await super().poll()
        trouble = REMOVED if pod is None else ended(pod)
        if not (self.booking_id or self._start_pending):
            # The hub was killed before the start was over, and nobody knows which of the fences are up.
            status, trouble = 1 if status is None else status, INTERRUPTED
        is_silent = status is None and trouble is not None and trouble.is_the_machine
        if is_silent and (self._is_silent_for_long() or self._stop_pending):
            status = 1
        if not is_silent:
            self._silent_since = 0.0
        if status is None and trouble is None:
            self._seen_well = time.monotonic()
        is_asked_for = self._stop_pending or self._start_pending
        if status is not None and trouble is not None and not is_asked_for and not self.notice:
            self.log.warning("The server of %s has ended (%s): %s", self._log_name, trouble.reason, self._raw_status())
            if not trouble.is_own:
                self.blame_platform(trouble.message, self._seen_well or time.monotonic())
            self.notice = f"{trouble.message} {self._booking_stays(gives_back=not trouble.is_own)}"
        return status

    def _is_silent_for_long(self) -> bool:
        now = time.monotonic()
        self._silent_since = self._silent_since or now
        return now - self._silent_since >= self.node_lost_seconds

    async def prepare(self, booking: Booking) -> None:
        if not booking.resources.cores or not booking.resources.memory:
            # To Kubernetes a limit of nothing is no limit.
            raise self._refused(InvalidValueError("A server needs cores and memory.", help="Book some of both."))
        await self._turns.begin(self.account)
        _, overcommit, _ = await asyncio.gather(
            super().prepare(booking), self.overcommit(booking), self._ensure_namespace()
        )
        plan = plan_session(
            booking,
            self.size,
            executors=self.executors,
            overcommit=overcommit,
            node=Amount(self.node_cores, self.node_memory) if self.node_cores and self.node_memory else None,
            least_temporary=self.least_temporary,
        )
        self.take(plan)
        said = namespace_annotations(self.account, self._tolerations())
        is_clean = self.namespace in self._clean
        self._clean.discard(self.namespace)
        fences = self._fences().prepare(said | waiting_annotations(self.queue_class, self._queue()), is_clean=is_clean)
        _, claims = await asyncio.gather(fences, self._folders())
        self.plan = replace(plan, folders=claims)

    async def _folders(self) -> dict[str, str]:
        """The claims of the shared folders of the account's groups, by group; those that can be had by now."""
        give_up = time.monotonic() + _FOLDER_SECONDS
        while True:
            try:
                lent = await self.client.lend_folders(self.account, self.namespace)
            except AglaisError as error:
                self.log.warning("%s starts without the folders of groups: %s", self._log_name, error.message)
                return {}
            if not lent.waits or time.monotonic() > give_up:
                if lent.waits:
                    self.log.warning("%s starts without some folders of groups: no volumes yet", self._log_name)
                return lent.claims
            await asyncio.sleep(_LOOK_SECONDS)

    def take(self, plan: Plan) -> None:
        """Have the next pod made to ``plan``."""
        self.plan = plan
        self.session = f"session-{uuid.uuid4().hex[:12]}"
        self.storage_pvc_ensure = plan.user > 0
        self.storage_capacity = f"{plan.user}Mi"
        if self.pool_label:
            own, pool = self._configured_nodes, plan.cluster
            self.node_affinity_required = pool_terms(own, self.pool_label, pool, self.default_pool)
        server = plan.division.server
        self.session_environment |= {
            "AGLAIS_RESOURCES_SERVER_CORES": f"{server.millicores / 1000:g}",
            "AGLAIS_RESOURCES_SERVER_MEMORY": str(server.memory),
            "CPU_LIMIT": f"{server.millicores / 1000:g}",
            "CPU_GUARANTEE": f"{plan.server_guarantee.millicores / 1000:g}",
            "MEM_LIMIT": str(server.memory * MIB),
            "MEM_GUARANTEE": str(plan.server_guarantee.memory * MIB),
            "AGLAIS_SHARED": self.groups_path,
            # The lab says so, and lets its owner take the files along: a disk can't be put under a home that is in use.
            **({} if plan.user else {"AGLAIS_HOME_GOES": "1"}),
        }

    async def get_pod_manifest(self) -> Any:
        """KubeSpawner's pod, held to the booking."""
        pod = await super().get_pod_manifest()
        if self.plan is not None:
            keep_pod_to_plan(pod, self.plan, self._pod_rules(self.plan))
        return pod

    async def _fence(self) -> None:
        """Put the fences up while the pod of this start is on its way. Without them it does not stay."""
        while (pod := self._pod_of_this_start()) is None:  # noqa: ASYNC110 - KubeSpawner tells nobody when it hears
            await asyncio.sleep(_POD_SECONDS)
        try:
            await self.put_fences_up(pod)
        except Exception:
            await self.stop(now=True)
            raise
        self._turns.end(self.account)

    async def put_fences_up(self, pod: dict[str, Any]) -> None:
        """Around the session of ``pod``, which was just made."""
        await self._fences().put_up(pod)

    def _fences(self) -> Fences:
        assert self.plan is not None  # noqa: S101 - `take` comes first
        return Fences(
            self._objects,
            Identity(self.session, self.namespace, self._labels(self.plan)),
            self.plan,
            gpu=self.gpu_resource,
            hub_namespace=self.hub_namespace,
            blocked=self.blocked_addresses,
            queue=self._queue(),
        )

    def _queue(self) -> Queue | None:
        """Where the session's executors wait for their turn."""
        plan = self.plan
        if plan is None or not plan.division.executors:
            return None
        return queue_for(self.queue_class, self.queues, package=plan.package, sharing=plan.sharing)

    def _pod_of_this_start(self) -> dict[str, Any] | None:
        """The server's pod as the cluster was last heard to have it, but not one that an earlier start has left."""
        pod = self._pod()
        return pod if pod is not None and pod["metadata"].get("labels", {}).get(SESSION) == self.session else None

    def _stage(self) -> Stage:
        return SILENT if self._is_unheard_of() else stage_of(self._pod_of_this_start())

    def _raw_status(self) -> str:
        """For the log: what Kubernetes itself says."""
        return json.dumps((self._pod() or {}).get("status", {}))

    def _server_failed(self, trouble: Trouble, cause: str) -> ServerFailed:
        # The pages and the API show all of the exception.
        self.log.warning("The server of %s does not start (%s): %s", self._log_name, trouble.reason, cause)
        self.gives_time_back = self.made_for_this_start
        what = "Its booking is ended, so none of its time is lost."
        if not self.gives_time_back:
            what = self._booking_stays(gives_back=not trouble.is_own)
        if not trouble.is_own:
            self.blame_platform(trouble.message, self._start_asked)
        again = "Try again in a minute; where that does not help, tell an admin."
        return ServerFailed(trouble.message, help=f"{what} {again}", reason=trouble.reason)

    def _if_it_lasts(self) -> str:
        then = "its booking ended, so that no time is lost" if self.made_for_this_start else "your booking stays yours"
        return f"If it lasts longer than {self.start_timeout} s, the start is given up, and {then}."

    def _booking_stays(self, *, gives_back: bool) -> str:
        then = "the time without a lab is added to its end, unless somebody else has booked it"
        if self.booking is None:
            return f"Where your booking goes on, you can start it again{f', and {then}' if gives_back else ''}."
        return f"Your booking stays yours until {time_in_words(self.booking.until)}{f'; {then}' if gives_back else ''}."

    @property
    def _objects(self) -> Namespace:
        return Namespace(self.namespace, seconds=self.k8s_api_request_retry_timeout)

    def _reserved_nodes(self) -> tuple[str, str] | None:
        """Label and value of the nodes that the session has to itself, if it has any."""
        label, _, value = self.reserved_nodes.partition("=")
        return (label, value) if label and self.plan is not None and self.plan.sharing == "reserved" else None

    def _tolerations(self) -> list[dict[str, Any]]:
        """Those of the operator's, and of nodes that the booking has a right to."""
        own = [] if (nodes := self._reserved_nodes()) is None else [toleration(*nodes)]
        if self.plan is not None and self.plan.gpus:
            # Kubernetes gives it to who asks for GPUs.
            own.append({"key": self.gpu_resource, "operator": "Exists", "effect": "NoSchedule"})
        return [*self.tolerations, *own]

    def _pod_rules(self, plan: Plan) -> PodRules:
        return PodRules(
            labels=self._labels(plan),
            service_account=self.session,
            image=self.images.get(plan.package, ""),
            priority_class=self.priority_classes.get(plan.sharing, ""),
            nodes=self._reserved_nodes(),
            gpu=self.gpu_resource,
            claim=self.pvc_name,
            home=self.home_path,
            scratch=self.scratch_path,
            volumes=self._expand_all(self._sorted_dict_values(self.volumes)),
            mounts=self._expand_all(self._sorted_dict_values(self.volume_mounts)),
            groups=self.groups_path,
            affinity=self._sorted_dict_values(self.node_affinity_required),
            queue=self._queue(),
        )

    def _labels(self, plan: Plan) -> dict[str, str]:
        account = safe_slug(self.account, is_valid=is_valid_label)
        return labels_of(plan, session=self.session, account=account)

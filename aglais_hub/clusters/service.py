"""Keeps what is granted equal to what a cluster's nodes give, and what runs there equal to what is on record."""

from __future__ import annotations

import logging
import threading
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple, Protocol
from uuid import UUID, uuid5

from aglais_hub.clusters.audit import compare, orphans, owners, read_held
from aglais_hub.clusters.rules import Counting, Node, Pod, pools_of, read_node, read_pod
from aglais_hub.errors import ConflictError, ServiceDownError
from aglais_hub.loop import Loop
from aglais_hub.wire.nodes import Audit, Finding, NodeRows, PoolRow
from aglais_hub.wire.nodes import Node as NodeView
from aglais_hub.wire.resources import Resources

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from aglais_hub.clock import Clock
    from aglais_hub.clusters.kubernetes import Kubernetes
    from aglais_hub.clusters.vouching import Vouching
    from aglais_hub.wire.bookings import Booking
    from aglais_hub.wire.resources import Grant

__all__ = ["NodeService", "Others", "grant_of"]

log = logging.getLogger(__name__)

BY = "clusters"
"""Who makes these grants, for the record."""

_GRANTS = UUID("0b3c6a52-3f0e-4f0c-9d5c-6f1f3a0e8f11")

Which = tuple[str, str]
"""A finding's kind and name."""


def grant_of(cluster: str) -> str:
    """The id of the grant that a cluster's nodes give: always the same, so that none is ever made twice."""
    return str(uuid5(_GRANTS, cluster))


class Granting(Protocol):
    """What is asked of grants."""

    def kept(self, grant_id: Callable[[str], str]) -> dict[str, Grant]: ...

    def keep(
        self, grant_id: str, cluster: str, capacity: Resources, by: str, *, note: str, cancel: bool = False
    ) -> Grant: ...

    def short(self, grant_id: str, cluster: str, capacity: Resources, by: str) -> list[Booking]: ...


class Sessions(Protocol):
    """What is asked of sessions."""

    def live(self) -> list[Booking]: ...


class Accounts(Protocol):
    """What is asked of accounts."""

    def gone(self, names: Collection[str]) -> set[str]: ...


class Servers(Protocol):
    """What is asked of the hub."""

    def servers(self) -> dict[str, str]: ...

    def stop_server(self, account: str) -> None: ...


class Others(NamedTuple):
    """The services that this one works with."""

    grants: Granting
    sessions: Sessions
    accounts: Accounts
    hub: Servers


class NodeService:
    """One Kubernetes cluster, whose pools of nodes are clusters of the timeline.

    What it has seen it keeps in memory alone: each process looks for itself, and grants are entered so that it does
    not matter how many do. Without ``api`` no cluster is followed.
    """

    def __init__(
        self,
        api: Kubernetes | None,
        others: Others,
        vouching: Vouching,
        *,
        clock: Clock,
        counting: Counting,
        every: float,
        grace: timedelta,
        tidy: Callable[[], None] = lambda: None,
    ) -> None:
        """``tidy`` puts in order what else there is of ours on the cluster, at each look."""
        self._api = api
        self._others = others
        self._clock = clock
        self._counting = counting
        self._every = every
        self._vouching = vouching
        self._grace = grace
        self._tidy = tidy
        self._looking = threading.Lock()
        self._seen = NodeRows(read=None, every=round(every) if api else 0, clusters=[], nodes=[])
        self._names: set[str] = set()
        self._ready: dict[str, datetime] = {}
        self._suspects: set[Which] = set()
        self._loop = Loop("look at the nodes", self._look, every=every, waits="The cluster waits", at_once=True)

    # ---- by the clock

    def start(self) -> None:
        """Begin to look in a thread of its own, where there is a cluster."""
        if self._api is not None:
            self._loop.start()

    def stop(self) -> None:
        """End the thread, where there is one; returns once it has ended."""
        self._loop.stop()
        if self._api is not None:
            self._api.close()

    def _look(self) -> None:
        try:
            self.look()
        except ServiceDownError as error:
            if error.message != self._seen.because:
                log.warning("The cluster is looked at again soon. %s", error.message)
            self._seen = self._seen.model_copy(update={"because": error.message})

    def look(self) -> None:
        """What the timer does: grant what the nodes give, and repair what two looks in a row have found amiss."""
        self.read(apply=True)
        # Not what accounts have left: what is lost for good waits for somebody who says so.
        found = self._running()
        amiss: set[Which] = {(one.kind, one.name) for one in found}
        self._repair([one for one in found if (one.kind, one.name) in amiss & self._suspects])
        self._suspects = amiss
        self._tidy()

    # ---- what others ask

    def seen(self) -> NodeRows:
        """What the last look saw; where there was none yet, look now."""
        if self._api is not None and self._seen.read is None:
            try:
                return self.read()
            except ServiceDownError as error:
                return self._seen.model_copy(update={"because": error.message})
        because = self._vouching.unverified()
        rows = [row.model_copy(update={"because": because.get(row.cluster, "")}) for row in self._seen.clusters]
        return self._seen.model_copy(update={"clusters": rows, "because": self._vouching.lost or self._seen.because})

    def read(self, *, apply: bool = False, only: str | None = None, cancel: bool = False) -> NodeRows:
        """Read the nodes, and with ``apply`` grant what they give, cancelling what is in the way only with ``cancel``.

        With ``only``, nothing is granted or cancelled on any other cluster. Raises ``ConflictError`` where no cluster
        is followed, ``ServiceDownError`` where it does not answer.
        """
        with self._looking:
            self._follow(self._others.grants.kept(grant_of))
            nodes, pods = self._nodes_and_pods()
            pools = pools_of(map(self._counted, nodes), pods, self._counting)
            rows = []
            granted = self._others.grants.kept(grant_of)
            for name in sorted(pools.keys() | granted.keys()):
                pool = pools.get(name)
                gives = pool.gives.resources(pool.servers) if pool else Resources()
                have = granted[name].resources if name in granted else Resources()
                does = apply and only in (None, name)
                hit = self._settle(name, gives, have, apply=does, cancel=cancel)
                has = gives if does and not hit else have
                rows.append(PoolRow(cluster=name, gives=gives, granted=has, hit=hit))
            self._follow([row.cluster for row in rows])
            self._seen = self._seen.model_copy(
                update={
                    "read": self._clock.now(),
                    "clusters": rows,
                    "nodes": [_node_view(node) for node in nodes],
                    "because": "",
                }
            )
        return self.seen()

    def audit(self, *, repair: bool = False) -> Audit:
        """What on the cluster does not agree with the records; with ``repair`` it is made to, as each one's help says.

        Raises as ``read`` does.
        """
        found = self._find(self._running, self._left)
        if repair:
            # Once more: what was on its way to agree does by now.
            again = {(one.kind, one.name) for one in self._find(self._running, self._left)}
            done = self._repair([one for one in found if (one.kind, one.name) in again])
            found = [one.model_copy(update={"repaired": (one.kind, one.name) in done}) for one in found]
        return Audit(at=self._clock.now(), findings=found)

    # ---- the nodes

    def _follow(self, names: Iterable[str]) -> None:
        self._names = set(names)
        self._vouching.follow(self._names)

    def _cluster(self) -> Kubernetes:
        if self._api is None:
            raise ConflictError("No cluster is followed.", help="Set AGLAIS_KUBERNETES_URL to its API server.")
        return self._api

    def _nodes_and_pods(self) -> tuple[list[Node], list[Pod]]:
        api = self._cluster()
        nodes = [read_node(one, self._counting) for one in api.nodes()]
        pods = self._pods()
        now = self._clock.now()
        self._vouching.answer()
        ready = {node.name for node in nodes if node.state == "ready"}
        self._ready |= dict.fromkeys(ready, now)
        self._ready = {node.name: self._ready[node.name] for node in nodes if node.name in self._ready}
        return nodes, pods

    def _counted(self, node: Node) -> Node:
        """One that was ready a moment ago may be so again in a moment: a restart takes nobody's booking."""
        last = self._ready.get(node.name)
        if node.state == "away" and last is not None and self._clock.now() - last <= self._grace:
            return node._replace(state="ready")
        return node

    def _pods(self) -> list[Pod]:
        pods = [read_pod(one, self._counting.gpu) for one in self._cluster().pods()]
        return [pod for pod in pods if pod is not None]

    def _settle(self, name: str, gives: Resources, have: Resources, *, apply: bool, cancel: bool) -> list[Booking]:
        """Grant what there is; gives the bookings that need more, where there are any."""
        hit: list[Booking] = []
        if gives != have and not apply:
            return self._others.grants.short(grant_of(name), name, gives, BY)
        if gives != have:
            try:
                self._others.grants.keep(grant_of(name), name, gives, BY, note="its nodes", cancel=cancel)
                log.info("%s is granted what its nodes give: %s.", name, gives)
            except ConflictError as error:
                hit = list(error.hit or [])
        self._vouching.settle(name, len(hit))
        return hit

    def erase(self, account: str) -> None:
        """Remove the namespace of an account that is gone, with all that is in it, as its disk.

        Raises ``ServiceDownError`` where the cluster does not answer.
        """
        if self._api is None:
            return
        for one in filter(None, (read_held(thing, namespaced=False) for thing in self._api.namespaces())):
            if one.account == account:
                self._api.delete_namespace(one.title, one.uid)

    # ---- the audit

    def _find(self, *looks: Callable[[], list[Finding]]) -> list[Finding]:
        return [one for look in looks for one in look()]

    def _running(self) -> list[Finding]:
        """The records are read before the pods and after them, since both go on meanwhile."""
        sessions = self._others.sessions
        before = sessions.live()
        pods = self._pods()
        after = sessions.live()
        holders = {booking.account: booking for booking in (*before, *after)}
        known = {booking.id for booking in before}
        steady = [booking for booking in after if booking.id in known and booking.cluster in self._names]
        servers = self._others.hub.servers() if steady else {}
        return compare(pods, holders, steady, servers, self._clock.now())

    def _left(self) -> list[Finding]:
        api = self._cluster()
        volumes = [one for one in (read_held(thing, namespaced=True) for thing in api.volumes()) if one]
        namespaces = [one for one in (read_held(thing, namespaced=False) for thing in api.namespaces()) if one]
        gone = self._others.accounts.gone(owners([*volumes, *namespaces]))
        return orphans(volumes, namespaces, gone)

    def _repair(self, findings: Sequence[Finding]) -> set[Which]:
        """Do what each finding's help says; gives those that it was done to."""
        done: set[Which] = set()
        api = self._cluster()
        for one in findings:
            log.info("Repairing: %s %s. %s", one.kind, one.name, one.message)
            namespace, _, name = one.name.partition("/")
            if one.kind == "pod":
                api.delete_pod(namespace, name, one.uid)
            elif one.kind == "session":
                self._others.hub.stop_server(one.account)
            elif one.kind == "volume":
                api.delete_volume(namespace, name, one.uid)
            elif one.kind == "namespace":
                api.delete_namespace(namespace, one.uid)
            else:
                continue
            done.add((one.kind, one.name))
        return done


def _node_view(node: Node) -> NodeView:
    return NodeView(
        name=node.name,
        cluster=node.pool,
        state=node.state,
        reserved=node.is_reserved,
        resources=node.allocatable.resources(int(node.is_reserved)),
    )

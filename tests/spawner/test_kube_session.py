"""What the spawner asks of a cluster for a session, and in which order. The cluster is a list of what was asked."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from traitlets.config import Config

from aglais_hub.wire.bookings import Booking
from aglais_hub.wire.packages import PackageSize
from aglais_spawner import BookingRefused, KubeBookingSpawner
from aglais_spawner.kube_objects import SESSION
from tests.support.pods import as_json

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from aglais_spawner.kube_objects import Identity

NOON = datetime(2026, 6, 8, 12, tzinfo=UTC)
POD = {"metadata": {"name": "jupyter-ann", "uid": "u1"}, "spec": {}}
KINDS = ("ResourceQuota", "LimitRange", "NetworkPolicy", "Role", "RoleBinding", "ServiceAccount")
FENCES = [
    ("create", "ResourceQuota", "LimitRange", "ResourceQuota"),
    ("owner", "NetworkPolicy", "u1"),
    ("owner", "ServiceAccount", "u1"),
]
RIGHTS = [("create", "Role"), ("create", "RoleBinding")]


class Services:
    """The services: the folders of one account's groups, one cluster with an over-commit of four, and one package."""

    def __init__(self, size: PackageSize, folders: Mapping[str, str]) -> None:
        self._answers = {
            "package": SimpleNamespace(size=size),
            "cluster": SimpleNamespace(overcommit=4),
            "lend_folders": SimpleNamespace(claims=folders, waits=False),
        }

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        async def answer(*_: str) -> Any:
            return self._answers[name]

        return answer


class Cluster:
    """Writes down what it is asked, and refuses it where it is ``down``."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []
        self.down = self.is_new = False
        self.rules: list[dict[str, Any]] = []

    def __call__(self, name: str, *, seconds: float) -> Cluster:
        return self

    def _ask(self, *asked: Any) -> None:
        if self.down:
            raise OSError("nobody answers")
        self.asked.append(asked)

    async def create(self, *manifests: dict[str, Any]) -> None:
        self._ask("create", *(one["kind"] for one in manifests))
        self.rules = next((one["rules"] for one in manifests if one["kind"] == "Role"), self.rules)

    async def create_custom(self, group: str, make: Callable[[str], dict[str, Any]], plural: str) -> None:
        self._ask("custom", group, plural, make("v1beta1"))

    async def annotate(self, annotations: dict[str, str | None]) -> None:
        account, tolerated, *queue = annotations.values()
        self._ask("annotate", account, *(one["key"] for one in json.loads(tolerated or "[]")), *queue)

    async def give_owner(self, kind: str, identity: Identity) -> None:
        assert identity.owner is not None
        self._ask("owner", kind, identity.owner["uid"])

    async def remove(self, *kinds: str, labels: str = "", fields: str = "") -> None:
        self._ask("remove", *kinds, labels or fields)

    async def make(self, namespace: Any) -> bool:
        self._ask("make", namespace.metadata.labels)
        return self.is_new


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Cluster:
    """A cluster in the place of the real one."""
    made = Cluster()
    monkeypatch.setattr("kubespawner.spawner.load_config", lambda **_: None)
    monkeypatch.setattr("aglais_spawner.kube.Namespace", made)
    monkeypatch.setattr(KubeBookingSpawner, "_clean", set())
    return made


def run(cluster: Cluster, story: Callable[[KubeBookingSpawner], Awaitable[None]], **settings: Any) -> None:
    async def told() -> None:
        spawner = KubeBookingSpawner(_mock=True, config=Config(settings.pop("config", {})))
        spawner.api = cluster
        await story(spawner)

    asyncio.run(told())


async def prepare(
    spawner: KubeBookingSpawner,
    monkeypatch: pytest.MonkeyPatch,
    *,
    sharing: str = "managed",
    cores: str = "2",
    folders: Mapping[str, str] | None = None,
    workers: int = 0,
) -> None:
    part = {"cores": cores, "memory": 4096}
    size = PackageSize.model_validate({"notebook": part, "workers": {"count": workers, **part}, "user": 100})
    monkeypatch.setattr(KubeBookingSpawner, "client", Services(size, folders or {}))
    times = dict.fromkeys(("start", "created", "modified"), NOON)
    later = dict.fromkeys(("end", "until"), NOON + timedelta(hours=1))
    named = {"id": "b1", "url": "/b1", "account": "ann", "phase": "RUNNING", "version": 1, "cluster": "pool"}
    what = {"package": "small", "package_version": 1, "sharing": sharing, "resources": size.resources, "spans": []}
    await spawner.prepare(Booking.model_validate({**named, **what, **times, **later}))


@pytest.mark.parametrize("is_new", [False, True])
def test_before_the_pod_there_are_its_namespace_account_and_policy_and_no_leftovers(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch, is_new: bool
) -> None:
    cluster.is_new = is_new

    async def story(spawner: KubeBookingSpawner) -> None:
        await prepare(spawner, monkeypatch)
        namespace, *rest = cluster.asked
        labels = {"pod-security.kubernetes.io/enforce": "baseline", "aglais.hub/hub": "default"}
        assert namespace == ("make", labels)
        tolerated, made, removed = sorted(rest)
        assert not any("aglais" in key for key in tolerated)
        assert made == ("create", "ServiceAccount", "NetworkPolicy")
        kinds = () if cluster.is_new else KINDS
        assert removed == ("remove", *kinds, f"{SESSION},{SESSION}!={spawner.session}")

    run(cluster, story)


@pytest.mark.parametrize(("executors", "rights"), [(False, []), (True, RIGHTS)])
def test_fences_are_up_before_there_are_rights_and_all_of_it_is_the_pod_s(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch, executors: bool, rights: list[Any]
) -> None:
    async def story(spawner: KubeBookingSpawner) -> None:
        await prepare(spawner, monkeypatch, workers=2)
        cluster.asked.clear()
        await spawner.put_fences_up(POD)
        assert sorted(cluster.asked[:3]) == FENCES
        assert cluster.asked[3:] == rights

    run(cluster, story, config={"KubeBookingSpawner": {"executors": executors}})


def test_a_start_is_over_when_its_fences_are_up(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(spawner: KubeBookingSpawner) -> None:
        pods: dict[str, Any] = {"default/jupyter-ann": {**POD, "metadata": {**POD["metadata"], "labels": {}}}}

        async def starts(_: object) -> str:
            await prepare(spawner, monkeypatch)
            cluster.asked.clear()
            prepared.set()
            return "http://there:1"

        prepared = asyncio.Event()
        monkeypatch.setattr("aglais_spawner.booking.BookingSpawnerMixin.start", starts)
        monkeypatch.setattr(KubeBookingSpawner, "_pod", lambda _: pods["default/jupyter-ann"])
        starting = asyncio.ensure_future(spawner.start())
        await asyncio.wait_for(prepared.wait(), 60)
        await asyncio.sleep(0.1)
        # The pod of an earlier start is none to put a fence around.
        assert (starting.done(), cluster.asked) == (False, [])
        pods["default/jupyter-ann"]["metadata"]["labels"] = {SESSION: spawner.session}
        assert await starting == "http://there:1"
        assert sorted(cluster.asked) == FENCES

    run(cluster, story)


def test_a_pod_without_fences_does_not_stay(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    stopped = []

    async def story(spawner: KubeBookingSpawner) -> None:
        async def starts(_: object) -> str:
            await prepare(spawner, monkeypatch)
            cluster.down = True
            labels = {"labels": {SESSION: spawner.session}}
            monkeypatch.setattr(
                KubeBookingSpawner, "_pod", lambda _: {**POD, "metadata": {**POD["metadata"], **labels}}
            )
            return "http://there:1"

        async def stops(_: object, now: bool) -> None:
            stopped.append(now)

        monkeypatch.setattr("aglais_spawner.booking.BookingSpawnerMixin.start", starts)
        monkeypatch.setattr(KubeBookingSpawner, "stop", stops)
        with pytest.raises(OSError, match="nobody answers"):
            await spawner.start()
        assert stopped == [True]

    run(cluster, story)


def queue_settings(queue_class: str) -> dict[str, Any]:
    return {"KubeBookingSpawner": {"executors": True, "queue_class": queue_class, "queues": {"small": "root.small"}}}


def test_a_queue_of_kueue_s_is_the_session_s_only_one_and_all_it_may_do_is_look_at_its_place(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(spawner: KubeBookingSpawner) -> None:
        await prepare(spawner, monkeypatch, workers=2)
        cluster.asked.clear()
        await spawner.put_fences_up(POD)
        (_, group, plural, made), *rights = cluster.asked[3:]
        assert sorted(cluster.asked[:3]) == FENCES
        assert (group, plural, made["apiVersion"]) == ("kueue.x-k8s.io", "localqueues", "kueue.x-k8s.io/v1beta1")
        assert made["spec"] == {"clusterQueue": "root.small"}
        assert made["metadata"]["name"] == spawner.session
        assert made["metadata"]["ownerReferences"][0]["uid"] == "u1"
        assert rights == RIGHTS
        assert cluster.rules[2:] == [
            {
                "apiGroups": ["visibility.kueue.x-k8s.io"],
                "resources": ["localqueues/pendingworkloads"],
                "resourceNames": [spawner.session],
                "verbs": ["get"],
            }
        ]

    run(cluster, story, config=queue_settings("kueue"))


@pytest.mark.parametrize(("workers", "parent"), [(2, "root.small"), (0, None)])
def test_yunikorn_is_told_by_the_namespace_which_queue_it_is(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch, workers: int, parent: str | None
) -> None:
    async def story(spawner: KubeBookingSpawner) -> None:
        await prepare(spawner, monkeypatch, workers=workers)
        annotated = next(asked for asked in cluster.asked if asked[0] == "annotate")
        assert annotated[-2:] == ("false", parent)
        await spawner.put_fences_up(POD)
        assert not any(one[0] == "custom" for one in cluster.asked)
        assert len(cluster.rules) == workers

    run(cluster, story, config=queue_settings("yunikorn"))


def test_a_cluster_that_refuses_a_fence_gives_no_rights(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(spawner: KubeBookingSpawner) -> None:
        await prepare(spawner, monkeypatch)
        cluster.asked.clear()
        cluster.down = True
        with pytest.raises(OSError, match="nobody answers"):
            await spawner.put_fences_up(POD)
        assert cluster.asked == []

    run(cluster, story)


@pytest.mark.parametrize("down", [False, True])
def test_the_end_removes_pods_first_and_never_raises(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch, down: bool
) -> None:
    async def story(spawner: KubeBookingSpawner) -> None:
        await prepare(spawner, monkeypatch)
        cluster.asked.clear()
        cluster.down = down
        spawner._may_hold_a_session = False
        await spawner.run_post_stop_hook()
        kinds = [one[1:-1] for one in cluster.asked]
        assert kinds == ([] if down else [("Pod", "ConfigMap"), KINDS])
        cluster.down = False
        cluster.asked.clear()
        await prepare(spawner, monkeypatch)
        # Only what is not known to be gone is asked for again.
        (removed,) = [one[1:-1] for one in cluster.asked if one[0] == "remove"]
        assert removed == (KINDS if down else ())

    run(cluster, story)


def test_a_shared_booking_is_guaranteed_by_its_cluster_s_factor(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(spawner: KubeBookingSpawner) -> None:
        await prepare(spawner, monkeypatch, sharing="shared")
        assert spawner.plan is not None
        assert (spawner.plan.guarantee.millicores, spawner.plan.limit.millicores) == (500, 2000)

    run(cluster, story)


def test_a_start_mounts_the_folders_of_groups_that_there_are(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(spawner: KubeBookingSpawner) -> None:
        await prepare(spawner, monkeypatch, folders={"astro": "group-astro"}, workers=2)
        made = await as_json(await spawner.get_pod_manifest())
        (claim,) = [one for one in made["spec"]["volumes"] if one["name"].startswith("aglais-group")]
        assert claim["persistentVolumeClaim"] == {"claimName": "group-astro"}
        server = made["spec"]["containers"][0]
        assert {"name": claim["name"], "mountPath": "/srv/groups/astro"} in server["volumeMounts"]
        told = {one["name"]: one.get("value") for one in server["env"]}
        assert told["AGLAIS_SHARED"] == "/srv/groups"
        # Executors have it where the notebook has it.
        assert ("group-astro" in told.get("AGLAIS_EXECUTOR_DISKS", "")) is (spawner.plan.division.executors > 0)

    run(cluster, story)


@pytest.mark.parametrize(("sharing", "tolerated"), [("managed", False), ("reserved", True)])
def test_only_a_reserved_booking_may_go_to_reserved_nodes(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch, sharing: str, tolerated: bool
) -> None:
    async def story(spawner: KubeBookingSpawner) -> None:
        await prepare(spawner, monkeypatch, sharing=sharing)
        (account, *annotated) = next(asked[1:] for asked in cluster.asked if asked[0] == "annotate")
        assert ("aglais.hub/nodes" in annotated) is tolerated
        assert account == spawner.account

    run(cluster, story)


def test_without_cores_nothing_starts_since_no_limit_would_hold_it(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(spawner: KubeBookingSpawner) -> None:
        spawner.handler = None
        with pytest.raises(BookingRefused, match="needs cores and memory"):
            await prepare(spawner, monkeypatch, cores="0")
        assert cluster.asked == []

    run(cluster, story)

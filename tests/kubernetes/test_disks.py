"""Homes and groups' folders on a cluster, in real labs: shared, carried over, moved, read, and gone in the end."""

from __future__ import annotations

import io
import zipfile
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from aglais_hub.clock import SystemClock
from aglais_hub.clusters.errands import Errands
from aglais_hub.clusters.folders import ClusterFolders
from aglais_hub.clusters.homes import ClusterHomes
from aglais_hub.clusters.kubernetes import Kubernetes
from aglais_hub.homes.counting import Amount
from aglais_hub.wire.storage import Order
from tests.kubernetes.conftest import HUB_CONFIG
from tests.support.kubernetes.furniture import PLATFORM
from tests.support.kubernetes.volumes import STORAGE_CLASS
from tests.support.ports import TLS
from tests.support.product import ADMIN_TOKEN, Product, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.kubernetes.cluster import Cluster

pytestmark = [pytest.mark.kubernetes, pytest.mark.live, pytest.mark.timeout(900)]

ACCOUNT = "hub.jupyter.org/username"


class People:
    """Accounts of a platform whose services know the cluster, and what the cluster has of them."""

    def __init__(self, product: Product, cluster: Cluster) -> None:
        self.product, self.admin, self.cluster = product, product.client(), cluster.admin
        self.tokens: dict[str, str] = {}
        self.homes: ClusterHomes
        self.folders: ClusterFolders

    def member(self, label: str, visitor: str = "") -> str:
        """An account for whom a provider knows as ``label``, or the ``visitor``'s that becomes theirs."""
        pending = self.admin.arrive("north", label, label=label).pending
        name = self.admin.open_account(pending, visitor=visitor).name
        self.tokens[name] = self.product.user(name)
        return name

    def visitor(self) -> str:
        name: str = self.admin.try_account().name
        self.tokens[name] = self.product.user(name)
        return name

    def start(self, *names: str) -> None:
        for name in names:
            answer = self.product.start_server(name, package="tiny")
            assert answer.status_code in (201, 202), answer.text

    def stop(self, *names: str) -> None:
        for name in names:
            self.product.stop_server(name)

    def contents(self, method: str, name: str, path: str, **options: Any) -> httpx.Response:
        """A call of a lab's file browser."""
        url = f"{self.product.url}user/{name}/api/contents/{path}"
        headers = {"Authorization": f"token {self.tokens[name]}"}
        return httpx.request(method, url, headers=headers, timeout=60, trust_env=False, verify=TLS, **options)

    def write(self, name: str, path: str, text: str) -> None:
        answer = self.contents("PUT", name, path, json={"type": "file", "format": "text", "content": text})
        assert answer.status_code in (200, 201), answer.text

    def read(self, name: str, path: str) -> str | None:
        answer = self.contents("GET", name, path, params={"type": "file"})
        return answer.json()["content"] if answer.is_success else None

    def namespace(self, name: str) -> str:
        """The account's, empty where there is none any more."""
        found = self.cluster.items("/api/v1/namespaces")
        return next(
            (n["metadata"]["name"] for n in found if n["metadata"].get("annotations", {}).get(ACCOUNT) == name), ""
        )

    def claims(self, namespace: str) -> set[str]:
        path = f"/api/v1/namespaces/{namespace}/persistentvolumeclaims"
        return {one["metadata"]["name"] for one in self.cluster.items(path)}

    def volume(self, namespace: str) -> Path:
        """The folder that is the volume of an account's one disk."""
        (claim,) = self.cluster.items(f"/api/v1/namespaces/{namespace}/persistentvolumeclaims")
        found = self.cluster.items("/api/v1/persistentvolumes")
        (volume,) = [one for one in found if one["metadata"]["name"] == claim["spec"]["volumeName"]]
        return Path(volume["spec"]["hostPath"]["path"])

    def claimed(self) -> set[str]:
        """The namespaces that volumes are for."""
        found = self.cluster.items("/api/v1/persistentvolumes")
        return {one["spec"]["claimRef"]["namespace"] for one in found}

    def lent(self) -> list[str]:
        """The volume objects of loans."""
        found = self.cluster.items("/api/v1/persistentvolumes", labelSelector="aglais.hub/lent")
        return [one["metadata"]["name"] for one in found]

    def archive(self, name: str) -> dict[str, str]:
        headers = {"Authorization": f"token {ADMIN_TOKEN}"}
        url = f"{self.product.url}services/aglais/api/accounts/{name}/archive"
        answer = httpx.get(url, headers=headers, timeout=120, trust_env=False, verify=TLS)
        assert answer.status_code == 200, answer.text
        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            return {one: archive.read(one).decode() for one in archive.namelist()}


@pytest.fixture(scope="module")
def people(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[People]:
    given = request.getfixturevalue("cluster")
    if given.own is None:
        pytest.skip("What is on the disks of the cluster of KUBECONFIG can't be looked at.")
    plane, folder = given.own.control_plane, tmp_path_factory.mktemp("disks")
    config, token = folder / "hub.py", folder / "token"
    config.write_text(HUB_CONFIG)
    token.write_text(plane.token("services"))
    told = {
        "AGLAIS_HUB_CONFIG": str(config),
        "KUBECONFIG": str(given.hub_kubeconfig),
        "AGLAIS_KUBERNETES_URL": plane.url,
        "AGLAIS_KUBERNETES_TOKEN_FILE": str(token),
        "AGLAIS_KUBERNETES_CA_FILE": str(plane.ca),
        "AGLAIS_KUBERNETES_NAMESPACE": PLATFORM,
        "AGLAIS_KUBERNETES_GROUP_CLASS": STORAGE_CLASS,
        "AGLAIS_NODE_SECONDS": "2",
    }
    with Product(folder / "state", told) as running:
        made = People(running, given.own)
        api = Kubernetes(plane.url, token_file=token, ca_file=plane.ca)
        clock = SystemClock()
        errands = Errands(api, PLATFORM, clock)
        made.homes = ClusterHomes(api, errands)
        made.folders = ClusterFolders(
            api, errands, clock=clock, storage_class=STORAGE_CLASS, access="ReadWriteMany", size=1
        )
        size = {"notebook_cores": 0.1, "notebook_memory": 512, "user": 10}
        headers = {"Authorization": f"token {ADMIN_TOKEN}"}
        url = f"{running.url}services/aglais/api/packages/tiny"
        # What visitors may book has a disk here.
        httpx.post(url, headers=headers, json={"name": "tiny", **size}, timeout=60, trust_env=False).raise_for_status()
        made.admin.grant("kubernetes", "2026-01-01", "2036-01-01", user=1000)
        yield made
        api.close()


def test_a_group_shares_a_folder_as_long_as_one_is_in_it(people: People) -> None:
    ann, ben = people.member("ann"), people.member("ben")
    people.admin.create_group("astro", owner=ann)
    people.admin.add_member("astro", ben)
    people.start(ann, ben)
    people.write(ann, "shared/astro/notes.txt", "ours")
    assert people.read(ben, "shared/astro/notes.txt") == "ours"
    assert people.folders.measure("astro") == Amount(files=1, size=1)
    assert people.folders.measure("astro") is None, "a pod is not made each time that somebody looks"
    home = people.claims(people.namespace(ben))
    assert "group-astro" in home
    assert len(home) == 2

    people.admin.remove_member("astro", ben)
    people.stop(ben)
    people.start(ben)
    assert people.read(ben, "shared/astro/notes.txt") is None
    assert people.contents("GET", ben, "shared").status_code == 404, "the link is gone, and the folder that was for it"
    wait_until(lambda: people.claims(people.namespace(ben)) == home - {"group-astro"}, saying="the claim is gone")
    assert people.read(ann, "shared/astro/notes.txt") == "ours"

    people.stop(ann, ben)
    people.admin.delete_group("astro", files="delete")
    wait_until(lambda: "group-astro" not in people.claims(PLATFORM), saying="its own claim is gone")
    wait_until(lambda: people.claims(people.namespace(ann)) & {"group-astro"} == set(), saying="and what was lent")
    wait_until(lambda: people.lent() == [], saying="no volume object is left of it")


def test_a_visitors_files_are_the_members_and_move_into_another_account(people: People) -> None:
    visitor = people.visitor()
    people.start(visitor)
    people.write(visitor, "mine.ipynb", "of the visit")
    assert people.member("cleo", visitor=visitor) == visitor, "the account goes on under its name"
    people.stop(visitor)
    people.start(visitor)
    assert people.read(visitor, "mine.ipynb") == "of the visit"

    dora = people.member("dora")
    headers = {"Authorization": f"token {ADMIN_TOKEN}"}
    merge = {"json": {"into": dora}, "headers": headers, "timeout": 60, "trust_env": False}
    url = f"{people.product.url}services/aglais/api/accounts/{visitor}/merge"
    refused = httpx.post(url, verify=TLS, **merge)
    assert (refused.status_code, refused.json()["error"]["rule"]) == (409, "files")
    assert "no disk of its own yet" in refused.json()["error"]["message"]
    people.start(dora)
    people.write(dora, "mine.ipynb", "of dora")
    assert httpx.post(url, verify=TLS, **merge).status_code == 202
    folder = f"user/{visitor}"
    wait_until(lambda: people.read(dora, f"{folder}/mine.ipynb") == "of the visit", 180, saying="they have moved")
    assert people.read(dora, "mine.ipynb") == "of dora"
    wait_until(lambda: not people.namespace(visitor), 180, saying="nothing is left of the other account")

    mine = {"files/mine.ipynb": "of dora", f"files/{folder}/mine.ipynb": "of the visit"}
    assert mine.items() <= people.archive(dora).items(), "while a lab has the disk"
    people.stop(dora)
    assert mine.items() <= people.archive(dora).items(), "while nobody has"
    wait_until(lambda: people.lent() == [], saying="no loan is left")
    assert people.claims(PLATFORM) == set()
    wait_until(lambda: people.cluster.items(f"/api/v1/namespaces/{PLATFORM}/pods") == [], saying="nor a pod")


def test_an_account_that_ends_leaves_nothing_on_the_cluster(people: People) -> None:
    eve = people.member("eve")
    people.admin.create_group("solo", owner=eve)
    people.start(eve)
    people.write(eve, "shared/solo/a.txt", "1")
    assert people.namespace(eve)
    people.admin.delete_account(eve)
    wait_until(lambda: not people.namespace(eve), 180, saying="its namespace is gone, with lab, disk and all")
    wait_until(lambda: people.lent() == [], saying="and what was lent to it")
    assert people.claims(PLATFORM) == {"group-solo"}, "the group's folder outlives its members"


def test_a_visit_whose_time_is_over_leaves_nothing_on_the_cluster_and_no_row(people: People) -> None:
    name = people.visitor()
    people.start(name)
    people.write(name, "mine.ipynb", "of the visit")
    namespace = people.namespace(name)
    volume = people.volume(namespace)
    assert (volume / "mine.ipynb").exists()
    assert mentioned(people.product.state, name)
    people.admin.set_account(name, expires=datetime.now(UTC) + timedelta(seconds=15))
    wait_until(lambda: not people.namespace(name), 180, saying="its namespace is gone, with lab and disk")
    wait_until(lambda: not volume.exists(), saying="so are its files")
    assert [one for one in people.cluster.items("/api/v1/pods") if one["metadata"]["namespace"] == namespace] == []
    wait_until(lambda: namespace not in people.claimed(), saying="and its volume")
    wait_until(lambda: not mentioned(people.product.state, name), saying="no database knows the name")
    assert people.product.hub("GET", f"users/{name}").status_code == 404


def mentioned(state: Path, name: str) -> list[str]:
    """The databases in which there is a name."""
    found = []
    for file in state.rglob("*.sqlite*"):
        # A journal goes with its transaction.
        with suppress(FileNotFoundError):
            if name.encode() in file.read_bytes():
                found.append(file.name)
    return found


def is_refused(people: People, name: str) -> bool:
    """Whether a start is refused as the account's; it is never let through.

    The services go on stopping what they find of a suspended account, and JupyterHub answers 500 to a start that is
    interrupted so.
    """
    answer = people.product.start_server(name, package="tiny")
    assert answer.status_code in (403, 500), answer.text
    return answer.status_code == 403


@pytest.mark.parametrize(("bookings", "stays"), [("keep", True), ("release", False)])
def test_a_suspended_accounts_lab_goes_and_its_disk_stays(people: People, bookings: Any, stays: bool) -> None:
    name = people.member(f"fay-{bookings}")
    people.start(name)
    people.write(name, "mine.ipynb", "of fay")
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    own = people.product.client(people.tokens[name])
    ahead = own.book("tiny", startdate=tomorrow, duration="PT1H", cluster="kubernetes").id
    namespace = people.namespace(name)
    claims = people.claims(namespace)
    people.admin.suspend(name, "Mining coins.", bookings=bookings)
    pods = f"/api/v1/namespaces/{namespace}/pods"
    wait_until(lambda: people.cluster.items(pods) == [], saying="its lab is gone")
    wait_until(lambda: not people.product.server(name), saying="the hub knows that it is")
    wait_until(lambda: is_refused(people, name), saying="it is refused in words")
    assert people.cluster.items(pods) == []
    assert people.claims(namespace) == claims
    assert (people.admin.booking(ahead).phase == "WAITING") is stays

    people.admin.resume(name)
    people.tokens[name] = people.product.user(name)
    people.start(name)
    assert people.read(name, "mine.ipynb") == "of fay"
    people.stop(name)


def test_what_is_due_goes_from_a_disk_while_no_lab_runs(people: People) -> None:
    name = people.member("gil")
    people.start(name)
    for path in ("due.csv", "changed.csv", "due.ipynb"):
        people.write(name, path, "{}")
    people.stop(name)
    now = datetime.now(UTC)
    due = [Order(space="saved", path="due.csv", changed=now), Order(space="notebooks", path="due.ipynb", changed=now)]
    changed = Order(space="saved", path="changed.csv", changed=now - timedelta(days=200))
    tended = people.homes.tend(name, [*due, changed], now)
    assert tended is not None
    assert tended.gone == due
    assert [(item.space, item.path) for item in tended.items] == [("saved", "changed.csv")]
    wait_until(lambda: people.lent() == [], saying="the disk is given back")
    people.start(name)
    assert [people.read(name, one) for one in ("due.csv", "changed.csv", "due.ipynb")] == [None, "{}", None]
    people.stop(name)


def test_nothing_is_said_to_be_gone_of_who_has_no_disk(people: People) -> None:
    now = datetime.now(UTC)
    assert people.homes.tend("nobody", [Order(space="saved", path="a.csv", changed=now)], now) is None

"""The page *Install on Kubernetes*, followed to the letter: its commands, in order, with what it says is to be seen.

What a reader is told to replace is replaced, and no image is built, since there is nothing here that builds them: the
nodes of these tests find the programs of both images on this host. Everything else is the page's and ``deploy``'s.
"""

from __future__ import annotations

import itertools
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.support.browser import keep, open_browser, open_page
from tests.support.kubernetes.programs import find_kubectl
from tests.support.postgres import Postgres
from tests.support.product import wait_until
from tests.support.steps import wait_for_lab

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Page

    from tests.support.kubernetes.cluster import Cluster
    from tests.support.kubernetes.connection import Connection

pytestmark = [pytest.mark.kubernetes, pytest.mark.live, pytest.mark.postgres, pytest.mark.timeout(900)]

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "install-kubernetes.md"
STORY = "install-kubernetes"
STEP_SECONDS = 240
LAB = "component=singleuser-server"

OWN_HUB_CONFIG = """
# A lab that is a process of this host leaves the host's folder alone.
c.KubeBookingSpawner.scratch_path = "/mnt/scratch"
c.KubeSpawner.environment = {"TMPDIR": "/mnt/scratch"}
"""


@dataclass(frozen=True)
class Step:
    """A block of commands under a heading, and what the page says is to be seen after it."""

    heading: str
    commands: str
    seen: tuple[str, ...] = ()


def steps() -> list[Step]:
    """What the page has a reader do, in order."""
    found: list[Step] = []
    for part in re.split(r"^## ", PAGE.read_text(), flags=re.MULTILINE):
        heading = part.partition("\n")[0]
        for kind, text in re.findall(r"^```(\w+)\n(.*?)^```", part, re.MULTILINE | re.DOTALL):
            if kind == "text":
                last = found.pop()
                found.append(Step(last.heading, last.commands, tuple(text.splitlines())))
            else:
                assert kind == "sh", kind
                found.append(Step(heading, text))
    return found


def pattern(line: str) -> str:
    """A line as it may look elsewhere: names and amounts with figures in them are others."""
    return r"\s+".join(r"\S+" if re.search(r"\d", word) else re.escape(word) for word in line.split())


@dataclass
class Reader:
    """A shell that one types the page's commands into. Variables and the folder stay from one block to the next."""

    folder: Path
    environment: dict[str, str]
    replaced: dict[str, str] = field(default_factory=dict)
    said: str = ""
    _kept: Path = field(init=False)

    def __post_init__(self) -> None:
        self._kept = self.folder / "shell"
        self._kept.mkdir()
        (self._kept / "folder").write_text(str(self.folder / "checkout"))

    @property
    def place(self) -> Path:
        """Where the shell is."""
        return Path((self._kept / "folder").read_text().strip())

    def follow(self, step: Step) -> None:
        """Type the commands, and see what the page says."""
        commands = step.commands
        for theirs, own in self.replaced.items():
            commands = commands.replace(theirs, own)
        script = f"set -aeuo pipefail\n{commands}\npwd >{self._kept}/folder; env -0 >{self._kept}/variables"
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=self.place,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=STEP_SECONDS,
            check=False,
        )
        self.said = done.stdout
        assert done.returncode == 0, f"{step.heading}: {step.commands}\n{self.said}"
        variables = (self._kept / "variables").read_text().split("\0")
        self.environment = dict(one.split("=", 1) for one in variables if one)
        for line in step.seen:
            assert re.search(pattern(line), self.said), f"{step.heading}: {line!r} is not in\n{self.said}"


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    """The address of a database."""
    server = Postgres()
    server.start()
    try:
        yield server.database()
    finally:
        server.stop()


@pytest.fixture
def reader(own_cluster: Cluster, tmp_path: Path) -> Iterator[Reader]:
    """Somebody with a checkout and the admin's rights; nothing of what they install is left."""
    _bring_images(own_cluster.images)
    shutil.copytree(ROOT / "deploy", tmp_path / "checkout" / "deploy")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "kubectl").symlink_to(find_kubectl())
    path = f"{tmp_path / 'bin'}:{Path(sys.executable).parent}:{os.environ['PATH']}"
    ours = {name: value for name, value in os.environ.items() if not name.startswith("AGLAIS_")}
    # As wide as a terminal, so that tables are not broken.
    told = {"PATH": path, "KUBECONFIG": str(own_cluster.admin.kubeconfig), "COLUMNS": "120", "NO_COLOR": "1"}
    yield Reader(tmp_path, ours | told)
    left = "namespace aglais --ignore-not-found --wait=false"
    subprocess.run(["bash", "-c", f"kubectl delete {left}"], env=ours | told, check=False)


def _bring_images(folder: Path) -> None:
    """The programs that the two images bring and this host has elsewhere."""
    from aglais_hub.settings import Settings  # noqa: PLC0415 - the variables of this process are not to be read earlier
    from aglais_hub.up.proxy import find_proxy  # noqa: PLC0415

    folder.mkdir(exist_ok=True)
    cache = Path(os.environ.get("AGLAIS_CACHE", Settings.model_fields["cache"].default)).expanduser()
    (folder / "configurable-http-proxy").symlink_to(find_proxy(cache))
    _write(
        folder / "start-lab",
        f'export HOME=/home/jovyan AGLAIS_EXAMPLES={ROOT / "examples"}\nexec {ROOT / "deploy" / "start-lab"} "$@"',
    )
    _write(folder / "aglais-lab", f'exec {sys.executable} -m aglais_lab.server --allow-root "$@"')


def _write(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


@pytest.mark.skipif(os.geteuid() != 0, reason="The proxy's service is on port 80, which is root's.")
def test_the_page_takes_a_reader_from_nothing_to_a_lab_and_back(
    own_cluster: Cluster, reader: Reader, postgres: str
) -> None:
    story = Story(reader, own_cluster.admin, steps())
    # A reader's own values.
    reader.replaced = {"aglais:secret@db.example.org/aglais": postgres.removeprefix("postgresql://")}
    with open_browser() as browser, open_page(browser, STORY) as page:
        story.read("# Install on Kubernetes")
        assert all("docker" in step.commands for step in story.skip("1. Build the images"))
        story.read("2. Make it yours")
        with (reader.place / "site" / "hub.py").open("a") as config:
            config.write(OWN_HUB_CONFIG)
        story.read("3. Install")
        story.read("4. Open it", then=lambda: story.give_it_a_try(page))
        story.read("5. See what can be booked")

        story.read("With PostgreSQL")
        page.context.clear_cookies()
        lab = story.give_it_a_try(page)
        expect(page.locator(".jp-DirListing-itemText", has_text="examples")).to_be_visible()
        keep(page, STORY, "lab")

        site = reader.place / "site" / "kustomization.yaml"
        chosen = site.read_text().replace("newTag: 0.1.0", "newTag: 0.1.1")
        # What this release of Kubernetes knows of the rest.
        for more in ("ingress.yaml", "../options/image-on-nodes"):
            assert f"# - {more}" in chosen
            chosen = chosen.replace(f"# - {more}", f"- {more}")
        site.write_text(chosen)
        before = story.platform()
        assert len(before) == 4
        story.read("Upgrade")
        assert not before & story.platform(), "what ran before runs on"
        wait_until(lambda: story.nodes_with("lab-image") == {"one", "two", "apart"}, 180, saying="images are there")
        story.read("Back up")
        wait_until(lambda: len(story.platform()) == 4, 180, saying="two services, hub and proxy are back")
        assert story.labs()[lab["metadata"]["name"]] == lab["metadata"]["uid"], "the lab did not go on"
        page.reload()
        wait_for_lab(page)
    story.read("Remove it")
    assert story.todo == []
    assert story.labs() == {}
    assert story.platform() == set()


@dataclass
class Story:
    """What a reader still has to do, and what an admin sees of it in the cluster."""

    reader: Reader
    admin: Connection
    todo: list[Step]

    def skip(self, heading: str) -> list[Step]:
        """What comes next, under ``heading``: it is not done."""
        found = list(itertools.takewhile(lambda step: step.heading == heading, self.todo))
        assert found, f"{heading} is not what comes next: {self.todo[:1]}"
        del self.todo[: len(found)]
        return found

    def read(self, heading: str, then: Callable[[], object] = lambda: None) -> None:
        """Follow the steps that come next, under ``heading``; ``then`` comes after the first of them."""
        for number, step in enumerate(self.skip(heading)):
            self.reader.follow(step)
            if number == 0:
                then()

    def give_it_a_try(self, page: Page) -> dict[str, Any]:
        """What a visitor does with the address that the shell has said; gives the lab's pod."""
        page.goto(f"http://{self.reader.environment['address']}/")
        page.get_by_role("button", name="Give it a try").click()
        wait_for_lab(page)
        account = page.url.split("/lab")[0].rsplit("/", 1)[1]
        pods = self.admin.items("/api/v1/pods", labelSelector=f"{LAB},aglais.hub/account={account}")
        assert len(pods) == 1, page.url
        labels = pods[0]["metadata"]["labels"]
        assert labels["aglais.hub/booking"], "the lab runs under no booking"
        assert pods[0]["metadata"]["namespace"] == f"aglais-{account}"
        return pods[0]

    def labs(self) -> dict[str, str]:
        """Pods of labs in the cluster, by name: which one it is."""
        found = self.admin.items("/api/v1/pods", labelSelector=LAB)
        return {pod["metadata"]["name"]: pod["metadata"]["uid"] for pod in found if _is_ours(pod)}

    def platform(self) -> set[str]:
        """The platform's own pods that are ready."""
        parts = "app.kubernetes.io/component in (hub, services, proxy)"
        found = self.admin.items("/api/v1/pods", labelSelector=parts)
        return {
            pod["metadata"]["uid"]
            for pod in found
            if "deletionTimestamp" not in pod["metadata"]
            and any(one["type"] == "Ready" and one["status"] == "True" for one in pod["status"].get("conditions", ()))
        }

    def nodes_with(self, component: str) -> set[str]:
        """The nodes on which such a pod runs."""
        found = self.admin.items("/api/v1/pods", labelSelector=f"app.kubernetes.io/component={component}")
        return {pod["spec"]["nodeName"] for pod in found if pod["status"]["phase"] == "Running"}


def _is_ours(pod: dict[str, Any]) -> bool:
    namespace: str = pod["metadata"]["namespace"]
    return namespace.startswith("aglais-")

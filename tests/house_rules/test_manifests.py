"""What ``deploy`` installs, with all of its options: safe for any cluster, and made for this release."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from aglais_hub.settings import NOT_SETTINGS_PREFIXES, PREFIX, Settings
from aglais_spawner.kube_objects import ACCOUNT, HUB, namespace_annotations, toleration
from tests.support.kubernetes.programs import find_kubectl

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
PROGRAMS_OF_IMAGES = {"aglais", "configurable-http-proxy", "sh", "sleep"}

Manifest = dict[str, Any]


@pytest.fixture(scope="module", params=["as it is", "with all options"])
def manifests(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[Manifest]:
    """All objects, by kustomize itself."""
    folder = tmp_path_factory.mktemp("manifests") / "deploy"
    shutil.copytree(ROOT / "deploy", folder)
    (folder / "site" / "tokens.env").write_text("".join(f"{name}=x\n" for name in TOKENS))
    (folder / "site" / "secrets.env").write_text("AGLAIS_ADMIN_TOKEN=x\n")
    site = folder / "site" / "kustomization.yaml"
    if request.param == "with all options":
        site.write_text(re.sub(r"^  # - ", "  - ", site.read_text(), flags=re.MULTILINE))
        options = {path.name for path in (folder / "options").iterdir()}
        assert set(re.findall(r"^  - ../options/(.+)$", site.read_text(), re.MULTILINE)) == options
    command = [str(find_kubectl()), "kustomize", str(folder / "site")]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
    assert made.stderr == ""
    return list(yaml.safe_load_all(made.stdout))


TOKENS = ("hub", "services", "proxy", "crypt")
"""What the page puts into the file of the tokens."""


def pods(manifests: list[Manifest]) -> Iterator[tuple[str, Manifest, Manifest]]:
    """Name, pod and container of everything that runs."""
    for one in manifests:
        if one["kind"] in ("Deployment", "DaemonSet"):
            pod = one["spec"]["template"]["spec"]
            for container in pod["containers"]:
                yield one["metadata"]["name"], pod, container


def test_nothing_that_runs_has_more_rights_than_it_needs(manifests: list[Manifest]) -> None:
    names = set()
    for name, pod, container in pods(manifests):
        names.add(name)
        assert pod["securityContext"]["runAsNonRoot"], name
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        expected = {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert container["securityContext"] == expected, name
        assert pod.get("serviceAccountName") or pod["automountServiceAccountToken"] is False, name
        assert {"requests", "limits"} <= set(container["resources"]), name
    assert {"hub", "services", "proxy"} <= names


def test_what_serves_is_asked_whether_it_is_ready(manifests: list[Manifest]) -> None:
    ports = {name: {one["containerPort"] for one in box.get("ports", ())} for name, _, box in pods(manifests)}
    for name, _, container in pods(manifests):
        if ports[name]:
            for probe in ("readinessProbe", "livenessProbe"):
                assert container[probe]["httpGet"]["port"] in ports[name], name
    # Each service leads to a port of what it selects.
    for one in manifests:
        if one["kind"] == "Service":
            (port,) = one["spec"]["ports"]
            assert port.get("targetPort", port["port"]) in ports[one["spec"]["selector"]["app.kubernetes.io/component"]]


def test_variables_are_settings_and_programs_are_in_the_images(manifests: list[Manifest]) -> None:
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    for name, _, container in pods(manifests):
        ours = {one["name"] for one in container.get("env", ()) if one["name"].startswith(PREFIX)}
        inside = tuple(PREFIX + prefix for prefix in NOT_SETTINGS_PREFIXES)
        assert {one for one in ours - known if not one.startswith(inside)} == set(), name
        assert container["command"][0] in PROGRAMS_OF_IMAGES, name
        keys = [
            one["valueFrom"]["secretKeyRef"]["key"] for one in container.get("env", ()) if "secretKeyRef" in str(one)
        ]
        assert set(keys) <= set(TOKENS), name


def test_the_site_is_of_this_release() -> None:
    version = re.search(r'__version__ = "(.+)"', (ROOT / "aglais_hub" / "__init__.py").read_text())
    assert version is not None
    site = yaml.safe_load((ROOT / "deploy" / "site" / "kustomization.yaml").read_text())
    assert {image["newTag"] for image in site["images"]} == {version[1]}
    assert f"aglais-lab:{version[1]}" in (ROOT / "deploy" / "site" / "hub.py").read_text()
    assert f"aglais-$image:{version[1]}" in (ROOT / "docs" / "install-kubernetes.md").read_text()


def test_the_images_hold_what_the_package_offers() -> None:
    extras = set(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"])
    installed = re.findall(r"\*\.whl\)\[([a-z,]+)\]", (ROOT / "deploy" / "Dockerfile").read_text())
    assert [set(one.split(",")) for one in installed] == [extras - {"lab"}, {"lab"}]


def test_the_policy_reads_what_the_hub_writes() -> None:
    policy, _ = yaml.safe_load_all((ROOT / "deploy" / "options" / "guarded-nodes" / "policy.yaml").read_text())
    assert policy["spec"]["matchConstraints"]["namespaceSelector"]["matchLabels"] == {HUB: "aglais"}
    allowed = policy["spec"]["variables"][0]["expression"]
    ((name, written),) = namespace_annotations("ada", [toleration("a/taint", "b")]).items() - {(ACCOUNT, "ada")}
    assert f'"{name}"' in allowed
    # It looks for a key as a part of the text.
    assert '"key": "a/taint"' in written
    assert '"\\"key\\": \\"" + t.key + "\\""' in policy["spec"]["validations"][0]["expression"]


def test_the_proxy_has_the_page_that_it_shows_for_who_is_away(manifests: list[Manifest]) -> None:
    (proxy,) = (container for name, _, container in pods(manifests) if name == "proxy")
    (folder,) = (word.removeprefix("--error-path=") for word in proxy["command"] if word.startswith("--error-path="))
    assert f"COPY aglais_hub/up/pages {folder}\n" in (ROOT / "deploy" / "Dockerfile").read_text()
    assert (ROOT / "aglais_hub" / "up" / "pages" / "503.html").exists()

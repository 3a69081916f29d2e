"""The control plane's programs, from Debian: etcd's package, and Kubernetes built from its source package. And kubectl:
the host's, or that of a newer Debian.

They are kept in ``$AGLAIS_CACHE/kubernetes-…`` (by default under ``~/.cache/aglais-hub``) and made where missing, which
takes some minutes on two cores. Nothing is installed: packages are unpacked into a folder that goes afterwards. As a
program: ``python -m tests.support.kubernetes.programs`` makes them ahead, and says where they are.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

__all__ = ["PROGRAMS", "VERSION", "find_kubectl", "find_programs"]

VERSION = "1.20.2"
RELEASE = "bookworm"
"""The Debian release that has it: a later one has another version, or none."""

BUILT = ("kube-apiserver", "kube-controller-manager", "kube-scheduler")
PROGRAMS = ("etcd", *BUILT)

_NEWER_RELEASE = "trixie"
"""The Debian release whose kubectl knows today's kustomizations; ``RELEASE``'s does not."""

_OLDEST_KUBECTL = 22

_GO = ("golang-1.19-go", "golang-1.19-src")
_KEYS = "/usr/share/keyrings/debian-archive-keyring.gpg"
_SECONDS = 3600


def cache_folder() -> Path:
    """Where they are kept."""
    cache = Path(os.environ.get("AGLAIS_CACHE", "~/.cache/aglais-hub")).expanduser()
    return cache / f"kubernetes-{VERSION}"


def find_kubectl() -> Path:
    """A kubectl that knows today's kustomizations: the host's, or Debian's, fetched now where it is missing.

    Raises ``RuntimeError`` with what went wrong.
    """
    own = shutil.which("kubectl")
    if own and _minor_version(own) >= _OLDEST_KUBECTL:
        return Path(own)
    kept = cache_folder().with_name(f"kubectl-{_NEWER_RELEASE}")
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=kept.parent, prefix="kubectl-") as draft:
            work = Path(draft)
            apt = _apt(work, _NEWER_RELEASE)
            _run([*apt, "update", "-q"], work)
            _run([*apt, "download", f"kubectl/{_NEWER_RELEASE}"], work)
            (package,) = work.glob("kubectl_*.deb")
            _run(["dpkg", "-x", str(package), str(work)], work)
            # Where two want it at once, the second's is as good.
            (work / "usr/bin/kubectl").replace(kept)
    return kept


def _minor_version(kubectl: str) -> int:
    told = subprocess.run([kubectl, "version", "--client", "--output=json"], capture_output=True, check=False).stdout
    with contextlib.suppress(ValueError, KeyError):
        return int(json.loads(told)["clientVersion"]["minor"].rstrip("+"))
    return 0


def find_programs() -> Path:
    """The folder with the programs, made now where they are missing. Raises ``RuntimeError`` with what went wrong."""
    folder = cache_folder()
    if not _complete(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        with (folder.parent / f"{folder.name}.lock").open("w") as lock:
            # Where two want them at once, the second finds the first's.
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not _complete(folder):
                _make(folder)
    return folder


def _complete(folder: Path) -> bool:
    return all((folder / name).exists() for name in PROGRAMS)


def _make(folder: Path) -> None:
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f"{folder.name}-") as draft:
        work = Path(draft)
        apt = _apt(work)
        _run([*apt, "update", "-q"], work)
        _run([*apt, "download", "etcd-server", *_GO], work)
        unpacked = work / "unpacked"
        for package in work.glob("*.deb"):
            _run(["dpkg", "-x", str(package), str(unpacked)], work)
        _run([*apt, "source", "--download-only", "kubernetes"], work)
        source = _unpack_source(work)
        new = work / "new"
        new.mkdir()
        _build(source, unpacked, new, work)
        shutil.copy2(unpacked / "usr/bin/etcd", new)
        shutil.rmtree(folder, ignore_errors=True)
        new.rename(folder)


def _apt(work: Path, release: str = RELEASE) -> list[str]:
    """An apt that knows the one release, and writes nothing outside of ``work``."""
    for name in ("lists/partial", "cache/archives/partial"):
        (work / name).mkdir(parents=True)
    signed = f"[signed-by={_KEYS}] " if Path(_KEYS).exists() else ""
    sources = work / "sources.list"
    sources.write_text("".join(f"{kind} {signed}{_mirror(work)} {release} main\n" for kind in ("deb", "deb-src")))
    options = {
        "Dir::Etc::SourceList": sources,
        "Dir::Etc::SourceParts": "/dev/null",
        "Dir::State::Lists": work / "lists",
        "Dir::Cache": work / "cache",
        # Otherwise it would work as a user of its own, who may not write here.
        "APT::Sandbox::User": "root",
        "Acquire::Languages": "none",
    }
    return ["apt-get", *(word for name, value in options.items() for word in ("-o", f"{name}={value}"))]


def _mirror(work: Path) -> str:
    """Where this machine has its own Debian packages from: the other releases are there too."""
    sites = _run(["apt-get", "indextargets", "--format", "$(SITE)", "ShortDesc: Packages"], work).split()
    found = [site for site in sites if site.rstrip("/").endswith("/debian")]
    if not found:
        raise RuntimeError("Kubernetes is built from Debian's source, and apt knows no mirror of Debian.")
    return found[0]


def _unpack_source(work: Path) -> Path:
    """Debian's source with Debian's changes, without the tools that make a package of it."""
    (upstream,) = work.glob("kubernetes_*.orig.tar.*")
    (debian,) = work.glob("kubernetes_*.debian.tar.*")
    source = work / "kubernetes"
    source.mkdir(parents=True)
    _run(["tar", "-xf", str(upstream), "--strip-components=1", "-C", str(source)], work)
    _run(["tar", "-xf", str(debian), "-C", str(source)], work)
    series = source / "debian" / "patches" / "series"
    for line in series.read_text().splitlines() if series.exists() else ():
        if line and not line.startswith("#"):
            _run(["patch", "-p1", "-s", "-i", str(series.parent / line.split()[0])], source)
    return source


def _build(source: Path, unpacked: Path, new: Path, work: Path) -> None:
    """Kubernetes' own build, of what the tests need: less than half of its ``make`` of the same programs."""
    go = unpacked / "usr/lib/go-1.19"
    for link in [path for path in go.rglob("*") if path.is_symlink() and path.readlink().is_absolute()]:
        there = unpacked / link.readlink().relative_to("/")
        link.unlink()
        link.symlink_to(there)
    # It copies what it has built by `rsync -pc FROM TO`, and asks nothing else of that.
    tools = work / "tools"
    tools.mkdir()
    (tools / "rsync").write_text('#!/bin/sh\nexec cp -p "$2" "$3"\n')
    (tools / "rsync").chmod(0o755)
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS", "GO"))},
        "PATH": f"{tools}:{go / 'bin'}:{os.environ['PATH']}",
        "GOROOT": str(go),
        "GOCACHE": str(work / "go-cache"),
        "GO111MODULE": "off",
        "KUBE_GIT_VERSION": f"v{VERSION}",
    }
    # The one generated file that its source lacks. ``make`` writes the hundreds anew that are there.
    _run(["make", "gen_openapi"], source, environment)
    # Without the clouds' own disks and balancers, whose libraries are two fifths of all that would be compiled.
    environment["GOFLAGS"] = "-tags=providerless"
    _run(["hack/make-rules/build.sh", *(f"cmd/{name}" for name in BUILT)], source, environment)
    for name in BUILT:
        shutil.copy2(source / "_output" / "bin" / name, new)


def _run(command: list[str], folder: Path, environment: dict[str, str] | None = None) -> str:
    """What it says. Raises ``RuntimeError`` with the end of that where it fails."""
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    try:
        said = process.communicate(timeout=_SECONDS)[0]
    except BaseException:
        # Who builds has children of its own.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise
    if process.returncode:
        raise RuntimeError(f"The Kubernetes to test with could not be made: {' '.join(command[:3])} …\n{said[-3000:]}")
    return said


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    print(find_programs())
    print(find_kubectl())

"""Accounts' homes as volume claims of a cluster, each in its account's namespace.

What is done in them, a pod in the platform's own namespace does, to which they are lent: it can't be touched by those
whose homes they are, and no quota of theirs counts it.
"""

from __future__ import annotations

import errno
import hashlib
import os
from contextlib import closing
from typing import TYPE_CHECKING, Any

from aglais_hub.clusters.asking import PROGRAM, reach
from aglais_hub.clusters.errands import ERRAND, exit_code
from aglais_hub.clusters.lending import lend
from aglais_hub.clusters.quantities import quantity
from aglais_hub.clusters.rules import ACCOUNT
from aglais_hub.errors import ConflictError, ServiceDownError
from aglais_hub.homes.host import Counted, no_room
from aglais_hub.homes.moving import FULL
from aglais_hub.homes.sending import read_stream
from aglais_hub.homes.tending import Tended, Tending

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime

    from aglais_hub.clusters.asking import Reached
    from aglais_hub.clusters.errands import Errands
    from aglais_hub.clusters.kubernetes import Kubernetes
    from aglais_hub.homes.sending import Sent
    from aglais_hub.wire.storage import Order

__all__ = ["ClusterHomes"]

SOURCE, TARGET = "/mnt/source", "/mnt/target"
SEND_SECONDS = 60.0
"""For so long a pod that sends files may say nothing."""

Object = dict[str, Any]


class ClusterHomes:
    """The homes of a cluster's accounts. Every method raises ``ServiceDownError`` where the cluster does not answer."""

    def __init__(
        self, api: Kubernetes, errands: Errands | None, sizes: Callable[[str], int] = lambda _account: 0
    ) -> None:
        """Without ``errands`` nobody reaches what is on the disks. ``sizes`` has the bytes last measured of a home."""
        self._api = api
        self._errands = errands
        self._sizes = sizes

    def check_move(self, source: str, target: str) -> None:
        """Raise ``ConflictError`` where one of the two has no disk, or nobody reaches them."""
        if self._errands is None:
            raise _cannot("Files can't be moved between accounts here: each account's disk is its own.")
        if self._claim(source) is None:
            raise _cannot("There is no disk that the files are on: they go with their lab.")
        claim = self._claim(target)
        if claim is None:
            raise _cannot("The account that is to have the files has no disk of its own yet.")
        capacity = (claim.get("status") or {}).get("capacity") or claim["spec"]["resources"]["requests"]
        missing = self._sizes(source) + self._sizes(target) - int(quantity(capacity["storage"]))
        if missing > 0:
            raise no_room(target, missing)

    def move(self, source: str, target: str, folder: str) -> bool:
        """Have a pod move the files; says whether it is done. May be asked again, and goes on then."""
        errands = self._errands
        if errands is None:
            return False
        name = f"move-{hashlib.sha256(source.encode()).hexdigest()[:16]}"
        if errands.is_done(name):
            errands.end(name)
            return True
        theirs, own = self._claim(source), self._claim(target)
        if theirs is None:
            # It was there as the merge began: whoever has removed it meanwhile has left nothing to move.
            return True
        if exit_code(errands.get(name)) == FULL:
            # It is begun anew in a while.
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        if own is not None and errands.get(name) is None:
            lent = [self._lend(errands, name, claim, which) for claim, which in ((theirs, "source"), (own, "target"))]
            if all(lent):
                command = [*PROGRAM, "move", SOURCE, TARGET, folder]
                claims = dict(zip((SOURCE, TARGET), map(str, lent), strict=True))
                errands.begin(name, command, claims, node=self._node_of(own))
        return False

    def count(self, account: str) -> Counted:
        """Whether there is a disk that can be read; what is on it shows once it is."""
        if self._errands is None:
            return Counted(is_reached=False)
        try:
            return Counted(is_reached=self._claim(account) is not None)
        except ServiceDownError:
            # A page that says what goes with an account does not wait for the cluster.
            return Counted(is_reached=True)

    def files(self, account: str) -> Iterator[Sent] | None:
        """The files of a home, as a pod sends them; none where there is no disk, or nobody reaches it."""
        claim = self._claim(account) if self._errands is not None else None
        return None if claim is None or self._errands is None else self._sent(self._errands, claim)

    def at_hand(self) -> Sequence[str]:
        """None: each takes a pod."""
        return ()

    def tend(self, account: str, orders: Sequence[Order], now: datetime) -> Tended | None:
        """Have a pod delete what is due."""
        claim = self._claim(account) if self._errands is not None else None
        if claim is None or self._errands is None:
            return None
        body = Tending(now=now, orders=list(orders)).model_dump_json().encode()
        with self._reached(self._errands, claim, "tend", reads=False) as pod, closing(pod.ask(body)) as pieces:
            return Tended.model_validate_json(b"".join(pieces))

    def _sent(self, errands: Errands, claim: Object) -> Iterator[Sent]:
        with self._reached(errands, claim, "send") as pod, closing(pod.ask(silent=SEND_SECONDS)) as pieces:
            yield from read_stream(pieces)

    def _reached(
        self, errands: Errands, claim: Object, word: str, *, reads: bool = True
    ) -> AbstractContextManager[Reached]:
        def disk(name: str) -> str | None:
            return self._lend(errands, name, claim, "home")

        return reach(errands, word, disk, node=self._node_of(claim), reads=reads)

    def _lend(self, errands: Errands, name: str, claim: Object, which: str) -> str | None:
        return lend(self._api, claim, errands.namespace, f"{name}-{which}", {ERRAND: name})

    def _claim(self, account: str) -> Object | None:
        """The disk of an account."""
        for claim in self._api.volumes():
            metadata = claim["metadata"]
            if (metadata.get("annotations") or {}).get(ACCOUNT) == account and "deletionTimestamp" not in metadata:
                return claim
        return None

    def _node_of(self, claim: Object) -> str:
        """The node on which a pod uses a claim: most disks can be mounted on one at a time. Empty where none does."""
        namespace, name = claim["metadata"]["namespace"], claim["metadata"]["name"]
        for pod in self._api.pods(namespace):
            volumes = pod["spec"].get("volumes") or ()
            uses = any((one.get("persistentVolumeClaim") or {}).get("claimName") == name for one in volumes)
            if uses and pod["status"].get("phase") in ("Pending", "Running") and pod["spec"].get("nodeName"):
                return str(pod["spec"]["nodeName"])
        return ""


def _cannot(message: str) -> ConflictError:
    return ConflictError(message, rule="files", help="Download what is to stay, and merge without files.")

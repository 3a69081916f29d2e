"""Where homes and groups' folders are: on this host, or on the disks of a cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from aglais_hub.accounts.groups.folders import Folders
from aglais_hub.clusters import lending
from aglais_hub.clusters.errands import Errands
from aglais_hub.clusters.folders import ClusterFolders
from aglais_hub.clusters.homes import ClusterHomes
from aglais_hub.clusters.kubernetes import Kubernetes
from aglais_hub.homes.host import HostHomes

if TYPE_CHECKING:
    from collections.abc import Callable

    from aglais_hub.clock import Clock
    from aglais_hub.homes.host import Homes
    from aglais_hub.settings import Settings

__all__ = ["Disks", "find_disks"]


class Disks(NamedTuple):
    """``api`` is the cluster's, if any; without ``folders`` groups share none. ``tidy`` is for each look."""

    api: Kubernetes | None
    homes: Homes
    folders: Folders | ClusterFolders | None
    tidy: Callable[[], None] = lambda: None


def find_disks(settings: Settings, clock: Clock, sizes: Callable[[str], int]) -> Disks:
    """Those of this host, or of the cluster that is named, whose homes have the ``sizes`` last measured (bytes).

    Raises ``InvalidValueError`` where the cluster can't be spoken to.
    """
    if not settings.kubernetes_url:
        return Disks(None, HostHomes(settings.homes_folder), Folders(settings.groups_folder))
    api = Kubernetes(
        settings.kubernetes_url, token_file=settings.kubernetes_token_file, ca_file=settings.kubernetes_ca_file
    )
    namespace = settings.kubernetes_namespace
    if not namespace:
        return Disks(api, ClusterHomes(api, None), None)
    errands = Errands(api, namespace, clock)

    def tidy() -> None:
        errands.tidy()
        lending.tidy(api, clock.now())

    return Disks(api, ClusterHomes(api, errands, sizes), _folders(settings, api, errands, clock), tidy)


def _folders(settings: Settings, api: Kubernetes, errands: Errands, clock: Clock) -> ClusterFolders | None:
    if not settings.kubernetes_group_class:
        return None
    return ClusterFolders(
        api,
        errands,
        clock=clock,
        storage_class=settings.kubernetes_group_class,
        access=settings.kubernetes_group_access,
        size=settings.group_space,
    )

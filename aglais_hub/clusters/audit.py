"""What on a cluster does not agree with what is on record: pure functions."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from aglais_hub.clusters.rules import ACCOUNT, MIB, NOTHING
from aglais_hub.wire.bookings import Phase
from aglais_hub.wire.nodes import Finding

if TYPE_CHECKING:
    from aglais_hub.clusters.rules import Amount, Pod
    from aglais_hub.wire.bookings import Booking

__all__ = ["Held", "compare", "orphans", "owners", "read_held"]

YOUNG = timedelta(minutes=1)
"""What is younger may be on its way to agree: a server is made after its booking, and goes before it."""


class Held(NamedTuple):
    """What an account keeps on a cluster without a server: a volume claim, or (with no ``name``) a namespace."""

    namespace: str
    name: str
    account: str
    uid: str

    @property
    def title(self) -> str:
        return f"{self.namespace}/{self.name}" if self.name else self.namespace


def read_held(thing: Mapping[str, Any], *, namespaced: bool) -> Held | None:
    """A volume claim or a namespace as the API tells of it; none for one that is no account's, or is going."""
    metadata = thing["metadata"]
    account = (metadata.get("annotations") or {}).get(ACCOUNT, "")
    if not account or metadata.get("deletionTimestamp"):
        return None
    name = metadata["name"]
    return Held(metadata["namespace"] if namespaced else name, name if namespaced else "", account, metadata["uid"])


def compare(
    pods: Iterable[Pod],
    holders: Mapping[str, Booking],
    steady: Iterable[Booking],
    servers: Mapping[str, str],
    now: datetime,
) -> list[Finding]:
    """The sessions' pods against the bookings under which a server runs.

    ``holders`` are those by account, also where they have just begun or ended. ``steady`` are the ones that ran before
    and after the pods were looked at, and ``servers`` the servers that the hub has.
    """
    sessions: dict[str, list[Pod]] = {}
    for pod in pods:
        if pod.session and not pod.is_going:
            sessions.setdefault(pod.session, []).append(pod)
    findings: list[Finding] = []
    served: set[str] = set()
    for session, found in sorted(sessions.items()):
        account = next((pod.account for pod in found if pod.is_server), "")
        served.add(account)
        if account in holders:
            findings += _too_large(session, found, holders[account])
        else:
            findings += [_pod(pod, account) for pod in found if _is_old(pod, now)]
    for booking in steady:
        is_late = booking.phase == Phase.RUNNING and now - booking.modified > YOUNG
        if is_late and booking.account not in served and servers.get(booking.account) == "ready":
            findings.append(
                Finding(
                    kind="session",
                    name=booking.id,
                    account=booking.account,
                    message="A session runs by the records, and has no pod.",
                    help="Its server is stopped, so that its booking is free again.",
                )
            )
    return findings


def _is_old(pod: Pod, now: datetime) -> bool:
    return bool(pod.created) and now - datetime.fromisoformat(pod.created) > YOUNG


def _pod(pod: Pod, account: str) -> Finding:
    of_session = "No booking runs for it." if account else "Its session's server is gone."
    return Finding(
        kind="pod",
        name=f"{pod.namespace}/{pod.name}",
        account=account,
        message=f"A pod of a session goes on. {of_session}",
        help="It is ended, and what was not saved in it is lost.",
        uid=pod.uid,
    )


def _too_large(session: str, pods: Iterable[Pod], booking: Booking) -> list[Finding]:
    """Where a session's pods ask for more than is booked: nobody else was promised that."""
    asked: Amount = NOTHING
    for pod in pods:
        asked = asked.plus(pod.asked)
    booked = booking.resources
    cores, memory = asked.cores > booked.cores * 1000, asked.memory > booked.memory * MIB
    if booking.share is not None or not (cores or memory):
        return []
    return [
        Finding(
            kind="size",
            name=session,
            account=booking.account,
            message=f"Its pods ask for {asked.cores / 1000:g} cores and {asked.memory // MIB} MiB, "
            f"and {booked.cores:g} cores and {booked.memory} MiB are booked.",
            help="Nothing is done to it; it ends with its booking.",
        )
    ]


def owners(held: Iterable[Held]) -> set[str]:
    """The accounts that keep any of it."""
    return {one.account for one in held}


def orphans(volumes: Iterable[Held], namespaces: Iterable[Held], gone: Collection[str]) -> list[Finding]:
    """What accounts that are ``gone`` have left."""
    left = [
        Finding(
            kind="volume",
            name=one.title,
            account=one.account,
            uid=one.uid,
            message="The disk of an account that is no more.",
            help="It is removed with all that is on it.",
        )
        for one in volumes
        if one.account in gone
    ]
    return left + [
        Finding(
            kind="namespace",
            name=one.title,
            account=one.account,
            uid=one.uid,
            message="The namespace of an account that is no more.",
            help="It is removed with all that is in it, disks too.",
        )
        for one in namespaces
        if one.account in gone
    ]

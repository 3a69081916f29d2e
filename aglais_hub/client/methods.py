"""What both clients can do: a method for each call of ``calls``."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, Self, TypeVar, overload

from aglais_hub.client import calls
from aglais_hub.client.base import Base
from aglais_hub.wire.base import Model

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from aglais_hub.client.calls import Call
    from aglais_hub.client.clients import AsyncClient, Client

__all__ = ["Methods"]

Answer = TypeVar("Answer", bound=Model)
P = ParamSpec("P")


class Method(Generic[P, Answer]):
    """A call as a method of a client, whose own ``send`` says whether it is waited for or awaited."""

    def __init__(self, make: Callable[P, Call[Answer]]) -> None:
        self._make = make
        self.__doc__ = make.__doc__

    @overload
    def __get__(self, client: None, kind: type) -> Self: ...
    @overload
    def __get__(self, client: Client, kind: type) -> Callable[P, Answer]: ...
    @overload
    def __get__(self, client: AsyncClient, kind: type) -> Callable[P, Coroutine[Any, Any, Answer]]: ...
    def __get__(self, client: Client | AsyncClient | None, kind: type) -> Any:
        """The method of a client; of the class, what it is made of."""
        if client is None:
            return self
        send = client.send

        @wraps(self._make)
        def method(*args: P.args, **kwargs: P.kwargs) -> Any:
            return send(self._make(*args, **kwargs))

        return method


class Methods(Base):
    """The calls, as methods."""

    packages = Method(calls.packages)
    package = Method(calls.package)
    available = Method(calls.available)
    bookings = Method(calls.bookings)
    booking = Method(calls.booking)
    book = Method(calls.book)
    book_class = Method(calls.book_class)
    offers = Method(calls.offers)
    accept = Method(calls.accept)
    edit = Method(calls.edit)
    extend = Method(calls.extend)
    extension = Method(calls.extension)
    shorten = Method(calls.shorten)
    move = Method(calls.move)
    cancel = Method(calls.cancel)
    end = Method(calls.end)
    changes = Method(calls.changes)
    decisions = Method(calls.decisions)
    decision = Method(calls.decision)
    grants = Method(calls.grants)
    granted = Method(calls.granted)
    grant = Method(calls.grant)
    preview_grant = Method(calls.preview_grant)
    change_grant = Method(calls.change_grant)
    remove_grant = Method(calls.remove_grant)
    clusters = Method(calls.clusters)
    cluster = Method(calls.cluster)
    create_cluster = Method(calls.create_cluster)
    edit_cluster = Method(calls.edit_cluster)
    remove_cluster = Method(calls.remove_cluster)
    nodes = Method(calls.nodes)
    read_nodes = Method(calls.read_nodes)
    audit_nodes = Method(calls.audit_nodes)
    start_session = Method(calls.start_session)
    stop_session = Method(calls.stop_session)
    try_account = Method(calls.try_account)
    register = Method(calls.register)
    confirm = Method(calls.confirm)
    resend = Method(calls.resend)
    forgot_password = Method(calls.forgot_password)
    reset_password = Method(calls.reset_password)
    change_password = Method(calls.change_password)
    change_address = Method(calls.change_address)
    stop_change = Method(calls.stop_change)
    token_login = Method(calls.token_login)
    login_token = Method(calls.login_token)
    open_batch = Method(calls.open_batch)
    login = Method(calls.login)
    arrive = Method(calls.arrive)
    arrival = Method(calls.arrival)
    open_account = Method(calls.open_account)
    link_identity = Method(calls.link_identity)
    unlink_identity = Method(calls.unlink_identity)
    accounts = Method(calls.accounts)
    account = Method(calls.account)
    policy = Method(calls.policy)
    edit_account = Method(calls.edit_account)
    archive_size = Method(calls.archive_size)
    delete_account = Method(calls.delete_account)
    leave_account = Method(calls.leave_account)
    set_account = Method(calls.set_account)
    suspend = Method(calls.suspend)
    resume = Method(calls.resume)
    holdings = Method(calls.holdings)
    account_changes = Method(calls.account_changes)
    changes_of_accounts = Method(calls.changes_of_accounts)
    keys = Method(calls.keys)
    key = Method(calls.key)
    add_key = Method(calls.add_key)
    generate_key = Method(calls.generate_key)
    remove_key = Method(calls.remove_key)
    groups = Method(calls.groups)
    lend_folders = Method(calls.lend_folders)
    group = Method(calls.group)
    group_use = Method(calls.group_use)
    create_group = Method(calls.create_group)
    edit_group = Method(calls.edit_group)
    delete_group = Method(calls.delete_group)
    add_member = Method(calls.add_member)
    remove_member = Method(calls.remove_member)
    give_budget = Method(calls.give_budget)
    take_budget = Method(calls.take_budget)
    storage = Method(calls.storage)
    storages = Method(calls.storages)
    measured = Method(calls.measured)
    deleted = Method(calls.deleted)
    keep = Method(calls.keep)
    invite = Method(calls.invite)
    invitations = Method(calls.invitations)
    invitation = Method(calls.invitation)
    resend_invitation = Method(calls.resend_invitation)
    withdraw_invitation = Method(calls.withdraw_invitation)
    look_at_invitation = Method(calls.look_at_invitation)
    merge_accounts = Method(calls.merge_accounts)
    export_accounts = Method(calls.export_accounts)
    import_accounts = Method(calls.import_accounts)
    workshops = Method(calls.workshops)
    workshop = Method(calls.workshop)
    workshop_accounts = Method(calls.workshop_accounts)
    workshop_holdings = Method(calls.workshop_holdings)
    open_workshop = Method(calls.open_workshop)
    add_to_workshop = Method(calls.add_to_workshop)
    renew_links = Method(calls.renew_links)
    edit_workshop = Method(calls.edit_workshop)
    end_workshop = Method(calls.end_workshop)

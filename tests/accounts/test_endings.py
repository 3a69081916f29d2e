"""How accounts end: at a word, at a visitor's log-out, when their time is over; whatever fails on the way."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import delete, select

from aglais_hub.accounts.endings.ender import Ender
from aglais_hub.accounts.endings.service import EndingService
from aglais_hub.accounts.merging.tables import MergeRow
from aglais_hub.accounts.rules import digest
from aglais_hub.accounts.store import AccountStore
from aglais_hub.accounts.tables import AccountRow, AccountsBase, MailRow, NameRow
from aglais_hub.errors import BadCredentialsError, InvalidValueError, NotFoundError, ServiceDownError
from aglais_hub.wire.accounts import BatchRequest, LoginTokenRequest, TokenLogin
from tests.accounts.conftest import World

SETTLED = timedelta(seconds=20)
PSEUDONYM = r"gone-\w{12}"


class SmallHub:
    """A hub with servers, and the users that it knows."""

    def __init__(self) -> None:
        self.running: dict[str, str] = {}
        self.deleted: set[str] = set()

    def servers(self) -> dict[str, str]:
        return dict(self.running)

    def stop_server(self, account: str) -> None:
        del self.running[account]

    def delete_user(self, account: str) -> None:
        assert account not in self.running
        self.deleted.add(account)


class Stage:
    """Endings and enders around a world; each look is by an ender of its own, as after a restart."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.hub = SmallHub()
        self.forgotten: list[str] = []
        self.endings = EndingService(
            database=world.database, clock=world.clock, accounts=world.service, forget=self.forgotten.append
        )
        self.erased: dict[str, str] = {}
        self.released: list[str] = []
        self.before: Callable[[str], None] = lambda _step: None

    def look(self) -> None:
        self.ender().look()

    def ender(self) -> Ender:
        return Ender(
            self.endings,
            hub=self.hub,  # type: ignore[arg-type]
            steps={"one": self._step("one"), "two": self._step("two")},
            release=self.released.append,
            databases=[self.world.database],
            every=1,
        )

    def _step(self, step: str) -> Callable[[str, str], None]:
        def erase(name: str, pseudonym: str) -> None:
            self.before(step)
            assert name not in self.hub.running
            assert self.erased.setdefault(name, pseudonym) == pseudonym

        return erase

    def settle(self) -> None:
        self.world.clock.move(SETTLED)
        self.look()
        self.look()

    def rows(self, name: str) -> list[str]:
        """Every table that has the name, a pattern, in any row: as a word, for chance may spell it in another."""
        word = re.compile(rf"\b{name}\b")
        with self.world.database.engine.connect() as connection:
            return [
                table.name
                for table in AccountsBase.metadata.tables.values()
                if any(word.search(str(value)) for row in connection.execute(select(table)) for value in row)
            ]

    def is_taken(self, name: str) -> bool:
        with self.world.database.read() as session:
            return session.get(NameRow, digest(name)) is not None


@pytest.fixture
def stage(world: World) -> Stage:
    return Stage(world)


def test_from_the_mark_on_nobody_gets_in_and_in_the_end_nothing_is_left(world: World, stage: Stage) -> None:
    ann = world.join()
    world.forgot()
    token = world.tokens.make(ann.name, LoginTokenRequest(), by_admin=True).token
    ending = stage.endings.end(ann.name)
    assert ending.ending is not None
    assert ending.identities == []
    assert world.service.has_ended(ann.name)
    assert stage.forgotten == [ann.name]
    with pytest.raises(BadCredentialsError):
        world.login()
    with pytest.raises(NotFoundError):
        world.tokens.login(TokenLogin(token=token))
    stage.hub.running[ann.name] = "ready"
    stage.look()  # asks for the stop
    assert stage.erased == {}
    stage.look()
    assert stage.erased[ann.name].startswith("gone-")
    assert stage.hub.deleted == {ann.name}
    assert set(stage.rows(ann.name)) <= {"accounts", "account_changes"}
    assert stage.rows(PSEUDONYM) == ["accounts", "account_changes"]
    stage.settle()
    assert stage.rows(ann.name) == []
    assert stage.rows("ann@example.org") == []
    assert stage.rows(PSEUDONYM) == ["account_changes"]
    assert stage.is_taken(ann.name)
    assert world.join().name != ann.name


def test_of_a_visitor_not_even_the_name_is_known(world: World, stage: Stage) -> None:
    visitor, other = world.visit(), world.visit("10.0.0.2")
    assert stage.endings.leave(visitor.name).ended
    stage.look()
    stage.settle()
    assert not stage.is_taken(visitor.name)
    assert stage.rows(visitor.name) == []
    assert world.service.get(other.name).ending is None


def test_the_last_mail_says_farewell_and_is_in_no_table_once_it_is_sent(world: World) -> None:
    world.join()
    world.forgot()
    endings = EndingService(
        database=world.database,
        clock=world.clock,
        accounts=world.service,
        forget=lambda _name: None,
        farewell=world.outbox.farewell,
    )
    endings.end("ann")
    endings.end("ann")
    assert [mail["Subject"] for mail in world.mails()[1:]] == ["Your account at Aglais is deleted"]
    assert world.mails()[-1]["To"] == "ann@example.org"
    with world.database.read() as session:
        assert session.scalars(select(MailRow)).all() == []


def test_a_members_log_out_ends_nothing(world: World, stage: Stage) -> None:
    ann = world.join()
    assert not stage.endings.leave(ann.name).ended
    assert not stage.endings.leave("nobody").ended
    assert world.login().name == ann.name


def test_a_visitors_time_is_over(world: World, stage: Stage) -> None:
    visitor = world.visit()
    stage.hub.running[visitor.name] = "ready"
    world.clock.move(timedelta(hours=12) - timedelta(seconds=1))
    stage.look()
    assert stage.hub.running
    world.clock.move(timedelta(seconds=1))
    stage.look()
    assert not stage.hub.running
    stage.settle()
    assert stage.rows(visitor.name) == []


def test_nobodys_time_is_over_by_a_clock_that_was_set_wrong(world: World, stage: Stage) -> None:
    name, ender = world.visit().name, stage.ender()
    stage.hub.running[name] = "ready"
    ender.look()
    world.clock.set(timedelta(days=31))
    ender.look()
    assert world.service.has_ended(name), "nobody is let in meanwhile"
    world.clock.set(timedelta(days=-31))
    ender.look()
    assert not world.service.has_ended(name)
    assert name in stage.hub.running
    world.clock.set(timedelta(days=-1))
    ender.look()
    world.clock.set(timedelta(days=1))
    ender.look()
    world.clock.move(timedelta(hours=12))
    for _ in range(2):
        ender.look()
    assert name not in stage.hub.running
    assert stage.erased.keys() == {name}


def test_an_end_goes_on_where_the_clock_is_set_back(world: World, stage: Stage) -> None:
    name, ender = world.join().name, stage.ender()
    stage.endings.end(name)
    world.clock.set(timedelta(days=-1))
    ender.look()
    assert stage.rows(name) == []


def test_what_is_becoming_anothers_is_not_erased_before(world: World, stage: Stage) -> None:
    visitor, ann = world.visit(), world.join()
    with world.database.write() as session:
        session.add(
            MergeRow(source=visitor.name, target=ann.name, files=True, only_files=False, begun=world.clock.now())
        )
    assert stage.endings.leave(visitor.name).ended
    world.clock.move(timedelta(hours=13))
    stage.look()
    assert not stage.erased
    with world.database.write() as session:
        session.execute(delete(MergeRow))
    stage.look()
    assert visitor.name in stage.erased


@pytest.mark.parametrize("erase", [False, True])
def test_a_workshop_is_over(world: World, stage: Stage, erase: bool) -> None:
    until = world.clock.now() + timedelta(days=7)
    world.workshops.open(BatchRequest(number=1, name="gaia", until=until, erase=erase), "root")
    stage.hub.running = {"gaia-01": "ready", "ann": "ready"}
    stage.look()
    assert set(stage.hub.running) == {"gaia-01", "ann"}
    world.clock.move(timedelta(days=7))
    stage.look()
    assert set(stage.hub.running) == {"ann"}
    stage.look()
    stage.settle()
    kept = ["accounts", "login_tokens", "account_words", "account_changes", "workshop_cards"]
    assert stage.rows("gaia-01") == ([] if erase else kept)
    assert bool(stage.released) != erase
    assert ("gaia-01" in stage.erased) == erase


def test_a_suspended_accounts_server_is_stopped_and_its_bookings_are_for_the_admin_to_say(
    world: World, stage: Stage
) -> None:
    ann = world.join()
    stage.hub.running[ann.name] = "ready"
    with world.database.write() as session:
        row = AccountStore(session).lock_account(ann.name)
        assert row is not None
        row.suspended = world.clock.now()
    for _ in range(2):
        stage.look()
    assert not stage.hub.running
    assert not stage.released
    with world.database.read() as session:
        assert session.scalars(select(AccountRow.closed)).one() is not None


@pytest.mark.parametrize("where", ["one", "two", "hub", "stop"])
@pytest.mark.parametrize("trouble", [ServiceDownError("It is down."), KeyboardInterrupt()])
def test_whatever_fails_or_is_killed_is_done_by_the_next_one(
    world: World, stage: Stage, where: str, trouble: BaseException
) -> None:
    ann, bea = world.join(), world.join("bea@example.org")
    stage.hub.running[ann.name] = "ready"
    troubles = [trouble]

    def fail(step: str) -> None:
        if step == where and troubles:
            raise troubles.pop()

    stage.before = fail
    stop_server, delete_user = stage.hub.stop_server, stage.hub.delete_user
    stage.hub.stop_server = lambda name: (fail("stop"), stop_server(name))  # type: ignore[method-assign, assignment]
    stage.hub.delete_user = lambda name: (fail("hub"), delete_user(name))  # type: ignore[method-assign, assignment]
    for name in (ann.name, bea.name):
        stage.endings.end(name)
    failed = 0
    for _ in range(4):
        try:
            stage.look()
        except (ServiceDownError, KeyboardInterrupt):
            failed += 1
    assert failed == 1
    stage.settle()
    assert stage.hub.deleted == {ann.name, bea.name}
    assert set(stage.erased) == {ann.name, bea.name}
    assert stage.rows("ann") == stage.rows("bea") == []


def test_nobody_may_be_called_like_somebody_who_is_gone(world: World) -> None:
    assert world.join("gone-2a3b4c@example.org").name == "u-gone-2a3b4c"
    assert world.join("gone@example.org").name == "u-gone"
    with pytest.raises(InvalidValueError):
        world.workshops.open(BatchRequest(number=1, name="gone", until=world.clock.now() + timedelta(days=1)), "root")

"""What admins do with accounts, and the trail of it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import update

from aglais_hub.accounts.admin.changes import KEPT
from aglais_hub.accounts.admin.rules import Manager
from aglais_hub.accounts.admin.search import Search
from aglais_hub.accounts.admin.trail import record
from aglais_hub.accounts.endings.store import EndingStore
from aglais_hub.accounts.merging.service import MergeService
from aglais_hub.accounts.merging.store import MergeStore
from aglais_hub.accounts.merging.tables import MergeRow
from aglais_hub.accounts.tables import AccountRow
from aglais_hub.errors import ConflictError, ForbiddenError, InvalidValueError, NotFoundError
from aglais_hub.web.acting import HUB_PARTS, Actor, acts
from aglais_hub.wire.admin import AccountSettings, Suspension
from aglais_hub.wire.policy import Attributes, Space
from tests.accounts.conftest import World

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aglais_hub.wire.accounts import Account
    from aglais_hub.wire.admin import AccountChange

ROOT = Manager("root", is_admin=True)
DESK = Manager("dora", is_admin=False)


@pytest.fixture(autouse=True)
def _nobody_acts() -> Iterator[None]:
    yield
    acts(Actor("", "platform"))


def change(world: World, name: str, manager: Manager = ROOT, **settings: Any) -> Account:
    return world.admin.change(name, AccountSettings(**settings), manager)


def suspend(world: World, name: str, manager: Manager = ROOT, reason: str = "Mining coins.", **more: Any) -> Account:
    return world.admin.suspend(name, Suspension(reason=reason, **more), manager)


def trail(world: World, account: str | None = None) -> list[AccountChange]:
    return world.trail.select(account=account).rows


def names(world: World, text: str = "", **wanted: Any) -> list[str]:
    found: list[str] = []
    search, after = Search(text=text, **wanted), ""
    while True:
        page = world.admin.select(search, limit=2, after=after, count=True)
        found += [account.name for account in page.rows]
        if page.next is None:
            assert page.total == len(found)
            return found
        after = parse_qs(urlsplit(page.next).query)["after"][0]


def test_accounts_are_found_by_how_any_of_their_words_begins(world: World) -> None:
    for address in ("ann@example.org", "ben.gold@obs.example", "cleo_50%@obs.example"):
        world.join(address)
    change(world, "ann", display="Ann O'Neill", affiliation="Royal Observatory")
    change(world, "ben-gold", display="Bén Straße")
    assert names(world) == ["ann", "ben-gold", "cleo-50"]
    assert names(world, "obs") == ["ann", "ben-gold", "cleo-50"]
    assert names(world, "ROYAL ann") == ["ann"]
    for text in ("obs.example", "OBS.EX", "@obs.ex"):
        assert names(world, text) == ["ben-gold", "cleo-50"], text
    for text in ("o'ne", "neill", "observatory"):
        assert names(world, text) == ["ann"], text
    for text in ("gold@obs", "ben.gold@obs.example", "BEN", "bén", "STRASSE", "gold straß"):
        assert names(world, text) == ["ben-gold"], text
    for text in ("50%", "cleo_50"):
        assert names(world, text) == ["cleo-50"], text
    for text in ("%", "_", "royal ben", "bservatory", "@"):
        assert names(world, text) == [], text


def test_words_follow_whatever_becomes_of_an_account(world: World) -> None:
    world.join("ann@example.org")
    world.join("ben@obs.example")
    change(world, "ann", display="Ann Elk")
    change(world, "ann", display="Ann Moose")
    assert (names(world, "elk"), names(world, "moose")) == ([], ["ann"])
    with world.database.write() as session:
        session.add(MergeRow(source="ben", target="ann", files=False, only_files=False, begun=world.clock.now()))
        MergeStore(session).move_ways_in("ben", "ann")
        MergeStore(session).finish("ben")
    assert names(world, "obs") == ["ann"]
    world.end("ann")
    assert (names(world, "obs"), names(world, "moose"), names(world, "an")) == ([], [], [])
    with world.database.write() as session:
        EndingStore(session).delete("ann")
        words = session.connection().exec_driver_sql("SELECT word FROM account_words").scalars().all()
    assert words == ["ben"]


def test_accounts_are_sorted_and_sifted_page_by_page(world: World) -> None:
    for address in ("b@example.org", "a@example.org", "c@example.org", "d@example.org"):
        world.join(address)
        world.clock.move(timedelta(minutes=1))
    guest = world.visit().name
    change(world, "a", level=3)
    change(world, "c", level=2, expires=world.clock.now() + timedelta(hours=1))
    suspend(world, "d")
    world.login("b@example.org")
    assert names(world, sort="created") == [guest, "d", "c", "a", "b"]
    assert names(world, sort="level") == ["a", "c", "b", "d", guest]
    assert names(world, sort="last") == ["b", "a", "c", "d", guest]
    assert names(world, level=1) == ["b", "d"]
    world.clock.move(timedelta(hours=2))
    assert names(world, state="active") == ["a", "b"]
    assert names(world, state="suspended") == ["d"]
    assert names(world, state="ended") == ["c"]
    assert names(world, state="visitor") == [guest]


@pytest.mark.parametrize(
    "after",
    [
        "x",
        "WyJhXHUwMDAwIiwiYSJd",
        "WyJhIiwiXHVkODAwIl0",
        "WyJhIl0",
        "W251bGwsICJhIl0",
        "e30",
        "WzEsMl0",
        "WyIyMDI2IiwgIng",
    ],
)
@pytest.mark.parametrize("sort", ["name", "created", "level"])
def test_a_made_up_place_in_the_list_is_refused(world: World, after: str, sort: Any) -> None:
    with pytest.raises(InvalidValueError, match="no place"):
        world.admin.select(Search(sort=sort), limit=2, after=after)


def test_what_an_admin_sets_is_on_record(world: World) -> None:
    world.join()
    acts(Actor("root", "api"))
    until = world.clock.now() + timedelta(days=3)
    by_hand = Attributes(package="large", notebooks=Space(files=7))
    account = change(world, "ann", level=4, attributes=by_hand, expires=until, note="For the paper.")
    assert (account.level, account.package, account.expires) == (4, "large", until)
    assert account.allowance.notebooks.files == 7
    last = trail(world, "ann")[0]
    assert (last.by, last.through, last.what, last.note) == ("root", "api", "settings changed", "For the paper.")
    assert last.before == {"level": 1, "attributes": None, "expires": None}
    assert last.after is not None
    assert last.after["attributes"] == {"package": "large", "notebooks": {"files": 7, "size": 5000, "keep": "no"}}
    account = change(world, "ann", attributes=None, expires=None)
    assert (account.attributes, account.expires, account.level) == (None, None, 4)


def test_who_sets_one_thing_of_a_space_sets_nothing_else(world: World) -> None:
    as_level = world.join().allowance.saved
    found = change(world, "ann", attributes=Attributes(saved=Space(size=7))).allowance
    assert found.saved == as_level.model_copy(update={"size": 7})
    found = change(world, "ann", attributes=Attributes(saved=Space(size=7, kept=None))).allowance
    assert found.saved == as_level.model_copy(update={"size": 7, "kept": None})


def test_what_changes_nothing_is_not_on_record(world: World) -> None:
    world.join()
    before = (trail(world), world.service.get("ann").version)
    change(world, "ann", level=1, display="ann")
    assert (trail(world), world.service.get("ann").version) == before


def test_of_two_admins_the_second_is_told(world: World) -> None:
    version = world.join().version
    acts(Actor("root", "page"))
    change(world, "ann", level=2, version=version)
    with pytest.raises(ConflictError, match=r"root has changed .*level") as refused:
        change(world, "ann", level=3, version=version)
    assert refused.value.rule == "version"
    assert world.service.get("ann").level == 2


def test_settings_that_make_no_sense_are_refused(world: World) -> None:
    world.join()
    guest = world.visit().name
    with pytest.raises(NotFoundError):
        change(world, "nobody", level=2)
    with pytest.raises(InvalidValueError, match="has been"):
        change(world, "ann", expires=world.clock.now())
    with pytest.raises(InvalidValueError, match="no time at all") as refused:
        change(world, "ann", attributes=Attributes(saved=Space(kept="PT0H")))
    assert refused.value.field == "attributes.saved.kept"
    for name, level in (("ann", 0), (guest, 1)):
        with pytest.raises(ConflictError, match="by hand"):
            change(world, name, level=level)


def test_whoever_is_suspended_is_written_why_and_whom_to_ask_and_when_it_is_over(world: World) -> None:
    name = world.join().name
    before = len(world.mails())
    suspend(world, name, reason="Mining <coins>")
    suspend(world, name, reason="Mining <coins>")
    suspended, *more = world.mails()[before:]
    assert not more, "the same again is no news"
    assert (suspended["To"], suspended["Subject"]) == ("ann@example.org", "Your account at Aglais is suspended")
    text, html = (suspended.get_body((kind,)).get_content() for kind in ("plain", "html"))  # type: ignore[union-attr]
    for said in (
        f"your account {name}",
        "Mining <coins>",
        "Your bookings stay",
        "Ask whoever runs this platform about it.",
    ):
        assert said in text
    assert "Mining &lt;coins&gt;" in html

    world.admin.resume(name, "", ROOT)
    world.admin.resume(name, "", ROOT)
    resumed, *more = world.mails()[before + 1 :]
    assert not more
    assert (resumed["To"], resumed["Subject"]) == ("ann@example.org", "Your account at Aglais is open again")
    assert "/hub/login" in resumed.get_body(("plain",)).get_content()  # type: ignore[union-attr]


def test_who_is_suspended_is_out_until_resumed(world: World) -> None:
    world.join()
    account = suspend(world, "ann", note="Seen in the logs.")
    assert (account.suspended, account.reason) == (world.clock.now(), "Mining coins.")
    assert world.service.has_ended("ann")
    with pytest.raises(ForbiddenError, match="suspended: Mining coins"):
        world.service.check_open("ann")
    assert world.login().reason == "Mining coins."
    account = world.admin.resume("ann", "", ROOT)
    assert (account.suspended, account.reason) == (None, "")
    assert not world.service.has_ended("ann")
    world.service.check_open("ann")
    assert [one.what for one in trail(world, "ann")][:2] == ["resumed", "suspended"]


def test_nobody_shuts_themselves_out(world: World) -> None:
    world.join()
    ann = Manager("ann", is_admin=True)
    for act in (
        lambda: suspend(world, "ann", ann),
        lambda: change(world, "ann", ann, expires=world.clock.now() + timedelta(days=1)),
    ):
        with pytest.raises(ConflictError) as refused:
            act()
        assert refused.value.rule == "own_account"
    assert change(world, "ann", ann, level=2).level == 2


def test_a_helpdesk_manages_everyone_but_admins_and_itself(world: World) -> None:
    world.join("boss@example.org")
    world.join()
    world.join("dora@example.org")
    assert change(world, "ann", DESK, level=2).level == 2
    for act in (lambda: change(world, "boss", DESK, level=2), lambda: suspend(world, "boss", DESK)):
        with pytest.raises(ForbiddenError, match="an admin's account"):
            act()
    with pytest.raises(ConflictError, match="raise yourself"):
        change(world, "dora", DESK, level=5)
    assert change(world, "boss", level=2).admin


def test_the_trail_tells_who_through_what(world: World) -> None:
    world.join()
    for actor, told in (
        (Actor("", "page"), ("ann", "page")),
        (Actor(HUB_PARTS, "api"), ("ann", "page")),
        (Actor("root", "cli"), ("root", "cli")),
        (Actor("", "platform"), ("", "platform")),
    ):
        acts(actor)
        with world.database.write() as session:
            record(session, world.clock.now(), "ann", "looked at")
        assert (trail(world, "ann")[0].by, trail(world, "ann")[0].through) == told


def test_ones_own_trail_names_no_admin_and_tells_no_note(world: World) -> None:
    world.join()
    acts(Actor("root", "api"))
    change(world, "ann", level=2, note="Between us.")
    own = world.trail.own("ann").rows
    assert [(one.by, one.what, one.note) for one in own] == [
        ("an admin", "settings changed", ""),
        ("", "registered", ""),
    ]
    assert trail(world, "ann")[0].note == "Between us."


def test_the_trail_comes_in_pages_and_is_forgotten_in_time(world: World) -> None:
    world.join()
    for level in range(2, 7):
        world.clock.move(timedelta(seconds=1))
        change(world, "ann", level=level)
    page = world.trail.select(account="ann", what="settings changed", limit=3)
    assert [one.after for one in page.rows] == [{"level": 6}, {"level": 5}, {"level": 4}]
    assert page.next is not None
    after = parse_qs(urlsplit(page.next).query)["after"][0]
    page = world.trail.select(account="ann", what="settings changed", limit=3, after=after)
    assert ([one.after for one in page.rows], page.next) == ([{"level": 3}, {"level": 2}], None)
    world.clock.move(KEPT - timedelta(seconds=2))
    world.trail.forget_old()
    assert [one.after for one in trail(world)] == [{"level": 6}, {"level": 5}, {"level": 4}]


def test_no_secret_is_in_the_trail(world: World) -> None:
    world.join()
    world.forgot()
    code = world.code()
    world.reset("another horse battery", code)
    told = [change.model_dump_json() for change in trail(world)]
    assert len(told) == 2
    assert not any(secret in line for line in told for secret in ("horse", code, "argon2"))


def merging(world: World) -> MergeService:
    def nothing(*_names: str) -> None:
        """What lies elsewhere is not there."""

    return MergeService(
        database=world.database,
        clock=world.clock,
        hub=None,  # type: ignore[arg-type]
        yields=nothing,
        release=nothing,
        moves=(),
        homes=None,  # type: ignore[arg-type]
        end=nothing,
    )


def test_of_two_who_merge_two_accounts_both_ways_one_is_first(world: World) -> None:
    world.join("ann@example.org")
    world.join("ben@example.org")
    merges = merging(world)

    def begin(names: tuple[str, str]) -> str:
        try:
            return merges.begin(*names, files=False).into
        except ConflictError as refused:
            return refused.message

    with ThreadPoolExecutor(2) as pool:
        told = list(pool.map(begin, [("ann", "ben"), ("ben", "ann")]))
    assert len({"ann", "ben"} & set(told)) == 1
    assert "One of the two is being merged just now." in told


def test_who_takes_another_in_is_not_deleted_meanwhile(world: World) -> None:
    world.join("ann@example.org")
    world.join("ben@example.org")
    merging(world).begin("ann", "ben", files=False)
    with pytest.raises(ConflictError, match="becoming part of this one"):
        world.end("ben")
    with world.database.write() as session:
        session.execute(update(AccountRow).values(erase=True, expires=world.clock.now()))
        assert EndingStore(session).to_erase(world.clock.now()) == []
    world.end("ann")
    assert world.service.get("ann").ending


def test_what_is_suspended_or_goes_is_neither_merged_nor_changed(world: World) -> None:
    world.join("ann@example.org")
    world.join("ben@example.org")
    suspend(world, "ann")
    for names in (("ann", "ben"), ("ben", "ann")):
        with pytest.raises(ConflictError, match="ann is suspended"):
            merging(world).begin(*names, files=False)
    world.end("ben")
    for act in (change, suspend):
        with pytest.raises(ConflictError, match="being deleted"):
            act(world, "ben", **({"level": 3} if act is change else {}))

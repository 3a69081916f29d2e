"""Accounts to and from CSV and YAML: twice is as once, out and in again changes nothing, one bad row stops no other."""

from __future__ import annotations

import csv
import io
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import yaml

from aglais_hub.accounts.admin.rules import Manager
from aglais_hub.accounts.admin.search import Search
from aglais_hub.accounts.admin.transfer import TransferService
from aglais_hub.errors import BadCredentialsError, InvalidValueError
from aglais_hub.wire.admin import AccountSettings, Import, ImportRow
from aglais_hub.wire.policy import Attributes, Space
from tests.accounts.conftest import World

ROOT = Manager("root", is_admin=True)
DESK = Manager("dora", is_admin=False)

PEOPLE = """name,email,display,affiliation,level
ann,ann@example.org,Ann O'Neill,"Royal Observatory, Edinburgh",2
,ben@example.org,Ben,,
"""


@pytest.fixture
def transfer(world: World) -> TransferService:
    return TransferService(
        database=world.database,
        clock=world.clock,
        settings=world.settings,
        accounts=world.service,
        admin=world.admin,
        outbox=world.outbox,
    )


def load(
    transfer: TransferService,
    document: str,
    format: Any = "csv",
    manager: Manager = ROOT,
    *,
    dry_run: bool = False,
    mail: bool = False,
) -> list[ImportRow]:
    return transfer.load(Import(document=document, format=format, mail=mail), manager, dry_run=dry_run).rows


def actions(rows: list[ImportRow]) -> list[str]:
    return [row.action for row in rows]


def test_a_file_makes_accounts_and_the_same_file_again_changes_nothing(world: World, transfer: TransferService) -> None:
    rows = load(transfer, PEOPLE)
    assert [(row.row, row.name, row.action, row.error) for row in rows] == [
        (1, "ann", "created", None),
        (2, "ben", "created", None),
    ]
    ann = world.service.get("ann")
    assert (ann.level, ann.display, ann.affiliation) == (2, "Ann O'Neill", "Royal Observatory, Edinburgh")
    before = world.trail.select().rows
    assert actions(load(transfer, PEOPLE)) == ["unchanged", "unchanged"]
    assert world.trail.select().rows == before


def test_a_dry_run_tells_the_same_and_does_nothing(world: World, transfer: TransferService) -> None:
    told = load(transfer, PEOPLE, dry_run=True)
    assert (world.accounts(), world.trail.select().rows) == ([], [])
    assert load(transfer, PEOPLE) == told
    changed = PEOPLE.replace(",2\n", ",5\n")
    assert [(row.action, row.fields) for row in load(transfer, changed, dry_run=True)] == [
        ("changed", ["level"]),
        ("unchanged", []),
    ]
    assert world.service.get("ann").level == 2


def test_one_bad_row_stops_no_other(world: World, transfer: TransferService) -> None:
    world.join("boss@example.org")
    document = (
        "name,email,level\n"
        "ann,ann@example.org,2\n"
        "ben,not-an-address,2\n"
        "Cleo,cleo@example.org,2\n"
        "guest-x,guest@example.org,2\n"
        "dan,dan@example.org,0\n"
        "ann,other@example.org,2\n"
        "eve,,2\n"
        "flo,boss@example.org,2\n"
        "too,few\n"
        "gone-2a3b4c5d6e7f,hugo@example.org,2\n"
        "gus,gus@example.org,\n"
    )
    rows = load(transfer, document)
    assert actions(rows) == ["created", *["refused"] * 9, "created"]
    errors = [row.error or "" for row in rows]
    for number, said in (
        (1, "email: is no email address."),
        (2, "can't be a name"),
        (3, "can't be a name"),
        (4, "level: is less than 1."),
        (5, "same account"),
        (6, "no way in"),
        (7, "into another account, boss"),
        (8, "2 cells"),
        (9, "can't be a name"),
    ):
        assert said in errors[number], errors[number]
    assert [account.name for account in world.accounts()] == ["ann", "boss", "gus"]


@pytest.mark.parametrize("format", ["csv", "yaml"])
def test_what_was_exported_is_imported_unchanged(world: World, transfer: TransferService, format: Any) -> None:
    load(transfer, PEOPLE)
    world.visit()
    until = world.clock.now() + timedelta(days=9, microseconds=7)
    by_hand = Attributes(package="large", saved=Space(size=7, kept="P1Y", keep="always"))
    settings = AccountSettings(
        level=7, expires=until, attributes=by_hand, display='=cmd("x")|\n"y"', affiliation="'=é, no"
    )
    world.admin.change("ann", settings, ROOT)
    before = [account.model_dump() for account in world.accounts()]
    document = transfer.export(format)
    assert "guest" not in document
    assert actions(load(transfer, document, format)) == ["unchanged", "unchanged"]
    assert [account.model_dump() for account in world.accounts()] == before


@pytest.mark.parametrize("format", ["csv", "yaml"])
def test_an_export_moves_people_to_another_platform(world: World, transfer: TransferService, format: Any) -> None:
    load(transfer, PEOPLE)
    world.admin.change("ann", AccountSettings(attributes=Attributes(package="large")), ROOT)
    document = transfer.export(format)
    with world.database.write() as session:
        for table in ("identities", "accounts", "names"):
            session.connection().exec_driver_sql(f"DELETE FROM {table}")
    assert actions(load(transfer, document, format)) == ["created", "created"]
    assert transfer.export(format) == document


def test_no_cell_is_run_by_a_spreadsheet(world: World, transfer: TransferService) -> None:
    load(transfer, PEOPLE)
    for start in ("=", "+", "-", "@", "'"):
        world.admin.change("ann", AccountSettings(display=f"{start}SUM(1)"), ROOT)
        document = transfer.export("csv")
        cells = [cell for row in csv.reader(io.StringIO(document)) for cell in row]
        assert not any(cell.startswith(("=", "+", "-", "@")) for cell in cells)
        assert actions(load(transfer, document)) == ["unchanged", "unchanged"]


def test_whoever_was_imported_chooses_a_password_by_mail(world: World, transfer: TransferService) -> None:
    load(transfer, PEOPLE)
    assert world.mails() == []
    with pytest.raises(BadCredentialsError):
        world.login(password="")
    world.forgot()
    assert world.reset("a sentence of my own").name == "ann"
    assert world.login(password="a sentence of my own").level == 2


def test_with_mail_they_are_told(world: World, transfer: TransferService) -> None:
    load(transfer, PEOPLE, mail=True)
    assert {mail["To"] for mail in world.mails()} == {"ann@example.org", "ben@example.org"}
    world.clock.move(timedelta(days=3))
    assert world.reset("a sentence of my own", world.code("ann@")).name == "ann"
    load(transfer, PEOPLE, mail=True)
    assert len(world.mails()) == 3  # and that the password was changed


def test_a_helpdesk_makes_no_admin_and_changes_none(world: World, transfer: TransferService) -> None:
    boss = "name,email,level\n,boss@example.org,2\n"
    assert load(transfer, boss, manager=DESK)[0].error == "This is an admin's address."
    assert actions(load(transfer, boss)) == ["created"]
    assert world.service.get("boss").admin
    refused = load(transfer, boss.replace(",2\n", ",3\n"), manager=DESK)
    assert refused[0].error is not None
    assert "an admin's account" in refused[0].error


def test_an_end_and_what_is_set_by_hand_can_be_taken_away(world: World, transfer: TransferService) -> None:
    load(transfer, PEOPLE)
    rows = load(transfer, 'name,expires,attributes\nann,2026-12-04T00:00:00Z,"{""package"": ""large""}"\n')
    assert rows[0].fields == ["attributes", "expires"]
    assert load(transfer, "name,expires\nann,\n")[0].fields == ["expires"]
    assert world.service.get("ann").package == "large"
    assert load(transfer, "- {name: ann, attributes: null}", "yaml")[0].fields == ["attributes"]


def test_a_name_is_never_given_twice(world: World, transfer: TransferService) -> None:
    load(transfer, PEOPLE)
    with world.database.write() as session:
        session.connection().exec_driver_sql("DELETE FROM accounts")
    assert "was somebody's" in (load(transfer, PEOPLE)[0].error or "")


@pytest.mark.parametrize(
    ("format", "document"),
    [
        ("csv", "name,password\nann,x\n"),
        ("csv", "name,name\nann,x\n"),
        ("csv", 'name,email\n"ann,x\n'),
        ("csv", "name\n" + "ann\n" * 20_001),
        ("yaml", "accounts: ["),
        ("yaml", "name: ann"),
        ("yaml", "- &a {name: ann}\n- *a"),
        ("yaml", "!!python/object/apply:os.system ['true']"),
        ("yaml", "[" * 5000),
    ],
)
def test_what_is_no_such_document_is_refused(transfer: TransferService, format: Any, document: str) -> None:
    with pytest.raises(InvalidValueError):
        load(transfer, document, format)


@pytest.mark.parametrize("row", [3, "x", None, ["ann"], {"name": True}, {"nam": "ann"}, {"attributes": {"x": 1}}])
def test_a_row_that_is_none_says_so(transfer: TransferService, row: Any) -> None:
    rows = load(transfer, yaml.safe_dump([row, {"email": "ann@example.org"}]), "yaml")
    assert actions(rows) == ["refused", "created"]


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("name: no", "name: is no text. Put it in quotes."),
        ("affiliation: 007", "affiliation: is no text. Put it in quotes."),
        ("level: yes", "level: is true or false, and not a number."),
        ("expires: on", "expires: is true or false, and not a number."),
        ("attributes: {saved: {size: true}}", "attributes.saved.size: is true or false, and not a number."),
        ("level: 2\n  level: 3", "level: is there twice."),
        ("attributes: {saved: {size: 1, size: 2}}", "attributes.saved.size: is there twice."),
        ("email: ben@example.org", "email: is there twice."),
    ],
)
def test_yaml_is_not_taken_for_what_it_does_not_say(transfer: TransferService, row: str, why: str) -> None:
    rows = load(transfer, f"- email: ann@example.org\n  {row}\n- email: cleo@example.org\n", "yaml")
    assert [(one.action, one.error) for one in rows] == [("refused", why), ("created", None)]


def test_json_in_a_cell_has_nothing_twice(transfer: TransferService) -> None:
    (row,) = load(transfer, 'email,attributes\nann@example.org,"{""package"": ""tiny"", ""package"": ""large""}"\n')
    assert row.error == "attributes.package: is there twice."


def test_spreadsheets_ways_are_read(world: World, transfer: TransferService) -> None:
    assert actions(load(transfer, "\ufeffName;Email;Level\r\nann;ann@example.org;2\r\n\r\n")) == ["created"]
    assert actions(load(transfer, "sep=;\r\nname;email\r\nben;ben@example.org\r\n")) == ["created"]
    assert actions(load(transfer, '"sep=;"\r\nname;email\r\ncleo;cleo@example.org\r\n')) == ["created"]
    assert actions(load(transfer, "\r\n \r\nname;email\r\ndan;dan@example.org\r\n")) == ["created"]
    assert actions(load(transfer, "")) == []
    assert actions(load(transfer, "", "yaml")) == []
    assert world.service.get("ann").level == 2


MIXED = """accounts:
- name: ann
  email: ann@example.org
  display: "=SUM(1)"
  level: 2
  identities:
  - {kind: github, subject: '4711', label: ann-o, email: ann@example.org}
  - {kind: email, subject: second@example.org}
- name: ben
  display: Ben
  level: 1
  identities:
  - {kind: cilogon, subject: 'http://cilogon.org/serverA/users/12', email: ann@example.org}
- name: card-01
  display: card-01
  level: 3
  expires: '2020-01-01T00:00:00Z'
  identities: []
- name: cleo
  email: cleo@example.org
  display: Cleo
  level: 1
  suspended: Mining coins.
"""


@pytest.mark.parametrize("format", ["csv", "yaml"])
def test_every_kind_of_account_moves_with_its_ways_in(world: World, transfer: TransferService, format: Any) -> None:
    assert actions(load(transfer, MIXED, "yaml")) == ["created"] * 4
    document = transfer.export(format)
    if format == "yaml":
        assert document == yaml.safe_dump(yaml.safe_load(MIXED), sort_keys=False, allow_unicode=True)
    before = [account.model_dump(exclude={"identities"}) for account in world.accounts()]
    with world.database.write() as session:
        for table in ("identities", "accounts", "names"):
            session.connection().exec_driver_sql(f"DELETE FROM {table}")
    assert actions(load(transfer, document, format)) == ["created"] * 4
    assert transfer.export(format) == document
    assert [account.model_dump(exclude={"identities"}) for account in world.accounts()] == before
    assert actions(load(transfer, document, format)) == ["unchanged"] * 4
    assert (world.service.has_ended("cleo"), world.service.has_ended("card-01")) == (True, True)


def test_a_long_document_is_taken_in_pieces_and_one_that_was_cut_short_again(
    world: World, transfer: TransferService, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [f"p{number}@example.org" for number in range(130)] + ["p3@example.org"]
    asked = Import(document="email\n" + "\n".join(lines) + "\n")
    piece = transfer.load(asked, ROOT, dry_run=False, start=11, most=60)
    assert ([row.row for row in piece.rows], piece.of) == ([*range(11, 71)], 131)
    open_one, opened = transfer._open, 0

    def killed(*given: Any) -> str:
        nonlocal opened
        opened += 1
        if opened > 40:
            raise KeyboardInterrupt
        return open_one(*given)

    monkeypatch.setattr(transfer, "_open", killed)
    with pytest.raises(KeyboardInterrupt):
        transfer.load(asked, ROOT, dry_run=False)
    monkeypatch.undo()
    rows = transfer.load(asked, ROOT, dry_run=False).rows
    assert 60 <= actions(rows).count("unchanged") < 130
    assert rows[-1].error is not None
    assert "Row 4 is about the same account" in rows[-1].error
    assert actions(transfer.load(asked, ROOT, dry_run=False, start=101).rows) == ["unchanged"] * 30 + ["refused"]


def test_where_rows_take_long_fewer_are_answered_at_a_time(
    world: World, transfer: TransferService, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = Import(document="email\n" + "".join(f"p{number}@example.org\n" for number in range(130)))
    some = transfer._some

    def slowly(*given: Any, **more: Any) -> list[ImportRow]:
        world.clock.move(timedelta(seconds=4))
        return some(*given, **more)

    monkeypatch.setattr(transfer, "_some", slowly)
    told: list[ImportRow] = []
    while True:
        piece = transfer.load(asked, ROOT, dry_run=False, start=len(told) + 1, most=500)
        assert 0 < len(piece.rows) <= 50
        told += piece.rows
        if len(told) == piece.of:
            break
    assert actions(told) == ["created"] * 130
    assert actions(load(transfer, asked.document)) == ["unchanged"] * 130, "who asks for all gets all"


def test_only_admins_link_ways_in_to_an_account_that_is_there(world: World, transfer: TransferService) -> None:
    load(transfer, PEOPLE)
    guest = world.visit().name
    row = "- {{name: {}, identities: [{{kind: github, subject: '7', label: ann-o}}]}}"
    assert "Only an admin" in (load(transfer, row.format("ann"), "yaml", DESK)[0].error or "")
    assert "A visitor" in (load(transfer, row.format(guest), "yaml")[0].error or "")
    assert load(transfer, row.format("ann"), "yaml")[0].fields == ["identities"]
    assert actions(load(transfer, row.format("ann"), "yaml", DESK)) == ["unchanged"]
    assert "into another account" in (load(transfer, row.format("ben"), "yaml")[0].error or "")
    assert world.trail.select(account="ann").rows[0].after == {"way": "github", "label": "ann-o"}
    assert load(transfer, "- {identities: [{kind: github, subject: '7'}], level: 4}", "yaml")[0].name == "ann"
    boss = "- {name: x, identities: [{kind: email, subject: Boss@Example.org}]}"
    assert "an admin's address" in (load(transfer, boss, "yaml", DESK)[0].error or "")


@pytest.mark.parametrize("is_named", [True, False])
def test_two_who_import_the_same_people_at_once_open_each_once(
    world: World, transfer: TransferService, is_named: bool
) -> None:
    rows = [f"{f'p{number}' if is_named else ''},p{number}@example.org" for number in range(60)]
    documents = ["name,email\n" + "\n".join(some) + "\n" for some in (rows, rows[::-1])]
    with ThreadPoolExecutor(2) as pool:
        told = list(pool.map(lambda document: load(transfer, document), documents))
    assert sorted(row.action for rows in told for row in rows) == ["created"] * 60 + ["unchanged"] * 60
    assert world.admin.select(Search(), limit=100, after="", count=True).total == 60


def test_what_excel_writes_is_read_or_said_to_be_broken(world: World, transfer: TransferService) -> None:
    lines = ("Name\tEmail\tDisplay\t\t", "ann\tann@example.org\tÄnn\t\t", "\t\t\t\t", "ben\tb@example.org\tB\tmore\t")
    rows = load(transfer, "\ufeff" + "\r\n".join(lines) + "\r\n")
    assert [(row.action, row.name) for row in rows] == [("created", "ann"), ("refused", "ben")]
    assert world.service.get("ann").display == "Änn"
    lost = "name;email;display\ncleo;cleo@example.org;Cl" + b"\xe9o".decode(errors="replace")
    assert "Save the document as UTF-8" in (load(transfer, lost)[0].error or "")
    with pytest.raises(InvalidValueError, match="'email' is there twice"):
        load(transfer, "email,email\n")

"""Groups: who is in them, who says so, and what a stranger learns, which is nothing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from aglais_hub.accounts.tables import AccountRow
from aglais_hub.errors import ForbiddenError
from aglais_hub.wire.groups import GroupRequest
from tests.support.people import make_group, open_accounts

if TYPE_CHECKING:
    from tests.support.platform import Platform


@pytest.fixture
def group(platform: Platform) -> Platform:
    """The group astro, owned by ada, with ben; reader is a stranger."""
    open_accounts(platform, "ada", "ben", "reader")
    make_group(platform, "astro", "ada", "ben")
    return platform


def members(platform: Platform, name: str = "astro") -> dict[str, str]:
    found = platform.call("GET", f"groups/{name}", "root").json()
    return {one["account"]: one["role"] for one in found["members"]}


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def test_members_see_the_group_and_each_other(group: Platform) -> None:
    seen = group.call("GET", "groups/astro", "ben").json()
    assert seen["role"] == "member"
    assert [(one["account"], one["display"], one["role"]) for one in seen["members"]] == [
        ("ada", "Ada", "owner"), ("ben", "Ben", "member")
    ]  # fmt: skip
    assert seen["budget"] is None
    assert seen["shared"]["size"] == 10240
    assert group.call("GET", "groups/select", "ben").json()["rows"] == [seen]
    assert group.call("GET", "groups/select", "root").json()["rows"][0]["role"] is None
    assert group.call("GET", "groups/select?account=ada", "root").json()["rows"][0]["role"] == "owner"


def test_a_stranger_learns_nothing(group: Platform) -> None:
    for name in ("astro", "nothing"):
        for method, path, body in (
            ("GET", f"groups/{name}", None),
            ("POST", f"groups/{name}", {"note": "x"}),
            ("DELETE", f"groups/{name}?files=keep", None),
            ("POST", f"groups/{name}/members", {"account": "reader"}),
            ("DELETE", f"groups/{name}/members/ben", None),
            ("DELETE", f"groups/{name}/members/reader", None),
        ):
            answer = group.call(method, path, "hub-parts", **({"json": body} if body else {}))
            assert code(answer) == (404, "not_found"), f"{method} {path}"
    assert group.call("GET", "groups/select", "hub-parts").json()["rows"] == []
    assert group.call("GET", "groups/select?account=ada", "ben").status_code == 403
    assert group.call("GET", "groups/astro?by=ada", "hub-parts").status_code == 403


def test_owners_say_who_is_in_it_by_name_or_address(group: Platform) -> None:
    open_accounts(group, "cleo", "dora")
    open_accounts(group, "guest", level=0)
    added = group.call("POST", "groups/astro/members", json={"account": "cleo"})
    assert added.status_code == 200
    group.call("POST", "groups/astro/members", json={"account": "Dora@Example.org", "role": "owner"})
    assert members(group) == {"ada": "owner", "ben": "member", "cleo": "member", "dora": "owner"}
    # The same answer for an address that nobody has; visitors are in no groups.
    before = group.call("GET", "groups/astro").json()
    for nobody in ("nobody@example.org", "nobody", "guest"):
        answer = group.call("POST", "groups/astro/members", json={"account": nobody})
        assert (answer.status_code, answer.json()) == (200, before)
    told = group.call("POST", "groups/astro/members", "root", json={"account": "guest"})
    assert (code(told), told.json()["error"]["field"]) == ((400, "invalid_value"), "account"), "admins see who there is"
    assert code(group.call("POST", "groups/astro/members", "ben", json={"account": "cleo"})) == (403, "forbidden")
    assert code(group.call("POST", "groups/astro", "ben", json={"note": "mine"})) == (403, "forbidden")
    assert code(group.call("DELETE", "groups/astro/members/cleo", "ben")) == (403, "forbidden")
    assert group.call("DELETE", "groups/astro/members/cleo").status_code == 200
    assert "cleo" not in members(group)


def test_who_tries_many_addresses_is_stopped(group: Platform) -> None:
    answers = [
        group.call("POST", "groups/astro/members", json={"account": f"n{number}@example.org"}).status_code
        for number in range(61)
    ]
    assert answers == [200] * 60 + [429]


def test_the_last_owner_stays_until_there_is_another(group: Platform) -> None:
    alone = group.call("DELETE", "groups/astro/members/ada")
    assert code(alone) == (409, "conflict")
    assert "Make another member an owner first" in alone.json()["error"]["help"]
    assert code(group.call("POST", "groups/astro/members", json={"account": "ada"})) == (409, "conflict")
    group.call("POST", "groups/astro/members", json={"account": "ben", "role": "owner"})
    assert group.call("DELETE", "groups/astro/members/ada").json() == {"rows": []}
    assert members(group) == {"ben": "owner"}


def test_of_two_owners_who_leave_at_once_one_stays(group: Platform) -> None:
    for _ in range(5):
        for name in ("ada", "ben"):
            group.call("POST", "groups/astro/members", "root", json={"account": name, "role": "owner"})
        with ThreadPoolExecutor(2) as pool:
            left = list(
                pool.map(lambda name: group.call("DELETE", f"groups/astro/members/{name}", name), ("ada", "ben"))
            )
        assert sorted(answer.status_code for answer in left) == [200, 409]
        assert list(members(group).values()) == ["owner"]


def test_of_two_groups_that_are_made_at_once_with_one_name_one_is(group: Platform) -> None:
    for number in range(5):
        with ThreadPoolExecutor(4) as pool:
            made = list(
                pool.map(
                    lambda owner, name=f"twin-{number}": group.call(
                        "POST", "groups/create", "root", json={"name": name, "owner": owner}
                    ),
                    ("ada", "ben", "ada", "ben"),
                )
            )
        assert sorted(answer.status_code for answer in made) == [201, 409, 409, 409], [one.text for one in made]


def test_whoever_is_on_the_way_out_is_added_no_more(group: Platform) -> None:
    open_accounts(group, "cleo")
    with group.parts.databases[0].write() as session:
        session.get_one(AccountRow, "cleo").ending = group.clock.now()
    for caller, status in (("ada", 200), ("root", 404)):
        answer = group.call("POST", "groups/astro/members", caller, json={"account": "cleo"})
        assert answer.status_code == status
    assert "cleo" not in members(group)


def test_a_name_is_never_given_again_and_deleting_says_what_becomes_of_the_files(group: Platform) -> None:
    assert code(group.call("POST", "groups/create", json={"name": "mine"})) == (403, "forbidden")
    for name in ("../up", "select", "create"):
        assert code(group.call("POST", "groups/create", "root", json={"name": name})) == (400, "invalid_value")
    unsaid = group.call("DELETE", "groups/astro")
    assert code(unsaid) == (400, "invalid_value")
    assert "files=keep" in unsaid.json()["error"]["help"]
    assert code(group.call("DELETE", "groups/astro?files=keep", "ben")) == (403, "forbidden")
    assert group.call("DELETE", "groups/astro?files=keep").json() == {"rows": []}
    assert group.call("GET", "groups/astro").status_code == 404
    assert group.call("GET", "groups/select", "ben").json()["rows"] == []
    again = group.call("POST", "groups/create", "root", json={"name": "astro", "owner": "ben"})
    assert code(again) == (409, "conflict")


def test_files_are_counted_and_go_with_the_group_where_that_was_chosen(group: Platform) -> None:
    folder = group.settings.groups_folder
    for name in ("astro", "other"):
        (folder / name).mkdir(parents=True)
        (folder / name / "ours.txt").write_text("ours")
    make_group(group, "other", "ada")
    group.parts.groups.tidy()
    shared = group.call("GET", "groups/astro").json()["shared"]
    assert (shared["has_files"], shared["has_size"]) == (1, 1)
    assert group.call("DELETE", "groups/astro?files=delete").is_success
    assert group.call("DELETE", "groups/other?files=keep").is_success
    group.parts.groups.tidy()
    assert [there.name for there in folder.iterdir()] == ["other"]


def test_an_edit_of_an_older_version_is_refused(group: Platform) -> None:
    renamed = group.call("POST", "groups/astro", json={"display": "Astronomy", "version": 1})
    assert (renamed.json()["display"], renamed.json()["version"]) == ("Astronomy", 2)
    assert code(group.call("POST", "groups/astro", json={"note": "late", "version": 1})) == (409, "conflict")
    for nothing in (" ", "\u200b\u202e"):
        blank = group.call("POST", "groups/astro", json={"display": nothing})
        assert (code(blank), blank.json()["error"]["field"]) == ((400, "invalid_value"), "display")
    turned = group.call("POST", "groups/astro", json={"display": "Astro\u202e\nnomy"})
    assert turned.json()["display"] == "Astro nomy"
    assert code(group.call("POST", "groups/astro", json={"size": 1})) == (403, "forbidden")
    assert group.call("POST", "groups/astro", "root", json={"size": 1}).json()["shared"]["size"] == 1


def test_accounts_that_end_leave_their_groups_and_merged_ones_bring_theirs(group: Platform) -> None:
    open_accounts(group, "cleo")
    groups = group.parts.groups
    make_group(group, "other", "ben", "cleo")
    assert groups.of("ada") == (["astro"], ["astro"])
    group.call("POST", "groups/astro/members", json={"account": "cleo"})
    groups.leave_all("ada", "gone-1")
    assert members(group) == {"ben": "owner", "cleo": "member"}, "who has been in longest owns it"
    found = group.call("GET", "groups/astro", "ben")
    assert "ada" not in found.text
    assert [one["by"] for one in found.json()["members"]] == ["root", "gone-1"]
    groups.leave_all("ada", "gone-1")
    groups.leave_all("cleo", "gone-2")
    groups.move("ben", "cleo")
    assert members(group) == {"cleo": "owner"}
    assert members(group, "other") == {"cleo": "owner"}
    assert groups.of("ben") == ([], [])


def test_what_becomes_of_a_member_is_on_record(group: Platform) -> None:
    group.call("POST", "groups/astro/members", json={"account": "ben", "role": "owner"})
    group.call("DELETE", "groups/astro/members/ben", "ben")
    rows = group.call("GET", "accounts/ben/changes", "ben").json()["rows"]
    assert {(row["what"], row["by"]) for row in rows} == {
        ("group left", "ben"), ("group role", "an admin"), ("group joined", "an admin")
    }  # fmt: skip


def test_who_cannot_log_in_inherits_no_group_and_who_does_is_told_so_on_record(group: Platform) -> None:
    open_accounts(group, "cleo")
    group.call("POST", "groups/astro/members", json={"account": "cleo"})
    assert group.call("POST", "accounts/ben/suspend", "root", json={"reason": "Away."}).status_code == 200
    group.parts.groups.leave_all("ada", "gone-1")
    assert members(group) == {"ben": "member", "cleo": "owner"}
    last = group.call("GET", "accounts/cleo/changes", "root").json()["rows"][0]
    assert (last["what"], last["through"], last["after"]) == ("group role", "platform", {"role": "owner"})


def test_a_group_whose_owners_cannot_log_in_says_so(group: Platform) -> None:
    assert group.call("GET", "groups/astro", "ben").json()["led"]
    assert group.call("POST", "accounts/ada/suspend", "root", json={"reason": "Away."}).status_code == 200
    assert not group.call("GET", "groups/astro", "ben").json()["led"]
    group.call("POST", "groups/astro/members", "root", json={"account": "ben", "role": "owner"})
    assert group.call("GET", "groups/select", "ben").json()["rows"][0]["led"]


def test_that_a_group_was_deleted_is_on_its_members_records(group: Platform) -> None:
    group.call("DELETE", "groups/astro?files=keep", "ada")
    for name, by, role in (("ada", "ada", "owner"), ("ben", "an admin", "member")):
        last = group.call("GET", f"accounts/{name}/changes", name).json()["rows"][0]
        assert (last["what"], last["by"], last["before"]) == ("group deleted", by, {"group": "astro", "role": role})


def test_whoever_changes_a_group_is_on_record(group: Platform) -> None:
    days = {"startdate": "2026-06-01", "enddate": "2026-06-30"}
    for by, method, path, body in (
        ("root", "POST", "groups/astro/budget", {"hours": 10, **days}),
        ("root", "POST", "groups/astro/budget", {"hours": 4, **days}),
        ("root", "DELETE", "groups/astro/budget", {}),
        ("root", "POST", "groups/astro", {"size": 99}),
        ("ada", "POST", "groups/astro", {"note": ""}),
        ("ada", "DELETE", "groups/astro?files=keep", {}),
    ):
        answer = group.call(method, path, by, **({"json": body} if body else {}))
        assert answer.is_success, answer.text
    rows = group.call("GET", "changes/select?account=", "root").json()["rows"]
    month = {"start": "2026-06-01T00:00:00Z", "end": "2026-07-01T00:00:00Z"}
    assert [(row["by"], row["what"], row["before"], row["after"]) for row in rows if "group" in row["what"]][:-1] == [
        ("ada", "group deleted", rows[0]["before"], {"files": "keep"}),
        ("root", "group changed", {"group": "astro", "size": 10240}, {"size": 99}),
        ("root", "group budget", {"hours": "4.00", **month}, {"group": "astro"}),
        ("root", "group budget", {"hours": "10.00", **month}, {"group": "astro", "hours": "4.00", **month}),
        ("root", "group budget", None, {"group": "astro", "hours": "10.00", **month}),
    ]
    assert (rows[-1]["what"], rows[-1]["after"]["group"]) == ("group made", "astro")
    assert "ben" not in str(rows), "who is in it is on their own record, which ends with them"
    refused = group.call("POST", "groups/astro/budget", "root", json={"hours": 1, **days})
    assert refused.status_code == 404


def test_what_is_no_account_owns_no_group(lite: Platform) -> None:
    with pytest.raises(ForbiddenError, match="portal is none"):
        lite.parts.groups.create(GroupRequest(name="astro"), "portal", "portal")
    assert lite.call("GET", "groups/select", "root").json()["rows"] == []


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        ("-1", "is less than 0"),
        ("NaN", "is no number"),
        ("many", "is no number"),
        ("0.001", "has more than 2 digits behind the point"),
        ("1e400", "has more than 12 digits"),
    ],
)
def test_what_is_no_budget_is_refused_in_words(lite: Platform, hours: str, said: str) -> None:
    asked = {"hours": hours, "startdate": "2026-06-01", "enddate": "2026-06-30"}
    found = lite.call("POST", "groups/astro/budget", "root", json=asked).json()["error"]
    assert (found["field"], found["message"]) == ("hours", f"hours: {said}.")


def test_what_is_no_role_is_told_what_there_is(lite: Platform) -> None:
    found = lite.call("POST", "groups/astro/members", json={"account": "ben", "role": "king"}).json()["error"]
    assert found["message"] == "role: is to be 'owner' or 'member'."

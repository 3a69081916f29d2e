"""What each level may have: the shipped policy, a file over it, what is set by hand, and lengths of time."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from aglais_hub.errors import InvalidValueError
from aglais_hub.policy import SHIPPED, after, allowance, load_policy
from aglais_hub.wire.policy import Attributes, Space


def test_nothing_is_the_shipped_policy():
    assert load_policy("") == load_policy("  ") == SHIPPED


def test_a_file_changes_what_it_names_and_leaves_the_rest(tmp_path):
    file = tmp_path / "policy.toml"
    file.write_text('[levels.1]\npackage = "tiny"\n[levels.1.saved]\nsize = 50_000\nkept = "P1Y"\n')
    policy = load_policy(str(file))
    assert policy.levels[1].package == "tiny"
    assert policy.levels[1].saved == SHIPPED.levels[1].saved.model_copy(update={"size": 50_000, "kept": "P1Y"})
    assert policy.levels[1].notebooks == SHIPPED.levels[1].notebooks
    assert (policy.levels[0], policy.levels[2]) == (SHIPPED.levels[0], SHIPPED.levels[2])


def test_json_says_the_same():
    assert load_policy('{"levels": {"1": {"saved": {"kept": null}}}}').levels[1].saved.kept is None
    assert load_policy(json.dumps(SHIPPED.model_dump(mode="json"))) == SHIPPED


def test_a_new_level_begins_as_the_next_lower_one():
    policy = load_policy('{"levels": {"2": {"package": "large"}, "5": {"saved": {"size": 7}}}}')
    assert policy.levels[5].saved.size == 7
    assert policy.levels[5].package == "large"
    assert policy.levels[5].temporary == policy.levels[2].temporary


@pytest.mark.parametrize(("level", "as_level"), [(0, 0), (1, 1), (2, 2), (3, 2), (100, 2)])
def test_a_level_that_is_not_named_has_what_the_next_lower_one_has(level, as_level):
    assert allowance(SHIPPED, level) == SHIPPED.levels[as_level]


def test_what_is_set_by_hand_counts_over_the_level():
    by_hand = Attributes(package="large", saved=Space(size=5, keep="always"))
    found = allowance(SHIPPED, 1, by_hand)
    assert (found.package, found.saved.size, found.saved.keep) == ("large", 5, "always")
    assert found.notebooks == SHIPPED.levels[1].notebooks
    assert allowance(SHIPPED, 1, Attributes()) == SHIPPED.levels[1]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("{", "Expecting"),
        ("{}", "levels"),
        ('{"levels": []}', "levels"),
        ('{"levels": {}, "more": 1}', "levels"),
        ('{"levels": {"one": {}}}', "levels.one"),
        ('{"levels": {"1": 5}}', "levels.1"),
        ('{"levels": {"-1": {}}}', "levels.-1"),
        ('{"levels": {"1": {"attic": {}}}}', "levels.1.attic"),
        ('{"levels": {"1": {"saved": {"sise": 5}}}}', "levels.1.saved.sise"),
        ('{"levels": {"1": {"saved": {"size": -5}}}}', "levels.1.saved.size"),
        ('{"levels": {"1": {"saved": {"kept": "6 months"}}}}', "levels.1.saved.kept"),
        ('{"levels": {"1": {"saved": {"kept": "P0D"}}}}', "levels.1.saved.kept.*no time at all"),
        ('{"levels": {"0": {"lasts": "PT00H"}}}', "levels.0.lasts.*no time at all"),
        ('{"levels": {"1": {"saved": {"keep": "perhaps"}}}}', "levels.1.saved.keep"),
    ],
)
def test_what_is_wrong_is_named(text, named):
    with pytest.raises(InvalidValueError, match=named) as raised:
        load_policy(text)
    assert raised.value.field == "AGLAIS_POLICY"
    assert "docs/login.md" in (raised.value.help or "")


def test_a_file_that_is_none_is_named(tmp_path):
    with pytest.raises(InvalidValueError, match=r"nowhere\.toml"):
        load_policy(str(tmp_path / "nowhere.toml"))
    (tmp_path / "odd.toml").write_text("levels = [")
    with pytest.raises(InvalidValueError, match=r"odd\.toml"):
        load_policy(str(tmp_path / "odd.toml"))


@pytest.mark.parametrize(
    ("start", "lasting", "end"),
    [
        ("2026-06-08T09:00", "P7D", "2026-06-15T09:00"),
        ("2026-06-08T09:00", "P2W", "2026-06-22T09:00"),
        ("2026-06-08T09:00", "PT12H", "2026-06-08T21:00"),
        ("2026-06-08T09:00", "PT90M", "2026-06-08T10:30"),
        ("2026-06-08T09:00", "P1Y2M3DT4H5M", "2027-08-11T13:05"),
        ("2026-08-31T09:00", "P6M", "2027-02-28T09:00"),
        ("2027-08-31T09:00", "P6M", "2028-02-29T09:00"),
        ("2026-01-31T09:00", "P1M", "2026-02-28T09:00"),
        ("2026-03-31T09:00", "P1M", "2026-04-30T09:00"),
        ("2028-02-29T09:00", "P1Y", "2029-02-28T09:00"),
        ("2028-02-29T09:00", "P4Y", "2032-02-29T09:00"),
        ("2026-12-31T23:30", "PT1H", "2027-01-01T00:30"),
        ("2026-11-30T09:00", "P13M", "2027-12-30T09:00"),
    ],
)
def test_so_long_later(start, lasting, end):
    began = datetime.fromisoformat(start).replace(tzinfo=UTC)
    assert after(began, lasting) == datetime.fromisoformat(end).replace(tzinfo=UTC)


@pytest.mark.parametrize("lasting", ["", "P", "PT", "7D", "P7", "P1.5D", "P-1D", "PT5S", "P7DT", "a week"])
def test_what_is_no_length_of_time_is_refused(lasting):
    with pytest.raises(ValueError, match="length of time"):
        after(datetime(2026, 6, 8, tzinfo=UTC), lasting)
    with pytest.raises(ValueError, match="length of time"):
        Space(kept=lasting)

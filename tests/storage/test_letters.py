"""What the warnings say, in text and in HTML."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from aglais_hub.accounts.email.letters import LETTER, compose
from aglais_hub.accounts.tables import MailRow
from aglais_hub.storage.letters import warning
from aglais_hub.wire.storage import StoredItem

if TYPE_CHECKING:
    from aglais_hub.wire.policy import Keep

NOW = datetime(2026, 6, 8, 9, tzinfo=UTC)
PAGE = "https://hub.example.org/hub/storage"


def going(path: str, days: int = 14, *, files: int = 1, size: int = 2048, may: Keep = "again") -> StoredItem:
    until = NOW + timedelta(days=days)
    return StoredItem(space="saved", path=path, files=files, size=size, changed=NOW, until=until, may=may, warned=NOW)


def written(*items: StoredItem) -> tuple[str, str, str]:
    """Subject, text and HTML of the mail, as it is sent."""
    row = MailRow(kind=LETTER, letter=asdict(warning(items, page=PAGE)))
    message = compose(row, url="", code="", lifetime=None).message(sender="a@b.org", to="ada@example.org", now=NOW)
    text, html = (message.get_body((kind,)) for kind in ("plain", "html"))
    assert text is not None
    assert html is not None
    return str(message["Subject"]), text.get_content(), html.get_content()


def test_a_warning_names_what_goes_and_when_and_where_to_keep_it():
    subject, text, html = written(going("user/b"), going("user/a", 2, files=1250, size=3 * 2**30))
    assert subject == "2 files and folders of yours at Aglais will be deleted from 10 June 2026 on"
    first = "    user/a\n        1,250 files, 3.0 GiB, goes on 10 June 2026\n"
    assert first + "    user/b\n        2.0 KiB, goes on 22 June 2026\n" in text
    assert f"    {PAGE}\n" in text
    assert "Keep there what you still need." in text
    assert html.index("user/a") < html.index("user/b")
    assert f'href="{PAGE}"' in html


def test_of_what_can_not_be_kept_it_does_not_say_so():
    subject, text, _ = written(going("user/a", may="no"))
    assert subject == "One file or folder of yours at Aglais will be deleted on 22 June 2026"
    assert "Keep" not in text
    assert "Change or copy what you still need" in text


def test_a_long_list_is_cut():
    _, text, _ = written(*[going(f"user/{number}") for number in range(100)])
    assert text.count("goes on") == 30
    assert "And 70 more; the page has them all." in text


def test_a_name_is_nothing_but_a_name():
    _, text, html = written(going("user/<b>x</b>\n\nBcc: all@example.org\u202e"))
    assert "    user/<b>x</b>??Bcc: all@example.org?\n" in text
    assert "<b>" not in html

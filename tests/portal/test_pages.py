"""The web pages without a hub behind them: where they lead, how they travel, what they say when something is wrong."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import httpx
import pytest

from aglais_hub.portal import STATIC, pages
from tests.support.pages import cookies_of
from tests.support.ports import TLS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.platform import Platform


def get(platform: Platform, path: str, **more: object) -> httpx.Response:
    return httpx.get(f"{platform.url}services/aglais/{path}", timeout=60, trust_env=False, verify=TLS, **more)  # type: ignore[arg-type]


def test_the_pages_begin_with_the_bookings(lite: Platform) -> None:
    for path in ("", "../aglais"):
        assert get(lite, path).headers["location"] == "/services/aglais/bookings", path


@pytest.mark.parametrize("path", ["bookings", "bookings/123?tz=UTC"])
def test_whoever_is_not_logged_in_is_sent_to_the_hub(lite: Platform, path: str) -> None:
    answer = get(lite, path)
    assert answer.status_code == 302
    assert answer.headers["location"].startswith("/hub/api/oauth2/authorize?")
    assert "HttpOnly" in answer.headers["set-cookie"]


def test_a_page_that_is_not_there_is_told_as_a_page_and_an_address_of_the_api_as_json(lite: Platform) -> None:
    page = get(lite, "nowhere")
    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "There is nothing here" in page.text
    api = get(lite, "api/nowhere")
    assert (api.status_code, api.json()["error"]["code"]) == (404, "not_found")


def test_coming_back_without_having_begun_is_told(lite: Platform) -> None:
    answer = get(lite, "oauth_callback?code=x&state=yyyyyyyyyyyyyyyyyyyyyyy")
    assert answer.status_code == 401
    assert "Logging in did not work" in answer.text


@pytest.mark.parametrize("path", ["nowhere", "oauth_callback"])
def test_a_page_travels_safely(lite: Platform, path: str) -> None:
    headers = get(lite, path).headers
    policy = headers["content-security-policy"]
    for rule in ("default-src 'none'", "script-src 'self';", "frame-ancestors 'none'", "base-uri 'none'"):
        assert rule in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"


def test_no_page_has_an_inline_script_or_style() -> None:
    for template in pages.TEMPLATES.glob("*.html"):
        text = template.read_text()
        assert " style=" not in text, template.name
        assert " on" not in {attribute[:3] for attribute in text.split('"')}, template.name
        assert "<script>" not in text, template.name


def test_files_are_kept_where_their_address_names_their_version(lite: Platform) -> None:
    assert get(lite, "static/aglais.css").headers["cache-control"] == "no-cache"
    assert "immutable" in get(lite, "static/aglais.css?v=1").headers["cache-control"]
    for path in ("static/../templates/base.html", "static/%2e%2e/templates/base.html", "static/", "static/nothing.js"):
        assert get(lite, path).status_code == 404


def test_the_address_of_a_file_changes_with_its_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = pages.page("trouble.html", hub="/hub/", heading="x", code=404).body.decode()
    address = next(part for part in text.split('"') if "aglais.css?v=" in part)
    (tmp_path / "aglais.css").write_bytes((STATIC / "aglais.css").read_bytes() + b"\n")
    monkeypatch.setattr(pages, "STATIC", tmp_path)
    changed = pages.page("trouble.html", hub="/hub/", heading="x", code=404).body.decode()
    assert address not in changed


def test_a_calendar_that_was_not_built_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "STATIC", tmp_path)
    assert not pages.is_built()
    text = pages.page("unbuilt.html", hub="/hub/", status=503, user="ann", level=1, admin=False).body.decode()
    assert "make up" in text


def test_what_a_page_shows_is_escaped() -> None:
    user = "<script>alert(1)</script>"
    config = {"user": f"{user}</script>", "xsrf": "x"}
    text = pages.page("bookings.html", hub="/hub/", config=config, user=user, level=1, admin=False).body.decode()
    assert "<script>alert" not in text
    assert "</script></script>" not in text


def test_an_offer_in_parts_says_each_of_them() -> None:
    spans = [{"start": f"2026-06-0{day}T09:00:00Z", "end": f"2026-06-0{day}T12:00:00Z"} for day in (8, 9)]
    offer = {"id": "1", "kind": "split", "package": "large", "start": spans[0]["start"], "end": spans[1]["end"]}
    parts = pages._environment().get_template("parts.html").module
    text = re.sub(r"<[^>]+>|\s+", " ", parts.offers([{**offer, "spans": spans}], "/hub/", "x"))  # type: ignore[attr-defined]
    said = "Split large, 2026-06-08 09:00 UTC to 2026-06-08 12:00 UTC and 2026-06-09 09:00 UTC to 2026-06-09 12:00 UTC"
    assert said in " ".join(text.split())


def test_no_operation_is_done_without_the_token_of_a_page(lite: Platform) -> None:
    """As another site could ask for it: with the cookies of somebody who is logged in, an admin even."""
    paths = lite.app.openapi()["paths"]
    cookies = cookies_of(lite, "root")
    changing = [(method, path) for path, known in paths.items() for method in known if method in ("post", "delete")]
    assert len(changing) > 40
    with httpx.Client(base_url=lite.url, cookies=cookies, timeout=60, trust_env=False, verify=TLS) as browser:
        assert browser.get("/services/aglais/api/policy").status_code == 200
        for method, path in changing:
            answer = browser.request(method, re.sub(r"{\w+}", "1", path), json={})
            assert (answer.status_code, answer.json()["error"]["rule"]) == (403, "xsrf"), (method, path)

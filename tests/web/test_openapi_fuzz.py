"""Hundreds of requests made from the OpenAPI document, sensible and not: no defect, every error in the one shape."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode

if TYPE_CHECKING:
    from tests.support.platform import Platform

LEAST = 150
"""Requests in all, for each caller on each kind of database."""

EACH = 5
"""Requests that make sense, and as many that don't, to each operation."""

QUIETLY = settings(
    max_examples=EACH,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],  # an answer that is wrong is shown as it came; shrinking it takes minutes
    suppress_health_check=list(HealthCheck),
)


def check(answer: schemathesis.Response, case: schemathesis.Case) -> None:
    """The answer is documented, and where it is an error it has the one shape."""
    said = f"{case.as_curl_command()}\n{answer.status_code}: {answer.text}"
    assert answer.status_code < 500, said
    assert str(answer.status_code) in case.operation.definition.raw["responses"], said
    if answer.status_code < 400:
        return
    assert answer.headers["content-type"] == ["application/json"], said
    body = answer.json()
    assert set(body) <= {"error", "offers"}, said
    assert {"code", "message"} <= set(body["error"]) <= {"code", "message", "rule", "field", "help"}, said


def known(platform: Platform) -> dict[str, str]:
    """What there is, for the operations on one thing."""
    grant = platform.grant(1, cluster="spare")
    booking = platform.book("tiny", caller="ada", note="fuzzed").json()["id"]
    return {"booking_id": booking, "grant_id": grant, "name": "medium"}


@pytest.mark.parametrize("caller", ["root", "ada"])
def test_whatever_the_document_allows_or_forbids_is_answered(platform: Platform, caller: str) -> None:
    platform.grant(800)
    schema = schemathesis.openapi.from_dict(platform.call("GET", "openapi.json", None).json())
    headers = {"Authorization": f"token {platform.hub.token(caller)}"}
    found: Counter[int] = Counter()
    with requests.Session() as session:
        session.trust_env = False
        for result in schema.get_all_operations():
            operation = result.ok()
            names = {parameter.name for parameter in operation.path_parameters}
            there = {name: value for name, value in known(platform).items() if name in names}
            for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
                # What makes sense is sent to a thing that there is.
                given_path: Any = there or None if mode is GenerationMode.POSITIVE else None

                @QUIETLY
                @given(case=operation.as_strategy(generation_mode=mode, path_parameters=given_path))
                def ask(case: schemathesis.Case) -> None:
                    answer = case.call(base_url=platform.url, headers=headers, session=session, timeout=60)
                    found[answer.status_code] += 1
                    check(answer, case)

                with suppress(Unsatisfiable):  # where there is nothing that could be wrong
                    ask()
    assert found.total() >= LEAST, found
    assert found[400] > 30, found
    assert sum(count for status, count in found.items() if status < 300) > 20, found
    assert platform.call("GET", "health", None).status_code == 200

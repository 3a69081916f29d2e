"""Hundreds of requests made from the OpenAPI document, sensible and not: no defect, every error in the one shape."""

from __future__ import annotations

import os
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from sqlalchemy import inspect, text

if TYPE_CHECKING:
    from tests.support.platform import Platform

LEAST = 150
"""Requests in all, for each caller on each kind of database."""

EACH = int(os.environ.get("AGLAIS_TEST_FUZZ", "3"))
"""Requests that make sense, and as many that don't, to each operation; 80 make more than ten thousand in all."""

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
    assert set(body) <= {"error", "offers", "until", "why", "changes", "hit"}, said
    assert {"code", "message"} <= set(body["error"]) <= {"code", "message", "rule", "field", "help"}, said


def known(platform: Platform, path: str) -> dict[str, str]:
    """What there is, for the operations on one thing."""
    grant = platform.grant(1, cluster="spare")
    booking = platform.book("tiny", caller="ada", note="fuzzed").json()
    return {
        "booking_id": booking["id"],
        "decision_id": booking["why"].rpartition("/")[2],
        "grant_id": grant,
        "name": "spare" if "clusters" in path else "medium",
    }


def written(platform: Platform) -> dict[str, int]:
    """How many rows each table has, and the number of the last change."""
    found = {"change": platform.parts.availability.change()}
    for database in platform.parts.databases:
        with database.read() as session:
            # Tries are counted on purpose, those that fail above all.
            tables = set(inspect(session.connection()).get_table_names()) - {"limits"}
            found |= {name: session.scalar(text(f'SELECT count(*) FROM "{name}"')) for name in tables}
    return found


@pytest.mark.timeout(max(300, 60 * EACH))
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
            there = {name: value for name, value in known(platform, operation.path).items() if name in names}
            for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
                # What makes sense is sent to a thing that there is.
                given_path: Any = there or None if mode is GenerationMode.POSITIVE else None
                before, answered = written(platform), found.copy()

                @QUIETLY
                @given(case=operation.as_strategy(generation_mode=mode, path_parameters=given_path))
                def ask(case: schemathesis.Case) -> None:
                    answer = case.call(base_url=platform.url, headers=headers, session=session, timeout=60)
                    found[answer.status_code] += 1
                    check(answer, case)

                with suppress(Unsatisfiable):  # where there is nothing that could be wrong
                    ask()
                # A refusal writes down its decision, and holds offers.
                if all(status >= 400 and status != 409 for status in found - answered):
                    assert written(platform) == before, f"{operation.label} was refused, and wrote something"
    assert found.total() >= LEAST, found
    assert found[400] > 30, found
    assert sum(count for status, count in found.items() if status < 300) > 20, found
    assert platform.call("GET", "health", None).status_code == 200
    print(f"{found.total()} requests: {dict(sorted(found.items()))}")

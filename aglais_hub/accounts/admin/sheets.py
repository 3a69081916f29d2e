"""Accounts as a document, CSV or YAML: read row by row, and written so that what is read again changes nothing."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import yaml
from pydantic import Field, ValidationError, model_validator

from aglais_hub.accounts.rules import EMAIL
from aglais_hub.errors import InvalidValueError
from aglais_hub.wire.accounts import EMAIL as ADDRESS
from aglais_hub.wire.accounts import PROVIDER, Account, Affiliation, Display, Email, Identity
from aglais_hub.wire.base import Instant, RequestModel, isoformat
from aglais_hub.wire.mistakes import mistake_words
from aglais_hub.wire.policy import Attributes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["FIELDS", "LARGEST", "Bad", "Sheet", "Way", "read", "write"]

LARGEST = 20_000
"""Rows of one document."""

FORMULAS = ("=", "+", "-", "@", "\t", "\r", "'")
"""What a spreadsheet takes for the start of a formula; the last one says that it is none."""

LOST = "\ufffd"
"""What is left of a letter that was read in another encoding than it was written in."""

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The safe loader, in C where it is there: nothing but plain data comes of a document."""

DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


TWICE = " (twice)"
"""Behind the name of a field that is there already: it is none of ours then, and its row is refused."""


class _Loader(LOADER):  # type: ignore[misc]
    """Tells of what is there twice, of which the safe loader takes the last."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        found: dict[Any, Any] = super().construct_mapping(node, deep=deep)
        names = [str(key.value) for key, _ in node.value]
        return found | {name + TWICE: None for at, name in enumerate(names) if name in names[:at]}


class Way(RequestModel):
    """A way in beside the ``email`` of its row: whom a provider knows by ``subject``, or a further address."""

    kind: Annotated[str, Field(pattern=PROVIDER)]
    subject: Annotated[str, Field(min_length=1, max_length=255)]
    label: Annotated[str, Field(max_length=255)] = ""
    email: Email | None = None

    @model_validator(mode="after")
    def _has_an_address(self) -> Way:
        if self.kind == EMAIL and not re.fullmatch(ADDRESS, self.subject):
            raise ValueError("the subject of a way in by email is an address")
        return self


class Sheet(RequestModel):
    """A row: whose account it is, by ``name`` or else by a way in, and what it is to have. What is left out stays.

    ``suspended`` is the reason, for an account that is opened so.
    """

    name: Annotated[str, Field(max_length=63)] = ""
    email: Email | None = None
    display: Display = ""
    affiliation: Affiliation | None = None
    level: Annotated[int | None, Field(ge=1, le=100)] = None
    expires: Instant | None = None
    suspended: Annotated[str, Field(max_length=300)] = ""
    attributes: Attributes | None = None
    identities: Annotated[list[Way] | None, Field(max_length=50)] = None


class Bad(NamedTuple):
    """A row that is none: whose it seems to be, and what is wrong with it."""

    whose: str
    why: str


FIELDS = tuple(Sheet.model_fields)


def read(document: str, format: str) -> Iterator[Sheet | Bad]:
    """The rows of a document, or what is wrong with one; raises ``InvalidValueError`` where it is none at all."""
    rows = _from_csv(document) if format == "csv" else _from_yaml(document)
    if len(rows) > LARGEST:
        raise InvalidValueError(
            f"These are {len(rows)} accounts.", field="document", help=f"Send at most {LARGEST} at once."
        )
    return map(_sheet, rows)


def write(accounts: Iterable[Account], format: str) -> str:
    """Accounts as a document."""
    rows = [_row(account) for account in accounts]
    if format == "yaml":
        kept = [{name: value for name, value in row.items() if value not in (None, "")} for row in rows]
        text: str = yaml.dump({"accounts": kept}, Dumper=DUMPER, sort_keys=False, allow_unicode=True)
        return text
    found = io.StringIO()
    table = csv.writer(found, lineterminator="\n")
    table.writerow(FIELDS)
    table.writerows([_cell(row[name]) for name in FIELDS] for row in rows)
    return found.getvalue()


# ---- within


def _row(account: Account) -> dict[str, Any]:
    by_hand = account.attributes.model_dump(mode="json") if account.attributes else {}
    email = next((one for one in account.identities if one.kind == EMAIL), None)
    others = [_way(one) for one in account.identities if one is not email]
    return {
        "name": account.name,
        "email": email.subject if email else "",
        "display": account.display,
        "affiliation": account.affiliation,
        "level": account.level,
        "expires": isoformat(account.expires) if account.expires else None,
        "suspended": (account.reason or "Suspended.") if account.suspended else "",
        # Of a space all is said: what was left out would be as the level has it.
        "attributes": {name: value for name, value in by_hand.items() if value is not None} or None,
        # An account that has no way in says so, and is opened without one.
        "identities": others if others or not email else None,
    }


def _way(one: Identity) -> dict[str, str]:
    found = {"kind": one.kind, "subject": one.subject, "label": one.label, "email": one.email or ""}
    return {name: value for name, value in found.items() if value and (name, value) != ("label", one.subject)}


def _cell(value: Any) -> str:
    """A value as a spreadsheet shows it, and never runs it."""
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(FORMULAS) else text


def _uncell(text: str) -> str:
    return text[1:] if text[:1] == "'" and text[1:].startswith(FORMULAS) else text


def _from_csv(document: str) -> list[Any]:
    # A first line as sep=; is for spreadsheets alone.
    lines = re.sub(r"\A\"?sep=[,;\t]\"?\r?\n", "", document.removeprefix("\ufeff"), flags=re.IGNORECASE)
    head = next((line for line in lines.splitlines() if line.strip()), "")
    # What spreadsheets write where a comma is the decimal point, and what they call Unicode text.
    delimiter = max(",;\t", key=head.count)
    table = csv.reader(io.StringIO(lines, newline=""), delimiter=delimiter, strict=True)
    try:
        rows = [row for row in table if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise InvalidValueError(
            f"This is not CSV: {error}, in line {table.line_num}.", field="document", help="Export it anew."
        ) from None
    if not rows:
        return []
    names = [name.lower() for name in _filled(rows[0])]
    wrong = next((name for at, name in enumerate(names) if name not in FIELDS or name in names[:at]), None)
    if wrong is not None:
        said = "there twice" if wrong in FIELDS else "none of ours"
        raise InvalidValueError(
            f"The first line names the columns, and {wrong!r} is {said}.",
            field="document",
            help=f"There are {', '.join(FIELDS)}.",
        )
    return [_fields(names, row) for row in rows[1:]]


def _filled(row: list[str]) -> list[str]:
    """A row without the empty cells that spreadsheets write behind it."""
    cells = [cell.strip() for cell in row]
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _fields(names: list[str], row: list[str]) -> dict[str, Any] | Bad:
    row = row[: max(len(names), len(_filled(row)))]
    if len(row) != len(names):
        return Bad(_uncell(row[0].strip()), f"It has {len(row)} cells, and there are {len(names)} columns.")
    found: dict[str, Any] = {name: _uncell(cell.strip()) for name, cell in zip(names, row, strict=True)}
    # An empty cell says that there is no end, nothing by hand, no affiliation; what can't be empty stays as it is.
    for name in ("name", "email", "display", "level", "suspended", "identities"):
        if not found.get(name):
            found.pop(name, None)
    for name in ("expires", "attributes"):
        if name in found:
            found[name] = found[name] or None
    for name in ("attributes", "identities"):
        if found.get(name):
            try:
                found[name] = json.loads(found[name], object_pairs_hook=_pairs)
            except (ValueError, RecursionError):
                return Bad(_whose(found), f"{name}: is not JSON.")
    return found


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        found[name + TWICE if name in found else name] = value
    return found


def _from_yaml(document: str) -> list[Any]:
    try:
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(document, Loader=LOADER)):
            raise InvalidValueError("Aliases are not read.", field="document", help="Write out what they stand for.")
        found = yaml.load(document, Loader=_Loader)  # noqa: S506 - the safe one
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        where = getattr(error, "problem_mark", None)
        at = f" in line {where.line + 1}" if where else ""
        raise InvalidValueError(f"This is not YAML{at}.", field="document", help="Export it anew.") from None
    if isinstance(found, dict) and set(found) == {"accounts"}:
        found = found["accounts"]
    if found is None:
        return []
    if not isinstance(found, list):
        raise InvalidValueError(
            "This is no list of accounts.", field="document", help="Begin with 'accounts:', and a dash for each."
        )
    return found


def _sheet(row: Any) -> Sheet | Bad:
    if isinstance(row, Bad):
        return row
    if not isinstance(row, dict):
        return Bad("", "It is no account.")
    try:
        # Text alone is stored; half a character or a NUL is none.
        text = json.dumps(row, default=str, ensure_ascii=False)
        text.encode()
        if LOST in text:
            return Bad(_whose(row), "Letters of it were lost. Save the document as UTF-8.")
        return Sheet.model_validate(row)
    except ValidationError as error:
        return Bad(_whose(row), _mistake(error))
    except (ValueError, TypeError, RecursionError):
        return Bad("", "It holds what can't be stored.")


def _mistake(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    field = ".".join(str(part) for part in first["loc"])
    if field.endswith(TWICE):
        return f"{field.removesuffix(TWICE)}: is there twice."
    # In YAML 007 is a number, and no is false.
    quoted = " Put it in quotes." if first["type"] == "string_type" else ""
    return f"{field}: {mistake_words(first)}.{quoted}"


def _whose(row: dict[str, Any]) -> str:
    said = row.get("name") or row.get("email")
    return said[:255] if isinstance(said, str) else ""

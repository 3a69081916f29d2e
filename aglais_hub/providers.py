"""The providers that people may log in with, as the operator's file names them.

A TOML file with a table for each provider. The table's name is part of addresses and of what an account is found by,
so it is chosen once and for all::

    [github]
    client_id = "…"
    client_secret = "…"
"""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator

from aglais_hub.errors import InvalidValueError
from aglais_hub.wire.accounts import PROVIDER

__all__ = ["Kind", "Provider", "load_providers"]

Kind = Literal["github", "gitlab", "google", "globus", "cilogon", "azure", "openid"]

LABELS: dict[str, str] = {
    "github": "GitHub",
    "gitlab": "GitLab",
    "google": "Google",
    "globus": "Globus",
    "cilogon": "CILogon",
    "azure": "Microsoft",
}
ONLY: dict[str, tuple[Kind, ...]] = {
    "url": ("github", "gitlab", "openid"),
    "tenant": ("azure",),
    "institutions": ("cilogon",),
}
NEEDED: dict[Kind, dict[str, str]] = {
    "openid": {"url": "the issuer"},
    "azure": {"tenant": "the id of the tenant whose people may log in"},
    "cilogon": {"institutions": "the entity ids to choose of"},
}
VARIABLE = "AGLAIS_PROVIDERS"

DISCOVERY = "/.well-known/"
"""Where an issuer says all about itself: what follows it is added by us."""

SAID = {
    "too_short": "it is empty",
    "string_too_short": "it is empty",
    "tuple_type": 'write a list, as in ["…"]',
    "string_pattern_mismatch": "up to 20 small letters, digits and dashes, a letter first",
}
"""What pydantic says in words of Python, in words of the file."""


class Provider(BaseModel):
    """One provider. A field that it does not have is refused, so that a typing error never passes for a default."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    name: Annotated[str, Field(pattern=PROVIDER)]
    kind: Kind = Field(description="What it is; the table's name by default. `openid` is any OpenID Connect provider.")
    label: str = Field("", max_length=40, description="What the button calls it.")
    client_id: str = Field(min_length=1, description="What the provider calls this platform.")
    client_secret: SecretStr = Field(min_length=1, description="The secret that goes with it.")
    url: str = Field("", description="Where a GitHub or GitLab of one's own is; for `openid` the issuer.")
    tenant: str = Field(
        "", description="Azure: the tenant whose people may log in, by its id; or `organizations` for those of any."
    )
    institutions: tuple[str, ...] = Field((), description="CILogon: the entity ids of the institutions to choose of.")
    scope: tuple[str, ...] = Field((), description="What to ask for, where it is not the usual: the profile and email.")
    options: dict[str, Any] = Field({}, description="Further options of `oauthenticator`'s class, by their names.")

    @model_validator(mode="before")
    @classmethod
    def _named_like_its_kind(cls, values: dict[str, Any]) -> dict[str, Any]:
        name = str(values.get("name", ""))
        return {"kind": name, "label": LABELS.get(name, name.replace("-", " ").title()), **values}

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.name == "email":
            raise ValueError("no provider can be called email")
        for field, kinds in ONLY.items():
            if getattr(self, field) and self.kind not in kinds:
                raise ValueError(f"{field} is for {', '.join(kinds)} alone")
        for field, what in NEEDED.get(self.kind, {}).items():
            if not getattr(self, field):
                raise ValueError(f"{field} is missing: {what}")
        if self.url and not self.url.startswith(("https://", "http://")):
            raise ValueError("url does not begin with https://")
        if DISCOVERY in self.url:
            raise ValueError(f"url is the issuer alone, without {DISCOVERY}…")
        if not all(one.startswith(("https://", "http://", "urn:")) for one in self.institutions):
            raise ValueError("institutions are named by entity ids, as on https://cilogon.org/idplist")
        return self


def load_providers(told: SecretStr | None) -> tuple[Provider, ...]:
    """The providers of a TOML file, or of the same as JSON where it begins with a brace; in their order.

    Raises ``InvalidValueError`` that names the table and field, and never what is there: there are secrets.
    """
    text = told.get_secret_value().strip() if told is not None else ""
    if not text:
        return ()
    is_json = text.startswith("{")
    source = "" if is_json else f"{Path(text).name}: "
    try:
        tables = json.loads(text) if is_json else tomllib.loads(Path(text).expanduser().read_text())
    except (OSError, ValueError) as error:
        # What is wrong is told with its place, and no text of it.
        is_placed = isinstance(error, (tomllib.TOMLDecodeError, json.JSONDecodeError))
        raise _wrong(f"{source}{error if is_placed else 'it can not be read'}") from None
    return tuple(_provider(source, name, table) for name, table in tables.items())


def _provider(source: str, name: str, table: object) -> Provider:
    if not isinstance(table, dict) or "name" in table:
        raise _wrong(f"{source}{name}: write a table, [{name}], with client_id and client_secret")
    try:
        return Provider.model_validate({"name": name, **table})
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        said = SAID.get(first["type"], first["msg"].removeprefix("Value error, "))
        raise _wrong(f"{source}[{name}] {field}: {said}".replace(" :", ":")) from None


def _wrong(what: str) -> InvalidValueError:
    return InvalidValueError(f"{VARIABLE}: {what}.", field=VARIABLE, help="See docs/login.md for what it takes.")

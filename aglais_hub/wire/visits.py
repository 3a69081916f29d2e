"""What becomes of a visit when its owner registers, or has an account already; and accounts that are merged."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from aglais_hub.wire.accounts import Account
from aglais_hub.wire.base import Instant, Model, RequestModel

__all__ = ["Confirmed", "MergeRequest", "Merging", "Visit"]

Visit = Literal["", "kept", "over"]
"""Of a registration that a visitor began: whether their account is the member's now, or was gone."""


class Confirmed(Account):
    """An account whose address somebody has just confirmed."""

    visit: Visit = ""


class MergeRequest(RequestModel):
    """Let all of an account become that of the account ``into``.

    Without ``files`` its files are deleted with it. With ``only_files`` nothing but these is handed over: ways in,
    bookings, keys and groups end with it.
    """

    into: Annotated[str, Field(min_length=1, max_length=63)]
    files: bool = True
    only_files: bool = False

    @model_validator(mode="after")
    def _something_goes(self) -> Self:
        if self.only_files and not self.files:
            raise ValueError("only_files says that files go, and files that they don't")
        return self


class Merging(Model):
    """An account that becomes part of the account ``into``, which takes a moment; then it is gone."""

    account: str
    into: str
    files: bool
    only_files: bool = False
    begun: Instant

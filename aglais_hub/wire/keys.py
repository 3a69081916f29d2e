"""Keys of an account: public halves of its owner's, and pairs that the platform has made."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from aglais_hub.wire.base import Instant, Model, RequestModel

__all__ = ["Key", "KeyRequest", "KeyRows"]


class Key(Model):
    """A key, by its public half; no answer ever holds a private one.

    An ``authorised`` key is one whose owner holds the private half: machines let them in with it. Of a ``generated``
    one the platform does. ``type`` is OpenSSH's name of the algorithm, ``public`` the line for an ``authorized_keys``
    file, ``fingerprint`` what ``ssh-keygen -l`` shows. ``used`` is when a machine last asked for an authorised key, or
    the platform last signed with a generated one.
    """

    id: int
    url: str
    name: str
    kind: Literal["authorised", "generated"]
    type: str
    bits: int
    fingerprint: str
    public: str
    created: Instant
    used: Instant | None = None


class KeyRows(Model):
    """The keys of an account, oldest first, of at most ``limit``.

    With ``command_line``, machines that ask the platform let the account in with its authorised keys.
    """

    rows: list[Key]
    limit: int
    command_line: bool


class KeyRequest(RequestModel):
    """Either the ``public`` half of a key, in one line as OpenSSH writes it, or ``generate`` a pair.

    ``name`` is for its owner to know it by; without one it is the comment of the key.
    """

    name: Annotated[str, Field(max_length=80)] = ""
    public: Annotated[str, Field(max_length=20_000)] = ""
    generate: bool = False

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if bool(self.public.strip()) == self.generate:
            raise ValueError("give either `public`, the public half of a key, or `generate`")
        return self

"""One's keys: see, add, generate and remove them."""

from __future__ import annotations

from typing import Any

from jupyterhub.utils import url_path_join
from tornado import web

from aglais_hub.authenticators.account import OwnPage
from aglais_hub.authenticators.page_errors import PageError, said
from aglais_hub.errors import AglaisError, InvalidValueError, NotFoundError
from aglais_hub.wire.base import isoformat
from aglais_hub.wire.keys import Key, KeyRows

__all__ = ["KeysPage", "RemoveKeyPage"]

NOTICES = {
    "added": "Added.",
    "generated": "Generated. Copy its public half to where you want to be known by it.",
    "gone": "This is no key of yours any more. Those that are left are below.",
    "removed": "Removed.",
}

ALGORITHMS = {
    "ssh-ed25519": "Ed25519",
    "ssh-rsa": "RSA",
    "sk-ssh-ed25519@openssh.com": "Ed25519 on a security key",
    "sk-ecdsa-sha2-nistp256@openssh.com": "ECDSA on a security key",
}


class _KeysPage(OwnPage):
    """What the pages about keys share."""

    async def keys(self) -> KeyRows:
        """The keys of whoever is logged in."""
        try:
            found: KeyRows = await self.client.keys(self.current_user.name)
        except AglaisError as error:
            raise PageError(error) from error
        return found

    def back_to_keys(self, notice: str) -> None:
        """To the list, with a word on what was done."""
        self.redirect(f"{url_path_join(self.hub.base_url, 'keys')}?notice={notice}", status=303)


class KeysPage(_KeysPage):
    """``/hub/keys``: see one's keys, add one, or have a pair generated."""

    @web.authenticated
    async def get(self) -> None:
        await self._show()

    @web.authenticated
    async def post(self) -> None:
        name, does_generate = self.get_argument("name", "")[:80], self.get_argument("do", "") == "generate"
        try:
            if does_generate:
                await self.client.generate_key(self.current_user.name, name=name)
            elif public := self.get_argument("public", ""):
                await self.client.add_key(self.current_user.name, public, name=name)
            else:
                raise InvalidValueError("There is no key yet.", field="public", help="Paste the line of a .pub file.")
        except AglaisError as error:
            await self._show(error, generating=does_generate)
            return
        self.back_to_keys("generated" if does_generate else "added")

    async def _show(self, error: AglaisError | None = None, *, generating: bool = False) -> None:
        account = await self.account()
        # Whoever is only a visitor, or known to the hub alone, is told what keys are for.
        found = await self.keys() if account and account.level > 0 else None
        # What was pasted comes back to be mended; a private half never does.
        is_private = error is not None and error.rule == "private_key"
        shows = "" if is_private else self.get_argument("public", "")[:20_000]
        await self.page(
            "keys.html",
            status=error.status if error else 200,
            account=account,
            keys=[shown(key) for key in found.rows] if found else [],
            room=found.limit - len(found.rows) if found else 0,
            limit=found.limit if found else 0,
            command_line=bool(found and found.command_line),
            generating=generating,
            typed={"name": self.get_argument("name", ""), "public": shows},
            notice=NOTICES.get(self.get_argument("notice", ""), ""),
            error=said(error) if error else None,
        )


class RemoveKeyPage(_KeysPage):
    """``/hub/keys/ID``: remove a key, once what stops working is read."""

    @web.authenticated
    async def get(self, key: str) -> None:
        found = [one for one in (await self.keys()).rows if str(one.id) == key]
        if not found:
            self.back_to_keys("gone")
            return
        await self.page("key_removal.html", key=shown(found[0]))

    @web.authenticated
    async def post(self, key: str) -> None:
        try:
            await self.client.remove_key(self.current_user.name, int(key))
        except NotFoundError:
            self.back_to_keys("gone")
            return
        except AglaisError as error:
            raise PageError(error) from error
        self.back_to_keys("removed")


def shown(key: Key) -> dict[str, Any]:
    """A key as the pages show it."""
    algorithm = ALGORITHMS.get(key.type, "ECDSA")
    return {
        "id": key.id,
        "name": key.name,
        "is_ours": key.kind == "generated",
        "algorithm": f"{algorithm} {key.bits}" if algorithm in ("RSA", "ECDSA") else algorithm,
        "fingerprint": key.fingerprint,
        "public": key.public,
        "created": isoformat(key.created),
        "used": isoformat(key.used) if key.used else None,
    }

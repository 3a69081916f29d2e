"""Somebody with a browser that has no eyes: keeps cookies, follows the forms of the pages."""

from __future__ import annotations

import contextlib
import email
import re
from email import policy
from html import unescape
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urljoin

import httpx

from tests.support.ports import TLS
from tests.support.product import stopped, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage

    from tests.support.product import Product

PASSWORD = "correct horse battery"


class Person:
    """Use it with ``with``. ``page`` is the answer to the last request."""

    def __init__(self, product: Product) -> None:
        self.product = product
        self.http = httpx.Client(base_url=product.url, trust_env=False, verify=TLS, timeout=60)
        self.page = httpx.Response(200)

    def get(self, path: str, *, follow: bool = True, **more: Any) -> httpx.Response:
        self.page = self.http.get(path, follow_redirects=follow, **more)
        return self.page

    def post(self, path: str, *, follow: bool = False, headers: dict[str, str] | None = None, **form: str) -> Any:
        """Send a form with the token that the page in front of us holds."""
        found = re.search(r'name="_xsrf" value="([^"]+)"|[?&;]_xsrf=([^"&]+)"', self.page.text)
        token = {"_xsrf": unescape(found[1] or found[2])} if found else {}
        self.page = self.http.post(path, data={**token, **form}, headers=headers, follow_redirects=follow)
        return self.page

    @property
    def text(self) -> str:
        """What is there to read: without tags, blanks as one."""
        body = re.sub(r"<(script|style|title|noscript)\b.*?</\1>", " ", self.page.text, flags=re.DOTALL)
        return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", body))).strip()

    def forms(self) -> list[str]:
        """Where the forms of the page go to."""
        return [unescape(found) for found in re.findall(r'<form[^>]*\baction="([^"]*)"', self.page.text)]

    def form(self, path: str) -> str:
        """Where the form of the page goes to that goes to ``path``, with what the page put behind it."""
        found = [form for form in self.forms() if form.partition("?")[0] == path]
        assert len(found) == 1, f"no form to {path} among {self.forms()}"
        return found[0]

    def link(self, words: str) -> str:
        """Where the first link with these words leads."""
        found = re.search(rf'<a[^>]*\bhref="([^"]*)"[^>]*>\s*{re.escape(words)}', self.page.text)
        assert found, f"no link {words!r} on the page"
        return urljoin(str(self.page.url), unescape(found[1]))

    # ---- ways in

    def visit(self) -> str:
        """Give it a try, and stop at the door of the lab; gives the visitor's name."""
        self.get("hub/login")
        answer = self.post("/hub/try")
        assert answer.status_code == 303, self.text
        found = re.search(r"/hub/spawn/([\w-]+)\?", answer.headers["location"])
        assert found
        return found[1]

    def register(self, address: str, password: str = PASSWORD) -> str:
        """Register; gives the link in the mail."""
        self.get("hub/register")
        assert self.post("/hub/register", email=address, password=password).status_code == 202, self.text
        return mailed_link(self.product, address)

    def join(self, address: str) -> str:
        """Register, confirm and log in; gives the account's name."""
        assert self.get(self.register(address)).url.path == "/hub/login"
        answer = self.login(address)
        assert answer.status_code == 302, self.text
        page = self.get("hub/home").text
        found = re.search(r'<span title="([^"]+)">', page)
        assert found
        return found[1]

    def login(self, address: str, password: str = PASSWORD) -> httpx.Response:
        self.get("hub/login")
        answer: httpx.Response = self.post("/hub/login", username=address, password=password)
        return answer

    def wait_for_lab(self, name: str) -> None:
        wait_until(lambda: self.product.server(name).get("ready"), 180, saying=f"the lab of {name} is ready")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()


def mails(product: Product, address: str, number: int = 1) -> list[EmailMessage]:
    """The mails to an address, oldest first, once there are so many."""

    def found() -> Any:
        files = list((product.state / "mail").glob(f"*-{address}-*.eml"))
        return len(files) >= number and sorted(files, key=lambda file: file.stat().st_mtime_ns)

    files = wait_until(found, saying=f"{number} mails to {address} are there")
    return [email.message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]  # type: ignore[misc]


def mailed_link(product: Product, address: str, number: int = 1) -> str:
    """The link in the newest of so many mails to an address, once they are there."""
    text = mails(product, address, number)[-1].get_body(("plain",)).get_content()  # type: ignore[union-attr]
    link = re.search(r"http\S+", text)
    assert link, "no link in the mail"
    return link[0]


@contextlib.contextmanager
def down(product: Product, part: str) -> Iterator[None]:
    """A part that is killed, and not started again before the end of the block."""
    with stopped(product, "supervisor"):
        old = product.kill(part)
        yield
    product.wait_back(part, old)

"""Every setting, from the environment. ``docs/settings.md`` is held equal to this file by a test.

A setting ``state`` is read from ``AGLAIS_STATE``. An ``AGLAIS_`` variable that is no setting is refused by name, so
that a typing error never passes for a default.
"""

from __future__ import annotations

import os
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated

from pydantic import Field, FilePath, SecretStr, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from aglais_hub.errors import InvalidValueError
from aglais_hub.policy import load_policy
from aglais_hub.providers import load_providers
from aglais_hub.wire.resources import CLUSTER_NAME

__all__ = ["Settings", "load_settings"]

PREFIX = "AGLAIS_"

# Variables that the platform itself hands to its parts or to a session, or that only a client reads; never settings.
NOT_SETTINGS = frozenset(
    {"API_URL", "API_TOKEN", "URL", "TOKEN", "PACKAGE", "BOOKING", "BOOKING_END", "DATA", "EXAMPLES", "PYTHON"}
)
NOT_SETTINGS_PREFIXES = ("INSIDE_", "RESOURCES_", "UP_", "TEST_")


class Settings(BaseSettings):
    """The settings of the platform, each with its default."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", frozen=True)

    # ---- where it runs
    host: str = Field("127.0.0.1", description="Address that the platform listens on.")
    port: int = Field(8000, ge=1, le=65535, description="Port that the platform listens on.")
    state: Path = Field(Path(".aglais"), description="Folder that holds everything the platform remembers.")
    cache: Path = Field(
        Path("~/.cache/aglais-hub"), description="Folder for large things that are fetched or built once: the proxy."
    )
    public_url: str = Field(
        "", description="Address that people type, where it is not `http://HOST:PORT/`; it goes into mails."
    )

    hub_config: FilePath | None = Field(
        None, description="A JupyterHub configuration file of your own; what it says counts over the platform's."
    )
    proxies: int = Field(
        0, ge=0, le=9, description="Reverse proxies before the platform; they say where a visitor comes from."
    )

    # ---- who may do what
    admins: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Email addresses of the admins, separated by commas. They count once they are confirmed."
    )
    admin_token: SecretStr | None = Field(
        None, description="A token with admin rights, for scripts and checks. At least 16 characters."
    )

    keys_secret: SecretStr | None = Field(
        None,
        description="Secrets that the private halves of generated keys are encrypted with, newest first, separated by "
        "commas; each of at least 32 characters. `aglais up` makes one in STATE, which counts as the oldest.",
    )

    # ---- ways in
    providers: SecretStr | None = Field(
        None,
        description="A TOML file with the providers that people may log in with, or the same as JSON; "
        "see [logging in](login.md).",
    )
    policy: str = Field(
        "",
        description="A TOML file with what each level of accounts may have, or the same as JSON; "
        "see [levels](login.md#levels).",
    )
    ask_affiliation: bool = Field(False, description="Ask members where they work, before their first lab.")
    terms_url: str = Field(
        "", description="Address of the terms of use; members accept them before their first lab, visitors don't."
    )
    terms_version: str = Field(
        "1",
        min_length=1,
        max_length=40,
        description="Version of those terms; when it changes, everyone is asked again.",
    )
    contact: str = Field(
        "", max_length=200, description="Whom to ask, as an address of mail or a page; those who are suspended read it."
    )

    # ---- mail
    smtp_host: str = Field("", description="Mail server. Without it, mails are written into STATE/mail as `.eml`.")
    smtp_port: int = Field(587, ge=1, le=65535, description="Port of the mail server.")
    smtp_user: str = Field("", description="User name at the mail server, where it wants one.")
    smtp_password: SecretStr | None = Field(None, description="Password at the mail server.")
    smtp_starttls: bool = Field(True, description="Encrypt the connection to the mail server.")
    mail_from: str = Field("Aglais Hub <aglais@localhost>", description="Sender of the platform's mails.")

    # ---- databases
    accounts_url: str = Field(
        "", repr=False, description="Database of the accounts; by default a SQLite file in STATE."
    )
    packages_url: str = Field(
        "", repr=False, description="Database of the packages; by default a SQLite file in STATE."
    )
    bookings_url: str = Field(
        "", repr=False, description="Database of the bookings; by default a SQLite file in STATE."
    )
    storage_url: str = Field(
        "", repr=False, description="Database of what is stored; by default a SQLite file in STATE."
    )
    jupyterhub_url: str = Field(
        "", repr=False, description="Database of JupyterHub itself; by default a SQLite file in STATE."
    )

    # ---- capacity and time
    reserve_cores: float = Field(0.25, ge=0, description="Cores of this host that are kept for the platform itself.")
    reserve_memory: int = Field(2048, ge=0, description="Memory of this host, in MiB, kept for the platform itself.")
    absent_seconds: int = Field(
        7200,
        ge=0,
        le=604_800,
        description="Seconds after which a booking that nobody came to is given back; 0 keeps it until its end.",
    )
    offer_lifetime: int = Field(300, ge=5, le=86400, description="Seconds for which an offer holds its capacity.")
    session_duration: str = Field("PT2H", description="Length of a booking that is made by starting a server.")
    prepare: str = Field(
        "PT5M",
        description="How long before its start the lab of a booking that asks for it is made ready, where there is "
        "room; `PT0S` for at its start.",
    )
    prepare_at_once: int = Field(4, ge=1, le=1000, description="Labs that are made ready at a time.")
    sweep_seconds: float = Field(1.0, ge=0.05, le=60, description="Seconds between two looks at what is due.")
    code_lifetime: int = Field(86400, ge=60, description="Seconds for which a confirmation code from a mail counts.")
    tries_per_hour: int = Field(
        60,
        ge=1,
        description="Visitors' accounts that one network address may open an hour, and as many through providers.",
    )

    group_space: int = Field(10_240, ge=0, le=10**9, description="MiB that a new group's shared space holds.")

    # ---- a Kubernetes cluster
    kubernetes_url: str = Field(
        "",
        description="API server of a Kubernetes cluster whose nodes are the capacity, or `in-cluster`. "
        "Without it, this host is.",
    )
    kubernetes_token_file: Path | None = Field(
        None, description="File with the token to send there; `in-cluster` brings its own."
    )
    kubernetes_ca_file: FilePath | None = Field(
        None, description="Certificate to know the API server by, where the machine does not know it."
    )
    kubernetes_namespace: str = Field(
        "",
        description="Namespace of the platform's own, in which pods move and read files of homes, and the claims of "
        "groups' folders are. Without it nobody reaches what is on accounts' disks.",
    )
    kubernetes_group_class: str = Field(
        "",
        description="Storage class of groups' shared folders, whose volumes pods on all nodes can mount at once. "
        "Without it groups have none.",
    )
    kubernetes_group_access: str = Field(
        "ReadWriteMany", description="Access mode of groups' shared folders, as their storage class offers it."
    )
    kubernetes_gpu: str = Field("nvidia.com/gpu", description="What Kubernetes calls a GPU.")
    pool_label: str = Field(
        "aglais.hub/pool",
        description="Label of a node that names the cluster, of those to book on, that it belongs to.",
    )
    default_pool: str = Field(
        "kubernetes", pattern=CLUSTER_NAME, description="The cluster of nodes without that label."
    )
    node_reserve_cores: float = Field(
        0, ge=0, description="Cores of each node that are kept, beside what system pods ask for."
    )
    node_reserve_memory: int = Field(256, ge=0, description="Memory of each node, in MiB, that is kept.")
    spare_nodes: int = Field(
        0, ge=0, description="Nodes of each pool, the largest, that are not given away, so that as many may fail."
    )
    node_grace: int = Field(
        300, ge=0, le=86400, description="Seconds for which a node that has stopped being ready still counts."
    )
    node_seconds: float = Field(15, ge=0.1, le=3600, description="Seconds between two looks at nodes and pods.")
    verify_within: int = Field(
        60,
        ge=1,
        le=86400,
        description="Seconds for which a cluster may not answer before nothing more is booked on it.",
    )

    def database_url(self, feature: str) -> str:
        """The SQLAlchemy address of a feature's database."""
        url: str = getattr(self, f"{feature}_url")
        if url.startswith(("postgresql://", "postgres://")):
            return "postgresql+psycopg://" + url.split("://", 1)[1]
        return url or f"sqlite:///{(self.state_folder / f'{feature}.db')}"

    @property
    def state_folder(self) -> Path:
        """``state`` as an absolute path."""
        return self.state.expanduser().absolute()

    @property
    def homes_folder(self) -> Path:
        """Where the homes are, where labs run on this host."""
        return self.state_folder / "homes"

    @property
    def groups_folder(self) -> Path:
        """Where the shared folders of groups are, where labs run on this host."""
        return self.state_folder / "groups"

    @property
    def cache_folder(self) -> Path:
        """``cache`` as an absolute path."""
        return self.cache.expanduser().absolute()

    @property
    def url(self) -> str:
        """Where people find the platform; ends with a slash."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/") + "/"

    @property
    def admin_addresses(self) -> frozenset[str]:
        """The admins' addresses in lower case."""
        return frozenset(address.lower() for address in self.admins)


def load_settings() -> Settings:
    """Read the settings from the environment.

    Raises ``InvalidValueError`` that names the variable, for a value that makes no sense and for an unknown name; also
    for what is wrong in the file of providers.
    """
    known = set(Settings.model_fields)
    for variable in os.environ:
        name = variable.removeprefix(PREFIX)
        if name == variable or name.lower() in known or name in NOT_SETTINGS:
            continue
        if name.startswith(NOT_SETTINGS_PREFIXES):
            continue
        close = get_close_matches(name.lower(), known, 1)
        meant = f"Did you mean {PREFIX}{close[0].upper()}?" if close else "See docs/settings.md for the settings."
        raise InvalidValueError(f"{variable} is not a setting.", field=variable, help=meant)
    try:
        values = {"admins": _addresses(os.environ["AGLAIS_ADMINS"])} if "AGLAIS_ADMINS" in os.environ else {}
        settings = Settings(**values)  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors()[0]
        variable = PREFIX + str(first["loc"][0]).upper()
        raise InvalidValueError(
            f"{variable}: {first['msg']}.", field=variable, help="See docs/settings.md for what it takes."
        ) from None
    load_providers(settings.providers)
    load_policy(settings.policy)
    token = settings.admin_token
    if token is not None and len(token.get_secret_value()) < 16:
        raise InvalidValueError(
            "AGLAIS_ADMIN_TOKEN is too short.", field="AGLAIS_ADMIN_TOKEN", help="Use at least 16 characters."
        )
    return settings


def _addresses(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())

"""Commands that run the platform. They need the extra ``server``, which is imported only here and only when asked."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aglais_hub.errors import AglaisError, InvalidValueError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["EXTRAS", "MissingPartError", "hub", "migrate", "needs_extras", "openapi", "serve", "up"]

EXTRAS = "server,spawner,lab"
"""What `aglais up` needs beyond the core."""

KEEP_ALIVE_SECONDS = 75
"""How long an idle connection stays open: longer than our clients keep one (5 s), so that none of them sends a request
on a connection that is just being closed."""

OURS = ("aglais_hub", "aglais_spawner", "aglais_lab")


class MissingPartError(AglaisError):
    """A command needs an extra that is not installed."""

    code = "missing_part"


@contextmanager
def needs_extras(command: str, extras: str = EXTRAS) -> Iterator[None]:
    """Turn a failing import into one sentence with the command that mends it."""
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] in OURS and error.name != "aglais_spawner":
            raise
        raise MissingPartError(
            f"`aglais {command}` needs parts that are not installed ({error.name}).",
            help=f"Install them: pip install 'aglais-hub[{extras}]'",
        ) from None


def up(
    port: Annotated[int | None, typer.Option(metavar="PORT", help="Port to listen on, instead of AGLAIS_PORT.")] = None,
    state: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Folder for all that is remembered, instead of AGLAIS_STATE.")
    ] = None,
) -> None:
    """Start the platform; Ctrl-C stops it.

    Starts the services, the proxy and the hub on http://127.0.0.1:8000/, starts again what ends unexpectedly, and
    leaves no process behind. Settings come from AGLAIS_… variables: see docs/settings.md.

    For example:

        aglais up
        aglais up --port 8080 --state /srv/aglais
        AGLAIS_ADMINS=ada@example.org aglais up
    """
    # The platform's parts read their settings from the environment, as we do.
    if port is not None:
        os.environ["AGLAIS_PORT"] = str(port)
    if state is not None:
        os.environ["AGLAIS_STATE"] = str(state)
    with needs_extras("up"):
        from aglais_hub.settings import load_settings  # noqa: PLC0415 - needs an extra
        from aglais_hub.up import up as run  # noqa: PLC0415
    raise typer.Exit(run(load_settings()))


def serve(
    features: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="FEATURE", help="Of accounts, packages, clusters, bookings, storage, portal; by default all."
        ),
    ] = None,
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(metavar="PORT", help="Port to listen on.", min=1, max=65535)] = 8081,
) -> None:
    """Serve the HTTP interface, for a hub elsewhere.

    `aglais up` does this for you. On its own it needs the hub's address and a token of its service `aglais`, in
    JUPYTERHUB_API_URL and JUPYTERHUB_API_TOKEN. All state is in the databases, so several may serve at once.

    For example:

        aglais migrate && aglais serve --port 8081
        aglais serve accounts bookings
        AGLAIS_BOOKINGS_URL=postgresql://db/bookings aglais serve
    """
    for variable in ("JUPYTERHUB_API_URL", "JUPYTERHUB_API_TOKEN"):
        if not os.environ.get(variable):
            raise InvalidValueError(
                f"{variable} is not set.",
                field=variable,
                help="Set it to the hub's, or run `aglais up`, which starts a hub too.",
            )
    with needs_extras("serve", "server"):
        import uvicorn  # noqa: PLC0415

        from aglais_hub.app import FEATURES, create_app  # noqa: PLC0415
    app = create_app(features or FEATURES)
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            host=host,
            port=port,
            access_log=False,
            timeout_graceful_shutdown=5,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
        )
    )
    app.state.is_stopping = lambda: server.should_exit
    server.run()
    if not server.started:
        raise typer.Exit(3)


def hub(
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(metavar="PORT", help="Port to listen on.", min=1, max=65535)] = 8081,
) -> None:
    """Run JupyterHub, for services and a proxy elsewhere.

    `aglais up` does this for you. On its own, as in a pod, it needs the addresses and tokens that the parts know each
    other by, in AGLAIS_INSIDE_… variables: see docs/install-kubernetes.md. Labs go on when it ends.

    For example:

        aglais hub --host 0.0.0.0 --port 8081
    """
    listens = f"http://{host}:{port}/"
    with needs_extras("hub", "server,spawner"):
        from aglais_hub.settings import load_settings  # noqa: PLC0415
        from aglais_hub.up.folder import Inside  # noqa: PLC0415
        from aglais_hub.up.parts import hub_command, hub_environment  # noqa: PLC0415
    settings = load_settings()
    try:
        inside = replace(Inside.from_environment(os.environ), hub_listens=listens)
    except KeyError as error:
        raise InvalidValueError(
            f"{error.args[0]} is not set.",
            field=error.args[0],
            help="Set it, or run `aglais up`, which starts services and a proxy too.",
        ) from None
    settings.state_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    program, *arguments = hub_command()
    sys.stdout.flush()
    os.execve(program, [program, *arguments], hub_environment(settings, inside))  # noqa: S606 - a fixed command


def migrate() -> None:
    """Bring the databases to the newest shape.

    `aglais up` does this at every start. Run it before `aglais serve` after an upgrade; it is safe to run twice,
    and two at once wait for each other.

    For example:

        aglais migrate
        AGLAIS_BOOKINGS_URL=postgresql://db/bookings aglais migrate
    """
    with needs_extras("migrate", "server"):
        from aglais_hub.database.migrate import FEATURES  # noqa: PLC0415
        from aglais_hub.database.migrate import migrate as bring  # noqa: PLC0415
        from aglais_hub.settings import load_settings  # noqa: PLC0415
    settings = load_settings()
    settings.state_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for feature in FEATURES:
        bring(feature, settings.database_url(feature))
        typer.echo(f"{feature:<10}up to date")


def openapi() -> None:
    """Print the HTTP interface as an OpenAPI document.

    Needs no running hub. A running platform serves the same document at /services/aglais/api/openapi.json.

    For example:

        aglais openapi > openapi.json
    """
    with needs_extras("openapi", "server"):
        from aglais_hub.app import API, make_app  # noqa: PLC0415
        from aglais_hub.settings import Settings  # noqa: PLC0415
        from aglais_hub.web.hub import Hub  # noqa: PLC0415
        from aglais_hub.web.routing import describe  # noqa: PLC0415
        from aglais_hub.wiring import wire  # noqa: PLC0415
    with tempfile.TemporaryDirectory() as folder:
        # Nothing is started, so neither the folder nor the hub is ever asked for anything, nor the environment.
        parts = wire(Settings.model_construct(state=Path(folder)), hub=Hub("http://127.0.0.1:9/hub/api", "none"))
        document = describe(make_app(parts), prefix=API)
        for database in parts.databases:
            database.dispose()
    typer.echo(json.dumps(document, indent=2, ensure_ascii=False))

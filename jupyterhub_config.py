"""The hub's configuration: the settings of the environment, made into JupyterHub's by ``aglais_hub.deploy``."""

from aglais_hub.deploy import configure

c = get_config()  # noqa: F821 - JupyterHub provides it

configure(c)

"""``python -m aglais_hub.up``: the same as ``aglais up``."""

import sys

from aglais_hub.errors import AglaisError
from aglais_hub.settings import load_settings
from aglais_hub.up import up

try:
    status: int | str = up(load_settings())
except AglaisError as error:
    status = f"{error.message} {error.help or ''}".strip()
sys.exit(status)

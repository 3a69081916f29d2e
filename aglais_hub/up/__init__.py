"""What ``aglais up`` does: starts the services, the proxy and the hub, keeps them running, and stops them cleanly.

checks.py      may it start here? one sentence, and how to mend it
folder.py      the state folder: its version, its lock, its secrets and ports
proxy.py       finds the proxy, or fetches it once
child.py       one child process: start, wait until it answers, stop
parts.py       the three children, with their commands and environments
supervisor.py  puts them together
"""

from aglais_hub.up.supervisor import up

__all__ = ["up"]

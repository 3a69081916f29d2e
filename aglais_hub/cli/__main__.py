"""The command's process: ``python -m aglais_hub.cli``, or ``aglais``."""

from __future__ import annotations

from aglais_hub.lean import start_lean

__all__ = ["main"]


def main() -> None:
    """Run the command with the process's own arguments."""
    start_lean()
    from aglais_hub.cli.app import main as run  # noqa: PLC0415 - what it imports is the point

    run()


if __name__ == "__main__":
    main()

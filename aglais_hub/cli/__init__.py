"""The ``aglais`` command.

app.py        the command and its help; errors to sentences
options.py    options that several commands have
screen.py     what is written where: tables and sentences, or JSON
words.py      times, lengths and sizes as people say and type them
tables.py     availability, bookings and accounts as tables
refusals.py   a refusal, with its offers and the command that takes each
chosen.py     which booking is meant by a beginning of its id, or by ``current``
free.py bookings.py accounts.py notebooks.py platform.py    the commands
"""

from aglais_hub.cli.app import main

__all__ = ["main"]

"""The ``aglais`` command.

app.py        the command and its help; errors to sentences
options.py    options that several commands have; amounts of resources among them
wish.py       what is asked for when something is booked, and how an offer differs from it
screen.py     what is written where: tables and sentences, or JSON
words.py      times and lengths as people say and type them
amounts.py    resources as people say and type them
tables.py     availability, bookings, accounts, grants and clusters as tables
history.py    changes and decisions in words
refusals.py   offers, how each differs, and the command that takes each
chosen.py     which booking is meant by the end of its id, or by ``current``
free.py bookings.py edits.py why.py accounts.py notebooks.py clusters.py grants.py platform.py ledger.py    the commands
"""

from aglais_hub.cli.app import main

__all__ = ["main"]

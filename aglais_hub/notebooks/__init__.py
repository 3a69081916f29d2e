"""Running a notebook and checking its result.

A notebook declares in its metadata, under ``aglais``, the version of this standard (1), the package it needs and the
result it is expected to have; its last cell says the result with ``aglais_lab.result``.
"""

from __future__ import annotations

from aglais_hub.notebooks.check import check
from aglais_hub.notebooks.outcome import RESULT_MIME, Outcome, Problem, Progress
from aglais_hub.notebooks.remote import run_remote

__all__ = ["RESULT_MIME", "Outcome", "Problem", "Progress", "check", "run_remote"]

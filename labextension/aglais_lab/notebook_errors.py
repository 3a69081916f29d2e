"""What a notebook says when it can't go on: one sentence, and how to mend it, instead of a long traceback.

NotebookError
├── NotBookedError          the kernel does not run under a booking
├── PackageTooSmallError    the notebook asks for more than the booking holds
├── TooLittleMemoryError    the booking's memory can't hold Spark and Python together
├── BeyondBookingError      Spark is asked for more than the booking holds
├── SparkRunsError          settings are given to a Spark that runs already
├── JavaError               no Java, or one too old for Spark
└── DataError               a data set is missing, or is not what it says
"""

from __future__ import annotations

__all__ = [
    "BeyondBookingError",
    "DataError",
    "JavaError",
    "NotBookedError",
    "NotebookError",
    "PackageTooSmallError",
    "SparkRunsError",
    "TooLittleMemoryError",
]


class NotebookError(Exception):
    """The root: ``message`` says what happened, ``help`` what to do about it.

    ``helped`` is for one that the notebook shows the help of already.
    """

    def __init__(self, message: str, *, help: str = "", helped: bool = False):
        super().__init__(message, help)
        self.message = message
        self.help = help
        self.helped = helped

    def __str__(self) -> str:
        return f"{self.message} {self.help}".strip()

    def _render_traceback_(self) -> list[str]:
        """What IPython shows instead of a traceback."""
        red, plain = "\x1b[31m", "\x1b[0m"
        return [f"{red}{self.message}{plain}", *([self.help] if self.help and not self.helped else [])]


class NotBookedError(NotebookError):
    """The kernel does not run under a booking."""


class PackageTooSmallError(NotebookError):
    """The notebook asks for more than the booking holds."""


class TooLittleMemoryError(NotebookError):
    """The booking's memory can't hold Spark and Python together."""


class BeyondBookingError(NotebookError):
    """Spark is asked for more than the booking holds."""


class SparkRunsError(NotebookError):
    """Settings are given to a Spark that runs already."""


class JavaError(NotebookError):
    """No Java, or one too old for Spark."""


class DataError(NotebookError):
    """A data set is missing, or is not what it says."""

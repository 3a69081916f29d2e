"""Lives through a term and draws it: ``.venv/bin/python docs/term.py``, in the checkout's folder.

``--people`` and ``--weeks`` make it smaller. At every hour, what the services say is free is compared with a count by
hand; the picture is drawn only when all of it agrees.
"""

import argparse
import re
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from matplotlib import dates
from matplotlib import pyplot as plt

from aglais_hub.bookings.verify import verify
from aglais_hub.database.migrate import migrate_all
from tests.support.templates import settings_at
from tests.support.term import Term

PICTURE = Path(__file__).parent / "images" / "term.svg"


def main() -> None:
    """Live through it, and draw."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--people", type=int, default=1000)
    asked.add_argument("--weeks", type=int, default=16)
    options = asked.parse_args()
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        settings = settings_at(Path(folder))
        migrate_all(settings)
        term = Term(settings, people=options.people, weeks=options.weeks)
        for hour in term.run():
            term.compare(timedelta(days=6) if hour.start.hour == 9 else timedelta(hours=2))
            if not hour.used <= hour.claimed <= hour.granted:
                sys.exit(f"{hour}: more is used than claimed, or claimed than granted")
            if hour.start.hour == 0 and hour.start.weekday() == 0:
                draw(term)
                print(f"{hour.start:%Y-%m-%d} {time.monotonic() - begun:6.0f} s {dict(term.counts)}", flush=True)
        faults = verify(term.parts.requests.database, clock=term.clock).faults
        term.close()
    if faults:
        sys.exit("\n".join(faults))
    draw(term)
    print(f"{len(term.hours)} hours in {time.monotonic() - begun:.0f} s: {dict(term.counts)}")


def draw(term: Term) -> None:
    """Granted, claimed and used cores over time."""
    starts = [hour.start for hour in term.hours]
    plt.rcParams |= {"svg.hashsalt": "term", "font.size": 9, "svg.fonttype": "none"}
    figure, axes = plt.subplots(figsize=(9.6, 3.6), layout="constrained")
    for name, colour, fill in (("granted", "#8c8c8c", False), ("claimed", "#e0883a", True), ("used", "#8a3c12", True)):
        cores = [getattr(hour, name) / 1000 for hour in term.hours]
        if fill:
            axes.fill_between(starts, cores, step="post", color=colour, linewidth=0, label=name)
        else:
            axes.step(starts, cores, where="post", color=colour, linewidth=1.2, label=name)
    axes.set(ylabel="cores", xlim=(starts[0], starts[-1]), ylim=(0, None))
    axes.xaxis.set_major_formatter(dates.ConciseDateFormatter(axes.xaxis.get_major_locator()))
    axes.legend(loc="upper left", ncols=3, frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(PICTURE, metadata={"Date": None})
    plt.close(figure)
    PICTURE.write_text(re.sub(r"(\d\.\d)\d+", r"\1", PICTURE.read_text()))  # a tenth of a point is fine enough


if __name__ == "__main__":
    main()

"""Writes the lifecycle's page and its picture: ``.venv/bin/python docs/lifecycle.py``, in the checkout's folder."""

import sys
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1]))

from aglais_hub.bookings.lifecycle import COUNTED, ENDED, LIFECYCLE, Transition
from aglais_hub.wire.bookings import Phase

PAGE = Path(__file__).with_suffix(".md")
PICTURE = Path(__file__).parent / "images" / "lifecycle.svg"

MEANINGS = {
    Phase.INITIAL: "asked for, and not answered yet; this passes within one request",
    Phase.OFFERED: "held for whoever asked, until it is taken, declined or lapses",
    Phase.ACCEPTED: "booked; this passes within one request, since what follows is plain at once",
    Phase.WAITING: "its start, or that of its next span, is to come",
    Phase.PREPARING: "its lab is made ready, and its place is kept for it, from shortly before a span that asks for it",
    Phase.AVAILABLE: "its time has come, and a server may start under it",
    Phase.RUNNING: "a server runs under it",
    Phase.RELEASING: "its time is over, or was ended, and its server is being stopped",
    Phase.COMPLETED: "over, used or not",
    Phase.REJECTED: "an offer that was declined",
    Phase.EXPIRED: "an offer that nobody took, or a booking that nobody came for",
    Phase.CANCELLED: "given up, by its holder or with its capacity",
    Phase.FAILED: "the cluster could not keep what was booked",
}

INTRODUCTION = """\
An offer, a booking and a running session are one thing in different phases. Each phase is entered on one of the ways
below and on no other. The names are those of the IVOA Execution Broker.

A way is gone by the *holder* (on the page, in the lab, with a client), by an *admin*, by the *spawner* as a server
starts and stops, or by the *clock*: what is due is in the database, ends come before starts, and what was due while the
services were down is done when they are back. Nothing waits for a person: from every phase with a claim, time leads on.

A booking claims its place while it is in one of the filled boxes. When it leaves them, it gives back all of its time
from that instant on, and others can book it at once.
"""

# ---------------------------------------------------------------- the picture

WIDTH, HEIGHT = 970, 700
BOX, SPINE, FIRST, STEP = (120, 34), 350, 41, 76
"""Size of a phase's box, and where those of a booking's life stand below each other."""

LIVE = [phase for phase in Phase if phase not in ENDED]
COLUMNS = {Phase.COMPLETED: 490, Phase.FAILED: 594, Phase.CANCELLED: 698, Phase.EXPIRED: 802, Phase.REJECTED: 906}
"""Where the ends stand; in this order no way to one crosses a way to another."""

END_BOX, END_TOP, CORNER = (96, 34), 640, 10


class Lane(NamedTuple):
    """The way of an arrow on the left: how far out, and how far from the middle of the boxes it leaves and enters."""

    x: int
    leaves: int = 0
    enters: int = 0


LANES = {
    (Phase.INITIAL, Phase.ACCEPTED): Lane(232, enters=-6),
    (Phase.WAITING, Phase.AVAILABLE): Lane(232, leaves=9, enters=-9),
    (Phase.AVAILABLE, Phase.WAITING): Lane(172),
    (Phase.ACCEPTED, Phase.AVAILABLE): Lane(112, leaves=6, enters=9),
    (Phase.RELEASING, Phase.WAITING): Lane(52, enters=-9),
}

STYLE = """\
  :root { color-scheme: light dark; --card: #fff; --ink: #28221f; --muted: #6b645e; --line: #8f867f; --edge: #e3dcd6;
    --accent: #3b5b92; --soft: #e9eef7; font: 12px system-ui, "Helvetica Neue", Arial, sans-serif; }
  @media (prefers-color-scheme: dark) { :root { --card: #1f2125; --ink: #e9e6e3; --muted: #a8a29d; --line: #7d8088;
    --edge: #34363b; --accent: #86a6d8; --soft: #26324a; } }
  .card { fill: var(--card); stroke: var(--edge); }
  .box { fill: var(--card); stroke: var(--line); stroke-width: 1.25; }
  .counted { fill: var(--soft); stroke: var(--accent); stroke-width: 1.5; }
  .phase { fill: var(--ink); font-weight: 650; text-anchor: middle; letter-spacing: .02em; }
  .name { fill: var(--ink); }
  .key { fill: var(--muted); }
  .way, .end, .bridge { fill: none; stroke-width: 1.5; }
  .way { stroke: var(--accent); marker-end: url(#way); }
  .end { stroke: var(--line); }
  .last { marker-end: url(#end); }
  .bridge { stroke: var(--card); stroke-width: 7; }
  #way path { fill: var(--accent); }
  #end path { fill: var(--line); }"""


def picture() -> str:
    """The diagram, as SVG."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-labelledby="title">',
        '<title id="title">The phases of a booking, and the ways between them</title>',
        f"<style>\n{STYLE}\n</style>",
        *(
            f'<marker id="{name}" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" '
            f'markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0L8 4L0 8Z"/></marker>'
            for name in ("way", "end")
        ),
        f'<rect class="card" x=".5" y=".5" width="{WIDTH - 1}" height="{HEIGHT - 1}" rx="8"/>',
        *(_arrow(row) for row in LIFECYCLE),
        *(_box(phase, SPINE, _middle(phase), BOX) for phase in LIVE),
        *(_box(phase, x, END_TOP + END_BOX[1] // 2, END_BOX) for phase, x in COLUMNS.items()),
        '<rect class="box counted" x="24" y="632" width="28" height="16" rx="4"/>',
        '<text class="key" x="60" y="644">claims its place</text>',
        '<rect class="box" x="24" y="658" width="28" height="16" rx="4"/>',
        '<text class="key" x="60" y="670">claims nothing</text>',
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _middle(phase: Phase) -> int:
    return FIRST + LIVE.index(phase) * STEP


def _box(phase: Phase, x: int, y: int, size: tuple[int, int]) -> str:
    width, height = size
    kind = "box counted" if phase in COUNTED else "box"
    return (
        f'<rect class="{kind}" x="{x - width // 2}" y="{y - height // 2}" width="{width}" height="{height}" rx="6"/>'
        f'<text class="phase" x="{x}" y="{y + 4}">{phase}</text>'
    )


def _arrow(row: Transition) -> str:
    if row.following in ENDED:
        return _to_an_end(row)
    if lane := LANES.get((row.phase, row.following)):
        return _by_a_lane(row, lane)
    steps = LIVE.index(row.following) - LIVE.index(row.phase)
    if abs(steps) != 1:
        raise ValueError(f"{row.phase} to {row.following} needs a lane")
    # Where there is a way back as well, the two stand side by side, each with its name on its own side.
    beside = any((other.phase, other.following) == (row.following, row.phase) for other in LIFECYCLE)
    x = SPINE - 14 * steps if beside else SPINE
    start, end = (_middle(phase) + side * BOX[1] // 2 for phase, side in ((row.phase, steps), (row.following, -steps)))
    left = beside and steps > 0
    return _labelled("way", f"M{x} {start}V{end}", row.name, x + (-8 if left else 8), (start + end) // 2 + 4, end=left)


def _by_a_lane(row: Transition, lane: Lane) -> str:
    edge = SPINE - BOX[0] // 2
    start, end = _middle(row.phase) + lane.leaves, _middle(row.following) + lane.enters
    turn = CORNER if start < end else -CORNER
    path = (
        f"M{edge} {start}H{lane.x + CORNER}Q{lane.x} {start} {lane.x} {start + turn}"
        f"V{end - turn}Q{lane.x} {end} {lane.x + CORNER} {end}H{edge}"
    )
    over = [
        other.x
        for (first, last), other in LANES.items()
        if lane.x < other.x and _middle(first) + other.leaves < end < _middle(last) + other.enters
    ]
    bridges = "".join(f'<path class="bridge" d="M{x - 7} {end}H{x + 7}"/>' for x in over)
    return bridges + _labelled("way", path, row.name, lane.x + 8, (start + end) // 2 + 4)


def _to_an_end(row: Transition) -> str:
    """From where the way before it turns off, down to where the next one joins: nothing is drawn twice."""
    x, y = COLUMNS[row.following], _middle(row.phase)
    turned = [COLUMNS[other.following] - CORNER for other in LIFECYCLE if other.phase is row.phase
              if COLUMNS.get(other.following, x) < x]  # fmt: skip
    joining = [_middle(other.phase) + CORNER for other in LIFECYCLE if other.following is row.following
               if _middle(other.phase) > y]  # fmt: skip
    start, end = max(turned, default=SPINE + BOX[0] // 2), min(joining, default=END_TOP)
    path = f"M{start} {y}H{x - CORNER}Q{x} {y} {x} {y + CORNER}V{end}"
    return _labelled("end" if joining else "end last", path, row.name, x - CORNER - 4, y - 6, end=True)


def _labelled(kind: str, path: str, name: str, x: int, y: int, *, end: bool = False) -> str:
    anchor = ' text-anchor="end"' if end else ""
    return f'<path class="{kind}" d="{path}"/><text class="name" x="{x}" y="{y}"{anchor}>{name}</text>'


# ---------------------------------------------------------------- the page


def page() -> str:
    """The page, as Markdown."""
    phases = [[phase, "yes" if phase in COUNTED else "no", MEANINGS[phase]] for phase in Phase]
    ways = [
        [row.phase, row.following, row.name, ", ".join(row.who), row.claim, row.sentence]
        for row in LIFECYCLE
    ]  # fmt: skip
    return "\n".join([
        "<!-- Made from aglais_hub/bookings/lifecycle.py by docs/lifecycle.py. -->",
        "",
        "# The lifecycle of a booking",
        "",
        INTRODUCTION,
        f"![Every phase and every way, as in the tables below](images/{PICTURE.name})",
        "",
        "## Phases",
        "",
        *_table(["phase", "claims its place", "what it means"], phases),
        "",
        "## Ways",
        "",
        *_table(["from", "to", "called", "gone by", "its claim", "when"], ways),
        "",
    ])  # fmt: skip


def _table(heads: list[str], rows: list[list[str]]) -> list[str]:
    first, *others = ["| " + " | ".join(row) + " |" for row in [heads, *rows]]
    return [first, "|---" * len(heads) + "|", *others]


def main() -> None:
    """Write both."""
    PAGE.write_text(page())
    PICTURE.write_text(picture())


if __name__ == "__main__":
    main()

"""The page of the lifecycle and its picture are what the table gives, and nothing in the picture lies over a word."""

from __future__ import annotations

from aglais_hub.bookings.lifecycle import LIFECYCLE
from aglais_hub.wire.bookings import Phase
from docs.lifecycle import MEANINGS, PAGE, PICTURE, page, picture
from tests.support.browser import open_browser

CROSSED = """() => {
    const lines = [...document.querySelectorAll("path.way, path.end")].flatMap((path) => {
        const steps = Math.ceil(path.getTotalLength());
        return Array.from({ length: steps + 1 }, (_, step) => path.getPointAtLength(step));
    });
    const boxes = [...document.querySelectorAll("text")].map((text) => ({ text, box: text.getBBox() }));
    const over = (one, other) =>
        one.x < other.x + other.width && other.x < one.x + one.width &&
        one.y < other.y + other.height && other.y < one.y + one.height;
    const { width, height } = document.documentElement.viewBox.baseVal;
    return boxes.filter(({ text, box }) =>
        box.x < 0 || box.y < 0 || box.x + box.width > width || box.y + box.height > height ||
        lines.some(({ x, y }) => over({ x: x - 1, y: y - 1, width: 2, height: 2 }, box)) ||
        boxes.some((other) => other.text !== text && over(other.box, box)),
    ).map(({ text }) => text.textContent);
}"""


def test_page_and_picture_are_fresh() -> None:
    assert PAGE.read_text() == page(), "to refresh: .venv/bin/python docs/lifecycle.py"
    assert PICTURE.read_text() == picture(), "to refresh: .venv/bin/python docs/lifecycle.py"


def test_every_phase_and_every_way_is_there() -> None:
    assert set(MEANINGS) == set(Phase)
    drawn = picture()
    assert all(f">{phase}</text>" in drawn for phase in Phase)
    assert sum(drawn.count(f'class="{kind}" d=') for kind in ("way", "end", "end last")) == len(LIFECYCLE)


def test_no_arrow_and_no_other_word_lies_over_a_word() -> None:
    with open_browser() as browser:
        shown = browser.new_page()
        shown.goto(PICTURE.as_uri())
        assert shown.locator("text").count() == len(Phase) + len(LIFECYCLE) + 2
        assert shown.evaluate(CROSSED) == []

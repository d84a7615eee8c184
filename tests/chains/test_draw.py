"""The drawing fits a page, its letters can be read, nothing lies on anything else, and no line crosses a box."""

from __future__ import annotations

import re
import shutil
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chains.random_chains import chain_of
from chains.random_chains import chains as random_chains
from straits import chains
from straits.chains.eto import Imported
from straits.chains.layout import layered, levels, spread
from straits.chains.model import Chain, Input, Interval, Item, Provision, Recipe
from straits.chains.picture import A4, SMALLEST, wide

SVG = "{http://www.w3.org/2000/svg}"
Rectangle = tuple[float, float, float, float]


def frames(root: ET.Element) -> list[Rectangle]:
    """Left, top, right and bottom of the boxes or cards."""
    found = []
    for rect in root.iter(f"{SVG}rect"):
        if rect.get("rx"):
            x, y, width, height = (float(rect.get(name, "")) for name in ("x", "y", "width", "height"))
            found.append((x, y, x + width, y + height))
    return found


def letters(root: ET.Element) -> list[tuple[str, Rectangle]]:
    """Every line of text with the room that it takes."""
    found = []
    for text in root.iter(f"{SVG}text"):
        x, y, size = (float(text.get(name, "")) for name in ("x", "y", "font-size"))
        words = text.text or ""
        found.append(
            (words, (x, y - 0.72 * size, x + wide(words, size, bool(text.get("font-weight"))), y + 0.1 * size))
        )
    return found


def points(root: ET.Element) -> list[tuple[float, float]]:
    """Points on every line between boxes, twenty a line."""
    found = []
    for path in root.iter(f"{SVG}path"):
        if path.get("fill") == "none":
            numbers = [float(number) for number in re.findall(r"-?\d+\.?\d*", path.get("d", ""))]
            if "C" in path.get("d", ""):
                ends = list(zip(numbers[::2], numbers[1::2], strict=True))
                found += [bezier(ends, step / 20) for step in range(21)]
            elif "H" in path.get("d", ""):
                x1, y, x2 = numbers
                found += [(x1 + (x2 - x1) * step / 20, y) for step in range(21)]
    return found


def bezier(ends: list[tuple[float, float]], t: float) -> tuple[float, float]:
    weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
    x, y = (sum(w * end[axis] for w, end in zip(weights, ends, strict=True)) for axis in (0, 1))
    return x, y


def apart(one: Rectangle, other: Rectangle) -> bool:
    return (
        one[2] <= other[0] + 0.2 or other[2] <= one[0] + 0.2 or one[3] <= other[1] + 0.2 or other[3] <= one[1] + 0.2
    )


def faults(svg: str) -> list[str]:
    """What is wrong with a drawing."""
    root = ET.fromstring(svg)
    _, _, width, height = (float(number) for number in root.get("viewBox", "").split())
    boxes, texts = frames(root), letters(root)
    told = [
        f"too small: {text.text}" for text in root.iter(f"{SVG}text") if float(text.get("font-size", "")) < SMALLEST
    ]
    told += [f"outside the page: {words}" for words, room in texts if room[2] > width or room[3] > height]
    told += [f"outside the page: {box}" for box in boxes if box[2] > width or box[3] > height or min(box) < 0]
    told += [
        f"on top of each other: {one}, {two}"
        for number, (one, room) in enumerate(texts)
        for two, other in texts[:number]
        if not apart(room, other)
    ]
    told += [
        f"boxes meet: {one}" for number, one in enumerate(boxes) for two in boxes[:number] if not apart(one, two)
    ]
    told += [
        f"a line crosses a box at {x:.0f},{y:.0f}"
        for x, y in points(root)
        for left, top, right, bottom in boxes
        if left + 0.5 < x < right - 0.5 and top + 0.5 < y < bottom - 0.5
    ]
    return told


@pytest.mark.parametrize("dependent", ["CHN", "EU27", "JPN", None])
@pytest.mark.parametrize("name", chains.ids())
def test_every_shipped_chain_is_drawn_on_one_readable_page(name: str, dependent: str | None) -> None:
    svg = chains.show(name, dependent).svg
    assert faults(svg) == []
    _, _, width, height = (float(number) for number in ET.fromstring(svg).get("viewBox", "").split())
    assert width <= A4[0]
    assert height <= A4[1]


def test_the_drawing_by_firm_is_readable_too() -> None:
    for name in ("semiconductors", "automotive-chips", "lithography-7nm"):
        assert faults(chains.show(name, "CHN", by="firm").svg) == []


@pytest.mark.data
@pytest.mark.parametrize("dependent", ["CHN", "EU27", "JPN", None])
@pytest.mark.parametrize("by", ["economy", "firm"])
def test_eighty_items_still_fit_a_page(eto: Imported, dependent: str | None, by: str) -> None:
    result = chains.show(eto.chain, dependent, by=by)
    assert faults(result.svg) == []
    _, _, width, height = (float(number) for number in ET.fromstring(result.svg).get("viewBox", "").split())
    assert width <= A4[0]
    assert height <= A4[1]
    shown = " ".join(words for words, _ in letters(ET.fromstring(result.svg)))
    for item in eto.chain.items.values():
        assert item.name.split()[0].split("-")[0] in shown


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(random_chains())
def test_no_line_crosses_a_box_whatever_the_chain(chain: Chain) -> None:
    assert faults(chains.show(chain, "CHN").svg) == []


MEASURE = """() => {
  const frame = document.querySelector('svg').getBoundingClientRect();
  const texts = [...document.querySelectorAll('svg text')].map(text => [text.textContent, text.getBoundingClientRect()]);
  const told = frame.height > 794 + 1 ? ['taller than the page'] : [];
  texts.forEach(([words, box], place) => {
    if (box.right > frame.right || box.bottom > frame.bottom) told.push('outside: ' + words);
    texts.slice(0, place).forEach(([other, room]) => {
      const x = Math.min(box.right, room.right) - Math.max(box.left, room.left);
      const y = Math.min(box.bottom, room.bottom) - Math.max(box.top, room.top);
      if (x > 1 && y > 0.4 * Math.min(box.height, room.height)) told.push(words + ' on ' + other);
    });
  });
  return told; }"""


@pytest.mark.browser
def test_a_browser_sets_the_letters_as_we_measure_them(tmp_path: Path) -> None:
    playwright = pytest.importorskip("playwright.sync_api")
    chromium = shutil.which("chromium")
    if not chromium:
        pytest.skip("needs Chromium")
    with playwright.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1123, "height": 794})
        for name in chains.ids():
            for dependent in ("CHN", "EU27"):
                page.set_content(f"<body style='margin:0'>{chains.show(name, dependent).svg}</body>")
                assert page.evaluate(MEASURE) == [], (name, dependent)
        browser.close()


def test_part_of_a_chain_can_be_drawn() -> None:
    result = chains.show("lithography-7nm", "CHN", goals="photomask")
    assert {box.item for box in result.boxes} == {"mask-blank", "mask-writer", "mask-inspection", "photomask"}
    assert faults(result.svg) == []


def test_a_chain_of_hundreds_of_items_takes_a_larger_page_with_letters_of_the_same_size() -> None:
    items = [Item(f"i{number}", f"Item {number}", "material") for number in range(400)]
    product = Item("product", "Product", "product")
    rows = [
        Provision(f"{item.id}.x", item.id, "JPN", Interval.exactly(1.0), location="JPN", owner="JPN")
        for item in items
    ]
    recipe = Recipe("all", "product", "all", tuple(Input(item.id) for item in items))
    svg = chains.show(chain_of([*items, product], [recipe], rows)).svg
    assert faults(svg) == []
    assert float(ET.fromstring(svg).get("viewBox", "").split()[2]) > A4[0]


def test_two_drawings_on_one_page_do_not_share_names() -> None:
    names = [set(re.findall(r'id="([^"]+)"', chains.show(name).svg)) for name in ("gallium", "germanium")]
    assert not names[0] & names[1]


def test_a_box_says_who_can_stop_it_and_a_line_what_is_needed(lithography: Chain) -> None:
    root = ET.fromstring(chains.show(lithography, "CHN").svg)
    by_box = {box[0].text: "".join(box.itertext()) for box in root.iter(f"{SVG}g")}
    euv = next(text for name, text in by_box.items() if name and name.startswith("EUV scanner"))
    assert "can be stopped by the Netherlands alone" in euv
    boxes = {box.item: box for box in chains.show(lithography, "CHN").boxes}
    assert boxes["euv-scanner"].choke == (("NLD",),)
    assert boxes["krf-scanner"].choke == (("JPN", "NLD"),)
    # one of four ways to make 7 nm logic takes EUV, all of them KrF
    assert boxes["logic-7nm"].needs["euv-scanner"] == "some"
    assert boxes["logic-7nm"].needs["krf-scanner"] == "every"


# -- where things stand --------------------------------------------------------------------------------------


def test_lines_leave_a_free_place_in_each_column_that_they_pass() -> None:
    columns = [["ore"], ["wall"], ["metal"]]
    laid = layered(columns, {"metal": {"ore"}}, {"ore": 20, "wall": 30, "metal": 20}, 0.0)
    assert set(laid.lines) == {(("ore", 0), ("ore", 1)), (("ore", 1), ("metal", 2))}
    assert abs(laid.middle["ore", 1] - laid.middle["wall", 1]) >= 15


def test_what_is_made_of_each_other_stands_in_order() -> None:
    assert levels(["c", "b", "a"], {"c": {"b"}, "b": {"a"}}) == [["a"], ["b"], ["c"]]


@settings(max_examples=200, deadline=None)
@given(st.data(), st.integers(1, 6))
def test_no_other_places_are_nearer_to_the_wishes(data: st.DataObject, number: int) -> None:
    numbers = st.lists(st.floats(0, 100), min_size=number, max_size=number)
    wishes = data.draw(numbers)
    gaps = data.draw(st.lists(st.floats(1, 10), min_size=number, max_size=number))
    offsets = [sum(gaps[:place]) for place in range(number)]
    top, bottom = 0.0, offsets[-1] + 60.0
    told = spread(wishes, offsets, top, bottom)

    def keeps(places: list[float]) -> bool:
        steps = [(b - a) - (d - c) for (a, b), (c, d) in zip(pairwise(places), pairwise(offsets), strict=True)]
        return places[0] >= top - 1e-9 and places[-1] <= bottom + 1e-9 and all(step >= -1e-9 for step in steps)

    def distance(places: list[float]) -> float:
        return sum((place - wish) ** 2 for place, wish in zip(places, wishes, strict=True))

    assert keeps(told)
    other = sorted(data.draw(numbers))
    free = [min(value, 60.0) + offset for value, offset in zip(other, offsets, strict=True)]
    assert keeps(free)
    # on the way from the answer to any other allowed place the distance does not fall
    for step in (0.01, 0.3, 1.0):
        mixed = [(1 - step) * a + step * b for a, b in zip(told, free, strict=True)]
        assert distance(mixed) >= distance(told) - 1e-6

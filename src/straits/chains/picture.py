"""A chain drawn as SVG: one landscape page, in points, so that letters keep their size in print.

Two drawings.  *Layered*: stages as columns from left to right, boxes, lines that cross no box
(:mod:`straits.chains.layout`).  *Cards*, for a chain that does not fit a page that way: a card a step, with
everything that only this step uses as rows on it.  A larger page is taken only when the cards do not fit either.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Literal
from xml.sax.saxutils import escape

from straits.chains.layout import Layout, Node, layered, levels
from straits.chains.model import is_place, place_name
from straits.chains.words import called, listed, means_place

A4 = (842.0, 595.0)
"""Width and height of the page, in points."""
SMALLEST = 7.0
"""No letters are smaller than this when the page is printed in full, in points."""
ENLARGED = (1.45, 1.25, 1.1, 1.0)
"""A small chain is drawn larger: the first of these factors at which it fits."""
SIDE, TOP, FOOT = 24.0, 28.0, 20.0
GAP_X, LEAST_BOX, MOST_BOX = 26.0, 62.0, 200.0
AIRY = 1.2
"""How much of the height a drawing takes beyond what it needs, so that lines part."""
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#7A6A00")
"""Okabe and Ito's palette: told apart by colour-blind readers; the yellow is darkened for paper."""
OTHER, MARK, INK, QUIET = "#9a9a9a", "#B00020", "#111", "#555"
MOST_LAYERED, A_PAGE = 60, 110
"""More boxes than the first are not tried with lines; the second is about what a page of cards can hold."""
UNITS = re.compile(r"(\d) (nm|%|T|tesla)\b")
KIND, SOME, EVERY = "kind", "some", "every"
Tie = Literal["kind", "some", "every"]
DASHES: Mapping[str, str] = {
    KIND: ' stroke-dasharray="5 2.5"',
    SOME: ' stroke-dasharray="1 2.2" stroke-linecap="round"',
}


@dataclass(frozen=True)
class Part:
    """A part of an item's bar: who, from what share to what, and whether that much is known."""

    who: str
    low: float
    high: float
    known: bool


@dataclass(frozen=True)
class Box:
    """An item in the drawing: its stage and column, who provides it, and who can stop it.

    ``choke`` are the smallest sets of one or two actors that stop it for certain; ``otherwise`` stands where nobody
    provides the item as such; ``needs`` are the items it rests on and how: all recipes need it, some, or it is a kind.
    """

    item: str
    name: str
    stage: str
    column: int
    parts: tuple[Part, ...]
    choke: tuple[tuple[str, ...], ...]
    otherwise: str
    needs: Mapping[str, Tie]
    step: bool
    told: str


@dataclass(frozen=True)
class Content:
    """What a page shows: titles, boxes by stage, names of actors, and what stands under it."""

    id: str
    title: str
    words: str
    stages: tuple[tuple[str, str], ...]
    boxes: tuple[Box, ...]
    names: Mapping[str, str]
    footnote: str

    @property
    def of(self) -> dict[str, Box]:
        """Boxes by item."""
        return {box.item: box for box in self.boxes}


def picture(content: Content) -> str:
    """The drawing of a chain, layered where that fits a page, else as cards."""
    if len(content.boxes) <= MOST_LAYERED:
        for factor in ENLARGED:
            page = Page(content, factor, lines=True)
            if drawn := _as_layers(page):
                return page.svg(drawn)
    size = max(1.0, math.sqrt(len(content.boxes) / A_PAGE))
    while True:
        page = Page(content, 1 / size, lines=False)
        columns = range(math.ceil(page.wide / 215), int(page.wide / 140) + 1)
        for most, number in product((2, 1), columns):
            if drawn := _as_cards(page, number, most):
                return page.svg(drawn)
        size *= math.sqrt(2)


# -- letters -------------------------------------------------------------------------------------------------


def _letter(sign: str) -> float:
    if sign in "iljI.,:;'|!()[]ft ·-":
        return 0.3
    if sign in "mwMW%—":
        return 0.85
    return 0.69 if sign.isupper() else 0.55


@lru_cache(maxsize=100_000)
def wide(text: str, size: float, bold: bool = False) -> float:
    """About how wide a text comes out in Helvetica or Arial, in points."""
    return sum(map(_letter, text)) * size * (1.07 if bold else 1.0)


def wrapped(text: str, room: float, size: float, most: int, bold: bool = False) -> list[str]:
    """A text in lines of a width, at most so many; what is left out is marked."""
    lines: list[str] = []
    for word in _broken(text, room, size, bold):
        if lines and wide(f"{lines[-1]} {word}", size, bold) <= room:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    if len(lines) > most:
        lines = [*lines[: most - 1], " ".join(lines[most - 1 :])]
    return [cropped(line, room, size, bold) for line in lines]


def _words(text: str) -> list[str]:
    """The words of a text; a number stays with its unit."""
    return UNITS.sub("\\1\u00a0\\2", text).split(" ")


def _broken(text: str, room: float, size: float, bold: bool) -> Iterator[str]:
    """The words of a text, those that are wider than the room in pieces."""
    for word in _words(text):
        rest = word
        while wide(rest, size, bold) > room and len(rest) > 4:
            fits = [place for place in range(2, len(rest) - 1) if wide(f"{rest[:place]}-", size, bold) <= room] or [2]
            hyphens = [place for place in fits if rest[place - 1] == "-"]
            end = max(hyphens or fits)
            yield rest[:end] if hyphens else f"{rest[:end]}-"
            rest = rest[end:]
        yield rest


def cropped(text: str, room: float, size: float, bold: bool = False) -> str:
    """A text cut to a width."""
    if wide(text, size, bold) <= room:
        return text
    while text and wide(f"{text}…", size, bold) > room:
        text = text[:-1]
    return f"{text.rstrip()}…"


def written(x: float, y: float, text: str, size: float, fill: str = INK, bold: bool = False, anchor: str = "") -> str:
    """A line of text."""
    weight = ' font-weight="600"' if bold else ""
    end = f' text-anchor="{anchor}"' if anchor else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:g}" fill="{fill}"{weight}{end}>{escape(text)}</text>'


def rectangle(x: float, y: float, width: float, height: float, fill: str, more: str = "") -> str:
    """A rectangle."""
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{fill}"{more}/>'


def diamond(x: float, y: float, filled: bool, size: float = 3.6) -> str:
    """The mark of a chokepoint: full for one actor, empty for two."""
    return (
        f'<path d="M{x:.1f},{y - size:.1f} l{size},{size} l-{size},{size} l-{size},-{size} z" '
        f'fill="{MARK if filled else "#fff"}" stroke="{MARK}" stroke-width="1"/>'
    )


def letters_on(fill: str) -> str:
    """Black or white, whichever stands out more on a colour (contrast of relative luminance, WCAG 2).

    >>> letters_on("#0072B2"), letters_on("#E69F00")
    ('#fff', '#111')
    """
    digits = fill.lstrip("#")
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return "#fff" if 1.05 / (luminance + 0.05) > (luminance + 0.05) / 0.055 else INK


# -- the page ------------------------------------------------------------------------------------------------


class Page:
    """A landscape page: title above, legend below, and the room between them."""

    def __init__(self, content: Content, factor: float, lines: bool) -> None:
        self.content = content
        self.width, self.height = A4[0] / factor, A4[1] / factor
        self.wide = self.width - 2 * SIDE
        self.colours = _colours(content.boxes)
        self.title = wrapped(content.title, self.wide, 13, 3, bold=True)
        self.top = TOP + 16 * len(self.title)
        self.legend = list(self._legend(lines))
        self.foot = 12.0 * len(self.legend) + FOOT
        self.room = self.height - self.top - self.foot

    def svg(self, drawn: tuple[list[str], float]) -> str:
        """The document; the page is cut below what is drawn."""
        parts, used = drawn
        height = self.top + used + self.foot
        name = "".join(sign if sign.isalnum() else "-" for sign in self.content.id)
        title = [
            written(SIDE, TOP + 2 + 16 * number, line, 13, INK, bold=True) for number, line in enumerate(self.title)
        ]
        foot = [
            entry
            for number, line in enumerate(self.legend)
            for entry in _legend_line(line, self.top + used + 20 + 12 * number, name)
        ]
        return "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width:.0f} {height:.0f}" width="100%" '
                f'role="img" aria-labelledby="title-{name} words-{name}" style="max-height:100vh" '
                'font-family="Arial, Helvetica, Liberation Sans, sans-serif">',
                f'<title id="title-{name}">{escape(self.content.title)}</title>',
                f'<desc id="words-{name}">{escape(self.content.words)}</desc>',
                f'<defs><pattern id="open-{name}" width="5" height="5" patternUnits="userSpaceOnUse" '
                'patternTransform="rotate(45)"><rect width="5" height="5" fill="#fff"/>'
                '<line x1="0" y1="0" x2="0" y2="5" stroke="#888" stroke-width="1.8"/></pattern></defs>',
                rectangle(0, 0, self.width, height, "#fff"),
                *title,
                *(part.replace("url(#open)", f"url(#open-{name})") for part in parts),
                *foot,
                "</svg>",
            ]
        )

    def _legend(self, lines: bool) -> Iterator[list[tuple[str, str, float]]]:
        """Lines of (sign, words, place); the last holds the footnote."""
        boxes = self.content.boxes
        entries = [(colour, self._named(who)) for who, colour in self.colours.items()]
        known = {part.who for box in boxes for part in box.parts if part.low > 0}
        if known - {"unknown"} - set(self.colours):
            entries.append((OTHER, "others"))
        entries.append(("open", "not known: named are those who may hold it, ? stands for somebody not named"))
        if any(len(box.choke[0]) == 1 for box in boxes if box.choke):
            entries.append(("full", "can be stopped by this one alone"))
        if any(len(box.choke[0]) == 2 for box in boxes if box.choke):
            entries.append(("empty", "can be stopped by these two together"))
        ties = {tie for box in boxes for tie in box.needs.values() if lines}
        told = {EVERY: "every way to make it needs this", SOME: "some ways do", KIND: "is a kind of it"}
        entries += [(tie, told[tie]) for tie in (EVERY, SOME, KIND) if tie in ties]
        line: list[tuple[str, str, float]] = []
        at = SIDE
        for sign, words in entries:
            width = 18 + wide(words, 7.5) + 12
            if line and at + width > SIDE + self.wide:
                yield line
                line, at = [], SIDE
            line.append((sign, words, at))
            at += width
        yield line
        for note in wrapped(f"{self.content.footnote} {self._codes()}".strip(), self.wide, 7.5, 4):
            yield [("", note, SIDE)]

    def _codes(self) -> str:
        """What the codes mean that the legend does not explain."""
        shown = {part.who for box in self.content.boxes for part in box.parts}
        shown |= {name for box in self.content.boxes for cut in box.choke for name in cut}
        told = sorted(name for name in shown - set(self.colours) if self._is_code(name))
        return f"Codes: {', '.join(self._named(name) for name in told)}." if told else ""

    def _is_code(self, name: str) -> bool:
        return means_place(name, self.content.names) and place_name(name) != name

    def _named(self, who: str) -> str:
        name = called(who, self.content.names)
        return who if name == who else f"{who} {name}"

    def choke(self, box: Box, room: float, most: int = 2) -> list[str]:
        """Who can stop it, for the lines under its name: economies by their codes."""
        if not box.choke:
            return []
        names = self.content.names
        told = [" + ".join(name if is_place(name) else names.get(name, name) for name in cut) for cut in box.choke]
        return wrapped(listed(told, "or"), room, SMALLEST, most, bold=True)

    def bar(self, box: Box, x: float, y: float, width: float, height: float) -> Iterator[str]:
        """Known shares in colour, side by side; the rest hatched, with the names of who may hold it."""
        if not box.parts:
            yield written(x, y + height - 2.5, cropped(box.otherwise, width, SMALLEST), SMALLEST, QUIET)
            return
        yield rectangle(x, y, width, height, "url(#open)", ' stroke="#777" stroke-width="0.5"')
        at, all_of = x, max(1.0, sum(part.low for part in box.parts))
        for part in box.parts:
            share = part.low / all_of
            if part.who == "unknown" or share * width < 0.4:
                continue
            fill = self.colours.get(part.who, OTHER)
            yield rectangle(at, y, share * width, height, fill, ' stroke="#fff" stroke-width="0.5"')
            label = _fitting(part.who, f"{100 * part.low:.0f} %", share * width - 5)
            if label:
                yield written(at + 2.5, y + height - 2.6, label, SMALLEST, letters_on(fill), bold=True)
            at += share * width
        yield from _open_label(box, at, y, x + width - at, height)


def _fitting(who: str, share: str, room: float) -> str:
    """The longest label that fits."""
    return next((text for text in (f"{who} {share}", who) if wide(text, SMALLEST, bold=True) <= room), "")


def _open_label(box: Box, x: float, y: float, room: float, height: float) -> Iterator[str]:
    maybe = [part.who for part in box.parts if part.who != "unknown" and not part.known]
    if not maybe or any(part.who == "unknown" for part in box.parts):
        maybe.append("?")
    texts = [
        " ".join(maybe),
        *(f"{' '.join(maybe[:count])} +{len(maybe) - count}" for count in range(len(maybe) - 1, 0, -1)),
    ]
    texts.append(f"{len([who for who in maybe if who != '?'])} possible")
    label = next((text for text in texts if wide(text, SMALLEST, bold=True) <= room - 6), "")
    if label:
        yield rectangle(x + 1.2, y + 0.8, wide(label, SMALLEST, bold=True) + 4, height - 1.6, "#fff")
        yield written(x + 3, y + height - 2.6, label, SMALLEST, INK, bold=True)


def _legend_line(line: Sequence[tuple[str, str, float]], y: float, name: str) -> Iterator[str]:
    for sign, words, x in line:
        if sign in ("full", "empty"):
            yield diamond(x + 7, y - 3, sign == "full")
        elif sign in (EVERY, SOME, KIND):
            yield _stroke(f"M{x:.1f},{y - 3:.1f} h14", "#666", 1.1, sign)
        elif sign:
            fill = f"url(#open-{name})" if sign == "open" else sign
            yield rectangle(x, y - 7, 14, 8, fill, ' stroke="#777" stroke-width="0.5"')
        yield written(x + (18 if sign else 0), y, words, 7.5, "#333")


def _stroke(path: str, colour: str, thick: float, tie: str) -> str:
    dash = DASHES.get(tie, "")
    return f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="{thick:g}"{dash}/>'


def _colours(boxes: Iterable[Box]) -> dict[str, str]:
    """A colour for each of those who hold most."""
    weight: Counter[str] = Counter()
    for box in boxes:
        for part in box.parts:
            if part.who != "unknown" and part.low > 0:
                weight[part.who] += round(1000 * part.low)
    ranked = sorted(weight, key=lambda who: (-weight[who], who))
    return dict(zip(ranked, COLOURS, strict=False))


# -- layered -------------------------------------------------------------------------------------------------


def _as_layers(page: Page) -> tuple[list[str], float] | None:
    """Boxes and lines, and the height they take; ``None`` when they do not fit."""
    content = page.content
    needs = {box.item: set(box.needs) for box in content.boxes}
    columns: list[list[str]] = []
    heads: list[tuple[str, int, int]] = []
    for stage, name in content.stages:
        inside = levels([box.item for box in content.boxes if box.stage == stage], needs)
        heads.append((name, len(columns), len(columns) + len(inside)))
        columns += inside
    pitch = min((page.wide + GAP_X) / len(columns), MOST_BOX + 3 * GAP_X)
    box_wide = min(pitch - GAP_X, MOST_BOX)
    if box_wide < LEAST_BOX:
        return None
    longest = max(wide(word, 8) for box in content.boxes for word in _words(box.name))
    if page.width < A4[0] and longest > box_wide - 10:
        return None
    names = {box.item: wrapped(box.name, box_wide - 10, 8, 5) for box in content.boxes}
    chokes = {box.item: page.choke(box, box_wide - 19) for box in content.boxes}
    tall = {box.item: 9.2 * len(names[box.item]) + 9 * len(chokes[box.item]) + 19 for box in content.boxes}
    titles = [wrapped(name, (end - start) * pitch - GAP_X / 2, 9, 2, bold=True) for name, start, end in heads]
    head = 10.5 * max(map(len, titles)) + 16
    laid = layered(columns, needs, tall, 0.0)
    if laid.height > page.room - head:
        return None
    used = min(page.room - head, AIRY * laid.height)
    laid = layered(columns, needs, tall, used)
    ends = [(laid.middle[item, at], tall[item] / 2) for at, column in enumerate(columns) for item in column]
    ends += [(middle, 2.0) for middle in laid.middle.values()]
    highest = min(middle - half for middle, half in ends)
    used = max(middle + half for middle, half in ends) - highest
    left = [SIDE + pitch * number for number in range(len(columns))]
    top = page.top + head - highest
    parts = []
    for (_, start, end), title in zip(heads, titles, strict=True):
        parts += [
            written(left[start], page.top + 12 + 10.5 * row, line, 9, "#333", bold=True)
            for row, line in enumerate(title)
        ]
        parts.append(rectangle(left[start], page.top + head - 10, (end - start - 1) * pitch + box_wide, 1.2, "#999"))
    parts += _wires(content.of, laid, left, box_wide, top, tall)
    for box in content.boxes:
        at = next(number for number, column in enumerate(columns) if box.item in column)
        y = top + laid.middle[box.item, at] - tall[box.item] / 2
        parts.append(_box(page, box, names[box.item], chokes[box.item], left[at], y, box_wide, tall[box.item]))
    return parts, head + used


def _box(
    page: Page, box: Box, name: Sequence[str], choke: Sequence[str], x: float, y: float, width: float, height: float
) -> str:
    alone = bool(box.choke) and len(box.choke[0]) == 1
    frame = f' rx="3" stroke="{MARK}" stroke-width="1.8"' if alone else ' rx="3" stroke="#555" stroke-width="0.7"'
    parts = [f"<g><title>{escape(box.told)}</title>", rectangle(x, y, width, height, "#fcfcfc", frame)]
    at = y + 10.2
    for line in name:
        parts.append(written(x + 5, at, line, 8))
        at += 9.2
    if choke:
        parts.append(diamond(x + 8.5, at - 2.6, alone))
    for number, line in enumerate(choke):
        parts.append(written(x + 15, at + 9 * number, line, SMALLEST, MARK, bold=True))
    parts += page.bar(box, x + 5, y + height - 14, width - 10, 9.5)
    return "".join([*parts, "</g>"])


def _wires(
    boxes: Mapping[str, Box],
    laid: Layout,
    left: Sequence[float],
    box_wide: float,
    top: float,
    tall: Mapping[str, float],
) -> Iterator[str]:
    """Every line from box to box: level across a column, bent in the gaps; each ends at a place of its own."""
    own = {(item, number) for number, column in enumerate(laid.columns) for item in column}
    arriving: dict[Node, list[Node]] = {}
    for start, end in laid.lines:
        arriving.setdefault(end, []).append(start)
    drawn: set[tuple[float, float, float, float]] = set()
    for end, starts in arriving.items():
        starts.sort(key=lambda node: laid.middle[node])
        step = min(5.0, (tall[end[0]] - 10) / max(1, len(starts) - 1)) if end in own else 0.0
        for number, start in enumerate(starts):
            source = boxes[start[0]]
            y1 = top + laid.middle[start]
            y2 = top + laid.middle[end] + (number - (len(starts) - 1) / 2) * step
            x1, x2 = left[start[1]] + box_wide, left[end[1]]
            path = f"M{x1:.1f},{y1:.1f} C{(x1 + x2) / 2:.1f},{y1:.1f} {(x1 + x2) / 2:.1f},{y2:.1f} {x2:.1f},{y2:.1f}"
            alone = bool(source.choke) and len(source.choke[0]) == 1
            tie = boxes[end[0]].needs[start[0]] if end in own else EVERY
            yield _stroke(path, MARK if alone else "#8a8a8a", 1.5 if alone else 0.8, tie)
            if start not in own and (x1, y1, x2, y1) not in drawn:
                drawn.add((x1, y1, x2, y1))
                yield _stroke(
                    f"M{left[start[1]]:.1f},{y1:.1f} H{x1:.1f}",
                    MARK if alone else "#8a8a8a",
                    1.5 if alone else 0.8,
                    EVERY,
                )


# -- cards ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """A line of a card: an item under what uses it, or words alone."""

    box: Box | None
    depth: int
    lines: tuple[str, ...]
    height: float
    choke: tuple[str, ...] = ()


def _as_cards(page: Page, columns: int, most: int) -> tuple[list[str], float] | None:
    """Cards in columns, stage after stage, and the height they take; ``None`` when they do not fit.

    ``most`` are the lines for who can stop an item.  A card that does not fit what is left of a column goes on in the next.
    """
    gap = 12.0
    width = (page.wide - gap * (columns - 1)) / columns
    bar = min(90.0, 0.38 * width)
    under = _under(page.content.boxes)
    column, y, lowest = 0, 0.0, 0.0
    parts: list[str] = []
    for stage, name in page.content.stages:
        heads = [box for box in page.content.boxes if box.stage == stage and box.item not in under]
        title = f"{name}, used by several" if all(not box.step for box in heads) else name
        for card in _cards([list(_rows(page, box, under, width - bar - 14, width - 12, most)) for box in heads]):
            rows: Sequence[Row] = card
            while rows:
                heading = wrapped(title or f"{name} (continued)", width, 9, 2, bold=True) if title or not y else []
                head = 10.0 * len(heading) + 6 if heading else 0.0
                some = _fitting_rows(rows, page.room - y - head - 4)
                if len(some) < min(3, len(rows)):
                    if not y:
                        return None
                    column, y, lowest = column + 1, 0.0, max(lowest, y - 4)
                    if column == columns:
                        return None
                    continue
                x = SIDE + column * (width + gap)
                parts += [
                    written(x, page.top + y + 11 + 10 * place, line, 9, "#333", bold=True)
                    for place, line in enumerate(heading)
                ]
                y, title = y + head, ""
                tall = sum(row.height for row in some) + 4
                parts += _card(page, some, x, page.top + y, width, bar, tall)
                y += tall + 4
                rows = _rest(rows, len(some), width - 12)
    return parts, max(lowest, y - 4)


def _fitting_rows(rows: Sequence[Row], room: float) -> Sequence[Row]:
    """The rows that fit; the words at the end of a card are not parted from all of its items."""
    height = 0.0
    for number, row in enumerate(rows):
        height += row.height
        if height > room:
            return rows[: number if any(left.box for left in rows[number:]) else number - 1]
    return rows


def _rest(rows: Sequence[Row], shown: int, room: float) -> Sequence[Row]:
    """What goes on in the next column, under the name of its card."""
    if shown == len(rows):
        return ()
    lead = rows[0].lines if rows[0].box is None else (rows[0].box.name,)
    words = wrapped(f"{' '.join(lead).removesuffix(', continued')}, continued", room, SMALLEST, 2)
    return [Row(None, 0, tuple(words), 8.2 * len(words) + 3), *rows[shown:]]


def _cards(cards: Iterable[Sequence[Row]]) -> Iterator[Sequence[Row]]:
    """The cards; neighbours of one line each share a card."""
    held: list[Row] = []
    for rows in cards:
        if len(rows) == 1:
            held += rows
            continue
        if held:
            yield held
        held = []
        yield rows
    if held:
        yield held


def _under(boxes: Sequence[Box]) -> dict[str, str]:
    """What stands as a row on the card of the only item that uses it: inputs that are no steps themselves."""
    users: dict[str, list[str]] = {}
    for box in boxes:
        for need in box.needs:
            users.setdefault(need, []).append(box.item)
    return {box.item: users[box.item][0] for box in boxes if not box.step and len(users.get(box.item, ())) == 1}


def _rows(page: Page, box: Box, under: Mapping[str, str], room: float, all_room: float, most: int) -> Iterator[Row]:
    """A card: the item itself, what it uses of its own, and in words what it shares with others."""
    of = page.content.of
    todo = [(box, 0)]
    shared: list[str] = []
    while todo:
        told, depth = todo.pop()
        lines = wrapped(told.name, room - 8 * depth, SMALLEST, 4, bold=not depth)
        choke = page.choke(told, room - 6 - 8 * depth, most)
        yield Row(told, depth, tuple(lines), 8.2 * (len(lines) + len(choke)) + 3, tuple(choke))
        needs = [of[item] for item in told.needs if item in of]
        shared += [need.name for need in needs if need.item not in under]
        todo += [(need, depth + 1) for need in reversed(needs) if need.item in under]
    if shared:
        lines = wrapped(f"and from: {'; '.join(dict.fromkeys(shared))}", all_room, SMALLEST, 6)
        yield Row(None, 0, tuple(lines), 8.2 * len(lines) + 3)


def _card(
    page: Page, rows: Sequence[Row], x: float, y: float, width: float, bar: float, height: float
) -> Iterator[str]:
    yield rectangle(x, y, width, height, "#fcfcfc", ' rx="3" stroke="#555" stroke-width="0.7"')
    at = y + 2
    for row in rows:
        if row.box is None:
            yield from (
                written(x + 6, at + 8 + 8.2 * place, line, SMALLEST, QUIET) for place, line in enumerate(row.lines)
            )
            at += row.height
            continue
        parts = [f"<g><title>{escape(row.box.told)}</title>"]
        left = x + 6 + 8 * row.depth
        parts += [
            written(left, at + 8.6 + 8.2 * place, line, SMALLEST, INK, bold=not row.depth)
            for place, line in enumerate(row.lines)
        ]
        if row.box.choke:
            alone = len(row.box.choke[0]) == 1
            base = at + 8.6 + 8.2 * len(row.lines)
            parts.append(diamond(left + 3.2, base - 2.6, alone, 3.2))
            parts += [
                written(left + 9, base + 8.2 * place, line, SMALLEST, MARK, bold=True)
                for place, line in enumerate(row.choke)
            ]
        parts += page.bar(row.box, x + width - bar - 5, at + 1.6, bar, 9)
        yield "".join([*parts, "</g>"])
        at += row.height


__all__ = ["A4", "Box", "Content", "Part", "Tie", "cropped", "letters_on", "picture", "wide", "wrapped"]

"""A chain as a picture: stages as columns from left to right, and the same in words.

Each item is a box with a bar of its providers, as wide as their shares; what is not known is hatched.  An item that
one outside actor can stop alone is framed and marked with a filled diamond, one that two can stop together with an
open one.  The picture fits a landscape page and needs no colour to be read.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from straits.chains.chokepoint import certain_sets, prepared
from straits.chains.feasibility import HERE, Line, View
from straits.chains.model import Chain
from straits.chains.parties import is_unnamed

COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#8C7A00")
"""Okabe and Ito's palette: told apart by colour-blind readers; the yellow is darkened for paper."""
OTHER = "#9a9a9a"
BOX_WIDTH, BOX_HEIGHT, GAP_X, GAP_Y = 186, 44, 46, 12
TOP, SIDE, FOOT = 86, 24, 88
PAGE = math.sqrt(2)
MARK = "#B00020"


@dataclass(frozen=True)
class Part:
    """A part of an item's bar: who, from what share to what, and whether that much is known."""

    who: str
    low: float
    high: float
    known: bool


@dataclass(frozen=True)
class Box:
    """An item in the drawing: where it stands, who provides it, and who can stop it."""

    item: str
    name: str
    stage: str
    column: int
    row: int
    parts: tuple[Part, ...]
    choke: tuple[str, ...]
    otherwise: str


@dataclass(frozen=True)
class ShowResult:
    """The answer to ``show``: an SVG, and the same in words."""

    chain: str
    svg: str
    words: str
    boxes: tuple[Box, ...]

    def to_dict(self) -> dict[str, Any]:
        """For JSON, without the picture."""
        return {
            "chain": self.chain,
            "items": [
                {
                    "item": box.item,
                    "name": box.name,
                    "stage": box.stage,
                    "providers": [{"who": part.who, "share": [part.low, part.high]} for part in box.parts],
                    "stopped_by": list(box.choke),
                }
                for box in self.boxes
            ],
        }

    def to_json(self) -> str:
        """The same as JSON text."""
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=1, allow_nan=False)

    def text(self) -> str:
        """The text alternative."""
        return self.words


def show(chain: Chain, dependent: str | Iterable[str] | None = None, *, by: str = "economy") -> ShowResult:
    """Draw a chain; chokepoints are those of ``dependent`` (default: of everyone)."""
    search = prepared(chain, dependent, by, size=2)
    cuts = certain_sets(search, chain.order)
    choke = {
        item: min((cut for cut in found if cut), key=lambda cut: (len(cut), cut), default=())
        for item, found in cuts.items()
    }
    boxes = _placed(search.view, choke)
    words = _words(chain, boxes, search.view.dependent.names)
    return ShowResult(chain.id, _svg(chain, boxes, search.view.dependent.names, words), words, tuple(boxes))


# -- what stands where ---------------------------------------------------------------------------------------


def _stages(chain: Chain) -> list[tuple[str, str, list[str]]]:
    """The stages with their items; without stages, items by how many steps they are from raw inputs."""
    told = {
        stage.id: (stage.name, [item for item in chain.order if chain.items[item].stage == stage.id])
        for stage in chain.stages.values()
    }
    loose = [item for item in chain.order if chain.items[item].stage not in chain.stages]
    if loose:
        depth: dict[str, int] = {}
        for item in chain.order:
            depth[item] = 1 + max((depth[need] for need in chain.needs(item)), default=0)
        for item in loose:
            name = f"Step {depth[item]}"
            told.setdefault(name, (name, []))[1].append(item)
    return [(key, name, items) for key, (name, items) in told.items() if items]


def _placed(view: View, choke: Mapping[str, tuple[str, ...]]) -> list[Box]:
    """Boxes in columns, long stages over several, so that the whole has about the shape of a page."""
    stages = _stages(view.chain)
    sizes = [len(items) for _, _, items in stages]
    rows = min(
        range(1, max(sizes) + 1), key=lambda rows: abs(math.log(_width(_columns(sizes, rows)) / _height(rows) / PAGE))
    )
    boxes: list[Box] = []
    column = 0
    above: dict[str, float] = {}
    for stage, _, items in stages:
        ordered = _untangled(view.chain, items, above)
        needed = math.ceil(len(items) / rows)
        for place, item in enumerate(ordered):
            at = (column + place // rows, place % rows)
            above[item] = at[1]
            parts = tuple(_parts(view, view.lines(item, HERE)))
            boxes.append(
                Box(item, view.chain.items[item].name, stage, *at, parts, choke.get(item, ()), _otherwise(view, item))
            )
        column += needed
    return boxes


def _otherwise(view: View, item: str) -> str:
    """What stands in the bar of an item that nobody provides as such."""
    if view.chain.kinds_of.get(item):
        return {"any": "any of its kinds", "all": "all of its kinds", "unknown": "any or all of its kinds"}[
            view.kinds(item)
        ]
    return "made where it is used"


def _columns(sizes: Sequence[int], rows: int) -> int:
    return sum(math.ceil(size / rows) for size in sizes)


def _width(columns: int) -> float:
    return 2 * SIDE + columns * BOX_WIDTH + (columns - 1) * GAP_X


def _height(rows: int) -> float:
    return TOP + FOOT + rows * (BOX_HEIGHT + GAP_Y)


def _untangled(chain: Chain, items: Sequence[str], above: Mapping[str, float]) -> list[str]:
    """Items near what they are made from, so that lines cross less."""

    def height(item: str) -> float:
        known = [above[need] for need in chain.needs(item) if need in above]
        return sum(known) / len(known) if known else math.inf

    return sorted(items, key=lambda item: (height(item), items.index(item)))


def _parts(view: View, lines: Sequence[Line]) -> list[Part]:
    """The bar of an item: economies (or firms) by share, the largest first."""
    held: dict[str, tuple[float, float]] = {}
    for line in lines:
        if view.status(line.row) is False:
            continue
        name = line.row.provider if view.by == "firm" else (line.row.location or "unknown")
        who = "unknown" if is_unnamed(view.chain, line.row) else view.chain.provider_name(name)
        low, high = held.get(who, (0.0, 0.0))
        held[who] = (low + line.share.low, min(1.0, high + line.share.high))
    total = max(1.0, sum(low for low, _ in held.values()))
    parts = [
        Part(who, round(low / total, 6), round(max(low / total, min(high, 1.0)), 6), high - low < 0.005)
        for who, (low, high) in held.items()
    ]
    return sorted(parts, key=lambda part: (part.who == "unknown", -part.low, -part.high, part.who))


# -- the picture ---------------------------------------------------------------------------------------------


def _svg(chain: Chain, boxes: Sequence[Box], dependent: Sequence[str], words: str) -> str:
    columns, rows = max(box.column for box in boxes) + 1, max(box.row for box in boxes) + 1
    width, height = max(640.0, _width(columns)), _height(rows)
    colours = _colours(boxes)
    title = finding(chain, boxes, dependent)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="100%" role="img" '
        f'aria-labelledby="chain-title chain-words" font-family="system-ui, sans-serif" style="max-height:100vh">',
        f'<title id="chain-title">{escape(title)}</title><desc id="chain-words">{escape(words)}</desc>',
        '<defs><pattern id="open" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<rect width="6" height="6" fill="#fff"/><line x1="0" y1="0" x2="0" y2="6" stroke="#777" stroke-width="2.4"/>'
        "</pattern></defs>",
        f'<rect width="{width:g}" height="{height:g}" fill="#fff"/>',
        f'<text x="{SIDE}" y="30" font-size="17" font-weight="700" fill="#111">{escape(_short(title, int(width / 9.2)))}</text>',
    ]
    names = {key: name for key, name, _ in _stages(chain)}
    heads: dict[str, int] = {}
    for box in boxes:
        heads.setdefault(box.stage, box.column)
    for (stage, column), after in zip(heads.items(), [*list(heads.values())[1:], columns], strict=True):
        head = _short(names[stage], int((after - column) * (BOX_WIDTH + GAP_X) / 8.3))
        parts.append(
            f'<text x="{_x(column):g}" y="{TOP - 18}" font-size="13" font-weight="600" fill="#333">{escape(head)}</text>'
        )
    where = {box.item: box for box in boxes}
    parts += _lines(chain, where)
    parts += [_box(box, colours, len(chain.items)) for box in boxes]
    parts.append(_legend(chain, colours, boxes, height, width))
    return "\n".join([*parts, "</svg>"])


def finding(chain: Chain, boxes: Sequence[Box], dependent: Sequence[str]) -> str:
    """The title: what the drawing shows."""
    alone = [box for box in boxes if len(box.choke) == 1]
    whom = f" for {' + '.join(dependent)}" if dependent else ""
    if not alone:
        return f"{chain.name}: no single actor stops any of {len(boxes)} items{whom}"
    goals = [box for box in alone if box.item in chain.goals]
    if goals:
        return f"{chain.name}: {chain.provider_name(goals[0].choke[0])} alone can stop {goals[0].name}{whom}"
    told = ", ".join(f"{box.name} ({chain.provider_name(box.choke[0])})" for box in alone[:3])
    more = f" and {len(alone) - 3} more" if len(alone) > 3 else ""
    return f"{chain.name}: one actor alone can stop {told}{more}{whom}"


def _x(column: int) -> float:
    return SIDE + column * (BOX_WIDTH + GAP_X)


def _y(row: int) -> float:
    return TOP + row * (BOX_HEIGHT + GAP_Y)


def _lines(chain: Chain, where: Mapping[str, Box]) -> list[str]:
    found = []
    for item, box in where.items():
        kinds = set(chain.kinds_of.get(item, ()))
        for need in sorted(chain.needs(item)):
            start = where[need]
            x1, y1 = _x(start.column) + BOX_WIDTH, _y(start.row) + BOX_HEIGHT / 2
            x2, y2 = _x(box.column), _y(box.row) + BOX_HEIGHT / 2
            if start.column >= box.column:  # within a column: around the side
                bend = x1 + 26
                path = f"M{x1:g},{y1:g} C{bend:g},{y1:g} {bend:g},{y2:g} {_x(box.column) + BOX_WIDTH:g},{y2:g}"
            else:
                bend = (x2 - x1) / 2 if x2 - x1 < 120 else 60
                path = f"M{x1:g},{y1:g} C{x1 + bend:g},{y1:g} {x2 - bend:g},{y2:g} {x2:g},{y2:g}"
            tight = len(start.choke) == 1
            colour, thick = (MARK, 1.8) if tight else ("#8a8a8a", 0.9)
            dash = ' stroke-dasharray="4 3"' if need in kinds else ""
            found.append(
                f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="{thick}" opacity="0.55"{dash}/>'
            )
    return found


def _box(box: Box, colours: Mapping[str, str], many: int) -> str:
    x, y = _x(box.column), _y(box.row)
    alone, pair = len(box.choke) == 1, len(box.choke) == 2
    frame, thick = (MARK, 2.4) if alone else ("#555", 1.0)
    parts = [
        f"<g><title>{escape(_told(box))}</title>",
        f'<rect x="{x:g}" y="{y:g}" width="{BOX_WIDTH}" height="{BOX_HEIGHT}" rx="4" fill="#fbfbfb" '
        f'stroke="{frame}" stroke-width="{thick}"/>',
        f'<text x="{x + 7:g}" y="{y + 16:g}" font-size="11.5" fill="#111">{escape(_short(box.name, 24 if box.choke else 27))}</text>',
    ]
    if alone or pair:
        cx, cy = x + BOX_WIDTH - 12, y + 12
        fill = MARK if alone else "#fff"
        parts.append(
            f'<path d="M{cx},{cy - 6} l6,6 l-6,6 l-6,-6 z" fill="{fill}" stroke="{MARK}" stroke-width="1.4"/>'
        )
    parts += _bar(box, colours, x + 7, y + 25)
    return "".join([*parts, "</g>"])


def _bar(box: Box, colours: Mapping[str, str], x: float, y: float) -> list[str]:
    """Known shares in colour, side by side; the rest of the bar hatched, with the names of who may hold it."""
    width, high = BOX_WIDTH - 14, 12
    if not box.parts:
        return [f'<text x="{x:g}" y="{y + 10:g}" font-size="9.5" fill="#555">{box.otherwise}</text>']
    parts = [
        f'<rect x="{x:g}" y="{y:g}" width="{width}" height="{high}" fill="url(#open)" stroke="#777" stroke-width="0.6"/>'
    ]
    at = x
    for part in box.parts:
        wide = part.low * width
        if part.who == "unknown" or wide < 0.5:
            continue
        parts.append(
            f'<rect x="{at:.1f}" y="{y:g}" width="{wide:.1f}" height="{high}" '
            f'fill="{colours.get(part.who, OTHER)}" stroke="#fff" stroke-width="0.6"/>'
        )
        if wide > 26:
            parts.append(_label(at + 3, y + 9.5, _short(part.who, max(3, int(wide / 6))), "#fff"))
        at += wide
    room = x + width - at
    maybe = [part.who for part in box.parts if part.who != "unknown" and not part.known]
    maybe += ["?"] if not maybe or any(part.who == "unknown" for part in box.parts) else []
    if room > 26:
        label = _short(" ".join(maybe), int((room - 8) / 5.6))
        parts.append(
            f'<rect x="{at + 2:.1f}" y="{y + 1.5:g}" width="{min(room - 4, 5.9 * len(label) + 4):.1f}" height="9" fill="#fff"/>'
        )
        parts.append(_label(at + 4, y + 9.5, label, "#222"))
    return parts


def _label(x: float, y: float, text: str, colour: str) -> str:
    halo = ' stroke="#000" stroke-width="1.6" stroke-opacity="0.45" paint-order="stroke"' if colour == "#fff" else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="9" font-weight="600" fill="{colour}"{halo}>{escape(text)}</text>'
    )


def _colours(boxes: Sequence[Box]) -> dict[str, str]:
    weight: Counter[str] = Counter()
    for box in boxes:
        for part in box.parts:
            if part.who != "unknown":
                weight[part.who] += part.low + 0.01  # type: ignore[assignment]
    return dict(
        zip((who for who, _ in sorted(weight.items(), key=lambda pair: (-pair[1], pair[0]))), COLOURS, strict=False)
    )


def _legend(chain: Chain, colours: Mapping[str, str], boxes: Sequence[Box], height: float, width: float) -> str:
    y = height - FOOT + 26
    parts, x = [], float(SIDE)
    entries = [
        *((who, colour) for who, colour in colours.items()),
        ("others", OTHER),
        ("share or provider not known", "url(#open)"),
    ]
    for who, colour in entries:
        parts.append(
            f'<rect x="{x:g}" y="{y - 10:g}" width="14" height="11" fill="{colour}" stroke="#777" stroke-width="0.5"/>'
        )
        parts.append(f'<text x="{x + 18:g}" y="{y:g}" font-size="11" fill="#222">{escape(who)}</text>')
        x += 30 + 6.6 * len(who)
    if x > width - 380:  # a second line when the page is narrow
        x, y = float(SIDE), y + 18
    for fill, words in ((MARK, "one actor alone stops it"), ("#fff", "two together stop it")):
        parts.append(
            f'<path d="M{x + 6:g},{y - 11:g} l6,6 l-6,6 l-6,-6 z" fill="{fill}" stroke="{MARK}" stroke-width="1.4"/>'
        )
        parts.append(f'<text x="{x + 18:g}" y="{y:g}" font-size="11" fill="#222">{words}</text>')
        x += 30 + 6.6 * len(words)
    sources = sorted({row.cited.source for row in chain.provisions if row.cited.source} | set(chain.sources))
    when, whence = chain.as_of or "undated", ", ".join(sources) or "none named"
    source = f"Bars: share of use by place of production, {when}. Dashed: is a kind of. Sources: {whence}."
    parts.append(
        f'<text x="{SIDE}" y="{y + 24:g}" font-size="11" fill="#444">{escape(_short(source, int(width / 5.6)))}</text>'
    )
    return "".join(parts)


def _short(text: str, length: int) -> str:
    return text if len(text) <= length else text[: max(1, length - 1)].rstrip() + "…"


# -- in words ------------------------------------------------------------------------------------------------


def _told(box: Box) -> str:
    who = ", ".join(_share(part) for part in box.parts) or box.otherwise
    stop = f"; stopped by {' + '.join(box.choke)}" if box.choke else ""
    return f"{box.name}: {who}{stop}"


def _share(part: Part) -> str:
    if part.known:
        return f"{part.who} {100 * part.low:.3g} %"
    if part.low == 0 and part.high == 1:
        return f"{part.who} (share unknown)"
    return f"{part.who} {100 * part.low:.3g} to {100 * part.high:.3g} %"


def _words(chain: Chain, boxes: Sequence[Box], dependent: Sequence[str]) -> str:
    """The text alternative: stage by stage, who provides what, from what it is made, and who can stop it."""
    lines = [finding(chain, boxes, dependent)]
    for stage, name, items in _stages(chain):
        lines += ["", name]
        inside = [box for box in boxes if box.stage == stage]
        for box in sorted(inside, key=lambda box: items.index(box.item)):
            needs = sorted(chain.items[need].name for need in chain.needs(box.item))
            made = f"; from {', '.join(needs)}" if needs else ""
            lines.append(f"  {_told(box)}{made}")
    return "\n".join(lines)


__all__ = ["Box", "Part", "ShowResult", "show"]

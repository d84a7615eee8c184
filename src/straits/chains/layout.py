"""Where the boxes of a layered drawing stand, and by which way its lines run, without crossing a box.

The method is that of K. Sugiyama, S. Tagawa and M. Toda, "Methods for visual understanding of hierarchical system
structures", IEEE Trans. Systems, Man and Cybernetics 11(2), 1981: columns, a place kept free in every column that
a line passes, an order with few crossings (barycentres), and heights near those of the neighbours.  All lines that
leave one item share one way until they part.  Heights are a least-squares fit that keeps order and distances
(isotonic regression by pooling).  Lengths are in points.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

Node = tuple[str, int]
"""An item and a column: its own, or one that its line passes."""
SWEEPS = 12


@dataclass(frozen=True)
class Layout:
    """The middle of every node, and between which nodes lines run; each ends one column to the right."""

    columns: tuple[tuple[str, ...], ...]
    middle: Mapping[Node, float]
    lines: tuple[tuple[Node, Node], ...]
    height: float


@dataclass(frozen=True)
class Spaces:
    """How much room boxes leave to boxes and to lines."""

    between_boxes: float = 8.0
    beside_lines: float = 5.5


def levels(items: Sequence[str], needs: Mapping[str, set[str]]) -> list[list[str]]:
    """The items of one stage in as many columns as it takes for each to stand right of what it is made from.

    Each stands as far right as it can; those tied to no other of the stage go where most room is.

    >>> levels(["ore", "metal", "salt"], {"metal": {"ore"}})
    [['ore'], ['salt', 'metal']]
    """
    inside = set(items)
    users: dict[str, list[str]] = {item: [] for item in items}
    for item in items:
        for need in sorted(needs.get(item, set()) & inside):
            users[need].append(item)
    depth: dict[str, int] = {}

    def to_the_end(item: str) -> int:
        if item not in depth:
            depth[item] = max((1 + to_the_end(user) for user in users[item]), default=0)
        return depth[item]

    deepest = max(map(to_the_end, items), default=0)
    columns: list[list[str]] = [[] for _ in range(deepest + 1)]
    loose = [item for item in items if not users[item] and not needs.get(item, set()) & inside]
    for item in items:
        if item not in loose:
            columns[deepest - depth[item]].append(item)
    for item in loose:
        min(reversed(columns), key=len).append(item)
    place = {item: number for number, item in enumerate(items)}
    return [sorted(column, key=lambda item: (item not in loose, place[item])) for column in columns]


def layered(
    columns: Sequence[Sequence[str]],
    needs: Mapping[str, set[str]],
    heights: Mapping[str, float],
    room: float,
    spaces: Spaces | None = None,
) -> Layout:
    """Order and heights for items in columns; every need of an item stands in a column further left.

    ``room`` is the height at hand; the result's ``height`` is what it takes, which may be more.
    """
    spaces = spaces or Spaces()
    at = {item: number for number, column in enumerate(columns) for item in column}
    lines = _lines(at, needs)
    ordered = _ordered(columns, lines)
    tall = {node: heights[node[0]] if at[node[0]] == node[1] else 0.0 for column in ordered for node in column}
    gaps = [_gaps(column, tall, spaces) for column in ordered]
    height = max(_needed(column, tall, gap) for column, gap in zip(ordered, gaps, strict=True))
    middle = _middles(ordered, lines, tall, gaps, max(room, height))
    return Layout(tuple(map(tuple, columns)), middle, tuple(lines), height)


def _lines(at: Mapping[str, int], needs: Mapping[str, set[str]]) -> list[tuple[Node, Node]]:
    """From each item through every column up to those of its users."""
    users: dict[str, list[str]] = {}
    for item in at:
        for need in sorted(needs.get(item, ())):
            if need in at:
                users.setdefault(need, []).append(item)
    lines: list[tuple[Node, Node]] = []
    for item, told in users.items():
        last = max(at[user] for user in told) - 1
        lines += [((item, column), (item, column + 1)) for column in range(at[item], last)]
        lines += [((item, at[user] - 1), (user, at[user])) for user in told]
    return lines


def _ordered(columns: Sequence[Sequence[str]], lines: Sequence[tuple[Node, Node]]) -> list[list[Node]]:
    """The order in each column with the fewest crossings that the sweeps met."""
    own = {(item, number) for number, column in enumerate(columns) for item in column}
    passing = dict.fromkeys(node for line in lines for node in line if node not in own)
    order: list[list[Node]] = [[(item, number) for item in column] for number, column in enumerate(columns)]
    for node in passing:
        order[node[1]].append(node)
    before = _neighbours((end, start) for start, end in lines)
    after = _neighbours(lines)
    best, fewest = order, _crossings(order, lines)
    for sweep in range(SWEEPS):
        backwards = bool(sweep % 2)
        order = [list(column) for column in order]
        for number in range(len(order) - 1, -1, -1) if backwards else range(len(order)):
            _sort(order, number, after if backwards else before, number + (1 if backwards else -1))
        crossings = _crossings(order, lines)
        if crossings < fewest:
            best, fewest = order, crossings
    return best


def _neighbours(lines: Iterable[tuple[Node, Node]]) -> dict[Node, list[Node]]:
    found: dict[Node, list[Node]] = {}
    for start, end in lines:
        found.setdefault(start, []).append(end)
    return found


def _sort(order: list[list[Node]], number: int, beside: Mapping[Node, list[Node]], other: int) -> None:
    """Sort a column by the mean rank of its neighbours; a node without any keeps its rank."""
    if not 0 <= other < len(order):
        return
    column = order[number]
    rank = {node: (place + 0.5) / len(order[other]) for place, node in enumerate(order[other])}
    wish = {}
    for place, node in enumerate(column):
        near = [rank[neighbour] for neighbour in beside.get(node, ())]
        wish[node] = sum(near) / len(near) if near else (place + 0.5) / len(column)
    column.sort(key=lambda node: wish[node])


def _crossings(order: Sequence[Sequence[Node]], lines: Sequence[tuple[Node, Node]]) -> int:
    place = {node: number for column in order for number, node in enumerate(column)}
    gaps: dict[int, list[tuple[int, int]]] = {}
    for start, end in lines:
        gaps.setdefault(start[1], []).append((place[start], place[end]))
    return sum(
        (one[0] - two[0]) * (one[1] - two[1]) < 0
        for pairs in gaps.values()
        for number, one in enumerate(pairs)
        for two in pairs[:number]
    )


# -- heights -------------------------------------------------------------------------------------------------


def _gaps(column: Sequence[Node], tall: Mapping[Node, float], spaces: Spaces) -> list[float]:
    return [
        spaces.between_boxes if tall[above] and tall[below] else spaces.beside_lines
        for above, below in pairwise(column)
    ]


def _needed(column: Sequence[Node], tall: Mapping[Node, float], gaps: Sequence[float]) -> float:
    return sum(tall[node] for node in column) + sum(gaps)


def _middles(
    order: Sequence[Sequence[Node]],
    lines: Sequence[tuple[Node, Node]],
    tall: Mapping[Node, float],
    gaps: Sequence[Sequence[float]],
    room: float,
) -> dict[Node, float]:
    """Heights near those of the neighbours, left and right in turn, in order and within the room."""
    before, after = _neighbours((end, start) for start, end in lines), _neighbours(lines)
    middle: dict[Node, float] = {}
    offsets = [_offsets(column, tall, gap) for column, gap in zip(order, gaps, strict=True)]
    for column, offset in zip(order, offsets, strict=True):
        spare = room - (offset[-1] + tall[column[-1]] / 2 if column else 0)
        middle |= {node: place + spare / 2 for node, place in zip(column, offset, strict=True)}
    for sweep in range(SWEEPS):
        backwards = bool(sweep % 2)
        sides = (after, before) if backwards else (before, after)
        for number in range(len(order) - 1, -1, -1) if backwards else range(len(order)):
            column = order[number]
            if not column:
                continue
            wishes = [_wish(node, middle, *sides) for node in column]
            top, bottom = offsets[number][0], room - tall[column[-1]] / 2
            told = spread(wishes, offsets[number], top, bottom)
            middle.update(zip(column, told, strict=True))
    return middle


def _offsets(column: Sequence[Node], tall: Mapping[Node, float], gaps: Sequence[float]) -> list[float]:
    """Where the middles come to lie when everything stands as high and as close as it may."""
    at, told = 0.0, []
    for node, gap in zip(column, [*gaps, 0.0], strict=True):
        told.append(at + tall[node] / 2)
        at += tall[node] + gap
    return told


def _wish(
    node: Node, middle: Mapping[Node, float], first: Mapping[Node, list[Node]], second: Mapping[Node, list[Node]]
) -> float:
    near = [middle[other] for other in first.get(node) or second.get(node) or [node]]
    return sum(near) / len(near)


def spread(wishes: Sequence[float], offsets: Sequence[float], top: float, bottom: float) -> list[float]:
    """The places nearest to the wishes, in least squares, that keep order, distances and bounds.

    ``offsets`` are places that keep the distances exactly; ``top`` and ``bottom`` bound the first and the last.

    >>> spread([5.0, 5.0], [0.0, 10.0], 0.0, 100.0)
    [0.0, 10.0]
    >>> spread([50.0, 50.0], [0.0, 10.0], 0.0, 100.0)
    [45.0, 55.0]
    """
    pools: list[tuple[float, int]] = []
    for wish, offset in zip(wishes, offsets, strict=True):
        mean, count = wish - offset, 1
        while pools and pools[-1][0] > mean:
            other, number = pools.pop()
            mean, count = (mean * count + other * number) / (count + number), count + number
        pools.append((mean, count))
    flat = [mean for mean, count in pools for _ in range(count)]
    least, most = top - offsets[0], bottom - offsets[-1]
    return [min(max(value, least), most) + offset for value, offset in zip(flat, offsets, strict=True)]


__all__ = ["Layout", "Node", "Spaces", "layered", "levels", "spread"]

"""A chain as a picture: stages from left to right, and the same in words.

Each item is a box with a bar of its providers, as wide as their shares; what is not known is hatched.  An item that
one outside actor can stop alone is framed and marked with a full diamond, one that two can stop together with an
open one, and both with their names.  The picture fits a landscape page and needs no colour to be read.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from straits.chains.chokepoint import certain_sets, prepared
from straits.chains.denial import items_of
from straits.chains.feasibility import HERE, Line, View
from straits.chains.layout import levels
from straits.chains.model import Chain
from straits.chains.opening import ChainLike, Who, load
from straits.chains.parties import is_unnamed
from straits.chains.picture import Box, Content, Part, Tie, picture
from straits.chains.words import called, capital, is_group, listed, means_place, some, spoken


@dataclass(frozen=True)
class ShowResult:
    """The answer to ``show``: an SVG, and the same in words."""

    chain: str
    svg: str
    words: str
    boxes: tuple[Box, ...]

    def to_dict(self) -> dict[str, Any]:
        """For JSON, without the picture; ``stopped_by`` lists the smallest sets of one or two actors."""
        return {
            "chain": self.chain,
            "items": [
                {
                    "item": box.item,
                    "name": box.name,
                    "stage": box.stage,
                    "needs": sorted(box.needs),
                    "providers": [{"who": part.who, "share": [part.low, part.high]} for part in box.parts],
                    "stopped_by": [list(cut) for cut in box.choke],
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


def show(
    chain: ChainLike,
    dependent: Who = None,
    *,
    by: str = "economy",
    goals: Who = None,
) -> ShowResult:
    """Draw a chain; chokepoints are those of ``dependent`` (default: of everyone), in sets of one or two actors.

    ``goals`` draws only these items and what they rest on.
    """
    chain = load(chain)
    search = prepared(chain, dependent, by, size=2)
    asked = items_of(chain, goals)
    shown = chain.upstream(asked) if asked else set(chain.items)
    cuts = certain_sets(search, [item for item in chain.order if item in shown])
    choke = {item: _smallest(found) for item, found in cuts.items()}
    stages = _stages(chain, shown)
    boxes = tuple(_boxes(search.view, stages, choke))
    title = finding(chain, boxes, search.view.dependent.names)
    words = _words(title, chain, stages, boxes)
    content = Content(
        id=chain.id,
        title=title,
        words=words,
        stages=tuple((key, name) for key, name, _ in stages),
        boxes=boxes,
        names=chain.names,
        footnote=_footnote(search.view, shown),
    )
    return ShowResult(chain.id, picture(content), words, boxes)


def _smallest(cuts: Sequence[tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
    """The sets of the smallest size; none for an item that is not to be had anyhow.

    Several economies that are told only together are no single actor, and are left to ``chokepoints``.
    """
    told = [cut for cut in cuts if not any(map(is_group, cut))]
    if not told or () in cuts:
        return ()
    least = min(map(len, told))
    return tuple(sorted(cut for cut in told if len(cut) == least))


# -- what stands where ---------------------------------------------------------------------------------------


Stages = list[tuple[str, str, list[str]]]


def _stages(chain: Chain, shown: set[str]) -> Stages:
    """The stages with their items; without stages, items by how many steps they are from raw inputs.

    What is needed in an earlier stage than its own is drawn there.
    """
    names = {stage.id: stage.name for stage in chain.stages.values()}
    depth: dict[str, int] = {}
    for item in chain.order:
        depth[item] = 1 + max((depth[need] for need in chain.needs(item)), default=0)
    loose = sorted({depth[item] for item in shown if chain.items[item].stage not in names})
    names |= {f"Step {number}": f"Step {number}" for number in loose}
    order = {key: place for place, key in enumerate(names)}
    at = {
        item: order[stage if (stage := chain.items[item].stage) in chain.stages else f"Step {depth[item]}"]
        for item in shown
    }
    for item in (item for item in reversed(chain.order) if item in shown):
        for need in chain.needs(item):
            at[need] = min(at[need], at[item])
    found = [
        (key, name, [item for item in chain.order if item in shown and at[item] == order[key]])
        for key, name in names.items()
    ]
    return [(key, name, items) for key, name, items in found if items]


def _boxes(view: View, stages: Stages, choke: Mapping[str, tuple[tuple[str, ...], ...]]) -> Iterable[Box]:
    """The boxes, column by column."""
    chain = view.chain
    needs = {item: chain.needs(item) for item in chain.items}
    column = 0
    for stage, _, items in stages:
        for inside in levels(items, needs):
            for item in inside:
                known = chain.items[item]
                parts = tuple(_parts(view, view.lines(item, HERE)))
                cuts, otherwise = choke.get(item, ()), _otherwise(view, item)
                yield Box(
                    item=item,
                    name=known.name,
                    stage=stage,
                    column=column,
                    parts=parts,
                    choke=cuts,
                    otherwise=otherwise,
                    needs={need: _tie(chain, item, need) for need in sorted(needs[item])},
                    step=known.kind in ("step", "product") or item in chain.goals,
                    told=_told(chain, known.name, parts, cuts, otherwise),
                )
            column += 1


def _tie(chain: Chain, item: str, need: str) -> Tie:
    """How an item rests on another: as a kind of it, for every recipe, or for some ways to make it."""
    if need in chain.kinds_of.get(item, ()):
        return "kind"
    recipes = chain.recipes_of.get(item, ())
    inputs = [{entry.item for entry in recipe.inputs} for recipe in recipes]
    return "every" if inputs and all(need in told for told in inputs) else "some"


def _otherwise(view: View, item: str) -> str:
    """What stands in the bar of an item that nobody provides as such."""
    if view.chain.kinds_of.get(item):
        return {"any": "any of its kinds", "all": "all of its kinds", "unknown": "any or all kinds"}[view.kinds(item)]
    return "made by users" if view.chain.recipes_of.get(item) else "nobody is named"


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
    parts = [
        Part(who, round(low, 6), round(max(low, high), 6), high - low < 0.005) for who, (low, high) in held.items()
    ]
    return sorted(parts, key=lambda part: (part.who == "unknown", -part.low, -part.high, part.who))


# -- in words ------------------------------------------------------------------------------------------------


def finding(chain: Chain, boxes: Sequence[Box], dependent: Sequence[str]) -> str:
    """The title: what the drawing shows.

    One actor alone before two, the goals before what is on the way to them.
    """
    head = f"{chain.name}, for {spoken(dependent, chain.names)}" if dependent else chain.name
    for number, how in ((1, "alone"), (2, "together")):
        hit = [box for box in boxes if box.choke and len(box.choke[0]) == number]
        hit = [box for box in hit if box.item in chain.goals] or hit
        by_actors: dict[tuple[str, ...], list[str]] = {}
        for box in hit:
            by_actors.setdefault(box.choke[0], []).append(box.name)
        told = [f"{spoken(who, chain.names)} {how} can stop {some(names, 2)}" for who, names in by_actors.items()]
        if told:
            more = f"; {len(told) - 2} more" if len(told) > 2 else ""
            return f"{head}: {'; '.join(told[:2])}{more}"
    others = "others" if dependent else "actors"
    return f"{head}: no one or two {others} are known to be able to stop any of the {len(boxes)} items"


def _footnote(view: View, shown: set[str]) -> str:
    chain = view.chain
    rows = [row for row in chain.provisions if row.item in shown]
    sources = sorted({row.cited.source for row in rows if row.cited.source} | set(chain.sources))
    counted = "firm" if view.by == "firm" else "place of production"
    return (
        f"Bars: share of use by {counted}, {chain.as_of or 'undated'}. "
        "Who can stop an item is marked where it is certain, whatever the unknowns are. "
        f"Sources: {', '.join(sources) or 'none named'}."
    )


def _told(chain: Chain, name: str, parts: Sequence[Part], choke: Sequence[Sequence[str]], otherwise: str) -> str:
    who = ", ".join(_share(part, chain.names) for part in parts) or otherwise
    return f"{name}: {who}{_stopped(chain, choke)}"


def _stopped(chain: Chain, choke: Sequence[Sequence[str]]) -> str:
    if not choke:
        return ""
    who = [spoken(cut, chain.names) for cut in choke]
    return f"; can be stopped by {some(who, 3, 'or')}{' together' if len(choke[0]) > 1 else ' alone'}"


def _share(part: Part, names: Mapping[str, str]) -> str:
    who = (
        "somebody not named"
        if part.who == "unknown"
        else called(part.who, names)
        if means_place(part.who, names)
        else part.who
    )
    if part.known:
        return f"{who} {100 * part.low:.3g} %"
    if part.low == 0 and part.high == 1:
        return f"{who} (share unknown)"
    return f"{who} {100 * part.low:.3g} to {100 * part.high:.3g} %"


def _words(title: str, chain: Chain, stages: Stages, boxes: Sequence[Box]) -> str:
    """The text alternative: stage by stage, who provides what, who can stop it, and from what it is made."""
    lines = [title]
    known = {box.item: box for box in boxes}
    for _, name, items in stages:
        lines += ["", name]
        for item in items:
            box = known[item]
            lines.append(f"  {box.told}")
            lines += [f"    {capital(words)}" for words in _made_of(chain, box)]
    return "\n".join(lines)


def _made_of(chain: Chain, box: Box) -> Iterable[str]:
    for tie, words in (("every", "from"), ("some", "in some ways also from"), ("kind", "its kinds:")):
        names = sorted(chain.items[need].name for need, how in box.needs.items() if how == tie)
        if names:
            first = "some ways need" if tie == "some" and "every" not in box.needs.values() else words
            yield f"{first} {listed(names)}"


__all__ = ["Box", "Part", "ShowResult", "finding", "show"]

"""Every question on every shipped chain: answers agree with each other, can be read, and hold what is documented."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

import pytest

from straits import chains
from straits.chains.chokepoint import ChokepointsResult
from straits.chains.denial import Setting, answer
from straits.chains.eto import Imported
from straits.chains.exposures import ExposureResult
from straits.chains.levers import LeverageResult
from straits.chains.model import Chain
from straits.vocabulary.regions import economies

SIDES = (("CHN", "USA"), ("EU27", "CHN"))
"""A dependent, and who withholds from it."""
KEYS = {"chain", "for", "sets", "concentration", "unknowns"}


@dataclass(frozen=True)
class Asked:
    """Everything that can be asked of a chain about one dependent."""

    chain: Chain
    dependent: str
    denier: str
    by_economy: ChokepointsResult
    by_firm: ChokepointsResult
    exposure: ExposureResult
    leverage: LeverageResult
    others: tuple[Any, ...]

    @property
    def everything(self) -> tuple[Any, ...]:
        return (self.by_economy, self.by_firm, self.exposure, self.leverage, *self.others)


def ask(chain: Chain, dependent: str, denier: str) -> Asked:
    modes = [
        chains.deny(chain, denier, to=dependent, mode=mode) for mode in ("spares", "knowledge", "software", "market")
    ]
    return Asked(
        chain=chain,
        dependent=dependent,
        denier=denier,
        by_economy=chains.chokepoints(chain, dependent),
        by_firm=chains.chokepoints(chain, dependent, by="firm", size=2),
        exposure=chains.exposure(chain, dependent),
        leverage=chains.leverage(chain, dependent, denier),
        others=(
            chains.deny(chain, denier, to=dependent),
            *modes,
            chains.relieve(chain, dependent, denier, size=2),
            chains.relieve(chain, dependent, denier, size=1, months=12),
            chains.show(chain, dependent),
        ),
    )


@pytest.fixture(scope="module", params=[(name, *pair) for name in chains.ids() for pair in SIDES], ids="-".join)
def asked(request: pytest.FixtureRequest) -> Asked:
    name, dependent, denier = request.param
    return ask(chains.load(name), dependent, denier)


def check_sets(chain: Chain, dependent: str, found: ChokepointsResult) -> None:
    """Each set stops what it says, for certain; no smaller part of it stops what it is minimal for."""
    for entry in found.sets:
        told = answer(Setting.of(chain, entry.denied, dependent), unknowns=False)
        assert set(entry.stops) <= set(told.stops), (entry.denied, set(entry.stops) - set(told.stops))
        assert set(entry.minimal_for) <= set(entry.stops)
        for left_out in entry.denied if len(entry.denied) > 1 else ():
            part = [who for who in entry.denied if who != left_out]
            fewer = answer(Setting.of(chain, part, dependent), unknowns=False)
            assert not set(entry.minimal_for) & set(fewer.stops), (entry.denied, left_out)


def test_each_set_stops_what_it_says_and_no_part_of_it_does(asked: Asked) -> None:
    check_sets(asked.chain, asked.dependent, asked.by_economy)
    check_sets(asked.chain, asked.dependent, asked.by_firm)


def test_an_ally_is_in_no_set(asked: Asked) -> None:
    friends = chains.chokepoints(asked.chain, asked.dependent, allies="JPN", size=2)
    assert not any("JPN" in entry.denied for entry in friends.sets)
    alone = {entry.denied for entry in asked.by_economy.sets if len(entry.denied) <= 2}
    assert {entry.denied for entry in friends.sets} <= alone


def test_nobody_is_exposed_less_through_the_tiers_than_directly(asked: Asked) -> None:
    for row in asked.exposure.rows:
        assert row.through_tiers.low >= row.direct.low - 1e-9, (row.economy, row.goal)
        assert 0 <= row.through_tiers.low <= row.through_tiers.high <= 1


def test_one_lever_costs_no_more_than_all_of_them(asked: Asked) -> None:
    for side in (asked.leverage.one, asked.leverage.other):
        for lever in side.levers:
            assert lever.goals_lost.low <= max(lost.low for lost in side.lost.values()) + 1e-9
            assert lever.goals_lost.high <= max(lost.high for lost in side.lost.values()) + 1e-9
        assert not {lever.item for lever in side.levers} & set(side.without_effect)
    for goal, gap in asked.leverage.asymmetry.items():
        ours, theirs = asked.leverage.other.lost[goal], asked.leverage.one.lost[goal]
        assert gap.low == pytest.approx(theirs.low - ours.high)
        assert gap.high == pytest.approx(theirs.high - ours.low)


def test_relief_is_for_what_a_denial_stops(asked: Asked) -> None:
    denied, relief = asked.others[0], asked.others[5]
    sure = [loss.item for loss in denied.goals if loss.stops]
    assert list(relief.stopped) == (sure or [loss.item for loss in denied.goals if loss.stops is None])


def test_json_holds_what_is_documented_and_nothing_that_is_no_number(asked: Asked) -> None:
    def refuse(word: str) -> float:
        raise AssertionError(f"{word} in JSON")

    for result in asked.everything:
        told = json.loads(result.to_json(), parse_constant=refuse)
        assert told["chain"] == asked.chain.id
        assert list(told) == list(result.to_dict())
    for found in (asked.by_economy, asked.by_firm):
        told = json.loads(found.to_json())
        assert set(told) >= KEYS
        assert told["for"] == asked.dependent
        for one in told["sets"]:
            assert set(one["stops"]) <= set(asked.chain.items)
            assert one["hard"] in (True, False, None)
            low, high = one["output_lost"]
            assert 0 <= low <= high <= 1
        for one in told["concentration"]:
            low, high = one["economies_for_75"]
            assert low is None or high is None or 1 <= low <= high


def test_texts_name_things_and_stay_short(asked: Asked) -> None:
    ids = {item for item in asked.chain.items if "-" in item and item not in asked.chain.names.values()}
    words = " ".join(asked.chain.names.values())
    codes = {code for code in (*economies(), "EU27_UK") if not re.search(rf"\b{code}\b", words)}
    for result in asked.everything:
        text = result.text()
        assert not re.search(r"\b(None|nan|inf|unnamed)\b", text), text
        assert not set(re.findall(r"[A-Z]{3}|EU27_UK", text)) & codes & set(re.findall(r"\b\w+\b", text)), text
        assert not any(re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text) for name in ids), text
        assert len(text.splitlines()) <= 90
        assert all(len(line) <= 700 for line in text.splitlines())
        assert "\n\n\n" not in text


def test_a_cut_list_says_how_many_more_and_all_shows_them(asked: Asked) -> None:
    for result in asked.everything[:-1]:
        short, full = result.text(), result.text(True)
        assert "(--all shows them)" not in full
        lines = full.splitlines()
        for line in short.splitlines():
            assert line in lines or "(--all shows them)" in line


@pytest.mark.data
@pytest.mark.parametrize(("dependent", "denier"), SIDES)
def test_the_imported_chain_answers_too(eto: Imported, dependent: str, denier: str) -> None:
    for by in ("economy", "firm"):
        found = chains.chokepoints(eto.chain, dependent, by=by, size=2)
        check_sets(eto.chain, dependent, found)
        assert set(json.loads(found.to_json())) >= KEYS
    for result in (
        chains.deny(eto.chain, denier, to=dependent),
        chains.exposure(eto.chain, dependent, on=denier),
        chains.leverage(eto.chain, dependent, denier),
        chains.relieve(eto.chain, dependent, denier, size=2),
        chains.show(eto.chain, dependent),
    ):
        assert json.loads(result.to_json())["chain"] == "eto"
        assert len(result.text().splitlines()) <= 140

"""The JSON of every chain command, as JSON Schema: what a program that reads it may rely on.

Shares run from 0 to 1, times are months; both are ``[low, high]``, and an open end is ``null``.  A verdict that an
unknown decides is ``null``.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from straits.casebook.schemas import closed
from straits.vocabulary.errors import nearest

Range = Annotated[list[float | None], Field(min_length=2, max_length=2)]
Counts = Annotated[list[int | None], Field(min_length=2, max_length=2)]


class _Shown(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ChainLine(_Shown):
    """One chain that comes with Straits: its id and name, and how many items it has."""

    id: str
    name: str
    items: int


class LossShown(_Shown):
    """What becomes of one item: whether it stops, the share lost at first, and after how many months.

    ``output_lost_by_the_named`` is the loss if nobody unnamed is with the denier.
    """

    item: str
    name: str
    stops: bool | None
    output_lost: Range
    output_lost_by_the_named: Range
    bites_after_months: Range


class PenaltyShown(_Shown):
    """What a recipe costs against the best one: factors of time and cost, share of output kept, and words."""

    time: float | None
    cost: float | None
    output: float | None
    cap: str
    note: str


class WayShown(_Shown):
    """One recipe of an item with its makers; ``missing`` are inputs that cannot be had any more."""

    item: str
    recipe: str
    name: str
    makers: list[str]
    survives: bool | None
    penalty: PenaltyShown
    missing: list[str]


class ReplacementShown(_Shown):
    """Somebody outside the denial who provides a withheld item, whether ready, and how long it takes to step in."""

    item: str
    provider: str
    provision: str
    ready: bool | None
    lead_time_months: Range


class UnknownShown(_Shown):
    """Something not known that would change the answer; ``place`` is its file and line."""

    what: str
    item: str
    matters: str
    place: str


class SalesShown(_Shown):
    """The share of an item's sales that is given up or lost."""

    item: str
    name: str
    share_of_sales: Range


class BlowbackShown(_Shown):
    """What the denial costs others than the dependent: inputs that fail to come, and sales given up."""

    inputs_lost: list[LossShown]
    sales_lost: list[SalesShown]


class Denial(_Shown):
    """Everything that a denial changes; ``for`` is empty when it hits everyone."""

    chain: str
    denied_by: list[str]
    for_: list[str] = Field(alias="for")
    at: list[str]
    mode: str | None
    withheld: list[str]
    stops: list[str]
    may_stop: list[str]
    goals: list[LossShown]
    hit: list[LossShown]
    ways: list[WayShown]
    replacements: list[ReplacementShown]
    blowback: BlowbackShown
    market_lost: list[SalesShown]
    unknowns: list[UnknownShown]


class SetShown(_Shown):
    """A smallest set of actors that stops something for certain, and what it stops.

    ``minimal_for`` are the items for which no smaller part of the set would do; ``hard``: nothing takes over within ten
    years.
    """

    denied: list[str]
    denied_names: list[str]
    stops: list[str]
    stops_names: list[str]
    minimal_for: list[str]
    stops_goals: list[str]
    output_lost: Range
    hard: bool | None
    substitutes: list[ReplacementShown]


class PossibleSet(_Shown):
    """A set that stops something only if the unknowns turn out badly."""

    denied: list[str]
    may_stop: list[str]


class ConcentrationShown(_Shown):
    """The fewest and the most economies that make three quarters of an item; ``null`` is open."""

    item: str
    name: str
    economies_for_75: Counts


class Chokepoints(_Shown):
    """All smallest sets against a dependent, those that may do it, concentration, unknowns."""

    chain: str
    for_: str = Field(alias="for")
    allies: list[str]
    by: Literal["economy", "firm"]
    size: int
    goals: list[str]
    sets: list[SetShown]
    sets_not_listed: int
    possible_sets: list[PossibleSet]
    concentration: list[ConcentrationShown]
    unknowns: list[UnknownShown]


class StepShown(_Shown):
    """The share of one step that an economy holds, and whether every way to the goal needs the step."""

    item: str
    name: str
    share: Range
    necessary: bool | None


class ExposureRow(_Shown):
    """Dependence of one goal on one economy, direct and through the tiers; ``by`` is location or ownership."""

    goal: str
    economy: str
    by: str
    direct: Range
    through_tiers: Range
    stops: bool | None
    worst_necessary_step: StepShown | None
    steps: list[StepShown]


class Exposure(_Shown):
    """Dependence on every economy, goal by goal."""

    chain: str
    of: str
    goals: list[str]
    rows: list[ExposureRow]


class LeverShown(_Shown):
    """One item that one side can withhold from the other; ``controlled``: a control in force uses it already.

    ``goals_lost`` is what withholding it alone costs the goal that loses most.
    """

    item: str
    name: str
    stops: bool | None
    output_lost: Range
    bites_after_months: Range
    controlled: bool
    goals_lost: Range


class UnplacedShown(_Shown):
    """A share of an item whose place is not known, so that the side may hold some of it."""

    item: str
    name: str
    place: str
    share: Range


class DirectionShown(_Shown):
    """What one side can do to the other: levers, losses of the goals, blowback, and the net of both."""

    by: str
    against: str
    levers: list[LeverShown]
    may_hold: list[UnplacedShown]
    without_effect: list[str]
    already_used: list[str]
    controls_ended: list[str]
    output_lost: dict[str, Range]
    blowback: dict[str, Range]
    after_blowback: dict[str, Range]
    sales_lost: list[SalesShown]


class Leverage(_Shown):
    """What two sides can deny each other; ``asymmetry`` is positive when the second side loses more."""

    chain: str
    between: list[str]
    directions: list[DirectionShown]
    asymmetry: dict[str, Range]


class AdditionShown(_Shown):
    """One thing to add: qualify a source, bring a recipe into use, build a second source, lay in a stock."""

    kind: str
    item: str
    who: str
    lead_time_months: Range
    readiness: Range | None
    source: str


class ReliefSet(_Shown):
    """A smallest set of additions that is enough, and the stock that bridges the time until the last is there."""

    additions: list[AdditionShown]
    lead_time_months: Range
    stock_to_bridge_months: Range


class Relief(_Shown):
    """The smallest additions that keep a chain going; ``unknowns_taken`` says in whose favour."""

    chain: str
    for_: str = Field(alias="for")
    on: str
    size: int
    stopped: list[str]
    bites_after_months: Range
    unknowns_taken: str
    sets: list[ReliefSet]


class DenialTwice(_Shown):
    """A denial before and after the changes."""

    before: Denial
    after: Denial


class ChokepointsTwice(_Shown):
    """Chokepoints before and after the changes."""

    before: Chokepoints
    after: Chokepoints


class WhatIf(_Shown):
    """The same question before and after a file of changes; the parts that were asked for are there."""

    chain: str
    name: str
    changes: list[str]
    denial: DenialTwice | None = None
    chokepoints: ChokepointsTwice | None = None


class HolderShown(_Shown):
    """Who makes which share of a box; ``who`` is ``null`` or a phrase where nobody is named."""

    who: str | None
    share: Range


class BoxShown(_Shown):
    """One box of the drawing: an item, its stage, what it is made of, who makes it, and who can stop it."""

    item: str
    name: str
    stage: str
    needs: list[str]
    providers: list[HolderShown]
    stopped_by: list[list[str]]


class Show(_Shown):
    """What is drawn; ``stopped_by`` lists the smallest sets of one or two actors."""

    chain: str
    items: list[BoxShown]


class ImportedRow(_Shown):
    """What became of one row of the imported files."""

    file: str
    line: int
    id: str
    name: str
    became: str
    note: str


class Imported(_Shown):
    """The report of an import: every row accounted for."""

    chain: str
    counts: dict[str, dict[str, int]]
    notes: list[str]
    rows: list[ImportedRow]


COMMANDS: dict[str, Any] = {
    "chain list": list[ChainLine],
    "chain deny": Denial,
    "chain chokepoints": Chokepoints,
    "chain exposure": Exposure,
    "chain leverage": Leverage,
    "chain relieve": Relief,
    "chain what-if": WhatIf,
    "chain show": Show,
    "chain import-eto": Imported,
}


def json_schema(command: str) -> dict[str, Any]:
    """The JSON Schema of what a command prints with ``--json``.

    >>> json_schema("chain exposure")["required"]
    ['chain', 'of', 'goals', 'rows']
    """
    if command not in COMMANDS:
        raise nearest(command, COMMANDS, "command with a schema")
    told: dict[str, Any] = closed(TypeAdapter(COMMANDS[command]).json_schema())
    return told

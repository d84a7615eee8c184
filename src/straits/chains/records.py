"""The rows of a chain file, checked field by field."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from straits.chains.model import Basis, Cited, Interval, Kind, Mode, Reading
from straits.chains.values import (
    Factor,
    Identifier,
    Level,
    Listed,
    Months,
    Share,
    Text,
    empty,
    number,
    percent_or_none,
    read_modes,
)


class Border(BaseModel):
    """What all rows have: no field that is not known, no space around."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, arbitrary_types_allowed=True)


class CitedRow(Border):
    """A row with its source."""

    source: Text = ""
    locator: Text = ""
    evidence: Listed = ()
    basis: Basis = "stated"
    note: Text = ""

    def cited(self, place: str) -> Cited:
        """The citation of the fact in this row."""
        return Cited(self.source, self.locator, self.evidence, self.basis, self.note, place)


class HeadRow(Border):
    """The first lines of a chain."""

    chain: Identifier
    name: Annotated[str, Field(min_length=1)]
    summary: Text = ""
    as_of: Annotated[str, BeforeValidator(empty), Field(pattern=r"^(\d{4}(-\d{2}(-\d{2})?)?)?$")] = ""
    rounding: Annotated[float, BeforeValidator(lambda value: number(str(value)))] = 0.0
    goals: Listed = ()
    sources: Listed = ()


class StageRow(Border):
    """A column of the drawing."""

    id: Identifier
    name: Text = ""


class ProviderRow(CitedRow):
    """A firm, or an economy with a name of one's own."""

    id: Identifier
    name: Text = ""
    home: Text = ""
    kind: Literal["firm", "economy", "unnamed"] = "firm"


class ItemRow(CitedRow):
    """An item without its recipes and provisions."""

    id: Identifier
    name: Annotated[str, Field(min_length=1)]
    kind: Kind
    grade: Text = ""
    stage: Text = ""
    kind_of: Text = ""
    kinds: Reading = "any"
    told_twice: bool = False
    build_months: Months = Interval.months_unknown()
    subject: Text = ""


class RecipeRow(CitedRow):
    """A recipe without its inputs."""

    id: Identifier
    item: Identifier
    name: Text = ""
    time: Factor = None
    cost: Factor = None
    output: Annotated[
        float | None, BeforeValidator(lambda v: None if v is None else number(str(v))), Field(ge=0, le=100)
    ] = None
    cap: Text = ""
    penalty_note: Text = ""
    readiness: Level = None


class InputRow(Border):
    """One input of a recipe."""

    recipe: Identifier
    item: Identifier
    amount: Factor = None


class ProvisionRow(CitedRow):
    """Who provides how much of an item."""

    id: Text = ""
    item: Identifier
    provider: Identifier
    share: Share = Interval.share_unknown()
    effective: Annotated[Interval | None, BeforeValidator(percent_or_none)] = None
    location: Text = ""
    owner: Text = ""
    buyer: Text = ""
    exclusive: bool = False
    stock_months: Months = Interval.months_unknown()
    lead_time_months: Months = Interval.months_unknown()
    readiness: Level = None
    host: Text = ""
    recipes: Listed = ()
    modes: Annotated[dict[Mode, Any], BeforeValidator(read_modes)] = {}
    negligible: bool = False


class ControlRow(CitedRow):
    """A restriction in force."""

    item: Identifier
    by: Listed
    against: Listed
    since: Text = ""
    until: Text = ""


class MarketRow(CitedRow):
    """Who buys an item."""

    item: Identifier
    buyer: Identifier
    seller: Text = ""
    share: Share = Interval.share_unknown()


MODELS: dict[str, type[Border]] = {
    "stages": StageRow,
    "providers": ProviderRow,
    "items": ItemRow,
    "recipes": RecipeRow,
    "inputs": InputRow,
    "provisions": ProvisionRow,
    "controls": ControlRow,
    "markets": MarketRow,
}

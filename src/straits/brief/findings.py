"""What a material's brief is told from: the answers of the observatory, gathered once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from straits.measures.results import Answer
from straits.vocabulary.errors import StraitsError
from straits.vocabulary.materials import Material
from straits.vocabulary.regions import Region

if TYPE_CHECKING:
    from straits.observatory import Observatory

YEARS_TOLD = 10


@dataclass(frozen=True)
class Findings:
    """The answers that a material's brief is told from; ``None`` where the material has no code or no series."""

    material: Material
    of: Region
    on: Region
    year: int
    newest: int
    years: list[int]
    trade: Answer | None
    suppliers: Answer | None
    reverse_suppliers: Answer | None
    sold: Answer | None
    sold_back: Answer | None
    position: Answer | None
    governance: Answer | None
    producers: Answer | None
    production: Answer | None
    production_governance: Answer | None

    @property
    def code(self) -> str:
        """The product code that stands for the material."""
        return self.material.codes[0]

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        """Dependency rows of the main code, by year."""
        return [] if self.trade is None else [row for row in self.trade.rows if row["product"] == self.code]

    @cached_property
    def row(self) -> dict[str, Any]:
        """The dependency row of the year told."""
        return next(row for row in self.rows if row["period"] == self.year)

    @property
    def traded(self) -> bool:
        """Whether there is anything to say on trade in the year told."""
        return bool(self.rows) and self.row["world_exports_usd"] is not None

    @property
    def what(self) -> str:
        """How the code is called in a sentence: never the bare material when the code is a basket."""
        product = self.material.products[self.code]
        return f"{product.what} (HS {self.code[:4]}.{self.code[4:]})"


def gather(observatory: Observatory, item: Material, of: Region, on: Region, year: int | None) -> Findings:
    """Ask the observatory everything that the brief tells."""
    if {m.economy for m in of.members} & {m.economy for m in on.members}:
        raise StraitsError(f"{of.id} and {on.id} overlap: a brief needs two separate sides")
    have = observatory.data("trade", "HS1992").years("trade")
    newest = have[-1]
    told = year or (have[-2] if len(have) > 1 else newest)
    if told not in have:
        raise StraitsError(f"no year {told} in the trade data: it has {have[0]}-{have[-1]}")
    years = [y for y in have if told - YEARS_TOLD < y <= newest]
    codes = item.codes
    main = codes[:1]
    both = (of.id, on.id)
    return Findings(
        material=item,
        of=of,
        on=on,
        year=told,
        newest=newest,
        years=years,
        trade=observatory.dependency(*both, codes, years) if codes else None,
        suppliers=observatory.suppliers(of.id, main, years) if codes else None,
        reverse_suppliers=observatory.suppliers(on.id, main, [told]) if codes else None,
        sold=observatory.market(on.id, of.id, main, [told]) if codes else None,
        sold_back=observatory.market(of.id, on.id, main, [told]) if codes else None,
        position=observatory.export_position(both, main, [told]) if codes else None,
        governance=observatory.governance(of.id, main, [told]) if codes else None,
        producers=observatory.producers(item.id) if item.production else None,
        production=observatory.production_position(item.id, both) if item.production else None,
        production_governance=observatory.governance_of_production(item.id) if item.production else None,
    )

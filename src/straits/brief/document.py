"""What a brief is: a finding, sections of blocks, unknowns and sources, free of any output format."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Basis = Literal["computed", "derived", "stated", "judged", ""]


@dataclass(frozen=True)
class Paragraph:
    """A few sentences.  ``basis`` says whether we computed it from data, derived it from a chain, a source states it,
    or somebody judged it.

    An empty basis is for remarks that carry no finding.  ``locator`` is the place within the source.
    """

    text: str
    basis: Basis = "computed"
    refs: tuple[str, ...] = ()
    locator: str | None = None
    command: str | None = None
    kind: str = "paragraph"


@dataclass(frozen=True)
class Table:
    """A table for a reader; cells are text.  ``command`` leads to the rows at full precision."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[int, ...] = ()
    basis: Basis = "computed"
    refs: tuple[str, ...] = ()
    command: str | None = None
    kind: str = "table"


@dataclass(frozen=True)
class Figure:
    """A chart as SVG with a text alternative; the title says the finding.

    ``form`` is ``chain`` for a drawing that keeps the size of its letters on a narrow screen and scrolls; ``words`` is
    all of it as text, for who does not see the drawing.
    """

    title: str
    svg: str = field(repr=False)
    alt: str
    basis: Basis = "computed"
    refs: tuple[str, ...] = ()
    command: str | None = None
    form: Literal["chart", "chain"] = "chart"
    words: str = ""
    kind: str = "figure"


@dataclass(frozen=True)
class Items:
    """A list of statements, each with its own basis and reference."""

    entries: tuple[Paragraph, ...]
    kind: str = "items"


Block = Paragraph | Table | Figure | Items


@dataclass(frozen=True)
class Section:
    """A heading and its blocks."""

    id: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Document:
    """A brief.  Dated by its data: the same data give the same bytes.

    ``facts`` are key figures at full precision for programs; ``finding_refs`` the sources of the finding's numbers.
    """

    title: str
    subtitle: str
    finding: tuple[str, ...]
    certainty: str
    certainty_because: str
    sections: tuple[Section, ...]
    sources: tuple[dict[str, Any], ...]
    name: str
    facts: dict[str, Any]
    finding_refs: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The document as plain data, without the drawings."""
        data = asdict(self)
        for section in data["sections"]:
            for block in section["blocks"]:
                block.pop("svg", None)
        return data


def cited_sources(
    sections: Sequence[Section], entries: Mapping[str, dict[str, Any]], first: Sequence[str] = ()
) -> tuple[dict[str, Any], ...]:
    """The source entries that the finding (``first``) and the sections refer to, in order of first reference."""
    refs: dict[str, None] = dict.fromkeys(first)
    for section in sections:
        for block in section.blocks:
            for part in block.entries if isinstance(block, Items) else (block,):
                refs |= dict.fromkeys(part.refs)
    return tuple(entries[ref] for ref in refs)

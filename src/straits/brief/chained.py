"""Chains in a brief: the drawing, who can stop what for either side, and which unknown matters."""

from __future__ import annotations

from collections.abc import Iterable

from straits import chains
from straits.brief.document import Block, Figure, Paragraph, Section, Table
from straits.brief.reports import name

MOST_SETS = 8
MOST_CHAINS = 2


def about(subject: str) -> list[chains.Chain]:
    """The shipped chains that have a step on the subject, or on something below it."""
    found = []
    for chain in map(chains.load, chains.ids()):
        subjects = {item.subject for item in chain.items.values() if item.subject}
        if any(one == subject or one.startswith(f"{subject}/") for one in subjects):
            found.append(chain)
    return found


def section(subject: str, sides: Iterable[str], known: Iterable[str]) -> Section | None:
    """The section on chains for a subject: one drawing a chain, the denial sets against each side.

    ``known`` are the sources that the document can cite.
    """
    told = about(subject)[:MOST_CHAINS]
    if not told:
        return None
    citable = set(known)
    blocks: list[Block] = []
    for chain in told:
        used = sorted({row.cited.source for row in chain.provisions if row.cited.source} | set(chain.sources))
        refs = tuple(source for source in used if source in citable)
        drawing = chains.show(chain)
        blocks += [
            Paragraph(chain.summary, basis="stated", refs=refs),
            Figure(
                chain.name,
                drawing.svg,
                f"{drawing.words.splitlines()[0]}. Stages from left to right; the command below gives all shares as text.",
                refs=refs,
                command=f"straits chain show {chain.id}",
            ),
        ]
        for side in sides:
            blocks.append(_sets(chain, side, refs))
    return Section("chain", "How it is made, and who could stop it", tuple(blocks))


def _sets(chain: chains.Chain, side: str, refs: tuple[str, ...]) -> Block:
    found = chains.chokepoints(chain, side, size=2)
    command = f"straits chain chokepoints {chain.id} --for {side}"
    if not found.sets:
        return Paragraph(
            f"No one or two economies outside {name(side)} can stop this chain for it for certain, as far as the shares are "
            f"known ({len(found.possible)} {'set' if len(found.possible) == 1 else 'sets'} may).",
            refs=refs,
            command=command,
        )
    hard = {True: "hard", False: "soft", None: "open"}
    rows = tuple(
        (
            " and ".join(entry.names),
            ", ".join(found.names[item] for item in entry.minimal_for),
            entry.output_lost.percent(),
            hard[entry.hard],
            "; ".join(f"{found.names[o.item]}: {o.provider}, {o.lead_time.months()}" for o in entry.substitutes[:3])
            or "none known",
        )
        for entry in found.sets[:MOST_SETS]
    )
    columns = ("Who withholds", "What stops", "Output lost", "Hard or soft", "Substitutes and lead time")
    return Table(f"Smallest denials that stop it for {name(side)}", columns, rows, refs=refs, command=command)

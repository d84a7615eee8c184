"""Chains in a brief: the drawing, who can stop what for either side, what follows for the judged questions, unknowns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from straits import chains
from straits.assess.assessment import Assessment
from straits.assess.derived import Derived, about, beside, by_step, directions, findings_on, mentioning, steps
from straits.brief.document import Block, Figure, Items, Paragraph, Section, Table
from straits.brief.wording import capital, listed
from straits.chains.chokepoint import ChokepointsResult
from straits.chains.denial import Unknown
from straits.chains.model import Chain, Control
from straits.chains.words import spoken
from straits.vocabulary.regions import in_sentence

MOST_SETS = 6
MOST_CHAINS = 2
GOOD_PART = 1 / 3
MOST_STEPS = 6
MOST_UNKNOWNS = 6
MOST_NAMES = 4
EVERYONE = "world"


def section(subject: str, sides: tuple[str, str], known: Iterable[str]) -> Section | None:
    """The section on chains for a subject, for two sides, the dependent first.

    One drawing a chain (for the side whom most can stop), the denial sets against each side, step by step what one
    side could withhold from the other and what then is left, both ways, and what is not known.  ``known`` are the
    sources that the document can cite.
    """
    told = about(subject)
    if not told:
        return None
    citable = set(known)
    drawn = _most_about(told, subject)
    blocks: list[Block] = [_what_it_is()]
    for chain in drawn:
        refs = _refs(chain, citable)
        denials = {side: chains.chokepoints(chain, side, size=2) for side in sides}
        most = max(sides, key=lambda side: len(denials[side].sets))
        blocks += [*_drawn(chain, most, refs), *(_sets(chain, side, denials[side], refs) for side in sides)]
    both = (sides, (sides[1], sides[0]))
    said = list(findings_on(subject, both, told))
    for dependent, provider in both:
        blocks += _withheld(subject, by_step(said, dependent, provider), drawn, citable)
    blocks += _controls(drawn, sides, citable)
    for chain in drawn:
        blocks += _unknown(chain, sides, _refs(chain, citable))
    entries = tuple(
        Paragraph(f"A step of {chain.name} too, not drawn here.", basis="", command=f"straits chain show {chain.id}")
        for chain in told
        if chain not in drawn
    )
    blocks += [Items(entries)] if entries else []
    return Section("chain", "How it is made, and who could stop it", tuple(blocks))


def _most_about(told: Sequence[Chain], subject: str) -> list[Chain]:
    """The chains to draw: the one with most steps on the subject, and another of which it makes a good part."""
    ranked = sorted(told, key=lambda chain: -len(steps(chain, subject)))
    second = [chain for chain in ranked[1:] if len(steps(chain, subject)) >= GOOD_PART * len(chain.items)]
    return [ranked[0], *second][:MOST_CHAINS]


def contrasted(found: Assessment, known: Iterable[str]) -> list[Block]:
    """What the chains say against the judged answers, to stand under them; nothing when they agree."""
    citable = set(known)
    said = beside(found, sides=directions(found)[:1])
    entries = tuple(
        Paragraph(
            contrast.sentence,
            basis="derived",
            refs=_cited(contrast.derived, citable),
            command=f"straits explain {found.subject} --outcome {_outcome(found, contrast.protocol, contrast.target)}",
        )
        for contrast in said.contrasts
    )
    return [Items(entries)] if entries else []


def _outcome(found: Assessment, protocol: str, target: str) -> str:
    """An outcome that rests on a question, or the outcome itself."""
    outcomes = found.results[protocol].protocol
    if target in {outcome.id for outcome in outcomes.outcomes}:
        return target
    return next(rule.outcome for rule in outcomes.rules if any(target in clause for clause in rule.clauses))


def _what_it_is() -> Paragraph:
    return Paragraph(
        "A chain lists steps, what each is made of and who supplies it. What follows from it is worked out by rule and "
        "marked as derived: it is no trade statistic and nobody's judgement, and it changes no level of the assessment. "
        "A share that no source gives stays unknown, and a product stops as far as recipes are on file.",
        basis="",
    )


def _refs(chain: Chain, citable: set[str]) -> tuple[str, ...]:
    used = {row.cited.source for row in chain.provisions if row.cited.source} | set(chain.sources)
    return tuple(sorted(used & citable))


def _cited(findings: Iterable[Derived], citable: set[str]) -> tuple[str, ...]:
    return tuple(sorted({place.source for one in findings for place in one.cited} & citable))


def _drawn(chain: Chain, dependent: str, refs: tuple[str, ...]) -> list[Block]:
    drawing = chains.show(chain, dependent)
    title, _, words = drawing.words.partition("\n")
    as_of = f" As of {chain.as_of}." if chain.as_of else ""
    return [
        Paragraph(chain.summary, basis="stated", refs=refs),
        Figure(
            title,
            drawing.svg,
            f"From raw inputs on the left to products on the right; bars are shares of use by place of production, "
            f"hatched where unknown.{as_of}",
            basis="derived",
            refs=refs,
            command=f"straits chain show {chain.id} --for {dependent}",
            form="chain",
            words=words.strip(),
        ),
    ]


# -- who can stop it -----------------------------------------------------------------------------------------


def _sets(chain: Chain, side: str, found: ChokepointsResult, refs: tuple[str, ...]) -> Block:
    command = f"straits chain chokepoints {chain.id} --for {side}"
    whom = in_sentence(side)
    if not found.sets:
        may = "; ".join(_together(who, chain.names) for who, _ in found.possible[:MOST_NAMES])
        open_ = f" Who may, depending on what is not known: {may}." if may else ""
        return Paragraph(
            f"No one or two economies outside {whom} are known to be able to stop a step of this chain for {whom} for "
            f"certain.{open_}",
            basis="derived",
            refs=refs,
            command=command,
        )
    rows = tuple(
        (
            capital(_together(entry.denied, chain.names)),
            listed([found.names[item] for item in entry.minimal_for]),
            _lost(entry.output_lost.low, entry.output_lost.percent()),
            {
                True: "nobody within ten years",
                False: "somebody surely within ten years",
                None: "not known",
            }[entry.hard],
            "; ".join(
                f"{found.names[o.item]}: {o.provider}, {_lead(o.lead_time.months())}" for o in entry.substitutes[:3]
            )
            or "none known",
        )
        for entry in found.sets[:MOST_SETS]
    )
    columns = (
        "If withheld by",
        "Stops for certain",
        "Product lost at first",
        "Who can take over",
        "Other sources on file",
    )
    caption = f"{chain.name}: the smallest denials that stop a step for {whom}"
    return Table(caption, columns, rows, basis="derived", refs=refs, command=command)


def _together(who: Sequence[str], names: Mapping[str, str]) -> str:
    return spoken(who, names) + (" together" if len(who) > 1 else "")


def _lost(low: float, text: str) -> str:
    return "unknown (0 to 100 %)" if low == 0 and text == "0 to 100 %" else text


def _lead(months: str) -> str:
    return "lead time unknown" if months == "unknown" else f"lead time {months}"


# -- what one side could withhold ----------------------------------------------------------------------------


def _withheld(
    subject: str, every: Sequence[Sequence[Derived]], drawn: Sequence[Chain], citable: set[str]
) -> list[Block]:
    """Step by step: the share that one side could withhold, and what then is left."""
    if not every:
        return []
    dependent, provider = every[0][0].dependent, every[0][0].provider
    whom, who = in_sentence(dependent), in_sentence(provider)
    shown = sorted(_once(every), key=_size)[:MOST_STEPS]
    here = {chain.id for chain in drawn}
    rows = tuple(_row({one.finding: one for one in step}, here) for step in shown)
    columns = (
        "Step",
        f"Share of use that {who} could withhold",
        f"If {who} withholds it and all earlier steps",
        "Suppliers outside both sides",
        f"Own suppliers of {whom}",
        "Products if nobody had it",
    )
    more = f" ({len(shown)} of {len(every)} steps)" if len(every) > len(shown) else ""
    return [
        Table(
            f"What {who} could withhold from {whom}, and what would be left{more}",
            columns,
            rows,
            basis="derived",
            refs=_cited((one for step in shown for one in step), citable),
            command=f"straits assess {subject} --protocol leverage --json",
        )
    ]


def _once(every: Iterable[Sequence[Derived]]) -> list[Sequence[Derived]]:
    """Each step once, as the first chain tells it."""
    return list({step[0].item_name: step for step in reversed(list(every))}.values())[::-1]


def _size(step: Sequence[Derived]) -> tuple[bool, float, float]:
    """What stops comes first, then what most can be withheld of."""
    told = {one.finding: one.value for one in step}
    low, high = told["output_lost"]["either"]
    return told["smallest_denial"]["provider_alone"] is not True, -low, -high


def _row(told: dict[str, Derived], here: set[str]) -> tuple[str, ...]:
    lost, alone = told["output_lost"], told["smallest_denial"]
    ways = told.get("other_ways")
    return (
        lost.item_name + ("" if lost.chain in here else f" (in {lost.chain_name})"),
        _share(lost.value),
        {True: "stops", False: "goes on", None: "not known"}[alone.value["provider_alone"]]
        + ({True: "; hard to replace", False: "; soft", None: ""}[alone.value["provider_hard"]]),
        _suppliers(told["other_suppliers"]),
        _suppliers(told["own_suppliers"]),
        _ways(ways),
    )


def _share(value: object) -> str:
    assert isinstance(value, dict)
    if not value["suppliers_named"]:
        return "no supplier on file"
    either, place, owner = (value[key] for key in ("either", "location", "ownership"))
    if either == [0, 1]:
        return "unknown (0 to 100 %)"
    if place == owner == either:
        return _percent(either)
    return f"{_percent(either)} ({_percent(place)} made there, {_percent(owner)} owned)"


def _percent(ends: Sequence[float]) -> str:
    low, high = (f"{100 * end:.3g}" for end in ends)
    return f"{low} %" if low == high else f"{low} to {high} %"


def _suppliers(finding: Derived) -> str:
    suppliers = finding.value["suppliers"]
    named = list(dict.fromkeys(_supplier(one) for one in suppliers if one["provider"]))
    unnamed = any(not one["provider"] and one["share"][1] > 0 for one in suppliers)
    shown = named[:MOST_NAMES] + ([f"{len(named) - MOST_NAMES} more"] if len(named) > MOST_NAMES else [])
    if finding.finding == "other_suppliers" and unnamed:
        shown.append("others that no source names")
    if shown:
        return "; ".join(shown)
    return "not known" if finding.value["open"] else "none known"


def _supplier(one: dict[str, object]) -> str:
    ready = {True: "", False: ", not in use", None: ", open whether buyers can turn to it"}[one["ready"]]  # type: ignore[index]
    side = ", possibly with the other side" if one["possibly_withheld"] else ""
    return f"{one['provider']}{ready}{side}"


def _ways(ways: Derived | None) -> str:
    if ways is None:
        return "last step"
    verdicts = {True: "stops", False: "goes on", None: "may stop"}
    goals = "; ".join(f"{entry['name']} {verdicts[entry['stops']]}" for entry in ways.value["products"])
    products = {entry["item"] for entry in ways.value["products"]}
    left = [
        entry for entry in ways.value["ways"] if entry["survives"] and entry["choice"] and entry["item"] in products
    ]
    names = "; ".join(entry["name"] for entry in left[:3])
    return f"{goals}" + (f" (left: {names})" if names else "")


# -- what is in force, and what is not known ---------------------------------------------------------------------------------------


def _controls(drawn: Sequence[Chain], sides: tuple[str, str], citable: set[str]) -> list[Block]:
    """The restrictions on file by one side that touch the other, each once."""
    both = (sides, (sides[1], sides[0]))
    entries = {
        (control.cited.source, control.cited.locator, control.item): _control(chain, control, citable)
        for chain in drawn
        for control in chain.controls
        if any(_touches(chain, control.by, one) and _touches(chain, control.against, other) for one, other in both)
    }
    return [Items(tuple(entries.values()))] if entries else []


def _control(chain: Chain, control: Control, citable: set[str]) -> Paragraph:
    while_ = f", {control.since or 'earlier'} to {control.until}" if control.until else ""
    since = while_ or (f", since {control.since}" if control.since else "")
    word = "Once" if control.until else "Already"
    note = f" {control.cited.note}" if control.cited.note else ""
    against = "everyone" if EVERYONE in control.against else spoken(control.against, chain.names)
    return Paragraph(
        f"{word} restricted by {spoken(control.by, chain.names)} against {against}: "
        f"{chain.items[control.item].name}{since}.{note}",
        basis="stated",
        refs=(control.cited.source,) if control.cited.source in citable else (),
        locator=control.cited.locator or None,
    )


def _touches(chain: Chain, names: Iterable[str], side: str) -> bool:
    places = set(chain.members_or_none(side))
    return any(name == EVERYONE or places & set(chain.members_or_none(name)) for name in names)


def _unknown(chain: Chain, sides: tuple[str, str], refs: tuple[str, ...]) -> list[Block]:
    """What keeps the answers open, gathered by what it would change, the widest first."""
    gathered: dict[str, list[Unknown]] = {}
    for side in sides:
        for unknown in chains.chokepoints(chain, side, size=1).unknowns:
            kind = unknown.what.removeprefix(f"{chain.items[unknown.item].name}: ")
            known = gathered.setdefault(f"{kind}|{unknown.matters}", [])
            if unknown.item not in {one.item for one in known}:
                known.append(unknown)
    ranked = sorted(gathered.items(), key=lambda pair: -len(pair[1]))[:MOST_UNKNOWNS]
    entries = []
    for key, unknowns in ranked:
        kind, _, matters = key.partition("|")
        where = "; ".join(chain.items[one.item].name for one in unknowns)
        entries.append(Paragraph(f"Not known {kind}: {where}. {capital(matters)}.", basis="derived", refs=refs))
    return [Items(tuple(entries))] if entries else []


def subjects_of(material: str) -> list[str]:
    """The subjects of chains that a material's id stands for: its own, or a step called so (``aluminium/bauxite``)."""
    told = {item.subject for chain in mentioning(material) for item in chain.items.values() if item.subject}
    if any(one == material or one.startswith(f"{material}/") for one in told):
        return [material]
    return sorted(one for one in told if one.rpartition("/")[2] == material)

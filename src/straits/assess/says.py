"""How a finding of a chain is put: one sentence and its numbers, the command that shows it, what it rests on."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from straits.assess.chain_facts import SIZE, Question, Supplier
from straits.chains.denial import Unknown
from straits.chains.model import Interval
from straits.chains.words import spoken
from straits.vocabulary.errors import StraitsError
from straits.vocabulary.regions import in_sentence

Told = tuple[str, Mapping[str, Any]]
MOST = 4
MOST_UNKNOWNS = 3
NOBODY = "The chain names no supplier of this step: it stands for what it is made of."


def economies_for_75(question: Question) -> Told:
    """How many economies make three quarters of the use."""
    low, high = question.economies_for_75
    value = {"economies": [low, high]}
    if low is None and high is None:
        return "How many economies make three quarters of the use is open.", value
    if low == high:
        word = "economy makes" if low == 1 else "economies make"
        return f"{low} {word} three quarters of the use.", value
    ends = f"between {low or 1} and {high}" if high is not None else f"{low} or more"
    return f"How many economies make three quarters of the use is open: {ends}.", value


def smallest_denial(question: Question) -> Told:
    """Who can stop it, how hard that is to replace, and whether the other side can alone."""
    who, whom = _side(question.provider), _side(question.dependent)
    stops, _ = question.with_earlier_steps
    sets = [
        {"denied": list(entry.denied), "names": list(entry.names), "hard": entry.hard} for entry in question.smallest
    ]
    possible = len(question.sets.possible)
    value = {
        "size": len(question.smallest[0].denied) if question.smallest else None,
        "sets": sets,
        "possible_sets": possible,
        "provider_alone": stops,
        "provider_hard": question.hard,
    }
    if question.smallest:
        listed = "; or by ".join(_together(entry.denied, question.chain.names) for entry in question.smallest[:MOST])
        first = f"Stopped for certain for {whom} by {listed} ({_hardness([e.hard for e in question.smallest])})."
    else:
        may = f"; {possible} {'set' if possible == 1 else 'sets'} may" if possible else ""
        first = f"No set of up to {SIZE} economies is known to stop it for {whom} for certain{may}."
    alone = {True: "stops", False: "goes on", None: "may stop"}[stops]
    hard = f" ({_hardness([question.hard])})" if stops else ""
    return f"{first} Withheld by {who} alone, earlier steps included, it {alone}{hard}.", value


def _together(who: Sequence[str], names: Mapping[str, str]) -> str:
    """Several actors that would have to act as one."""
    return spoken(who, names) + (" together" if len(who) > 1 else "")


def _hardness(states: Sequence[bool | None]) -> str:
    words = {
        True: "hard: nothing takes over within ten years",
        False: "soft: something surely takes over within ten years",
        None: "hard or soft is open",
    }
    return " / ".join(dict.fromkeys(words[state] for state in states))


def other_ways(question: Question) -> Told:
    """Which recipes of what is made with it survive its loss; nothing is said of the last step of a chain."""
    without = question.alternatives
    if not without.products:
        return "", {}
    names = question.chain.names
    made = [way.item for way in without.ways]
    chosen = {item for item in made if made.count(item) > 1}
    choices = [way for way in without.ways if way.survives is not False]
    lost = [way for way in without.ways if way.survives is False]
    value = {
        "products": [
            {"item": loss.item, "name": loss.name, "stops": loss.stops, "output_lost": loss.output_lost.to_list()}
            for loss in without.after
        ],
        "ways": [
            {
                "item": w.item,
                "recipe": w.recipe,
                "name": w.name,
                "choice": w.item in chosen,
                "survives": w.survives,
                "penalty": dict(w.penalty),
            }
            for w in without.ways
        ],
    }
    verdicts = {True: "stops", False: "goes on", None: "may stop"}
    outcome = "; ".join(
        f"{loss.name} {verdicts[loss.stops]}"
        + ("" if loss.stops else f" ({loss.output_lost.percent()} lost at first)")
        for loss in without.after
    )
    told = [
        f"{way.name} for {names[way.item]} ({'works' if way.survives else 'open'}; penalty: {way.penalty_text})"
        for way in choices
        if way.item in chosen or way.penalty_text != "none stated"
    ]
    more = f" and {len(told) - MOST} more" if len(told) > MOST else ""
    left = f" Left: {'; '.join(told[:MOST])}{more}." if told else ""
    gone = f" Lost: {'; '.join(dict.fromkeys(w.name for w in lost[:MOST]))}." if lost else ""
    alone = "" if chosen or not lost else " No other recipe is on file, which is not to say that there is none."
    return f"Without it {outcome}.{left}{gone}{alone}", value


def other_suppliers(question: Question) -> Told:
    """Who provides it outside both sides, whether ready, and how soon."""
    others = question.others
    value = {
        "suppliers": [one.to_dict() for one in others],
        "open": question.facts["unnamed_others"] == "yes",
        "lead_time_months": question.lead_time.to_list() if question.lead_time else None,
    }
    if not question.suppliers:
        return NOBODY, value
    named = _merged([one for one in others if one.named])
    unnamed = [one for one in others if not one.named and one.share.high > 0]
    if not named and not unnamed:
        return "Nobody outside both sides is known to provide it, and no share is left for others.", value
    parts = [_supplier(one) for one in named[:MOST]]
    if len(named) > MOST:
        parts.append(f"{len(named) - MOST} more")
    if unnamed:
        parts.append(f"suppliers that no source names{_share(_total(unnamed))}")
    return f"Outside both sides: {'; '.join(parts)}.", value


def own_suppliers(question: Question) -> Told:
    """Who makes it at home."""
    own = question.own
    value = {"suppliers": [one.to_dict() for one in own], "open": question.facts["home"] == "open"}
    if not question.suppliers:
        return NOBODY, value
    if own:
        return f"Its own: {'; '.join(_supplier(one) for one in _merged(own)[:MOST])}.", value
    if question.facts["home"] == "none":
        return "The dependent is not known to make it, and no share is left for others.", value
    return "Whether the dependent makes any is open: the sources do not name all suppliers.", value


def output_lost(question: Question) -> Told:
    """What the other side can withhold, by location and ownership, alone and with every earlier step."""
    who, whom = _side(question.provider), _side(question.dependent)
    lost, (stops, total) = question.lost, question.with_earlier_steps
    value = {
        "either": lost["either"].to_list(),
        "location": lost["location"].to_list(),
        "ownership": lost["ownership"].to_list(),
        "with_earlier_steps": total.to_list(),
        "stops_with_earlier_steps": stops,
        "suppliers_named": bool(question.suppliers),
    }
    if not question.suppliers:
        also = f"; with every earlier step withheld {total.percent()} is lost" if total.high > 0 else ""
        return f"{NOBODY[:-1]}{also}.", value
    if _unknown(lost["either"]) and _unknown(total):
        return f"How much of it {who} can withhold from {whom} is unknown (0 to 100 %).", value
    places = f"by location {lost['location'].percent()}, by ownership {lost['ownership'].percent()}"
    also = "" if total == lost["either"] else f"; with every earlier step withheld too {total.percent()}"
    return f"{_capital(who)} can withhold {lost['either'].percent()} of the use in {whom} ({places}){also}.", value


TELL: Mapping[str, Callable[[Question], Told]] = {
    "economies_for_75": economies_for_75,
    "smallest_denial": smallest_denial,
    "other_ways": other_ways,
    "other_suppliers": other_suppliers,
    "own_suppliers": own_suppliers,
    "output_lost": output_lost,
}


def command(finding: str, question: Question) -> str:
    """The command that shows the whole answer behind a finding."""
    chain, item = question.chain.id, question.item.id
    if finding in ("economies_for_75", "smallest_denial"):
        return f"straits chain chokepoints {chain} --for {question.dependent} --goal {item}"
    if finding == "other_ways":
        return f"straits chain deny {chain} --at {item}"
    return f"straits chain deny {chain} --who {question.provider} --to {question.dependent} --at {item}"


def rests_on(finding: str, question: Question) -> set[str]:
    """The items whose records a finding is computed from."""
    chain, item = question.chain, question.item.id
    if finding == "other_ways":
        return {item, *(way.item for way in question.alternatives.ways)}
    if finding in ("smallest_denial", "output_lost"):
        return chain.upstream([item])
    return {item}


def unknowns(finding: str, question: Question) -> tuple[Unknown, ...]:
    """What is not known and would change a finding, the most telling first."""
    if finding == "other_ways":
        return tuple(
            Unknown(f"whether {way.name} works without it", way.item, "the product goes on or stops")
            for way in question.alternatives.ways
            if way.survives is None
        )[:MOST_UNKNOWNS]
    return question.unknowns[:MOST_UNKNOWNS]


def _merged(suppliers: Iterable[Supplier]) -> list[Supplier]:
    """The suppliers with one line for each name and state."""
    return list({(one.name, one.ready, one.withheld, str(one.share)): one for one in suppliers}.values())


def _supplier(one: Supplier) -> str:
    ready = {True: "in use", False: "not in use", None: "open whether buyers can turn to it"}[one.ready]
    possibly = ", possibly with the other side" if one.withheld is None else ""
    lead = "" if one.ready else f", lead time {one.lead_time.months()}"
    return f"{one.name}{_share(one.share)}, {ready}{possibly}{lead}"


def _share(share: Interval) -> str:
    if _unknown(share):
        return " (share unknown)"
    return f" ({share.percent()} of use)"


def _total(suppliers: Iterable[Supplier]) -> Interval:
    told = list(suppliers)
    return Interval(sum(one.share.low for one in told), min(1.0, sum(one.share.high for one in told)))


def _unknown(share: Interval) -> bool:
    return share.low <= 0 and (share.high >= 1 or math.isinf(share.high))


def _side(name: str) -> str:
    """A side within a sentence: the EU27, China; a group as it stands."""
    try:
        return in_sentence(name)
    except (KeyError, StraitsError):
        return name


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]

"""Whether a product is caught by a rule that draws a line: US thresholds on chips, each rule with its source.

Two sources may draw one line differently (128 layers or more; more than 128 layers).  Both are applied and both are
shown; when they disagree on a figure the verdict is that the sources differ, not one of the two.
"""

from __future__ import annotations

from collections.abc import Mapping

from straits.controls import answers as shown
from straits.controls.records import Threshold
from straits.controls.register import Register
from straits.vocabulary.errors import StraitsError, nearest

PARAMETERS = {
    "logic_nm": "technology node of logic, nm",
    "dram_half_pitch_nm": "half-pitch of DRAM, nm",
    "nand_layers": "layers of NAND",
    "total_processing_performance": "total processing performance (TPP)",
    "performance_density": "performance density, TPP per mm2",
}


def threshold(register: Register, figures: Mapping[str, float]) -> shown.ThresholdAnswer:
    """Apply every rule to a product's figures, such as ``{"logic_nm": 7}``.

    The verdict is ``yes`` when some line catches it by every source, ``sources differ`` when only some sources say so,
    ``no`` when every source leaves it free on every figure given, ``unknown`` when a rule needs a figure not given.
    """
    if not figures:
        raise StraitsError(f"no figure given: name one of {', '.join(PARAMETERS)}")
    for name, value in figures.items():
        if name not in PARAMETERS:
            raise nearest(name, PARAMETERS, "parameter")
        if not 0 < value < float("inf"):
            raise StraitsError(f"{name} {value:g}: a figure above nought is expected ({PARAMETERS[name]})")
    rules = [rule for rule in register.thresholds.values() if rule.parameter in figures]
    told = tuple(_applied(register, rule, figures) for rule in rules)
    by_parameter = {
        name: _verdict([t for t, r in zip(told, rules, strict=True) if r.parameter == name]) for name in figures
    }
    order = ("yes", "sources differ", "unknown", "no")
    verdict = min(by_parameter.values(), key=order.index)
    notes = ["a line on a figure is one condition: destination, end use and end user decide too"]
    if any(rule.also for rule in rules):
        notes.append("; ".join(f"caught as well: {rule.also} ({rule.id})" for rule in rules if rule.also))
    if "dram_half_pitch_nm" in figures:
        notes.append("the rule of December 2024 (US-2024-28270) draws the line for DRAM anew; it is not applied here")
    if differing := [name for name, found in by_parameter.items() if found == "sources differ"]:
        notes.append(f"the sources draw the line differently for {', '.join(PARAMETERS[name] for name in differing)}")
    return shown.ThresholdAnswer(verdict, dict(figures), by_parameter, told, tuple(notes))


def _verdict(told: list[shown.ThresholdShown]) -> str:
    settled = {one.caught for one in told if one.caught is not None}
    if settled == {True}:
        return "yes"
    if settled == {True, False}:
        # a source that draws two lines catches what either of them catches; only sources can differ
        sources = {one.source.source: False for one in told}
        for one in told:
            sources[one.source.source] |= one.caught is True
        return "yes" if all(sources.values()) else "sources differ"
    if any(one.caught is None for one in told):
        return "unknown"
    return "no"


def _applied(register: Register, rule: Threshold, figures: Mapping[str, float]) -> shown.ThresholdShown:
    value = figures[rule.parameter]
    caught: bool | None = passes(rule, value)
    sign = {("at most", False): "<=", ("at most", True): "<", ("at least", False): ">=", ("at least", True): ">"}
    line = f"{sign[rule.caught, rule.strict]} {rule.value:g} {rule.unit}"
    because = f"{value:g} {'is' if caught else 'is not'} {line}"
    if caught and rule.together:
        other = register.thresholds[rule.together]
        if other.parameter not in figures:
            caught, because = (
                None,
                f"{because}; it is caught only if {PARAMETERS[other.parameter]} is {other.value:g} or more",
            )
        elif not passes(other, figures[other.parameter]):
            caught, because = False, f"{because}, but {PARAMETERS[other.parameter]} is below {other.value:g}"
    source = shown.SourceShown(rule.source, register.citation(rule.source), rule.locator)
    return shown.ThresholdShown(
        rule.id,
        rule.measure,
        rule.words,
        rule.also,
        line,
        value,
        caught,
        because,
        rule.since,
        rule.until,
        source,
        rule.confirmed,
    )


def passes(rule: Threshold, value: float) -> bool:
    """Whether a figure lies on the caught side of a rule's line."""
    if rule.caught == "at most":
        return value < rule.value if rule.strict else value <= rule.value
    return value > rule.value if rule.strict else value >= rule.value

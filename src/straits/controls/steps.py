"""What a measure did, one dated step at a time: announced, in force, suspended, suspended until, ended; as a watch takes it.

Announcement and force on one day are one step.  A casebook event that a measure names, and that gives the same date for
the same step, is that step: it comes once.
"""

from __future__ import annotations

from dataclasses import dataclass

from straits.controls.questions import STEPS, agrees
from straits.controls.records import WORLD, Measure, put_off
from straits.controls.register import Register, in_order
from straits.vocabulary.regions import in_sentence


@dataclass(frozen=True)
class Step:
    """One step of a measure, with all that it can be asked by.

    ``subjects`` are materials and the subjects of linked events; ``parties`` the state, the targets and the parties of
    linked events; ``lists`` the words of instrument, measure, targets, items and linked events; ``events`` the casebook's records of
    this very step; ``sources`` pairs of source and locator.
    """

    measure: str
    name: str
    step: str
    date: str
    state: str
    kind: str
    targets: tuple[str, ...]
    subjects: tuple[str, ...]
    parties: tuple[str, ...]
    lists: str
    events: tuple[str, ...]
    sources: tuple[tuple[str, str], ...]
    as_of: str

    @property
    def text(self) -> str:
        """The step in a sentence."""
        targets = ", ".join(_named(name) for name in self.targets)
        return f"{self.measure}, {self.name} ({self.kind} of {_named(self.state)}, aimed at {targets}): {self.step} {self.date}"


def steps(register: Register) -> list[Step]:
    """All steps of all measures, by the measures' first date."""
    return [step for measure in in_order(register.measures.values()) for step in _of(register, measure)]


def _named(party: str) -> str:
    """A party in a sentence: an economy's name, else the words after its kind."""
    kind, _, words = party.rpartition(":")
    return (
        words if kind else "the world" if party == WORLD else party if party == "multilateral" else in_sentence(party)
    )


def _of(register: Register, measure: Measure) -> list[Step]:
    linked = [register.events[name] for name in measure.events]
    instrument = register.instruments[measure.instrument]
    materials = [material for item in measure.items for material in item.materials]
    words = [measure.id, measure.name, instrument.id, instrument.name, *measure.targets]
    words += [text for item in measure.items for text in (item.what, *item.entries)]
    words += [text for event in linked for text in (event.title, event.statement)]
    parties = [measure.state, *measure.targets, *(name for e in linked for name in (*e.actors, *e.targets))]
    found = []
    at_once = measure.announced == measure.in_force
    left_out = "announced" if at_once else "in_force" if put_off(measure.in_force, measure.suspended) else ""
    for field, step in STEPS:
        if (date := getattr(measure, field)) and field != left_out:
            fields = ("announced", "in_force") if at_once and field == "in_force" else (field,)
            found.append(
                Step(
                    measure.id,
                    measure.name,
                    "announced and in force" if len(fields) > 1 else step,
                    date,
                    measure.state,
                    measure.kind,
                    tuple(measure.targets),
                    tuple(dict.fromkeys([*materials, *(subject for event in linked for subject in event.subjects)])),
                    tuple(dict.fromkeys(parties)),
                    "\n".join(words),
                    tuple(e.id for e in linked if any(agrees(getattr(e, one, None), date) for one in fields)),
                    tuple((passage.source, passage.locator) for passage in measure.sources),
                    measure.as_of,
                )
            )
    return found

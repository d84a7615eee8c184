"""What records say: events of the casebook, steps of the register of controls, and targets, as signals of a watch.

A control that both the casebook and the register have is one signal: the register's step, which names the record.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from straits.casebook.parties import Parties, Party
from straits.casebook.questions import below, subject_of
from straits.vocabulary.errors import StraitsError
from straits.watch.signals import Signal
from straits.watch.watches import Subject, Watch

if TYPE_CHECKING:
    from straits.casebook.casebook import Casebook
    from straits.controls.steps import Step

CONTROL = "control"


def judge_records(watch: Watch, book: Casebook | None, steps: Sequence[Step] = ()) -> tuple[list[Signal], str]:
    """Signals of a watch on events or targets, and a checksum of the records that they come from.

    ``steps`` are those of the register of controls.  A name that neither knows is a :class:`StraitsError` with the
    nearest ones.
    """
    if book is None:
        raise StraitsError(f"watch '{watch.id}' looks at {watch.what.kind}: it needs the casebook")
    found = _of_events(watch.what, book, steps) if watch.what.kind == "events" else _of_targets(watch.what, book)
    vintage = hashlib.sha256(json.dumps(found, sort_keys=True).encode()).hexdigest()[:16]
    signals = [
        Signal(
            watch.id,
            item["detector"],
            item["subject"],
            item["period"],
            vintage,
            watch.severity,
            item["text"],
            parts=item["parts"],
        )
        for item in found
    ]
    return signals, vintage


# -- events ----------------------------------------------------------------------------------------------------


def _of_events(what: Subject, book: Casebook, steps: Sequence[Step]) -> list[dict[str, Any]]:
    about, acts = _subjects(what, book, steps), _parties(what, book, steps)
    listed = [word.casefold() for word in what.control_lists]

    def fits(kinds: Sequence[str], subjects: Sequence[str], parties: Sequence[str], words: str) -> bool:
        return (
            (not what.kinds or bool(set(kinds) & set(what.kinds)))
            and (not what.technologies or bool(about & set(subjects)))
            and (not what.actors or acts(parties))
            and (not listed or any(word in words.casefold() for word in listed))
        )

    chosen = [step for step in steps if fits((CONTROL, step.kind), step.subjects, step.parties, step.lists)]
    told = {event for step in chosen for event in step.events}
    found = [_step(step, book) for step in chosen]
    for event in book.tables["events"]:
        parties = [*event.actors, *event.targets]
        if event.id not in told and fits((event.kind,), event.subjects, parties, f"{event.title}\n{event.statement}"):
            found.append(_event(event))
    return found


def _subjects(what: Subject, book: Casebook, steps: Sequence[Step]) -> set[str]:
    """The subjects that are meant, those below them included; a material of the register is one too."""
    materials = {subject for step in steps for subject in step.subjects}
    found: set[str] = set()
    for name in what.technologies:
        if name in materials and name not in book.subjects:
            found.add(name)
        else:
            found.update(below(book, subject_of(book, name)))
    return found


def _parties(what: Subject, book: Casebook, steps: Sequence[Step]) -> Callable[[Sequence[str]], bool]:
    """Whether any of some parties is among those meant: the same economy or region, or an actor under any of its names."""
    parties = Parties(book)
    named = {name for event in book.tables["events"] for name in (*event.actors, *event.targets)}
    named |= {name for step in steps for name in step.parties}
    asked: list[Party] = []
    for name in what.actors:
        plain = parties.stated(name)
        known = name in named or any(_same(plain, parties.stated(other)) for other in named)
        asked.append(plain if known else parties.asked(name))
    return lambda names: any(_same(one, parties.stated(name)) for one in asked for name in names)


def _same(one: Party, other: Party) -> bool:
    return one == other or bool(one.names & other.names)


def _event(event: Any) -> dict[str, Any]:
    period = event.announced or event.in_force or event.ended or "undated"
    parts = {"record": event.id, "source": event.source, "locator": event.locator, "in_force": event.in_force}
    text = f"{event.title} ({period}): {event.statement}"
    return {"detector": "event", "subject": event.id, "period": period, "text": text, "parts": parts}


def _step(step: Step, book: Casebook) -> dict[str, Any]:
    said = [found[1].statement for name in step.events[:1] if (found := book.get(name))]
    source, locator = step.sources[0]
    parts = {
        "measure": step.measure,
        "as_of": step.as_of,
        "events": list(step.events),
        "source": source,
        "locator": locator,
        "sources": [f"{name}, {place}" for name, place in step.sources],
    }
    text = ". ".join([step.text, *(statement.rstrip(".") for statement in said)])
    detector = f"control_{step.step.removeprefix('announced and ').replace(' ', '_')}"
    return {"detector": detector, "subject": step.measure, "period": step.date, "text": text, "parts": parts}


# -- targets ---------------------------------------------------------------------------------------------------


def _of_targets(what: Subject, book: Casebook) -> list[dict[str, Any]]:
    from straits.vocabulary.errors import nearest
    from straits.watch.targets import progress, shipped

    known = shipped()
    for name in what.targets:
        if name != "all" and name not in {item.id for item in known}:
            raise nearest(name, [item.id for item in known], "target")
    for name in what.technologies:
        if name not in {item.technology for item in known}:
            raise nearest(name, sorted({item.technology for item in known}), "technology of a target")
    found = []
    for item in progress(known, book):
        wanted = "all" in what.targets or item.target.id in what.targets
        about = not what.technologies or item.target.technology in what.technologies
        if wanted and about and item.status not in ("open", "unknown"):
            found.append(
                {
                    "detector": f"target_{item.status}",
                    "subject": item.target.id,
                    "period": item.due,
                    "text": item.text,
                    "parts": item.parts,
                }
            )
    return found

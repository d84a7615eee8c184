"""Before and after: the same question on a chain and on the chain with some changes.

A file of changes is YAML::

    name: Nikon's tools can be mixed into any fab
    changes:
      - set: {provision: arfi-scanner.nikon, effective: 6.7}
      - set: {item: arfi-scanner, build_months: 60}
      - add: {provision: {item: arfi-scanner, provider: smee, share: 1, readiness: 7}}
      - add: {recipe: {id: nil-7nm, item: logic-7nm, name: Nanoimprint, inputs: [photoresist]}}
      - remove: {provision: arfi-scanner.smee}

``set``, ``add`` and ``remove`` work on an ``item``, ``recipe``, ``provider`` or ``provision`` (an id, or
``item.provider``); the fields are those of a chain file.  The changed chain passes the same checks.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from straits.chains.chokepoint import ChokepointsResult, DenialSet, chokepoints
from straits.chains.denial import MODE_WORDS, DenialResult, Loss, becomes, deny
from straits.chains.files import assembled
from straits.chains.model import Chain
from straits.chains.opening import Who
from straits.chains.reading import Raw, Row, raw_of, read_changes
from straits.chains.words import shortened, some, spoken, withholds
from straits.vocabulary.errors import StraitsError, nearest

TABLES = {"item": "items", "recipe": "recipes", "provider": "providers", "provision": "provisions"}
VERBS = ("set", "add", "remove")


@dataclass(frozen=True)
class WhatIfResult:
    """The answer to ``what_if``: the denial (when somebody withholds) and the chokepoints, before and after."""

    chain: str
    chain_name: str
    name: str
    changes: tuple[str, ...]
    before: DenialResult | None
    after: DenialResult | None
    sets_before: ChokepointsResult | None
    sets_after: ChokepointsResult | None

    def to_dict(self) -> dict[str, Any]:
        """The whole answer, for JSON."""
        parts = {
            "denial": (self.before, self.after),
            "chokepoints": (self.sets_before, self.sets_after),
        }
        told = {
            name: {"before": pair[0].to_dict(), "after": pair[1].to_dict()}
            for name, pair in parts.items()
            if pair[0] is not None and pair[1] is not None
        }
        return {"chain": self.chain, "name": self.name, "changes": list(self.changes), **told}

    def to_json(self) -> str:
        """The same as JSON text."""
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=1, allow_nan=False)

    def text(self, everything: bool = False) -> str:
        """The answer for a reader: what differs; long lists are cut unless ``everything`` is asked for."""
        lines = [f"{self.chain_name}: {self.name or 'what if'}", *(f"  {change}" for change in self.changes)]
        if self.before and self.after:
            lines += ["", f"If {_asked(self.after)}"]
            lines += [_difference(old, new) for old, new in zip(self.before.goals, self.after.goals, strict=False)]
        if self.sets_before and self.sets_after:
            lines += ["", *_sets(self.sets_before, self.sets_after, None if everything else SHOWN)]
        return "\n".join(lines)


SHOWN = 12
"""Lines of a list that a text shows unless all are asked for."""


def _asked(denial: DenialResult) -> str:
    """The denial, as a clause."""
    names = denial.names
    what = f" {some([names[item] for item in denial.at], 4)}" if denial.at else ""
    if not denial.denied_by:
        return f"nobody gets{what}"
    whom = f" from {spoken(denial.dependent, names)}" if denial.dependent else ""
    how = f" ({MODE_WORDS[denial.mode]})" if denial.mode else ""
    return f"{spoken(denial.denied_by, names)} {withholds(denial.denied_by)}{what or ' everything'}{whom}{how}"


def _difference(old: Loss, new: Loss) -> str:
    before, after = becomes(old), becomes(new)
    same = f"{after}, as before" if before == after else f"before: {before}; after: {after}"
    return f"  {new.name}: {same}"


def _sets(before: ChokepointsResult, after: ChokepointsResult, most: int | None) -> list[str]:
    """Which sets stop something that did not, and the other way round."""
    old, new = ({entry.denied: entry for entry in found.sets} for found in (before, after))
    gone = [who for who in old if who not in new]
    come = [who for who in new if who not in old]
    whom = spoken(after.dependent, after.names)
    lines = [
        f"Sets of up to {after.size} economies that stop something for {whom}: {len(old)} before, {len(new)} after, "
        f"{len(old) - len(gone)} of them the same"
    ]
    lines += shortened([f"  No longer: {spoken(who, before.names)} ({_stops(old[who])})" for who in gone], most)
    return lines + shortened([f"  New: {spoken(who, after.names)} ({_stops(new[who])})" for who in come], most)


def _stops(entry: DenialSet) -> str:
    return some(entry.stops_names, 4)


def what_if(
    chain: str | Path,
    changes: str | Path,
    *,
    who: Who = None,
    to: Who = None,
    at: Who = None,
    mode: str | None = None,
    size: int = 2,
) -> WhatIfResult:
    """The denial by ``who`` and the chokepoints of ``to`` on the chain as it is and as changed.

    ``chain`` is an id or path, ``changes`` a YAML file.  Without ``who``, only the chokepoints; without ``to``, only
    the denial.  Raises :class:`StraitsError` for a change that leads nowhere.
    """
    if who is None and to is None and at is None:
        raise StraitsError("what if asks a question twice: say who withholds, or for whom to look for chokepoints")
    old = assembled(raw_of(chain))
    name, new, told = changed(raw_of(chain), Path(changes))
    denials: list[DenialResult | None] = [None, None]
    points: list[ChokepointsResult | None] = [None, None]
    for place, version in enumerate((old, new)):
        if who is not None or at is not None:
            denials[place] = deny(version, who, to=to, at=at, mode=mode)
        if to is not None:
            points[place] = chokepoints(version, to, size=size)
    return WhatIfResult(old.id, old.name, name, told, denials[0], denials[1], points[0], points[1])


def changed(raw: Raw, path: Path) -> tuple[str, Chain, tuple[str, ...]]:
    """A chain's rows with the changes of a file applied, checked: its name, the chain, the changes in words."""
    name, rows = read_changes(path)
    told = []
    for row in rows:
        verbs = [verb for verb in row.values if verb in VERBS]
        if len(verbs) != 1 or len(row.values) != 1 or not isinstance(row.values[verbs[0]], dict):
            raise StraitsError(f"{row.place()}: a change is one of `set: {{...}}`, `add: {{...}}`, `remove: {{...}}`")
        told.append(_applied(raw, verbs[0], row.values[verbs[0]], row))
    return name, assembled(raw), tuple(told)


def _applied(raw: Raw, verb: str, content: Mapping[str, Any], row: Row) -> str:
    kinds = [kind for kind in TABLES if kind in content]
    kind = next((kind for kind in kinds if kind != "item" or "provision" not in kinds), "")
    if not kind:
        raise StraitsError(f"{row.place()}, {verb}: name one of {', '.join(TABLES)}")
    if verb == "add":
        fields = content[kind]
        if not isinstance(fields, dict):
            raise StraitsError(f"{row.place()}, add: write add: {{{kind}: {{field: value, ...}}}}")
        _add(raw, kind, dict(fields), row)
        return (
            f"added {kind} {fields.get('id') or '.'.join(str(fields.get(key, '')) for key in ('item', 'provider'))}"
        )
    place = _found(raw, kind, str(content[kind]), row)
    table = raw.tables[TABLES[kind]]
    if verb == "remove":
        del table[place]
        return f"removed {kind} {content[kind]}"
    fields = {key: value for key, value in content.items() if key != kind}
    table[place] = Row({**table[place].values, **fields}, row.file, row.line)
    return f"{kind} {content[kind]}: " + ", ".join(f"{key} = {value}" for key, value in fields.items())


def _add(raw: Raw, kind: str, fields: dict[str, Any], row: Row) -> None:
    inputs = fields.pop("inputs", None) if kind == "recipe" else None
    raw.tables[TABLES[kind]].append(Row(fields, row.file, row.line))
    for need in inputs or []:
        named = need if isinstance(need, dict) else {"item": need}
        raw.tables["inputs"].append(Row({**named, "recipe": fields.get("id")}, row.file, row.line))


def _found(raw: Raw, kind: str, name: str, row: Row) -> int:
    ids = []
    for place, known in enumerate(raw.tables[TABLES[kind]]):
        values = known.values
        own = [str(values.get("id") or "")]
        if kind == "provision":
            own.append(f"{values.get('item')}.{values.get('provider')}")
        if name in own:
            return place
        ids.append(own[-1])
    raise StraitsError(f"{row.place()}: {nearest(name, ids, kind)}")

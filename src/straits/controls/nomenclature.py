"""What a code of one revision is in another: the official correlation tables, applied without silent choices.

A code may stay itself (1:1), be merged with others (n:1), be split (1:n), or both (n:n).  A conversion gives all
codes that the tables connect, the relationship in words, and the steps.  Only a 1:1 conversion says the same thing of
both codes; over several steps the targets are all that can be reached, hence at most these.

The first six digits of the EU's CN and of China's tariff are the HS of that year: this joins them to the HS without a
table.  A CN code that ends in 00 is all of its six digits (Regulation (EEC) 2658/87, Article 3); any other national line
is a part of them.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from straits.controls.codes import Code, hs_in, parse
from straits.sources.hs_correlations import Table, read
from straits.vocabulary.errors import StraitsError, nearest

_FLIPPED = {"1:1": "1:1", "1:n": "n:1", "n:1": "1:n", "n:n": "n:n"}
_MEANS = {
    "1:1": "the same goods",
    "n:1": "merged: the other code holds more than this one",
    "1:n": "split: this code is several there, and what goes where is not in the code",
    "n:n": "split and merged: neither code tells what is in the other",
    "none": "no code there in the tables",
}


@dataclass(frozen=True)
class Conversion:
    """What a code is in another nomenclature.

    ``relation`` reads from the code asked to the targets: ``1:1``, ``1:n``, ``n:1``, ``n:n`` or ``none``; ``means`` says it
    in words.
    ``preferred`` is the publisher's single choice where its file has one and the conversion is one step;
    ``steps`` are the tables used, ``also_from`` the other codes that lead to the same targets.
    """

    code: str
    to: str
    targets: tuple[str, ...]
    relation: str
    means: str
    preferred: str | None
    also_from: tuple[str, ...]
    steps: tuple[str, ...]
    sources: tuple[str, ...]

    @property
    def exact(self) -> bool:
        """Whether both codes hold the same goods."""
        return self.relation == "1:1"

    @property
    def words(self) -> str:
        """The relationship in words."""
        return f"{self.relation}, {self.means}" if self.relation != "none" else self.means

    def to_dict(self) -> dict[str, Any]:
        """The conversion as plain values, for JSON."""
        return {
            "code": self.code,
            "to": self.to,
            "targets": list(self.targets),
            "relation": self.relation,
            "means": self.means,
            "preferred": self.preferred,
            "also_from": list(self.also_from),
            "steps": list(self.steps),
            "sources": list(self.sources),
        }


@dataclass(frozen=True)
class _Step:
    """One table in one direction: where each code leads, and how."""

    name: str
    file: str
    forward: Mapping[str, Mapping[str, str]]
    preferred: Mapping[str, str]


@dataclass(frozen=True)
class Correlations:
    """Correlation tables joined: between any two revisions that a chain of tables connects."""

    tables: tuple[Table, ...]
    steps: Mapping[tuple[str, str], _Step] = field(repr=False)

    @classmethod
    def read(cls, *paths: Path | str) -> Correlations:
        """Tables from files or folders: UNSD's workbooks, Eurostat's, or a consolidated table."""
        return cls.of([table for path in paths for table in read(path)])

    @classmethod
    def of(cls, tables: Sequence[Table]) -> Correlations:
        """Tables that are already read; two that speak of the same revisions must agree."""
        steps: dict[tuple[str, str], _Step] = {}
        kept: list[Table] = []
        for table in tables:
            key = (table.newer, table.older)
            if key in steps:
                before = next(t for t in kept if (t.newer, t.older) == key)
                if set(before.pairs) != set(table.pairs):
                    raise StraitsError(
                        f"{before.file} and {table.file} differ on {table.newer} to {table.older}: give one of them"
                    )
                if table.preferred and not before.preferred:
                    steps[key] = _step(table)
                continue
            kept.append(table)
            steps[key], steps[key[::-1]] = _step(table), _step(table, backwards=True)
        return cls(tuple(kept), steps)

    @property
    def nomenclatures(self) -> list[str]:
        """The nomenclatures that the tables connect."""
        return sorted({name for key in self.steps for name in key})

    def path(self, start: str, end: str) -> list[tuple[str, str]]:
        """The shortest chain of tables (and of first six digits) from one nomenclature to another, empty when there is none."""
        queue: list[list[str]] = [[start]]
        seen = {start}
        while queue:
            line = queue.pop(0)
            if line[-1] == end:
                return list(itertools.pairwise(line))
            for other in self._beside(line[-1]):
                if other not in seen:
                    seen.add(other)
                    queue.append([*line, other])
        return []

    def _beside(self, name: str) -> list[str]:
        """The nomenclatures one step away: by a table, or by the first six digits of a national one."""
        found = {other for one, other in self.steps if one == name}
        if _national(name):
            found.add(hs_in(int(name[-4:])))
        else:
            found |= {other for other in self.nomenclatures if _national(other) and hs_in(int(other[-4:])) == name}
        return sorted(found)

    def convert(self, code: str | Code, to: str) -> Conversion:
        """What a code is in nomenclature ``to``.

        A national line is joined to the HS of its year by its first six digits; from the HS to a national nomenclature
        the tables must list its lines.  Raises :class:`StraitsError` for a code that the tables do not know and for
        revisions that they do not connect.
        """
        asked = parse(code) if isinstance(code, str) else code
        if not asked.nomenclature:
            raise StraitsError(f"'{asked}' names no revision: write HS2022:{asked.digits}")
        start = asked.nomenclature
        if start == to:
            return Conversion(str(asked), to, (str(asked),), "1:1", _MEANS["1:1"], None, (), (), ())
        chain = self._chain(start, to)
        self._check_known(asked, chain)
        reached, relation = self._follow(chain, asked.digits)
        back, _ = self._follow([step[::-1] for step in reversed(chain)], *sorted(reached))
        tables = [self.steps[step] for step in chain if step in self.steps]
        preferred = tables[0].preferred.get(asked.digits) if len(chain) == 1 and tables else None
        return Conversion(
            str(asked),
            to,
            tuple(f"{to}:{target}" for target in sorted(reached)),
            relation if reached else "none",
            _MEANS[relation if reached else "none"],
            f"{to}:{preferred}" if preferred else None,
            tuple(f"{start}:{other}" for other in sorted(back) if other != asked.digits),
            tuple(
                self.steps[step].name if step in self.steps else " to ".join(step) + ", first six digits"
                for step in chain
            ),
            tuple(dict.fromkeys(table.file for table in tables)),
        )

    def _chain(self, start: str, to: str) -> list[tuple[str, str]]:
        known = {*self.nomenclatures, start, hs_in(int(start[-4:]))} if _national(start) else set(self.nomenclatures)
        for name in (start, to):
            if name not in known:
                raise nearest(name, sorted(known), "nomenclature in the correlation tables")
        chain = self.path(start, to)
        if not chain:
            raise StraitsError(f"no chain of tables from {start} to {to}: load the tables between them")
        return chain

    def _check_known(self, asked: Code, chain: Sequence[tuple[str, str]]) -> None:
        """The first table of the chain must have the code (its first six digits where it is joined by them)."""
        for step in chain:
            if step in self.steps:
                digits = asked.digits if step[0] == asked.nomenclature else asked.digits[:6]
                if digits not in self.steps[step].forward:
                    error = nearest(digits, self.steps[step].forward, f"code of {step[0]} in {self.steps[step].file}")
                    raise StraitsError(f"{error}{self._elsewhere(digits)}")
                return

    def _elsewhere(self, digits: str) -> str:
        """In which other nomenclatures a code stands, for a reader who asked in the wrong one."""
        found = sorted({one for (one, _), table in self.steps.items() if digits in table.forward})
        return f"; it is a code of {', '.join(found)}" if found else ""

    def _follow(self, chain: Sequence[tuple[str, str]], *digits: str) -> tuple[set[str], str]:
        """All codes that can be reached, and the relationship over all steps: split or merged once is so at the end."""
        here, relations = set(digits), set[str]()
        for step in chain:
            there: set[str] = set()
            for code in here:
                for target, relation in self._from(step, code).items():
                    there.add(target)
                    relations.add(relation)
            here = there
        return here, joined(relations)

    def _from(self, step: tuple[str, str], code: str) -> Mapping[str, str]:
        """Where one step leads from a code, and how."""
        if step in self.steps:
            return self.steps[step].forward.get(code, {})
        if _national(step[0]):
            return {code[:6]: "1:1" if _is_whole(step[0], code) else "n:1"}
        lines = {line for one, table in self.steps.items() if one[0] == step[1] for line in table.forward}
        return {line: "1:1" if _is_whole(step[1], line) else "1:n" for line in lines if line[:6] == code}


def _national(name: str) -> bool:
    return name.startswith(("CN", "CHN"))


def _is_whole(nomenclature: str, digits: str) -> bool:
    """Whether a line is all of its first six digits."""
    return nomenclature.startswith("CN") and digits.endswith("00")


def joined(relations: Iterable[str]) -> str:
    """The relationship of several steps, or of several codes, together.

    >>> joined(["1:1", "n:1"]), joined(["1:n", "n:1"]), joined(["1:1"])
    ('n:1', 'n:n', '1:1')
    """
    found = set(relations)
    left = "n" if any(relation[0] == "n" for relation in found) else "1"
    right = "n" if any(relation[-1] == "n" for relation in found) else "1"
    return f"{left}:{right}"


def _step(table: Table, backwards: bool = False) -> _Step:
    forward: dict[str, dict[str, str]] = {}
    for pair in table.pairs:
        one, other = (pair.older, pair.newer) if backwards else (pair.newer, pair.older)
        forward.setdefault(one, {})[other] = _FLIPPED[pair.relation] if backwards else pair.relation
    name = f"{table.older} to {table.newer}" if backwards else f"{table.newer} to {table.older}"
    return _Step(name, table.file, forward, {} if backwards else table.preferred)

"""What a code of one revision is in another: the official correlation tables, applied without silent choices.

A code may stay itself (1:1), be merged with others (n:1), be split (1:n), or both (n:n).  A conversion gives all
codes that the tables connect, the relationship in words, and the steps.  Only a 1:1 conversion says the same thing of
both codes; over several steps the targets are all that can be reached, hence at most these.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from straits.controls.codes import Code, parse
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

    ``relation`` reads from the code asked to the targets: ``1:1``, ``1:n``, ``n:1``, ``n:n`` or ``none``.
    ``preferred`` is the publisher's single choice where its file has one and the conversion is one step;
    ``steps`` are the tables used, ``also_from`` the other codes that lead to the same targets.
    """

    code: str
    to: str
    targets: tuple[str, ...]
    relation: str
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
        return f"{self.relation}, {_MEANS[self.relation]}" if self.relation != "none" else _MEANS["none"]

    def to_dict(self) -> dict[str, Any]:
        """The conversion as plain values, for JSON."""
        return {
            "code": self.code,
            "to": self.to,
            "targets": list(self.targets),
            "relation": self.relation,
            "means": _MEANS[self.relation],
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
        """The shortest chain of tables from one nomenclature to another, empty when there is none."""
        queue: list[list[str]] = [[start]]
        seen = {start}
        while queue:
            line = queue.pop(0)
            if line[-1] == end:
                return list(itertools.pairwise(line))
            for one, other in sorted(self.steps):
                if one == line[-1] and other not in seen:
                    seen.add(other)
                    queue.append([*line, other])
        return []

    def convert(self, code: str | Code, to: str) -> Conversion:
        """What a code is in nomenclature ``to``.

        A code of the CN or of China's tariff is taken at its first six digits when ``to`` is a revision of the HS;
        the conversion is then at best n:1, because the six digits hold more.  Raises :class:`StraitsError` for a
        code that the tables do not know and for revisions that they do not connect.
        """
        asked = parse(code) if isinstance(code, str) else code
        if not asked.nomenclature:
            raise StraitsError(f"'{asked}' names no revision: write HS2022:{asked.digits}")
        start, digits, narrower = asked.nomenclature, asked.digits, False
        if start not in self.nomenclatures and asked.kind in ("CN", "CHN") and to.startswith("HS"):
            start, digits, narrower = asked.revision, asked.digits[:6], True
        if start == to:
            relation = "n:1" if narrower else "1:1"
            return Conversion(str(asked), to, (f"{to}:{digits}",), relation, None, (), (), ())
        chain = self._chain(start, to)
        if not any(digits in self.steps[step].forward for step in chain[:1]):
            raise nearest(digits, self.steps[chain[0]].forward, f"code of {start} in {self.steps[chain[0]].file}")
        reached, relation = self._follow(chain, digits)
        back, _ = self._follow([step[::-1] for step in reversed(chain)], *sorted(reached))
        preferred = self.steps[chain[0]].preferred.get(digits) if len(chain) == 1 else None
        if narrower and relation in ("1:1", "1:n"):
            relation = "n:1" if relation == "1:1" else "n:n"
        return Conversion(
            str(asked),
            to,
            tuple(f"{to}:{target}" for target in sorted(reached)),
            relation if reached else "none",
            f"{to}:{preferred}" if preferred else None,
            tuple(f"{start}:{other}" for other in sorted(back) if other != digits),
            tuple(self.steps[step].name for step in chain),
            tuple(dict.fromkeys(self.steps[step].file for step in chain)),
        )

    def _chain(self, start: str, to: str) -> list[tuple[str, str]]:
        for name in (start, to):
            if name not in self.nomenclatures:
                raise nearest(name, self.nomenclatures, "nomenclature in the correlation tables")
        chain = self.path(start, to)
        if not chain:
            raise StraitsError(f"no chain of tables from {start} to {to}: load the tables between them")
        return chain

    def _follow(self, chain: Sequence[tuple[str, str]], *digits: str) -> tuple[set[str], str]:
        """All codes that can be reached, and the relationship over all steps: split or merged once is so at the end."""
        here, relations = set(digits), set[str]()
        for step in chain:
            there: set[str] = set()
            for code in here:
                for target, relation in self.steps[step].forward.get(code, {}).items():
                    there.add(target)
                    relations.add(relation)
            here = there
        return here, joined(relations)


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

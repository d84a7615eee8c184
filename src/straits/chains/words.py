"""How results name things for a reader: actors by name, lists as a sentence has them, long lists cut with a count."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from straits.chains.model import Interval, is_outside, is_place, parts_of, place_name
from straits.vocabulary.regions import economies, in_sentence, regions


def called(name: str, names: Mapping[str, str]) -> str:
    """A firm, item, economy or region by its name; ``names`` are those of the chain.

    >>> called("asml", {"asml": "ASML"}), called("NLD", {"NLD": "NLD"}), called("EU27_UK", {})
    ('ASML', 'Netherlands', 'EU27 and the UK')
    """
    return place_name(name) if means_place(name, names) else names.get(name, name)


def means_place(name: str, names: Mapping[str, str]) -> bool:
    """Whether a word is a place and not the name of a firm that reads like a code.

    >>> means_place("ARM", {"P7": "ARM"}), means_place("ARM", {})
    (False, True)
    """
    if not is_place(name):
        return False
    if names.get(name) == name or name not in names.values():
        return True
    return all(is_place(key) for key, told in names.items() if told == name)


def spoken(who: Iterable[str], names: Mapping[str, str]) -> str:
    """Actors inside a sentence.

    >>> spoken(["NLD", "JPN"], {})
    'the Netherlands and Japan'
    >>> spoken(["not CHN+RUS"], {})
    'all but China and Russia together'
    """
    return listed([_one(name, names) for name in who], "and")


def others(who: Sequence[str], names: Mapping[str, str]) -> str:
    """Everyone else, inside a sentence.

    >>> others(["CHN"], {}), others(["not CHN"], {})
    ('others than China', 'China')
    """
    if len(who) == 1 and is_outside(who[0]):
        return spoken(parts_of(who[0]), names)
    return f"others than {spoken(who, names)}"


def _one(name: str, names: Mapping[str, str]) -> str:
    if is_group(name):
        parts = listed([in_sentence(part) for part in parts_of(name)])
        return f"all but {parts} together" if is_outside(name) else f"{parts} together"
    if name in economies() or name in regions():
        return in_sentence(name)
    return called(name, names)


def listed(words: Sequence[str], last: str = "and") -> str:
    """Words with commas, and the last one joined by ``and`` or ``or``.

    >>> listed(["a", "b", "c"]), listed(["a", "b"], "or"), listed([])
    ('a, b and c', 'a or b', '')
    """
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def some(words: Sequence[str], most: int, last: str = "and") -> str:
    """The first words, and how many more there are; words that hold a comma or ``and`` are parted by semicolons.

    >>> some(["a", "b", "c", "d"], 2), some(["etch and clean", "test"], 2)
    ('a, b and 2 more', 'etch and clean; test')
    """
    shown = list(words) if len(words) <= most + 1 else [*words[:most], f"{len(words) - most} more"]
    if any((" and " in word and not word.endswith(" and the UK")) or "," in word for word in shown):
        return "; ".join(shown)
    return listed(shown, last)


def shortened(lines: Sequence[str], most: int | None, indent: str = "  ") -> list[str]:
    """The first lines, and how many more there are and how to see them; ``None`` shows all.

    >>> shortened(["  a", "  b", "  c"], 1)
    ['  a', '  ... and 2 more (--all shows them)']
    """
    if most is None or len(lines) <= most + 1:
        return list(lines)
    return [*lines[:most], f"{indent}... and {len(lines) - most} more (--all shows them)"]


def portion(share: Interval) -> str:
    """A share, or that nothing is known about it.

    >>> portion(Interval(0.5, 0.6)), portion(Interval(0, 1))
    ('50 to 60 %', 'an unknown share')
    """
    return "an unknown share" if (share.low, share.high) == (0.0, 1.0) else share.percent()


def capital(text: str) -> str:
    """The text with a capital first letter.

    >>> capital("the Netherlands")
    'The Netherlands'
    """
    return text[:1].upper() + text[1:]


def withholds(who: Sequence[str]) -> str:
    """The verb for one or several who withhold."""
    return "withholds" if is_one(who) else "withhold"


def is_one(who: Sequence[str]) -> bool:
    """Whether a single actor is named, so that a verb is in the singular."""
    return len(who) == 1 and not is_group(who[0])


def is_group(name: str) -> bool:
    """Whether a name stands for several economies that are no region: ``AUS+GIN``, ``not CHN``.

    >>> is_group("AUS+GIN"), is_group("not CHN"), is_group("EU27")
    (True, True, False)
    """
    return is_place(name) and (is_outside(name) or len(parts_of(name)) > 1)


__all__ = [
    "called",
    "capital",
    "is_group",
    "is_one",
    "listed",
    "means_place",
    "portion",
    "shortened",
    "some",
    "spoken",
    "withholds",
]

"""Unknown is null with a reason beside it: never 0, never a number that is none."""

from __future__ import annotations

import json
import math

import pytest

GRAPHITE = "250410"

# What a note must say when a field of a dependency row is unknown and the fields named first are known.
REASONS = [
    ("world_exports_usd", "no flow anywhere in the world"),
    ("hhi_imports", "imported nothing from outside"),
    ("share_of_imports", "imported nothing from outside"),
    ("imports_over_exports", "no exports"),
    ("imports_tonnes", "tonnes"),
    ("hhi_tonnes", "tonnes"),
    ("share_of_tonnes", "tonnes"),
    ("imports_from_provider_tonnes", "tonnes"),
    ("c4", "c4"),
]


def years_of(note: str) -> set[int]:
    """The years in the brackets that end a note.

    >>> sorted(years_of("c4 cannot be decided (2017-2019, 2023)"))
    [2017, 2018, 2019, 2023]
    """
    years: set[int] = set()
    for part in note.rpartition("(")[2].rstrip(")").split(","):
        first, _, last = part.strip().partition("-")
        if first.isdigit():
            years |= set(range(int(first), int(last or first) + 1))
    return years


def explained(field: str, row: dict, notes: list[str]) -> bool:
    """Whether a note names the product and the year and gives a reason that leaves the field unknown."""
    wanted = [reason for name, reason in REASONS if name == field] + [reason for _, reason in REASONS[:2]]
    about = [note for note in notes if row["product"] in note and row["period"] in years_of(note)]
    return any(reason in note for note in about for reason in wanted)


def unexplained(answer) -> list[tuple]:
    """Fields of the rows and their reverse that are null without a reason in the notes."""
    rows = [side for row in answer.rows for side in (row, row["reverse"])]
    flat = [{**row, "c4": row["flags"]["c4"]} for row in rows]
    return [
        (field, row["period"], row["product"], row["dependent"])
        for row in flat
        for field, _ in REASONS
        if row[field] is None and not explained(field, row, answer.notes)
    ]


def no_number(value) -> bool:
    return isinstance(value, float) and not math.isfinite(value)


def leaves(value):
    """All values in nested rows."""
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from leaves(item)
    else:
        yield value


def refused(constant: str):
    """What to do with ``NaN`` or ``Infinity`` in JSON."""
    raise AssertionError(f"{constant} is not JSON")


AWKWARD = {
    "no tonnes": [(2023, "CHN", "DEU", GRAPHITE, 5, None)],
    "zero tonnes": [(2023, "CHN", "DEU", GRAPHITE, 5, 0), (2023, "DEU", "USA", GRAPHITE, 5, 1)],
    "tonnes of some": [(2023, "CHN", "DEU", GRAPHITE, 5, None), (2023, "MOZ", "DEU", GRAPHITE, 5, 3)],
    "no exports": [(2023, "MOZ", "DEU", GRAPHITE, 5, 2)],
    "no imports": [(2023, "DEU", "USA", GRAPHITE, 5, 2)],
    "value of zero": [(2023, "CHN", "DEU", GRAPHITE, 0, 2), (2023, "CHN", "USA", GRAPHITE, 4, 2)],
    "all values zero": [(2023, "CHN", "DEU", GRAPHITE, 0, 2), (2023, "CHN", "DEU", "282200", 4, 2)],
    "discontinued": [(2022, "CHN", "DEU", GRAPHITE, 5, 2), (2023, "CHN", "DEU", "282200", 5, 2)],
    "years missing": [(2019, "CHN", "DEU", GRAPHITE, 5, 2), (2023, "CHN", "DEU", GRAPHITE, 5, 2)],
    "not imported after unknown years": [(2023, "DEU", "CHN", GRAPHITE, 5, 2)],
}
awkward = pytest.mark.parametrize("flows", AWKWARD.values(), ids=AWKWARD)


@awkward
def test_every_unknown_of_a_dependency_has_a_reason(small, flows):
    answer = small(flows).dependency("EU27", "CHN", GRAPHITE, 2023)
    assert unexplained(answer) == []


@awkward
def test_every_unknown_of_a_screen_has_a_reason(small, flows):
    answer = small(flows).screen("EU27", 2023)
    notes = " ".join(answer.notes)
    for row in answer.rows:
        assert (
            row["imports_over_exports"] is not None
            or f"no exports of EU27 to outside in 2023 for {row['product']}" in notes
        )
        assert (
            row["hhi_tonnes"] is not None
            or f"no tonnes reported for imports of EU27 in 2023 of {row['product']}" in notes
        )
        assert row["flagged"] is not None or f"verdict unknown for {row['product']}" in notes


@pytest.mark.data
def test_a_screen_names_every_product_without_exports_however_many(pack):
    answer = pack.screen("ISL", 1997)
    undefined = [row["product"] for row in answer.rows if row["imports_over_exports"] is None]
    assert len(undefined) > 20
    (note,) = [note for note in answer.notes if "no exports" in note]
    assert all(product in note for product in undefined)


@pytest.mark.data
def test_an_empty_screen_of_an_economy_reported_within_a_union_says_why(pack):
    answer = pack.screen("BEL", 1997)
    assert answer.rows == []
    assert any("Belgium is reported within Belgium-Luxembourg until 1998" in note for note in answer.notes)


@awkward
def test_json_holds_no_number_that_is_none(small, flows):
    observatory = small(flows)
    answers = [
        observatory.dependency("EU27", "CHN", GRAPHITE, 2023),
        observatory.screen("EU27", 2023, on="CHN"),
        observatory.screen("EU27", 2023),
        observatory.mutual("EU27", "CHN", 2023),
        observatory.suppliers("EU27", GRAPHITE, 2023),
        observatory.market("CHN", "EU27", GRAPHITE, 2023),
        observatory.export_position(["EU27", "CHN", "JPN"], GRAPHITE, 2023),
        observatory.advantage(2023),
    ]
    for answer in answers:
        assert not [value for value in leaves(answer.rows) if no_number(value)]
        again = json.loads(answer.to_json(), parse_constant=refused)
        assert json.loads(json.dumps(again, allow_nan=False)) == again
        assert again["rows"] == answer.rows
        assert set(again) == {"rows", "sources", "notes"}


@awkward
def test_an_unknown_share_is_not_a_share_of_zero(small, flows):
    (row,) = small(flows).dependency("EU27", "CHN", GRAPHITE, 2023).rows
    for side in (row, row["reverse"]):
        if not side["imports_usd"]:
            assert [
                side[name] for name in ("share_of_imports", "hhi_imports", "top_share", "effective_suppliers")
            ] == [None] * 4
            assert [side["flags"][name] for name in ("c1", "c2", "c3", "cdi1", "cdi2", "cdi3", "crma65")] == [
                None
            ] * 7


def test_the_check_itself_notices_a_missing_reason(small):
    answer = small(AWKWARD["no tonnes"]).dependency("EU27", "CHN", GRAPHITE, 2023)
    answer.notes.clear()
    assert ("hhi_tonnes", 2023, GRAPHITE, "EU27") in unexplained(answer)


@pytest.mark.data
@pytest.mark.parametrize(("of", "on"), [("EU27", "CHN"), ("EU", "USA"), ("JPN", "G7")])
def test_every_unknown_on_the_real_pack_has_a_reason(pack, of, on):
    products = sorted(pack.traded(pack.data("trade"), "HS1992"))
    answer = pack.dependency(of, on, products, [1995, 1996, 2008, 2014, 2024])
    assert unexplained(answer) == []
    assert not [value for value in leaves(answer.rows) if no_number(value)]
    assert json.loads(answer.to_json())["rows"] == answer.rows

"""Every measure is one SELECT whose header says what it answers and truly names what it reads."""

from __future__ import annotations

import re
from pathlib import Path

import pyarrow as pa
import pytest
import sqlglot
from sqlglot import exp

import straits.measures
from straits.measures import given
from straits.measures.compose import CANONICAL, FIELDS, compose, measure, names
from straits.measures.results import strings
from straits.measures.thresholds import thresholds
from straits.vocabulary.regions import region

FILES = sorted(Path(*straits.measures.__path__).glob("*.sql"))
BOUND = {*given.REGIONS, "flows"}
GIVEN_TABLES = {"members", "pairs", "wanted", "sides", "series", "years"}

# The numbers that belong to a formula, not to a question; anything else is a parameter.
NUMBERS = {
    "bilateral": {0},
    "dependency": {0, 1000.0},  # kg to t
    "export_position": {0, 1},
    "flows": {0},
    "flows_of_products": {0},
    "governance_at": {0, 1, 2, 2.5, 5},  # g = (2.5 - WGI) / 5 within 0 and 1; at most two years old
    "governance_of_imports": {0, 2, 18, 38},  # squares; decimals with 18 places
    "governance_of_production": {0, 1, 2, 18, 38},
    "import_concentration": {0, 1, 2, 3, 32, 64, 4096, 262144},  # squares; a code of three letters as a number
    "import_ranking": {1, 3, 5},  # CR1, CR3, CR5
    "market": {0},
    "mutuality": {0},
    "persistence": {0, 1},
    "producers": {0, 6, 38},
    "production_position": {0, 6, 18, 38},
    "revealed_comparative_advantage": {1},
    "screen": {0, 0.75, 1.25},  # thresholds 25 % lower and higher
    "supplier_shares": {0, 1000.0},
    "world_exports": {2},
}
WORDS = {
    "governance_at": {"weakness", "weakness_error"},
    "governance_of_production": {"world"},
    "import_concentration": {"negative", "supplier"},
    "production_position": {"negative", "economy"},
    "world_exports": {"negative", "exporter"},
}

every_file = pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)


def parsed(file: Path) -> exp.Expression:
    statements = sqlglot.parse(measure(file.stem).sql, read="duckdb")
    assert len(statements) == 1, "one file, one statement"
    return statements[0]


def test_there_are_measures():
    assert [file.stem for file in FILES] == names()
    assert len(FILES) > 20


@every_file
def test_the_header_is_complete(file):
    head = [line for line in file.read_text(encoding="utf-8").splitlines() if line.startswith("--")]
    fields = [match[1] for line in head if (match := re.match(r"-- (\w+): ", line))]
    assert fields == list(FIELDS)
    found = measure(file.stem)
    assert found.question.endswith("?")
    assert all(getattr(found, name).strip() for name in FIELDS if name != "inputs")
    assert all(found.inputs)


@every_file
def test_it_is_a_single_select(file):
    assert isinstance(parsed(file), exp.Select)


@every_file
def test_the_header_names_the_tables_that_are_read(file):
    tree = parsed(file)
    own = {cte.alias for cte in tree.find_all(exp.CTE)}
    read = {table.name for table in tree.find_all(exp.Table)} - own
    inputs = measure(file.stem).inputs
    assert set(inputs) == read
    assert len(inputs) == len(set(inputs)), "each input once"


@every_file
def test_every_input_is_a_table_a_bound_name_or_a_measure(file):
    known = CANONICAL | GIVEN_TABLES | BOUND | set(names())
    assert set(measure(file.stem).inputs) <= known


@every_file
def test_numbers_and_words_in_the_text_belong_to_the_formula(file):
    literals = list(parsed(file).find_all(exp.Literal))
    numbers = {float(item.this) for item in literals if not item.is_string}
    words = {item.this for item in literals if item.is_string}
    assert numbers <= {float(number) for number in NUMBERS.get(file.stem, set())}
    assert words <= WORDS.get(file.stem, set())


@every_file
def test_thresholds_are_parameters(file):
    used = set(re.findall(r"\$(\w+)", measure(file.stem).sql))
    values = {item.value for item in thresholds().values()} - {1.0, 2.0, 3.0}
    literals = {float(item.this) for item in parsed(file).find_all(exp.Literal) if not item.is_string}
    assert not values & literals
    assert used <= set(given.scope("HS1992", [2023], None)) | {"indicator"}


# What each criterion looks at, its threshold, and the thresholds moved by a quarter, worked out by hand.
EDGES = {
    "c1": ("hhi_imports", 0.4, 0.3, 0.5),
    "c2": ("hhi_world_exports", 0.4, 0.3, 0.5),
    "c3": ("imports_usd", 1.0, 0.75, 1.25),
    "cdi1": ("hhi_imports", 0.4, 0.3, 0.5),
    "cdi2": ("extra", 0.5, 0.375, 0.625),
    "cdi3": ("imports_usd", 1.0, 0.75, 1.25),
    "crma65": ("top_share", 0.65, 0.4875, 0.8125),
}


@pytest.mark.parametrize("name", EDGES)
@pytest.mark.parametrize(("moved", "place"), [("", 1), ("_low", 2), ("_high", 3)])
def test_each_threshold_lies_where_it_should_to_a_millionth(measured, name, moved, place):
    looked_at, edge = EDGES[name][0], EDGES[name][place]
    flags = [screened(measured, looked_at, edge + step)[name + moved] for step in (-1e-6, 1e-6)]
    assert flags == [False, True]


def screened(measured, looked_at: str, value: float) -> dict:
    """The screen of one made-up market in which one measure has a given value and nothing else crosses a threshold."""
    key = {"dependent": ["DEU"], "period": [given.first_day(2023)], "product": ["250410"]}
    world = {name: column for name, column in key.items() if name != "dependent"}
    of = {"hhi_imports": 0.1, "hhi_world_exports": 0.1, "top_share": 0.1, "extra": 0.1, "imports_usd": 0.1} | {
        looked_at: value
    }
    imports = round(of["imports_usd"] * 10**9)
    tables = {
        "import_concentration": {
            **key, "imports_usd": [imports], "hhi_imports": [of["hhi_imports"]], "hhi_tonnes": [0.1], "top_share": [of["top_share"]],
        },
        "exports": {**key, "exports_usd": [10**9]},
        "member_imports": {**key, "member_imports_usd": [round(imports / of["extra"])]},
        "world_exports": {
            **world, "world_exports_usd": [10**12], "hhi_world_exports": [of["hhi_world_exports"]],
            "top_exporter": ["CHN"], "top_exporter_share": [0.1],
        },
    }  # fmt: skip
    query = compose(
        "screen", given.scope("HS1992", [2023], None), {name: pa.table(table) for name, table in tables.items()}
    )
    (row,) = measured(query, [])
    return row


@every_file
def test_no_column_is_picked_by_place_and_order_is_only_at_the_end(file):
    tree = parsed(file)
    assert not [
        key for order in tree.find_all(exp.Order) for key in order.expressions if isinstance(key.this, exp.Literal)
    ]


@every_file
def test_it_composes_with_either_binding_and_runs_on_no_data_at_all(file, measured):
    parameters = given.scope("HS1992", [2023], ["250410"]) | {"indicator": "any"}
    sides = [region("EU27"), region("CHN")]
    tables = {
        "members": given.members(sides),
        "pairs": given.pairs([("EU27", "CHN"), ("CHN", "EU27")]),
        "wanted": strings(["250410"], "product"),
        "sides": given.sides("EU27", "CHN"),
        "series": strings([], "material"),
        "years": given.years_table([2023]),
    }
    from straits.store.schemas import TABLES

    empty = {name: TABLES[name].empty_table() for name in ("production", "governance")}
    for bindings in (given.REGIONS, given.ECONOMIES, {**given.REGIONS, **given.SOME_PRODUCTS}):
        query = compose(file.stem, parameters, tables | empty, bindings)
        assert measured(query, []) == []

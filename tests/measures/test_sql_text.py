"""The text of an answer's query, pasted into a fresh DuckDB, gives the answer."""

from __future__ import annotations

import datetime as dt

import duckdb
import pytest

import straits
from straits.measures.compose import literal

GRAPHITE = "250410"
STABILITY = "political stability and absence of violence"
FLOWS = [
    *[(year, "CHN", "DEU", GRAPHITE, 60, 10) for year in (2021, 2022, 2023)],
    (2023, "MOZ", "FRA", GRAPHITE, 40, None), (2023, "DEU", "CHN", "282200", 10, 3), (2022, "_X", "DEU", GRAPHITE, 5, None),
]  # fmt: skip
GOVERNANCE = [
    {
        "period": dt.date(2022, 1, 1),
        "economy": "CHN",
        "indicator": STABILITY,
        "value": -0.4837,
        "standard_error": 0.21,
    }
]
PRODUCTION = [
    {
        "period": dt.date(2022, 1, 1), "economy": economy, "material": "Graphite", "stage": "as published",
        "quantity": quantity, "unit": "t", "reported_or_estimated": "reported",
    }
    for economy, quantity in (("CHN", 70.5), ("MOZ", 29.5), ("NOR", None))
]  # fmt: skip

QUESTIONS = {
    "dependency": lambda o: o.dependency("EU27", "CHN", GRAPHITE, "2021-2023"),
    "dependency on an economy": lambda o: o.dependency("DEU", "MOZ", [GRAPHITE, "282200"], 2023),
    "dependency of members as of the period": lambda o: o.dependency("EU", "GBR", GRAPHITE, 2022),
    "screen": lambda o: o.screen("EU27", 2023),
    "screen on a provider": lambda o: o.screen("EU27", 2023, on="CHN"),
    "mutual": lambda o: o.mutual("EU27", "CHN", 2023),
    "suppliers": lambda o: o.suppliers("EU27", GRAPHITE, "2022-2023"),
    "market": lambda o: o.market("CHN", "EU27", GRAPHITE, 2023),
    "market without exports": lambda o: o.market("JPN", "EU27", GRAPHITE, 2023),
    "export position": lambda o: o.export_position(["EU27", "CHN"], GRAPHITE, 2023),
    "advantage": lambda o: o.advantage(2023),
    "producers": lambda o: o.producers("graphite"),
    "production position": lambda o: o.production_position("graphite", ["EU27", "CHN"]),
    "production without a series": lambda o: o.producers("fireclay", 2022),
    "governance": lambda o: o.governance("EU27", GRAPHITE, "2022-2023"),
    "governance of production": lambda o: o.governance_of_production("graphite", 2022),
}


def assert_text_gives_the_answer(answer):
    pasted = duckdb.connect().sql(answer.sql()).to_arrow_table()
    assert pasted.schema == answer.table().schema
    assert pasted.to_pylist() == answer.table().to_pylist()


@pytest.mark.parametrize("ask", QUESTIONS.values(), ids=QUESTIONS)
def test_the_text_of_each_question_gives_its_answer(small, ask):
    assert_text_gives_the_answer(ask(small(FLOWS, governance=GOVERNANCE, production=PRODUCTION)))


@pytest.mark.data
@pytest.mark.parametrize("ask", QUESTIONS.values(), ids=QUESTIONS)
def test_the_text_gives_the_answer_on_the_real_pack(pack, ask):
    assert_text_gives_the_answer(ask(pack))


def test_a_home_with_a_quote_in_its_name_can_be_pasted(small, tmp_path):
    made = small(FLOWS).store.home
    home = made.rename(tmp_path / "the analyst's data")
    assert_text_gives_the_answer(straits.open(home).dependency("EU27", "CHN", GRAPHITE, 2023))


def test_values_are_bound_in_the_query_that_runs_and_written_out_only_in_the_text(small):
    answer = small(FLOWS).dependency("EU27", "CHN", GRAPHITE, 2023)
    assert "$nomenclature" in answer.query.sql
    assert "HS1992" not in answer.query.sql
    assert "$" not in answer.sql()
    assert "'HS1992'" in answer.sql()


@pytest.mark.parametrize(
    "value", [None, True, 3, 0.1, 1e-7, 1e300, -2.5, "it's", "semi;colon -- no comment", dt.date(1995, 1, 1)]
)
def test_a_value_written_out_is_read_back_as_itself(value):
    (again,) = duckdb.connect().execute(f"select {literal(value)}").fetchone()
    assert (type(again), again) == (type(value), value)

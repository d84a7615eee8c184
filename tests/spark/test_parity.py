"""The same question has the same answer on DuckDB and on a Spark cluster, for every measure, on the real pack."""

from __future__ import annotations

import pyarrow as pa
import pytest

import straits
from spark.compare import differences, same
from straits.measures import compose, given
from straits.measures.results import strings
from straits.observatory import STABILITY
from straits.store.engines.duckdb import DuckDBEngine
from straits.vocabulary.regions import region

pytestmark = [pytest.mark.spark, pytest.mark.data, pytest.mark.slow]

YEARS = [2022, 2023]
# Graphite; rare-earth metals; a basket with gallium; gypsum, often without tonnes.
PRODUCTS = ["250410", "280530", "811292", "252010"]
EU, CHINA = region("EU27"), region("CHN")

# One of everything that a measure can ask for; a new measure that asks for more needs it here.
PARAMETERS = given.scope("HS1992", YEARS, PRODUCTS) | {"indicator": STABILITY}
TABLES = {
    "members": given.members([EU, CHINA]),
    "pairs": given.pairs([("EU27", "CHN"), ("CHN", "EU27")]),
    "sides": given.sides("EU27", "CHN"),
    "wanted": strings(PRODUCTS, "product"),
    "series": strings(["Graphite", "Rare Earths (REO)"], "material"),
    "years": given.years_table(YEARS),
}
OF_REGIONS = {**given.REGIONS, **given.SOME_PRODUCTS}
OF_ECONOMIES = {**given.ECONOMIES, **given.SOME_PRODUCTS}
NO_ROWS_BY_DESIGN = {"member_imports_of_economies"}
CASES = [
    *(pytest.param(name, OF_REGIONS, id=name) for name in compose.names()),
    *(pytest.param(name, OF_ECONOMIES, id=f"{name} of every economy") for name in ("screen", "supplier_shares")),
]


@pytest.fixture(scope="module")
def duckdb():
    return DuckDBEngine()


@pytest.fixture(scope="module")
def files(pack):
    """The pack's files: the trade of the years asked for and of those that persistence looks back to."""
    trade, rest = pack.data("trade", "HS1992"), ("production", "governance", "products")
    wanted = range(PARAMETERS["first"].year, PARAMETERS["last"].year + 1)
    return {name: pack.data(name).files(name) for name in rest} | {
        "trade": [path for path in trade.files("trade") if int(path.stem) in wanted]
    }


@pytest.mark.parametrize(("name", "bindings"), CASES)
def test_every_measure_is_the_same_on_duckdb_and_on_a_spark_cluster(name, bindings, cluster, duckdb, files):
    query = compose.compose(name, PARAMETERS, TABLES, bindings)
    asked = (query.sql, query.parameters, {table: files[table] for table in query.canonical}, query.tables)
    expected = duckdb.run(*asked)
    assert differences(expected, cluster.run(*asked)) == []
    empty = [column for column in expected.column_names if expected[column].null_count == expected.num_rows]
    assert not empty or name in NO_ROWS_BY_DESIGN, f"never known in this case, hence not compared: {empty}"


@pytest.mark.parametrize(
    "ask",
    [
        pytest.param(lambda o: o.dependency("EU27", "CHN", ["250410", "252010"], "2022-2023"), id="dependency"),
        pytest.param(lambda o: o.screen("EU27", 2023, on="CHN"), id="screen"),
        pytest.param(lambda o: o.mutual("EU27", "CHN", 2023), id="mutual"),
    ],
)
def test_an_observatory_on_spark_gives_the_same_answer(ask, cluster, pack, pack_home):
    expected, found = ask(pack).to_dict(), ask(straits.open(pack_home, engine="spark")).to_dict()
    assert expected["rows"]
    assert [(a, b) for a, b in zip(expected["rows"], found["rows"], strict=True) if not same(a, b)] == []
    assert expected["sources"] == found["sources"]
    assert expected["notes"] == found["notes"]


def test_the_comparison_notices_a_wrong_number_a_wrong_type_and_an_unknown():
    right = pa.table({"product": ["250410"], "share": [0.316], "usd": [139], "flag": [True]})
    for column, wrong in (
        ("share", [0.316001]),
        ("share", [None]),
        ("usd", [139.0]),
        ("flag", [None]),
        ("product", ["x"]),
    ):
        place = right.column_names.index(column)
        kind = pa.float64() if wrong == [139.0] else right.schema.field(column).type
        assert differences(right, right.set_column(place, column, pa.array(wrong, kind)))
    assert differences(right, right.slice(0, 0))
    assert not differences(right, right.set_column(1, "share", [[0.316 * (1 + 1e-12)]]))

"""What a query means on DuckDB it means on Spark: the differences that SQLGlot leaves, one by one."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pytest

from spark.compare import differences
from straits.measures import compose
from straits.store.engines.duckdb import DuckDBEngine
from straits.store.engines.spark import translate

FLOWS = pa.table(
    {
        "period": pa.array(
            [dt.date(2022, 1, 1), dt.date(2023, 1, 1), dt.date(2023, 7, 1), dt.date(2023, 7, 1)], pa.date32()
        ),
        "exporter": pa.array(["CHN", "MOZ", "BRA", None], pa.string()),
        "value_usd": pa.array([6_000_000_000_000, 3, 0, 3], pa.int64()),
        "quantity_kg": pa.array([1_234_567, 3, None, 7], pa.int64()),
    }
)
MEANINGS = {
    "a division of whole numbers is not cut": "select quantity_kg / 1000.0 as t, value_usd / quantity_kg as unit from flows",
    "a division by zero is infinite, and 0 / 0 no number": "select value_usd / (value_usd - value_usd) as x from flows",
    "a division by nullif is unknown at zero": "select 1 / nullif(value_usd, 0) as x from flows",
    "a division in a division": "select (value_usd / 7) / (quantity_kg / 3) as x from flows",
    "squares do not overflow": "select cast(sum(cast(value_usd as hugeint) * value_usd) as double) as x from flows",
    "a hugeint is a decimal without places": "select cast(value_usd as hugeint) as x from flows",
    "max_by passes over unknown values": "select max_by(quantity_kg, period) as newest_known, "
    "arg_min(quantity_kg, value_usd) as of_the_smallest from flows where exporter in ('BRA', 'MOZ')",
    "max_by keeps its own filter": "select max_by(exporter, value_usd) filter (where value_usd < 4) as x "
    "from flows where exporter is not null",
    "years are long": "select year(period) as y, year(period) - 2000 as since, month(period) as m from flows",
    "ranks are long": "select row_number() over (order by value_usd desc, exporter) as place, exporter from flows",
    "lengths are long": "select length(exporter) as x from flows",
    "a struct is compared field by field": "select min({'negative': -value_usd, 'who': exporter}).who as top from flows",
    "a struct keeps its fields": "select {'usd': value_usd, 'kg': quantity_kg} as both_of_it from flows",
    "group by all": "select period, sum(quantity_kg)::bigint as kg, count(*) as n from flows group by all",
    "a filtered count": "select count(*) filter (where quantity_kg > 3) as heavy, count(quantity_kg) as known from flows",
    "unknown sorts last": "select exporter from flows order by exporter desc, value_usd",
    "a name given in the select list is used in it": "select value_usd as a, a + 1 as b from flows",
    "qualify": "select exporter from flows qualify row_number() over (partition by period order by value_usd) = 1",
    "decimals of 18 places": "select cast(sum(cast(quantity_kg / 3 as decimal(38, 18))) as double) as x from flows",
    "a common table expression": "with big as (select * from flows where value_usd > 2) select count(*) as n from big",
    "a value that looks like SQL": "select $text as text, exporter from flows where exporter = $exporter",
    "a parameter of each type": "select $year as year, $day as day, $share as share, $yes as yes, $from as from_day",
}
PARAMETERS = {
    "text": "Côte d'Ivoire'; drop view flows; -- $from {x}",
    "exporter": "CHN",
    "year": 2023,
    "day": dt.date(2023, 12, 31),
    "share": 0.1,
    "yes": True,
    "from": dt.date(1995, 1, 1),
}


@pytest.mark.spark
@pytest.mark.parametrize("sql", MEANINGS.values(), ids=MEANINGS)
def test_on_both_engines(sql, cluster):
    used = {name: value for name, value in PARAMETERS.items() if f"${name}" in sql}
    asked = (sql, used, {}, {"flows": FLOWS})
    assert differences(DuckDBEngine().run(*asked), cluster.run(*asked)) == []


@pytest.mark.parametrize("name", compose.names())
def test_every_measure_can_be_said_in_spark_with_its_parameters_unbound(name):
    sql = compose.measure(name).sql
    said = translate(sql)
    assert "INT128" not in said
    assert {word.strip("(),") for word in said.split() if word.startswith(":")} == {
        ":" + word.strip("(),")[1:] for word in sql.split() if word.startswith("$")
    }


def test_a_construct_that_spark_does_not_have_is_refused_by_name():
    with pytest.raises(Exception, match="count"):
        translate("select arg_max(exporter, value_usd, 3) from flows")

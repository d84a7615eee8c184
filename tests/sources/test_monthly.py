"""Monthly files: both layouts are read, each mistake is told with file, row and field, and releases go to the store."""

import datetime as dt

import pytest

from straits.sources.monthly import (
    Flow,
    flows_of_store,
    load,
    month_name,
    month_number,
    read_file,
    read_monthly,
    revisions,
)
from straits.store.store import Store
from straits.store.vintages import known, reported
from straits.vocabulary.errors import StraitsError

HEAD = "period,partner,code,value,kg\n"
DECEMBER = month_number(2023, 12)


@pytest.fixture
def file(tmp_path):
    def write(text, encoding="utf-8"):
        path = tmp_path / "flows.csv"
        path.write_bytes(text.encode(encoding))
        return path

    return write


def test_the_plain_format_is_read_with_partners_as_codes(file):
    flows = read_monthly(file(HEAD + "2023-12,USA,250410,2246,25\n2023-12-01,South Korea,2504.10,100,7.5\n"))
    assert flows.rows == (
        Flow(DECEMBER, "KOR", "250410", 100.0, 7.5),
        Flow(DECEMBER, "USA", "250410", 2246.0, 25.0),
    )
    assert flows.source()["months"] == "2023-12 to 2023-12"


def test_an_empty_cell_is_unknown_and_a_zero_is_a_zero(file):
    rows = read_monthly(file(HEAD + "2023-12,USA,250410,0,0\n2023-12,JPN,250410,5,\n")).rows
    assert (rows[0].kg, rows[1].kg) == (None, 0.0)


def test_a_value_with_zero_kilograms_is_an_unknown_mass_and_is_told(file):
    flows = read_monthly(file(HEAD + "2023-12,USA,250410,17010,0\n"))
    assert flows.rows[0].kg is None
    assert "mass is unknown, not zero" in flows.notes[0]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("2023-13,USA,250410,1,1", r"flows\.csv, row 2, period: '2023-13' is not a month"),
        ("2023-12-24,USA,250410,1,1", r"row 2, period: '2023-12-24' is a day"),
        ("2023-12,USA,250410,1,-5", r"flows\.csv, row 2, kg: -5 is negative"),
        ("2023-12,USA,250410,-1,5", r"row 2, value: -1 is negative"),
        ("2023-12,USA,250410,1,many", r"row 2, kg: 'many' is not a number"),
        ("2023-12,USA,250410,1,inf", r"row 2, kg: 'inf' is not a number"),
        ("2023-12,Germny,250410,1,1", r"row 2, partner: no partner 'Germny': did you mean Germany"),
        ("2023-12,G7,250410,1,1", r"row 2, partner: no partner 'G7'"),
        ("2023-12,USA,,1,1", r"row 2, code: is empty"),
        ("2023-12,USA,250410,nan,1", r"row 2, value: 'nan' is not a number \(USD\); nan cannot be: leave unknown"),
        ('2023-12,USA,250410,"1,5",1', r"row 2, value: '1,5' is not a number"),
        ("2023-12,USA,250410,1,1,9", r"row 2: '9' is in a column without a name"),
        ("2023-12,USA,graphite,1,1", r"row 2, code: 'graphite' is not a product code"),
        ("2023-12,USA,250410,1", r"row 2: 4 cells where the header has 5"),
        (
            "2023-12,USA,250410,1,1\n2023-12,United States,250410,2,2",
            r"row 3, period: two values for 2023-12, United States, 250410: the other is in row 2",
        ),
    ],
)
def test_a_bad_row_is_refused_by_file_row_and_field(file, row, said):
    with pytest.raises(StraitsError, match=said):
        read_monthly(file(HEAD + row + "\n"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        (HEAD, "no rows"),
        ("period,partner,code,value\n", "row 1: missing column kg"),
        ("period,partner,code,kg\n", "row 1: missing column value"),
        ("period,partner,code,value,kg,colour\n", "row 1: unknown column 'colour'"),
        ("period,month,partner,code,value,kg\n", "row 1: two columns for period"),
        ("period,partner,code,value,kg,uv\n2023-12,USA,250410,100,10,3\n", "3 per kg, but value / kg is 10"),
    ],
)
def test_a_bad_file_is_refused(file, text, said):
    with pytest.raises(StraitsError, match=said):
        read_monthly(file(text))


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(StraitsError, match="No such file"):
        read_monthly(tmp_path / "none.csv")


GACC = "数据年月,商品编码,商品名称,贸易伙伴编码,贸易伙伴名称,第一数量,第一计量单位,第二数量,第二计量单位,美元,\n"


def test_customs_own_table_is_read_in_its_encoding_with_thousands_and_chinese_names(file):
    text = GACC + '202311,25041010,鳞片天然石墨,502,美国,"1,591,490",千克,0,-,"4,256,117",\n'
    flows = read_monthly(file(text, "gb18030"))
    assert flows.rows == (Flow(month_number(2023, 11), "USA", "25041010", 4256117.0, 1591490.0),)


def test_customs_quantities_in_pieces_are_no_mass_unless_the_second_one_is(file):
    text = GACC + "202311,85411000,二极管,116,日本,10,个,3,千克,7,\n202311,85411000,二极管,133,韩国,10,个,0,-,7,\n"
    flows = read_monthly(file(text, "gb18030"))
    assert [row.kg for row in flows.rows] == [3.0, None]
    assert "1 row(s) in 个: no mass" in flows.notes[0]


def test_customs_values_in_yuan_are_not_dollars(file):
    text = GACC.replace("美元", "人民币") + "202311,25041010,x,502,美国,5,千克,0,-,7,\n"
    flows = read_monthly(file(text))
    assert flows.rows[0].value is None
    assert "yuan" in flows.notes[0]


def test_customs_code_and_name_that_differ_are_refused(file):
    with pytest.raises(StraitsError, match="row 2, 贸易伙伴编码: 112 is IDN, but the partner is 日本"):
        read_monthly(file(GACC + "202311,25041010,x,112,日本,5,千克,0,-,7,\n"))


def test_customs_provinces_are_added_up_and_a_repeated_row_is_refused(file):
    head = "数据年月,商品编码,贸易伙伴名称,注册地名称,第一数量,第一计量单位,美元\n"
    rows = "202311,25041010,美国,山东省,5,千克,7\n202311,25041010,美国,黑龙江省,2,千克,1\n"
    assert read_monthly(file(head + rows)).rows[0].kg == 7.0
    with pytest.raises(StraitsError, match="row 4, 数据年月: two values"):
        read_monthly(file(head + rows + "202311,25041010,美国,山东省,5,千克,7\n"))


def test_what_a_later_release_changed_is_listed(file):
    before = read_monthly(file(HEAD + "2023-11,USA,250410,1,1\n2023-12,USA,250410,1,1\n"))
    after = read_monthly(
        file(
            HEAD + "2023-11,USA,250410,1,1\n2023-12,USA,250410,3,4\n2023-12,JPN,250410,1,1\n2024-01,JPN,250410,1,1\n"
        )
    )
    assert revisions(before, after, "250410") == [
        {"month": "2023-12", "partner": "JPN", "kg_before": 0.0, "kg": 1.0},
        {"month": "2023-12", "partner": "USA", "kg_before": 1.0, "kg": 4.0},
    ]


# -- what spreadsheets and downloads do ------------------------------------------------------------------------

ENGLISH = "Date of data,Commodity code,Commodity,Trading partner code,Trading partner,Q1 Quantity,Q1 Unit,Q2 Quantity,Q2 Unit,US dollar\n"
ROW = Flow(month_number(2023, 11), "USA", "25041010", 4256117.0, 1591490.0)


@pytest.mark.parametrize(
    "text",
    [
        ENGLISH + '202311,25041010,Graphite in flakes,502,United States,"1,591,490",Kilogram,0,-,"4,256,117"\n',
        ENGLISH + '="202311",="25041010",x,="502",United States,1591490,kg,0,-,4256117\n',
        ENGLISH + "202311\t,25041010\t,x,502\t,United States,1591490,kg,0,-,4256117\n",
        ENGLISH + "2023年11月,25041010,x,502,美国,1591.49,吨,0,-,4256117\n",
        (ENGLISH + "202311,25041010,x,502,United States,1591490,kg,0,-,4256117\n").replace(",", "\t"),
        "Customs statistics online query\n\n" + ENGLISH + "202311,25041010,x,502,USA,1591490,kg,0,-,4256117\n",
        "美元,第一计量单位,第一数量,贸易伙伴名称,商品编码,数据年月\n4256117,千克,1591490,美国,25041010,202311\n",
        GACC + "202311,25041010,x,502,美国,1591490,千克,0,-,4256117,\n数据来源：海关总署\n",
    ],
    ids=["thousands", "excel", "tabs after codes", "tons", "tab separated", "title above", "other order", "footnote"],
)
def test_customs_tables_are_read_however_they_were_saved(file, text):
    for encoding in ("utf-8-sig", "utf-16", "gb18030"):
        assert read_monthly(file(text, encoding)).rows == (ROW,)


def test_totals_are_compared_and_left_out(file):
    rows = "202311,25041010,x,502,美国,5,千克,0,-,7,\n202311,25041010,x,116,日本,5,千克,0,-,3,\n"
    flows = read_monthly(file(GACC + rows + "合计,,,,,10,千克,0,-,10,\n202311,25041010,x,,总计,10,千克,0,-,10,\n"))
    assert [row.partner for row in flows.rows] == ["JPN", "USA"]
    assert "2 row(s) of totals were compared with the others and left out" in flows.notes[0]
    with pytest.raises(
        StraitsError, match="row 4: the total is 99 USD, but the rows come to 10: is the download complete"
    ):
        read_monthly(file(GACC + rows + "合计,,,,,10,千克,0,-,99,\n"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            GACC.replace("美元", "美元(千)") + "202311,25041010,x,502,美国,5,千克,0,-,7,\n",
            "unknown column '美元\\(千\\)'",
        ),
        (GACC.replace("美元", "") + "202311,25041010,x,502,美国,5,千克,0,-,,\n", "missing column 美元"),
        (GACC + "202301-202311,25041010,x,502,美国,5,千克,0,-,7,\n", "'202301-202311' is not a month"),
        (GACC + "202311,25041010,x,502,美丽国,5,千克,0,-,7,\n", "no partner '美丽国'"),
    ],
)
def test_what_customs_might_mean_otherwise_is_refused(file, text, said):
    with pytest.raises(StraitsError, match=said):
        read_monthly(file(text))


def test_a_customs_table_is_of_china(file):
    text = GACC + "202311,25041010,x,502,美国,5,千克,0,-,7,\n"
    with pytest.raises(StraitsError, match="a table of China's customs, but the exporter is DEU"):
        read_file(file(text), "Germany")


def test_a_file_of_several_exporters_is_no_answer_for_one(file):
    path = file("period,exporter,partner,code,value,kg\n2023-12,CHN,USA,250410,1,1\n2023-12,MOZ,USA,250410,1,1\n")
    assert [part.exporter for part in read_file(path).parts] == ["CHN", "MOZ"]
    with pytest.raises(StraitsError, match="also holds exports of MOZ: give those of CHN only"):
        read_monthly(path)


# -- into the store --------------------------------------------------------------------------------------------


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "home")


def test_every_month_of_a_file_is_reported_for_each_of_its_products(store, file):
    path = file(HEAD + "2021-12,USA,250410,10,1\n2022-02,USA,250490,10,1\n2022-02,USA,25041010,10,1\n")
    load(store, path, "CHN", dt.date(2022, 4, 1))
    told = {
        (row["period"].isoformat()[:7], row["nomenclature"], row["product"]) for row in reported(store).to_pylist()
    }
    assert told == {
        ("2021-12", "HS2017", "250410"),
        ("2021-12", "HS2017", "250490"),
        ("2021-12", "CHN2021", "25041010"),
        ("2022-02", "HS2022", "250410"),
        ("2022-02", "HS2022", "250490"),
        ("2022-02", "CHN2022", "25041010"),
    }
    assert {row["dated"] for row in reported(store).to_pylist()} == {"stated"}


@pytest.mark.parametrize(
    ("day", "said"), [("2023-12-31", "2023-12, which was not over on 2023-12-31"), ("2999-01-01", "is still to come")]
)
def test_a_release_comes_after_its_months_and_not_after_today(store, file, day, said):
    with pytest.raises(StraitsError, match=said):
        load(store, file(HEAD + "2023-12,USA,250410,1,1\n"), "CHN", dt.date.fromisoformat(day))
    assert store.current() == {}


def test_the_currency_is_kept_as_reported(store, file):
    text = GACC.replace("美元", "人民币") + "202311,85411000,x,502,美国,5,个,3,千克,7,\n"
    load(store, file(text), today=dt.date(2024, 1, 1))
    (row,) = known(store).to_pylist()
    assert (row["value"], row["currency"], row["quantity_kg"]) == (7.0, "CNY", 3.0)
    assert (row["quantity_other"], row["unit_other"], row["released"]) == (5.0, "个", dt.date(2024, 1, 1))


def test_a_plain_file_in_yuan_keeps_them_and_has_no_dollars(store, file):
    path = file("period,partner,code,value_cny,kg\n2023-12,USA,250410,70,5\n")
    load(store, path, "CHN")
    assert [(row["value"], row["currency"]) for row in known(store).to_pylist()] == [(70.0, "CNY")]
    assert read_monthly(path).rows[0].value is None
    flows = flows_of_store(store, "CHN", ["250410"])
    assert (flows.rows[0].value, flows.rows[0].kg) == (None, 5.0)
    assert "values in CNY are not turned into dollars" in flows.notes[-1]


def test_a_table_of_imports_is_loaded_as_such(store, file):
    load(store, file(GACC + "202311,25041010,x,502,美国,5,千克,0,-,7,\n"), flow="M")
    assert [(row["reporter"], row["flow"], row["partner"]) for row in known(store).to_pylist()] == [
        ("CHN", "M", "USA")
    ]
    with pytest.raises(StraitsError, match="flow 'M': X is exports"):
        load(store, file(HEAD + "2023-12,USA,250410,1,1\n"), "CHN", flow="M")


def test_the_store_gives_back_what_the_file_has(store, file):
    path = file(HEAD + "2023-11,USA,250410,10,1\n2023-12,DEU,250410,5,\n")
    load(store, path, "CHN", dt.date(2024, 1, 20), "Customs, January 2024")
    flows = flows_of_store(store, "China", ["250410"])
    assert flows.rows == read_monthly(path).rows
    assert flows.citation == "Customs, January 2024"
    assert flows.sha256 == store.current()["monthly"].id
    assert flows.notes == ("exports of CHN: as the exporter reports them",)


def test_importers_months_that_are_not_reported_are_unknown(store):
    """Germany's imports stand for China's exports; France has not reported February."""
    import pyarrow as pa

    from straits.store.schemas import TABLES
    from straits.store.vintages import Release, Slice, add

    day = dt.date(2024, 1, 20)
    rows = [
        {"period": dt.date(2023, month, 1), "freq": "M", "reporter": who, "flow": "M", "partner": "CHN",
         "nomenclature": "HS2022", "product": "250410", "value": 1.0, "currency": "EUR", "quantity_kg": kg,
         "quantity_estimated": False, "quantity_other": None, "unit_other": None, "released": day}
        for month, who, kg in ((1, "DEU", 5.0), (1, "FRA", 3.0), (2, "DEU", 6.0))
    ]  # fmt: skip
    slices = tuple(
        Slice(dt.date(2023, month, 1), "M", who, "M", "HS2022", "250410")
        for month, who in ((1, "DEU"), (1, "FRA"), (2, "DEU"), (3, "DEU"))
    )
    table = pa.Table.from_pylist(rows, schema=TABLES["reports"])
    add(store, "mirrors", [Release(table.to_batches(), slices, day, "stated")], [], [])
    flows = flows_of_store(store, "CHN", ["250410"])
    assert [month_name(month) for month in flows.months] == ["2023-01", "2023-02", "2023-03"]
    told = {(month_name(row.month), row.partner): (row.value, row.kg) for row in flows.rows}
    assert told == {
        ("2023-01", "DEU"): (None, 5.0),
        ("2023-01", "FRA"): (None, 3.0),
        ("2023-02", "DEU"): (None, 6.0),
        ("2023-02", "FRA"): (None, None),
        ("2023-03", "FRA"): (None, None),
    }
    assert "as the importers report them (DEU, FRA)" in flows.notes[0]

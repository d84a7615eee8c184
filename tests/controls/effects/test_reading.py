"""Monthly files: both layouts are read, and each mistake gets one error that names file, row and field."""

import pytest

from straits.sources.monthly import Flow, month_number, read_monthly, revisions
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
        ("period,partner,code,value,kg,colour\n", "row 1: unknown column 'colour'"),
        ("period,month,partner,code,value,kg\n", "row 1: two columns for period"),
        ("period,partner,code,value,kg,uv\n2023-12,USA,250410,100,10,3\n", "3 USD per kg, but value / kg is 10"),
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

"""The commands answer in text, JSON and SQL, and the JSON has the documented shape."""

import csv
import json

import duckdb
import openpyxl
import pytest

pytestmark = pytest.mark.data

DEPEND = ("depend", "--of", "EU27", "--on", "CHN", "--product", "280530", "--years", "2022-2023")
KEYS = {
    "period", "dependent", "provider", "product", "nomenclature", "imports_usd", "imports_from_provider_usd",
    "share_of_imports", "share_of_tonnes", "hhi_imports", "effective_suppliers", "top_supplier", "top_share",
    "hhi_world_exports", "imports_over_exports", "flags", "reverse",
}  # fmt: skip


def test_depend_prints_the_known_shares_as_json(straits_command):
    answer = json.loads(straits_command(*DEPEND, "--json").out)
    assert [round(row["share_of_imports"], 4) for row in answer["rows"]] == [0.7719, 0.7053]
    assert set(answer) == {"rows", "sources", "notes"}


def test_depend_rows_have_the_documented_keys_in_both_directions(straits_command):
    for row in json.loads(straits_command(*DEPEND, "--json").out)["rows"]:
        assert row.keys() >= KEYS
        assert row["reverse"].keys() >= KEYS - {"reverse"}
        assert (row["dependent"], row["reverse"]["dependent"]) == ("EU27", "CHN")
        assert set(row["flags"]) == {"c1", "c2", "c3", "c4", "cdi1", "cdi2", "cdi3", "crma65"}


def test_every_answer_names_publisher_licence_and_data_version(straits_command):
    for source in json.loads(straits_command(*DEPEND, "--json").out)["sources"]:
        assert source["publisher"] == "CEPII"
        assert source["licence"] == "Etalab Open Licence 2.0"
        assert len(source["version"]) == 16


def test_a_discontinued_code_is_unknown_with_a_reason_and_not_zero(straits_command):
    command = ("depend", "--of", "EU27", "--on", "CHN", "--product", "811230", "--years", "2006,2018", "--json")
    answer = json.loads(straits_command(*command).out)
    by_year = {row["period"]: row for row in answer["rows"]}
    assert by_year[2006]["imports_usd"] > 0
    assert by_year[2018]["imports_usd"] is None
    assert by_year[2018]["flags"]["c1"] is None
    assert any("discontinued" in note and "2018" in note for note in answer["notes"])


def test_sql_is_ready_to_paste_and_gives_the_same_numbers(straits_command):
    sql = straits_command(*DEPEND, "--sql").out
    rows = json.loads(straits_command(*DEPEND, "--json").out)["rows"]
    pasted = duckdb.connect().execute(sql)
    names = [column[0] for column in pasted.description]
    found = [dict(zip(names, row, strict=True)) for row in pasted.fetchall()]
    shares = [row["share_of_imports"] for row in found if row["dependent"] == "EU27"]
    assert shares == [row["share_of_imports"] for row in rows]


def test_screen_puts_the_flagged_products_first(straits_command):
    answer = json.loads(straits_command("screen", "--of", "EU27", "--year", "2023", "--on", "CHN", "--json").out)
    verdicts = [row["flagged"] for row in answer["rows"]]
    assert verdicts == sorted(verdicts, key=[True, None, False].index)
    assert verdicts[0] is True
    for row in answer["rows"]:
        assert row["flagged"] is row["flags"]["c4"]
        assert row["persistence"]["years_known"] == 5


@pytest.mark.parametrize(("method", "criteria"), [("ec2021", ["cdi1", "cdi2", "cdi3"]), ("crma", ["crma65"])])
def test_the_chosen_method_gives_the_verdict(straits_command, method, criteria):
    command = ("screen", "--of", "EU27", "--year", "2023", "--method", method, "--json")
    for row in json.loads(straits_command(*command).out)["rows"]:
        assert row["flagged"] == all(row["flags"][name] for name in criteria)


def test_screen_writes_csv_and_excel_with_sources(straits_command, tmp_path):
    out = {"csv": tmp_path / "screen.csv", "xlsx": tmp_path / "screen.xlsx"}
    command = ("screen", "--of", "EU27", "--year", "2023", "--csv", str(out["csv"]), "--xlsx", str(out["xlsx"]))
    ran = straits_command(*command)
    assert ran.code == 0
    assert ran.out == ""
    rows = list(csv.DictReader(out["csv"].open(encoding="utf-8")))
    book = openpyxl.load_workbook(out["xlsx"])
    assert book.sheetnames == ["rows", "notes", "sources"]
    assert book["rows"].max_row == len(rows) + 1
    assert "CEPII" in [cell.value for cell in book["sources"][2]]


def test_mutual_shows_both_sides_and_who_leans_more(straits_command):
    answer = json.loads(straits_command("mutual", "--of", "EU27", "--with", "CHN", "--year", "2023", "--json").out)
    graphite = next(row for row in answer["rows"] if row["product"] == "250410")
    assert graphite["one_share"] == pytest.approx(0.316, abs=5e-4)
    assert graphite["other_share"] == pytest.approx(0.0329, abs=5e-4)
    assert graphite["asymmetry"] == pytest.approx(graphite["one_share"] - graphite["other_share"])


def test_suppliers_and_producers_answer_for_a_material(straits_command):
    suppliers = json.loads(
        straits_command("suppliers", "--of", "CHN", "--product", "250410", "--years", "2023", "--json").out
    )
    assert suppliers["rows"][0]["supplier"] == "MOZ"
    producers = json.loads(straits_command("producers", "gallium", "--years", "2024", "--json").out)
    assert producers["rows"][0]["economy"] == "CHN"
    assert producers["rows"][0]["share_of_world"] == pytest.approx(0.987, abs=1e-3)


@pytest.mark.parametrize(
    "command",
    [
        DEPEND,
        ("screen", "--of", "EU27", "--year", "2023"),
        ("mutual", "--of", "EU27", "--with", "CHN", "--year", "2023"),
        ("suppliers", "--of", "EU27", "--product", "graphite", "--years", "2023"),
        ("producers", "graphite"),
    ],
)
def test_text_answers_end_with_source_and_data_version(straits_command, command):
    ran = straits_command(*command)
    assert ran.code == 0
    assert ran.out.splitlines()[-1].startswith("source: ")
    assert "raw-materials" in ran.out


@pytest.mark.parametrize("command", ["sources", "regions", "materials"])
def test_what_there_is_can_be_listed(straits_command, command):
    ran = straits_command(command, "--json")
    assert len(json.loads(ran.out)) >= 2
    assert straits_command(command).code == 0


def test_at_least_thirty_materials_have_names_codes_and_production(straits_command):
    listed = json.loads(straits_command("materials", "--json").out)
    assert sum(bool(item["codes"] and item["production"]) for item in listed) >= 30


def test_loaded_data_can_be_listed_and_checked(straits_command):
    listed = json.loads(straits_command("data", "list", "--json").out)
    assert {row["table"] for row in listed} == {"trade", "production", "governance", "products"}
    assert straits_command("data", "check").code == 0
    assert json.loads(straits_command("data", "history", "--json").out)[0]["action"] == "add"


def test_a_pipe_gets_no_progress_bars(straits_command):
    assert straits_command(*DEPEND).err == ""

"""``straits data``: monthly releases, lists of controls, what is loaded, what was revised."""

from __future__ import annotations

import datetime as dt
import json
from types import SimpleNamespace

import pytest

from straits import cli
from straits.cli.data import periods
from straits.store.store import Store
from straits.vocabulary.errors import StraitsError

HEAD = "period,partner,code,value,kg\n"
GACC = "数据年月,商品编码,商品名称,贸易伙伴编码,贸易伙伴名称,第一数量,第一计量单位,第二数量,第二计量单位,美元\n"
PAGE = "list_id,entity_name,date_added\ncn-attention-list,Example Corporation,2026-02-24\n"


@pytest.fixture
def home(tmp_path):
    return tmp_path / "home"


@pytest.fixture
def straits(home, monkeypatch, capsys):
    """Call ``straits ARGUMENTS`` on an empty home; what it printed and its exit code."""
    monkeypatch.setenv("STRAITS_HOME", str(home))

    def run(*arguments: object):
        monkeypatch.setattr("sys.argv", ["straits", *map(str, arguments)])
        code = 0
        try:
            cli.main()
        except SystemExit as stop:
            code = int(stop.code or 0)
        told = capsys.readouterr()
        return SimpleNamespace(code=code, out=told.out, err=told.err)

    return run


@pytest.fixture
def file(tmp_path):
    def write(name: str, text: str):
        (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path / name

    return write


def test_monthly_files_are_releases_and_their_revisions_are_told(straits, file):
    first = file("march.csv", HEAD + "2023-01,USA,250410,100,10\n2023-01,DEU,250410,50,5\n")
    second = file("april.csv", HEAD + "2023-01,USA,250410,120,12\n2023-02,USA,250410,70,7\n")
    ran = straits("data", "add", "monthly", first, "--exporter", "CHN", "--released", "2023-03-20")
    assert (ran.code, "slices: 1 new, 0 revised, 0 confirmed" in ran.err) == (0, True)
    again = straits("data", "add", "monthly", first, "--exporter", "China", "--released", "2023-03-20")
    assert again.err.endswith("nothing new\n")
    ran = straits("data", "add", "monthly", second, "--exporter", "CHN", "--released", "2023-04-20")
    assert "slices: 1 new, 1 revised, 0 confirmed\nwhat was revised: straits data revisions monthly" in ran.err
    told = json.loads(straits("data", "revisions", "--json").out)
    assert [(r["period"], r["partner"], r["kg_before"], r["kg"], r["released"]) for r in told] == [
        ("2023-01-01", "DEU", 5.0, 0.0, "2023-04-20"),
        ("2023-01-01", "USA", 10.0, 12.0, "2023-04-20"),
    ]
    assert json.loads(straits("data", "revisions", "monthly", "--since", "2023-04-20", "--json").out) == []
    assert [r["released"] for r in json.loads(straits("data", "releases", "--json").out)] == [
        "2023-03-20",
        "2023-04-20",
    ]
    listed = json.loads(straits("data", "list", "--json").out)
    assert {(row["dataset"], row["table"], row["rows"]) for row in listed} == {
        ("monthly", "reports", 4),
        ("monthly", "releases", 3),
    }


def test_a_customs_table_is_its_own_dataset(straits, file, home):
    table = file("customs.csv", GACC + "202311,25041010,鳞片天然石墨,502,美国,1591490,千克,0,-,4256117\n")
    assert straits("data", "add", "gacc", table).code == 0
    (version,) = Store(home).current().values()
    assert version.dataset == "gacc"
    assert version.sources[0]["publisher"].startswith("General Administration of Customs")
    assert json.loads(straits("data", "releases", "--json").out)[0]["dated"] == "loaded"
    assert "straits data add gacc" in straits("data", "add", "monthly", table, "--exporter", "CHN").err
    plain = file("plain.csv", HEAD + "2023-01,USA,250410,100,10\n")
    assert "is no table of China's customs" in straits("data", "add", "gacc", plain).err


def test_lists_of_controls_are_kept_listed_checked_and_removed(straits, file, home):
    page = file("names.csv", PAGE)
    assert straits("data", "add", "entity-lists", page).code == 0
    (row,) = json.loads(straits("data", "list", "--json").out)
    assert (row["dataset"], row["table"]) == ("entity-lists", "names.csv")
    assert straits("data", "check").code == 0
    (kept,) = (home / "controls" / "entity-lists").iterdir()
    kept.write_text("altered", encoding="utf-8")
    altered = straits("data", "check")
    assert (altered.code, "was altered" in altered.out) == (1, True)
    assert straits("data", "remove", "entity-lists").err == "removed entity-lists: 1 file(s)\n"
    assert json.loads(straits("data", "list", "--json").out) == []
    assert straits("data", "remove", "entity-lists").code == 2


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        (("add", "comtrad"), "did you mean comtrade"),
        (("add", "comtrad"), "the sources are raw-materials, baci, monthly, gacc, comtrade, comext, eu-dual-use"),
        (("add", "monthly"), "monthly needs one file: straits data add monthly FILE"),
        (("add", "monthly", "PLAIN"), "no column 'exporter': say whose exports they are (--exporter"),
        (("add", "monthly", "PLAIN", "--exporter", "CHN", "--released", "May"), "--released May: write YYYY-MM-DD"),
        (("add", "monthly", "PLAIN", "--exporter", "CHN", "--years", "2023"), "--years is not an option of monthly"),
        (("add", "baci", "--exporter", "CHN"), "--exporter is not an option of baci"),
        (("add", "baci"), "straits data add baci PATH-OR-URL"),
        (("add", "raw-materials", "x.whl"), "give a local copy of its file with --from FILE"),
        (("add", "comext"), "straits data add comext PATH..."),
        (("add", "eu-dual-use"), "straits data add eu-dual-use FILE"),
        (("fetch", "baci", "--months", "2023-01"), "the sources are comtrade, comext"),
        (("fetch", "comtrade", "--months", "2023-01"), "whose reports: --reporter CHN"),
        (("fetch", "comext", "--months", "2023-1"), "--months 2023-1: write 2017-01..2024-12"),
        (("fetch", "comext", "--months", "2023-01", "--reporter", "DEU"), "leave out --reporter"),
        (("revisions", "nothing"), "no dataset of monthly reports is loaded"),
        (("revisions", "--since", "May"), "--since May: write YYYY-MM-DD"),
        (("remove", "nothing"), "no dataset 'nothing'"),
    ],
)
def test_one_clear_sentence_and_exit_code_2(straits, file, command, sentence):
    plain = file("plain.csv", HEAD + "2023-01,USA,250410,100,10\n")
    ran = straits("data", *[plain if part == "PLAIN" else part for part in command])
    assert ran.code == 2
    assert sentence in ran.err
    assert len(ran.err.splitlines()) == 1


def test_a_fetch_hands_on_what_was_asked(straits, monkeypatch):
    from straits.sources import comtrade

    asked = {}

    def fetch(store, reporters, products, wanted, step, **more):
        asked.update(reporters=reporters, products=products, wanted=wanted, **more)
        raise StraitsError("asked")

    monkeypatch.setattr(comtrade, "fetch", fetch)
    ran = straits(
        "data",
        "fetch",
        "comtrade",
        "--reporter",
        "CHN",
        "--product",
        "250410",
        "--months",
        "2023-12..2024-01",
        "--flow",
        "X",
    )
    assert ran.err == "straits: asked\n"
    assert asked == {"reporters": ["CHN"], "products": ["250410"], "wanted": ["2023-12", "2024-01"], "flows": ("X",)}


def test_spans_of_months_are_counted_out_and_mistakes_refused():
    assert len(periods("2017-01..2024-12")) == 96
    assert periods("2023") == ["2023"]
    for wrong in ("2023-13", "2024-01..2023-12", "2023..2024-01", ""):
        with pytest.raises(StraitsError, match="--months"):
            periods(wrong)


def test_the_effect_of_a_control_reads_the_store_as_known_on_a_day(straits, graphite_file):
    add = ("data", "add", "monthly", graphite_file, "--exporter", "CHN", "--released", "2025-03-01")
    assert straits(*add).code == 0
    ask = ("controls", "effect", "CN-2023-39", "--product", "250410", "--json")
    stored = json.loads(straits(*ask, "--as-of", "2025-03-01").out)
    given = json.loads(straits(*ask, "--flows", graphite_file).out)
    assert stored["drop"] == given["drop"]
    assert any("as the exporter reports them" in note for note in stored["notes"])
    assert json.loads(straits("data", "revisions", "--json").out) == []
    early = straits(*ask, "--as-of", "2025-02-28")
    assert (early.code, "as known on 2025-02-28" in early.err) == (2, True)
    both = straits(*ask, "--flows", graphite_file, "--as-of", "2025-03-01")
    assert "--as-of and --reports are for the store's flows" in both.err


def test_what_was_known_on_an_earlier_day_shows_the_revisions(straits, file, graphite_file):
    text = graphite_file.read_text(encoding="utf-8")
    (line,) = [line for line in text.splitlines() if line.startswith("2023-12-01,Poland")]
    rough = line.split(",")
    rough[3], rough[4] = (str(3 * float(number)) for number in rough[3:5])
    add = ("data", "add", "monthly", "--exporter", "CHN")
    assert straits(*add, file("first.csv", text.replace(line, ",".join(rough))), "--released", "2025-02-01").code == 0
    assert straits(*add, graphite_file, "--released", "2025-03-01").code == 0
    ask = ("controls", "effect", "CN-2023-39", "--product", "250410", "--json")
    found = json.loads(straits(*ask, "--earlier", "2025-02-15").out)
    assert found["checks"]["revisions"]["months"] == ["2023-12"]
    assert json.loads(straits("data", "revisions", "--json").out)[0]["partner"] == "POL"


@pytest.fixture
def graphite_file(shared):
    path = shared / "data" / "china_graphite_exports_monthly_2017_2024" / "natural_graphite_250410_monthly.csv"
    if not path.exists():
        pytest.skip(f"needs {path}")
    return path


def test_the_day_of_loading_dates_a_release_without_one(straits, file):
    plain = file("plain.csv", HEAD + "2023-01,USA,250410,100,10\n")
    assert straits("data", "add", "monthly", plain, "--exporter", "CHN").code == 0
    (row,) = json.loads(straits("data", "releases", "monthly", "--json").out)
    assert row["dated"] == "loaded"
    assert abs((dt.date.fromisoformat(row["released"]) - dt.datetime.now(tz=dt.UTC).date()).days) <= 1

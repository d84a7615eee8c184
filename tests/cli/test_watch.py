"""``straits watch``: a run raises what is new once, and every signal can be explained."""

import json

import pytest

WATCHES = """
watches:
  - id: graphite-china
    title: Natural graphite from China
    what: {products: [HS2017:250410], exporter: China, file: graphite.csv}
    false_alarms: 0.05
    severity: high
    who: [desk]
channels:
  desk: {kind: feed, atom: out/desk.xml, json: out/desk.json}
"""


@pytest.fixture
def until(shared, tmp_path):
    """A home with one watch on the real graphite file, as it was known up to a month."""
    (file,) = (shared / "data" / "china_graphite_exports_monthly_2017_2024").glob("*.csv")
    head, *rows = file.read_text(encoding="utf-8").splitlines(keepends=True)
    (tmp_path / "watches").mkdir()
    (tmp_path / "watches" / "mine.yaml").write_text(WATCHES, encoding="utf-8")

    def cut(month):
        kept = [row for row in rows if row[:7] <= month]
        (tmp_path / "watches" / "graphite.csv").write_text(head + "".join(kept), encoding="utf-8")
        return str(tmp_path)

    return cut


@pytest.mark.data
def test_runs_raise_what_is_new_once_and_the_signals_can_be_explained(straits_command, until):
    home = until("2023-11")
    assert straits_command("watch", "run", "--home", home).code == 3
    assert straits_command("watch", "run", "--home", home).code == 0
    assert straits_command("watch", "run", "--quiet", "--home", until("2023-12")).code == 3
    found = json.loads(straits_command("watch", "list", "--home", home, "--json").out)
    months = {(one["period"], one["detector"]) for one in found}
    assert ("2023-11", "broad_surge") in months and ("2023-12", "level_drop") in months
    told = straits_command("watch", "explain", found[-1]["id"], "--home", home)
    assert "expected" in told.out and "observed" in told.out
    assert "last month seen: 2023-12" in straits_command("watch", "show", "graphite-china", "--home", home).out
    until("2024-12")
    tested = straits_command(
        "watch", "backtest", "graphite-china", "--event", "250410,2023-10,2023-12", "--home", home
    )
    assert "1 of 1 known events found in time" in tested.out


def test_targets_and_risks_are_told_with_their_records(straits_command):
    targets = json.loads(straits_command("watch", "targets", "--json").out)
    assert {one["status"] for one in targets} >= {"open", "unknown"}
    risks = json.loads(straits_command("watch", "risks", "--since", "2023", "--json").out)
    assert any(one["new"] for one in risks)
    assert straits_command("watch", "targets").out and straits_command("watch", "risks").out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("watch", "explain", "nothing"), "is not the id of one"),
        (("watch", "backtest", "any", "--event", "250410"), "watches"),
        (
            (
                "watch",
                "run",
            ),
            "watches",
        ),
    ],
)
def test_mistakes_get_one_sentence(straits_command, tmp_path, arguments, sentence):
    ran = straits_command(*arguments, "--home", str(tmp_path))
    assert ran.code == 2
    assert sentence in ran.err

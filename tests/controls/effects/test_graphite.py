"""MERICS, Keeping value chains at home (2024), on graphite: each sentence against the monthly series of China's exports.

The report's data end in May 2024 and are eight-digit lines (spherical, other natural graphite); the series here is
natural graphite in powder or flakes, HS 2504.10, China-reported, 39 partners, to December 2024.  Measure: MOFCOM and
GAC announcement 39/2023 of 2023-10-20, in force 2023-12-01.
"""

import json
import subprocess
import sys

import numpy as np
import pytest

from straits.controls.effects import telling
from straits.controls.effects.effect import effect
from straits.measures.plots import svg
from straits.vocabulary.errors import StraitsError

pytestmark = pytest.mark.data
GRAPHITE = "data/china_graphite_exports_monthly_2017_2024/natural_graphite_250410_monthly.csv"
G7_AND_KOREA = ["G7", "KOR"]


@pytest.fixture(scope="module")
def found(announcement_39, graphite):
    return effect(announcement_39, "250410", graphite, G7_AND_KOREA)


def month(found, name):
    return next(row for row in found.path if row["month"] == name)


def tonnes(graphite, partner, months):
    return (
        sum(
            row.kg or 0
            for row in graphite.rows
            if row.partner == partner and row.month % 12 + 1 in months and row.month // 12 == 2024
        )
        / 1e3
    )


# -- the acceptance figures ------------------------------------------------------------------------------------


def test_november_2023_carried_roughly_three_normal_months(found):
    """40,518 t: 3.2 normal months, of which 2.0 above the expected of October and November (90 %: 1.6 to 2.7)."""
    front = found.front_loading
    assert front["peak_month"] == "2023-11"
    assert front["peak_amount"] == pytest.approx(40_517_966)
    assert front["peak_in_normal_months"] == pytest.approx(3.17, abs=0.01)
    assert front["estimate"] == pytest.approx(2.03, abs=0.01)
    assert 1.5 < front["interval"][0] < front["estimate"] < front["interval"][1] < 2.8
    assert front["p_value"] <= 0.025


def test_december_2023_was_more_than_75_percent_below(found):
    """2,726 t: 80 % below the expected (90 %: 67 to 84 %), 82 % in the Poisson model."""
    drop = found.drop
    assert drop["month"] == "2023-12"
    assert drop["amount"] == pytest.approx(2_725_725)
    assert drop["estimate"] > 0.75
    assert 0.6 < drop["interval"][0] < drop["estimate"] < drop["interval"][1] < 0.9
    assert drop["poisson"]["estimate"] == pytest.approx(drop["estimate"], abs=0.05)
    assert all(value > 0.75 for value in drop["sensitivity"].values())
    assert found.certainty == "high"


def test_the_united_states_was_at_zero_in_december(found):
    """25 kg worth 2,246 USD: a sample, under 0.1 % of a normal month of 1,772 t; never before in 69 months."""
    row = found.destination("USA")
    assert "2023-12" in row["zero_months"]
    assert row["zero_months_before"] == 0
    assert row["drop"] == pytest.approx(1, abs=1e-4)
    assert row["drop_interval"] == pytest.approx([1, 1], abs=1e-3)


def test_exports_are_near_normal_again_by_march_2024(found):
    """March 2024 is the first month above half of the expected (87 %) and within the usual range of a month."""
    assert found.rebound["months_to_50"] == 3
    assert found.rebound["months_to_usual_range"] == 3
    march = month(found, "2024-03")
    assert march["low"] < march["actual"] < march["high"]
    assert march["actual"] / march["expected"] == pytest.approx(0.87, abs=0.01)


def test_prices_show_no_clear_effect(found):
    """Unit values within destinations: 19 % lower, 90 % interval from -35 % to +7 %: they had been falling before."""
    low, high = found.price["interval"]
    assert low < found.price["estimate"] < 0 < high


# -- the report's sentences ------------------------------------------------------------------------------------


def test_merics_2024_the_announcement_led_to_massive_orders(found):
    """Stated: massive orders by OECD countries.  Agrees: three of the four largest buyers took 2 to 4 extra months."""
    extra = {row["partner"]: row["front_loading"] for row in found.destinations}
    assert extra["KOR"] > 1.9
    assert extra["JPN"] > 2.8
    assert extra["DEU"] > 3.4


def test_merics_2024_g7_and_korea_front_loaded_most_holds_in_tonnes_but_not_against_their_normal_trade(
    found, graphite
):
    """Stated: G7 and South Korea front-loaded most.  In tonnes yes: 63 % of the excess of November.

    Against normal trade no: the other destinations took more extra months (2.2 against 1.9, chance 0.5 by labels), India
    1.7, Belgium 16.  The United States, a G7 member, took none over October and November together.
    """
    november = {row.partner: row.kg for row in graphite.rows if (row.month // 12, row.month % 12) == (2023, 10)}
    normal = {row["partner"]: row["normal_month"] for row in found.destinations}
    extra = {partner: kg - normal.get(partner, 0) for partner, kg in november.items()}
    theirs = sum(extra[code] for code in ("USA", "JPN", "KOR", "DEU", "FRA", "ITA", "GBR", "CAN") if code in extra)
    assert theirs / sum(extra.values()) == pytest.approx(0.63, abs=0.02)
    gap = next(row for row in found.destination_gap["windows"] if row["window"] == "front_loading")
    assert gap["estimate"] < 0
    assert gap["p_value"] > 0.3
    assert found.destination("BEL")["front_loading"] > 15
    assert found.destination("USA")["front_loading"] < 0


def test_merics_2024_g7_and_korea_dropped_most_in_size_but_chance_does_as_much(found):
    """Stated: and dropped most after.  The point is on that side, 16 points more than others in December (14 over three
    months), but labels handed out by chance give as much in a third of cases: no discrimination can be shown.
    """
    windows = {row["window"]: row for row in found.destination_gap["windows"]}
    assert windows["drop"]["estimate"] == pytest.approx(-0.163, abs=0.005)
    assert windows["first_three_months"]["estimate"] == pytest.approx(-0.142, abs=0.005)
    assert windows["first_three_months"]["p_value"] > 0.2
    assert found.destination_gap["interval"][0] < 0 < found.destination_gap["interval"][1]
    assert found.destination_gap["pre_trend"]["p_value"] > 0.1
    assert "no discrimination is shown" in " ".join(found.finding)


def test_merics_2024_zero_imports_in_december_holds_for_the_united_states_and_nearly_for_japan(found):
    """Stated: the United States and Japan had an unprecedented month of zero imports in December.

    China's own exports say zero for the United States (25 kg) and 20 t for Japan, 99.2 % below a normal month: Japan's
    lowest in the series, but not zero.  The report speaks of imports and of finer lines.
    """
    japan = found.destination("JPN")
    assert found.destination("USA")["zero_months"] == ["2023-12"]
    assert japan["zero_months"] == []
    assert japan["drop"] == pytest.approx(0.992, abs=0.001)
    assert japan["drop_p_value"] <= 0.025


def test_merics_2024_back_to_normal_since_march_2024_slightly_lower(found):
    """Stated: normal since March 2024 at slightly lower levels.  Agrees: March to May at 0.87 of the expected, June to
    November, the seventh to twelfth month, 13 % below; the interval (-18 to +31 %) does not exclude a full return.
    """
    spring = [month(found, name) for name in ("2024-03", "2024-04", "2024-05")]
    assert np.sum([r["actual"] for r in spring]) / np.sum([r["expected"] for r in spring]) == pytest.approx(
        0.87, abs=0.02
    )
    loss = found.rebound["permanent_loss"]
    assert loss["estimate"] == pytest.approx(0.13, abs=0.01)
    assert loss["interval"][0] < 0 < loss["interval"][1]
    assert found.rebound["months_to_90"] == 11


def test_merics_2024_homogeneous_for_all_partners_does_not_hold_in_the_later_data(found, graphite):
    """Stated: rather homogeneously for all trading partners.  By groups no gap shows (5 points, chance 0.9).

    By partner it does not hold: India was at half of its normal month from March to May and lost 66 % (90 %: 40 to 78 %)
    in June to November, South Korea 31 % (20 to 46 %), while Germany was above its normal month.
    """
    settled = next(row for row in found.destination_gap["windows"] if row["window"] == "settled")
    assert abs(settled["estimate"]) < 0.1
    assert settled["p_value"] > 0.5
    india = found.destination("IND")
    assert tonnes(graphite, "IND", (3, 4, 5)) * 1e3 / 3 / india["normal_month"] == pytest.approx(0.55, abs=0.03)
    assert india["permanent_loss_interval"][0] > 0.35
    assert found.destination("KOR")["permanent_loss_interval"][0] > 0.15
    assert found.destination("DEU")["permanent_loss"] < 0


# -- what is said beside ----------------------------------------------------------------------------------------


def test_masses_of_2017_were_made_from_values_and_are_left_out(found):
    assert any(note.startswith("12 month(s) from 2017-01 to 2017-12 have one unit value") for note in found.notes)


def test_the_mass_that_the_file_lacks_is_put_in_and_told(found):
    """Mexico, June 2022: 17,010 USD and 0 kg."""
    assert any("row(s) with a value but 0 kg" in note for note in found.notes)
    assert any("put in at the month's unit value" in note for note in found.notes)


def test_the_code_tells_what_else_it_holds(found):
    assert "spherical (anode) graphite included" in found.notes[0]


def test_json_has_the_published_shape(found):
    data = json.loads(found.to_json())
    for key in (
        "measure",
        "product",
        "front_loading",
        "drop",
        "rebound",
        "price",
        "destinations",
        "notes",
        "sources",
    ):
        assert key in data
    assert (data["measure"], data["product"]) == ("CN-2023-39", "250410")
    for key in ("front_loading", "drop", "price"):
        assert {"estimate", "interval"} <= data[key].keys()
    assert {"months_to_50", "months_to_90"} <= data["rebound"].keys()
    assert all({"partner", "drop", "zero_months"} <= row.keys() for row in data["destinations"])
    assert data["sources"][0]["sha256"].startswith("5599f5c5")


def test_without_targets_the_gap_is_unknown_with_the_reason(announcement_39, graphite):
    plain = effect(announcement_39, "250410", graphite)
    assert plain.destination_gap["estimate"] is None
    assert "no destination is named as target" in plain.destination_gap["why"]
    assert plain.destinations[0]["targeted"] is None


def test_charts_tell_the_finding_and_mark_both_dates(found):
    for chart, title in ((found.levels(), "3.2 normal months"), (found.by_destination(), "cannot be told apart")):
        drawing = svg(chart)
        assert "announced" in drawing
        assert "in force" in drawing
        assert title in drawing.replace("\n", " ") or title.split()[0] in drawing


# -- as a reader meets it ----------------------------------------------------------------------------------------


def test_the_terminal_shows_every_figure_with_its_interval_and_the_poisson_model(found):
    text = "\n".join(telling.told(found))
    for words in (
        "2.0  1.6 to 2.7",
        "80 %  67 to 84             0.02  82 % (69 to 89)",
        "rebound, months to 50 % of expected                  3  2 to 3",
        "rebound, months to 90 % of expected                 11  3 to not yet",
        "permanent loss, 7th to 12th month                 13 %  -18 to 31",
        "targeted minus other destinations           -14 points  -40 to 34",
        "no flows of other origins were given",
        "check: last half year before the announcement",
        "spared destinations, each as if it were the target, stand out as far",
        "United States                           -100 %           -82 %  2023-12",
        "Hong Kong (lumpy)",
        "Note: 12 month(s) from 2017-01 to 2017-12 have one unit value",
    ):
        assert words in text


def test_charts_say_the_finding_their_unit_and_source_and_are_written_as_images(found, tmp_path):
    files = found.draw(tmp_path / "charts")
    assert [path.name for path in files] == [
        f"CN-2023-39-250410-{what}.{kind}" for what in ("levels", "destinations") for kind in ("svg", "png")
    ]
    levels = files[0].read_text(encoding="utf-8")
    for words in ("announced", "in force", "thousand tonnes a month", "Source:", "Shaded: where 90 %"):
        assert words in levels
    assert files[1].read_bytes().startswith(b"\x89PNG")
    assert "times a normal month" in files[2].read_text(encoding="utf-8")


def test_charts_that_cannot_be_written_are_told(found, tmp_path):
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(StraitsError, match="the charts cannot be written"):
        found.draw(tmp_path / "file")


def command(*words):
    program = "import sys; from straits.cli import main; sys.argv[0] = 'straits'; main()"
    words = [sys.executable, "-c", program, "controls", "effect", *map(str, words)]
    return subprocess.run(words, capture_output=True, text=True, check=False)


def test_the_command_gives_the_published_shape_and_the_charts(shared, tmp_path):
    done = command(
        "CN-2023-39", "--product", "250410", "--flows", shared / GRAPHITE, "--charts", tmp_path / "c", "--json"
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["measure"], told["product"]) == ("CN-2023-39", "250410")
    assert set(told["front_loading"]) >= {"estimate", "interval"}
    assert set(told["rebound"]) >= {"months_to_50", "months_to_90", "permanent_loss"}
    assert set(told["destinations"][0]) >= {"partner", "drop", "zero_months"}
    assert {"drop", "price", "notes", "sources"} <= set(told)
    assert len(list((tmp_path / "c").iterdir())) == 4


def test_the_command_takes_other_origins_and_says_who_stepped_in(shared, tmp_path):
    rows = (shared / GRAPHITE).read_text(encoding="utf-8").splitlines()
    lines = [line for line in rows if "2023-12" not in line and "2024" not in line]  # one that stops in time
    (tmp_path / "moz.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    flows, own = shared / GRAPHITE, ("CN-2023-39", "--product", "250410")
    whole = command(*own, "--flows", flows, "--origin", f"Mozambique={flows}")
    assert whole.returncode == 0, whole.stderr
    assert "Mozambique sold 0 points more of their expected amount than China" in whole.stdout
    short = command(*own, "--flows", flows, "--origin", f"MOZ={tmp_path / 'moz.csv'}", "--json")
    assert json.loads(short.stdout)["origin_gap"]["estimate"] is None
    wrong = command(*own, "--flows", flows, "--origin", "moz.csv")
    assert wrong.returncode == 2
    assert "no region 'moz.csv'" in wrong.stderr


def test_the_command_refuses_gallium_from_its_basket_and_says_why(shared):
    for product in ("gallium", "811292", "8112.92"):
        done = command("CN-2023-23", "--product", product, "--flows", shared / GRAPHITE)
        assert done.returncode == 2
        assert "is a basket: it pools gallium, germanium" in done.stderr
        assert "eight digits" in done.stderr

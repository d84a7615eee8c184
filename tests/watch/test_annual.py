"""Watches on annual flows: no season, thresholds of their own, zero and missing apart; known bans are seen in real data."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from straits.store.store import Store
from straits.vocabulary.errors import StraitsError
from straits.watch import annual, telling
from straits.watch.calibration import count_false_alarms, p_values, reference
from straits.watch.detectors import LUMPINESS, SERIES_DETECTORS, detect
from straits.watch.ledger import Ledger
from straits.watch.placebo import ANNUAL_KINDS, placebo
from straits.watch.rhythms import ANNUAL
from straits.watch.run import NEW_SIGNALS, NOT_JUDGED, NOTHING_NEW, run
from straits.watch.signals import judged
from straits.watch.watches import Subject, Watch, read

SERIES = ("level_drop", "surge", "price_jump")
GROUPS = ("supplier_switch", "new_concentration")


def root_conftest():
    path = Path(__file__).parents[1] / "conftest.py"
    spec = importlib.util.spec_from_file_location("root_conftest", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


home_of = root_conftest().home_of


def probabilities(quantity, value=None, group=None, sums=False):
    scores = detect(quantity, value, group, settings=ANNUAL.settings)
    return p_values(scores, reference(ANNUAL), sums=sums)


def among(p, names):
    return {name: p[name] for name in names}


# -- calibration -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", sorted(ANNUAL_KINDS))
def test_the_stated_rate_holds_on_placebo_years(kind):
    made = placebo(60, 40, 30, seed=4711, kind=ANNUAL_KINDS[kind])
    p = probabilities(made.quantity, made.value, made.group)
    for stated in (0.2, 0.05, 0.01):
        for names in (SERIES, GROUPS):
            found = count_false_alarms(among(p, names), stated, rhythm=ANNUAL)
            assert found.low <= stated, (names, stated, found)


def test_the_stated_rate_is_no_empty_promise():
    made = placebo(100, 40, 30, seed=4712, kind=ANNUAL_KINDS["usual"])
    found = count_false_alarms(among(probabilities(made.quantity, made.value), SERIES), 0.2, rhythm=ANNUAL)
    assert found.series_years == pytest.approx(100 * 40 * 22, rel=0.05)
    assert 0.1 < found.rate <= 0.2


def test_the_reference_has_every_annual_detector_and_no_other():
    assert set(reference(ANNUAL)) == set(ANNUAL.detectors)
    for name in ANNUAL.detectors:
        assert set(reference(ANNUAL)[name]) == set(LUMPINESS if name in SERIES_DETECTORS else LUMPINESS[:1])


def test_a_year_needs_no_calendar():
    """With a season of one the column at which a panel begins changes nothing, and no season is learnt."""
    made = placebo(2, 5, 30, seed=3, kind=ANNUAL_KINDS["usual"])
    whole = detect(made.quantity, settings=ANNUAL.settings)["level_drop"].score
    later = detect(made.quantity[:, 1:], settings=ANNUAL.settings)["level_drop"].score
    zigzag = np.where(np.arange(30) % 2, 100.0, 200.0)[None, :]
    score = detect(zigzag, settings=ANNUAL.settings)["surge"].score[0, 8:]
    assert np.isfinite(whole[:, 8:]).any() and np.isfinite(later[:, 8:]).any()
    assert np.nanmin(np.abs(score)) > 0.3  # a season of two would have brought the errors to nothing


@pytest.mark.parametrize(
    ("noise", "drop", "least", "most"), [(0.1, 0.9, 0.9, 1.0), (0.1, 0.2, 0.0, 0.35), (0.6, 0.5, 0.0, 0.4)]
)
def test_how_small_a_change_thirty_years_can_show(noise, drop, least, most):
    from dataclasses import replace

    kind = replace(ANNUAL_KINDS["quiet"], noise=(noise, noise))
    made = placebo(20, 20, 30, seed=99, kind=kind)
    flow = made.quantity.copy()
    flow[:, 28:] *= 1 - drop
    p = probabilities(flow)["level_drop"][:, 28:]
    assert least <= float((p < 0.05 / 5).any(axis=1).mean()) <= most


# -- what is zero and what is missing --------------------------------------------------------------------------


def flows(years=range(1995, 2025), partners=("DEU", "JPN", "KOR", "USA"), product="250410", exporter="CHN"):
    dice = np.random.default_rng(5)
    return [
        (year, exporter, partner, product, int(2000 * kg), int(kg))
        for year in years
        for partner, kg in zip(partners, 1e6 * np.exp(dice.normal(0, 0.1, len(partners))), strict=True)
    ]


def watched(home, rows, **what):
    return annual.read(Store(home_of(home, rows)), Subject(**what))[0]


def test_a_partner_without_a_row_is_zero_and_a_year_in_which_nobody_traded_is_missing(tmp_path):
    rows = [r for r in flows() if not (r[0] == 2010 and r[2] == "JPN") and r[0] != 2005]
    one = watched(tmp_path, rows, products=("250410",), exporter="CHN")
    japan = [label.importer for label in one.labels].index("JPN")
    assert one.months[0] == "1995" and one.months[-1] == "2024"
    assert one.flow[japan, 15] == 0
    assert np.isnan(one.flow[:, 10]).all()


def test_a_year_in_which_the_exporter_sold_other_things_only_is_zero(tmp_path):
    rows = [r for r in flows() if r[0] != 2005] + [(2005, "CHN", "USA", "260400", 5000, 10)]
    one = watched(tmp_path, rows, products=("250410",), exporter="CHN")
    assert (one.flow[:, 10] == 0).all()
    assert {label.product for label in one.labels} == {"250410"}


def test_a_flow_without_a_mass_is_missing_and_so_is_a_sum_of_which_it_is_a_large_part(tmp_path):
    rows = [(y, e, i, p, usd, None if (y, i) == (2010, "JPN") else kg) for y, e, i, p, usd, kg in flows()]
    rows.append((2011, "CHN", "FRA", "250410", 100, None))  # a small part: the sum stands
    one = watched(tmp_path, rows, products=("250410",), exporter="CHN")
    japan = [label.importer for label in one.labels].index("JPN")
    assert np.isnan(one.flow[japan, 15]) and np.isnan(one.value[japan, 15])
    assert np.isnan(one.totals().flow[0, 15])
    assert np.isfinite(one.totals().flow[0, 16])


def test_flows_that_have_no_masses_are_told_in_usd(tmp_path):
    rows = [(y, e, i, p, usd, None) for y, e, i, p, usd, _ in flows()]
    one = watched(tmp_path, rows, products=("250410",), exporter="CHN")
    assert set(one.unit) == {"USD"}
    assert one.flow[0, 0] > 1e9


# -- every field of a watch on flows ---------------------------------------------------------------------------


def names(one, side):
    return {getattr(label, side) for label in one.labels}


def test_products_are_judged(tmp_path):
    rows = flows() + flows(product="260400")
    assert names(watched(tmp_path, rows, products=("260400",), exporter="CHN"), "product") == {"260400"}
    assert names(watched(tmp_path, rows, exporter="CHN"), "product") == {"250410", "260400"}


def test_exporter_is_judged(tmp_path):
    rows = flows() + flows(exporter="MOZ")
    assert names(watched(tmp_path, rows, exporter="MOZ"), "exporter") == {"MOZ"}


def test_partners_are_judged_and_may_be_a_region(tmp_path):
    rows = flows(partners=("DEU", "FRA", "JPN"))
    assert names(watched(tmp_path, rows, exporter="CHN", partners=("Japan",)), "importer") == {"JPN"}
    assert names(watched(tmp_path, rows, exporter="CHN", partners=("EU27",)), "importer") == {"DEU", "FRA"}


def test_region_is_judged_its_members_together_and_what_they_sell_each_other_left_out(tmp_path):
    rows = flows(partners=("DEU", "FRA", "JPN")) + flows(exporter="FRA", partners=("DEU",))
    one = watched(tmp_path, rows, region="EU27")
    assert [str(label) for label in one.labels] == ["CHN>EU27 250410"]
    to_members = sum(kg for year, e, i, _, _, kg in rows if year == 1995 and e == "CHN" and i in ("DEU", "FRA"))
    assert one.flow[0, 0] == to_members
    inside = watched(tmp_path, rows, exporter="CHN", region="EU27")
    assert names(inside, "importer") == {"DEU", "FRA"}


@pytest.mark.parametrize(
    ("watch", "words"),
    [
        (
            "{products: ['250410'], exporter: CHN}\n    freq: annual\n    rules: [broad_drop]",
            "broad_drop judge months",
        ),
        ("{products: ['250410'], exporter: CHN, file: a.csv}\n    freq: annual", "annual ones come from the store"),
        ("{products: ['250410'], exporter: CHN}\n    freq: weekly", "Input should be 'monthly' or 'annual'"),
        ("{kinds: [control]}\n    freq: annual", "leave them out"),
        ("{products: ['250410'], exporter: EU27}", "an exporter is one economy"),
        ("{exporter: CHN, technologies: [graphite]}", "technologies: no field of a watch on flows"),
        ("{targets: [all], actors: [CHN]}", "actors: no field of a watch on targets"),
        ("{kinds: [controll]}", "no kind 'controll': did you mean control?"),
    ],
)
def test_what_cannot_be_judged_is_refused_with_its_line(tmp_path, watch, words):
    (tmp_path / "w.yaml").write_text(f"watches:\n  - id: w\n    what: {watch}\n", encoding="utf-8")
    with pytest.raises(StraitsError) as error:
        read(tmp_path)
    assert words in str(error.value)
    assert "w.yaml, line " in str(error.value)


# -- runs ------------------------------------------------------------------------------------------------------


def write(home, what="{products: ['250410'], exporter: CHN}"):
    (home / "watches").mkdir(parents=True, exist_ok=True)
    text = f"watches:\n  - id: graphite\n    what: {what}\n    freq: annual\n"
    (home / "watches" / "w.yaml").write_text(text, encoding="utf-8")


def go(home):
    return run(Store(home), read(home / "watches"))


def test_a_stop_is_raised_once_and_a_new_year_later(tmp_path):
    rows = flows()
    stopped = [
        (y, e, i, p, usd // 50 if y == 2024 else usd, kg // 50 if y == 2024 else kg) for y, e, i, p, usd, kg in rows
    ]
    home = home_of(tmp_path, stopped)
    write(home)
    assert go(home).exit_code == NEW_SIGNALS
    assert go(home).exit_code == NOTHING_NEW
    found = Ledger(home).signals()
    drop = next(s for s in found if s["detector"] == "level_drop" and s["subject"] == "CHN>all 250410")
    assert drop["period"] == "2024"
    assert "fell to" in drop["text"] and "in 2024" in drop["text"]
    text = "\n".join(telling.explained(Ledger(home).signal(drop["id"])))
    assert "of the years of such a series" in text and "share" not in text.split("exposure")[0]
    shown = "\n".join(telling.shown(read(home / "watches").watch("graphite"), Ledger(home)))
    assert "annual; rule: level_drop" in shown and "last year seen: 2024" in shown
    home_of(tmp_path, stopped + [(2025, e, i, p, usd, kg) for y, e, i, p, usd, kg in rows if y == 2024])
    later = go(home)
    assert later.judged == ["graphite"]
    assert {Ledger(home).signal(one)["period"] for one in later.signals} <= {"2025"}


def test_without_annual_flows_the_watch_says_what_to_load(tmp_path):
    home = home_of(tmp_path, flows(product="260400"))
    write(home)
    report = go(home)
    assert report.exit_code == NOT_JUDGED
    assert "no annual trade of 250410, CHN, in" in report.faults["graphite"]


# -- real data -------------------------------------------------------------------------------------------------


@pytest.mark.data
@pytest.mark.parametrize("what", [{"region": "EU27"}, {"exporter": "CHN"}])
def test_the_rate_holds_on_thirty_real_years_events_included(baci_home, what):
    one, _ = annual.read(Store(baci_home), Subject(**what))
    assert one.months == [str(year) for year in range(1995, 2025)]
    p = probabilities(one.flow, one.value, one.group)
    for names_, stated in ((SERIES, 0.2), (SERIES, 0.05), (GROUPS, 0.2), (GROUPS, 0.05)):
        found = count_false_alarms(among(p, names_), stated, rhythm=ANNUAL)
        assert found.series_years > (30_000 if names_ is SERIES else 1_500)
        assert found.low <= stated


def raised(home, detector, subject, **what):
    one, vintage = annual.read(Store(home), Subject(**what))
    watch = Watch(id="w", what=Subject(**what), freq="annual")
    found = judged(one, watch.rule, one.months[8:], vintage=vintage)
    return [s.period for s in found if s.detector == detector and s.subject == subject]


@pytest.mark.data
def test_indonesia_s_ban_on_nickel_ore_and_on_bauxite_is_seen_in_2014(baci_home):
    nickel = raised(baci_home, "level_drop", "IDN>all 260400", products=("260400",), exporter="IDN")
    bauxite = raised(baci_home, "level_drop", "IDN>all 260600", products=("260600",), exporter="IDN")
    assert nickel[0] == "2014"
    assert bauxite[0] == "2014"


@pytest.mark.data
def test_the_price_of_rare_earths_jumps_in_2011(baci_home):
    assert "2011" in raised(baci_home, "price_jump", "CHN>all 280530", products=("280530",), exporter="CHN")
    assert "2011" in raised(baci_home, "price_jump", "all>JPN 280530", products=("280530",), region="JPN")

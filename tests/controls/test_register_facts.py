"""The most quoted facts of the shipped register, each beside the line of its source.

``L`` is a line of the report of August 2024 unless another report is named; a document is one of the Federal Register,
MOFCOM or EUR-Lex.  Where a release and its publication differ, both days are held against the register.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
import re
from pathlib import Path

import pytest

from straits.controls import questions
from straits.controls.codes import parse
from straits.controls.records import Measure
from straits.controls.register import Register, status_on


def dates(measure: Measure) -> tuple[str | None, str | None, str | None]:
    return measure.announced, measure.in_force, measure.ended


def codes(register: Register, measure: str) -> set[str]:
    return {code for item in register.measure(measure).items for code in item.codes}


def purposes(measure: Measure) -> tuple[set[str], set[str]]:
    """The purposes stated by the issuing state, and those inferred."""
    return {aim.purpose for aim in measure.stated_purposes}, {aim.purpose for aim in measure.inferred_purposes}


def test_gallium_and_germanium_were_announced_on_3_july_and_bound_on_1_august_2023(register: Register) -> None:
    """L21, L212; announcement 23 of 2023 names eight gallium and six germanium items."""
    measure = register.measure("CN-2023-23")
    assert dates(measure) == ("2023-07-03", "2023-08-01", None)
    assert sum(item.materials == ["gallium"] for item in measure.items) == 8
    assert sum(item.materials == ["germanium"] for item in measure.items) == 6
    assert {"CHN2023:8112929090", "CHN2023:8112921010", "CHN2023:2853904030"} <= codes(register, "CN-2023-23")


def test_graphite_was_announced_on_20_october_and_bound_on_1_december_2023(register: Register) -> None:
    """L21, L213; announcement 39 of 2023, point 1."""
    assert dates(register.measure("CN-2023-39")) == ("2023-10-20", "2023-12-01", None)
    assert codes(register, "CN-2023-39") == {
        f"CHN2023:{digits}"
        for digits in (
            "3801100030", "3801909010", "6815190020", "2504101000", "2504109100", "3801901000", "3824999940",
        )
    }  # fmt: skip
    assert dates(register.measure("CN-2006-50")) == ("2006-07-27", None, "2023-12-01"), "footnote 13, L225"


def test_the_swedish_halt_is_of_early_2020_to_2024_and_the_japanese_of_2011(register: Register) -> None:
    """L64 and L116; L64."""
    assert dates(register.measure("CN-2020-ARTIFICIAL-GRAPHITE-SWE")) == (None, "2020", "2024")
    assert dates(register.measure("CN-2010-RARE-EARTHS-JPN")) == (None, "2011", None)


def test_missile_controls_of_2002_take_more_than_500_kg_for_at_least_300_km(register: Register) -> None:
    """L72."""
    (item,) = register.measure("CN-2002-MISSILES").items
    assert item.parameters == ["payload of more than 500 kg", "range of at least 300 km"]


def test_drone_controls_of_2015_bound_on_15_august(register: Register) -> None:
    """L75 has the year; announcement 31 of 2015 the day.  Commentators' words are no stated purpose of the report's."""
    measure = register.measure("CN-2015-DRONES")
    assert dates(measure) == ("2015", "2015-08-15", None)
    assert {aim.source for aim in measure.stated_purposes} == {"mofcom-gacc-2015-31"}


def test_the_technology_catalogue_of_21_december_2023_bans_magnets_and_restricts_lidar(register: Register) -> None:
    """L140, L213; lidar at L150-152, solar dropped at L154."""
    ban, restricted = register.measure("CN-2023-57-BAN"), register.measure("CN-2023-57-RESTRICTED")
    assert (ban.kind, restricted.kind) == ("ban", "licence")
    assert dates(ban) == dates(restricted) == ("2023-12-21", "2023-12-21", None)
    assert "text lines 150-154" in restricted.sources[1].locator


def test_transfers_of_ip_are_reviewed_for_economic_security_as_the_report_reads_them(register: Register) -> None:
    """L132; national security stands in a newspaper's title, footnote 27, L240."""
    assert purposes(register.measure("CN-2018-IP")) == (set(), {"economic security", "national security"})


def test_aviation_and_armour_were_announced_on_30_may_and_bound_on_1_july_2024(register: Register) -> None:
    """L77, L231; announcement 21 of 2024."""
    assert dates(register.measure("CN-2024-21")) == ("2024-05-30", "2024-07-01", None)
    assert {"CHN2024:8203200010", "CHN2024:5402491010"} <= codes(register, "CN-2024-21")


@pytest.mark.parametrize("number", [55, 56, 57, 58])
def test_the_controls_of_9_october_2025_were_suspended_the_day_before_they_bound(
    register: Register, number: int
) -> None:
    """Announcements 55 to 58 and 70 of 2025; the preamble names security and non-proliferation."""
    measure = register.measure(f"CN-2025-{number}")
    assert (measure.announced, measure.suspended, measure.in_force) == ("2025-10-09", "2025-11-07", "2025-11-08")
    assert measure.suspended_until == "2026-11-10"
    assert purposes(measure)[0] == {"national security", "non-proliferation"}
    assert status_on(measure, dt.date(2025, 12, 1)) == "suspended"


def test_the_bans_to_the_united_states_of_3_december_2024_rest_until_27_november_2026(register: Register) -> None:
    """Announcements 46 of 2024 and 72 of 2025: point 2 rests, point 1 does not."""
    for part, rests in (("1", None), ("2", "2026-11-27"), ("3", "2026-11-27")):
        measure = register.measure(f"CN-2024-46-{part}")
        assert (measure.announced, measure.suspended_until) == ("2024-12-03", rests)


def test_the_us_rules_of_october_2022_bound_in_steps(register: Register) -> None:
    """dpc2023: L487, L535, L541; document 2022-21658."""
    assert dates(register.measure("US-2022-21658"))[:2] == ("2022-10-07", "2022-10-07")
    assert dates(register.measure("US-2022-PERSONS"))[:2] == ("2022-10-07", "2022-10-12")
    assert dates(register.measure("US-2023-00888"))[:2] == ("2023-01-17", "2023-01-17")


def test_the_us_rules_of_17_october_2023_bound_a_month_later(register: Register) -> None:
    """dpc2024: L966 (no de minimis for immersion tools), L2799; documents 2023-23049 and 2023-23055."""
    for name in ("US-2023-23049", "US-2023-23055"):
        assert dates(register.measure(name))[:2] == ("2023-10-17", "2023-11-17")
    assert (register.measure("US-2023-23049").reach or "").startswith("0 % de minimis")


def test_the_lines_for_chips_are_those_of_the_rule_and_of_the_report(register: Register) -> None:
    """dpc2023: L887 (14 nm, 18 nm half-pitch, more than 128 layers); 15 CFR 744.6(c)(2)(i)."""
    lines = {
        (rule.parameter, rule.source): (rule.value, rule.strict)
        for rule in register.thresholds.values()
        if rule.measure == "US-2022-21658"
    }
    assert lines == {
        ("logic_nm", "fr-2022-21658"): (16, False),
        ("logic_nm", "dpc2023-ch03"): (14, False),
        ("dram_half_pitch_nm", "fr-2022-21658"): (18, False),
        ("dram_half_pitch_nm", "dpc2023-ch03"): (18, False),
        ("nand_layers", "fr-2022-21658"): (128, False),
        ("nand_layers", "dpc2023-ch03"): (128, True),
    }


def test_dutch_and_japanese_controls_on_chip_equipment_have_their_days(register: Register) -> None:
    """dpc2024: L947, L777, L933; Staatscourant 2023, 18212; METI, 23 May 2023."""
    assert dates(register.measure("NL-2023-CHIP-EQUIPMENT"))[:2] == ("2023-06-30", "2023-09-01")
    assert dates(register.measure("NL-2024-CHIP-EQUIPMENT"))[:2] == ("2024-09-06", "2024-09-07")
    assert dates(register.measure("NL-2025-CHIP-EQUIPMENT"))[:2] == ("2025-01-15", "2025-04-01")
    assert dates(register.measure("JP-2023-CHIP-EQUIPMENT"))[:2] == ("2023-03-31", "2023-07-23")


def test_a_report_that_names_no_purpose_of_the_zte_ban_gives_none(register: Register) -> None:
    """merics2019: L169, L305."""
    assert purposes(register.measure("US-2018-ZTE")) == (set(), set())


def test_heading_811292_holds_five_metals_since_2022(register: Register) -> None:
    """Harmonized System 2022: hafnium and rhenium have 8112.31 and 8112.41."""
    basket = register.six_digits["HS2022:811292"]
    assert basket.what.startswith("unwrought gallium, germanium, indium, niobium and vanadium")
    assert "five metals" in basket.also


def test_120_dates_of_measures_stand_with_their_sources(register: Register) -> None:
    measured = [row for row in questions.timeline(register).rows if row.role == "measure"]
    assert len(measured) >= 120
    assert all(row.sources and row.sources[0].locator for row in measured)


def test_ten_digits_of_chinas_tariff_belong_to_a_known_heading(register: Register) -> None:
    for measure in register.measures.values():
        for item in measure.items:
            for code in item.codes:
                assert str(parse(code).six) in register.six_digits, (measure.id, code)


@pytest.mark.data
def test_documents_of_the_federal_register_have_their_number_title_and_day(register: Register, shared: Path) -> None:
    """Every document of the register that the collection holds; a rule binds at most a week before it is printed."""
    known = {}
    for path in sorted((shared / "data" / "federal_register_export_controls_2020_2026").glob("*documents*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            known.update({row["document_number"]: row for row in csv.DictReader(file)})
    held = {name: source for name, source in register.sources.items() if re.fullmatch(r"fr-\d{4}-\d{5}", name)}
    found = {name: known[name[3:]] for name in held if name[3:] in known}
    assert len(found) >= 16
    for name, row in found.items():
        assert (held[name].issued, held[name].title) == (row["publication_date"], row["title"]), name
    for measure in register.measures.values():
        if measure.id[3:] in known and measure.in_force:
            printed = dt.date.fromisoformat(known[measure.id[3:]]["publication_date"])
            assert printed - dt.date.fromisoformat(measure.in_force) <= dt.timedelta(days=7), measure.id


@pytest.mark.data
def test_the_numbers_of_listed_firms_are_those_of_the_lists(register: Register, shared: Path) -> None:
    with (shared / "data" / "entity_lists_cn_jp" / "cn.csv").open(encoding="utf-8", newline="") as file:
        rows = [(row["list_id"], row["date_added"]) for row in csv.DictReader(file)]
    for name, listed in (
        ("CN-2025-CONTROL-LIST", "cn-export-control-watchlist"),
        ("CN-2026-11", "cn-export-control-watchlist"),
        ("CN-2026-12", "cn-attention-list"),
    ):
        measure = register.measure(name)
        assert measure.targets[0].startswith(f"group:{rows.count((listed, measure.announced))} entities"), name
    unreliable = register.measure("CN-2023-UNRELIABLE-LIST")
    assert len(unreliable.targets) == rows.count(("cn-unreliable-entity-list", unreliable.announced)) == 2


@pytest.mark.data
def test_the_destinations_that_the_eu_spares_are_those_of_its_general_authorisation(
    register: Register, shared: Path
) -> None:
    path = shared / "data" / "eu_dual_use_annex_i" / "annex_i_2021_821_20251115.json"
    text = json.loads(path.read_text(encoding="utf-8"))["geas"][0]["verbatim_text"]
    named = text[text.index("Exports to") : text.index("Issuing authority")]
    spared = {
        "AUS": "Australia", "CAN": "Canada", "ISL": "Iceland", "JPN": "Japan", "LIE": "Liechtenstein",
        "NZL": "New Zealand", "NOR": "Norway", "CHE": "Switzerland", "GBR": "United Kingdom", "USA": "United States",
    }  # fmt: skip
    assert set(register.measure("EU-2021-821-ANNEX-I").spared) == set(spared)
    assert all(name in named for name in spared.values())
    assert register.measure("EU-2021-821-ANNEX-I").as_of == "2025-11-15"

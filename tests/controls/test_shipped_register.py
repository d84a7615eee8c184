"""What the shipped register holds: acceptance 5 of the issue on controls."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from straits.casebook.casebook import Casebook
from straits.controls import questions
from straits.controls.load import SHIPPED, load
from straits.controls.nomenclature import Correlations
from straits.controls.records import RegisterFile
from straits.controls.register import Register, in_force_on, status_on
from straits.vocabulary.documents import read as read_yaml
from straits.vocabulary.errors import StraitsError


def test_all_eight_categories_of_chinas_toolbox_hold_instruments(register: Register) -> None:
    found = questions.categories(register)
    assert [item["number"] for item in found.values()] == list(range(1, 9))
    assert {name: item["instruments"] for name, item in found.items()} == {
        "cn-1": 2,
        "cn-2": 3,
        "cn-3": 4,
        "cn-4": 10,
        "cn-5": 3,
        "cn-6": 4,
        "cn-7": 10,
        "cn-8": 4,
    }


def test_the_regimes_that_the_reports_name_are_there(register: Register) -> None:
    states = {instrument.state for instrument in register.instruments.values()}
    assert {"CHN", "EU27", "USA", "NLD", "JPN", "GBR", "multilateral"} <= states
    named = {"eu-2021-821", "us-fdpr", "us-de-minimis", "us-entity-list", "nl-chip-equipment", "jp-fefta"}
    assert named <= set(register.instruments)


def test_at_least_120_dated_events_are_loaded_each_with_its_source(register: Register) -> None:
    found = questions.timeline(register, all_events=True)
    assert found.events == len(register.events) == 558
    assert found.linked >= 80
    steps = questions.timeline(register)
    assert len(steps.rows) >= 150
    assert all(row.sources and row.sources[0].citation and row.sources[0].locator for row in found.rows)


def test_events_come_from_the_casebook_and_are_not_copied(register: Register, book: Casebook) -> None:
    for event in book.tables["events"]:
        assert register.events[event.id] == event
    copied = {event.statement for event in book.tables["events"] if len(event.statement) > 60}
    text = "".join(path.read_text(encoding="utf-8") for path in SHIPPED.glob("*measures.yaml"))
    assert not [statement for statement in copied if statement in text]


def test_every_shipped_file_reads_the_same_with_lines_and_without() -> None:
    for path in sorted(SHIPPED.glob("*.yaml")):
        read_yaml(path).model(RegisterFile)


def test_every_measure_of_the_notes_is_there(register: Register) -> None:
    dated = {
        "CN-2002-MISSILES": ("2002", None),
        "CN-2006-50": ("2006-07-27", None),
        "CN-2010-RARE-EARTHS-JPN": (None, "2011"),
        "CN-2015-DRONES": ("2015", "2015-08-15"),
        "CN-2018-IP": ("2018-03-18", None),
        "CN-2020-ARTIFICIAL-GRAPHITE-SWE": (None, "2020"),
        "CN-2020-38": ("2020-08", None),
        "CN-2023-23": ("2023-07-03", "2023-08-01"),
        "CN-2023-27": ("2023-07-31", "2023-09-01"),
        "CN-2023-39": ("2023-10-20", "2023-12-01"),
        "CN-2023-RARE-EARTH-REPORTING": ("2023-11", None),
        "CN-2023-57-BAN": ("2023-12-21", "2023-12-21"),
        "CN-2024-21": ("2024-05-30", "2024-07-01"),
    }
    for name, (announced, in_force) in dated.items():
        measure = register.measure(name)
        assert (measure.announced, measure.in_force) == (announced, in_force), name


def test_dates_of_linked_events_do_not_contradict_the_measure(register: Register) -> None:
    for measure in register.measures.values():
        for name in measure.events:
            event = register.events[name]
            for field in ("announced", "in_force"):
                ours, theirs = getattr(measure, field), getattr(event, field)
                if ours and theirs and event.kind in ("control", "sanction"):
                    length = min(len(ours), len(theirs))
                    assert ours[:length] == theirs[:length], (measure.id, name, field)


def test_an_unofficial_ban_and_its_return_are_told_apart(register: Register) -> None:
    halt = register.measure("CN-2020-ARTIFICIAL-GRAPHITE-SWE")
    assert halt.kind == "unofficial" and halt.announced is None and halt.targets == ["SWE"]
    assert in_force_on(halt, dt.date(2022, 6, 1)) is True
    assert in_force_on(halt, dt.date(2020, 6, 1)) is None, "the day in 2020 is in no source"
    assert in_force_on(halt, dt.date(2025, 6, 1)) is False


def test_a_measure_suspended_before_it_began_was_never_in_force(register: Register) -> None:
    lithium = register.measure("CN-2025-58")
    assert in_force_on(lithium, dt.date(2025, 11, 8)) is False
    assert status_on(lithium, dt.date(2025, 11, 7)) == "suspended"
    assert status_on(lithium, dt.date(2025, 10, 20)) == "announced"
    assert status_on(lithium, dt.date(2026, 12, 1)) == "unknown", "nobody knows yet whether it came back"


def test_beyond_what_the_sources_tell_a_measure_is_not_said_to_be_in_force(register: Register) -> None:
    graphite = register.measure("cn-2023-39")
    assert status_on(graphite, dt.date(2024, 1, 1)) == "in force"
    assert status_on(graphite, dt.date(2031, 1, 1)) == "in force when last known (2025-11)"
    assert in_force_on(graphite, dt.date(2031, 1, 1)) is None


def test_the_answer_to_chip_controls_is_a_judgement_not_a_statement(register: Register) -> None:
    shown = questions.show(register, "CN-2023-23")
    assert {link.measure: link.basis for link in shown.answers} == {  # type: ignore[union-attr]
        "US-2022-21658": "judged",
        "JP-2023-CHIP-EQUIPMENT": "judged",
        "NL-2023-CHIP-EQUIPMENT": "judged",
    }
    back = questions.show(register, "US-2022-21658")
    assert [link.measure for link in back.answered_by] == ["CN-2023-23"]  # type: ignore[union-attr]


def test_stated_and_inferred_purposes_stand_apart(register: Register) -> None:
    shown = questions.show(register, "CN-2010-RARE-EARTHS-JPN")
    assert [(aim.purpose, aim.basis) for aim in shown.purposes] == [  # type: ignore[union-attr]
        ("environment", "stated"),
        ("retaliation", "inferred"),
    ]


@pytest.mark.data
def test_the_registers_hs1992_codes_are_those_of_the_official_tables(
    register: Register, official: Correlations
) -> None:
    for code, known in register.six_digits.items():
        if known.relation == "unknown":
            with pytest.raises(StraitsError, match="no code of HS2022"):
                official.convert(code, "HS1992")
            continue
        found = official.convert(code, "HS1992")
        assert [f"HS1992:{digits}" for digits in known.hs1992] == list(found.targets), code
        assert known.relation == found.relation, code


def test_a_misprint_of_an_announcement_is_kept_and_flagged(register: Register) -> None:
    gallium = register.measure("CN-2023-23")
    assert "CHN2023:8110929010" in gallium.items[0].codes
    assert "misprint" in register.six_digits["HS2022:811092"].what
    assert "8112929010 is meant" in (gallium.note or "")


def test_a_folder_of_ones_own_stands_beside_the_shipped_register(tmp_path: Path, book: Casebook) -> None:
    (tmp_path / "own.yaml").write_text(
        "measures:\n"
        "  - {id: CN-OWN-1, name: An own measure, instrument: cn-export-quotas, state: CHN, kind: quota,\n"
        "     items: [{what: fluorspar, materials: [fluorspar], codes_unknown: not looked up}], targets: EU27,\n"
        "     announced: 2024, as_of: 2024, sources: [{source: merics2024, locator: made up}], confirmed: no}\n",
        encoding="utf-8",
    )
    register = load(tmp_path, book=book)
    assert register.measure("CN-OWN-1").kind == "quota"
    assert "CN-2023-39" in register.measures

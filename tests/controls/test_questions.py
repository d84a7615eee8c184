"""List, show and timeline, and what they say to a question that cannot be answered."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from straits.controls import questions
from straits.controls.register import Register
from straits.controls.telling import text
from straits.vocabulary.errors import StraitsError


def test_measures_are_listed_by_state_kind_drawer_and_target(register: Register) -> None:
    ours = questions.measures(register, state="China", kind="unofficial")
    assert [line.id for line in ours] == ["CN-2010-RARE-EARTHS-JPN", "CN-2020-ARTIFICIAL-GRAPHITE-SWE"] or {
        line.id for line in ours
    } == {"CN-2010-RARE-EARTHS-JPN", "CN-2020-ARTIFICIAL-GRAPHITE-SWE"}
    assert {line.id for line in questions.measures(register, category="5")} == {"CN-2018-IP"}
    to_japan = {line.id for line in questions.measures(register, state="CHN", target="Japan")}
    assert "CN-2010-RARE-EARTHS-JPN" in to_japan and "CN-2023-39" in to_japan
    assert "CN-2020-ARTIFICIAL-GRAPHITE-SWE" not in to_japan


def test_a_measure_aimed_at_one_member_is_aimed_at_part_of_a_region(register: Register) -> None:
    halt = register.measure("CN-2020-ARTIFICIAL-GRAPHITE-SWE")
    assert questions.aimed_at(halt, "SWE") is True
    assert questions.aimed_at(halt, "EU27") is None
    assert questions.aimed_at(halt, "USA") is False


def test_a_spared_destination_is_not_a_target(register: Register) -> None:
    annex = register.measure("EU-2021-821-ANNEX-I")
    assert questions.aimed_at(annex, "JPN") is False
    assert questions.aimed_at(annex, "CHN") is True
    assert questions.aimed_at(annex, "G7") is None


def test_a_measure_by_end_user_may_or_may_not_concern_a_region(register: Register) -> None:
    assert questions.aimed_at(register.measure("US-2020-10856"), "CHN") is None


def test_show_gives_items_codes_baskets_dates_and_sources(register: Register) -> None:
    shown = questions.show(register, "CN-2023-39", on=dt.date(2024, 6, 1))
    told = text(shown)
    assert "on 2024-06-01: in force" in told
    assert "announced 2023-10-20, in force 2023-12-01" in told
    assert "CHN2023:2504101000  part of the six digits: natural graphite in powder or flakes; basket:" in told
    assert "replaces CN-2006-50" in told
    assert json.loads(shown.to_json())["items"][0]["codes"][0]["relation"] == "1:1"


def test_show_takes_an_instrument_too(register: Register) -> None:
    shown = questions.show(register, "us-de-minimis")
    assert "0 %" in text(shown)
    assert "discretion: unknown" in text(shown), "what no source says is unknown"


def test_timeline_puts_a_measure_and_its_event_in_one_row(register: Register) -> None:
    rows = questions.timeline(register, since="2023-10", until="2023-12", state="CHN").rows
    graphite = [row for row in rows if "CN-2023-39" in row.measures]
    assert [(row.date, row.step, row.role) for row in graphite] == [
        ("2023-10-20", "announced", "measure"),
        ("2023-12-01", "in force", "measure"),
    ]
    assert graphite[0].events == ("xc-v050", "framework-v022")
    assert {source.source for source in graphite[0].sources} >= {"mofcom-gacc-2023-39", "merics2024"}


def test_timeline_is_in_order_and_within_its_bounds(register: Register) -> None:
    rows = questions.timeline(register, since="2022", until="2023-06", all_events=True).rows
    dates = [row.date for row in rows]
    assert dates == sorted(dates)
    assert min(dates) >= "2022" and max(dates)[:7] <= "2023-06"


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda r: questions.show(r, "CN-2023-93"), "did you mean CN-2023-39"),
        (lambda r: questions.measures(r, kind="embargo"), "no kind of measure 'embargo'"),
        (lambda r: questions.measures(r, category="9"), "no category of the toolbox '9'"),
        (lambda r: questions.measures(r, instrument="cn-eclaw"), "no instrument 'cn-eclaw'"),
        (lambda r: questions.measures(r, state="Chinaa"), "no region 'Chinaa'"),
        (lambda r: questions.timeline(r, since="2023-13"), "'2023-13' is not a date"),
        (lambda r: questions.timeline(r, until="summer"), "'summer' is not a date"),
        (lambda r: questions.instruments(r, category="x"), "no category"),
    ],
)
def test_a_question_that_cannot_be_answered_says_why(register: Register, ask: object, said: str) -> None:
    with pytest.raises(StraitsError) as error:
        ask(register)  # type: ignore[operator]
    assert said in str(error.value)

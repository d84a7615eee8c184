"""Watches on events and targets: casebook and register together, each control once, every field of `what` judged."""

from __future__ import annotations

import pytest

from straits.casebook.load import load
from straits.controls.load import load as load_register
from straits.controls.records import KINDS
from straits.controls.steps import steps as steps_of
from straits.store.store import Store
from straits.vocabulary.errors import StraitsError
from straits.watch import telling
from straits.watch.ledger import Ledger
from straits.watch.records import judge_records
from straits.watch.run import NEW_SIGNALS, NOTHING_NEW, run
from straits.watch.watches import FIELDS, MEASURES, Subject, Watch, read


@pytest.fixture(scope="module")
def book():
    return load()


@pytest.fixture(scope="module")
def steps(book):
    return steps_of(load_register(book=book))


@pytest.fixture
def judge(book, steps):
    def go(**what):
        return judge_records(Watch(id="w", what=Subject(**what)), book, steps)[0]

    return go


def test_every_dated_step_of_a_measure_is_a_signal_of_its_own(judge):
    found = {
        (s.detector, s.period)
        for s in judge(control_lists=["CN-2024-46-3"], kinds=["control"])
        if s.subject == "CN-2024-46-3"
    }
    assert found == {  # announced and in force on one day is one step
        ("control_in_force", "2024-12-03"),
        ("control_suspended", "2025-11-09"),
        ("control_suspended_until", "2026-11-27"),
    }
    ended = [s for s in judge(technologies=["graphite"]) if s.detector == "control_ended"]
    assert ("CN-2006-50", "2023-12-01") in {(s.subject, s.period) for s in ended}


def test_a_control_that_both_have_is_raised_once_and_names_the_record(judge):
    found = judge(technologies=["graphite"], kinds=["control"])
    assert "xc-v050" not in {s.subject for s in found}  # announcement 39 of 2023, as the casebook has it
    (one,) = [s for s in found if s.subject == "CN-2023-39" and s.detector == "control_announced"]
    assert one.period == "2023-10-20"
    assert one.text.startswith(
        "CN-2023-39, Graphite controls (licence of China, aimed at the world): announced 2023-10-20"
    )
    assert one.parts["events"] == ["xc-v050", "framework-v022"]
    assert "merics2024" in " ".join(one.parts["sources"])


def test_no_record_stands_behind_two_signals_of_one_step(judge, steps):
    for name in KINDS:
        found = judge(kinds=["control", name])
        events = [s.subject for s in found if s.detector == "event"]
        within = {event for s in found if s.detector != "event" for event in s.parts["events"]}
        assert not within & set(events)
        assert len({s.id for s in found}) == len(found)


def test_a_linked_record_with_a_date_of_its_own_stays(judge):
    found = {s.subject for s in judge(actors=["Sweden"])}
    assert {"CN-2020-ARTIFICIAL-GRAPHITE-SWE", "xc-v045"} <= found  # the brief return of 2023 is in the casebook only
    assert "xc-v044" not in found


def test_without_the_register_the_casebook_s_controls_are_raised(book):
    watch = Watch(id="w", what=Subject(technologies=("graphite",), kinds=("control",)))
    assert "xc-v050" in {s.subject for s in judge_records(watch, book)[0]}


def test_technologies_are_judged_with_those_below_and_with_materials(judge):
    assert "CN-2024-33" in {s.subject for s in judge(technologies=["antimony"])}  # a material, no casebook subject
    wide = {s.subject for s in judge(technologies=["lithography"])}
    narrow = {s.subject for s in judge(technologies=["lithography/export-controls"])}
    assert narrow < wide
    assert "NL-2023-CHIP-EQUIPMENT" in narrow
    assert "CN-2023-39" not in wide


@pytest.mark.parametrize("name", ["Huawei", "actor:huawei", "huawei"])
def test_an_actor_is_known_under_any_of_its_names(judge, name):
    found = {s.subject for s in judge(actors=[name])}
    assert "US-2020-10856" in found
    assert "CN-2023-39" not in found
    assert found == {s.subject for s in judge(actors=["Huawei"])}


def test_an_actor_may_be_a_state_by_its_name(judge):
    found = judge(actors=["Netherlands"], kinds=["control"])
    assert {s.subject for s in found} >= {"NL-2023-CHIP-EQUIPMENT", "NL-2024-CHIP-EQUIPMENT"}


def test_kinds_are_those_of_events_and_of_measures(judge):
    laws = judge(kinds=["law"], technologies=["blockchain"])
    assert laws
    assert {s.detector for s in laws} == {"event"}
    bans = {s.subject for s in judge(kinds=["ban"])}
    assert "CN-2023-57-BAN" in bans
    assert "CN-2023-39" not in bans
    assert MEASURES == KINDS


def test_control_lists_are_words_of_instruments_items_and_titles(judge):
    assert {s.subject for s in judge(control_lists=["EU:3B001"])} <= {s.subject for s in judge(control_lists=["EU:"])}
    named = {s.subject for s in judge(control_lists=["dual-use"], kinds=["control"])}
    assert {"CN-2023-39", "EU-2021-821-ANNEX-I"} <= named
    by_list = {s.subject for s in judge(control_lists=["Entity List"])}
    assert "US-2020-10856" in by_list
    assert "CN-2023-39" not in by_list


def test_an_event_fits_all_that_is_given(judge):
    both = {s.subject for s in judge(technologies=["graphite"], actors=["USA"])}
    assert "CN-2024-46-3" in both  # graphite, aimed at the United States
    assert "CN-2023-39" not in both  # graphite, aimed at the world


def test_targets_are_judged_by_id_and_by_technology(judge):
    every = {s.subject for s in judge(targets=["all"])}
    assert {s.subject for s in judge(targets=["litho-ssa800"])} == {"litho-ssa800"}
    assert {s.subject for s in judge(targets=["all"], technologies=["lithography"])} == {"litho-ssa800"} < every


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ({"technologies": ["grafite"]}, "no subject 'grafite': did you mean graphite"),
        ({"actors": ["Huawai"]}, "no party 'Huawai': did you mean Huawei"),
        ({"targets": ["litho-ssa80"]}, "no target 'litho-ssa80': did you mean litho-ssa800"),
        ({"targets": ["all"], "technologies": ["lithografy"]}, "did you mean lithography"),
    ],
)
def test_a_name_that_nobody_knows_is_no_watch_that_never_speaks(judge, what, words):
    with pytest.raises(StraitsError) as error:
        judge(**what)
    assert words in str(error.value)


def test_every_field_of_what_belongs_to_a_kind_of_watch():
    assert set().union(*FIELDS.values()) == set(Subject.model_fields)


def test_a_run_raises_each_step_once_and_a_new_step_later(tmp_path, book, steps):
    (tmp_path / "watches").mkdir()
    (tmp_path / "watches" / "w.yaml").write_text(
        "watches:\n  - id: w\n    what: {technologies: [rare-earths], kinds: [control]}\n", encoding="utf-8"
    )

    def go(known):
        return run(Store(tmp_path), read(tmp_path / "watches"), book=book, steps=known)

    before = [step for step in steps if not (step.measure == "CN-2025-57" and step.step.startswith("suspended"))]
    assert go(before).exit_code == NEW_SIGNALS
    assert go(before).exit_code == NOTHING_NEW
    later = go(steps)
    assert later.exit_code == NEW_SIGNALS
    told = [Ledger(tmp_path).signal(one) for one in later.signals]
    assert sorted((s["subject"], s["detector"]) for s in told) == [
        ("CN-2025-57", "control_suspended"),
        ("CN-2025-57", "control_suspended_until"),
    ]
    text = "\n".join(telling.explained(told[0]))
    assert "register of controls: CN-2025-57, as of " in text


def test_a_step_whose_date_is_corrected_takes_the_old_one_back(tmp_path, book, steps):
    from dataclasses import replace

    (tmp_path / "watches").mkdir()
    (tmp_path / "watches" / "w.yaml").write_text(
        "watches:\n  - id: w\n    what: {control_lists: [CN-2025-57]}\n", encoding="utf-8"
    )

    def go(known):
        report = run(Store(tmp_path), read(tmp_path / "watches"), book=book, steps=known)
        return {(s["detector"], s["period"]): s["standing"] for s in Ledger(tmp_path).signals()}, report

    before, _ = go(steps)
    assert set(before.values()) == {"raised"}
    moved = [replace(step, date="2027-01-01") if step.step == "suspended until" else step for step in steps]
    after, report = go(moved)
    assert after["control_suspended_until", "2027-01-01"] == "raised"
    assert after["control_suspended_until", "2026-11-10"] == "withdrawn"
    assert after["control_announced", "2025-10-09"] == "raised"
    assert len(report.signals) == 1
